@NullMarked
package dev.deeprepo;

import org.jspecify.annotations.NullMarked;
