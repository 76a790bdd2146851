package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.checkout.Snapshot.NotLoaded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.util.RawParseUtils;
import org.jspecify.annotations.Nullable;

/**
 * One walk over a commit's tree: the files to read, and why the rest is not. A tree can be hostile: it may nest without
 * end, unfold to billions of entries, repeat a name, or name {@code ../../etc/passwd}; paths are names here and never
 * touch a disk.
 */
final class Listing {

    /** A longer path is passed over, with all that is below it. */
    static final int MAX_PATH = 1024;
    private static final int MAX_ENTRIES = 200_000;

    /** A regular file whose name says text; what of its path cannot be seen is written out. */
    record Candidate(String path, ObjectId blob) {}

    private final List<Candidate> candidates = new ArrayList<>();
    private final List<NotLoaded> notLoaded = new ArrayList<>();
    private final Set<String> paths = new HashSet<>();
    private final Withholding withholding;
    private boolean complete = true;

    private Listing(Withholding withholding) {
        this.withholding = withholding;
    }

    static Listing of(ObjectReader reader, RevTree tree, @Nullable Subdirectory subdirectory, Withholding withholding,
            Watch watch) throws IOException {
        Listing listing = new Listing(withholding);
        try (TreeWalk walk = new TreeWalk(reader)) {
            walk.addTree(start(reader, tree, subdirectory));
            listing.walk(walk, watch);
        }
        return listing;
    }

    List<Candidate> candidates() {
        return candidates;
    }

    List<NotLoaded> notLoaded() {
        return notLoaded;
    }

    /** False when there was more than one can list. */
    boolean complete() {
        return complete;
    }

    private void walk(TreeWalk walk, Watch watch) throws IOException {
        for (int entries = 0; walk.next(); entries++) {
            if (entries == MAX_ENTRIES) {
                complete = false;
                return;
            }
            if (entries % 512 == 0) {
                watch.check();
            }
            boolean directory = FileMode.TREE.equals(walk.getRawMode(0));
            String path = path(walk.getRawPath());
            String without = withholding.name(path);
            String reason = without.equals(path) ? reason(walk, path, directory) : "secret-in-name";
            String shown = Glyphs.escaped(without);
            if (reason != null) {
                notLoaded.add(new NotLoaded(directory ? shown + "/" : shown, reason));
            } else if (directory) {
                walk.enterSubtree();
            } else {
                candidates.add(new Candidate(shown, walk.getObjectId(0)));
            }
        }
    }

    /** Decoded name by name: one that is no UTF-8 leaves those of its directories as they are. */
    private static String path(byte[] raw) {
        StringBuilder path = new StringBuilder(raw.length);
        for (int from = 0; from < raw.length;) {
            int to = RawParseUtils.next(raw, from, '/');
            path.append(RawParseUtils.decode(raw, from, to));
            from = to;
        }
        return path.toString();
    }

    private @Nullable String reason(TreeWalk walk, String path, boolean directory) {
        if (walk.getPathLength() > MAX_PATH) {
            return "path-too-long";
        }
        if (!isHarmless(path)) {
            return "unsafe-path";
        }
        if (directory) {
            return LoadingRules.directory(path);
        }
        int mode = walk.getRawMode(0);
        if (FileMode.SYMLINK.equals(mode)) {
            return "symlink";
        }
        if (FileMode.GITLINK.equals(mode)) {
            return "submodule";
        }
        String byName = FileMode.REGULAR_FILE.equals(mode) || FileMode.EXECUTABLE_FILE.equals(mode)
                ? LoadingRules.file(path)
                : "other-type";
        return byName == null && !paths.add(Glyphs.escaped(path)) ? "duplicate-path" : byName;
    }

    private static boolean isHarmless(String path) {
        for (String segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                return false;
            }
        }
        return path.chars().noneMatch(Character::isISOControl);
    }

    private static CanonicalTreeParser start(ObjectReader reader, RevTree tree, @Nullable Subdirectory subdirectory)
            throws IOException {
        if (subdirectory == null) {
            return new CanonicalTreeParser(null, reader, tree);
        }
        String path = subdirectory.path();
        try (TreeWalk found = TreeWalk.forPath(reader, path, tree)) {
            if (found == null || !FileMode.TREE.equals(found.getRawMode(0))) {
                throw new CheckoutException(Reason.PATH_NOT_FOUND,
                        "the commit has no directory \"" + Glyphs.escaped(path) + "\"",
                        null);
            }
            return new CanonicalTreeParser(path.getBytes(StandardCharsets.UTF_8), reader, found.getObjectId(0));
        }
    }
}
