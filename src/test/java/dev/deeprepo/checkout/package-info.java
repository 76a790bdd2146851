@NullMarked
package dev.deeprepo.checkout;

import org.jspecify.annotations.NullMarked;
