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

    /**
     * The service did not end it.
     *
     * @param code that of its exit; 128 and more mean a signal, since the sandbox lets no process exit with such a code
     * @param said what it wrote before it was locked in
     */
    static KernelDied byItself(int code, String said) {
        if (code == 128 + 9) {
            return new KernelDied(CellResult.Outcome.DIED, "it was killed from outside, most likely for its memory",
                    true);
        }
        return new KernelDied(CellResult.Outcome.DIED, switch (code) {
            case 71 -> "memory limit";
            case 128 + 11 -> "it crashed, as deep recursion and a full memory make it";
            case 128 + 24 -> "limit on processor time";
            default -> "it ended with code " + code + (said.isEmpty() ? "" : ": " + said);
        });
    }

    /** Whether neither the service nor the code in it ended it, so that the same may well go otherwise the next time. */
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
