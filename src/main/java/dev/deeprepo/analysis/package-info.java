/** What callers see: jobs over HTTP, and the worker behind them. */
@NullMarked
@ApplicationModule(allowedDependencies = {"rlm", "llm", "report", "checkout", "egress", "webhook", "journal", "usage"})
package dev.deeprepo.analysis;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
