package dev.deeprepo.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.Event.ModelReplied.Source;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrajectoryTest {

    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

    private final AnalysisId id = AnalysisId.random();
    private final List<Entry> entries = new ArrayList<>();

    @BeforeEach
    void accept() {
        add(0, 0, new Event.Accepted(Map.of()));
    }

    @Test
    void tellsTurnsCellsAndSubCallsInTheirOrder() {
        SampleRun.EVENTS.forEach(event -> add(1, 1, event));
        Trajectory trajectory = Trajectory.of(entries);

        assertThat(trajectory.turns()).extracting(Turn::number).containsExactly(1, 2);
        Turn first = trajectory.turns().getFirst();
        assertThat(first.text()).isEqualTo("Let me look.");
        assertThat(first.usage()).isEqualTo(new Usage(1000, 30, 0, 900));
        assertThat(first.millis()).isEqualTo(250);
        assertThat(first.retries()).isEqualTo(2);
        Turn.ExecutedCell cell = first.cells().getFirst();
        assertThat(cell.code()).isEqualTo("llm_batch(prompts)");
        assertThat(cell.outcome()).isEqualTo("KILLED");
        assertThat(cell.subCalls()).extracting(call -> call.key().position()).containsExactly(0, 1, 2, 3);
        assertThat(cell.subCalls()).extracting(SubCall::reply).containsExactly("a is a", null, "a is a", "d is d");
        assertThat(cell.subCalls()).extracting(SubCall::source).containsExactly(Source.MODEL, Source.MODEL,
                Source.DUPLICATE, Source.CACHE);
        assertThat(cell.subCalls().get(1).error()).isEqualTo("given up after 2 attempts");
        assertThat(cell.subCalls().get(1).retries()).isEqualTo(1);
    }

    @Test
    void countsWhatTheRunTook() {
        SampleRun.EVENTS.forEach(event -> add(1, 1, event));
        Trajectory trajectory = Trajectory.of(entries);

        assertThat(trajectory.accounts())
                .isEqualTo(Map.of(Role.ROOT, SampleRun.ROOT_ACCOUNT, Role.SUB, SampleRun.SUB_ACCOUNT));
        assertThat(trajectory.retries()).isEqualTo(SampleRun.RETRIES);
        assertThat(trajectory.failedAttempts()).isNotEmpty().isEqualTo(SampleRun.EVENTS.stream()
                .filter(Event.AttemptFailed.class::isInstance).toList());
        assertThat(trajectory.attempts()).isEqualTo(1);
        assertThat(trajectory.kernelRestarts()).isEqualTo(1);
        assertThat(trajectory.uncertain()).isZero();
        assertThat(trajectory.running()).isEqualTo(Duration.ofSeconds(SampleRun.EVENTS.size() - 1));
        assertThat(trajectory.warnings()).hasSize(1);
        assertThat(trajectory.checkedOut()).isNotNull();
        assertThat(trajectory.started()).isNotNull();
        assertThat(trajectory.ended()).isNotNull();
    }

    @Test
    void isEmptyBeforeAnythingHappened() {
        Trajectory trajectory = Trajectory.of(entries);

        assertThat(trajectory.turns()).isEmpty();
        assertThat(trajectory.accounts()).isEmpty();
        assertThat(trajectory.attempts()).isZero();
        assertThat(trajectory.running()).isZero();
        assertThat(Trajectory.of(List.of()).ended()).isNull();
    }

    @Test
    void aCallUnderWayIsNotUncertain() {
        add(1, 1, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1), askRoot());

        assertThat(Trajectory.of(entries).uncertain()).isZero();
        assertThat(Trajectory.of(entries).turns().getFirst().text()).isEmpty();
    }

    @Test
    void aCallOfADeadAttemptIsUncertainAlsoWhenItWasAskedAgain() {
        add(1, 1, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1), askRoot(), replyRoot("code"),
                cell(), askSub(0), askSub(1));
        add(2, 1, new Event.AttemptStarted(2, "there"));
        assertThat(Trajectory.of(entries).uncertain()).isEqualTo(2);

        add(2, 1, cell(), askSub(0), replySub(0));
        Trajectory trajectory = Trajectory.of(entries);
        assertThat(trajectory.uncertain()).isEqualTo(2);
        assertThat(trajectory.attempts()).isEqualTo(2);
        assertThat(trajectory.turns()).hasSize(1);
        List<SubCall> subCalls = trajectory.turns().getFirst().cells().getFirst().subCalls();
        assertThat(subCalls).extracting(SubCall::reply).containsExactly("sub reply", null);
        assertThat(subCalls).extracting(SubCall::uncertain).containsExactly(true, true);
    }

    @Test
    void aCallWithoutAReplyIsUncertainOnceTheRunEnded() {
        add(1, 1, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1), askRoot(),
                new Event.RunEnded("CANCELLED", "cancelled", null, null, false));

        assertThat(Trajectory.of(entries).uncertain()).isEqualTo(1);
    }

    /** Nothing was sent: whatever became of the attempt, there is nothing to be paid. */
    @Test
    void anAskThatTheCacheWasToAnswerIsNeverUncertain() {
        add(1, 1, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1), askRoot(), replyRoot("code"),
                cell(), askCached(0), askCached(1), askCached(2));
        add(2, 1, new Event.AttemptStarted(2, "there"), cell(), askSub(0), replySub(0), askCached(1));
        assertThat(Trajectory.of(entries).uncertain()).isZero();

        add(2, 1, new Event.RunEnded("CANCELLED", "cancelled", null, null, false));
        Trajectory trajectory = Trajectory.of(entries);
        assertThat(trajectory.uncertain()).isZero();
        List<SubCall> subCalls = trajectory.turns().getFirst().cells().getFirst().subCalls();
        assertThat(subCalls).extracting(SubCall::uncertain).containsExactly(false, false, false);
        assertThat(subCalls).extracting(SubCall::prompt).containsExactly("prompt 0", "prompt 1", "prompt 2");
    }

    @Test
    void anAskThatWasSentStaysUncertainWhenTheCacheAnswersLater() {
        add(1, 1, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1), askRoot(), replyRoot("code"),
                cell(), askSub(0));
        add(2, 1, new Event.AttemptStarted(2, "there"), askCached(0), SampleRun.replied(SampleRun.sub(0), Role.SUB,
                SampleRun.SUB, "sub reply", Usage.NONE, "0", Source.CACHE, null));

        assertThat(Trajectory.of(entries).uncertain()).isEqualTo(1);
    }

    @Test
    void aCallThatWasTakenOverIsOneCallOfTheModelThatAnswered() {
        Event.ModelFellBack fellBack = new Event.ModelFellBack(Role.SUB, SampleRun.SUB, "sub-2", "503: down");
        add(1, 1, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1), askRoot(), replyRoot("code"),
                cell(), askSub(0),
                SampleRun.replied(SampleRun.sub(0), Role.SUB, SampleRun.SUB, "", Usage.NONE, "0", Source.MODEL,
                        "503: down"),
                fellBack, SampleRun.asked(SampleRun.sub(0), Role.SUB, "sub-2", "prompt 0"),
                SampleRun.replied(SampleRun.sub(0), Role.SUB, "sub-2", "answer", Usage.of(10, 1), "0.1", Source.MODEL,
                        null));

        Trajectory trajectory = Trajectory.of(entries);
        assertThat(trajectory.turns().getFirst().cells().getFirst().subCalls()).singleElement()
                .extracting(SubCall::model, SubCall::reply, SubCall::error, SubCall::uncertain)
                .containsExactly("sub-2", "answer", null, false);
        assertThat(trajectory.accounts()).containsEntry(Role.SUB, new Account(1, 0, Usage.of(10, 1), Cost.usd("0.1")));
        assertThat(trajectory.fallbacks()).containsExactly(fellBack);
        assertThat(trajectory.warnings()).containsExactly(new Event.Warned("model-fell-back",
                "the sub model minimax/minimax-m2.5 was given up: 503: down; sub-2 took over"));
    }

    @Test
    void timeInWhichNoAttemptLivedDoesNotCount() {
        add(1, 10, new Event.AttemptStarted(1, "here"), new Event.TurnStarted(1));
        add(2, 3600, new Event.AttemptStarted(2, "there"));
        add(2, 5, new Event.TurnStarted(1));

        Trajectory trajectory = Trajectory.of(entries);
        assertThat(trajectory.running()).isEqualTo(Duration.ofSeconds(15));
        assertThat(trajectory.turns()).singleElement().extracting(Turn::startedAt).isEqualTo(START.plusSeconds(20));
    }

    private static Event askRoot() {
        return SampleRun.asked(CallKey.root(1), Role.ROOT, SampleRun.ROOT, null);
    }

    private static Event replyRoot(String text) {
        return SampleRun.replied(CallKey.root(1), Role.ROOT, SampleRun.ROOT, text, Usage.of(10, 1), "0.1",
                Source.MODEL, null);
    }

    private static Event cell() {
        return new Event.CellStarted(1, 0, "llm_batch(prompts)", null, START, 1, null);
    }

    private static Event askSub(int position) {
        return SampleRun.asked(SampleRun.sub(position), Role.SUB, SampleRun.SUB, "prompt " + position);
    }

    private static Event askCached(int position) {
        return new Event.ModelAsked(SampleRun.sub(position), Role.SUB, SampleRun.SUB, "prompt " + position, "hash",
                100, 4096, Cost.ZERO, true);
    }

    private static Event replySub(int position) {
        return SampleRun.replied(SampleRun.sub(position), Role.SUB, SampleRun.SUB, "sub reply", Usage.of(10, 1), "0.1",
                Source.MODEL, null);
    }

    /** Adds entries, each {@code seconds} after the one before. */
    private void add(int attempt, long seconds, Event... events) {
        for (Event event : events) {
            Instant at = entries.isEmpty() ? START : entries.getLast().at().plusSeconds(seconds);
            entries.add(new Entry(id, entries.size() + 1L, attempt, at, event));
        }
    }
}
