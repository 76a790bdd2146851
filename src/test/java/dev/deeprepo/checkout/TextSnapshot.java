package dev.deeprepo.checkout;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** A snapshot of texts written in a test. */
public final class TextSnapshot implements Snapshot {

    private final String name;
    private final SortedMap<String, String> texts = new TreeMap<>();
    private final List<NotLoaded> notLoaded = new ArrayList<>();
    private final List<String> entryPoints = new ArrayList<>();

    public TextSnapshot(String name) {
        this.name = name;
    }

    public TextSnapshot with(String path, String text) {
        texts.put(path, text);
        return this;
    }

    public TextSnapshot with(Map<String, String> files) {
        texts.putAll(files);
        return this;
    }

    public TextSnapshot without(String path, String reason) {
        notLoaded.add(new NotLoaded(path, reason));
        return this;
    }

    public TextSnapshot entered(String... paths) {
        entryPoints.addAll(List.of(paths));
        return this;
    }

    @Override
    public String name() {
        return name;
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
        return notLoaded;
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    public List<String> entryPoints() {
        return entryPoints;
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
        String text = texts.get(path);
        if (text == null) {
            throw new IllegalArgumentException("not loaded: " + path);
        }
        return text;
    }

    @Override
    public void close() {}
}
