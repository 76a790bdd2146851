package dev.deeprepo.analysis;

/**
 * The data of an event {@code text}, which has no id and is in no journal: more of what a model is saying. It comes
 * between the call's {@code model-asked} and its {@code model-replied}, and only from the instance that makes the call.
 *
 * @param role who speaks: {@code root} or {@code baseline}
 * @param turn from 1; 0 for the baseline
 * @param attempt from 1; a higher one begins the reply anew, as does another {@code model-asked}: what came before is void
 * @param text goes on where the last one of this attempt ended: text, and the code that is being written
 * @param cut whether something is missing behind it, which this reader was too slow for
 */
record StreamedText(String role, int turn, int attempt, String text, boolean cut) {}
