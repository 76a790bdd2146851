package dev.deeprepo.analysis;

import jakarta.servlet.ServletException;
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

        /** HTTP/0.9 knows no headers: neither a Host or a key, nor those that say what an answer may do. */
        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            String protocol = request.getProtocol();
            if (protocol != null && protocol.isEmpty()) {
                response.sendError(400);
            }
            super.invoke(request, response);
        }

        @Override
        protected void report(Request request, Response response, @Nullable Throwable failure) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            // 501 is said of CONNECT, but of an unknown transfer coding, too.
            ErrorCode code = status == 501 && !"CONNECT".equals(request.getMethod())
                    ? ErrorCode.INVALID_REQUEST
                    : AnalysisProblems.code(status);
            String id = UUID.randomUUID().toString();
            response.setStatus(code.status());
            response.setHeader(RequestId.HEADER, id);
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.setCharacterEncoding("UTF-8");
            try {
                response.getReporter().write(json.writeValueAsString(AnalysisProblems.problem(code,
                        code == ErrorCode.INVALID_REQUEST
                                ? "the request line or a header is broken, too long, of another version of HTTP or holds what is not allowed"
                                : code.meaning(),
                        id)));
                response.finishResponse();
            } catch (IOException | IllegalStateException _) {
                // The caller is gone, or the answer has begun: there is nobody left to tell.
            }
        }
    }
}
