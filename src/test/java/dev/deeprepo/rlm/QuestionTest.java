package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class QuestionTest {

    @Test
    void equalQuestionsHaveTheSameHash() {
        assertThat(new Question("o", "m", "s", "p").hash()).isEqualTo(new Question("o", "m", "s", "p").hash())
                .matches("[0-9a-f]{64}");
    }

    /** Every part counts, and so does where one ends and the next begins. */
    @Test
    void noTwoQuestionsShareAHash() {
        List<String> parts = List.of("", "a", "b", "ab", "a?", "a\0", "a\uD800", "a\uD801", "a\uFFFD");
        List<Question> questions = parts.stream().flatMap(owner -> parts.stream().flatMap(
                model -> parts.stream().flatMap(system -> parts.stream().map(
                        prompt -> new Question(owner, model, system, prompt)))))
                .toList();

        Stream<String> hashes = questions.stream().map(Question::hash);

        assertThat(hashes.distinct().count()).isEqualTo(questions.size());
    }
}
