@NullMarked
package dev.deeprepo.analysis;

import org.jspecify.annotations.NullMarked;
