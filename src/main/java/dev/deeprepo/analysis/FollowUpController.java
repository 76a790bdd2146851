package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.ErrorCode.*;

import dev.deeprepo.journal.AnalysisId;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What can be asked for about a job that has ended, over HTTP. */
@RestController
@RequestMapping("/analyses/{id}")
@Tag(name = "analyses")
class FollowUpController {

    private static final String KEY = "Makes it safe to send the same request again: the same key and body is the same analysis";

    private final FollowUps followUps;
    private final Retrying retrying;
    private final AnalysisViews views;

    FollowUpController(FollowUps followUps, Retrying retrying, AnalysisViews views) {
        this.followUps = followUps;
        this.retrying = retrying;
        this.views = views;
    }

    @PostMapping(path = "/fork", consumes = MediaType.APPLICATION_JSON_VALUE, produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "forkAnalysis", summary = "Go on from one of its turns, in another way", description = "A new analysis of the same commit. Its turns before fromTurn are those of the parent, replayed from their record at no cost; fromTurn is the first that is bought, with whatever focus, root model and budget are given here. What is left out stays as it was in the parent, but for callbackUrl. It needs nothing of the parent afterwards. The parent must have ended, and have explored.")
    @ApiResponse(responseCode = "202", description = "Accepted; Location leads to the new analysis", headers = {
            @Header(name = ApiDescription.LOCATION, ref = ApiDescription.HEADERS + ApiDescription.LOCATION),
            @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS + ApiDescription.RETRY_AFTER)})
    @Fails({MALFORMED_JSON, UNKNOWN_FIELD, INVALID_REQUEST, REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
            REPOSITORY_REFUSED, CALLBACK_REFUSED, WEBHOOK_SECRET_MISSING, MODEL_UNKNOWN, MODEL_KEY_MISSING,
            IDEMPOTENCY_KEY_REUSED, QUEUE_FULL, DAY_BUDGET_SPENT, ANALYSIS_NOT_FOUND, ANALYSIS_RUNNING, NO_TURNS,
            TURN_OUT_OF_RANGE})
    ResponseEntity<Analysis> fork(@PathVariable UUID id, @RequestBody FollowUp.Fork request,
            @Parameter(description = KEY, schema = @Schema(type = "string", maxLength = 255)) @RequestHeader(value = "Idempotency-Key", required = false) @Nullable String key) {
        return accepted(followUps.accept(new AnalysisId(id), request, key));
    }

    @PostMapping(path = "/questions", consumes = MediaType.APPLICATION_JSON_VALUE, produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "askQuestion", summary = "Ask a question about its report", description = "A new analysis of the same commit, which is told the report and what was checked of it, and explores to answer the question: its report is headed by it. Path, domain, models, budget and cache are the parent's where nothing else is given; callbackUrl is not. The parent must have a report; its mode makes no difference.")
    @ApiResponse(responseCode = "202", description = "Accepted; Location leads to the new analysis", headers = {
            @Header(name = ApiDescription.LOCATION, ref = ApiDescription.HEADERS + ApiDescription.LOCATION),
            @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS + ApiDescription.RETRY_AFTER)})
    @Fails({MALFORMED_JSON, UNKNOWN_FIELD, INVALID_REQUEST, REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
            REPOSITORY_REFUSED, CALLBACK_REFUSED, WEBHOOK_SECRET_MISSING, MODEL_UNKNOWN, MODEL_KEY_MISSING,
            IDEMPOTENCY_KEY_REUSED, QUEUE_FULL, DAY_BUDGET_SPENT, ANALYSIS_NOT_FOUND, REPORT_NOT_READY,
            REPORT_NOT_AVAILABLE})
    ResponseEntity<Analysis> ask(@PathVariable UUID id, @RequestBody FollowUp.Question request,
            @Parameter(description = KEY, schema = @Schema(type = "string", maxLength = 255)) @RequestHeader(value = "Idempotency-Key", required = false) @Nullable String key) {
        return accepted(followUps.accept(new AnalysisId(id), request, key));
    }

    @PostMapping(path = "/refresh", consumes = MediaType.APPLICATION_JSON_VALUE, produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "refreshAnalysis", summary = "The same report at the newest commit", description = "A new analysis of what the parent's ref leads to by now. The models are told the earlier report and what has changed since, sub-prompts whose text is unchanged are answered by the cache, and the report says which findings are gone, which are still there, and which are new. When the commit is the same, it ends at once with the earlier report, at no cost. All that the parent was asked for is taken over but callbackUrl, which the body may name; without that, no body is needed. The parent must have a report.")
    @ApiResponse(responseCode = "202", description = "Accepted; Location leads to the new analysis", headers = {
            @Header(name = ApiDescription.LOCATION, ref = ApiDescription.HEADERS + ApiDescription.LOCATION),
            @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS + ApiDescription.RETRY_AFTER)})
    @Fails({MALFORMED_JSON, UNKNOWN_FIELD, INVALID_REQUEST, REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
            REPOSITORY_REFUSED, CALLBACK_REFUSED, WEBHOOK_SECRET_MISSING, MODEL_UNKNOWN, MODEL_KEY_MISSING,
            IDEMPOTENCY_KEY_REUSED, QUEUE_FULL, DAY_BUDGET_SPENT, ANALYSIS_NOT_FOUND, REPORT_NOT_READY,
            REPORT_NOT_AVAILABLE})
    ResponseEntity<Analysis> refresh(@PathVariable UUID id,
            @RequestBody(required = false) FollowUp.@Nullable Refresh request,
            @Parameter(description = KEY, schema = @Schema(type = "string", maxLength = 255)) @RequestHeader(value = "Idempotency-Key", required = false) @Nullable String key) {
        return accepted(followUps.accept(new AnalysisId(id), request == null ? FollowUp.Refresh.PLAIN : request, key));
    }

    @PostMapping(path = "/retry", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "retryAnalysis", summary = "Go on with one that failed", description = "The same analysis waits again and goes on from its last good step: what was bought is not bought again, the call that it failed for is asked anew. For one that is FAILED, for whatever reason, or PARTIAL because of an outage; what a limit of its request ended would end so again, and can be forked with a larger budget.")
    @ApiResponse(responseCode = "202", description = "It waits again", headers = {
            @Header(name = ApiDescription.LOCATION, ref = ApiDescription.HEADERS + ApiDescription.LOCATION),
            @Header(name = ApiDescription.RETRY_AFTER, ref = ApiDescription.HEADERS + ApiDescription.RETRY_AFTER)})
    @Fails({INVALID_REQUEST, IDEMPOTENCY_KEY_REUSED, QUEUE_FULL, DAY_BUDGET_SPENT, ANALYSIS_NOT_FOUND,
            ANALYSIS_RUNNING, NOTHING_TO_RETRY})
    ResponseEntity<Analysis> retry(@PathVariable UUID id,
            @Parameter(description = KEY, schema = @Schema(type = "string", maxLength = 255)) @RequestHeader(value = "Idempotency-Key", required = false) @Nullable String key) {
        return accepted(retrying.retry(new AnalysisId(id), key));
    }

    private ResponseEntity<Analysis> accepted(StoredAnalysis stored) {
        return AnalysisController.accepted(views.analysis(stored));
    }
}
