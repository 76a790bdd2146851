/** deeprepo: a repository goes in, a report with checked findings comes out. Each sub-package is one capability. */
@NullMarked
package dev.deeprepo;

import org.jspecify.annotations.NullMarked;
