package dev.deeprepo.journal;

import jakarta.annotation.PostConstruct;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Keeps this version from starting on a journal that a newer one has written to. */
@Component
final class KnownEvents {

    /** One look into the index for each name that occurs, however long the journal is. */
    private static final String NEXT = "select name from journal where name > ? order by name limit 1";

    private final JdbcTemplate jdbc;

    KnownEvents(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @throws UnknownEvent naming the first that this version does not know */
    @PostConstruct
    void check() {
        String name = "";
        while ((name = next(name)) != null) {
            if (!EventJson.knows(name)) {
                throw new UnknownEvent(name);
            }
        }
    }

    private @Nullable String next(String name) {
        return jdbc.query(NEXT, (row, _) -> row.getString("name"), name).stream().findFirst().orElse(null);
    }
}
