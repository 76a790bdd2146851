@NullMarked
package dev.deeprepo.metrics;

import org.jspecify.annotations.NullMarked;
