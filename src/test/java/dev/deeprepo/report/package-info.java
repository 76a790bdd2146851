@NullMarked
package dev.deeprepo.report;

import org.jspecify.annotations.NullMarked;
