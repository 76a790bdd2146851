/** Where a stranger's word may lead a connection: hosts judged by name, their addresses judged and pinned. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.deeprepo.egress;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
