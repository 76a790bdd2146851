package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.SecondLane;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SecondLane
@Tag("slow")
class OfflineModelTest {

    private static final OfflineRun.Played DANGEROUS = new OfflineRun(OfflineFixture.dangerous()).play(20);
    /** The steps of the script, each of them a cell. */
    private static final int CELLS = 14;
    private static final String[] HEADINGS = {"## Architecture Overview", "## Bug & Issue Audit",
            "## Code Quality Assessment", "## Prioritized Development Plan"};

    @Test
    void reportHasTheFourSectionsAndSaysFirstThatNoModelWasUsed() {
        String report = DANGEROUS.report();
        assertThat(report).containsSubsequence(HEADINGS);
        assertThat(report.lines().limit(3)).anyMatch(line -> line.contains("No language model was used"));
    }

    @Test
    void tellsWhatTheRepositoryIsInItsOwnWords() {
        String report = DANGEROUS.report();
        assertThat(report).contains("> Fixture keeps users and serves them, for tests only.")
                .contains("| `pyproject.toml` | ")
                .contains("| fixture-app | 1.2.3 | 2 | 0 | 0 | 0 | 2 | 0 | none seen |")
                .contains("| `web/package.json` | npm | fixture-web | 4.5.6 | 1 | 0 | 1 | 0 | 0 | 0 | none seen |");
    }

    @Test
    void namesEntryPointsHubsAndLargestFilesAcrossLanguages() {
        String report = DANGEROUS.report();
        assertThat(section(report, "### Entry points")).contains("`app/server.py:10`",
                "`web/src/run.js:1`: `const { exec, execFile } = require('child_process')`: command `fix`",
                "`core/src/main/java/a/Main.java:6`", "`tool/main.go:3`", "`rust/src/lib.rs:1`", "`net/Program.cs:1`",
                "`php/index.php:1`");
        assertThat(section(report, "### Import hubs")).contains("`app/store.py`: imported by 3 files",
                "`core/src/main/java/a/Store.java`: imported by 2 files", "`web/src/page.ts`: imported by 1 file",
                "`native/copy.h`: imported by 1 file", "`rust/src/parts.rs`: imported by 1 file");
        assertThat(section(report, "### Largest source files").lines().skip(4).findFirst()).hasValueSatisfying(
                row -> assertThat(row).startsWith("| `app/store.py` | 306 |"));
    }

    @Test
    void findsEveryPlantedRiskAtItsLineWithTheLineQuoted() {
        String audit = section(DANGEROUS.report(), "## Bug & Issue Audit");
        assertThat(OfflineFixture.PLANTS).allSatisfy(plant -> {
            String place = "`%s:%d`".formatted(plant.path(), OfflineFixture.line(plant));
            String item = audit.lines().filter(line -> line.contains(place)).findFirst().orElse("nothing at " + place);
            String quote = plant.path().equals("app/conf.py") ? "API_KEY = '…'" : plant.dangerous().strip();
            assertThat(item).contains(quote + "`").doesNotContain("q8Zt4LmW1xVb7RnK");
        }).hasSizeGreaterThan(15);
    }

    @Test
    void raisesNoAlarmOnTheCleanTwin() {
        String audit = section(new OfflineRun(OfflineFixture.clean()).play(20).report(), "## Bug & Issue Audit");
        assertThat(audit).contains("No line of the product matches.").doesNotContain("- **");
    }

    @Test
    void tellsTestsAndDocumentsApartFromTheProduct() {
        String report = DANGEROUS.report();
        assertThat(report).contains("2 suspect lines in tests, examples and documents are not listed")
                .doesNotContain("tests/test_store.py:5");
    }

