package dev.deeprepo.journal;

import org.jspecify.annotations.Nullable;

/**
 * The run is a fork: the entries before this one, the request apart, are copies from the journal of its parent.
 *
 * @param turn the first that is the fork's own
 * @param focus what the root model is asked to attend to from that turn on; null = nothing new
 */
public record Forked(AnalysisId parent, int turn, @Nullable String focus) implements Event {}
