@NullMarked
package dev.deeprepo.usage;

import org.jspecify.annotations.NullMarked;
