package dev.deeprepo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The search for secrets in what a service leaves behind: as they are, backwards, in upper or lower case, encoded for URLs
 * or JSON, in Base64 wherever in the encoded text they stand.
 */
final class Canary {

    private final List<String> anyCase;
    private final List<String> exact;

    Canary(String... secrets) {
        anyCase = Arrays.stream(secrets).flatMap(Canary::written).map(text -> text.toLowerCase(Locale.ROOT)).distinct()
                .toList();
        exact = Arrays.stream(secrets).flatMap(Canary::base64).toList();
    }

    private static Stream<String> written(String secret) {
        String json = JsonMapper.shared().writeValueAsString(secret);
        String once = json.substring(1, json.length() - 1);
        String twice = JsonMapper.shared().writeValueAsString(once);
        return Stream.of(secret, new StringBuilder(secret).reverse().toString(), once,
                twice.substring(1, twice.length() - 1), once.replace("/", "\\/"),
                URLEncoder.encode(secret, StandardCharsets.UTF_8));
    }

    /** What is the same whatever stands before and behind. */
    private static Stream<String> base64(String secret) {
        return IntStream.range(0, 3).mapToObj(before -> {
            byte[] bytes = (" ".repeat(before) + secret).getBytes(StandardCharsets.UTF_8);
            String encoded = Base64.getEncoder().withoutPadding().encodeToString(bytes);
            return encoded.substring(before == 0 ? 0 : before + 1, bytes.length / 3 * 4);
        });
    }

    boolean in(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return anyCase.stream().anyMatch(lower::contains) || exact.stream().anyMatch(text::contains);
    }

    List<Path> in(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).filter(file -> in(content(file))).toList();
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every row of the database that a service has left in a directory, as the statements that would make it again. */
    static String dump(Path directory) throws SQLException {
        StringBuilder dump = new StringBuilder();
        try (Connection connection = DriverManager.getConnection("jdbc:h2:file:" + directory.resolve("data/deeprepo")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH", "", "");
                ResultSet rows = connection.createStatement().executeQuery("script")) {
            while (rows.next()) {
                dump.append(rows.getString(1)).append('\n');
            }
        }
        return dump.toString();
    }
}
