/** The loop: a root model writes Python that asks a sub model, turn after turn, until there is an answer. */
@NullMarked
@ApplicationModule(allowedDependencies = {"llm", "repl", "checkout", "journal", "usage"})
package dev.deeprepo.rlm;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
