package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.deeprepo.Browser.Seen;
import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.report.Payloads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An analysis of a repository whose paths, branch and contents are markup that acts, by models whose names, replies and
 * errors are no better, opened in Chromium as a person would: none of it acts.
 */
@Tag("slow")
class BrowserIT {

    private static final String BRANCH = "<img/src=x/onerror=alert(1)>";
    private static final String SUB = "evil/<img/src=x/onerror=alert(1)>";
    /** The page is drawn anew for every key that is typed, and takes a text once it is left. */
    private static final String PASTE = """
            Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(arguments[0], arguments[1]);
            arguments[0].dispatchEvent(new Event('input', {bubbles: true}));
            arguments[0].dispatchEvent(new FocusEvent('focusout', {bubbles: true}));""";
    private static final String ROOT = "evil/<svg/onload=alert(1)>";

    @RegisterExtension
    static final Deployment service = Deployment.answering(BrowserIT::script);

    @TempDir
    static Path profile;

    /** What nobody may ask. */
    @SuppressWarnings("NullAway.Init")
    private static HttpServer foreign;

    private static final Queue<String> asked = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private static List<String> payloads;

    @SuppressWarnings("NullAway.Init")
    private static Browser browser;

    @SuppressWarnings("NullAway.Init")
    private static String id;

    /** Swagger UI colours every word of an answer, which takes its time. */
    @SuppressWarnings("NullAway.Init")
    private static String small;

    @BeforeAll
    static void analyse() throws IOException {
        browser = Browser.open(profile);
        foreign = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        foreign.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            byte[] page = "<script>alert(1)</script><img src=/canary>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        foreign.start();
        payloads = Payloads.leadingTo("http://127.0.0.1:%d/canary".formatted(foreign.getAddress().getPort()));
        id = analysed("hostile", payloads);
        small = analysed("hostile-and-small", payloads.subList(0, 5));
    }

    private static String analysed(String repository, List<String> payloads) {
        service.git().create(repository).commit(BRANCH, files(payloads));
        String id = service.api().submit(Map.of("repository", service.url(repository), "ref", BRANCH, "focus",
                "Look for " + payloads.getFirst(), "rootModel", ROOT, "subModel", SUB, "cache", false));
        JsonNode ended = service.api().await(id, Duration.ofSeconds(60));
        assertThat(ended.path("status").asString()).as(() -> ended + service.log()).isEqualTo("COMPLETED");
        return id;
    }

    @AfterAll
    static void stop() {
        foreign.stop(0);
        browser.close();
    }

