package dev.deeprepo.checkout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jgit.diff.DiffConfig;
import org.eclipse.jgit.diff.DiffEntry;
import org.eclipse.jgit.diff.DiffFormatter;
import org.eclipse.jgit.diff.Edit;
import org.eclipse.jgit.diff.RenameDetector;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.patch.FileHeader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.treewalk.filter.AndTreeFilter;
import org.eclipse.jgit.treewalk.filter.PathFilter;
import org.eclipse.jgit.treewalk.filter.TreeFilter;
import org.eclipse.jgit.util.QuotedString;
import org.jspecify.annotations.Nullable;

/**
 * Compares two commits by the rules by which files are loaded. However much has changed, what comes out is bounded: the
 * files listed, each one's diff, and all of them together. The same two commits come to the same always.
 */
final class CommitDiff {

    private static final int MAX_ENTRIES = 200_000;
    private static final int MAX_FILES = 2_000;
    /** Characters of one diff, and of all. */
    private static final int MAX_DIFF = 60_000;
    private static final int MAX_DIFFS = 8_000_000;
    /** Pairs of added and deleted files are compared up to so many of each. */
    private static final int RENAMES = 400;
    private static final int LARGEST_FILE = 1 << 20;

    /** How git writes a name that is not plain ASCII. */
    private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\\\n]|\\\\.)*+\"");

    private final ObjectReader reader;
    private final @Nullable RedactingReader redacting;
    private final Withholding withholding;
    private final Watch watch;
    private final Tripwire tripwire = new Tripwire();

    private CommitDiff(ObjectReader reader, Withholding withholding, Watch watch) {
        this.redacting = withholding.isOn() ? new RedactingReader(reader, withholding) : null;
        this.reader = redacting == null ? reader : redacting;
        this.withholding = withholding;
        this.watch = watch;
    }

    /** @param path the directory that is looked at, empty = all of it */
    static Changes of(ObjectReader reader, RevCommit from, RevCommit to, String path, Withholding withholding,
            Watch watch) throws IOException {
        return new CommitDiff(reader, withholding, watch).compare(from, to, path);
    }

    private Changes compare(RevCommit from, RevCommit to, String path) throws IOException {
        List<DiffEntry> entries = new ArrayList<>(entries(from, to, path));
        entries.sort(Comparator.comparing(CommitDiff::path));
        List<Changes.File> files = new ArrayList<>();
        Map<String, String> diffs = new LinkedHashMap<>();
        int room = MAX_DIFFS;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DiffFormatter formatter = new DiffFormatter(out)) {
            formatter.setReader(reader, new Config());
            formatter.setBinaryFileThreshold(LARGEST_FILE);
            for (DiffEntry entry : entries.subList(0, Math.min(entries.size(), MAX_FILES))) {
                watch.check();
                if (redacting != null) {
                    redacting.reads(List.of(entry.getOldPath(), entry.getNewPath()));
                }
                FileHeader header = formatter.toFileHeader(entry);
                files.add(file(entry, header));
                gone(entry, header);
                formatter.format(entry);
                formatter.flush();
                String diff = cut(shown(out.toString(StandardCharsets.UTF_8)), Math.min(MAX_DIFF, room));
                room -= diff.length();
                diffs.put(path(entry), diff);
                out.reset();
            }
        }
        return new Changes(List.copyOf(files), entries.size() - files.size(), diffs, tripwire.found(),
                null);
    }

    private List<DiffEntry> entries(RevCommit from, RevCommit to, String path) throws IOException {
        try (TreeWalk walk = new TreeWalk(reader)) {
            walk.addTree(from.getTree());
            walk.addTree(to.getTree());
            walk.setRecursive(true);
            TreeFilter read = new Read(path, watch);
            walk.setFilter(path.isEmpty() ? read : AndTreeFilter.create(PathFilter.create(path), read));
            RenameDetector renames = new RenameDetector(reader, new Config().get(DiffConfig.KEY));
            renames.setRenameLimit(RENAMES);
            renames.setSkipContentRenamesForBinaryFiles(true);
            renames.setBigFileThreshold(LARGEST_FILE);
            renames.addAll(DiffEntry.scan(walk));
            return renames.compute().stream().filter(entry -> Stream.of(entry.getOldPath(), entry.getNewPath())
                    .allMatch(each -> withholding.name(each).equals(each)))
                    .toList();
        }
    }

    /** Looks at what only the earlier commit has, which is in the diff. */
    private void gone(DiffEntry entry, FileHeader header) throws IOException {
        String path = Glyphs.escaped(entry.getOldPath());
        if (entry.getChangeType() == DiffEntry.ChangeType.DELETE
                || entry.getChangeType() == DiffEntry.ChangeType.RENAME) {
            tripwire.addNames(List.of(path));
        }
        List<Edit> edits = header.toEditList().stream().filter(edit -> edit.getLengthA() > 0).toList();
        if (edits.isEmpty()) {
            return;
        }
        Text text = Text
                .of(reader.open(entry.getOldId().toObjectId(), Constants.OBJ_BLOB).getCachedBytes(LARGEST_FILE));
        if (text != null) {
            tripwire.add(path, text.utf8(), Scan.of(path, text.utf8()),
                    line -> edits.stream().anyMatch(edit -> edit.getBeginA() < line && line <= edit.getEndA()));
        }
    }

    private static Changes.File file(DiffEntry entry, FileHeader header) {
        int added = 0;
        int removed = 0;
        for (Edit edit : header.toEditList()) {
            added += edit.getLengthB();
            removed += edit.getLengthA();
        }
        String status = switch (entry.getChangeType()) {
            case ADD, COPY -> "A";
            case MODIFY -> "M";
            case DELETE -> "D";
            case RENAME -> "R";
        };
        return new Changes.File(path(entry), status,
                status.equals("R") ? Glyphs.escaped(entry.getOldPath()) : null, added, removed);
    }

    private static String path(DiffEntry entry) {
        return Glyphs.escaped(
                entry.getChangeType() == DiffEntry.ChangeType.DELETE ? entry.getOldPath() : entry.getNewPath());
    }

    /** With names in its head as they are written elsewhere. */
    private static String shown(String diff) {
        int hunks = diff.indexOf("\n@@");
        String head = hunks < 0 ? diff : diff.substring(0, hunks);
        return QUOTED.matcher(head).replaceAll(name -> Matcher.quoteReplacement(
                Glyphs.escaped(QuotedString.GIT_PATH.dequote(name.group()))))
                + (hunks < 0 ? "" : diff.substring(hunks));
    }

    private static String cut(String diff, int most) {
        if (diff.length() <= most) {
            return diff;
        }
        int end = Math.max(0, diff.lastIndexOf('\n', most));
        return "%s%n[… cut: the diff has %,d characters, these are the first %,d …]".formatted(diff.substring(0, end),
                diff.length(), end);
    }

    /** What differs and would be loaded. A hostile tree that unfolds without end is left where the limit is. */
    private static final class Read extends TreeFilter {

        private final String directory;
        private final Watch watch;
        private int entries;

        Read(String directory, Watch watch) {
            this.directory = directory;
            this.watch = watch;
        }

        @Override
        public boolean include(TreeWalk walk) throws IOException {
            if (!ANY_DIFF.include(walk)) {
                return false;
            }
            if (++entries % 512 == 0) {
                watch.check();
            }
            if (entries > MAX_ENTRIES || walk.getPathLength() > Listing.MAX_PATH) {
                return false;
            }
            String path = walk.getPathString();
            if (walk.isSubtree()) {
                return path.length() <= directory.length() || LoadingRules.directory(path) == null;
            }
            return plain(walk.getRawMode(0)) && plain(walk.getRawMode(1)) && LoadingRules.file(path) == null
                    && path.chars().noneMatch(Character::isISOControl);
        }

        private static boolean plain(int mode) {
            return FileMode.REGULAR_FILE.equals(mode) || FileMode.EXECUTABLE_FILE.equals(mode)
                    || FileMode.MISSING.equals(mode);
        }

        @Override
        public boolean shouldBeRecursive() {
            return true;
        }

        @Override
        public TreeFilter clone() {
            return this;
        }
    }
}
