/** Who may call: the holders of keys, or whoever can reach a service that is open. */
@NullMarked
@ApplicationModule(allowedDependencies = "usage")
package dev.deeprepo.security;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
