package dev.deeprepo.rlm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tool calls that a model wrote out as text, in its own notation or in a made-up one, because its provider did not
 * turn them into calls: tags around code, or JSON with the arguments.
 */
final class WrittenCalls {

    private static final JsonMapper JSON = JsonMapper.shared();
    /** Reads one value and leaves what stands behind it. */
    private static final ObjectReader FIRST_VALUE = JSON.reader()
            .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    /** Objects tried; a text that is full of braces holds no call. */
    private static final int MAX_TRIES = 50;

    /** Tags that begin a line, in the notations of various models, and what ends them. */
    private static final Pattern OPENING = Pattern.compile("(?m)^[ \\t]*(?:"
            + "<(?<tag>code|python|py|execute_python|tool_code|execute|ipython|arg_value)>|\\[(?<bracket>PYTHON)\\]"
            + "|<\\|(?<token>python_tag)\\|>(?!\\s*\\{)|<(?<parameter>parameter)(?: name)?=\"?code\"?>)");
    private static final Pattern THOUGHT = Pattern
            .compile("\\A\\s*<(think|thinking|thought|reasoning|analysis|scratchpad)>");
    private static final Set<String> ARGUMENTS = Set.of("code", "reasoning");

    private WrittenCalls() {}

    /** A reply without the thoughts that some models write before it. */
    static String withoutThoughts(String text) {
        Matcher thought = THOUGHT.matcher(text);
        String closing = thought.find() ? "</" + thought.group(1) + ">" : "</think>"; // the opening one may be missing
        int end = text.indexOf(closing);
        boolean fenced = !closing.equals("</think>") || text.stripLeading().startsWith("<think>");
        int fence = text.indexOf("```");
        return end < 0 || !fenced && fence >= 0 && fence < end ? text : text.substring(end + closing.length());
    }

    /** Code in tags; none when a fence comes before them, which then holds the code. */
    static List<String> tagged(String text) {
        List<String> found = new ArrayList<>();
        Set<String> neverClosed = new HashSet<>();
        Matcher opening = OPENING.matcher(text);
        for (int at = 0; opening.find(at);) {
            at = opening.end();
            String closing = closing(opening);
            int end = neverClosed.contains(closing) ? -1 : text.indexOf(closing, at);
            if (end < 0 && opening.group("token") != null) {
                end = text.length();
            }
            if (end < 0) {
                neverClosed.add(closing);
                continue;
            }
            if (found.isEmpty() && text.lastIndexOf("```", opening.start()) >= 0) {
                return List.of();
            }
            String code = text.substring(at, end);
            boolean any = "code".equals(opening.group("tag")) || "arg_value".equals(opening.group("tag"));
            if (!code.isBlank() && (!any || holdsCode(code))) {
                found.addAll(unwrapped(code));
            }
            at = end;
        }
        return found;
    }

    private static String closing(Matcher opening) {
        if (opening.group("bracket") != null) {
            return "[/PYTHON]";
        }
        if (opening.group("token") != null) {
            return "<|eo";
        }
        return "</" + (opening.group("tag") == null ? "parameter" : opening.group("tag")) + ">";
    }

    /** Code in JSON that can mean nothing but a call of the tool. */
    static List<String> json(String text, String tool) {
        List<String> found = new ArrayList<>();
        int at = text.indexOf('{');
        for (int tries = 0; at >= 0 && tries < MAX_TRIES; tries++) {
            int next = at + 1;
            try (JsonParser parser = JSON.createParser(text.substring(at))) {
                JsonNode node = FIRST_VALUE.readTree(parser);
                String code = code(node, tool);
                if (!code.isBlank()) {
                    found.addAll(unwrapped(code));
                }
                next = at + Math.max(1, (int) parser.currentLocation().getCharOffset());
            } catch (JacksonException e) {
                // no JSON begins at this brace
            }
            at = text.indexOf('{', next);
        }
        return found;
    }

    private static String code(JsonNode node, String tool) {
        JsonNode function = node.has("function") && node.path("function").isObject() ? node.path("function") : node;
        boolean named = List.of("name", "tool", "tool_name", "function", "recipient_name").stream()
                .map(key -> function.path(key)).anyMatch(name -> name.isString() && name.asString().endsWith(tool));
        JsonNode arguments = List.of("arguments", "parameters", "input", "args", "tool_input").stream()
                .map(key -> function.path(key)).filter(value -> !value.isMissingNode()).findFirst().orElse(function);
        if (arguments.isString()) {
            try {
                arguments = JSON.readTree(arguments.asString());
            } catch (JacksonException e) {
                return "";
            }
        }
        boolean bare = arguments.isObject() && ARGUMENTS.containsAll(arguments.propertyNames());
        return (named || bare) && arguments.path("code").isString() ? arguments.path("code").asString() : "";
    }

    private static boolean holdsCode(String text) {
        return text.contains("```") || PythonLine.isCode(text.strip());
    }

    private static List<String> unwrapped(String code) {
        List<String> fenced = code.stripLeading().startsWith("```") ? CodeBlocks.in(code, false) : List.of();
        return fenced.isEmpty() ? List.of(code.replaceFirst("^(?:[ \\t]*\\R)+", "").stripTrailing()) : fenced;
    }
}
