package dev.deeprepo.repl;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A repl with a host that answers as told: every run is the next turn. */
final class Notebook implements HostFunctions, AutoCloseable {

    private final Repl repl;
    private final List<List<String>> asked = new ArrayList<>();
    private UnaryOperator<List<String>> answers = prompts -> prompts;
    private int turn;
    private volatile boolean begun;

    Notebook(Repl repl) {
        this.repl = repl;
    }

    CellResult run(String code) {
        begun = true;
        return repl.run(new Cell(++turn, 0, code, Instant.parse("2026-01-02T03:04:05Z"), 7, left()), this);
    }

    /** What {@code print} shows of some expressions; a failure becomes its error. */
    String print(String expressions) {
        CellResult result = run("print(" + expressions + ")");
        return result.error() == null ? result.output().strip() : result.error();
    }

    void answers(UnaryOperator<List<String>> answers) {
        this.answers = answers;
    }

    boolean hasBegun() {
        return begun;
    }

    List<List<String>> asked() {
        return asked;
    }

    @Override
    public String llmQuery(int call, String prompt) {
        return llmBatch(call, List.of(prompt)).getFirst();
    }

    @Override
    public List<String> llmBatch(int call, List<String> prompts) {
        asked.add(prompts);
        return answers.apply(prompts);
    }

    @Override
    public Map<String, @Nullable Object> left() {
        return Map.of("sub_calls", 100 - asked.size());
    }

    @Override
    public void close() {
        repl.close();
    }
}
