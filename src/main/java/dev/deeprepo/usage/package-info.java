/** What a run consumes and may consume: tokens, money, calls and the limits on them. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.deeprepo.usage;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
