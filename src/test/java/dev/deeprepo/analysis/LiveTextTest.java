package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.rlm.LiveText.Source;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** Text on the event stream, over real HTTP: the run only waits, and what models say is said here. */
@Isolated("measures time")
@ExtendWith(TestService.Shared.class)
class LiveTextTest {

    private static final String FAILED = "attempt-failed";

    private final TestService service;
    private final EventStream events;
    private AnalysisId id;
    private JournalWriter journal;

    @SuppressWarnings("NullAway.Init")
    LiveTextTest(TestService service) {
        this.service = service;
        this.events = service.bean(EventStream.class);
    }

    @BeforeEach
    void untilItWaits() {
        id = AnalysisId.parse(service.submit("wait"));
        Awaitility.await().until(() -> service.analysis(id.toString()).get("progress").get("turn").asInt() == 1);
        journal = service.bean(Journal.class).writer(id, 1);
    }

    @AfterEach
    void untilAllReadersAreGone() {
        journal.close();
        Awaitility.await().until(() -> events.readers() == 0);
    }

    @Test
    void standsBetweenTheQuestionAndTheReplyAndHasNoId() throws Exception {
        try (EventLog reader = new EventLog(service, id, 0)) {
            reader.await("turn-started");
            Source first = new Source(ask(Role.ROOT, CallKey.root(2)), Role.ROOT, 2, 1);
            events.said(first, "pri");
            reader.await("text");
            Source second = new Source(fail(CallKey.root(2)), Role.ROOT, 2, 2);
            events.said(second, "print(");
            events.said(second, "1)");
            events.said(second, " # \ud83d\ude00\n");
            reader.await("text");
            events.said(second, "the last words come before the reply");
            reply(Role.ROOT, CallKey.root(2));
            end();
            List<EventLog.Sent> sent = reader.all();

            List<String> names = sent.stream().map(EventLog.Sent::name).toList();
            assertThat(names.subList(names.lastIndexOf("model-asked"), names.lastIndexOf("model-replied") + 1))
                    .containsSubsequence("model-asked", "text", FAILED, "text", "model-replied")
                    .doesNotContain("error");
            assertThat(EventLog.texts(sent)).containsExactly("root 2 1: pri",
                    "root 2 2: print(1) # \ud83d\ude00\nthe last words come before the reply");
            assertThat(sent).filteredOn(event -> event.name().equals("text")).allSatisfy(event -> {
                assertThat(event.id()).isNull();
                assertThat(event.data().propertyNames()).containsExactly("role", "turn", "attempt", "text", "cut");
            });
            assertThat(names.lastIndexOf("text")).isBetween(names.indexOf(FAILED), names.lastIndexOf("model-replied"));
            assertThat(EventLog.ids(sent)).isEqualTo(everyEntry());
        }
        assertThat(service.bean(Journal.class).readAll(id).toString()).doesNotContain("print(", "last words");
    }

    @Test
    void keepsTheSidesOfAComparisonApart() throws Exception {
        try (EventLog reader = new EventLog(service, id, 0)) {
            reader.await("turn-started");
            Source root = new Source(ask(Role.ROOT, CallKey.root(2)), Role.ROOT, 2, 1);
            Source baseline = new Source(ask(Role.BASELINE, CallKey.baseline()), Role.BASELINE, 0, 1);
            for (int i = 0; i < 50; i++) {
                events.said(root, "r" + i + " ");
                events.said(baseline, "b" + i + " ");
            }
            reply(Role.BASELINE, CallKey.baseline());
            reply(Role.ROOT, CallKey.root(2));
            end();

            assertThat(EventLog.texts(reader.all())).containsExactlyInAnyOrder("root 2 1: " + numbered("r"),
                    "baseline 0 1: " + numbered("b"));
        }
    }

    @Test
    void aReaderThatComesBackGetsEveryEntryOnceAndNoOldText() throws Exception {
        List<EventLog.Sent> before;
        Source source;
        try (EventLog reader = new EventLog(service, id, 0)) {
            reader.await("turn-started");
            source = new Source(ask(Role.ROOT, CallKey.root(2)), Role.ROOT, 2, 1);
            events.said(source, "old ");
            before = reader.await("text");
        }
        Awaitility.await().until(() -> {
            events.said(source, "unheard "); // a reader that is gone is noticed by sending to it
            return events.readers() == 0;
        });
        try (EventLog reader = new EventLog(service, id, EventLog.ids(before).getLast())) {
            Awaitility.await().until(() -> events.readers() == 1);
            events.said(source, "new");
            reader.await("text");
            reply(Role.ROOT, CallKey.root(2));
            end();
            List<EventLog.Sent> after = reader.all();

            assertThat(EventLog.texts(after)).containsExactly("root 2 1: new");
            assertThat(LongStream.concat(EventLog.ids(before).stream().mapToLong(Long::longValue),
                    EventLog.ids(after).stream().mapToLong(Long::longValue)).boxed().toList())
                    .isEqualTo(everyEntry());
        }
    }

