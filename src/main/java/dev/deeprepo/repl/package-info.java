/** A sandboxed Python that can call back. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.deeprepo.repl;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
