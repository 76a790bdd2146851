package dev.deeprepo.repl;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Python can call. A failure to answer one prompt is a string that begins with {@code [ERROR}. */
public interface HostFunctions {

    /** Answers one prompt. {@code call} counts the host calls of the cell from 0. */
    String llmQuery(int call, String prompt);

    /** Answers all prompts, in their order. */
    List<String> llmBatch(int call, List<String> prompts);

    /** What {@code budget()} is to say after the calls so far: names and JSON values. */
    Map<String, @Nullable Object> left();
}