    @Test
    void sendsATextAtATimeAndNotAToken() throws Exception {
        try (EventLog reader = new EventLog(service, id, 0)) {
            reader.await("turn-started");
            Source source = new Source(ask(Role.ROOT, CallKey.root(2)), Role.ROOT, 2, 1);
            long start = System.nanoTime();
            AtomicInteger said = new AtomicInteger();
            Awaitility.await().pollInterval(Duration.ofMillis(2)).until(() -> {
                events.said(source, said.getAndIncrement() + " ");
                return said.get() == 300;
            });
            reply(Role.ROOT, CallKey.root(2));
            long took = Duration.ofNanos(System.nanoTime() - start).toMillis();
            end();
            List<EventLog.Sent> sent = reader.all();

            assertThat(EventLog.texts(sent)).containsExactly(
                    "root 2 1: " + String.join(" ", IntStream.range(0, 300).mapToObj(String::valueOf).toList()) + " ");
            long texts = sent.stream().filter(event -> event.name().equals("text")).count();
            // One each 100 ms, the one that was due at the beginning, and the rest before the reply.
            assertThat(texts).isBetween(2L, took / 100 + 2);
        }
    }

    @Test
    void saysWhenThereWasMoreThanAReaderCouldTake() throws Exception {
        try (EventLog slow = new EventLog(service, id, 0)) {
            slow.await("turn-started");
            Source source = new Source(ask(Role.ROOT, CallKey.root(2)), Role.ROOT, 2, 1);
            events.said(source, "x".repeat(1_000_000));
            slow.await("text");
            events.said(source, "and on");
            slow.await("text");
            end();

            List<EventLog.Sent> texts = slow.all().stream().filter(event -> event.name().equals("text")).toList();
            assertThat(texts).extracting(text -> text.data().get("cut").asBoolean()).containsExactly(true, false);
            assertThat(texts.getFirst().data().get("text").asString()).hasSize(UnsentText.MOST);
        }
    }

    /** Nobody is held up: what is said to a reader who never reads costs no more than to nobody. */
    @Test
    void aReaderWhoDoesNotReadHoldsNobodyUp() throws Exception {
        Source source = new Source(ask(Role.ROOT, CallKey.root(2)), Role.ROOT, 2, 1);
        try (var _ = new EventLog.Deaf(service, id);
                EventLog reader = new EventLog(service, id, 0)) {
            Awaitility.await().until(() -> events.readers() == 2);
            reader.await("model-asked");
            String piece = "x".repeat(UnsentText.MOST);
            long start = System.nanoTime();
            for (int i = 0; i < 1_000; i++) {
                events.said(source, piece); // 64 MB, which no buffer on the way takes
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            reader.await("text");
            assertThat(events.readers()).isEqualTo(2);
            end();
            assertThat(reader.all()).extracting(EventLog.Sent::name).endsWith("run-ended");
        }
    }

    private Entry ask(Role role, CallKey key) {
        return journal.append(new Event.ModelAsked(key, role, "root-model", null, "hash", 100, 100, Cost.ZERO, false));
    }

    private Entry fail(CallKey key) {
        return journal.append(new Event.AttemptFailed(key, Role.ROOT, "root-model", 1, "TRANSIENT", null,
                Duration.ZERO, "the stream broke off"));
    }

    private void reply(Role role, CallKey key) {
        journal.append(new Event.ModelReplied(key, role, "root-model", "reply", "{}", Usage.of(1000, 100), Cost.ZERO,
                Cost.ZERO, 5, Event.ModelReplied.Source.MODEL, null, null));
    }

    private void end() {
        service.post("/analyses/" + id + "/cancel", "");
        service.await(id.toString(), "CANCELLED");
    }

    private List<Long> everyEntry() {
        return LongStream.rangeClosed(1, service.bean(Journal.class).readAll(id).size()).boxed().toList();
    }

    private static String numbered(String letter) {
        return String.join(" ", IntStream.range(0, 50).mapToObj(i -> letter + i).toList()) + " ";
    }
}
