package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.NoAlertPresentException;
import org.openqa.selenium.UnexpectedAlertBehaviour;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What repositories, models and callers wrote, opened in Chromium as a person would: none of it acts. */
@Tag("long")
class BrowserTest {

    private static final String FOREIGN = "http://foreign.invalid/x";
    private static final String PAYLOAD = "<script>alert(1)</script><img src=\"%s\" onerror=\"alert(2)\"><svg onload=alert(3)>[a](javascript:alert(4))![b](%s)<iframe src=\"%s\"></iframe><style>@import '%s'</style>"
            .formatted(FOREIGN, FOREIGN, FOREIGN, FOREIGN);

    @TempDir
    static Path dataDir;

    @SuppressWarnings("NullAway.Init")
    private static TestService service;

    @SuppressWarnings("NullAway.Init")
    private static ChromeDriver browser;

    @BeforeAll
    static void start() {
        service = TestService.start(dataDir);
        browser = open("browser");
    }

    private static ChromeDriver open(String profile) {
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary("/usr/bin/chromium");
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--user-data-dir=" + dataDir.resolve(profile));
        options.setCapability("goog:loggingPrefs", logs);
        options.setUnhandledPromptBehaviour(UnexpectedAlertBehaviour.DISMISS);
        return new ChromeDriver(new ChromeDriverService.Builder()
                .usingDriverExecutable(new File("/usr/bin/chromedriver")).usingAnyFreePort().build(), options);
    }

    @AfterAll
    static void stop() {
        browser.quit();
        service.close();
    }

    private record Seen(List<String> dialogs, List<String> foreign) {}

    /** What the browser did since this was last asked. */
    private static Seen seen() {
        return seen(browser);
    }

    private static Seen seen(ChromeDriver browser) {
        Seen seen = new Seen(new ArrayList<>(), new ArrayList<>());
        for (LogEntry entry : browser.manage().logs().get(LogType.PERFORMANCE)) {
            JsonNode message = JsonMapper.shared().readTree(entry.getMessage()).get("message");
            String method = message.get("method").asString();
            if (method.equals("Page.javascriptDialogOpening")) {
                seen.dialogs.add(message.at("/params/message").asString());
            } else if (method.equals("Network.requestWillBeSent")) {
                String url = message.at("/params/request/url").asString();
                if (url.startsWith("http") && !url.startsWith(service.uri("").toString())) {
                    seen.foreign.add(url);
                }
            }
        }
        return seen;
    }

    /** That the watch would notice. */
    @Test
    void theSamePayloadOnAPageWithoutProtectionActs() {
        ChromeDriver other = open("unprotected");
        try {
            other.get("data:text/html," + URLEncoder.encode(PAYLOAD, StandardCharsets.UTF_8).replace("+", "%20"));
            Seen all = new Seen(new ArrayList<>(), new ArrayList<>());
            Awaitility.await().until(() -> {
                dismiss(other);
                Seen seen = seen(other);
                all.dialogs.addAll(seen.dialogs);
                all.foreign.addAll(seen.foreign);
                return all.dialogs.contains("1") && all.foreign.contains(FOREIGN);
            });
        } finally {
            other.quit();
        }
    }

    private static void dismiss(ChromeDriver browser) {
        try {
            browser.switchTo().alert().dismiss();
        } catch (NoAlertPresentException none) {
            // it has not opened yet, or is closed already
        }
    }

    @Test
    void nothingThatIsStoredActsWhenItIsOpened() {
        String id = hostile();
        seen();
        List<String> paths = List.of("/analyses", "/analyses/" + id, "/analyses/" + id + "/trajectory",
                "/analyses/" + id + "/events", "/analyses/" + id + "/report",
                "/analyses/" + URLEncoder.encode(PAYLOAD, StandardCharsets.UTF_8),
                "/analyses?status=" + URLEncoder.encode(PAYLOAD, StandardCharsets.UTF_8),
                "/nothing?" + URLEncoder.encode(PAYLOAD, StandardCharsets.UTF_8), "/models", "/v3/api-docs",
                "/actuator/costs/" + URLEncoder.encode(PAYLOAD, StandardCharsets.UTF_8));
        for (String path : paths) {
            browser.get(service.uri(path).toString());
            assertThat(browser.findElements(By.cssSelector("script, img, svg, iframe"))).as(path).isEmpty();
        }
        Seen seen = seen();
        assertThat(seen.dialogs).isEmpty();
        assertThat(seen.foreign).isEmpty();
        System.out.printf("%d addresses opened: %d dialogs, %d foreign requests%n", paths.size(), seen.dialogs.size(),
                seen.foreign.size());
    }

    @Test
    void swaggerUiWorksUnderItsPolicyAndShowsWhatIsStoredAsText() {
        String id = hostile();
        seen();
        browser.get(service.uri("/swagger-ui/index.html").toString());
        for (Map.Entry<String, String> each : Map
                .of("getAnalysis", "alert(5)", "getTrajectory", "alert(1)", "getReport",
                        "alert(1)")
                .entrySet()) {
            String operation = "#operations-analyses-" + each.getKey();
            find(operation + " .opblock-summary-control").click();
            find(operation + " input[placeholder=id]").sendKeys(id);
            find(operation + " button.execute").click();
            assertThat(find(operation + " .live-responses-table .highlight-code").getText()).contains(each.getValue());
        }
        Seen seen = seen();
        assertThat(seen.dialogs).isEmpty();
        assertThat(seen.foreign).isEmpty();
        assertThat(browser.findElements(By.cssSelector("[onerror], [onload], a[href^='javascript:']"))).isEmpty();
        System.out.printf("Swagger UI: %d dialogs, %d foreign requests%n", seen.dialogs.size(), seen.foreign.size());
    }

    private static WebElement find(String selector) {
        return Awaitility.await(selector).atMost(Duration.ofSeconds(20)).ignoreExceptions()
                .until(() -> browser.findElement(By.cssSelector(selector)), WebElement::isDisplayed);
    }

    /** An analysis whose branch, file names, warnings, model replies and report hold the payload. */
    private static String hostile() {
        HttpResponse<String> accepted = service.post("/analyses", JsonMapper.shared().writeValueAsString(
                Map.of("repository", "https://github.com/demo/hostile", "ref", "<svg/onload=alert(5)>", "focus",
                        "say " + PAYLOAD)));
        String id = json(accepted).path("id").asString();
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        service.await(id, "COMPLETED");
        assertThat(service.get("/analyses/" + id + "/report").body()).contains("alert(");
        HttpResponse<String> unknown = service.post("/analyses", JsonMapper.shared().writeValueAsString(
                Map.of("repository", "https://github.com/demo/hostile", "rootModel", PAYLOAD)));
        assertThat(unknown.statusCode()).isEqualTo(422);
        assertThat(unknown.headers().firstValue("Content-Type")).contains("application/problem+json");
        return id;
    }
}
