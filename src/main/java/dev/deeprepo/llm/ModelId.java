package dev.deeprepo.llm;

/**
 * A model, resolved: who serves it and the name it has there.
 *
 * @param name as the provider knows it, such as {@code claude-sonnet-5-5}; {@code offline/…} keeps its prefix
 */
public record ModelId(Provider provider, String name) {

    @Override
    public String toString() {
        return name;
    }
}
