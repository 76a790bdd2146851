package dev.deeprepo.llm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/** Reads a stream of server-sent events; only their data matters here. The caller bounds the stream's length. */
final class ServerSentEvents {

    private ServerSentEvents() {}

    /**
     * Hands on the data of each event until {@code last} says that one was the last. An event that the end of the
     * stream cuts off is handed on too: it is up to the reader whether its data is whole.
     *
     * @return false when the stream ended before that
     */
    static boolean read(InputStream stream, Predicate<String> last) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        StringBuilder data = new StringBuilder();
        boolean any = false;
        boolean first = true;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (first && line.startsWith("\uFEFF")) {
                line = line.substring(1);
            }
            first = false;
            if (line.isEmpty()) {
                if (any && last.test(data.toString())) {
                    return true;
                }
                data.setLength(0);
                any = false;
            } else if (line.equals("data") || line.startsWith("data:")) {
                String value = line.substring(Math.min(5, line.length()));
                data.append(any ? "\n" : "").append(value.startsWith(" ") ? value.substring(1) : value);
                any = true;
            } // a comment, or a field without use here
        }
        return any && last.test(data.toString());
    }
}
