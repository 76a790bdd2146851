package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.AttemptFailed;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.FailedAttempt;
import dev.deeprepo.llm.ModelException.Kind;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.rlm.LiveText.Source;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveTextTest {

    private final Stage stage = new Stage();
    private final List<Source> sources = new ArrayList<>();
    private final List<String> said = new ArrayList<>();

    @Test
    void hearsWhoSpeaksInWhichTurnAndAttempt() {
        stage.live = (source, text) -> {
            sources.add(source);
            said.add(text);
        };
        List<Completion> replies = List.of(cells("query one"), cells("answer done"));
        stage.root = new ScriptedModel(call -> {
            int turn = Stage.turn(call);
            call.listener().said("half of " + turn);
            call.listener().attempted(new FailedAttempt(1, Kind.TRANSIENT, null, Duration.ZERO, "broke off"));
            call.listener().said("turn ");
            call.listener().said(String.valueOf(turn));
            return replies.get(turn - 1);
        });

        assertThat(stage.run()).isEqualTo(new Outcome.Completed("done"));

        assertThat(said).containsExactly("half of 1", "turn ", "1", "half of 2", "turn ", "2");
        assertThat(sources).extracting(Source::role).containsOnly(Role.ROOT);
        assertThat(sources).extracting(Source::turn).containsExactly(1, 1, 1, 2, 2, 2);
        assertThat(sources).extracting(Source::attempt).containsExactly(1, 2, 2, 1, 2, 2);
        assertThat(sources).extracting(source -> source.begun().event().getClass().getSimpleName()).containsExactly(
                "ModelAsked", "AttemptFailed", "AttemptFailed", "ModelAsked", "AttemptFailed", "AttemptFailed");
        assertThat(stage.entries()).containsAll(sources.stream().map(Source::begun).toList());
    }

    @Test
    void whatABrokenAttemptSaidIsInNoEntryAndCostsNothing() {
        stage.root = new ScriptedModel(call -> {
            call.listener().said("half a thought");
            call.listener().attempted(new FailedAttempt(1, Kind.TRANSIENT, null, Duration.ZERO, "broke off"));
            return cells("answer done");
        });

        stage.run();

        assertThat(stage.entries()).extracting(Entry::event).hasAtLeastOneElementOfType(AttemptFailed.class)
                .noneMatch(event -> event.toString().contains("half a thought"));
        assertThat(stage.events(ModelAsked.class)).hasSize(1);
        assertThat(stage.events(ModelReplied.class)).singleElement()
                .satisfies(reply -> assertThat(reply.usage()).isEqualTo(Usage.of(100, 10)));
    }
}
