package dev.deeprepo.analysis;

/** How the code is read. */
enum Mode {
    /** A root model explores by writing Python and asks a sub model. */
    RLM,
    /** One call with as much code as fits. */
    BASELINE,
    /** Both, side by side. */
    COMPARE,
    /** The baseline when everything fits one call, else RLM. */
    AUTO
}
