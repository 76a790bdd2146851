package dev.deeprepo.llm;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** How a provider wants to be asked, and how it answers. Implementations have no state. */
interface WireFormat {

    /** The body that asks. */
    ObjectNode request(ModelCall call);

    /**
     * What a whole answer says; tolerant of anything that a caller can live with.
     *
     * @throws ModelException when it is no answer: an error inside a 200, or nothing usable
     */
    Completion completion(JsonNode answer, ModelCall call, @Nullable String requestId);

    /**
     * For one streamed answer.
     *
     * @param said as {@link CallListener#said}
     */
    Assembly assembly(Consumer<String> said);

    /** Puts the events of one stream together to the whole answer that would have come without streaming. */
    interface Assembly {

        /**
         * Takes one event.
         *
         * @return true when it was the last
         * @throws ModelException when it reports an error
         */
        boolean accept(String data);

        /** @throws ModelException when there was nothing in the stream */
        ObjectNode answer();
    }
}
