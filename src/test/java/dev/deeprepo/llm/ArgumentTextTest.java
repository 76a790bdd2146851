package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class ArgumentTextTest {

    private static final String CODE = "print(\"a\\tb\", {'x': [1, 2]})\n# é 世 \ud83d\ude00 \\ / \u0001";

    @Test
    void saysTheSameHoweverTheJsonIsCut() {
        String json = JsonMapper.shared()
                .writeValueAsString(new TreeMap<>(Map.of("code", CODE, "reasoning", "Why: \"so\"", "n", 1)));

        for (int first = 0; first <= json.length(); first++) {
            for (int second = first; second <= json.length(); second++) {
                ArgumentText arguments = new ArgumentText();
                assertThat(arguments.read(json.substring(0, first)) + arguments.read(json.substring(first, second))
                        + arguments.read(json.substring(second))).isEqualTo(CODE + "\nWhy: \"so\"");
            }
        }
    }

    @Test
    void decodesEscapesThatAreCut() {
        ArgumentText arguments = new ArgumentText();

        assertThat(arguments.read("{\"code\": \"a\\")).isEqualTo("a");
        assertThat(arguments.read("n\\u00")).isEqualTo("\n");
        assertThat(arguments.read("e9\\ud83d\\ude0")).isEqualTo("é\ud83d");
        assertThat(arguments.read("0\\\"\"}")).isEqualTo("\ude00\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "null", "[\"a\"]", "\"code\"", "{\"code\"", "{\"code\": 1, \"x\": true}"})
    void saysNothingWhereThereIsNoStringAmongTheValues(String json) {
        assertThat(new ArgumentText().read(json)).isEmpty();
    }

    @Test
    void readsWhatIsNotJsonAsFarAsItGoes() {
        assertThat(new ArgumentText().read("{\"code\": \"a\\qb\\uzz12c\n\", ]}:\"d")).isEqualTo("aqb\u0012c\n\nd");
    }
}
