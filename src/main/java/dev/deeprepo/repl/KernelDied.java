package dev.deeprepo.repl;

/** A kernel is gone. The message is the reason as a phrase fit for a model: "time limit". */
final class KernelDied extends Exception {

    private final CellResult.Outcome outcome;
    private final boolean fromOutside;

    KernelDied(CellResult.Outcome outcome, String reason) {
        this(outcome, reason, false);
    }

    private KernelDied(CellResult.Outcome outcome, String reason, boolean fromOutside) {
        super(reason);
        this.outcome = outcome;
        this.fromOutside = fromOutside;
    }

    /** Neither the service nor, as far as can be seen, the code in it ended it. */
    static KernelDied fromOutside(String reason) {
        return new KernelDied(CellResult.Outcome.DIED, reason, true);
    }

    /** Whether the same may well go otherwise the next time. */
    boolean isFromOutside() {
        return fromOutside;
    }

    /** How a cell that ran in it ended. */
    CellResult.Outcome outcome() {
        return outcome;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