    @Test
    void sameRepositoryGivesTheSameReport() {
        assertThat(DANGEROUS.report())
                .isEqualTo(new OfflineRun(OfflineFixture.dangerous()).play(3).report());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 13, 14, 50})
    void answersWithinTheTurnsThereAre(int maxTurns) {
        OfflineRun.Played played = new OfflineRun(OfflineFixture.dangerous()).play(maxTurns);
        assertThat(played.turns()).isEqualTo(Math.min(maxTurns, CELLS));
        assertThat(played.report()).containsSubsequence(HEADINGS).contains("`app/server.py:7`");
    }

    @Test
    void keepsEachObservationBelowItsCut() {
        assertThat(DANGEROUS.outputs())
                .allSatisfy(output -> assertThat(output.length()).isLessThan(4_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
    void goesOnWithoutACellThatFails(int broken) {
        OfflineRun.Played played = new OfflineRun(OfflineFixture.dangerous())
                .cells((number, code) -> number == broken ? "raise RuntimeError('broken')" : code).play(20);
        assertThat(played.turns()).isEqualTo(CELLS);
        assertThat(played.report()).containsSubsequence(HEADINGS)
                .containsAnyOf("because the step did not finish", "This section could not be written.")
                .doesNotContain("A part of this section");
    }

    @Test
    void goesOnWhenAllVariablesAreLostBeforeTheReport() {
        OfflineRun.Played played = new OfflineRun(OfflineFixture.dangerous())
                .cells((number, code) -> number == CELLS - 1
                        ? "for name in [n for n in globals() if n not in ('codebase', 'metadata', 'llm_batch', 'set_answer', 'answer')]: del globals()[name]\nraise MemoryError"
                        : code)
                .play(20);
        assertThat(played.report()).containsSubsequence(HEADINGS).contains("because the step did not finish");
    }

    @Test
    void fallsBackWhenTheReportItselfFails() {
        OfflineRun.Played played = new OfflineRun(OfflineFixture.dangerous())
                .cells((number, code) -> number == CELLS ? "1 / 0" : code).play(20);
        assertThat(played.turns()).isEqualTo(CELLS + 1);
        assertThat(played.report()).containsSubsequence(HEADINGS).contains("No language model was used")
                .contains("app/store.py");
    }

    @Test
    void endsEvenWhenEveryCellButTheLastFails() {
        OfflineRun.Played played = new OfflineRun(OfflineFixture.dangerous())
                .cells((number, code) -> number < CELLS + 2 ? "1 / 0" : code).play(20);
        assertThat(played.report()).startsWith("No language model was used");
    }

    @Test
    void survivesOddNamesAndEmptyMetadata() {
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("name", null);
        metadata.put("entryPoints", List.of(Map.of(), "gone.py", 7));
        String report = new OfflineRun(Map.of("a `b` | c.py", "x = eval(y)\n", "naïve 文件/ü.py", "def f():\n    pass\n",
                "<img src=x>.js", "eval(a + '`' + \"|\")\n", "empty.py", "", "package.json", "[1, {", "go.mod", ""))
                .metadata(metadata).play(20).report();
        assertThat(report).containsSubsequence(HEADINGS).contains("``a `b` | c.py:1``", "``a `b` \\| c.py``",
                "`naïve 文件/ü.py`", "`<img src=x>.js:1`: ``eval(a + '`' + \"|\")``");
    }

    @Test
    void describesARepositoryOfOneFileWithoutReadme() {
        String report = new OfflineRun(Map.of("only.c", "int main(void) { return 0; }\n")).metadata(Map.of()).play(20)
                .report();
        assertThat(report).containsSubsequence(HEADINGS).contains("There is no README", "`only.c:1`",
                "No line of the product matches.");
    }

    @Test
    void describesARepositoryWithoutSourceFiles() {
        String report = new OfflineRun(Map.of("notes.txt", "hello")).play(20).report();
        assertThat(report).containsSubsequence(HEADINGS);
    }

    @Test
    void showsWhereTheWordsOfTheFocusStand() {
        String report = new OfflineRun(OfflineFixture.dangerous()).focus("Is the pickle cache \"safe\"?").play(20)
                .report();
        assertThat(section(report, "### What was asked for")).contains("pickle cache \"safe\"?")
                .contains("- `app/cache.py:1`: pickle, cache");
    }

    @Test
    void saysSoWhenTheSubModelIsARealOne() {
        String report = new OfflineRun(OfflineFixture.dangerous()).subModel(prompt -> "It *does* things.").play(20)
                .report();
        assertThat(report).contains("the notes on single files are a sub model's words", "It \\*does\\* things.");
    }

    @Test
    void reportsHowManyDescriptionsWereLost() {
        String report = new OfflineRun(OfflineFixture.dangerous()).subModel(prompt -> "[ERROR budget used up]").play(20)
                .report();
        assertThat(report).contains("could not be described").doesNotContain("budget used up");
    }

    @Test
    void costsNothingAndNamesItsToolCallsApart() {
        List<Message> messages = List.of(new Message.User("You have 1 turns."));
        Completion completion = new OfflineModel().complete(OfflineRun.call(Role.ROOT, messages,
                List.of(new Tool("execute_python", "", "{}"))));
        assertThat(completion.reportedCost()).isEqualTo(Cost.ZERO);
        assertThat(completion.stopReason()).isEqualTo(Completion.StopReason.TOOL_USE);
        assertThat(completion.message().toolCalls().stream().map(ToolCall::id).toList())
                .isEqualTo(IntStream.rangeClosed(1, CELLS).mapToObj(i -> "offline-" + i).toList());
    }

    @Test
    void refusesACancelledCall() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel("by request");
        ModelCall call = new ModelCall("run", Role.SUB, "offline/digest", null, List.of(new Message.User("x")),
                List.of(), 10,
                false, CallListener.NONE, cancellation);
        assertThatThrownBy(() -> new OfflineModel().complete(call)).isInstanceOf(ModelException.Cancelled.class);
    }

    /** The part of a report from a heading to the next of the same or a higher level. */
    private static String section(String report, String heading) {
        int start = report.indexOf(heading);
        assertThat(start).as(heading).isNotNegative();
        String level = heading.substring(0, heading.indexOf(' '));
        int end = report.indexOf("\n## ", start + 1);
        int same = level.equals("##") ? -1 : report.indexOf("\n" + level + " ", start + 1);
        int stop = same >= 0 && (end < 0 || same < end) ? same : end;
        return report.substring(start, stop < 0 ? report.length() : stop);
    }
}
