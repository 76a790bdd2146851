package dev.deeprepo.analysis;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.usage.BudgetExceeded;
import java.util.Arrays;
import java.util.Locale;

/**
 * Everything that can go wrong, as callers see it: the {@code code} of a problem (4xx and 5xx answers), or of the
 * {@code error} of an analysis that ended as FAILED.
 */
enum ErrorCode {
    MALFORMED_JSON(400, false, "The body is not JSON."),
    UNKNOWN_FIELD(400, false, "The body has a field that the service does not know."),
    INVALID_REQUEST(400, false, "A field, parameter or header is missing or has a value that is not allowed."),
    REPOSITORY_REFUSED(400, false, "The repository URL is not an https address of a public host."),
    REF_INVALID(400, false, "The ref is not a possible name of a branch or tag, nor a commit id."),
    PATH_INVALID(400, false, "The path is not a possible directory of a repository."),
    CALLBACK_REFUSED(400, false, "The callback URL is not an https address of a public host."),
    UNAUTHORIZED(401, false, "The request has no key that this service knows."),
    FORBIDDEN(403, false, "The key does not open this, or a web page of another site sent the request."),
    NOT_FOUND(404, false, "There is nothing at this address."),
    ANALYSIS_NOT_FOUND(404, false, "There is no analysis with this id."),
    METHOD_NOT_ALLOWED(405, false, "This address does not take this method."),
    NOT_ACCEPTABLE(406, false, "There is no representation of the type that Accept asks for."),
    REPORT_NOT_READY(409, true, "The analysis has not ended yet."),
    REPORT_NOT_AVAILABLE(409, false, "The analysis ended without a report."),
    ANALYSIS_RUNNING(409, true, "The analysis has not ended; cancel it first, or wait."),
    ANALYSIS_FINISHED(409, false, "The analysis has ended, there is nothing left to cancel."),
    NO_TURNS(409, false, "The analysis has no turns: nothing was explored."),
    NOTHING_TO_RETRY(409, false, "The analysis did not fail, or would come to the same end again."),
    REQUEST_TOO_LARGE(413, false, "The body is larger than any request can be."),
    UNSUPPORTED_MEDIA_TYPE(415, false, "The body must be application/json."),
    WEBHOOK_SECRET_MISSING(422, false, "The service has no secret to sign callbacks with."),
    MODEL_UNKNOWN(422, false, "No provider serves a model of this name."),
    MODEL_KEY_MISSING(422, false, "The model's provider has no key here."),
    IDEMPOTENCY_KEY_REUSED(422, false, "The Idempotency-Key was used before, for another request."),
    TURN_OUT_OF_RANGE(422, false, "The analysis has no such turn to go on from."),
    QUEUE_FULL(429, true, "As many analyses wait as may wait."),
    DAY_BUDGET_SPENT(429, true, "What this service, or one caller, may spend in a day is spent."),
    TOO_MANY_REQUESTS(429, true,
            "The key, or the address of a caller without one, has had as many requests as it may have in a minute."),
    INTERNAL_ERROR(500, true, "The service failed in a way that it did not foresee; its log says more."),
    UNAVAILABLE(503, true, "The service cannot work at the moment, its database may be away."),

    // What a fetch can come to: the answer to an estimate, the error of an analysis that was accepted.
    HOST_REFUSED(422, false, "The repository's host leads to an address that is not public."),
    REPOSITORY_NOT_FOUND_OR_PRIVATE(422, false,
            "There is no such repository, or it is private and no token that is configured opens it."),
    REF_NOT_FOUND(422, false, "The repository has no branch or tag of this name."),
    COMMIT_NOT_FOUND(422, false, "The repository has no such commit, or its host does not hand it out."),
    REPOSITORY_EMPTY(422, false, "The repository has no commit."),
    NOTHING_TO_READ(422, false, "The commit, or the path in it, holds no text file that would be read."),
    REPOSITORY_UNREADABLE(422, false,
            "The repository holds objects that git refuses as broken, or of a format that is not read."),
    PATH_NOT_FOUND(422, false, "The path does not exist at this commit."),
    REPOSITORY_TOO_LARGE(422, false, "The repository is larger than this service fetches."),
    CHECKOUT_TIMEOUT(503, true, "The fetch took longer than this service waits."),
    HOST_UNREACHABLE(503, true, "The repository's host did not answer, or broke off."),
    CHECKOUT_FAILED(503, true, "The fetch failed."),
    DISK_LOW(503, true, "This server's disk is almost full, so that it fetches nothing for now."),

