package dev.deeprepo.repl;

/** A kernel is gone. The message is the reason as a phrase fit for a model: "time limit". */
final class KernelDied extends Exception {

    private final CellResult.Outcome outcome;

    KernelDied(CellResult.Outcome outcome, String reason) {
        super(reason);
        this.outcome = outcome;
    }

    /** How a cell that ran in it ended. */
    CellResult.Outcome outcome() {
        return outcome;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
