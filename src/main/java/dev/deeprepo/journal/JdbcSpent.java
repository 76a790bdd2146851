package dev.deeprepo.journal;

import dev.deeprepo.usage.Cost;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** What a day took: replies that came on it, deleted or not, and what its runs have set aside for calls without one. */
final class JdbcSpent {

    private static final String OF_AN_OWNER = " and analysis_id in (select id from analysis where owner = ?)";

    private static final String REPLIES = """
            select coalesce(sum(cost_usd), 0) from journal where name = 'model-replied' and at >= ? and at < ?""";

    private static final String DELETED = """
            select coalesce(sum(cost_usd), 0) from deleted_call where name = 'model-replied' and at >= ? and at < ?""";

    private static final String SET_ASIDE = """
            select coalesce(sum(reserved_usd), 0) from journal where analysis_id in
                (select analysis_id from journal where name = 'model-asked' and at >= ? and at < ?)""";

    private final JdbcTemplate jdbc;

    JdbcSpent(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @param owner null = all of them */
    Cost by(@Nullable String owner, LocalDate day) {
        OffsetDateTime begin = day.atStartOfDay().atOffset(ZoneOffset.UTC);
        List<String> sums = owner == null
                ? List.of(REPLIES, DELETED, SET_ASIDE)
                : List.of(REPLIES + OF_AN_OWNER, DELETED + " and owner = ?", SET_ASIDE + OF_AN_OWNER);
        Object[] parameters = owner == null
                ? new Object[]{begin, begin.plusDays(1)}
                : new Object[]{begin, begin.plusDays(1), owner};
        return sums.stream().map(sql -> sum(sql, parameters)).reduce(Cost.ZERO, Cost::plus);
    }

    private Cost sum(String sql, Object... parameters) {
        BigDecimal sum = jdbc.query(sql, (row, _) -> row.getBigDecimal(1), parameters).getFirst();
        return new Cost(sum.max(BigDecimal.ZERO));
    }
}
