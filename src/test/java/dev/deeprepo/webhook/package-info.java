@NullMarked
package dev.deeprepo.webhook;

import org.jspecify.annotations.NullMarked;
