/** The durable, append-only log of a run, and what can be folded from it. */
@NullMarked
@ApplicationModule(allowedDependencies = {"usage"})
package dev.deeprepo.journal;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
