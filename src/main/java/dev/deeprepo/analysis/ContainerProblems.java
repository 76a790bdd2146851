package dev.deeprepo.analysis;

import java.io.IOException;
import java.util.UUID;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** What Tomcat refuses before any of our code sees it (a broken path, a control character): a problem, not its HTML page. */
@Component
class ContainerProblems implements WebServerFactoryCustomizer<TomcatWebServerFactory>, Ordered {

    private final JsonMapper json;

    ContainerProblems(JsonMapper json) {
        this.json = json;
    }

    /** After Boot's own: the valve added last is asked first. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void customize(TomcatWebServerFactory factory) {
        factory.addContextCustomizers(context -> context.getParent().getPipeline().addValve(new Valve(json)));
    }

    private static final class Valve extends ErrorReportValve {

        private final JsonMapper json;

        Valve(JsonMapper json) {
            this.json = json;
        }

        @Override
        protected void report(Request request, Response response, @Nullable Throwable failure) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            ErrorCode code = AnalysisProblems.code(status);
            String id = UUID.randomUUID().toString();
            response.setStatus(code.status());
            response.setHeader(RequestId.HEADER, id);
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.setCharacterEncoding("UTF-8");
            try {
                response.getReporter().write(json.writeValueAsString(AnalysisProblems.problem(code,
                        code == ErrorCode.INVALID_REQUEST
                                ? "the request line or a header is broken, too long or holds characters that are not allowed"
                                : code.meaning(),
                        id)));
                response.finishResponse();
            } catch (IOException | IllegalStateException _) {
                // The caller is gone, or the answer has begun: there is nobody left to tell.
            }
        }
    }
}
