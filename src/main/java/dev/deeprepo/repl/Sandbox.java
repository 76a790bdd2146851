package dev.deeprepo.repl;

import dev.deeprepo.repl.ReplSettings.SandboxMode;
import org.jspecify.annotations.Nullable;

/**
 * Whether model code can be run here, and behind what.
 *
 * @param fit whether kernels can be started at all
 * @param mode {@code NONE} means that model code runs with no boundary around it: every report must say so
 * @param python version of Python; null when unfit
 * @param detail a sentence for people: what is in force, or what is missing and how to mend it
 */
public record Sandbox(boolean fit, SandboxMode mode, @Nullable String python, String detail) {}
