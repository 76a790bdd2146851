/** A repository URL becomes a snapshot: the text of its files at one commit. */
@NullMarked
@ApplicationModule(allowedDependencies = {"egress"})
package dev.deeprepo.checkout;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
