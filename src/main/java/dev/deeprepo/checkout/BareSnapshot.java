package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.jspecify.annotations.Nullable;

/** A snapshot whose texts stay in a bare repository on disk. */
final class BareSnapshot implements Snapshot {

    private static final int LARGEST = 15;

    private final BareRepository repository;
    private final ObjectStore objects;
    private final String name;
    private final String commit;
    private final String prefix;
    private final Index index;
    private final Runnable keep;
    private final String fileTree;
    private @Nullable Changes changes;
    private final AtomicBoolean closed = new AtomicBoolean();

    BareSnapshot(BareRepository repository, ObjectStore objects, String name, String commit, String prefix,
            Index index, Runnable keep) {
        this.repository = repository;
        this.objects = objects;
        this.name = name;
        this.commit = commit;
        this.prefix = prefix;
        this.index = index;
        this.keep = keep;
        FileTree tree = new FileTree(Glyphs.escaped(prefix));
        index.files().forEach(file -> tree.add(file.path(), null));
        index.notLoaded().forEach(file -> tree.add(file.path(), file.reason()));
        this.fileTree = tree.render();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String commit() {
        return commit;
    }

    @Override
    public List<SourceFile> files() {
        return index.files();
    }

    @Override
    public List<NotLoaded> notLoaded() {
        return index.notLoaded();
    }

    @Override
    public List<String> warnings() {
        return index.warnings();
    }

    @Override
    public @Nullable List<Withheld> withheld() {
        return index.withheld() == null ? null : List.copyOf(index.withheld().values());
    }

    @Override
    public Instructions instructions() {
        return index.instructions();
    }

    @Override
    public List<String> entryPoints() {
        return index.entryPoints().stream().map(EntryPoint::path).distinct().toList();
    }

    @Override
    public String fileTree() {
        return fileTree;
    }

    @Override
    public Map<String, Object> metadata() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("repository", name);
        metadata.put("commit", commit);
        metadata.put("files", files().size());
        metadata.put("characters", files().stream().mapToLong(SourceFile::characters).sum());
        metadata.put("lines", files().stream().mapToLong(SourceFile::lines).sum());
        metadata.put("filesPerType", counted(files().stream()
                .collect(Collectors.groupingBy(file -> LoadingRules.type(file.path()), Collectors.counting()))));
        metadata.put("largestFiles",
                files().stream().sorted(Comparator.comparingLong(SourceFile::characters).reversed())
                        .limit(LARGEST)
                        .map(file -> ordered("path", file.path(), "characters", file.characters(), "lines",
                                file.lines()))
                        .toList());
        metadata.put("entryPoints", index.entryPoints().stream()
                .map(entry -> ordered("path", entry.path(), "reason", entry.reason())).toList());
        metadata.put("notLoaded", counted(notLoaded().stream()
                .collect(Collectors.groupingBy(NotLoaded::reason, Collectors.counting()))));
        metadata.put("warnings", warnings());
        return metadata;
    }

    @Override
    public void forEach(BiConsumer<String, byte[]> file) {
        try (ObjectReader reader = reader()) {
            for (Map.Entry<String, ObjectId> entry : index.blobs().entrySet()) {
                file.accept(entry.getKey(), read(reader, entry.getKey(), entry.getValue()).utf8());
            }
        }
    }

    @Override
    public String text(String path) {
        ObjectId blob = index.blobs().get(path);
        if (blob == null) {
            throw new NoSuchElementException("no loaded file has the path " + Glyphs.escaped(path));
        }
        try (ObjectReader reader = reader()) {
            return new String(read(reader, path, blob).utf8(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public synchronized Changes changesSince(String earlier) {
        Changes known = changes;
        if (known == null) {
            known = repository.changes(earlier, commit, prefix);
            keep.run();
            changes = known;
        }
        return known;
    }

    private ObjectReader reader() {
        if (closed.get()) {
            throw new IllegalStateException("the snapshot of " + name + " is closed");
        }
        return objects.reader();
    }

    private Text read(ObjectReader reader, String path, ObjectId blob) {
        try {
            Text text = index.read(reader, path, blob);
            if (text == null) {
                throw new IllegalStateException("blob " + blob.name() + " was indexed as text");
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException("blob " + blob.name() + " cannot be read", e);
        }
    }

    /** Most frequent first; equal counts by name. */
    private static Map<String, Long> counted(Map<String, Long> counts) {
        Map<String, Long> sorted = new LinkedHashMap<>();
        counts.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()
                .thenComparing(Map.Entry.comparingByKey())).forEach(e -> sorted.put(e.getKey(), e.getValue()));
        return sorted;
    }

    private static Map<String, Object> ordered(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            objects.close();
            repository.close();
        }
    }
}
