package dev.deeprepo.checkout;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code git http-backend} for one request. It never learns what the request showed as its authorization.
 *
 * @param root where the repositories are
 * @param oldProtocol whether to speak v0 to everybody
 */
record GitBackend(Path root, boolean oldProtocol) {

    /** How the body of an answer is sent. */
    interface Sending {
        void copy(InputStream from, OutputStream to) throws IOException;
    }

    void serve(HttpExchange exchange, Sending sending) throws IOException {
        ProcessBuilder builder = GitRepository.git(root, "http-backend");
        environment(builder.environment(), exchange);
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (InputStream output = new BufferedInputStream(process.getInputStream())) {
            try (OutputStream input = process.getOutputStream()) {
                exchange.getRequestBody().transferTo(input);
            }
            int status = 200;
            for (String line = line(output); !line.isEmpty(); line = line(output)) {
                int colon = line.indexOf(':');
                String name = line.substring(0, colon);
                String value = line.substring(colon + 1).strip();
                if (name.equals("Status")) {
                    status = Integer.parseInt(value.substring(0, 3));
                } else {
                    exchange.getResponseHeaders().set(name, value);
                }
            }
            exchange.sendResponseHeaders(status, 0);
            sending.copy(output, exchange.getResponseBody());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private void environment(Map<String, String> env, HttpExchange exchange) {
        Headers headers = exchange.getRequestHeaders();
        env.put("GIT_PROJECT_ROOT", root.toString());
        env.put("GIT_HTTP_EXPORT_ALL", "1");
        env.put("PATH_INFO", exchange.getRequestURI().getPath());
        env.put("QUERY_STRING", Objects.requireNonNullElse(exchange.getRequestURI().getRawQuery(), ""));
        env.put("REQUEST_METHOD", exchange.getRequestMethod());
        env.put("REMOTE_ADDR", "127.0.0.1");
        putIfPresent(env, "CONTENT_TYPE", headers.getFirst("Content-Type"));
        putIfPresent(env, "CONTENT_LENGTH", headers.getFirst("Content-Length"));
        putIfPresent(env, "HTTP_CONTENT_ENCODING", headers.getFirst("Content-Encoding"));
        if (!oldProtocol) {
            putIfPresent(env, "GIT_PROTOCOL", headers.getFirst("Git-Protocol"));
        }
    }

    private static void putIfPresent(Map<String, String> env, String name, @Nullable String value) {
        if (value != null) {
            env.put(name, value);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
