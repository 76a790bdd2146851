@NullMarked
package dev.deeprepo.llm;

import org.jspecify.annotations.NullMarked;
