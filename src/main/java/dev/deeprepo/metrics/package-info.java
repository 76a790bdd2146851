/** Meters and actuator endpoints, fed by journal entries. */
@NullMarked
@ApplicationModule(allowedDependencies = {"llm", "repl", "webhook", "journal", "usage"})
package dev.deeprepo.metrics;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
