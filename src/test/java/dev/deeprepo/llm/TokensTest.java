package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("measures time")
class TokensTest {

    private static final Encoding O200K = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    private static final int SIZE = 40_000;

    @Test
    void countsTextThatLooksLikeAControlToken() {
        assertThat(Tokens.estimate("<|endoftext|>")).isBetween(5L, 20L);
    }

    @TestFactory
    Stream<DynamicTest> aLongTextIsNeverTakenForLessThanItIs() throws IOException {
        Random random = new Random(1);
        byte[] bytes = new byte[SIZE];
        random.nextBytes(bytes);
        Map<String, String> texts = Map.ofEntries(Map.entry("hex", HexFormat.of().formatHex(bytes)),
                Map.entry("hex in capitals", HexFormat.of().withUpperCase().formatHex(bytes)),
                Map.entry("an array of hex", HexFormat.ofDelimiter(", ").withPrefix("0x").formatHex(bytes)),
                Map.entry("base64", Base64.getEncoder().encodeToString(bytes)),
                Map.entry("bytes with commas", HexFormat.of().formatHex(bytes).chars().map(c -> c * 7 % 256)
                        .mapToObj(Integer::toString).collect(Collectors.joining(","))),
                Map.entry("numbers with blanks", "1 2 3 ".repeat(SIZE / 6)),
                Map.entry("DNA", letters(random, "acgt")),
                Map.entry("letters at random", letters(random, "abcdefghijklmnopqrstuvwxyz")),
                Map.entry("cuneiform", "\ud808\udc00\ud808\udd23".repeat(SIZE / 4)),
                Map.entry("rare signs", "\u16a0\u16a2\u13a0\u13b2".repeat(SIZE / 4)),
                Map.entry("Chinese", anyOf(random, 0x4E00, 0x9FA5)), Map.entry("Korean", anyOf(random, 0xAC00, 0xD7A3)),
                Map.entry("Russian", anyOf(random, 0x410, 0x44F)),
                Map.entry("minified JavaScript",
                        "!function(e,t){for(var n=0,r=t.length;n<r;++n)e[t[n]]=a(n)?b.c(n^1):void 0}(w,[\"x\",\"$y\"]);"
                                .repeat(400)));
        return texts.entrySet().stream().map(text -> DynamicTest.dynamicTest(text.getKey(),
                () -> assertThat(Tokens.estimate(text.getValue()))
                        .isGreaterThanOrEqualTo(O200K.countTokensOrdinary(text.getValue()))));
    }

    @Test
    void sourceAndProseAreTakenForLittleMoreThanTwiceWhatTheyAre() throws IOException {
        for (String file : new String[]{"README.md", "src/main/java/dev/deeprepo/llm/ModelRetry.java"}) {
            String text = Files.readString(Path.of(file));
            int real = O200K.countTokensOrdinary(text);
            assertThat(text.length()).isGreaterThan(4_000);
            assertThat(Tokens.estimate(text)).as("%s of %d tokens", file, real).isBetween(real * 3L / 2, real * 3L);
        }
    }

    @Test
    void aWholeRepositoryIsEstimatedAtOnce() {
        String packed = "x = 1\n".repeat(350_000);
        Tokens.estimate(packed);
        long start = System.nanoTime();
        long tokens = Tokens.estimate(packed);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(100));
        assertThat(tokens).isGreaterThan(350_000 * 4);
    }

    private static String letters(Random random, String alphabet) {
        return random.ints(SIZE, 0, alphabet.length()).mapToObj(alphabet::charAt).map(String::valueOf)
                .collect(Collectors.joining());
    }

    private static String anyOf(Random random, int from, int to) {
        return IntStream.generate(() -> random.nextInt(from, to)).limit(SIZE / 2).mapToObj(Character::toString)
                .collect(Collectors.joining());
    }
}
