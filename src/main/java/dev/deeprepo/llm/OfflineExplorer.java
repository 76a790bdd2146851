package dev.deeprepo.llm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * The root's part played by a script: cells that look at the repository one after the other, the last of which
 * writes the report. Which cell comes next follows from the conversation alone: from how many of ours are in it, from
 * how the last one ended, and from the turns that are left. When these are fewer than the cells, several go into one
 * reply. The cells hand on what they find in variables and take missing ones for "not known", so that one may fail.
 * Which cells there are follows from the first words of the task ({@link OfflineScript}).
 */
final class OfflineExplorer {

    /** What the cells share; sent with the first of them, and again when one failed. */
    private static final List<String> KIT = List.of("kit", "lexers", "secrets", "parts", "endings");
    private static final OfflineScript.Step LAST_RESORT = new OfflineScript.Step("last_resort",
            "The report could not be composed; at least say what the repository holds.");

    private static final String TOOL = "execute_python";
    private static final String ID = "offline-";
    private static final Pattern TURNS_LEFT = Pattern
            .compile(
                    "(?i)\\bturn (\\d+) ?(?:/|of) ?(\\d+)|\\b(\\d+)(?: more)? turns?\\b|\\bturns? (?:left|remaining): ?(\\d+)"
                            + "|\\b(?:final|last) turn\\b");
    private static final Pattern FOCUS = Pattern
            .compile("(?im)(?:\\bfocus|\\bemphasis|\\bin particular)\\b[^:\\n]{0,30}:[*_ \\t]*+\\n?(.+)$");
    /** The countdown is the last lines of a message; what stands above it may be the repository's. */
    private static final int COUNTDOWN = 500;
    private static final Pattern FAILURE = Pattern.compile(
            "(?m)^Traceback \\(most recent call last\\)|^\\w*Error\\b|\\b(?:kernel|cell)\\b.{0,60}\\b(?:killed|restarted|limit|died)\\b");

    private final JsonMapper json = JsonMapper.builder().build();
    private final String kit = String.join("\n\n", KIT.stream().map(OfflineExplorer::read).toList());

    /** The next message of the root: one cell, or several when the turns run out. */
    Message.Assistant next(List<Message> conversation) {
        int done = (int) conversation.stream().filter(Message.Assistant.class::isInstance)
                .flatMap(message -> ((Message.Assistant) message).toolCalls().stream())
                .filter(call -> call.id().startsWith(ID)).count();
        String task = String.join("\n", texts(conversation.getFirst()));
        OfflineScript script = OfflineScript.of(task);
        List<OfflineScript.Step> steps = script.steps();
        String headings = "headings = " + json.writeValueAsString(script.headings()) + "\n";
        String shared = kit + "\n\n" + headings;
        if (done > steps.size()) {
            return message(List.of(call(done + 1, LAST_RESORT.reasoning(), "set_answer('No language model was used."
                    + " The offline explorer could not read this repository: its Python cells failed.')")));
        }
        if (done == steps.size()) {
            return message(List.of(call(done + 1, LAST_RESORT.reasoning(), headings + read(LAST_RESORT.file()))));
        }
        String prelude = done == 0
                ? shared + "focus = " + json.writeValueAsString(focus(task)) + "\n\n"
                : (failed(conversation) ? shared + "\n" : "") + newFocus(conversation);
        int stepsLeft = steps.size() - done;
        int now = Math.clamp(stepsLeft - turnsLeft(conversation).orElse(stepsLeft) + 1, 1, stepsLeft);
        List<ToolCall> calls = new ArrayList<>();
        for (OfflineScript.Step step : steps.subList(done, done + now)) {
            String code = (calls.isEmpty() ? prelude : "") + read(step.file());
            calls.add(call(done + calls.size() + 1, step.reasoning(), code));
        }
        return message(calls);
    }

    private Message.Assistant message(List<ToolCall> calls) {
        return new Message.Assistant("", calls, null);
    }

    private ToolCall call(int number, String reasoning, String code) {
        return new ToolCall(ID + number, TOOL,
                json.writeValueAsString(Map.of("code", code, "reasoning", reasoning)));
    }

    /** What the newest message says about the turns left, this one included; the smallest number if it says several. */
    private static OptionalInt turnsLeft(List<Message> conversation) {
        String newest = String.join("\n", texts(conversation.getLast()));
        String countdown = newest.substring(Math.max(0, newest.length() - COUNTDOWN));
        return TURNS_LEFT.matcher(countdown).results().mapToInt(OfflineExplorer::turns).min();
    }

    private static int turns(MatchResult match) {
        if (match.group(2) != null) {
            return Math.max(1, number(match.group(2)) - number(match.group(1)) + 1);
        }
        String digits = match.group(3) != null ? match.group(3) : match.group(4);
        return digits == null ? 1 : Math.max(1, number(digits));
    }

    private static int number(String digits) {
        return digits.length() > 6 ? Integer.MAX_VALUE / 2 : Integer.parseInt(digits);
    }

    /** Whether the last cell may have taken its variables, and the kit's functions, with it. */
    private static boolean failed(List<Message> conversation) {
        return conversation.getLast() instanceof Message.ToolResults answers && answers.results().stream()
                .anyMatch(result -> result.error() || FAILURE.matcher(result.text()).find());
    }

    /** What a caller wants to know from here on, when the newest message says so. */
    private String newFocus(List<Message> conversation) {
        String focus = conversation.getLast() instanceof Message.User told ? focus(told.text()) : "";
        return focus.isEmpty() ? "" : "focus = " + json.writeValueAsString(focus) + "\n\n";
    }

    /** The caller's emphasis, as the first message states it above the metadata; empty when it states none. */
    private static String focus(String task) {
        int metadata = task.indexOf("```");
        Matcher focus = FOCUS.matcher(metadata < 0 ? task : task.substring(0, metadata));
        return focus.find() ? focus.group(1).strip() : "";
    }

    private static List<String> texts(Message message) {
        return switch (message) {
            case Message.User user -> List.of(user.text());
            case Message.Assistant assistant -> List.of(assistant.text());
            case Message.ToolResults answers -> answers.results().stream().map(ToolResult::text).toList();
        };
    }

    private static String read(String script) {
        String resource = "/offline/" + script + ".py";
        try (InputStream in = OfflineExplorer.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("missing resource " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }
}
