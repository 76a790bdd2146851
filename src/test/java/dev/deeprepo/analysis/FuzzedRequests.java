package dev.deeprepo.analysis;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests made from an OpenAPI document: each operation as described, and then bent somewhere: a parameter, a field, a
 * header, the JSON itself, the method. The same seed makes the same requests, but for the ids that exist by then.
 */
final class FuzzedRequests {

    /** @param operation as described; null when it is not what was asked for */
    record Probe(String method, String path, List<String> headers, byte @Nullable [] body,
            @Nullable JsonNode operation) {

        @Override
        public String toString() {
            String text = body == null ? "" : new String(body, StandardCharsets.ISO_8859_1);
            return "%s %s %s %s".formatted(method, path, headers,
                    text.length() > 500 ? text.substring(0, 500) + "…" : text);
        }
    }

    /** @param fields of its body */
    private record Operation(String method, String path, JsonNode description, JsonNode body) {}

    private static final JsonMapper JSON = new JsonMapper();

    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS",
            "PROPFIND", "get");

    private static final List<String> WORDS = List.of("", " ", "x", "null", "-1", "0", "1e9", "99999999999999999999",
            "NaN",
            "true", "../../etc/passwd", "..%2f..%2f", "a;b=c", "a/b", "//", "\\", "%", "%zz",
            "'; drop table analysis; --",
            "<script>alert(1)</script>", "${7*7}", "{{7*7}}", "\u0000", "\r\nX-Evil: 1", "\u202e", "é世\uD83D\uDE00",
            "\uD800", "a".repeat(300), "a".repeat(5_000), "main", "src/main", "offline/explorer", "root-model",
            "https://github.com/a/b", "file:///etc/passwd", "PT10M", "PT-1S", "complete");

    /** As they stand in a body. */
    private static final List<String> VALUES = List.of("null", "true", "0", "-1", "1.5", "2147483648",
            "9223372036854775808", "1e308", "1e999999999", "1e-999999999", "NaN", "\"\\u0000\"", "\"\\ud800\"",
            "\"\\ud83d\\ude00\"", "[]", "{}", "[null]", "[[[[[[]]]]]]", "{\"root\": [\"\\u0007\"]}",
            "{\"root\": \"x\"}", "\"" + "a".repeat(5_000) + "\"", "[".repeat(2_000), "\"\\q\"", "'x'", "01", "+1");

    private static final List<String> TYPES = List.of("text/plain", "application/xml", "multipart/form-data", "???",
            "application/json;charset=utf-16", "application/json;charset=nope", "application/problem+json", "text/html",
            "image/png", "*/*", "*/*;q=0", "text/event-stream", "text/markdown", "text/html,*/*;q=0.1",
            "application/sarif+json");

    private final List<Operation> operations = new ArrayList<>();
    private final Random random;
    private final List<String> ids;

    /** @param ids of analyses that exist; may grow */
    FuzzedRequests(JsonNode api, Random random, List<String> ids) {
        this.random = random;
        this.ids = ids;
        api.get("paths").propertyStream().forEach(path -> path.getValue().propertyStream()
                .forEach(each -> operations.add(new Operation(each.getKey().toUpperCase(java.util.Locale.ROOT),
                        path.getKey(), each.getValue(), schema(api, each.getValue())))));
        if (operations.size() < 9 || operations.stream().allMatch(each -> each.body.isMissingNode())) {
            throw new IllegalStateException("the document describes too little: " + operations);
        }
    }

    private static JsonNode schema(JsonNode api, JsonNode operation) {
        String name = operation.at("/requestBody/content/application~1json/schema/$ref").asString("");
        return api.at(name.replaceFirst("^#", ""));
    }

    Probe next() {
        Operation operation = one(operations);
        boolean asked = chance(95);
        String method = asked ? operation.method : one(METHODS);
        List<String> headers = new ArrayList<>();
        StringBuilder query = new StringBuilder();
        String path = operation.path;
        for (JsonNode parameter : operation.description.path("parameters")) {
            String name = parameter.get("name").asString();
            String value = value(parameter.path("schema"));
            switch (parameter.get("in").asString()) {
                case "path" -> path = path.replace("{" + name + "}", encoded(id()));
                case "query" -> query.append(chance(50) ? "&" + name + "=" + encoded(value) : "");
                case "header" -> addHeader(headers, name, value, 40);
                default -> throw new IllegalStateException("a parameter in " + parameter.get("in"));
            }
        }
        query.append(
                chance(5)
                        ? "&" + one(List.of("x=1", "limit=1&limit=2", "%41%C3%28", "a=%C0%80", "=", "status[]=x"))
                        : "");
        addHeader(headers, "Accept", one(TYPES), 20);
        addHeader(headers, "X-Request-Id", one(WORDS), 5);
        addHeader(headers, "Origin", one(List.of("null", "http://evil.example", "???")), 3);
        byte[] body = operation.description.has("requestBody") ? body(operation.body) : null;
        if (body != null) {
            headers.addAll(List.of("Content-Type", chance(90) ? "application/json" : one(TYPES)));
        }
        return new Probe(method, path + (query.isEmpty() ? "" : "?" + query.substring(1)), List.copyOf(headers), body,
                asked ? operation.description : null);
    }

    private String id() {
        return chance(55) && !ids.isEmpty() ? one(ids) : chance(40) ? UUID.randomUUID().toString() : one(WORDS);
    }

    private String value(JsonNode schema) {
        if (chance(40)) {
            return one(WORDS);
        }
        return schema.path("type").asString("").equals("integer")
                ? String.valueOf(random.nextInt(-2, 120))
                : "COMPLETED";
    }

    private byte[] body(JsonNode schema) {
        if (chance(6)) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            return noise;
        }
        ObjectNode request = JSON.createObjectNode();
        for (JsonNode required : schema.path("required")) {
            String name = required.asString();
            boolean number = schema.at("/properties/" + name + "/type").toString().contains("integer");
            request.set(name, number ? JSON.valueToTree(1) : JSON.valueToTree("https://github.com/demo/complete"));
        }
        String text = JSON.writeValueAsString(request);
        int bent = random.nextInt(4);
        for (int i = 0; i < bent; i++) {
            String field = chance(92)
                    ? one(schema.get("properties").propertyStream().map(java.util.Map.Entry::getKey).toList())
                    : one(WORDS);
            String value = chance(60) ? one(VALUES) : JSON.writeValueAsString(wellFormed(one(WORDS)));
            text = text.substring(0, text.length() - 1) + (text.equals("{}") ? "" : ",")
                    + JSON.writeValueAsString(wellFormed(field)) + ":" + value
                    + "}";
        }
        if (chance(4)) {
            text = text.substring(0, random.nextInt(text.length()));
        }
        if (chance(2)) {
            text += " ".repeat(70_000);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What this machine's own JSON writer takes. */
    private static String wellFormed(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    /** What a client library lets through. */
    private void addHeader(List<String> headers, String name, String value, int percent) {
        String sent = value.replaceAll("[^ -~\\u0080-\\u00ff]", "").strip();
        if (chance(percent) && !sent.isEmpty()) {
            headers.addAll(List.of(name, sent));
        }
    }

    /** As a client would send it, or as it is where that can be sent. */
    private String encoded(String text) {
        return chance(15) && text.matches("[A-Za-z0-9._~;=%/-]*") && !text.matches(".*%(?![0-9A-Fa-f]{2}).*")
                ? text
                : URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
