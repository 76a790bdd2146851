package dev.deeprepo.checkout;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * The installed git.
 *
 * @param text such as {@code 2.39.5}; null when there is none
 */
record GitVersion(@Nullable String text) {

    /** The oldest version that is tested; pinned addresses came with 2.37. */
    private static final String FLOOR = "2.39";
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");

    /** Why it cannot be used; null when it can. */
    @Nullable
    String problem() {
        if (text == null) {
            return "no git on the PATH; install git " + FLOOR + " or newer";
        }
        return Arrays.compare(numbers(text), numbers(FLOOR)) >= 0
                ? null
                : "git " + text + " is too old; install " + FLOOR + " or newer";
    }

    private static int[] numbers(String version) {
        Matcher numbers = NUMBERS.matcher(version);
        return numbers.matches()
                ? new int[]{Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2))}
                : new int[0];
    }

    /** @throws Unusable when it is missing, or cannot pin addresses */
    void require() {
        String problem = problem();
        if (problem != null) {
            throw new Unusable(problem);
        }
    }

    /** There is no git with which anything could be fetched safely. */
    static final class Unusable extends RuntimeException {

        Unusable(String message) {
            super(message);
        }

        /** Says it in two lines instead of a stack trace. */
        static final class Analyzer extends AbstractFailureAnalyzer<Unusable> {

            @Override
            protected FailureAnalysis analyze(Throwable root, Unusable cause) {
                return new FailureAnalysis(String.valueOf(cause.getMessage()),
                        "The service fetches with git and pins the addresses it connects to, which older versions cannot.",
                        cause);
            }
        }
    }
}
