package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.htmlunit.BrowserVersion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.htmlunit.HtmlUnitDriver;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * {@code examples/websocket} as somebody sees it: in HtmlUnit, which needs no installation, and in the Chromium that the
 * properties {@code chromium} and {@code chromedriver} name ({@code mvn -Pchromium test -Dtest=ChatPageTest}).
 */
class ChatPageTest {
    private static @TempDir Path data;
    private static FrontNode front;

    @BeforeAll
    static void start() throws Exception {
        Path routes = Files.createDirectories(data.resolve("routes"));
        try (Stream<Path> shipped = Files.list(Path.of("routes"))) {
            for (Path route : shipped.toList()) {
                Files.copy(route, routes.resolve(route.getFileName()));
            }
        }
        Files.copy(Path.of("examples/websocket/page.camel.yaml"), routes.resolve("page.camel.yaml"));
        front = new FrontNode(routes, data, Map.of("camel.main.shutdown-timeout", "1"));
    }

    @AfterAll
    static void stop() {
        front.close();
    }

    static List<Named<Supplier<WebDriver>>> browsers() {
        Named<Supplier<WebDriver>> htmlUnit =
                Named.of("HtmlUnit", () -> new HtmlUnitDriver(BrowserVersion.CHROME, true));
        String chromium = System.getProperty("chromium", "");
        return chromium.isEmpty()
                ? List.of(htmlUnit)
                : List.of(htmlUnit, Named.of("Chromium", () -> chromium(chromium)));
    }

    private static WebDriver chromium(String binary) {
        ChromeOptions options = new ChromeOptions()
                .addArguments(
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync");
        options.setBinary(binary);
        System.setProperty(ChromeDriverService.CHROME_DRIVER_EXE_PROPERTY, System.getProperty("chromedriver"));
        return new ChromeDriver(options);
    }

    @ParameterizedTest
    @MethodSource("browsers")
    void asksSeveralQuestionsStopsOneAndGoesOnAfterTheConnectionBroke(Supplier<WebDriver> browser) {
        front.sandbox().configure(FrontNode.QUICK);
        WebDriver page = browser.get();
        try {
            WebDriverWait wait = new WebDriverWait(page, FrontNode.LONG);
            page.get(front.url().replace("/v1", "/chat"));
            wait.until(now -> text(page, "#state").equals("connected"));
            WebElement model = page.findElement(By.name("model"));
            model.clear();
            model.sendKeys("sandbox-echo");

            ask(page, "one two three");
            wait.until(now -> text(page, ".answer").equals("one two three"));
            wait.until(
                    now -> page.findElements(By.cssSelector("article button")).isEmpty());

            front.sandbox().configure(FrontNode.QUICK.withChunkDelay(Duration.ofSeconds(1)));
            String many = "w1 w2 w3 w4 w5 w6 w7 w8 w9";
            ask(page, many);
            wait.until(now -> text(page, ".answer").startsWith("w1"));
            ask(page, "never to be answered whole, since it is stopped");
            wait.until(now -> text(page, ".answer").startsWith("never"));
            page.findElement(By.cssSelector("article button")).click();
            wait.until(now -> !text(page, ".error").isEmpty());

            JavascriptExecutor script = (JavascriptExecutor) page;
            script.executeScript("window.broken = socket; socket.close()");
            wait.until(now -> Boolean.TRUE.equals(
                    script.executeScript("return socket !== window.broken && socket.readyState === 1")));
            wait.until(
                    now -> page.findElements(By.cssSelector("article button")).isEmpty());
            assertThat(page.findElements(By.className("answer")).get(1).getText())
                    .isEqualTo(many);
        } finally {
            page.quit();
        }
    }

    private static void ask(WebDriver page, String question) {
        page.findElement(By.name("text")).sendKeys(question);
        page.findElement(By.cssSelector("form button")).click();
    }

    /** Of the first, which is the newest; empty if there is none. */
    private static String text(WebDriver page, String selector) {
        return page.findElements(By.cssSelector(selector)).stream()
                .findFirst()
                .map(WebElement::getText)
                .orElse("");
    }
}
