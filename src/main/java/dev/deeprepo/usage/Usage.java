package dev.deeprepo.usage;

/**
 * Tokens of one reply or the sum of many.
 *
 * @param inputTokens all tokens read, those read from and written to the provider's cache included
 * @param outputTokens all tokens written, hidden reasoning included
 * @param cacheReadTokens the part of the input that the provider had cached
 * @param cacheWriteTokens the part of the input that the provider put into its cache
 */
public record Usage(long inputTokens, long outputTokens, long cacheReadTokens, long cacheWriteTokens) {

    public static final Usage NONE = new Usage(0, 0, 0, 0);

    public Usage {
        if (inputTokens < 0 || outputTokens < 0 || cacheReadTokens < 0 || cacheWriteTokens < 0) {
            throw new IllegalArgumentException("negative token count: input=%d output=%d cacheRead=%d cacheWrite=%d"
                    .formatted(inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens));
        }
    }

    public static Usage of(long inputTokens, long outputTokens) {
        return new Usage(inputTokens, outputTokens, 0, 0);
    }

    public Usage plus(Usage other) {
        return new Usage(inputTokens + other.inputTokens, outputTokens + other.outputTokens,
                cacheReadTokens + other.cacheReadTokens, cacheWriteTokens + other.cacheWriteTokens);
    }

    /** Input and output together. */
    public long totalTokens() {
        return inputTokens + outputTokens;
    }
}
