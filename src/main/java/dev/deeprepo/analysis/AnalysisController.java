package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.ErrorCode.ANALYSIS_FINISHED;
import static dev.deeprepo.analysis.ErrorCode.ANALYSIS_NOT_FOUND;
import static dev.deeprepo.analysis.ErrorCode.ANALYSIS_RUNNING;
import static dev.deeprepo.analysis.ErrorCode.CALLBACK_REFUSED;
import static dev.deeprepo.analysis.ErrorCode.CHECKOUT_FAILED;
import static dev.deeprepo.analysis.ErrorCode.CHECKOUT_TIMEOUT;
import static dev.deeprepo.analysis.ErrorCode.COMMIT_NOT_FOUND;
import static dev.deeprepo.analysis.ErrorCode.DAY_BUDGET_SPENT;
import static dev.deeprepo.analysis.ErrorCode.DISK_LOW;
import static dev.deeprepo.analysis.ErrorCode.HOST_REFUSED;
import static dev.deeprepo.analysis.ErrorCode.HOST_UNREACHABLE;
import static dev.deeprepo.analysis.ErrorCode.IDEMPOTENCY_KEY_REUSED;
import static dev.deeprepo.analysis.ErrorCode.INVALID_REQUEST;
import static dev.deeprepo.analysis.ErrorCode.MALFORMED_JSON;
import static dev.deeprepo.analysis.ErrorCode.MODEL_KEY_MISSING;
import static dev.deeprepo.analysis.ErrorCode.MODEL_UNKNOWN;
import static dev.deeprepo.analysis.ErrorCode.NOTHING_TO_READ;
import static dev.deeprepo.analysis.ErrorCode.NOT_ACCEPTABLE;
import static dev.deeprepo.analysis.ErrorCode.PATH_INVALID;
import static dev.deeprepo.analysis.ErrorCode.PATH_NOT_FOUND;
import static dev.deeprepo.analysis.ErrorCode.QUEUE_FULL;
import static dev.deeprepo.analysis.ErrorCode.REF_INVALID;
import static dev.deeprepo.analysis.ErrorCode.REF_NOT_FOUND;
import static dev.deeprepo.analysis.ErrorCode.REPORT_NOT_AVAILABLE;
import static dev.deeprepo.analysis.ErrorCode.REPORT_NOT_READY;
import static dev.deeprepo.analysis.ErrorCode.REPOSITORY_EMPTY;
import static dev.deeprepo.analysis.ErrorCode.REPOSITORY_NOT_FOUND_OR_PRIVATE;
import static dev.deeprepo.analysis.ErrorCode.REPOSITORY_REFUSED;
import static dev.deeprepo.analysis.ErrorCode.REPOSITORY_TOO_LARGE;
import static dev.deeprepo.analysis.ErrorCode.REPOSITORY_UNREADABLE;
import static dev.deeprepo.analysis.ErrorCode.REQUEST_TOO_LARGE;
import static dev.deeprepo.analysis.ErrorCode.UNKNOWN_FIELD;
import static dev.deeprepo.analysis.ErrorCode.UNSUPPORTED_MEDIA_TYPE;
import static dev.deeprepo.analysis.ErrorCode.WEBHOOK_SECRET_MISSING;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Trajectory;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The jobs over HTTP. */
@RestController
@RequestMapping("/analyses")
@Tag(name = "analyses")
class AnalysisController {

    /** Seconds after which it is worth asking again. */
    private static final String RETRY_AFTER = "2";

    private final Admission admission;
    private final AnalysisViews views;
    private final EventStream events;
    private final Estimating estimating;
    private final Cancelling cancelling;

