/** Tells an address that a caller named of an end: one signed message, after the Standard Webhooks specification. */
@NullMarked
@ApplicationModule(allowedDependencies = {"egress"})
package dev.deeprepo.webhook;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
