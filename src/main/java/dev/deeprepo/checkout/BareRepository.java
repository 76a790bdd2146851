package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bare repository on disk with one commit in it. Written by hand instead of by {@code git init}: no templates, so no
 * hooks, and every setting is ours.
 */
final class BareRepository implements AutoCloseable {

    /** The one ref: whatever was asked for ends up here, or nowhere, so no remote name ever becomes a file name. */
    private static final String HEAD = "refs/deeprepo/head";

    /** Where an earlier commit goes. */
    private static final String EARLIER = "refs/deeprepo/earlier";

    /** Branches and tags on the way to which a commit is looked for, where the host hands out none by its id. */
    private static final int MAX_TIPS = 2000;

    private static final Logger log = LoggerFactory.getLogger(BareRepository.class);

    private final Path directory;
    private final Git git;
    private final Supplier<Remote> locate;
    private final CheckoutDisk disk;
    private final Watch watch;
    private final long maxPackBytes;
    private final Withholding withholding;
    private @Nullable Remote remote;
    private long restoredBytes;

    /** @param locate where to fetch from, asked when there is something to fetch */
    BareRepository(Path directory, Git git, Supplier<Remote> locate, CheckoutSettings settings,
            Withholding withholding, CheckoutDisk disk, Watch watch) {
        this.directory = directory;
        this.git = git;
        this.locate = locate;
        this.disk = disk;
        this.watch = watch;
        this.maxPackBytes = settings.maxPackBytes().toBytes();
        this.withholding = withholding;
        try {
            Files.createDirectories(directory.resolve("objects/pack"));
            Files.createDirectories(directory.resolve("refs"));
            Files.writeString(directory.resolve("HEAD"), "ref: refs/heads/none\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the checkout directory cannot be written", e);
        }
    }

    Path directory() {
        return directory;
    }

    /** Fetches one commit, or whatever is needed to have it, unless it is here; the id of what was asked for. */
    ObjectId fetch(@Nullable Ref ref) {
        if (ref != null && ref.isCommitId() && holds(ref.name())) {
            return ObjectId.fromString(ref.name());
        }
        return opened(() -> fetchOpen(ref));
    }

    private boolean holds(String commit) {
        return Files.exists(directory.resolve(KeptRepositories.HELD).resolve(commit));
    }

