package dev.deeprepo.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.Event.ModelReplied.Source;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventTest {

    @Test
    void everyKindOfEventHasANameOfItsOwn() {
        assertThat(Event.kinds()).containsExactlyInAnyOrder(kinds()).extracting(Event::name).doesNotHaveDuplicates()
                .contains("accepted", "attempt-started", "checked-out", "run-started", "turn-started", "model-asked",
                        "attempt-failed", "model-replied", "model-fell-back", "cell-started", "cell-finished",
                        "kernel-restarted",
                        "warned", "findings-checked", "run-ended");
    }

    @Test
    void everyEventSurvivesTheWayThroughJson() {
        List<Event> others = List.of(new Event.Accepted(Map.of("mode", "RLM", "maxTurns", 20, "focus", "größe ☃ 😀")),
                new Event.FindingsChecked(
                        List.of(new Event.CheckedFinding(null, "claim", "a.py", 3, null, true, null))),
                new Event.ModelFellBack(Role.ROOT, "one", "two", "429"));

        assertThat(SampleRun.EVENTS).allSatisfy(EventTest::survives);
        assertThat(others).allSatisfy(EventTest::survives);
    }

    @Test
    void anAskOfATimeBeforeTheCacheWasSent() {
        Event old = EventJson.read("model-asked", """
                {"key": {"turn": 1, "cell": 0, "call": 0, "position": 2}, "role": "SUB", "model": "sub/model",
                 "prompt": "what is c?", "promptHash": "hash", "inputTokens": 100, "maxTokens": 4096,
                 "reserved": 0.1}""");

        assertThat(old).isEqualTo(SampleRun.asked(SampleRun.sub(2), Role.SUB, "sub/model", "what is c?"));
        assertThat(((Event.ModelAsked) old).cached()).isFalse();
    }

    @Test
    void onlyAReplyThatWasBoughtIsACallAndHasACost() {
        assertThat(reply(Source.MODEL, null)).isEqualTo(new Account(1, 0, Usage.of(7, 3), Cost.usd("0.5")));
        assertThat(reply(Source.DUPLICATE, null)).isEqualTo(new Account(0, 1, Usage.NONE, Cost.ZERO));
        assertThat(reply(Source.CACHE, null)).isEqualTo(new Account(0, 1, Usage.NONE, Cost.ZERO));
        assertThat(reply(Source.MODEL, "gave up")).isEqualTo(new Account(0, 0, Usage.of(7, 3), Cost.usd("0.5")));
        assertThat(reply(Source.DUPLICATE, "gave up")).isEqualTo(Account.EMPTY);
    }

    private static void survives(Event event) {
        EventJson.Draft draft = EventJson.draft(event);
        assertThat(draft.event()).isSameAs(event);
        assertThat(EventJson.read(event.name(), draft.body())).isEqualTo(event);
    }

    private static Account reply(Source source, @Nullable String error) {
        return ((Event.ModelReplied) SampleRun.replied(SampleRun.sub(0), Role.SUB, SampleRun.SUB, "text",
                Usage.of(7, 3), "0.5", source, error)).account();
    }

    @SuppressWarnings("unchecked")
    private static Class<? extends Event>[] kinds() {
        return (Class<? extends Event>[]) Event.class.getPermittedSubclasses();
    }
}
