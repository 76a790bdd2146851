package dev.deeprepo.security;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** What an answer may do in a browser, said before Tomcat refuses a request that no filter gets to see. */
@Component
class EarlyHeaders implements WebServerFactoryCustomizer<TomcatWebServerFactory> {

    @Override
    public void customize(TomcatWebServerFactory factory) {
        factory.addEngineValves(new Valve());
    }

    private static final class Valve extends ValveBase {

        Valve() {
            super(true);
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            response.setHeader(ContentPolicy.HEADER, ContentPolicy.NOTHING);
            response.setHeader("X-Content-Type-Options", "nosniff");
            getNext().invoke(request, response);
        }
    }
}
