package dev.deeprepo.llm;

import dev.deeprepo.usage.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The loop in small: the offline models play root and sub over a real Python until there is an answer. */
final class OfflineRun {

    /** What came of it. */
    record Played(String report, int turns, List<String> codes, List<String> outputs) {}

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Tool TOOL = new Tool("execute_python", "runs Python", "{}");

    private final OfflineModel model = new OfflineModel();
    private final Map<String, String> codebase;
    private Map<String, Object> metadata = Map.of("repository", "fixture", "commit", "0".repeat(40));
    private String fileTree = "";
    private String task = "Audit the repository";
    private String focus = "";
    private UnaryOperator<String> subModel = prompt -> model
            .complete(call(Role.SUB, List.of(new Message.User(prompt)), List.of())).text();
    private BiFunction<Integer, String, String> cells = (number, code) -> code;

    OfflineRun(Map<String, String> codebase) {
        this.codebase = codebase;
    }

    OfflineRun metadata(Map<String, Object> other) {
        metadata = other;
        return this;
    }

    OfflineRun fileTree(String other) {
        fileTree = other;
        return this;
    }

    /** Asks for the report of a domain, in the words of its prompt. */
    OfflineRun domain(String name) {
        try (var in = Objects.requireNonNull(OfflineRun.class.getResourceAsStream("/prompts/" + name + ".md"))) {
            String prompt = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            task = prompt.substring(prompt.indexOf("# task\n") + 7).lines().findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    OfflineRun focus(String question) {
        focus = "The one who asked wants to know in particular: " + question + "\n";
        return this;
    }

    OfflineRun subModel(UnaryOperator<String> other) {
        subModel = other;
        return this;
    }

    /** Changes each cell (counted from 1) before it runs. */
    OfflineRun cells(BiFunction<Integer, String, String> change) {
        cells = change;
        return this;
    }

    /** The text files below a directory, by their paths from there. */
    static Map<String, String> directory(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            Map<String, String> texts = new TreeMap<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                texts.put(root.relativize(file).toString(), Files.readString(file));
            }
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Played play(int maxTurns) {
        List<Message> messages = new ArrayList<>();
        messages.add(new Message.User(task + " **fixture**.\n" + focus + "```json\n{}\n```\nYou have " + maxTurns
                + " turns.\n\n" + countdown(1, maxTurns)));
        List<String> codes = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        try (Python python = new Python()) {
            python.send(Map.of("codebase", codebase, "metadata", metadata, "file_tree", fileTree));
            for (int turn = 1; turn <= maxTurns; turn++) {
                Message.Assistant reply = model.complete(call(Role.ROOT, messages, List.of(TOOL))).message();
                messages.add(reply);
                List<ToolResult> results = new ArrayList<>();
                for (ToolCall wish : reply.toolCalls()) {
                    codes.add(JSON.readTree(wish.arguments()).get("code").asString());
                    JsonNode done = python.run(cells.apply(codes.size(), codes.getLast()), subModel);
                    outputs.add(done.get("output").asString());
                    if (done.get("ready").asBoolean()) {
                        return new Played(done.get("answer").asString(), turn, codes, outputs);
                    }
                    results.add(new ToolResult(wish.id(), outputs.getLast() + "\n" + countdown(turn + 1, maxTurns),
                            done.get("error").asBoolean()));
                }
                messages.add(new Message.ToolResults(results));
            }
        }
        throw new AssertionError("no answer in %d turns; outputs: %s".formatted(maxTurns, outputs));
    }

    private static String countdown(int turn, int maxTurns) {
        return turn == maxTurns
                ? "[Turn %d/%d comes now: this is the FINAL TURN.]".formatted(turn, maxTurns)
                : "[Turn %d/%d comes now; %d are left after it.]".formatted(turn, maxTurns, maxTurns - turn);
    }

    static ModelCall call(Role role, List<Message> messages, List<Tool> tools) {
        return new ModelCall("run", role, "offline/any", null, messages, tools, 4096, false, CallListener.NONE,
                new Cancellation());
    }

    /** The driver script and the two pipes to it. */
    private static final class Python implements AutoCloseable {

        private final Process process;
        private final Writer toPython;
        private final BufferedReader fromPython;

        Python() {
            try {
                ProcessBuilder builder = new ProcessBuilder("python3", "-B",
                        Path.of("src/test/resources/offline/driver.py").toString());
                builder.environment().put("PYTHONUTF8", "1");
                builder.redirectError(ProcessBuilder.Redirect.INHERIT);
                process = builder.start();
                toPython = process.outputWriter(StandardCharsets.UTF_8);
                fromPython = process.inputReader(StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void send(Object message) {
            try {
                toPython.write(JSON.writeValueAsString(message) + "\n");
                toPython.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        JsonNode run(String code, UnaryOperator<String> subModel) {
            send(Map.of("code", code));
            while (true) {
                JsonNode message = receive();
                if (!message.has("prompts")) {
                    return message;
                }
                List<String> answers = message.get("prompts").valueStream().map(JsonNode::asString).map(subModel)
                        .toList();
                send(Map.of("answers", answers));
            }
        }

        private JsonNode receive() {
            try {
                String line = fromPython.readLine();
                if (line == null) {
                    throw new AssertionError("python ended");
                }
                return JSON.readTree(line);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
