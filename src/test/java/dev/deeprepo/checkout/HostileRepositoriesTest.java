package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.checkout.Snapshot.NotLoaded;
import dev.deeprepo.checkout.Snapshot.SourceFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.util.unit.DataSize;

/**
 * Repositories that want to write elsewhere, to fill memory or disk, to take for ever, or to look like something else. Each
 * is built with git's own plumbing, fetched over HTTP, and has its expectation.
 */
@Tag("slow")
@Isolated("measures the heap")
class HostileRepositoriesTest {

    private static final CheckoutSettings SETTINGS = new CheckoutSettings(10_000, DataSize.ofMegabytes(20),
            DataSize.ofKilobytes(500), DataSize.ofMegabytes(32), DataSize.ofMegabytes(1), Duration.ofSeconds(20),
            Set.of("http"), true, List.of(),
            null, Map.of(), null, LocalCheckout.KEPT, true, null);
    private static final long MOST_RETAINED = 48L << 20;
    private static final long MOST_AT_ONCE = 400L << 20;

    /** @param expected null = it loads */
    private record Hostile(String name, Consumer<GitRepository> build, @Nullable Reason expected,
            Consumer<Snapshot> loaded) {}

    private final List<Hostile> all = new ArrayList<>();

    private void loads(String name, Consumer<GitRepository> build, Consumer<Snapshot> loaded) {
        all.add(new Hostile(name, build, null, loaded));
    }

    private void fails(String name, Reason reason, Consumer<GitRepository> build) {
        all.add(new Hostile(name, build, reason, _ -> {}));
    }

    @Test
    void everyOneEndsAsExpectedWithinItsBounds(@TempDir Path base) throws IOException {
        declare();
        assertThat(all).hasSizeGreaterThanOrEqualTo(20);
        SoftAssertions facts = new SoftAssertions();
        Path outside = Files.writeString(base.resolve("outside.txt"), "untouched");
        try (GitServer server = GitServer.start();
                LocalCheckout checkout = new LocalCheckout(SETTINGS, base.resolve("checkouts"))) {
            System.out.printf("%-44s %8s %10s %10s %9s  %s%n", "repository", "ms", "retained", "at once", "disk", "");
            List<GitRepository> repositories = IntStream.range(0, all.size()).mapToObj(i -> server.create("r" + i))
                    .toList();
            IntStream.range(0, all.size()).parallel().forEach(i -> all.get(i).build.accept(repositories.get(i)));
            for (int i = 0; i < all.size(); i++) {
                Hostile hostile = all.get(i);
                String url = server.url("r" + i);
                facts.check(() -> measure(hostile, url, checkout));
                facts.assertThat(repositories(checkout.directory())).as("left by %s", hostile.name).isZero();
            }
            facts.assertAll();
            assertThat(outside).hasContent("untouched");
            try (Stream<Path> beside = Files.list(base)) {
                assertThat(beside).as("nothing is written beside the work directory").hasSize(2);
            }
            try (Stream<Path> inside = Files.walk(checkout.directory())) {
                assertThat(inside.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
                        .containsExactly("lock");
            }
        }
    }

    @Test
    void saysWhichObjectIsBrokenAndHow(@TempDir Path base) throws IOException {
        try (GitServer server = GitServer.start();
                LocalCheckout checkout = new LocalCheckout(SETTINGS, base.resolve("checkouts"))) {
            GitRepository repository = server.create("broken");
            String broken = repository.write("commit", bytes("tree %s\nauthor T <t@e.dev> 1700000000 +0000\n\nx\n"
                    .formatted(repository.write("tree", tree(ordinary(repository))))));
            repository.raw("refs/heads/main", broken);

            assertThat(catchThrowable(() -> checkout.fetch(server.url("broken"), "main")))
                    .isInstanceOfSatisfying(CheckoutException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.REPOSITORY_UNREADABLE))
                    .hasMessage("the repository holds an object that git refuses as broken: " + broken
                            + " (missingCommitter)");
        }
    }

