package dev.deeprepo.rlm;

/** How a repository is read, and by which models. */
public sealed interface Method {

    /** A root model explores by writing Python, and asks a sub model. */
    record Rlm(Candidates root, Candidates sub) implements Method {}

    /** One call with as much code as fits. */
    record Baseline(Candidates model) implements Method {}

    /** Both, side by side. */
    record Compare(Rlm rlm, Baseline baseline) implements Method {}

    /** The baseline when the whole repository fits one call, else RLM. */
    record Auto(Rlm rlm, Baseline baseline) implements Method {}
}