    // Only after the request was accepted:
    BUDGET_EXHAUSTED(false, "A limit of the request was reached before there was anything to report."),
    MODEL_FAILED(true, "The root model, or the baseline, could not be asked."),
    MODEL_REFUSED(false, "The root model or the baseline, or its provider, declined."),
    WINDOW_EXCEEDED(false, "The conversation outgrew the root model's window, or the prompt the baseline's."),
    ANSWER_CUT(false, "The baseline's answer was cut off at its token limit."),
    KERNEL_FAILED(true, "No Python kernel could be had."),
    REPLAY_DIVERGED(false, "A resumed run came to another prompt than the one on record, and was not paid for twice."),
    ATTEMPTS_EXHAUSTED(true, "The service stopped several times at the same place of this run."),
    RUN_FAILED(true, "The run could not go on.");

    private final int status;
    private final boolean retryable;
    private final String meaning;

    ErrorCode(boolean retryable, String meaning) {
        this(0, retryable, meaning);
    }

    ErrorCode(int status, boolean retryable, String meaning) {
        this.status = status;
        this.retryable = retryable;
        this.meaning = meaning;
    }

    /** The stable word: the constant's name in kebab case. */
    @JsonValue
    String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The HTTP status; 0 for what can only go wrong after the request was accepted. */
    int status() {
        return status;
    }

    /** Whether the same request may well succeed later. */
    boolean retryable() {
        return retryable;
    }

    /** One sentence. */
    String meaning() {
        return meaning;
    }

    /** The code of a run that failed: its own, or the one for the limit it names. */
    static ErrorCode ofRun(String reason) {
        if (Arrays.stream(BudgetExceeded.Limit.values()).anyMatch(limit -> limit.name().equals(reason))) {
            return BUDGET_EXHAUSTED;
        }
        return Arrays.stream(values()).filter(each -> each.code().equals(reason)).findFirst().orElse(RUN_FAILED);
    }

    static ErrorCode of(ModelUnavailable.Reason reason) {
        return switch (reason) {
            case UNKNOWN -> MODEL_UNKNOWN;
            case KEY_MISSING -> MODEL_KEY_MISSING;
        };
    }

    static ErrorCode of(CheckoutException.Reason reason) {
        return switch (reason) {
            case HOST_REFUSED -> HOST_REFUSED;
            case REPOSITORY_NOT_FOUND_OR_PRIVATE -> REPOSITORY_NOT_FOUND_OR_PRIVATE;
            case REF_NOT_FOUND -> REF_NOT_FOUND;
            case COMMIT_NOT_FOUND -> COMMIT_NOT_FOUND;
            case REPOSITORY_EMPTY -> REPOSITORY_EMPTY;
            case NOTHING_TO_READ -> NOTHING_TO_READ;
            case REPOSITORY_UNREADABLE -> REPOSITORY_UNREADABLE;
            case PATH_NOT_FOUND -> PATH_NOT_FOUND;
            case TOO_LARGE -> REPOSITORY_TOO_LARGE;
            case TIMEOUT -> CHECKOUT_TIMEOUT;
            case UNREACHABLE -> HOST_UNREACHABLE;
            case DISK_LOW -> DISK_LOW;
            case FAILED, CANCELLED -> CHECKOUT_FAILED;
        };
    }
}
