package dev.deeprepo.llm;

import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.util.List;

/**
 * A model that is none: rules that play all roles at no cost, so that everything can be seen without a key. Asked
 * with a tool it explores a repository through that tool; asked without one it describes the code in the prompt, and as
 * the baseline, or as a root that is to conclude, it reports on the files there.
 * Deterministic and stateless: the same call always has the same answer.
 */
final class OfflineModel implements LanguageModel {

    private final OfflineExplorer explorer = new OfflineExplorer();
    private final OfflineDigest digest = new OfflineDigest();
    private final OfflineBaseline baseline = new OfflineBaseline(digest);

    @Override
    public Completion complete(ModelCall call) {
        if (call.cancellation().isCancelled()) {
            throw new ModelException.Cancelled("cancelled before the call: " + call.cancellation().reason());
        }
        if (call.role() == Role.BASELINE || call.role() == Role.ROOT && call.tools().isEmpty()) {
            return completion(new Message.Assistant(baseline.report(newestWords(call.messages())), List.of(), null),
                    Completion.StopReason.END);
        }
        if (call.tools().isEmpty()) {
            String answer = digest.describe(newestWords(call.messages()));
            return completion(new Message.Assistant(answer, List.of(), null), Completion.StopReason.END);
        }
        return completion(explorer.next(call.messages()), Completion.StopReason.TOOL_USE);
    }

    private static String newestWords(List<Message> messages) {
        return messages.reversed().stream().filter(Message.User.class::isInstance)
                .map(message -> ((Message.User) message).text()).findFirst().orElse("");
    }

    private static Completion completion(Message.Assistant message, Completion.StopReason reason) {
        return new Completion(message, reason, Usage.NONE, Cost.ZERO, null);
    }
}
