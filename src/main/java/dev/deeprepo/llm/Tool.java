package dev.deeprepo.llm;

/**
 * A tool that a model may use.
 *
 * @param inputSchema JSON Schema of its arguments, as JSON
 */
public record Tool(String name, String description, String inputSchema) {}
