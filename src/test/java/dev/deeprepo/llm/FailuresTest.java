package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an error object says that stands where an answer was to be; statuses have their place in the table of calls. */
class FailuresTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"code":429,"message":"slow"}                                             | RATE_LIMITED | 429
            {"code":"529"}                                                            | RATE_LIMITED | 529
            {"type":"rate_limit_error"}                                               | RATE_LIMITED | 429
            {"code":"rate_limit_exceeded","type":"tokens","message":"TPM"}            | RATE_LIMITED | 429
            {"code":"rate_limit_exceeded","type":"invalid_request_error"}             | RATE_LIMITED | 429
            {"code":null,"type":"requests"}                                           | RATE_LIMITED | 429
            {"type":"overloaded_error"}                                               | RATE_LIMITED | 529
            {"code":"context_length_exceeded","type":"invalid_request_error"}         | PERMANENT    | 400
            {"code":"context_length_exceeded","type":"server_error"}                  | PERMANENT    | 400
            {"code":"invalid_api_key","type":"invalid_request_error"}                 | PERMANENT    | 401
            {"code":"insufficient_quota","type":"insufficient_quota"}                 | PERMANENT    | 402
            {"code":"model_not_found"}                                                | PERMANENT    | 404
            {"code":"nobody_knows","type":"request_too_large"}                        | PERMANENT    | 413
            {"code":"server_error","message":"The server had an error"}               | TRANSIENT    | 500
            {"type":"api_error"}                                                      | TRANSIENT    | 500
            {"code":"nobody_knows"}                                                   | TRANSIENT    | 500
            {}                                                                        | TRANSIENT    | 500
            """)
    void anErrorInsteadOfAnAnswerIsJudgedByItsCodeThenByItsType(String error, ModelException.Kind kind, int status) {
        ModelException failure = Failures.inside(Json.parse(error));

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.status()).isEqualTo(status);
    }
}
