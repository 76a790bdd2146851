package dev.deeprepo.rlm;

import dev.deeprepo.repl.Cell;
import dev.deeprepo.repl.CellResult;
import dev.deeprepo.repl.CellResult.Outcome;
import dev.deeprepo.repl.HostFunctions;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.repl.ReplException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A Repl without Python: each line of a cell is a command. {@code print x}, {@code set name value}, {@code get name},
 * {@code query prompt}, {@code queries prefix n}, {@code batch a,b,c}, {@code batches prefix n}, {@code draft text},
 * {@code answer text}, {@code raise text}, {@code end OUTCOME}, {@code time}, {@code budget}.
 */
final class ScriptedRepl implements Repl {

    final List<Cell> cells = Collections.synchronizedList(new java.util.ArrayList<>());
    private final Map<String, String> variables = new HashMap<>();
    private String answer = "";
    private boolean ready;
    volatile boolean closed;

    @Override
    public CellResult run(Cell cell, HostFunctions host) {
        if (closed) {
            throw new ReplException("the repl is closed", null);
        }
        cells.add(cell);
        StringBuilder output = new StringBuilder();
        Outcome outcome = Outcome.OK;
        String error = null;
        int call = 0;
        for (String line : cell.code().lines().toList()) {
            String[] words = line.split(" ", 2);
            String rest = words.length > 1 ? words[1] : "";
            switch (words[0]) {
                case "print" -> output.append(rest).append('\n');
                case "time" -> output.append(cell.startedAt()).append('\n');
                case "set" -> variables.put(rest.split(" ", 2)[0], rest.split(" ", 2)[1]);
                case "get" -> output.append(variables.getOrDefault(rest, "NameError: " + rest)).append('\n');
                case "query" -> output.append(host.llmQuery(call++, rest)).append('\n');
                case "queries" -> {
                    for (String prompt : many(rest)) {
                        output.append(host.llmQuery(call++, prompt)).append('\n');
                    }
                }
                case "batch" -> output.append(host.llmBatch(call++, List.of(rest.split(",", -1)))).append('\n');
                case "batches" -> output.append(host.llmBatch(call++, many(rest))).append('\n');
                case "budget" -> output.append(call == 0 ? cell.left() : host.left()).append('\n');
                case "draft" -> answer = rest;
                case "answer" -> {
                    answer = rest;
                    ready = true;
                }
                case "raise" -> {
                    outcome = Outcome.ERROR;
                    error = "Traceback: " + rest;
                }
                case "end" -> {
                    outcome = Outcome.valueOf(rest);
                    error = "the cell ended: " + rest;
                }
                default -> throw new AssertionError("no such command: " + line);
            }
        }
        return new CellResult(outcome, output.toString(), output.length(), error, 1, answer, ready,
                outcome == Outcome.KILLED || outcome == Outcome.DIED ? error : null, 0);
    }

    private static List<String> many(String prefixAndCount) {
        String[] words = prefixAndCount.split(" ", 2);
        return IntStream.range(0, Integer.parseInt(words[1])).mapToObj(i -> words[0] + i).toList();
    }

    @Override
    public void close() {
        closed = true;
    }
}
