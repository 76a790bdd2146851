package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.ProcessSampler;
import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class PrivateRepositoryTest {

    private static final String TOKEN = "canary+token/4f1d8a";

    private final GitServer server = GitServer.start();

    @AfterEach
    void close() {
        server.close();
    }

    /** Each host's rule for who may read, as its documentation (Gitea: its source) has it. */
    @ParameterizedTest
    @CsvSource({TOKEN + ", .+:" + "TOKEN", // GitHub and GitLab: a personal token with any user
            TOKEN + ", oauth2:TOKEN", // GitLab: a token of OAuth
            TOKEN + ", .*:TOKEN|TOKEN:(x-oauth-basic)?", // Gitea and Forgejo
            TOKEN + ":x-oauth-basic, TOKEN:x-oauth-basic", "deploy-1:" + TOKEN + ", deploy-1:TOKEN",
            ":" + TOKEN + ", :TOKEN"})
    void opensWithTheTokenOfItsHost(String written, String demanded) {
        String pattern = demanded.replace("TOKEN", "\\Q" + TOKEN + "\\E");
        server.create("secret", Map.of("a.txt", "1"));
        server.protect("secret", credentials -> credentials.matches(pattern));
        try (LocalCheckout checkout = withToken(written);
                Snapshot snapshot = checkout.fetch(server.url("secret"), null)) {
            assertThat(snapshot.text("a.txt")).isEqualTo("1");
        }
    }

    @Test
    void opensByBranchAndCommitInEitherProtocol() {
        GitRepository repository = protectedRepository("secret");
        String first = repository.git("rev-parse", "main");
        repository.commit("main", Map.of("a.txt", "2"));
        try (LocalCheckout checkout = withToken(TOKEN)) {
            assertThat(commit(checkout, "main")).isNotEqualTo(first);
            assertThat(commit(checkout, first)).isEqualTo(first);
            server.refuseUnadvertisedIds();
            assertThat(commit(checkout, first)).isEqualTo(first);
            assertFails(() -> commit(checkout, "none"), Reason.REF_NOT_FOUND, "no branch");
        }
    }

    @Test
    void saysWhatToDoWithoutATokenAndWithAWrongOne() {
        protectedRepository("secret");
        try (LocalCheckout checkout = new LocalCheckout()) {
            assertFails(() -> checkout.fetch(server.url("secret"), null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "or it is private (HTTP 401)", "deeprepo.checkout.tokens[" + server.tokenHost() + "]");
        }
        try (LocalCheckout checkout = withToken("wrong")) {
            assertFails(() -> checkout.fetch(server.url("secret"), null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "refused the token", "(HTTP 404)");
        }
        assertThat(server.requests()).as("git was not even started").noneMatch(request -> request.startsWith("POST"));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 410})
    void aHostThatRefusesMaySayItInAnyWay(int status) {
        server.answer("gone", status);
        try (LocalCheckout checkout = new LocalCheckout()) {
            assertFails(() -> checkout.fetch(server.url("gone"), null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "deeprepo.checkout.tokens[");
        }
    }

    /** As GitLab does for a browser. */
    @Test
    void aRedirectToALoginIsARefusal() {
        server.redirectTo("login", server.tokenHost() + "/users/sign_in");
        try (LocalCheckout checkout = new LocalCheckout()) {
            assertFails(() -> checkout.fetch(server.url("login"), null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "may be a login", "deeprepo.checkout.tokens[");
        }
    }

    /** Git on its own, without the request that goes before it. */
    @Test
    void gitItselfShowsTheTokenAndUnderstandsARefusal() throws IOException {
        protectedRepository("secret");
        try (LocalCheckout checkout = new LocalCheckout()) {
            assertThat(gitFetches(checkout, new Credential("any", TOKEN))).isNotNull();
            assertFails(() -> gitFetches(checkout, new Credential("any", "wrong")),
                    Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE, "refused the token");
            assertFails(() -> gitFetches(checkout, null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "deeprepo.checkout.tokens[");
        }
    }

    @Test
    void aRedirectTakesNoTokenAlong() {
        try (GitServer other = GitServer.start()) {
            other.create("public", Map.of("a.txt", "1"));
            other.create("secret", Map.of("a.txt", "2"));
            other.protect("secret", ("other:" + TOKEN)::equals);
            server.redirect("moved", other.url("public")).redirect("closed", other.url("secret"));
            try (LocalCheckout checkout = withToken(TOKEN);
                    Snapshot snapshot = checkout.fetch(server.url("moved"), null)) {
                assertThat(snapshot.text("a.txt")).isEqualTo("1");
                assertFails(() -> checkout.fetch(server.url("closed"), null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                        "deeprepo.checkout.tokens[" + other.tokenHost() + "]");
            }
            assertThat(server.authorizations()).isNotEmpty();
            assertThat(other.requests()).isNotEmpty();
            assertThat(other.authorizations()).isEmpty();

            try (LocalCheckout both = LocalCheckout
                    .withTokens(Map.of(server.tokenHost(), TOKEN, other.tokenHost(), "other:" + TOKEN));
                    Snapshot snapshot = both.fetch(server.url("closed"), null)) {
                assertThat(snapshot.text("a.txt")).isEqualTo("2");
            }
            assertThat(other.authorizations()).containsOnly(new Credential("other", TOKEN).header());
        }
    }

    @Test
    void aTokenForHttpsNeverTravelsInTheClear() {
        protectedRepository("secret");
        try (LocalCheckout checkout = LocalCheckout.withTokens(Map.of("127.0.0.1:" + server.port(), TOKEN))) {
            assertFails(() -> checkout.fetch(server.url("secret"), null), Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "deeprepo.checkout.tokens[http://127.0.0.1:");
        }
        assertThat(server.authorizations()).isEmpty();
    }

    /** While half of the pack is here, git and its children run, and the credential is where they read it. */
    @Test
    void theTokenIsInOneClosedFileWhileGitRunsAndInNoProcessAndIsGoneAfterwards() throws Exception {
        protectedRepository("secret").commit("main", Map.of("large.txt", noise(300_000)));
        server.hold("secret");
        try (LocalCheckout checkout = withToken(TOKEN);
                ProcessSampler sampler = new ProcessSampler(ProcessHandle.current())) {
            CompletableFuture<Snapshot> fetch = CompletableFuture
                    .supplyAsync(() -> checkout.fetch(server.url("secret"), "main"));
            sampler.awaitSeen("git fetch", "remote-http", "index-pack");
            List<Path> files = filesWithTheToken(checkout.directory());
            assertThat(files).hasSize(1);
            assertThat(permissions(files.getFirst())).isEqualTo("rw-------");
            try (Stream<Path> instances = Files.list(checkout.directory())) {
                assertThat(instances).extracting(PrivateRepositoryTest::permissions).containsOnly("rwx------");
            }

            server.release();
            try (Snapshot snapshot = fetch.get()) {
                assertThat(snapshot.text("large.txt")).hasSize(300_000);
                assertThat(filesWithTheToken(checkout.directory())).isEmpty();
            }
            assertThat(sampler.seen()).anyMatch(process -> process.contains("GIT_TERMINAL_PROMPT=0"))
                    .noneMatch(PrivateRepositoryTest::holdsTheToken);
        }
    }

    @Test
    void theTokenIsGoneAfterAFailureToo() throws IOException {
        protectedRepository("secret");
        server.stall("secret");
        AtomicBoolean cancelled = new AtomicBoolean();
        try (LocalCheckout checkout = withToken(TOKEN)) {
            CompletableFuture<Snapshot> fetch = CompletableFuture.supplyAsync(() -> checkout.fetch(
                    RepositoryUrl.parse(server.url("secret"), LocalCheckout.SETTINGS), "main", null,
                    cancelled::get));
            await().until(() -> !filesWithTheToken(checkout.directory()).isEmpty());
            cancelled.set(true);
            await().until(fetch::isCompletedExceptionally);
            assertThat(filesWithTheToken(checkout.directory())).isEmpty();
        }
    }

    @Test
    void aHostThatEchoesTheTokenGetsItIntoNoLogAndNoAnswer(CapturedOutput output) {
        protectedRepository("secret");
        server.echo("secret");
        try (LocalCheckout checkout = withToken(TOKEN)) {
            assertFails(() -> checkout.fetch(server.url("secret"), "main"), Reason.FAILED, "could not fetch");
        }
        assertThat(output.getAll()).contains("I saw Basic [token]")
                .satisfies(log -> assertThat(holdsTheToken(log)).isFalse());
    }

    private @Nullable Object gitFetches(LocalCheckout checkout, @Nullable Credential credential) throws IOException {
        Path directory = Files.createTempDirectory(checkout.directory(), "git");
        Remote remote = new Remote(new RepositoryUrl(server.url("secret")), List.of(InetAddress.getLoopbackAddress()),
                credential);
        try (BareRepository repository = new BareRepository(directory, new Git(directory), () -> remote,
                LocalCheckout.SETTINGS, new Withholding(LocalCheckout.SETTINGS),
                LocalCheckout.disk(Files.createDirectory(directory.resolve("kept"))),
                new Watch(Duration.ofMinutes(1), () -> false))) {
            return repository.fetch(Ref.parse("main"));
        }
    }

    private GitRepository protectedRepository(String name) {
        GitRepository repository = server.create(name, Map.of("a.txt", "1"));
        server.protect(name, credentials -> credentials.endsWith(":" + TOKEN));
        return repository;
    }

    private LocalCheckout withToken(String token) {
        return LocalCheckout.withTokens(Map.of(server.tokenHost(), token));
    }

    private String commit(LocalCheckout checkout, String ref) {
        try (Snapshot snapshot = checkout.fetch(server.url("secret"), ref)) {
            return snapshot.commit();
        }
    }

    /** Letters that no pack makes smaller than half. */
    private static String noise(int length) {
        return new Random(1).ints(length, 'A', 'z').collect(StringBuilder::new, StringBuilder::appendCodePoint,
                StringBuilder::append).toString();
    }

    private static boolean holdsTheToken(String text) {
        return Stream.of(TOKEN, "canary%2Btoken%2F4f1d8a", new Credential("oauth2", TOKEN).header().substring(6),
                Base64.getEncoder().encodeToString(TOKEN.getBytes(StandardCharsets.UTF_8))).anyMatch(text::contains);
    }

    private static List<Path> filesWithTheToken(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> holdsTheToken(content(file))).toList();
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String content(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException gone) {
            return "";
        }
    }

    private static void assertFails(ThrowingCallable fetch, Reason reason,
            String... parts) {
        assertThatExceptionOfType(CheckoutException.class).isThrownBy(fetch).satisfies(e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.getMessage()).contains(parts).doesNotContain(TOKEN);
        });
    }
}
