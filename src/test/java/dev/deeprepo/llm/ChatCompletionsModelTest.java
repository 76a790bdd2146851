package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.Message.ToolResults;
import dev.deeprepo.llm.Message.User;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Usage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatCompletionsModelTest extends WireTest {

    private static final String MODEL = "minimax/minimax-m2.5";

    private static final String ANSWER = """
            {"id":"gen-1","choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","content":"I look.",
             "refusal":null,"annotations":[],"reasoning":"Hm",
             "reasoning_details":[{"type":"reasoning.text","text":"Hm","index":0,"signature":"s=="}],
             "tool_calls":[{"index":0,"id":"c1","type":"function","function":
               {"name":"execute_python","arguments":"{\\"code\\": \\"print(1)\\"}"}},
              {"index":1,"id":"c2","type":"function","function":{"name":"execute_python","arguments":"{}"}}]}}],
             "usage":{"prompt_tokens":1000,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":900},
              "cost":0.00123}}""";

    private static final String[] STREAM = {": OPENROUTER PROCESSING", "",
            "data: {\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}",
            "",
            chunk("{\"reasoning\":\"H\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"H\",\"index\":0}]}"),
            "",
            chunk("{\"reasoning\":\"m\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"m\",\"index\":0,\"signature\":\"s==\"}]}"),
            "", chunk("{\"content\":\"I look.\"}"), "",
            chunk("{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"execute_python\",\"arguments\":\"\"}}]}"),
            "", chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"code\\\": \"}}]}"), "",
            chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"print(1)\\\"}\"}}]}"), "",
            chunk("{\"tool_calls\":[{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"execute_python\",\"arguments\":\"{}\"}}]}"),
            "", "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}", "",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":50,"
                    + "\"prompt_tokens_details\":{\"cached_tokens\":900},\"cost\":0.00123}}",
            "", "data: [DONE]"};

    @Test
    void asksExactlyLikeThis() {
        answersStream(STREAM);

        ask(true, new User("Here is the tree."));

        assertThat(sent().getUrl()).isEqualTo("/chat/completions");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer or-secret-key");
        assertJson(body(), """
                {"model":"minimax/minimax-m2.5","max_tokens":16384,"stream":true,
                 "stream_options":{"include_usage":true},
                 "tools":[{"type":"function","function":{"name":"execute_python","description":"Runs Python.",
                   "parameters":{"type":"object","properties":{"code":{"type":"string"}},"required":["code"]}}}],
                 "messages":[{"role":"system","content":"You explore."},
                   {"role":"user","content":"Here is the tree."}]}""");
    }

    @ParameterizedTest
    @CsvSource({"gpt-6-sol,max_completion_tokens", "o3,max_completion_tokens", "gpt-oss:20b,max_tokens",
            "llama3.3,max_tokens"})
    void openAisOwnModelsGetTheirOwnLimit(String model, String field) {
        answersJson(ANSWER);

        providers.openAi().complete(providers.root(false, model, new User("go")));

        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer oa-secret-key");
        assertThat(body().path(field).asInt()).isEqualTo(16_384);
    }

    @Test
    void readsTheSameFromAStreamAndFromAWholeAnswer() {
        answersJson(ANSWER);
        Completion whole = ask(false, new User("go"));
        answersStream(STREAM);
        Completion streamed = ask(true, new User("go"));

        assertThat(Json.parse(String.valueOf(streamed.message().raw())))
                .isEqualTo(Json.parse(String.valueOf(whole.message().raw())));
        assertThat(streamed.text()).isEqualTo(whole.text()).isEqualTo("I look.");
        assertThat(streamed.message().toolCalls()).isEqualTo(whole.message().toolCalls()).containsExactly(
                new ToolCall("c1", "execute_python", "{\"code\": \"print(1)\"}"),
                new ToolCall("c2", "execute_python", "{}"));
        assertThat(streamed.stopReason()).isEqualTo(whole.stopReason()).isEqualTo(StopReason.TOOL_USE);
        assertThat(streamed.usage()).isEqualTo(whole.usage()).isEqualTo(new Usage(1000, 50, 900, 0));
        assertThat(streamed.reportedCost()).isEqualTo(whole.reportedCost()).isEqualTo(Cost.usd("0.00123"));
    }

    @Test
    void handsReasoningAndToolCallsBackInPlace() {
        answersStream(STREAM);
        Message.Assistant said = ask(true, new User("go")).message();

        ask(true, new User("go"), said, new ToolResults(
                List.of(new ToolResult("c1", "1", false), new ToolResult("c2", "", true))), new User("more"));

        assertJson(body().path("messages"), """
                [{"role":"system","content":"You explore."},{"role":"user","content":"go"},
                 {"role":"assistant","content":"I look.","tool_calls":[
                   {"id":"c1","type":"function","function":{"name":"execute_python",
                    "arguments":"{\\"code\\": \\"print(1)\\"}"}},
                   {"id":"c2","type":"function","function":{"name":"execute_python","arguments":"{}"}}],
                  "reasoning":"Hm","reasoning_details":[
                   {"type":"reasoning.text","text":"Hm","index":0,"signature":"s=="}]},
                 {"role":"tool","tool_call_id":"c1","content":"1"},{"role":"tool","tool_call_id":"c2","content":""},
                 {"role":"user","content":"more"}]""");
    }

    @Test
    void missingAndRepeatedIdsAndBrokenArgumentsAreMended() {
        answersJson("""
                {"choices":[{"finish_reason":"stop","message":{"content":null,"tool_calls":[
                  {"function":{"name":"f","arguments":{"code":"x"}}},{"id":"c","function":{"name":"f"}},
                  {"id":"c","function":{"name":"f","arguments":"{\\"code\\": \\"cut"}}]}}]}""");

        Completion mended = ask(false, new User("go"));
        ask(false, new User("go"), mended.message());

        assertThat(mended.stopReason()).isEqualTo(StopReason.TOOL_USE);
        assertThat(mended.usage()).isEqualTo(Usage.NONE);
        assertThat(mended.reportedCost()).isNull();
        assertThat(mended.message().toolCalls()).containsExactly(new ToolCall("call_0", "f", "{\"code\":\"x\"}"),
                new ToolCall("c", "f", "{}"), new ToolCall("call_2_c", "f", "{\"code\": \"cut"));
        assertThat(body().path("messages").path(2).findValuesAsString("arguments")).containsExactly("{\"code\":\"x\"}",
                "{}", "{}");
    }

    @ParameterizedTest
    @CsvSource({"stop,END", "length,LENGTH", "content_filter,REFUSAL", "of_tomorrow,OTHER"})
    void readsEveryFinishReason(String word, StopReason expected) {
        answersJson(
                "{\"choices\":[{\"finish_reason\":\"%s\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}}]}"
                        .formatted(word));

        Completion completion = ask(false, new User("go"));

        assertThat(completion.stopReason()).isEqualTo(expected);
        assertThat(completion.text()).isEqualTo("x");
    }

    @Test
    void anEmptyReplyIsReadAndNeverSentBack() {
        answersJson("{\"choices\":[{\"finish_reason\":null,\"message\":{\"content\":null}}],\"usage\":null}");

        Completion empty = ask(false, new User("go"));
        ask(false, new User("go"), empty.message(), new User("go on"));

        assertThat(empty.text()).isEmpty();
        assertThat(body().path("messages").findValuesAsString("role")).containsExactly("system", "user", "user");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"choices\":[]}", "{\"choices\":[{\"message\":null}]}", "[]", "null",
            "{\"choices\":[{\"finish_reason\":\"error\",\"message\":{\"content\":\"half\"}}]}"})
    void anAnswerWithoutAMessageIsAFailure(String json) {
        answersJson(json);

        assertThat(catchThrowableOfType(Transient.class, () -> ask(false, new User("go"))))
                .hasMessageContaining("an answer without a message");
    }

    @Test
    void countsThatCannotBeAreNotCounted() {
        answersJson("""
                {"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":-5,"completion_tokens":1e300,
                 "prompt_tokens_details":{"cached_tokens":7},"cost":-1}}""");

        Completion completion = ask(false, new User("go"));

        assertThat(completion.usage()).isEqualTo(Usage.NONE);
        assertThat(completion.reportedCost()).isNull();
    }

    @Test
    void aStreamWithoutDoneIsAFailure() {
        answersStream(Arrays.copyOf(STREAM, STREAM.length - 1));

        assertThat(catchThrowableOfType(Transient.class, () -> ask(true, new User("go"))))
                .hasMessageContaining("the stream broke off");
    }

    @Test
    void aServerThatDoesNotStreamIsUnderstood() {
        answersJson(ANSWER);

        assertThat(ask(true, new User("go")).text()).isEqualTo("I look.");
    }

    private Completion ask(boolean stream, Message... messages) {
        return providers.openRouter().complete(providers.root(stream, MODEL, messages));
    }

    private static String chunk(String delta) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":null}]}".formatted(delta);
    }
}
