package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

    private static final String KEY = "Odd+key/7\"q\\u=~{x}|42%";
    private static final Redaction REDACTION = new Redaction(List.of(KEY, "lm-studio", "x"));

    @ParameterizedTest
    @ValueSource(strings = {KEY, "odd+KEY/7\"Q\\U=~{X}|42%", "Odd+key\\/7\\\"q\\\\u=~{x}|42%",
            "\\u004fdd\\u002bkey\\u002F7\\u0022q\\u005cu=~{x}|42%",
            "Odd+key/7\\\\\\\"q\\\\\\\\u=~{x}|42%",
            "Odd%2Bkey%2F7%22q%5Cu%3D%7E%7Bx%7D%7C42%25", "odd%2bkey%2f7%22q%5cu%3d~%7bx%7d%7c42%25"})
    void findsAKeyInAnySpelling(String spelling) {
        assertThat(REDACTION.error("no such key: " + spelling + ".")).isEqualTo("no such key: [key].");
        assertThat(REDACTION.reply("It is " + spelling + "!")).isEqualTo("It is [key]!");
    }

    @Test
    void findsAKeyInBase64() {
        String base64 = Base64.getEncoder().encodeToString(KEY.getBytes(StandardCharsets.UTF_8));
        assertThat(REDACTION.error("Basic " + base64)).startsWith("Basic [key]");
    }

    @Test
    void looksForKeysBeforeItCuts() {
        for (int before = 270; before <= 310; before++) {
            String text = "-".repeat(before) + KEY;
            assertThat(REDACTION.error(text)).doesNotContain("Odd").hasSizeLessThanOrEqualTo(301);
        }
        assertThat(REDACTION.beginning("a".repeat(100) + KEY.substring(0, 21))).isEqualTo("a".repeat(99));
    }

    @Test
    void hidesWhatLooksLikeAKeyOfSomebodyElseInErrorsOnly() {
        assertThat(REDACTION.error("sk-ant-api03-abcdef or Bearer abc.def-123"))
                .isEqualTo("[key] or [key]");
        assertThat(REDACTION.reply("sk-ant-api03-abcdef")).isEqualTo("sk-ant-api03-abcdef");
    }

    @Test
    void leavesWordsAloneThatAServerOnThisMachineTakesForAKey() {
        assertThat(REDACTION.error("lm-studio expects x")).isEqualTo("[key] expects x");
        assertThat(REDACTION.reply("lm-studio expects x")).isEqualTo("lm-studio expects x");
    }

    @Test
    void cleansARepliesTextsAndNamesAndNothingElse() {
        String reply = """
                {"a":[{"text":"%1$s, %1$s"},1.50,true,null],"%1$s":{"n":7}}"""
                .formatted(Json.object().put("k", KEY).get("k").toString().replaceAll("^\"|\"$", ""));

        assertThat(REDACTION.reply(Json.parse(reply)))
                .isEqualTo(Json.parse("{\"a\":[{\"text\":\"[key], [key]\"},1.50,true,null],\"[key]\":{\"n\":7}}"));
    }

    @Test
    void streamedTextHoldsNoKeyHoweverItIsCut() {
        String said = "Odd+key is none, but " + KEY + " is; so is " + KEY.replace("/", "\\/") + ", and then Odd";
        for (int size = 1; size < said.length(); size++) {
            List<String> heard = new ArrayList<>();
            KeylessText text = new KeylessText(REDACTION, heard::add);
            for (int at = 0; at < said.length(); at += size) {
                text.accept(said.substring(at, Math.min(at + size, said.length())));
            }
            text.end();
            assertThat(String.join("", heard)).as("in pieces of %d", size)
                    .isEqualTo("Odd+key is none, but [key] is; so is [key], and then Odd");
        }
    }

    @Test
    void holdsBackNothingButWhatMayBeAKey() {
        List<String> heard = new ArrayList<>();
        KeylessText text = new KeylessText(REDACTION, heard::add);
        text.accept("One od");
        text.accept("d word");
        assertThat(heard).containsExactly("One ", "odd word");
    }
}
