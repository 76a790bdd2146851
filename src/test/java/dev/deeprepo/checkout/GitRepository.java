package dev.deeprepo.checkout;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A bare repository in the making. Each commit is one {@code git fast-import}, thousands of files take a second. Names
 * and dates are fixed, so equal content gives equal commit ids.
 */
public final class GitRepository {

    private final Path directory;
    private final Path home;
    private long clock = 1_700_000_000;

    private GitRepository(Path directory, Path home) {
        this.directory = directory;
        this.home = home;
    }

    static GitRepository init(Path directory, Path home) {
        run(git(home, "init", "--quiet", "--bare", "--initial-branch=main", directory.toString()));
        return new GitRepository(directory, home);
    }

    /** Git on this machine, cut off from its users' configuration. */
    static ProcessBuilder git(Path home, String... arguments) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> env = builder.environment();
        env.keySet().removeIf(name -> name.startsWith("GIT_"));
        env.put("HOME", home.toString());
        env.put("GIT_CONFIG_NOSYSTEM", "1");
        env.put("GIT_CONFIG_GLOBAL", "/dev/null");
        env.put("LC_ALL", "C");
        return builder;
    }

    public Path directory() {
        return directory;
    }

    /** Adds a commit to {@code branch} (created when missing) with these files written over the last ones; its id. */
    public String commit(String branch, Map<String, String> files) {
        SortedMap<String, byte[]> contents = new TreeMap<>();
        files.forEach((path, content) -> contents.put(path, content.getBytes(StandardCharsets.UTF_8)));
        return commitBytes(branch, contents);
    }

    /** Like {@link #commit} for any bytes. */
    public String commitBytes(String branch, Map<String, byte[]> files) {
        return fastImport(branch, out -> {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                file(out, file.getKey(), file.getValue());
            }
        });
    }

    /** A commit with the entries of a zip archive whose names pass, such as a JDK's {@code src.zip}. */
    public String commitZip(String branch, Path archive, Predicate<String> wanted) {
        return fastImport(branch, out -> {
            try (ZipFile zip = new ZipFile(archive.toFile())) {
                for (ZipEntry entry : zip.stream().filter(e -> !e.isDirectory() && wanted.test(e.getName()))
                        .sorted(Comparator.comparing(ZipEntry::getName)).toList()) {
                    file(out, entry.getName(), zip.getInputStream(entry).readAllBytes());
                }
            }
        });
    }

    /** A commit with the regular files below a directory whose relative paths pass. */
    public String commitDirectory(String branch, Path source, Predicate<String> wanted) {
        return fastImport(branch, out -> {
            try (Stream<Path> walk = Files.walk(source)) {
                for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                    String path = source.relativize(file).toString().replace('\\', '/');
                    if (wanted.test(path)) {
                        file(out, path, Files.readAllBytes(file));
                    }
                }
            }
        });
    }

    /** A tag that is just a name for a commit. */
    public GitRepository tag(String name, String commit) {
        git("update-ref", "refs/tags/" + name, commit);
        return this;
    }

    /** A tag with an object of its own. */
    public GitRepository annotatedTag(String name, String commit) {
        git("-c", "user.name=Test", "-c", "user.email=test@example.com", "tag", "-a", "-m", "release", name, commit);
        return this;
    }

    /** What {@code HEAD} names: the branch that a client gets by default. */
    public GitRepository defaultBranch(String branch) {
        git("symbolic-ref", "HEAD", "refs/heads/" + branch);
        return this;
    }

    /** Writes an object as it stands, however broken; its id. */
    String write(String type, byte[] content) {
        try {
            Process process = git(home, "hash-object", "-t", type, "--literally", "-w", "--stdin")
                    .directory(directory.toFile()).redirectErrorStream(true).start();
            try (OutputStream out = process.getOutputStream()) {
                out.write(content);
            }
            return finish(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a ref name an object of any type, or none. */
    void raw(String ref, String id) {
        try {
            Files.writeString(directory.resolve(ref), id + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A commit with one file of so many zeros. */
    String commitZeros(String path, int size) {
        return fastImport("main", out -> {
            line(out, "M 100644 inline \"" + path + "\"\ndata " + size + "\n");
            byte[] zeros = new byte[1 << 20];
            for (int left = size; left > 0; left -= zeros.length) {
                out.write(zeros, 0, Math.min(left, zeros.length));
            }
            out.write('\n');
        });
    }

    /** Runs git in this repository; its output without the last line break. */
    public String git(String... arguments) {
        return run(git(home, arguments).directory(directory.toFile()));
    }

    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private String fastImport(String branch, Content content) {
        String ref = "refs/heads/" + branch;
        boolean exists = !git("for-each-ref", ref).isEmpty();
        try {
            Process process = git(home, "fast-import", "--quiet", "--done").directory(directory.toFile())
                    .redirectErrorStream(true).start();
            try (OutputStream out = new BufferedOutputStream(process.getOutputStream(), 1 << 16)) {
                String stamp = " Test <test@example.com> " + clock++ + " +0000\n";
                line(out, "commit " + ref + "\nauthor" + stamp + "committer" + stamp + "data 7\ncontent\n"
                        + (exists ? "from " + ref + "^0\n" : ""));
                content.writeTo(out);
                line(out, "\ndone\n");
            }
            finish(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return git("rev-parse", ref);
    }

    private static void file(OutputStream out, String path, byte[] content) throws IOException {
        String quoted = path.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t");
        line(out, "M 100644 inline \"" + quoted + "\"\ndata " + content.length + "\n");
        out.write(content);
        out.write('\n');
    }

    private static void line(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String run(ProcessBuilder builder) {
        try {
            Process process = builder.redirectErrorStream(true).start();
            process.getOutputStream().close();
            return finish(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String finish(Process process) throws IOException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        int exit = process.onExit().join().exitValue();
        if (exit != 0) {
            throw new IllegalStateException("git ended with " + exit + ": " + output);
        }
        return output;
    }
}
