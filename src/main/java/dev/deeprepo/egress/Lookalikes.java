package dev.deeprepo.egress;

import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import java.util.Locale;

/**
 * Names that a reader takes for another name (UTS 39): letters of several scripts in one word, whole words of one script that
 * look like Latin, and characters that only stand for others, such as {@code \uff41} for {@code a}.
 */
final class Lookalikes {

    private static final SpoofChecker SCRIPTS = new SpoofChecker.Builder()
            .setChecks(SpoofChecker.RESTRICTION_LEVEL | SpoofChecker.INVISIBLE | SpoofChecker.MIXED_NUMBERS)
            .setRestrictionLevel(SpoofChecker.RestrictionLevel.HIGHLY_RESTRICTIVE).build();
    private static final SpoofChecker SHAPES = new SpoofChecker.Builder().setChecks(SpoofChecker.CONFUSABLE).build();

    private Lookalikes() {}

    /**
     * Refuses such a name.
     *
     * @param written by the caller
     * @param mapped the same name by the rules of IDNA, in Unicode
     */
    static void refuse(String written, String mapped) {
        boolean punycode = written.toLowerCase(Locale.ROOT).contains("xn--");
        if (!punycode && !Normalizer2.getNFCInstance().normalize(written.toLowerCase(Locale.ROOT)).equals(mapped)) {
            throw refused();
        }
        for (String label : mapped.split("\\.", -1)) {
            boolean latin = label.chars().allMatch(c -> c < 0x80);
            if (!latin && (SCRIPTS.failsChecks(label) || SHAPES.getSkeleton(label).chars().allMatch(c -> c < 0x80))) {
                throw refused();
            }
        }
    }

    private static ForbiddenAddress refused() {
        return new ForbiddenAddress("names a host with characters that look like others");
    }
}
