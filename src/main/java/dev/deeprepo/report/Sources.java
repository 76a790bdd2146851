package dev.deeprepo.report;

import dev.deeprepo.checkout.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files of a snapshot by every name that an answer may give them. */
final class Sources {

    private static final int MAX_CANDIDATES = 8;
    private static final int MAX_TEXTS = 32;

    /** Endings that make a name a path even when the repository has no such file. */
    private static final Set<String> ENDINGS = Set.of("java", "kt", "kts", "scala", "groovy", "py", "pyi", "js", "jsx",
            "mjs", "cjs", "ts", "tsx", "vue", "svelte", "go", "rs", "rb", "php", "c", "h", "cc", "cpp", "cxx", "hpp",
            "cs",
            "swift", "m", "mm", "sh", "bash", "ps1", "sql", "html", "css", "scss", "xml", "yml", "yaml", "toml", "ini",
            "cfg", "conf", "properties", "json", "md", "rst", "gradle", "tf", "proto", "ex", "exs", "erl", "hs", "lua",
            "pl", "r", "dart", "clj");
    /** What a repository's own folder is called where paths are written from above it, in diffs for one. */
    private static final Set<String> CHECKOUTS = Set.of("a", "b", "repo", "repository", "codebase", "project");
    private static final Pattern ODD = Pattern.compile("[\\s`*<>|{}\"]");
    private static final Pattern DOMAIN = Pattern
            .compile("(?i)(?:[\\w-]+\\.)+(?:com|org|net|io|dev|edu|gov|app|ai|[a-z]{2})");
    private static final Pattern LEAD = Pattern.compile("^(?:.*(?:\\.{3}|…)/|(?:\\.{0,2}/)+)");
    /** Products that are called like a file. */
    private static final Pattern PRODUCT = Pattern
            .compile("(?i)(?:node|next|vue|nuxt|express|three|d3|react|nest)\\.js");

    private final Snapshot snapshot;
    private final Set<String> loaded = new HashSet<>();
    private final Map<String, String> notLoaded = new HashMap<>();
    private final Map<String, List<String>> byName = new HashMap<>();
    private final Set<String> roots = new HashSet<>();
    private final Map<String, SourceText> texts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SourceText> eldest) {
            return size() > MAX_TEXTS;
        }
    };

    Sources(Snapshot snapshot) {
        this.snapshot = snapshot;
        for (Snapshot.SourceFile file : snapshot.files()) {
            loaded.add(file.path());
            index(file.path());
        }
        for (Snapshot.NotLoaded passed : snapshot.notLoaded()) {
            notLoaded.put(passed.path(), passed.reason());
            index(passed.path());
        }
    }

    /** The files that a name may mean: itself, else all that end with it; none when it names no file. */
    List<String> resolve(String name) {
        String path = plain(name);
        if (path.isEmpty()) {
            return List.of();
        }
        if (isFile(path)) {
            return List.of(path);
        }
        if (path.indexOf('.') < 0 && path.indexOf('/') < 0) {
            return List.of(); // a word; that some file somewhere bears it says nothing
        }
        int slash = path.indexOf('/');
        if (slash > 0 && isFile(path.substring(slash + 1))
                && (path.startsWith(snapshot.name() + "/") || CHECKOUTS.contains(path.substring(0, slash)))) {
            return List.of(path.substring(slash + 1));
        }
        return byName.getOrDefault(lastSegment(path), List.of()).stream().filter(file -> file.endsWith("/" + path))
                .limit(MAX_CANDIDATES).toList();
    }

    /** Why a file of the commit, or the directory it lies in, was passed over; null when it was loaded. */
    @Nullable
    String notLoaded(String path) {
        if (loaded.contains(path)) {
            return null;
        }
        for (String at = path; !at.isEmpty(); at = at.substring(0, Math.max(0, at.lastIndexOf('/')))) {
            String reason = notLoaded.get(at);
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }

    /**
     * Whether a name that resolves to nothing is a path of this repository all the same, so that its file is missing.
     *
     * @param wished whether the text speaks of files that are not there
     */
    boolean isMissing(Prose.Mention mention, boolean wished) {
        String path = plain(mention.path());
        int slash = path.indexOf('/');
        boolean claimed = mention.from() != null
                || mention.marked() && !wished && slash > 0 && roots.contains(path.substring(0, slash));
        return claimed && isPathLike(path);
    }

    /** Whether a text looks like the path of a file, wherever it may lie. */
    static boolean isPathLike(String path) {
        String name = lastSegment(path);
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        int slash = path.indexOf('/');
        return !ODD.matcher(path).find() && name.lastIndexOf('.') > 0 && ENDINGS.contains(ending)
                && !PRODUCT.matcher(name).matches()
                && !(slash > 0 && DOMAIN.matcher(path.substring(0, slash)).matches());
    }

    /** Whether the text of a file with exactly this path is here. */
    boolean isLoaded(String path) {
        return loaded.contains(path);
    }

    SourceText text(String path) {
        return texts.computeIfAbsent(path, key -> new SourceText(snapshot.text(key)));
    }

    private boolean isFile(String path) {
        return loaded.contains(path) || notLoaded(path) != null;
    }

    private void index(String path) {
        byName.computeIfAbsent(lastSegment(path), name -> new ArrayList<>(1)).add(path);
        int slash = path.indexOf('/');
        if (slash > 0) {
            roots.add(path.substring(0, slash));
        }
    }

    /** Without what people put in front of a path: {@code ./}, {@code /}, an elided beginning. */
    private static String plain(String name) {
        String path = LEAD.matcher(name.replace('\\', '/')).replaceFirst("");
        return path.startsWith("[") && path.indexOf(']') < 0 ? path.substring(1) : path; // the text of a link
    }

    private static String lastSegment(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
