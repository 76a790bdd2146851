/** One call to one language model: adapters, retry, limits. */
@NullMarked
@ApplicationModule(allowedDependencies = {"usage"})
package dev.deeprepo.llm;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
