import dev.deeprepo.ScriptedProvider;
import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The scripted provider in a process of its own, so that it takes no time from whoever measures. Prints its address
 * first. Each line read is the latency of all replies from then on, in milliseconds, and is answered by the number of
 * sub-prompts since the line before. Ends with its input.
 */
public final class Provider {

    private static final List<String> TURNS = List.of("print(metadata)", """
            import re
            hits = {path: len(re.findall(r"^ *(public|private) .*\\(", text, re.M)) for path, text in codebase.items()}
            print(sum(hits.values()), "methods in", len(hits), "files")
            """, """
            largest = sorted(codebase, key=lambda path: (-len(codebase[path]), path))[:40]
            answers = llm_batch([f"Summarise {path}:\\n{codebase[path][:2000]}" for path in largest])
            print(len(answers), answers[0])
            """, """
            set_answer("# Bench\\n\\n" + "\\n".join(f"- `{path}:1` {answer}" for path, answer in zip(largest, answers)))
            """);

    private static volatile Duration latency = Duration.ZERO;

    private Provider() {}

    public static void main(String[] arguments) throws IOException {
        try (ScriptedProvider provider = new ScriptedProvider(request -> reply(request).after(latency))) {
            IO.println(provider.anthropicUrl());
            for (String line = IO.readln(); line != null; line = IO.readln()) {
                IO.println(provider.requests().stream().filter(Provider::isSub).count());
                provider.forget();
                latency = Duration.ofMillis(Long.parseLong(line));
            }
        }
        System.exit(0);
    }

    private static boolean isSub(Request request) {
        return request.model().startsWith("minimax/");
    }

    private static Answer reply(Request request) {
        if (isSub(request)) {
            return Answer.text("It plans.");
        }
        String conversation = request.body().path("messages").toString();
        int turn = request.turnsSoFar();
        if (conversation.contains("only look")) {
            return Answer.code("set_answer('# Looked')");
        }
        if (conversation.contains("fan out")) {
            return Answer.code(turn == 0
                    ? "replies = llm_batch([f'question {i}' for i in range(200)])"
                    : "set_answer('# Fanned out\\n\\n' + str(len(replies)))");
        }
        return Answer.code(TURNS.get(turn));
    }
}
