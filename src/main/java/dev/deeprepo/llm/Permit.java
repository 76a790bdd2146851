package dev.deeprepo.llm;

import dev.deeprepo.usage.Usage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Leave to make one exchange with a model. It is told what came of it, and closed when it is over. */
interface Permit extends AutoCloseable {

    /** Leave where nothing is throttled. */
    Permit FREE = new Permit() {
        @Override
        public void told(Quota quota) {}

        @Override
        public void answered(Usage usage) {}

        @Override
        public void refused(@Nullable Duration retryAfter) {}

        @Override
        public void close() {}
    };

    /** The provider said what is left of its limits. */
    void told(Quota quota);

    /** A whole answer came. */
    void answered(Usage usage);

    /** The provider asks for fewer calls. */
    void refused(@Nullable Duration retryAfter);

    @Override
    void close();
}
