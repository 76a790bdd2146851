package dev.deeprepo;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.NoAlertPresentException;
import org.openqa.selenium.UnexpectedAlertBehaviour;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Chromium without a window, whose dialogs and requests are watched. */
final class Browser implements AutoCloseable {

    /** What it did: words of the dialogs that opened, addresses that were asked. */
    record Seen(List<String> dialogs, List<String> requests) {}

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Fails the build server, and skips the test elsewhere, where there is none. */
    static Browser open(Path profile) {
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(found("chromium", "chromium-browser", "google-chrome"));
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--window-size=1100,1600", "--user-data-dir=" + profile);
        options.setCapability("goog:loggingPrefs", logs);
        options.setUnhandledPromptBehaviour(UnexpectedAlertBehaviour.DISMISS);
        return new Browser(new ChromeDriver(new ChromeDriverService.Builder()
                .usingDriverExecutable(found("chromedriver")).usingAnyFreePort().build(), options));
    }

    private static File found(String... names) {
        String reason = "no %s on the PATH: apt-get install chromium chromium-driver".formatted(names[0]);
        return Pattern.compile(File.pathSeparator).splitAsStream(System.getenv("PATH"))
                .flatMap(directory -> Stream.of(names).map(name -> new File(directory, name))).filter(File::canExecute)
                .findFirst().orElseGet(() -> System.getenv("CI") == null
                        ? Assumptions.abort(reason)
                        : Assertions.fail(reason));
    }

    ChromeDriver driver() {
        return driver;
    }

    /** What it did since this was last asked; a dialog that is open is dismissed. */
    Seen seen() {
        try {
            driver.switchTo().alert().dismiss();
        } catch (NoAlertPresentException none) {
            // none has opened, or it is closed already
        }
        Seen seen = new Seen(new ArrayList<>(), new ArrayList<>());
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            JsonNode message = JsonMapper.shared().readTree(entry.getMessage()).get("message");
            switch (message.get("method").asString()) {
                case "Page.javascriptDialogOpening" -> seen.dialogs.add(message.at("/params/message").asString());
                case "Network.requestWillBeSent" -> seen.requests.add(message.at("/params/request/url").asString());
                default -> {
                }
            }
        }
        return seen;
    }

    @Override
    public void close() {
        driver.quit();
    }
}
