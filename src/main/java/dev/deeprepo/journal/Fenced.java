package dev.deeprepo.journal;

/** A newer attempt owns the analysis: the caller was taken for dead and must stop. */
public final class Fenced extends RuntimeException {

    public Fenced(AnalysisId id, int attempt) {
        super("attempt %d of analysis %s no longer owns it".formatted(attempt, id));
    }
}
