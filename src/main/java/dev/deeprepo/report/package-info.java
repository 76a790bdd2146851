/** From an answer to what people read. */
@NullMarked
@ApplicationModule(allowedDependencies = {"checkout", "journal", "usage"})
package dev.deeprepo.report;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
