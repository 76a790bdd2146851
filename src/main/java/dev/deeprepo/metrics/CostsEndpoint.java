package dev.deeprepo.metrics;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.reducing;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.usage.Account;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.stereotype.Component;

/**
 * {@code /actuator/costs}: what all analyses on record have consumed, and {@code /actuator/costs/{analysisId}}: what one
 * has. Read from the journal, so a restart resets nothing, nor does the deletion of an analysis.
 */
@Component
@Endpoint(id = "costs")
class CostsEndpoint {

    private final Ledger ledger;

    CostsEndpoint(Ledger ledger) {
        this.ledger = ledger;
    }

    @ReadOperation
    Costs costs() {
        return Costs.of(ledger.lines());
    }

    /** Nothing, which the web answers with 404, for an id that is none or has no call on record. */
    @ReadOperation
    @Nullable
    Costs costs(@Selector String analysisId) {
        try {
            List<Ledger.Line> lines = ledger.lines(AnalysisId.parse(analysisId));
            return lines.isEmpty() ? null : Costs.of(lines);
        } catch (IllegalArgumentException noId) {
            return null;
        }
    }

    /** Accounts by role, model and day (UTC), and their total. */
    record Costs(Sum total, Map<String, Sum> byRole, Map<String, Sum> byModel, Map<String, Sum> byDay) {

        static Costs of(List<Ledger.Line> lines) {
            Account total = lines.stream().map(Ledger.Line::account).reduce(Account.EMPTY, Account::plus);
            return new Costs(Sum.of(total), by(lines, line -> line.role().label()), by(lines, Ledger.Line::model),
                    by(lines, line -> line.day().toString()));
        }

        private static Map<String, Sum> by(List<Ledger.Line> lines, Function<Ledger.Line, String> key) {
            Map<String, Account> accounts = lines.stream().collect(
                    groupingBy(key, TreeMap::new, reducing(Account.EMPTY, Ledger.Line::account, Account::plus)));
            Map<String, Sum> sums = new TreeMap<>();
            accounts.forEach((name, account) -> sums.put(name, Sum.of(account)));
            return sums;
        }
    }

    /** An account, flat, in the words of the API. */
    record Sum(int calls, int cacheHits, long inputTokens, long outputTokens, long cacheReadTokens,
            long cacheWriteTokens, BigDecimal costUsd) {

        static Sum of(Account account) {
            return new Sum(account.calls(), account.cacheHits(), account.usage().inputTokens(),
                    account.usage().outputTokens(), account.usage().cacheReadTokens(),
                    account.usage().cacheWriteTokens(), account.cost().usd());
        }
    }
}
