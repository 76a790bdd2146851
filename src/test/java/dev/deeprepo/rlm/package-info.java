@NullMarked
package dev.deeprepo.rlm;

import org.jspecify.annotations.NullMarked;
