package dev.deeprepo.repl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * One thing that hostile model code tries, from the table {@code repl/attempts.txt}.
 *
 * @param calls replies of the sub model that it buys; null = as many as a limit lets it have
 */
public record Attempt(String category, String name, Result result, @Nullable Integer calls, String code) {

    private static final String ARM = resource("arm.py");
    private static final Pattern HEAD = Pattern.compile("(?m)^### ");
    private static final Pattern REFUSAL = Pattern.compile("Operation not permitted|refused|can't start new thread"
            + "|is not available here|cannot open shared object|not allowed to raise");

    /** What comes of it. */
    public enum Result {
        REFUSED,
        ERROR,
        HARMLESS,
        STOPPED,
        DIED,
        CONTAINED;

        /**
         * @param outcome that of the cell
         * @param text what the root model was told
         */
        public boolean admits(String outcome, String text) {
            return switch (this) {
                case REFUSED -> outcome.equals("ERROR") && REFUSAL.matcher(text).find();
                case ERROR -> outcome.equals("ERROR") && !text.contains("NameError");
                case HARMLESS -> outcome.equals("OK");
                case STOPPED -> List.of("TIMEOUT", "KILLED", "MEMORY").contains(outcome);
                case DIED -> outcome.equals("DIED") && !text.contains("from outside");
                case CONTAINED -> !text.contains("from outside");
            };
        }
    }

    /** All of them. */
    public static List<Attempt> all() {
        return HEAD.splitAsStream(resource("attempts.txt")).skip(1).map(Attempt::parse).toList();
    }

    public static List<String> categories() {
        return all().stream().map(Attempt::category).distinct().toList();
    }

    public static List<Attempt> in(String category) {
        return all().stream().filter(attempt -> attempt.category.equals(category)).toList();
    }

    private static Attempt parse(String text) {
        int end = text.indexOf('\n');
        List<String> head = Stream.of(text.substring(0, end).split("\\|", -1)).map(String::strip).toList();
        String calls = head.size() == 4 ? head.get(3) : "0";
        return new Attempt(head.get(0), head.get(1), Result.valueOf(head.get(2).toUpperCase(Locale.ROOT)),
                calls.equals("?") ? null : Integer.valueOf(calls), text.substring(end + 1));
    }

    /** As a cell. */
    public String cell(Outside outside) {
        return ARM + "CANARY, DROP, PORT = %s, %s, %d%nUNIQUE = %s%n".formatted(quoted(outside.canary().toString()),
                quoted(outside.drop().toString()), outside.port(), quoted(this.toString())) + code;
    }

    private static String quoted(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }

    @Override
    public String toString() {
        return category + ": " + name;
    }

    private static String resource(String name) {
        try (InputStream in = Attempt.class.getResourceAsStream("/repl/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
