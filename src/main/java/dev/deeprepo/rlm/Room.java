package dev.deeprepo.rlm;

import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.BudgetExceeded.Limit;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Spending;
import org.jspecify.annotations.Nullable;

/**
 * What one call that is filled to the brim may hold. Its prompt is counted with one vocabulary and read by a model with
 * another, so it gets as many counted tokens as are within the limit in any of them ({@link Tokens#atMost}).
 *
 * @param tokens of the prompt, as counted; not positive when there is no room at all
 * @param maxTokens of the answer
 * @param limit what sets the prompt's limit: {@code window}, {@code maxCostUsd} or {@code maxTokens}
 */
record Room(long tokens, int maxTokens, String limit) {

    /** Of a model whose window is not known. */
    static final long ASSUMED_WINDOW = 128_000;

    private static final int MAX_ANSWER = 32_000;

    /** A shorter answer is no report. */
    private static final int MIN_ANSWER = Spending.LEAST_ANSWER;

    /**
     * The room that a model's window, money and tokens leave. An answer takes at most half of what is left of each, and
     * a quarter of a window.
     *
     * @param left tokens of prompt and answer together; null = no limit
     */
    static Room of(ModelId model, Price price, Cost money, @Nullable Long left) {
        return of(model, price, money, left, MAX_ANSWER);
    }

    /** @param longest tokens that the answer gets where nothing limits it */
    static Room of(ModelId model, Price price, Cost money, @Nullable Long left, int longest) {
        long window = price.window() == null ? ASSUMED_WINDOW : price.window();
        long answer = Math.min(Buyer.capped(price, longest), window / 4);
        answer = Math.min(answer, left == null ? answer : left / 2);
        answer = largest(answer, tokens -> price.worst(0, tokens).plus(price.worst(0, tokens)), money);
        if (answer < MIN_ANSWER) {
            boolean tokens = left != null && left / 2 < MIN_ANSWER;
            return new Room(0, MIN_ANSWER, (tokens ? Limit.maxTokens : Limit.maxCostUsd).name());
        }
        int maxTokens = (int) answer;
        Long maxInput = price.maxInput();
        long input = Math.min(window - maxTokens, maxInput == null ? window : maxInput);
        String limit = "window";
        if (left != null && left - maxTokens < input) {
            input = left - maxTokens;
            limit = Limit.maxTokens.name();
        }
        long affordable = largest(input, tokens -> price.worst(tokens, maxTokens), money);
        if (affordable < input) {
            input = affordable;
            limit = Limit.maxCostUsd.name();
        }
        return new Room(Tokens.fitting(input, model.provider()), maxTokens, limit);
    }

    /** Whether the window of a model holds a prompt and its answer. @param tokens of the prompt, as counted */
    static boolean holds(ModelId model, Price price, long tokens, int maxTokens) {
        long window = price.window() == null ? ASSUMED_WINDOW : price.window();
        Long maxInput = price.maxInput();
        long input = Tokens.atMost(tokens, model.provider());
        return input + Buyer.capped(price, maxTokens) <= window && (maxInput == null || input <= maxInput);
    }

    private interface Costs {
        Cost of(long tokens);
    }

    /** The largest number up to {@code most} whose cost is within {@code money}; −1 when not even none is. */
    private static long largest(long most, Costs costs, Cost money) {
        long low = -1;
        long high = most;
        while (low < high) {
            long middle = high - (high - low) / 2;
            if (costs.of(middle).compareTo(money) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
