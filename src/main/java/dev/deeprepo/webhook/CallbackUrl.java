package dev.deeprepo.webhook;

import dev.deeprepo.egress.EgressRules;
import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.egress.Origin;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a caller wants to be told. Its path and query may hold what only the receiver knows: they go to the receiver and
 * into no log.
 *
 * @param target path and query, as they were written
 */
public record CallbackUrl(Origin origin, String target) {

    private static final int MAX_LENGTH = 1024;
    private static final Pattern SHAPE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?]*)([/?].*)?");
    private static final Pattern TARGET = Pattern
            .compile(
                    "/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*+(?:\\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+)?");
    private static final Pattern CONTROL = Pattern.compile("%([01][0-9A-Fa-f]|7[Ff])");
    private static final Pattern DOTS = Pattern.compile("/(\\.|%2[Ee]){1,2}(/|$)");

    /**
     * Parses by rules stricter than those of URLs; nothing is looked up.
     *
     * @throws ForbiddenAddress naming the rule that was broken
     */
    public static CallbackUrl parse(String text, EgressRules rules) {
        Matcher shape = SHAPE.matcher(text);
        if (text.length() > MAX_LENGTH || !shape.matches()) {
            throw new ForbiddenAddress(
                    "must look like https://host/path and have %d characters at most".formatted(MAX_LENGTH));
        }
        return new CallbackUrl(Origin.parse(shape.group(1), shape.group(2), rules), target(shape.group(3)));
    }

    private static String target(@Nullable String text) {
        String target = text == null ? "/" : text.startsWith("?") ? "/" + text : text;
        if (target.indexOf('#') >= 0) {
            throw new ForbiddenAddress("must not have a fragment");
        }
        if (!TARGET.matcher(target).matches() || CONTROL.matcher(target).find()
                || DOTS.matcher(target.replaceFirst("\\?.*", "")).find()) {
            throw new ForbiddenAddress(
                    "must percent-encode its path and query, without dot segments and control characters");
        }
        return target;
    }

    /** All of it. */
    public String canonical() {
        return origin + target;
    }

    /** What may be told to others: the origin. */
    @Override
    public String toString() {
        return origin.toString();
    }
}
