@NullMarked
package dev.deeprepo.egress;

import org.jspecify.annotations.NullMarked;