    /** A payload in each path and each content; what git takes for no path is left out. */
    private static Map<String, String> files(List<String> payloads) {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < payloads.size(); i++) {
            String path = "src%02d/%s.py".formatted(i, payloads.get(i).replaceAll("\\p{Cntrl}", " ")
                    .replaceAll("/{2,}", "/"));
            files.put(path, "# %s\nprint(1)\n".formatted(payloads.get(i)));
        }
        files.put("README.md", String.join("\n\n", payloads.reversed())); // nothing follows an open comment
        return files;
    }

    private static Answer script(Request request) {
        if (request.model().equals(SUB)) {
            return request.lastText().contains("fail")
                    ? Answer.error(400, JsonMapper.shared().writeValueAsString(Map.of("error", Map.of("message",
                            payloads.getFirst() + request.lastText()))))
                    : Answer.text("Reply " + request.lastText());
        }
        return switch (request.turnsSoFar()) {
            case 0 -> Answer.code("for path in codebase: print(path, codebase[path])",
                    "for path in list(codebase)[:5]: print(llm_query('Read ' + codebase[path]))\nprint(llm_query('fail'))")
                    .saying("I look. " + payloads.getFirst());
            case 1 -> Answer.code("raise ValueError(%s)".formatted(
                    JsonMapper.shared().writeValueAsString(payloads.get(5))));
            default -> Answer.code("""
                    paths = list(codebase)
                    set_answer('# Title ' + codebase[paths[1]].splitlines()[0][2:] + '\\n\\n'
                        + '\\n'.join('- `' + path + ':1` is one. ' + path for path in paths)
                        + '\\n\\n' + codebase['README.md'])
                    """);
        };
    }

    /** That the watch would notice. */
    @Test
    void theSameOnAPageWithoutProtectionActs() {
        browser.driver().get("http://127.0.0.1:%d/unprotected".formatted(foreign.getAddress().getPort()));
        List<String> dialogs = new ArrayList<>();
        Awaitility.await().until(() -> {
            dialogs.addAll(browser.seen().dialogs());
            return dialogs.contains("1") && asked.contains("/canary");
        });
        browser.driver().get("about:blank");
        browser.seen();
        asked.clear();
    }

    @Test
    @SuppressWarnings("unchecked")
    void theReportAsAPageHoldsThePayloadsAsText() throws IOException {
        browser.seen();
        browser.driver().get(service.api().base() + "/analyses/" + id + "/report");

        assertThat(browser.driver().getTitle()).startsWith("Title ");
        Files.createDirectories(Path.of("target/browser"));
        Files.write(Path.of("target/browser/report.png"), browser.driver().getScreenshotAs(OutputType.BYTES));
        browser.driver().findElement(By.tagName("summary")).click();
        assertThat(text()).contains("COMPLETED", BRANCH, SUB, "✓", "Account")
                .contains(
                        payloads.stream().filter(payload -> payload.matches("<[^&\n]*") && !payload.contains("<https"))
                                .limit(30).toList());
        var elements = (List<List<String>>) Objects.requireNonNull(browser.driver().executeScript(
                """
                        return [...document.querySelectorAll('body *')].map(e => [e.localName,
                            ...[...e.attributes].map(a => a.name + (a.name == 'href' ? ' ' + e.protocol + ' ' + e.rel : ''))])"""));
        assertThat(elements.stream().map(List::getFirst).collect(Collectors.toSet())).isSubsetOf("header", "strong",
                "span", "code", "nav", "a", "main", "h1", "h2", "h3", "p", "ul", "ol", "li", "pre", "blockquote", "em",
                "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "section", "details", "summary", "footer");
        assertThat(new HashSet<>(elements.stream().flatMap(element -> element.stream().skip(1)).toList())).isSubsetOf(
                "class", "title", "open", "align", "start", "href http: ", // those of our own files
                "href http: noopener noreferrer nofollow", "href https: noopener noreferrer nofollow", "rel");
        assertNothingActed("the report, with %d payloads".formatted(payloads.size()));
        assertThat(browser.driver().executeScript("return getComputedStyle(document.body).maxWidth"))
                .as("its style sheet is taken").isEqualTo("960px");
    }

    @Test
    void nothingElseThatIsAnsweredActs() {
        browser.seen();
        String payload = URLEncoder.encode(payloads.getFirst() + payloads.get(5), StandardCharsets.UTF_8);
        List<String> paths = List.of("/analyses", "/analyses/" + id, "/analyses/" + id + "/trajectory",
                "/analyses/" + id + "/events", "/analyses/" + id + "/report?download=MARKDOWN",
                "/analyses/" + id + "/report?download=HTML", "/analyses/" + id + "/report?download=SARIF",
                "/analyses/" + id + "/report?download=" + payload, "/analyses/" + payload,
                "/analyses?status=" + payload, "/nothing?" + payload, "/models", "/v3/api-docs",
                "/actuator/costs/" + payload, "/actuator/costs?analysis=" + payload, "/swagger-ui/index.html?url="
                        + payload + "&configUrl=" + URLEncoder.encode(payloads.get(16), StandardCharsets.UTF_8));
        for (String path : paths) {
            browser.driver().get(service.api().base() + path);
            if (!path.startsWith("/swagger-ui")) {
                assertThat(browser.driver().findElements(By.cssSelector("script, img, svg, iframe"))).as(path)
                        .isEmpty();
            }
        }
        assertNothingActed(paths.size() + " addresses");
    }

    @Test
    void swaggerUiWorksUnderItsPolicyAndShowsWhatIsStoredAsText() {
        browser.seen();
        browser.driver().get(service.api().base() + "/swagger-ui/index.html");
        for (String name : List.of("getTrajectory", "getReport")) {
            String operation = "#operations-analyses-" + name;
            find(operation + " .opblock-summary-control").click();
            browser.driver().executeScript(PASTE, find(operation + " input[placeholder=id]"), small);
            find(operation + " button.execute").click();
            assertThat(find(operation + " .live-responses-table .highlight-code").getText()).contains("alert(1)");
        }
        assertThat(browser.driver().findElements(By.cssSelector("[onerror], [onload], a[href^='javascript:']")))
                .isEmpty();
        assertNothingActed("Swagger UI");
    }

    private static void assertNothingActed(String what) {
        Seen seen = browser.seen();
        List<String> elsewhere = seen.requests().stream().filter(url -> url.startsWith("http"))
                .filter(url -> !url.startsWith(service.api().base() + "/")).toList();
        assertThat(seen.dialogs()).isEmpty();
        assertThat(elsewhere).isEmpty();
        assertThat(asked).isEmpty();
        System.out.printf("%s: %d requests, %d dialogs, %d foreign requests%n", what, seen.requests().size(),
                seen.dialogs().size(), elsewhere.size() + asked.size());
    }

    private static String text() {
        return browser.driver().findElement(By.tagName("body")).getText();
    }

    private static WebElement find(String selector) {
        return Awaitility.await(selector).atMost(Duration.ofSeconds(30)).ignoreExceptions()
                .until(() -> browser.driver().findElement(By.cssSelector(selector)), WebElement::isDisplayed);
    }
}
