package dev.deeprepo.analysis;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;

/**
 * The body of every failure, after RFC 9457.
 *
 * @param title what the code means
 * @param detail what the caller can do
 * @param instance the path that was asked
 * @param retryable the same request may well succeed later
 * @param field the field at fault, where one is
 * @param requestId as in the header {@code X-Request-Id}, and in the service's log
 */
record Problem(String title, int status, String detail,
        @Schema(requiredMode = RequiredMode.NOT_REQUIRED) String instance, ErrorCode code, boolean retryable,
        @Schema(requiredMode = RequiredMode.NOT_REQUIRED) String field, String requestId) {}
