package dev.deeprepo.checkout;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A branch, a tag, or a full commit id; never a refspec. Names obey {@code git check-ref-format --branch}.
 *
 * @param name short, such as {@code main}, or full below {@code refs/heads/} or {@code refs/tags/}
 */
public record Ref(String name) {

    private static final int MAX_LENGTH = 240;
    private static final Pattern COMMIT_ID = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern FORBIDDEN = Pattern
            .compile("[\\p{Cntrl}\\x80-\\x9f\\p{Cs} ~^:?*\\[\\\\]|\\.\\.|@\\{|//");

    /** @throws InvalidRepository naming the rule that was broken */
    public static Ref parse(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            throw refused("must have 1 to " + MAX_LENGTH + " characters; leave it out for the default branch");
        }
        if (text.matches("[0-9A-Fa-f]{40}")) {
            return new Ref(text.toLowerCase(Locale.ROOT));
        }
        if (FORBIDDEN.matcher(text).find()) {
            throw refused("must be a branch, tag or full commit id, without spaces, \"..\" or any of ~^:?*[\\");
        }
        if (text.startsWith("-") || text.startsWith("/") || text.endsWith("/") || text.endsWith(".")
                || text.equals("@") || text.equals("HEAD")) {
            throw refused("must be the name of a branch or tag, or a full commit id");
        }
        for (String component : text.split("/", -1)) {
            if (component.startsWith(".") || component.endsWith(".lock")) {
                throw refused("must not have a part that begins with \".\" or ends with \".lock\"");
            }
        }
        if (text.startsWith("refs/") && !text.matches("refs/(heads|tags)/.+")) {
            throw refused("must lie below refs/heads/ or refs/tags/ when written in full");
        }
        return new Ref(text);
    }

    boolean isCommitId() {
        return COMMIT_ID.matcher(name).matches();
    }

    /** The full names to try, in order. */
    List<String> candidates() {
        return name.startsWith("refs/") ? List.of(name) : List.of("refs/heads/" + name, "refs/tags/" + name);
    }

    @Override
    public String toString() {
        return name;
    }

    private static InvalidRepository refused(String why) {
        return new InvalidRepository("ref", "ref " + why);
    }
}
