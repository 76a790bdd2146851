package dev.deeprepo.report;

import dev.deeprepo.checkout.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** A snapshot of texts written in a test. */
final class TextSnapshot implements Snapshot {

    private final SortedMap<String, String> texts = new TreeMap<>();
    private final List<NotLoaded> notLoaded = new ArrayList<>();

    TextSnapshot with(String path, String text) {
        texts.put(path, text);
        return this;
    }

    TextSnapshot without(String path, String reason) {
        notLoaded.add(new NotLoaded(path, reason));
        return this;
    }

    @Override
    public String name() {
        return "shop";
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
        return List.of();
    }

    @Override
    public String fileTree() {
        return String.join("\n", texts.keySet());
    }

    @Override
    public Map<String, Object> metadata() {
        return Map.of();
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
