package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an event that sums are made of, repeated beside its body so that no sum has to read one.
 *
 * @param reservedUsd what the event adds to the money that is set aside: of a call's question what was reserved, of its
 *     reply the same, negative; the sum is what is set aside for calls that have no reply
 */
record Columns(@Nullable Integer turn, @Nullable Role role, @Nullable String model, @Nullable String reason,
        @Nullable Long delayMillis, @Nullable Account account, @Nullable BigDecimal reservedUsd) {

    private static final Columns NONE = new Columns(null, null, null, null, null, null, null);

    /** Decimals that the database keeps of a cost. */
    private static final int COST_SCALE = 12;

    static Columns of(Entry entry) {
        Columns columns = of(entry.event());
        return entry.inherited() ? columns.withoutSums() : columns;
    }

    /** What is inherited stands in the sums of the run that paid for it. */
    private Columns withoutSums() {
        return new Columns(turn, role, model, null, null, null, null);
    }

    private static Columns of(Event event) {
        return switch (event) {
            case Event.ModelAsked asked ->
                new Columns(asked.key().turn(), asked.role(), asked.model(), null, null, null,
                        scaled(asked.reserved()));
            case Event.ModelReplied replied -> new Columns(replied.key().turn(), replied.role(), replied.model(), null,
                    null, replied.account(), scaled(replied.reserved()).negate());
            case Event.AttemptFailed failed -> new Columns(failed.key().turn(), failed.role(), failed.model(),
                    failed.kind(), millis(failed.delay()), null, null);
            case Event.ModelFellBack fellBack ->
                new Columns(null, fellBack.role(), fellBack.to(), null, null, null, null);
            case Event.CallWithdrawn withdrawn -> new Columns(withdrawn.key().turn(), withdrawn.role(),
                    withdrawn.model(), null, null, null, scaled(withdrawn.reserved()).negate());
            case Event.CallHeld held -> new Columns(null, held.role(), held.model(), null, null, null, null);
            case Event.TurnStarted started -> turn(started.turn());
            case Event.SynthesisBegun begun -> turn(begun.turn());
            case Event.CellStarted started -> turn(started.turn());
            case Event.CellFinished finished -> turn(finished.turn());
            case Event.KernelRestarted restarted -> turn(restarted.turn());
            case Event.ThinkingDropped dropped -> turn(dropped.turn());
            case Event.Accepted _ -> NONE;
            case Forked _ -> NONE;
            case EarlierReport _ -> NONE;
            case ChangesFound _ -> NONE;
            case FindingsCompared _ -> NONE;
            case Event.Reopened _ -> NONE;
            case Event.AttemptStarted _ -> NONE;
            case Event.AttemptParked _ -> NONE;
            case Event.CheckedOut _ -> NONE;
            case Event.KernelAwaited _ -> NONE;
            case Event.ModeChosen _ -> NONE;
            case Event.BaselinePacked _ -> NONE;
            case Event.RunStarted _ -> NONE;
            case Event.Warned _ -> NONE;
            case Event.FindingsChecked _ -> NONE;
            case Event.RunEnded _ -> NONE;
        };
    }

    @Nullable
    BigDecimal costUsd() {
        return account == null ? null : scaled(account.cost());
    }

    private static BigDecimal scaled(Cost cost) {
        return cost.usd().setScale(COST_SCALE, RoundingMode.HALF_UP);
    }

    private static Columns turn(int turn) {
        return new Columns(turn, null, null, null, null, null, null);
    }

    private static @Nullable Long millis(@Nullable Duration delay) {
        return delay == null ? null : delay.toMillis();
    }
}
