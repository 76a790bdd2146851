package dev.deeprepo.analysis;

import org.springframework.stereotype.Component;

/** Whose the current request is: the one place that knows. */
@Component
class Caller {

    /** Whoever may do everything; there is no other yet. */
    static final String EVERYBODY = "";

    /** The owner of what the current request makes. */
    String owner() {
        return EVERYBODY;
    }
}
