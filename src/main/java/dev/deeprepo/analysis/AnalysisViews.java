package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.report.ReportFacts;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** What can be read of an analysis: its state, its trajectory, its report. */
@Component
class AnalysisViews {

    private static final int MAX_LIMIT = 100;

    private final Analyses analyses;
    private final Journal journal;
    private final Ledger ledger;
    private final Callbacks callbacks;
    private final PriceList prices;
    private final Waiting waiting;
    private final Caller caller;

    AnalysisViews(Analyses analyses, Journal journal, Ledger ledger, Callbacks callbacks, PriceList prices,
            Waiting waiting, Caller caller) {
        this.analyses = analyses;
        this.journal = journal;
        this.ledger = ledger;
        this.callbacks = callbacks;
        this.prices = prices;
        this.waiting = waiting;
        this.caller = caller;
    }

    /**
     * The one gate for every id that a caller names.
     *
     * @throws Refused when there is none with this id, or it is another's: which of both is nobody's business
     */
    StoredAnalysis known(AnalysisId id) {
        return analyses.find(id).filter(found -> found.owner().equals(caller.owner()))
                .orElseThrow(() -> new Refused(ErrorCode.ANALYSIS_NOT_FOUND,
                        "there is no analysis %s; it may have been deleted".formatted(id)));
    }

    Analysis analysis(AnalysisId id) {
        return analysis(known(id));
    }

    Optional<StoredAnalysis> find(AnalysisId id) {
        return analyses.find(id);
    }

    Analysis analysis(StoredAnalysis stored) {
        Ledger.Progress progress = ledger.progress(stored.id());
        return Analysis.of(stored, progress, ledger.warnings(stored.id()),
                stored.request().mode() == Mode.AUTO ? ledger.chosen(stored.id()) : null,
                waiting.of(stored, progress.parked()),
                callbacks.find(stored.id()).orElse(null));
    }

    /** Whether an analysis that has ended left something to read. */
    boolean hasReport(StoredAnalysis stored) {
        var ended = Trajectory.of(journal.readAll(stored.id())).ended(); // whoever asks is no caller
        return ended != null && ended.answer() != null;
    }

    Analysis.Page page(@Nullable Status status, int limit, @Nullable String cursor) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Refused(ErrorCode.INVALID_REQUEST, "limit must be 1 to %d, was %d".formatted(MAX_LIMIT, limit));
        }
        List<StoredAnalysis> page = analyses.page(caller.owner(), status,
                cursor == null ? Cursor.START : Cursor.parse(cursor), limit + 1);
        List<StoredAnalysis> items = page.subList(0, Math.min(limit, page.size()));
        return new Analysis.Page(items.stream().map(this::analysis).toList(),
                page.size() > limit ? Cursor.after(items.getLast()).toString() : null);
    }

    Trajectory trajectory(AnalysisId id) {
        return Trajectory.of(journal.readAll(known(id).id()));
    }

    /** @param download what to answer as a file, whatever {@code accept} says; null = by {@code accept}, to be shown */
    ResponseEntity<Object> report(AnalysisId id, List<MediaType> accept, @Nullable ReportFormat download) {
        ReportFormat format = Optional.ofNullable(download).or(() -> ReportFormat.wanted(accept))
                .orElseThrow(() -> new Refused(ErrorCode.NOT_ACCEPTABLE,
                        "reports come as %s; Accept asks for none of them".formatted(ReportFormat.all())));
        StoredAnalysis stored = known(id);
        Trajectory trajectory = reported(stored);
        return format.answer("report-" + id, facts(stored, trajectory), trajectory, download != null);
    }

    /** The whole run of an analysis that has a report. @throws Refused when it has none, or none yet */
    Trajectory reported(StoredAnalysis stored) {
        if (!stored.status().terminal()) {
            throw Refused.forNow(ErrorCode.REPORT_NOT_READY, "the analysis is %s; its report comes with its end"
                    .formatted(stored.status()), Duration.ofSeconds(2));
        }
        Trajectory trajectory = trajectory(stored.id());
        var ended = trajectory.ended();
        if (ended == null || ended.answer() == null) {
            throw new Refused(ErrorCode.REPORT_NOT_AVAILABLE, "the analysis ended as %s without a report%s".formatted(
                    stored.status(), stored.ending() == null ? "" : ": " + stored.ending().detail()));
        }
        return trajectory;
    }

    private ReportFacts facts(StoredAnalysis stored, Trajectory trajectory) {
        AnalysisRequest request = stored.request();
        Map<Role, Price> charged = new EnumMap<>(Role.class);
        Analysis.Models.of(request, trajectory.chosen()).byRole()
                .forEach((role, model) -> charged.put(role, prices.of(model)));
        Map<Role, List<Price>> fallbacks = trajectory.fallbacks().stream()
                .collect(Collectors.groupingBy(Event.ModelFellBack::role, () -> new EnumMap<>(Role.class),
                        Collectors.mapping(fellBack -> prices.of(fellBack.to()), Collectors.toUnmodifiableList())));
        return new ReportFacts(stored.id(), Objects.requireNonNull(request.repository()), request.ref(),
                String.valueOf(request.mode()), stored.status().name(), stored.createdAt(), stored.startedAt(),
                stored.finishedAt(), charged, fallbacks, stored.parent());
    }
}