    private static void measure(Hostile hostile, String url, LocalCheckout checkout) throws IOException {
        System.gc();
        long before = used();
        pools().forEach(MemoryPoolMXBean::resetPeakUsage);
        long start = System.nanoTime();
        String came = "";
        long disk = 0;
        long retained = 0;
        try (Snapshot snapshot = checkout.fetch(url, "main")) {
            assertThat(hostile.expected).as("%s must not load", hostile.name).isNull();
            hostile.loaded.accept(snapshot);
            assertThat(snapshot.fileTree().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(64 << 10);
            assertThat(snapshot.fileTree().lines()).as("tree of %s", hostile.name)
                    .noneMatch(line -> line.codePoints().anyMatch(HostileRepositoriesTest::moves));
            disk = size(checkout.directory());
            came = "%d loaded, %d not".formatted(snapshot.files().size(), snapshot.notLoaded().size());
            System.gc();
            retained = used() - before;
        } catch (CheckoutException e) {
            came = e.reason() + ": " + e.getMessage();
            assertThat(e.reason()).as("%s: %s", hostile.name, e.getMessage()).isEqualTo(hostile.expected);
            assertThat(String.valueOf(e.getMessage()).codePoints().anyMatch(HostileRepositoriesTest::moves)).isFalse();
        }
        long took = Duration.ofNanos(System.nanoTime() - start).toMillis();
        long peak = pools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() - before;
        System.out.printf("%-44s %8d %7d KB %7d KB %6d KB  %s%n", hostile.name, took, retained >> 10, peak >> 10,
                disk >> 10, came.substring(0, Math.min(90, came.length())));
        assertThat(took).as("ms for %s", hostile.name).isLessThan(SETTINGS.timeout().toMillis() + 2000);
        assertThat(retained).as("heap held by %s", hostile.name).isLessThan(MOST_RETAINED);
        assertThat(peak).as("heap taken by %s", hostile.name).isLessThan(MOST_AT_ONCE);
        assertThat(disk).as("disk of %s", hostile.name).isLessThan(SETTINGS.maxPackBytes().toBytes() + (1 << 20));
    }

    private void declare() {
        loads("links out of the repository", r -> {
            String target = r.write("blob", bytes("../../../../outside.txt"));
            String absolute = r.write("blob", bytes("/etc/passwd"));
            String loop = r.write("blob", bytes("loop"));
            commit(r, entry("120000", "absolute.txt", absolute), entry("120000", "loop", loop),
                    entry("120000", "up.md", target), ordinary(r));
        }, s -> assertThat(s.notLoaded()).containsExactlyInAnyOrder(new NotLoaded("absolute.txt", "symlink"),
                new NotLoaded("loop", "symlink"), new NotLoaded("up.md", "symlink")));
        loads("submodules that run something", r -> {
            String modules = r.write("blob", bytes("[submodule \"x\"]\n\tpath = -x\n\turl = ext::sh -c 'touch /tmp/x'\n"
                    + "\tupdate = !touch /tmp/x\n[submodule \"../../hooks\"]\n\turl = --upload-pack=touch\n\tpath = y\n"));
            commit(r, entry("160000", "-x", "1".repeat(40)), entry("100644", ".gitmodules", modules), ordinary(r),
                    entry("160000", "y", "2".repeat(40)));
        }, s -> assertThat(s.notLoaded()).contains(new NotLoaded("-x", "submodule"), new NotLoaded("y", "submodule")));
        loads("a git directory in many spellings", r -> {
            String hook = r.write("blob", bytes("#!/bin/sh\ntouch /tmp/x\n"));
            String hooks = r.write("tree", tree(entry("100755", "post-checkout.sh", hook)));
            String inner = r.write("tree", tree(entry("100644", "config.txt", hook), entry("40000", "hooks", hooks)));
            commit(r, entry("40000", ".GIT", inner), entry("40000", ".g\u200cit", inner), entry("40000", ".git", inner),
                    entry("40000", ".git ", inner), entry("40000", ".git.", inner), entry("40000", "git~1", inner),
                    ordinary(r));
        }, s -> assertThat(s.notLoaded()).contains(new NotLoaded(".GIT/", "generated"),
                new NotLoaded(".git/", "generated")));
        loads("dots, and paths of their own", r -> {
            String blob = r.write("blob", bytes("x\n"));
            String inner = r.write("tree", tree(entry("100644", "outside.txt", blob)));
            commit(r, entry("40000", ".", inner), entry("40000", "..", inner), entry("100644", "../outside.txt", blob),
                    entry("100644", "/etc/cron.d/x.txt", blob), entry("100644", "a//b.txt", blob),
                    entry("100644", "a/./c.txt", blob), ordinary(r));
        }, s -> {
            assertThat(s.files()).extracting(SourceFile::path).containsExactly("ordinary.txt");
            assertThat(s.notLoaded()).hasSize(6).extracting(NotLoaded::reason).containsOnly("unsafe-path");
        });
        loads("backslashes, drives and devices", r -> {
            String blob = r.write("blob", bytes("x\n"));
            commit(r, entry("100644", "..\\outside.txt", blob), entry("100644", "C:\\x.txt", blob),
                    entry("100644", "aux.txt", blob), entry("100644", "x.txt:stream.txt", blob), ordinary(r));
        }, s -> assertThat(s.text("..\\outside.txt")).isEqualTo("x\n"));
        loads("names that say nothing, or all the same", r -> {
            String blob = r.write("blob", bytes("x\n"));
            String other = r.write("blob", bytes("y\n"));
            String inner = r.write("tree", tree(entry("100644", "b.txt", other)));
            commit(r, entry("100644", "a.txt", blob), entry("100644", "a.txt", other), entry("100644", "d", blob),
                    entry("40000", "d", inner), entry("100644", "d/b.txt", blob), ordinary(r));
        }, s -> {
            assertThat(s.text("a.txt")).isEqualTo("x\n");
            assertThat(s.notLoaded()).contains(new NotLoaded("a.txt", "duplicate-path"))
                    .extracting(NotLoaded::reason).contains("duplicate-path");
        });
        loads("names that differ in case or form only", r -> r.commit("main", Map.of("README.md", "1", "readme.md", "2",
                "ReadMe.MD", "3", "caf\u00e9.txt", "4", "cafe\u0301.txt", "5")), s -> {
                    assertThat(s.files()).hasSize(5);
                    assertThat(s.text("caf\u00e9.txt")).isEqualTo("4");
                });
        loads("control and direction characters in names", r -> {
            String blob = r.write("blob", bytes("x\n"));
            commit(r, entry("100644", "a\nfake.txt [loaded]", blob), entry("100644", "b\u001b[2J.txt", blob),
                    entry("100644", "c\r.txt", blob), entry("100644", "d\u202etxt.md", blob),
                    entry("100644", "e\u2028.txt", blob), entry("100644", "f\u0085.txt", blob),
                    entry("100644", "g\u2066\u200b.txt", blob), ordinary(r));
        }, s -> {
            assertThat(s.fileTree()).contains("a{U+A}fake.txt [loaded]", "d{U+202E}txt.md", "e{U+2028}.txt");
            assertThat(s.fileTree().lines()).hasSize(8);
        });
        loads("names that are no UTF-8", r -> {
            String blob = r.write("blob", bytes("x\n"));
            ByteArrayOutputStream tree = new ByteArrayOutputStream();
            for (int odd : new int[]{0x80, 0xC0, 0xED, 0xFF}) {
                tree.writeBytes(bytes("100644 "));
                tree.write(odd);
                tree.writeBytes(bytes(".txt\0"));
                tree.writeBytes(HexFormat.of().parseHex(blob));
            }
            commitTree(r, r.write("tree", tree.toByteArray()));
        }, s -> assertThat(s.files().size() + s.notLoaded().size()).isEqualTo(4));
        loads("a directory that is UTF-8, with a name that is not", r -> {
            String blob = r.write("blob", bytes("x\n"));
            ByteArrayOutputStream inner = new ByteArrayOutputStream();
            inner.writeBytes(bytes("100644 "));
            inner.write(0xE9);
            inner.writeBytes(bytes(".txt\0"));
            inner.writeBytes(HexFormat.of().parseHex(blob));
            commit(r, entry("40000", "\u00e9t\u00e9", r.write("tree", inner.toByteArray())));
        }, s -> assertThat(s.files()).extracting(SourceFile::path).containsExactly("\u00e9t\u00e9/\u00e9.txt"));
        loads("a name of 100 000 characters", r -> {
            String blob = r.write("blob", bytes("x\n"));
            commit(r, ordinary(r), entry("100644", "x".repeat(100_000) + ".txt", blob));
        }, s -> assertThat(s.notLoaded()).singleElement().extracting(NotLoaded::reason).isEqualTo("path-too-long"));
        loads("a tree of 6 000 levels", r -> {
            r.git("config", "core.maxTreeDepth", "8192");
            r.commit("main", Map.of("ordinary.txt", "x", "d/".repeat(6000) + "deep.txt", "x"));
        }, s -> assertThat(s.notLoaded()).singleElement().extracting(NotLoaded::reason).isEqualTo("path-too-long"));
        loads("a tree of 10 000 000 000 files", r -> {
            String blob = r.write("blob", bytes("x"));
            String tree = r.write("tree", tree(entry("100644", "a.bin", blob)));
            for (int level = 0; level < 10; level++) {
                String below = tree;
                tree = r.write("tree", tree(Stream.concat("abcdefghij".chars()
                        .mapToObj(c -> entry("40000", String.valueOf((char) c), below)),
                        Stream.of(entry("100644", "z.txt", blob))).toArray(byte[][]::new)));
            }
            commitTree(r, tree);
        }, s -> assertThat(s.warnings()).anyMatch(warning -> warning.contains("200 000 entries")));
        loads("a wide tree of 150 000 times one file", r -> {
            String blob = r.write("blob", bytes("x"));
            commitTree(r, r.write("tree", tree(IntStream.range(0, 150_000)
                    .mapToObj(i -> entry("100644", "f%06d.bin".formatted(i), blob)).toArray(byte[][]::new))));
            r.commit("main", Map.of("ordinary.txt", "x"));
        }, s -> assertThat(s.notLoaded()).hasSize(150_000));
        loads("20 000 tiny files", r -> {
            Map<String, String> files = new TreeMap<>();
            for (int i = 0; i < 20_000; i++) {
                files.put("d%03d/f%05d.py".formatted(i % 200, i), "x = " + i + "\n");
            }
            r.commit("main", files);
        }, s -> {
            assertThat(s.files()).hasSize(10_000);
            assertThat(s.warnings()).singleElement().asString().startsWith("10000 files were not loaded");
        });
        loads("200 MB of zeros", r -> {
            r.commit("main", Map.of("ordinary.txt", "x"));
            r.commitZeros("zeros.txt", 200 << 20);
        }, s -> assertThat(s.notLoaded()).containsExactly(new NotLoaded("zeros.txt", "too-large")));
        loads("one file of 400 kB, 1 000 times", r -> {
            String blob = r.write("blob", bytes("x".repeat(400_000)));
            commitTree(r, r.write("tree", tree(IntStream.range(0, 1000)
                    .mapToObj(i -> entry("100644", "f%04d.txt".formatted(i), blob)).toArray(byte[][]::new))));
        }, s -> {
            assertThat(s.files()).hasSize(52);
            assertThat(s.notLoaded()).hasSize(948).extracting(NotLoaded::reason).containsOnly("over-limit");
        });
        loads("every encoding", r -> {
            Map<String, byte[]> files = new TreeMap<>();
            for (String charset : List.of("UTF-8", "UTF-16", "UTF-16LE", "UTF-32", "ISO-8859-1", "windows-1252",
                    "Shift_JIS", "GB18030", "EUC-KR", "KOI8-R", "IBM037")) {
                files.put(charset + ".txt", "naïve Ж 日本 x".getBytes(Charset.forName(charset)));
            }
            files.put("overlong.txt", new byte[]{'a', (byte) 0xC0, (byte) 0xAE, (byte) 0xF8, 'b'});
            files.put("half.txt", new byte[]{'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80});
            files.put("odd.txt", new byte[]{(byte) 0xFF, (byte) 0xFE, 'a'});
            r.commitBytes("main", files);
        }, s -> s.forEach((path, text) -> assertThat(new String(text, StandardCharsets.UTF_8)
                .getBytes(StandardCharsets.UTF_8)).as(path).isEqualTo(text).doesNotContain((byte) 0)));
        loads("LFS pointers and filters", r -> r.commit("main", Map.of("ordinary.txt", "x", ".gitattributes",
                "*.txt filter=evil export-subst ident\n* text eol=crlf working-tree-encoding=UTF-16\n", "model.json",
                "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 5\n".formatted("0".repeat(64)),
                "v.txt",
                "$Id$ $Format:%H$")), s -> {
                    assertThat(s.notLoaded()).containsExactly(new NotLoaded("model.json", "lfs-pointer"));
                    assertThat(s.text("v.txt")).isEqualTo("$Id$ $Format:%H$");
                });
        fails("no commit", Reason.REPOSITORY_EMPTY, _ -> {});
        fails("a commit of nothing", Reason.NOTHING_TO_READ, r -> commitTree(r, r.write("tree", new byte[0])));
        fails("a branch that names a blob", Reason.REF_NOT_FOUND,
                r -> r.raw("refs/heads/main", r.write("blob", bytes("x"))));
        fails("a tree that is cut off", Reason.FAILED, r -> {
            byte[] whole = tree(ordinary(r));
            commitTree(r, r.write("tree", Arrays.copyOf(whole, whole.length - 7)));
        });
        fails("a commit that is none", Reason.COMMIT_NOT_FOUND,
                r -> r.raw("refs/heads/main", r.write("commit", bytes("tree nowhere\nauthor nobody\n\nx"))));
        fails("a commit with a header of 40 MB", Reason.TOO_LARGE, r -> {
            String tree = r.write("tree", tree(ordinary(r)));
            String stamp = "T <t@e.dev> 1 +0000";
            r.raw("refs/heads/main",
                    r.write("commit", bytes("tree " + tree + "\nauthor " + stamp + "\ncommitter " + stamp
                            + "\n\n" + "x".repeat(40 << 20))));
        });
        fails("a tree of 40 MB", Reason.TOO_LARGE, r -> {
            String blob = r.write("blob", bytes("x"));
            commitTree(r, r.write("tree", tree(IntStream.range(0, 1000)
                    .mapToObj(i -> entry("100644", "%04d".formatted(i) + "x".repeat(42_000), blob))
                    .toArray(byte[][]::new))));
        });
        fails("objects that are not there", Reason.FAILED,
                r -> commit(r, entry("100644", "gone.txt", "3".repeat(40))));
        fails("a file whose object is a tree", Reason.FAILED, r -> {
            String inner = r.write("tree", tree(ordinary(r)));
            commit(r, ordinary(r), entry("100644", "z.txt", inner));
        });
        fails("more than may be fetched", Reason.TOO_LARGE, r -> {
            byte[] noise = new byte[34 << 20];
            new Random(1).nextBytes(noise);
            commit(r, ordinary(r), entry("100644", "z.txt", r.write("blob", noise)));
        });
    }

    private static byte[] ordinary(GitRepository r) {
        return entry("100644", "ordinary.txt", r.write("blob", bytes("x\n")));
    }

    private static void commit(GitRepository r, byte[]... entries) {
        commitTree(r, r.write("tree", tree(entries)));
    }

    private static void commitTree(GitRepository r, String tree) {
        String stamp = "T <t@e.dev> 1700000000 +0000";
        r.raw("refs/heads/main", r.write("commit",
                bytes("tree " + tree + "\nauthor " + stamp + "\ncommitter " + stamp + "\n\nhostile\n")));
    }

    private static byte[] tree(byte[]... entries) {
        ByteArrayOutputStream tree = new ByteArrayOutputStream();
        Arrays.stream(entries).forEach(tree::writeBytes);
        return tree.toByteArray();
    }

    private static byte[] entry(String mode, String name, String id) {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        entry.writeBytes(bytes(mode + " " + name + "\0"));
        entry.writeBytes(HexFormat.of().parseHex(id));
        return entry.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether a character could end a line, move a terminal's cursor or turn the reading direction. */
    private static boolean moves(int c) {
        return Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || c >= 0x202A && c <= 0x202E
                || c >= 0x2066 && c <= 0x2069 || c == 0x200E || c == 0x200F || c == 0x061C;
    }

    private static Stream<MemoryPoolMXBean> pools() {
        return ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP);
    }

    private static long used() {
        return pools().mapToLong(pool -> pool.getUsage().getUsed()).sum();
    }

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private static long repositories(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory, 2)) {
            return files.filter(file -> file.toString().endsWith(".git")).count();
        }
    }
}
