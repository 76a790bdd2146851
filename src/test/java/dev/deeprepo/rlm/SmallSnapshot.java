package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** A repository in memory. */
record SmallSnapshot(TreeMap<String, String> texts, List<String> entryPoints) implements Snapshot {

    static SmallSnapshot of(Map<String, String> texts, String... entryPoints) {
        return new SmallSnapshot(new TreeMap<>(texts), List.of(entryPoints));
    }

    @Override
    public String name() {
        return "demo";
    }

    @Override
    public String commit() {
        return "0123456789abcdef0123456789abcdef01234567";
    }

    @Override
    public List<SourceFile> files() {
        return texts.entrySet().stream().map(file -> new SourceFile(file.getKey(),
                file.getValue().getBytes(StandardCharsets.UTF_8).length, file.getValue().length(),
                file.getValue().lines().count())).toList();
    }

    @Override
    public List<NotLoaded> notLoaded() {
        return List.of();
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    public String fileTree() {
        return String.join("\n", texts.keySet());
    }

    @Override
    public Map<String, Object> metadata() {
        return Map.of("files", texts.size());
    }

    @Override
    public void forEach(BiConsumer<String, byte[]> file) {
        texts.forEach((path, text) -> file.accept(path, text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String text(String path) {
        return Objects.requireNonNull(texts.get(path), path);
    }

    @Override
    public void close() {}
}
