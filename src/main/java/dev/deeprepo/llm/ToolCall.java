package dev.deeprepo.llm;

/**
 * A model's wish to use a tool.
 *
 * @param id as the provider gave it; answered exactly once
 * @param arguments the JSON that the model wrote, possibly cut or otherwise broken
 */
public record ToolCall(String id, String name, String arguments) {}
