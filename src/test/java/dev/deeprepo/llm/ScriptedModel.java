package dev.deeprepo.llm;

import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.usage.Usage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** A model that answers from a script and remembers what it was asked. Thread-safe. */
public final class ScriptedModel implements LanguageModel {

    private final Function<ModelCall, Completion> script;
    private final List<ModelCall> calls = Collections.synchronizedList(new ArrayList<>());

    /** Answers, or throws, by a function of the call. */
    public ScriptedModel(Function<ModelCall, Completion> script) {
        this.script = script;
    }

    /** Gives these answers in order; a call too many is an {@link AssertionError}. */
    public static ScriptedModel inOrder(Completion... answers) {
        Queue<Completion> queue = new ConcurrentLinkedQueue<>(List.of(answers));
        return new ScriptedModel(call -> {
            Completion next = queue.poll();
            if (next == null) {
                throw new AssertionError("a call more than was scripted: " + call.messages());
            }
            return next;
        });
    }

    /** An answer in words: 100 tokens read, 10 written. */
    public static Completion text(String text) {
        return text(text, Usage.of(100, 10));
    }

    /** An answer in words that took this many tokens. */
    public static Completion text(String text, Usage usage) {
        return new Completion(new Message.Assistant(text, List.of(), null), StopReason.END, usage, null, null);
    }

    /** An answer that uses tools: 100 tokens read, 10 written. */
    public static Completion tools(String text, ToolCall... toolCalls) {
        return new Completion(new Message.Assistant(text, List.of(toolCalls), null), StopReason.TOOL_USE,
                Usage.of(100, 10), null, null);
    }

    @Override
    public Completion complete(ModelCall call) {
        calls.add(call);
        return script.apply(call);
    }

    /** What was asked so far, in order of arrival. */
    public List<ModelCall> calls() {
        synchronized (calls) {
            return List.copyOf(calls);
        }
    }
}
