@NullMarked
package dev.deeprepo.security;

import org.jspecify.annotations.NullMarked;
