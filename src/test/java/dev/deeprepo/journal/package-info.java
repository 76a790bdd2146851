@NullMarked
package dev.deeprepo.journal;

import org.jspecify.annotations.NullMarked;
