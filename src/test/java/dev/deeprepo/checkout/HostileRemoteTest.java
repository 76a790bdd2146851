package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.checkout.Snapshot.NotLoaded;
import dev.deeprepo.checkout.Snapshot.SourceFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.Deflater;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.TreeFormatter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class HostileRemoteTest {

    private final GitServer server = GitServer.start();
    private final LocalCheckout checkout = new LocalCheckout();

    @AfterEach
    void close() {
        checkout.close();
        server.close();
    }

    @Test
    void followsUpToThreeRedirects() {
        server.create("there", Map.of("a.txt", "1"));
        server.redirect("hop3", server.url("there")).redirect("hop2", server.url("hop3"))
                .redirect("hop1", server.url("hop2"))
                .redirect("hop0", server.url("hop1"))
                .redirect("login", "http://127.0.0.1:" + server.port() + "/login?to=");
        try (Snapshot snapshot = checkout.fetch(server.url("hop1"), "main")) {
            assertThat(snapshot.text("a.txt")).isEqualTo("1");
            assertThat(snapshot.name()).isEqualTo("hop1");
        }
        assertFails("hop0", Reason.UNREACHABLE);
        assertFails("login", Reason.HOST_REFUSED);
    }

    @Test
    void refusesRedirectsThatLeaveTheRules() {
        server.redirect("disk", "file:///etc").redirect("ssh", "ssh://127.0.0.1/a").redirect("user",
                "http://user:secret@127.0.0.1/a").redirect("broken", "http://[/a");
        assertFails("disk", Reason.HOST_REFUSED);
        assertFails("ssh", Reason.HOST_REFUSED);
        assertFails("user", Reason.HOST_REFUSED);
        assertFails("broken", Reason.UNREACHABLE);
    }

    /** As seen from a public host that redirects inward: the rules of a public service judge the target. */
    @Test
    void refusesRedirectsToAddressesThatAreNotPublic() {
        CheckoutSettings strict = new CheckoutSettings(10, DataSize.ofMegabytes(1), DataSize.ofMegabytes(1),
                DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), Duration.ofSeconds(10), Set.of("http", "https"),
                false, List.of(), null, Map.of(), null, LocalCheckout.KEPT, true, null);
        Remote remote = new Remote(new RepositoryUrl("https://github.com/a/b"), List.of(), null);
        for (String target : List.of("http://127.0.0.1:8080/x", "http://169.254.169.254/latest", "https://localhost/x",
                "https://[::1]/x", "https://10.0.0.1/x", "//192.168.0.1/x")) {
            assertThatExceptionOfType(CheckoutException.class)
                    .isThrownBy(() -> remote.redirected(target + "/info/refs?service=git-upload-pack", strict.egress()))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.HOST_REFUSED));
        }
        assertThat(remote.redirected("/c/d/info/refs?service=git-upload-pack", strict.egress()))
                .isEqualTo(new RepositoryUrl("https://github.com/c/d"));
        try (LocalCheckout closed = new LocalCheckout(strict)) {
            assertThatExceptionOfType(CheckoutException.class)
                    .isThrownBy(() -> closed.fetch(new RepositoryUrl(server.url("x")), null, null, () -> false))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.HOST_REFUSED));
        }
    }

    @Test
    void pinsEveryAddressForGit() throws IOException {
        Remote remote = new Remote(new RepositoryUrl("https://git.test/a"),
                List.of(InetAddress.ofLiteral("192.0.2.1"), InetAddress.ofLiteral("2001:db8::1")), null);
        assertThat(remote.pin()).isEqualTo("git.test:443:192.0.2.1,[2001:db8:0:0:0:0:0:1]");
        server.create("demo", Map.of("a.txt", "1"));
        String pinned = "http://git.invalid:" + server.port() + "/demo.git";
        Path directory = Files.createTempDirectory(checkout.directory(), "pin");
        try (BareRepository repository = new BareRepository(directory, new Git(directory),
                () -> new Remote(new RepositoryUrl(pinned), List.of(InetAddress.ofLiteral("127.0.0.1")), null),
                LocalCheckout.SETTINGS, new Withholding(LocalCheckout.SETTINGS),
                LocalCheckout.disk(Files.createDirectory(directory.resolve("kept"))),
                new Watch(Duration.ofMinutes(1), () -> false))) {
            assertThat(repository.fetch(Ref.parse("main"))).isNotNull();
        }
    }

    @Test
    void pathsOfAHostileTreeAreOnlyNames() throws IOException {
        GitRepository repository = server.create("hostile");
        try (FileRepository git = new FileRepository(repository.directory().toFile());
                ObjectInserter inserter = git.newObjectInserter()) {
            ObjectId blob = inserter.insert(Constants.OBJ_BLOB, new byte[]{'x'});
            TreeFormatter inner = new TreeFormatter();
            inner.append("passwd.txt", FileMode.REGULAR_FILE, blob);
            ObjectId innerId = inserter.insert(inner);
            TreeFormatter tree = new TreeFormatter();
            tree.append("..", FileMode.TREE, innerId);
            tree.append(".git", FileMode.TREE, innerId);
            tree.append("README.md", FileMode.REGULAR_FILE, blob);
            tree.append("README.md", FileMode.REGULAR_FILE, blob);
            tree.append("evil\u202etxt.md", FileMode.REGULAR_FILE, blob);
            tree.append("readme.md", FileMode.REGULAR_FILE, blob);
            CommitBuilder commit = new CommitBuilder();
            commit.setTreeId(inserter.insert(tree));
            PersonIdent ident = new PersonIdent("Test", "test@example.com", Instant.EPOCH, ZoneOffset.UTC);
            commit.setAuthor(ident);
            commit.setCommitter(ident);
            commit.setMessage("hostile");
            ObjectId id = inserter.insert(commit);
            inserter.flush();
            repository.git("update-ref", "refs/heads/main", id.name());
        }
        try (Snapshot snapshot = checkout.fetch(server.url("hostile"), "main")) {
            assertThat(snapshot.files()).extracting(SourceFile::path).containsExactly("README.md", "evil{U+202E}txt.md",
                    "readme.md");
            assertThat(snapshot.notLoaded()).contains(new NotLoaded("../", "unsafe-path"),
                    new NotLoaded(".git/", "generated"), new NotLoaded("README.md", "duplicate-path"));
            assertThat(snapshot.fileTree()).contains("evil{U+202E}txt.md\n").doesNotContain("\u202e");
        }
    }

    @Test
    void aTreeThatUnfoldsWithoutEndIsCutWithAWarning() throws IOException {
        GitRepository repository = server.create("bomb");
        try (FileRepository git = new FileRepository(repository.directory().toFile());
                ObjectInserter inserter = git.newObjectInserter()) {
            ObjectId blob = inserter.insert(Constants.OBJ_BLOB, new byte[]{'x'});
            TreeFormatter leaf = new TreeFormatter();
            leaf.append("a.bin", FileMode.REGULAR_FILE, blob);
            ObjectId tree = inserter.insert(leaf);
            for (int level = 0; level < 10; level++) {
                TreeFormatter next = new TreeFormatter();
                for (char name = 'a'; name < 'k'; name++) {
                    next.append(String.valueOf(name), FileMode.TREE, tree);
                }
                next.append("z.txt", FileMode.REGULAR_FILE, blob);
                tree = inserter.insert(next);
            }
            CommitBuilder commit = new CommitBuilder();
            commit.setTreeId(tree);
            PersonIdent ident = new PersonIdent("Test", "test@example.com", Instant.EPOCH, ZoneOffset.UTC);
            commit.setAuthor(ident);
            commit.setCommitter(ident);
            commit.setMessage("bomb");
            ObjectId id = inserter.insert(commit);
            inserter.flush();
            repository.git("update-ref", "refs/heads/main", id.name());
        }
        CheckoutSettings few = new CheckoutSettings(100, DataSize.ofMegabytes(1), DataSize.ofMegabytes(1),
                DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), Duration.ofSeconds(30), Set.of("http"), true,
                List.of(), null,
                Map.of(), null, LocalCheckout.KEPT, true, null);
        try (LocalCheckout small = new LocalCheckout(few);
                Snapshot snapshot = small.fetch(server.url("bomb"), "main")) {
            assertThat(snapshot.files()).hasSize(100);
            assertThat(snapshot.warnings()).hasSize(2).first().asString().contains("200 000 entries");
            assertThat(snapshot.fileTree().length()).isLessThan(65_536);
        }
    }

    @Test
    void theMachinesGitConfigurationHasNoEffect(@TempDir Path home) throws IOException {
        server.create("real", Map.of("a.txt", "real"));
        server.create("trap", Map.of("a.txt", "trap"));
        Path marker = home.resolve("hook-ran");
        Path hooks = Files.createDirectory(home.resolve("hooks"));
        Path hook = Files.writeString(hooks.resolve("reference-transaction"), "#!/bin/sh\ntouch '" + marker + "'\n");
        assertThat(hook.toFile().setExecutable(true)).isTrue();
        Files.writeString(home.resolve(".gitconfig"), """
                [url "%s"]
                	insteadOf = %s
                [core]
                	hooksPath = %s
                """.formatted(server.url("trap"), server.url("real"), hooks));
        // The trap is real: git as this user runs it falls for it.
        assertThat(contentAsUser(home)).isEqualTo("trap");
        assertThat(marker).exists();
        Files.delete(marker);

        // A second JVM would see that home; the environment that we hand to git is the same in either.
        assertThat(new Git(checkout.directory()).environment(Map.of("PATH", "/bin", "HOME", home.toString(),
                "GIT_CONFIG_COUNT", "1", "http_proxy", "x", "ANTHROPIC_API_KEY", "x"), checkout.directory(), "http"))
                .doesNotContainValue(home.toString())
                .doesNotContainKeys("GIT_CONFIG_COUNT", "http_proxy", "ANTHROPIC_API_KEY")
                .containsEntry("PATH", "/bin").containsEntry("GIT_CONFIG_NOSYSTEM", "1");
        try (Snapshot snapshot = checkout.fetch(server.url("real"), null)) {
            assertThat(snapshot.text("a.txt")).isEqualTo("real");
        }
        assertThat(marker).doesNotExist();
    }

    @Test
    void gitMayTakeSoMuchMemoryAndNoMore() {
        Git.Result limit = new Git(checkout.directory()).run(checkout.directory(), "https", "", () -> {}, "-c",
                "alias.limit=!ulimit -v", "limit");
        assertThat(limit.output()).isEqualTo("1048576\n");
    }

    /** 16 MB of refs in a few kB, again and again. */
    @Test
    void refsWithoutEndFillNoMemory() {
        byte[] refs = ("003f" + "a".repeat(40) + " refs/heads/" + "x".repeat(6) + "\n").repeat(1 << 18)
                .getBytes(StandardCharsets.UTF_8);
        byte[] block = new byte[1 << 17];
        int length;
        try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true)) {
            deflater.setInput(refs);
            length = deflater.deflate(block, 0, block.length, Deflater.FULL_FLUSH);
        }
        byte[] header = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, 0};
        server.on("endless", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-advertisement");
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(header);
            while (true) {
                exchange.getResponseBody().write(block, 0, length);
            }
        });
        assertFails("endless", Reason.TOO_LARGE);
    }

    @Test
    void anOldGitOrNoneIsNotWorkedWith() {
        assertThat(new GitVersion("2.39.0").problem()).isNull();
        assertThat(new GitVersion("3.0").problem()).isNull();
        for (@Nullable
        String old : new @Nullable String[]{"2.38.5", "1.9.1", null}) {
            assertThatExceptionOfType(GitVersion.Unusable.class).isThrownBy(() -> new GitVersion(old).require())
                    .withMessageMatching(".*install (git )?2.39 or newer");
        }
    }

    private String contentAsUser(Path home) throws IOException {
        GitRepository clone = GitRepository.init(home.resolve("user.git"), home);
        ProcessBuilder builder = GitRepository.git(home, "fetch", "--quiet", server.url("real"), "main:main")
                .directory(clone.directory().toFile());
        builder.environment().put("GIT_CONFIG_GLOBAL", home.resolve(".gitconfig").toString());
        assertThat(builder.start().onExit().join().exitValue()).isZero();
        return clone.git("show", "main:a.txt");
    }

    private void assertFails(String name, Reason reason) {
        assertThatExceptionOfType(CheckoutException.class).isThrownBy(() -> checkout.fetch(server.url(name), "main"))
                .satisfies(e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.getMessage()).doesNotContain("secret");
                });
    }
}