    /** Notes that a commit is here with all its files. */
    void hold(String commit) {
        try {
            Path held = Files.createDirectories(directory.resolve(KeptRepositories.HELD));
            Files.writeString(held.resolve(commit), commit + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the checkout directory cannot be written", e);
        }
    }

    /**
     * Fetches an earlier commit beside the one that is here, of which git sends only what differs, and compares the two.
     *
     * @param prefix the directory that is looked at, with a slash at its end; empty = all of it
     */
    Changes changes(String earlier, String commit, String prefix) {
        try {
            if (!holds(earlier)) {
                opened(() -> {
                    fetchCommit(earlier, EARLIER);
                    return earlier;
                });
            }
            try (ObjectStore objects = new ObjectStore(directory); ObjectReader reader = objects.reader()) {
                RevCommit before = objects.commit(ObjectId.fromString(earlier));
                hold(earlier);
                return CommitDiff.of(reader, before,
                        objects.commit(ObjectId.fromString(commit)), prefix.replaceFirst("/$", ""), withholding,
                        watch);
            }
        } catch (CheckoutException e) {
            if (e.reason() == Reason.CANCELLED) {
                throw e;
            }
            return Changes.unknown("commit %s can no longer be had: %s".formatted(earlier, e.getMessage()));
        } catch (IOException e) {
            log.warn("the commits {} and {} cannot be compared", earlier, commit, e);
            return Changes.unknown("the objects of commit %s cannot be read".formatted(earlier));
        }
    }

    private Remote remote() {
        Remote known = remote;
        if (known == null) {
            known = locate.get();
            restoredBytes = Footprint.bytes(directory);
            try {
                Files.writeString(directory.resolve("config"), GitConfig.of(known.pin()));
            } catch (IOException e) {
                throw new UncheckedIOException("the checkout directory cannot be written", e);
            }
            remote = known;
        }
        return known;
    }

    private <T> T opened(Supplier<T> fetching) {
        Credential credential = remote().credential();
        if (credential == null) {
            return fetching.get();
        }
        try (CredentialFile _ = new CredentialFile(directory, remote().url(), credential)) {
            return fetching.get();
        }
    }

    private ObjectId fetchOpen(@Nullable Ref ref) {
        if (ref != null && ref.isCommitId()) {
            fetchCommit(ref.name(), HEAD);
            return ObjectId.fromString(ref.name());
        }
        if (ref == null) {
            if (!fetched("HEAD")) {
                throw missing(null);
            }
        } else if (ref.candidates().stream().noneMatch(this::fetched)) {
            throw missing(ref);
        }
        try {
            return ObjectId.fromString(Files.readString(directory.resolve(HEAD)).strip());
        } catch (IOException e) {
            throw new UncheckedIOException("git fetched and wrote no ref", e);
        }
    }

    private void fetchCommit(String id, String target) {
        Git.Result result = run(id + ":" + target + "\n", "fetch", "--depth=1");
        if (result.ok()) {
            return;
        }
        // Servers of protocol v0 hand out only what a ref names; the commit may still lie on the way to one.
        if (!result.errors().contains("unadvertised") && !result.errors().contains("not valid")) {
            throw failure(result);
        }
        // All of its history; told as a depth, because files without git behind them cannot be asked for one.
        Git.Result all = run(String.join("\n", tips()) + "\n", "fetch", "--depth=2147483647");
        if (!all.ok()) {
            throw failure(all);
        }
    }

    /** What branches and tags name, by id: fetched so, they get no names here. */
    private List<String> tips() {
        Git.Result refs = refs();
        List<String> tips = refs.output().lines().filter(line -> !line.endsWith("^{}"))
                .map(line -> line.substring(0, Math.max(0, line.indexOf('\t')))).distinct().toList();
        if (tips.isEmpty()) {
            throw new CheckoutException(Reason.COMMIT_NOT_FOUND, "the repository has no branch and no tag", null);
        }
        if (!refs.isWhole() || tips.size() > MAX_TIPS) {
            throw new CheckoutException(Reason.COMMIT_NOT_FOUND,
                    "the host hands out no commit by its id, and the repository has too many branches and tags to look"
                            + " for it on all of them; name a branch or tag as ref",
                    null);
        }
        return tips;
    }

    private Git.Result refs() {
        Git.Result refs = git("", "ls-remote", "--heads", "--tags", "--", remote().url().canonical());
        if (!refs.ok()) {
            throw failure(refs);
        }
        return refs;
    }

    /** False when the remote has no such ref. */
    private boolean fetched(String name) {
        Git.Result result = run(name + ":" + HEAD + "\n", "fetch", "--depth=1");
        if (!result.ok() && !result.errors().contains("couldn't find remote ref")) {
            throw failure(result);
        }
        return result.ok();
    }

    private Git.Result run(String refspecs, String command, String... options) {
        Stream<String> arguments = Stream.of(Stream.of(command, "--quiet", "--no-tags", "--no-write-fetch-head",
                "--no-recurse-submodules", "--no-auto-maintenance", "--update-shallow", "--stdin"), Stream.of(options),
                Stream.of("--", remote().url().canonical())).flatMap(s -> s);
        Git.Result result = git(refspecs, arguments.toArray(String[]::new));
        check();
        return result;
    }

    /** What a hostile host echoes must not reach the log. */
    private Git.Result git(String input, String... arguments) {
        Git.Result result = git.run(directory, remote().url().uri().getScheme(), input, this::check, arguments);
        Credential credential = remote().credential();
        return credential == null
                ? result
                : new Git.Result(result.exit(), result.output(), credential.redact(result.errors()));
    }

    private CheckoutException missing(@Nullable Ref ref) {
        if (refs().output().isBlank()) {
            return new CheckoutException(Reason.REPOSITORY_EMPTY, "the repository has no commit yet", null);
        }
        if (ref == null) {
            return new CheckoutException(Reason.REF_NOT_FOUND,
                    "the repository's default branch does not exist; name a branch or tag as ref", null);
        }
        String hint = ref.name().matches("[0-9a-f]{7,39}") ? "; a commit needs its full id of 40 digits" : "";
        return new CheckoutException(Reason.REF_NOT_FOUND,
                "the repository has no branch or tag \"" + ref + "\"" + hint, null);
    }

    private CheckoutException failure(Git.Result result) {
        log.warn("git could not fetch {}: {}", remote().url(), oneLine(result.errors()));
        return FetchFailure.of(result.errors(), remote());
    }

    /** Partly the remote's own words: nothing in them may look like a line of ours, or move a terminal's cursor. */
    static String oneLine(String errors) {
        String line = Glyphs.escaped(errors.strip().replaceAll("\\p{Cc}+", " "));
        return line.substring(0, Math.min(line.length(), 500));
    }

    private void check() {
        watch.check();
        disk.requireRoomToGoOn();
        if (Footprint.bytes(directory) - restoredBytes > maxPackBytes) {
            throw new CheckoutException(Reason.TOO_LARGE, "the repository is larger than the limit of %d MB"
                    .formatted(maxPackBytes >> 20), null);
        }
    }

    @Override
    public void close() {
        Footprint.remove(directory);
    }
}
