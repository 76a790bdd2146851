package dev.deeprepo.repl;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import tools.jackson.databind.json.JsonMapper;

/** A codebase held in a map, for tests of any package. */
public final class InMemoryCodebase implements Codebase {

    private final TreeMap<String, String> files;

    public InMemoryCodebase(Map<String, String> files) {
        this.files = new TreeMap<>(files);
    }

    @Override
    public void forEach(BiConsumer<String, byte[]> file) {
        files.forEach((path, text) -> file.accept(path, text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public long bytes() {
        return files.values().stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
    }

    @Override
    public String fileTree() {
        return String.join("\n", files.keySet());
    }

    @Override
    public String metadataJson() {
        return JsonMapper.shared().writeValueAsString(Map.of("name", "sample", "files", files.size()));
    }
}