    AnalysisController(Admission admission, AnalysisViews views, EventStream events, Estimating estimating,
            Cancelling cancelling) {
        this.admission = admission;
        this.views = views;
        this.events = events;
        this.estimating = estimating;
        this.cancelling = cancelling;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE, produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "submitAnalysis", summary = "Have a repository analysed", description = "Answers as soon as the request is saved: the analysis itself runs in the background and survives restarts. Only repository is required.")
    @ApiResponse(responseCode = "202", description = "Accepted; Location leads to the analysis", headers = {
            @Header(name = ApiDescription.LOCATION, ref = ApiDescription.HEADERS + ApiDescription.LOCATION),
            @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS + ApiDescription.RETRY_AFTER)})
    @Fails({MALFORMED_JSON, UNKNOWN_FIELD, INVALID_REQUEST, REPOSITORY_REFUSED, REF_INVALID, PATH_INVALID,
            CALLBACK_REFUSED,
            REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, WEBHOOK_SECRET_MISSING, MODEL_UNKNOWN, MODEL_KEY_MISSING,
            IDEMPOTENCY_KEY_REUSED, QUEUE_FULL, DAY_BUDGET_SPENT, DISK_LOW})
    ResponseEntity<Analysis> submit(@RequestBody AnalysisRequest request,
            @Parameter(description = "Makes it safe to send the same request again: the same key and body is the same analysis", schema = @Schema(type = "string", maxLength = 255)) @RequestHeader(value = "Idempotency-Key", required = false) @Nullable String key) {
        return accepted(views.analysis(admission.admit(request, key)));
    }

    @PostMapping(path = "/estimate", consumes = MediaType.APPLICATION_JSON_VALUE, produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "estimateAnalysis", summary = "What an analysis would cost, at no cost", description = "Takes the body of a submission, fetches and loads the repository, and answers its figures, how it fits each model's window, and a range of cost for every mode with what it rests on. Nothing is kept.")
    @ApiResponse(responseCode = "200", description = "Figures, windows and costs")
    @Fails({MALFORMED_JSON, UNKNOWN_FIELD, INVALID_REQUEST, REPOSITORY_REFUSED, REF_INVALID, PATH_INVALID,
            CALLBACK_REFUSED,
            REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, WEBHOOK_SECRET_MISSING, MODEL_UNKNOWN, MODEL_KEY_MISSING,
            QUEUE_FULL,
            HOST_REFUSED, REPOSITORY_NOT_FOUND_OR_PRIVATE, REF_NOT_FOUND, COMMIT_NOT_FOUND, REPOSITORY_EMPTY,
            NOTHING_TO_READ, REPOSITORY_UNREADABLE, PATH_NOT_FOUND, REPOSITORY_TOO_LARGE, CHECKOUT_TIMEOUT,
            HOST_UNREACHABLE, CHECKOUT_FAILED,
            DISK_LOW})
    Estimation estimate(@RequestBody AnalysisRequest request) {
        return estimating.estimate(request);
    }

    @GetMapping(path = "/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "getAnalysis", summary = "How far an analysis is, and what it took so far", description = "Poll it as often as Retry-After says until status is COMPLETED, PARTIAL, FAILED or CANCELLED; a failed one carries its error.")
    @ApiResponse(responseCode = "200", description = "While it has not ended, Retry-After says when to ask again", headers = @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS
            + ApiDescription.RETRY_AFTER))
    @Fails(ANALYSIS_NOT_FOUND)
    ResponseEntity<Analysis> get(@PathVariable UUID id) {
        Analysis analysis = views.analysis(new AnalysisId(id));
        return withRetryAfter(ResponseEntity.ok(), analysis).body(analysis);
    }

    @GetMapping(produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "listAnalyses", summary = "All analyses, newest first", description = "Hand nextCursor back as cursor for the next page; on the last page it is null.")
    @ApiResponse(responseCode = "200", description = "One page; nextCursor leads to the next")
    @Fails(INVALID_REQUEST)
    Analysis.Page list(
            @Parameter(schema = @Schema(ref = ApiDescription.SCHEMAS
                    + "Status")) @RequestParam(required = false) @Nullable Status status,
            @Parameter(description = "Items per page", schema = @Schema(type = "integer", format = "int32", minimum = "1", maximum = "100", defaultValue = "20")) @RequestParam(defaultValue = "20") int limit,
            @Parameter(description = "nextCursor of the page before") @RequestParam(required = false) @Nullable String cursor) {
        return views.page(status, limit, cursor);
    }

    @GetMapping(path = "/{id}/report")
    @Operation(operationId = "getReport", summary = "The report, to read or for programs", description = "There is one once the analysis has ended, also as PARTIAL. What varies between two runs stands under its last heading, Account. A browser gets a page without scripts in which nothing that a model or a repository wrote acts; SARIF lists the places in the code that the report names.", responses = @ApiResponse(responseCode = "200", description = "The report in the type that Accept asks for", content = {
            @Content(mediaType = "application/json", schema = @Schema(ref = ApiDescription.SCHEMAS + "Report")),
            @Content(mediaType = "text/markdown", schema = @Schema(type = "string")),
            @Content(mediaType = "text/html", schema = @Schema(type = "string")),
            @Content(mediaType = "application/sarif+json", schema = @Schema(type = "object", description = "SARIF 2.1.0"))}))
    @Fails({ANALYSIS_NOT_FOUND, NOT_ACCEPTABLE, REPORT_NOT_READY, REPORT_NOT_AVAILABLE})
    ResponseEntity<Object> report(@PathVariable UUID id,
            @Parameter(description = "Answer as a file of this kind, whatever Accept says") @RequestParam(required = false) @Nullable ReportFormat download,
            @Parameter(hidden = true) @RequestHeader HttpHeaders headers) {
        return views.report(new AnalysisId(id), accepted(headers), download);
    }

    private static List<MediaType> accepted(HttpHeaders headers) {
        try {
            return headers.getAccept();
        } catch (InvalidMediaTypeException e) {
            throw new Refused(NOT_ACCEPTABLE, "Accept does not list media types: " + e.getMessage());
        }
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(operationId = "streamEvents", summary = "What happens, as it happens, until the run is over", description = "Server-sent events: first all that is in the journal, then live until the run is over. A reader that reconnects with Last-Event-ID misses nothing of it and sees nothing twice. In between, events named text, without an id, tell what the root or the baseline model is saying: they are kept nowhere and not sent again.", responses = {
            @ApiResponse(responseCode = "200", description = "id = sequence in the journal (none for text), event = kind, data = JSON", content = @Content(mediaType = "text/event-stream", schema = @Schema(type = "string"))),
            @ApiResponse(responseCode = "204", description = "The run is over, and nothing comes after Last-Event-ID", content = @Content)})
    @Fails({ANALYSIS_NOT_FOUND, INVALID_REQUEST})
    ResponseEntity<SseEmitter> events(@PathVariable UUID id,
            @Parameter(description = "Go on after this sequence; an EventSource sends it by itself", schema = @Schema(type = "integer", format = "int64", minimum = "0")) @RequestHeader(value = "Last-Event-ID", required = false) @Nullable Long last) {
        if (last != null && last < 0) {
            throw new Refused(INVALID_REQUEST, "Last-Event-ID must not be negative, was " + last);
        }
        AnalysisId analysis = views.known(new AnalysisId(id)).id();
        if (last != null && events.isOver(analysis, last)) {
            return ResponseEntity.noContent().build(); // an EventSource comes back after anything else, for ever
        }
        // Proxies that buffer would hold events back.
        return ResponseEntity.ok().header("X-Accel-Buffering", "no").header(HttpHeaders.CACHE_CONTROL, "no-store")
                .body(events.open(analysis, last == null ? 0 : last));
    }

    @GetMapping(path = "/{id}/trajectory", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "getTrajectory", summary = "Turns with code, output, sub-calls, usage and latency", description = "The whole journal of the run, folded: what the root model wrote, what its code printed, and what every call took.")
    @ApiResponse(responseCode = "200", description = "The run so far")
    @Fails(ANALYSIS_NOT_FOUND)
    Trajectory trajectory(@PathVariable UUID id) {
        return views.trajectory(new AnalysisId(id));
    }

    @PostMapping(path = "/{id}/cancel", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "cancelAnalysis", summary = "End an analysis; what was found is kept", description = "Ends the fetch, the kernel and calls under way. Answers at once; the status becomes CANCELLED.")
    @ApiResponse(responseCode = "202", description = "It ends within 5 seconds", headers = {
            @Header(name = ApiDescription.LOCATION, ref = ApiDescription.HEADERS + ApiDescription.LOCATION),
            @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS + ApiDescription.RETRY_AFTER)})
    @Fails({ANALYSIS_NOT_FOUND, ANALYSIS_FINISHED})
    ResponseEntity<Analysis> cancel(@PathVariable UUID id) {
        return accepted(views.analysis(cancelling.cancel(views.known(new AnalysisId(id)))));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @ApiResponse(responseCode = "204", description = "It is gone")
    @Operation(operationId = "deleteAnalysis", summary = "Remove an analysis and all its data", description = "For good, with its journal and report. One that is running must be cancelled first.")
    @Fails({ANALYSIS_NOT_FOUND, ANALYSIS_RUNNING})
    void delete(@PathVariable UUID id) {
        cancelling.delete(views.known(new AnalysisId(id)).id());
    }

    static ResponseEntity<Analysis> accepted(Analysis analysis) {
        return withRetryAfter(ResponseEntity.accepted().location(URI.create("/analyses/" + analysis.id())), analysis)
                .body(analysis);
    }

    private static ResponseEntity.BodyBuilder withRetryAfter(ResponseEntity.BodyBuilder answer, Analysis analysis) {
        return analysis.status().terminal() ? answer : answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
    }
}
