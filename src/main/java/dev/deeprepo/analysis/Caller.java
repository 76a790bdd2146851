package dev.deeprepo.analysis;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/** Whose the current request is: the one place that knows. */
@Component
class Caller {

    /** Whoever reaches a service without keys. */
    static final String EVERYBODY = "";

    /** The owner of what the current request makes, and of all that it may see. */
    String owner() {
        Authentication caller = SecurityContextHolder.getContext().getAuthentication();
        return caller == null ? EVERYBODY : caller.getName();
    }
}
