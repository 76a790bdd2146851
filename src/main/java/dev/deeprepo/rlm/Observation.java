package dev.deeprepo.rlm;

import dev.deeprepo.repl.CellResult;

/** The view of a {@link CellResult} that the root model gets: head and tail of what was printed, and how it ended. */
record Observation(String text) {

    /** Characters that an observation has at most, whatever was printed. */
    static final int LIMIT = 8_192;

    private static final double HEAD = 0.6;

    /**
     * @param notice what else the model must know of its kernel; empty = nothing
     */
    static Observation of(CellResult result, String notice) {
        StringBuilder body = new StringBuilder(result.output());
        long length = result.outputLength();
        String error = result.error();
        if (error != null && !error.isBlank()) {
            String separator = body.isEmpty() || body.charAt(body.length() - 1) == '\n' ? "" : "\n";
            body.append(separator).append(error);
            length += separator.length() + error.length();
        }
        if (body.toString().isBlank()) {
            body = new StringBuilder("(no output)");
            length = body.length();
        }
        String end = notice.isEmpty() ? "" : "\n\n" + notice;
        return new Observation(cut(body.toString(), length, Math.max(256, LIMIT - end.length())) + end);
    }

    /** Head and tail of a text, with its true length in between when it had to be cut. */
    static String cut(String text, long trueLength, int limit) {
        if (text.length() <= limit && trueLength <= text.length()) {
            return text;
        }
        String mark = "\n[… cut: %,d characters in all, the first %,d and the last %,d are shown …]\n";
        int room = Math.min(text.length(), limit - mark.formatted(trueLength, limit, limit).length());
        int head = (int) (room * HEAD);
        int tail = text.length() - (room - head);
        if (head > 0 && Character.isHighSurrogate(text.charAt(head - 1))) {
            head--;
        }
        if (tail < text.length() && Character.isLowSurrogate(text.charAt(tail))) {
            tail++;
        }
        return text.substring(0, head) + mark.formatted(trueLength, head, text.length() - tail) + text.substring(tail);
    }
}
