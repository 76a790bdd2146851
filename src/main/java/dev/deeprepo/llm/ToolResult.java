package dev.deeprepo.llm;

/** The answer to one {@link ToolCall}. */
public record ToolResult(String id, String text, boolean error) {}
