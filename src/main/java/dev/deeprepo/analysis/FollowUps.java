package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Forked;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.report.ReportFacts.Parent;
import dev.deeprepo.rlm.Inheritance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Makes analyses out of analyses that have ended. What the new one needs of the old is copied into its journal in the
 * transaction that accepts it, so that it is as durable as any, whatever becomes of its parent.
 */
@Component
class FollowUps {

    private final Admission admission;
    private final AdmissionRules rules;
    private final AnalysisViews views;
    private final Journal journal;

    FollowUps(Admission admission, AdmissionRules rules, AnalysisViews views, Journal journal) {
        this.admission = admission;
        this.rules = rules;
        this.views = views;
        this.journal = journal;
    }

    /**
     * Accepts a follow-up, or finds the analysis that the same one with the same key became.
     *
     * @throws Refused saying what the caller can do
     */
    StoredAnalysis accept(AnalysisId parent, FollowUp wanted, @Nullable String key) {
        String to = "%s %s ".formatted(wanted.getClass().getSimpleName(), parent);
        return admission.admit(key, to, wanted, () -> {
            StoredAnalysis ended = views.known(parent);
            return switch (wanted) {
                case FollowUp.Fork fork -> fork(ended, fork);
                case FollowUp.Question question -> question(ended, question);
                case FollowUp.Refresh refresh -> refresh(ended, refresh);
            };
        });
    }

    private Submission fork(StoredAnalysis parent, FollowUp.Fork wanted) {
        Integer turn = wanted.fromTurn();
        if (turn == null) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, "fromTurn", "fromTurn is required: a turn, from 1");
        }
        if (!parent.status().terminal()) {
            throw Refused.forNow(ErrorCode.ANALYSIS_RUNNING,
                    "the analysis is %s; it can be forked once it has ended".formatted(parent.status()),
                    Duration.ofSeconds(2));
        }
        List<Entry> entries = journal.readAll(parent.id());
        int last = Inheritance.lastTurn(entries);
        if (last == 0) {
            throw new Refused(ErrorCode.NO_TURNS,
                    "analysis %s has no turns to go on from: nothing was explored; ask for a new one with mode RLM"
                            .formatted(parent.id()));
        }
        if (turn < 1 || turn > last) {
            throw Refused.field(ErrorCode.TURN_OUT_OF_RANGE, "fromTurn",
                    "fromTurn must be 1 to %d, was %d".formatted(last, turn));
        }
        AnalysisRequest request = complete(parent, wanted, Mode.RLM, wanted.focus(), wanted.rootModel(), null);
        if (turn > request.budget().maxTurns()) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, "budget.maxTurns",
                    "budget.maxTurns counts all turns, so it must be at least fromTurn, %d; it is %d".formatted(turn,
                            request.budget().maxTurns()));
        }
        List<Event> inherited = new ArrayList<>(Inheritance.of(entries, turn));
        inherited.add(new Forked(parent.id(), turn, focus(wanted.focus())));
        return new Submission(request, new Parent(parent.id(), Parent.Relation.FORK, turn), parent.commit(), inherited);
    }

    private Submission question(StoredAnalysis parent, FollowUp.Question wanted) {
        String question = focus(wanted.question());
        if (question == null) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, "question", "question is required");
        }
        if (question.length() > AnalysisRequest.MAX_FOCUS) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, "question",
                    "question may have %d characters".formatted(AnalysisRequest.MAX_FOCUS));
        }
        Trajectory trajectory = views.reported(parent);
        AnalysisRequest request = complete(parent, wanted, Mode.RLM, question, wanted.rootModel(),
                wanted.subModel());
        Stream<Event> checkout = Stream.concat(Stream.ofNullable(trajectory.checkedOut()), trajectory.warnings()
                .stream().filter(warned -> warned.code().equals(Inheritance.CHECKOUT_WARNING)));
        return new Submission(request, new Parent(parent.id(), Parent.Relation.QUESTION, null), parent.commit(),
                Stream.concat(checkout, Stream.of(earlier(parent, trajectory, question))).toList());
    }

    private Submission refresh(StoredAnalysis parent, FollowUp.Refresh wanted) {
        Trajectory trajectory = views.reported(parent);
        AnalysisRequest request = complete(parent, wanted, Objects.requireNonNull(parent.request().mode()), null, null,
                null);
        return new Submission(request, new Parent(parent.id(), Parent.Relation.REFRESH, null), null,
                List.of(earlier(parent, trajectory, null)));
    }

    private AnalysisRequest complete(StoredAnalysis parent, FollowUp wanted, Mode mode, @Nullable String focus,
            @Nullable String root, @Nullable String sub) {
        FollowUp.Limits budget = wanted.budget();
        return rules.complete(parent.request().again(mode, focus(focus), root, sub,
                budget == null ? FollowUp.Limits.AS_BEFORE : budget, wanted.callbackUrl()));
    }

    private static @Nullable String focus(@Nullable String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }

    private static Event earlier(StoredAnalysis parent, Trajectory trajectory, @Nullable String question) {
        Event.RunEnded ended = Objects.requireNonNull(trajectory.ended());
        Event.FindingsChecked checked = trajectory.findings();
        return new EarlierReport(parent.id(), String.valueOf(parent.commit()), ended.status(), ended.reason(),
                Objects.requireNonNull(ended.answer()), checked == null ? List.of() : checked.findings(), question);
    }
}
