package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.Message.ToolResults;
import dev.deeprepo.llm.Message.User;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.usage.Usage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class AnthropicModelTest extends WireTest {

    private static final String MODEL = "claude-sonnet-5-5";

    private static final String THOUGHTFUL = """
            {"type":"thinking","thinking":"Hm, \\u00e9\\n1.50","signature":"c2lnbmF0dXJl=="},
            {"type":"redacted_thinking","data":"b3BhcXVl"},
            {"type":"text","text":"I look."},
            {"type":"server_thing","of":{"tomorrow":1.10}},
            {"type":"tool_use","id":"toolu_1","name":"execute_python","input":{"code":"print(1)","n":1.50}},
            {"type":"tool_use","id":"toolu_2","name":"execute_python","input":{"code":"print(2)"}}""";

    private static final String ANSWER = """
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5-2026","content":[%s],
             "stop_reason":"tool_use","usage":{"input_tokens":10,"cache_creation_input_tokens":200,
             "cache_read_input_tokens":3000,"output_tokens":40,"service_tier":"standard"}}""".formatted(THOUGHTFUL);

    private static final String[] STREAM = {": comment", "event: message_start",
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\",\"content\":[],"
                    + "\"stop_reason\":null,\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":200,"
                    + "\"cache_read_input_tokens\":3000,\"output_tokens\":1}}}",
            "", "event: ping", "data: {\"type\": \"ping\"}", "",
            start(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"), "",
            delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"Hm, \\u00e9\"}"), "",
            delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"\\n1.50\"}"), "",
            delta(0, "{\"type\":\"signature_delta\",\"signature\":\"c2lnbmF0dXJl==\"}"), "",
            start(1, "{\"type\":\"redacted_thinking\",\"data\":\"b3BhcXVl\"}"), "",
            start(2, "{\"type\":\"text\",\"text\":\"\"}"), "", delta(2, "{\"type\":\"text_delta\",\"text\":\"I \"}"),
            "",
            delta(2, "{\"type\":\"text_delta\",\"text\":\"look.\"}"), "",
            start(3, "{\"type\":\"server_thing\",\"of\":{\"tomorrow\":1.10}}"), "",
            start(4, "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"execute_python\",\"input\":{}}"), "",
            delta(4, "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"), "",
            delta(4, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"code\\\":\\\"print(\"}"), "",
            delta(4, "{\"type\":\"input_json_delta\",\"partial_json\":\"1)\\\",\\\"n\\\":1.50}\"}"), "",
            start(5, "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"execute_python\",\"input\":{}}"), "",
            delta(5, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"code\\\":\\\"print(2)\\\"}\"}"), "",
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":40}}",
            "", "data: {\"type\":\"message_stop\"}"};

    @Test
    void asksExactlyLikeThis() {
        answersStream(STREAM);

        ask(true, new User("Here is the tree."));

        assertThat(sent().getUrl()).isEqualTo("/v1/messages");
        assertThat(sent().getHeader("x-api-key")).isEqualTo("sk-ant-secret-key");
        assertThat(sent().getHeader("anthropic-version")).isEqualTo("2023-06-01");
        assertThat(sent().getHeader("Content-Type")).isEqualTo("application/json");
        assertJson(body(), """
                {"model":"claude-sonnet-5-5","max_tokens":16384,"stream":true,
                 "system":[{"type":"text","text":"You explore.","cache_control":{"type":"ephemeral"}}],
                 "tools":[{"name":"execute_python","description":"Runs Python.","input_schema":
                   {"type":"object","properties":{"code":{"type":"string"}},"required":["code"]}}],
                 "messages":[{"role":"user","content":[
                   {"type":"text","text":"Here is the tree.","cache_control":{"type":"ephemeral"}}]}]}""");
    }

    @Test
    void aSubCallIsNeitherStreamedNorCached() {
        answersJson(ANSWER);

        providers.anthropic().complete(providers.sub("one file"));

        assertJson(body(), """
                {"model":"some/model","max_tokens":4096,
                 "messages":[{"role":"user","content":[{"type":"text","text":"one file"}]}]}""");
    }

    @Test
    void readsTheSameFromAStreamAndFromAWholeAnswer() {
        answersJson(ANSWER);
        Completion whole = ask(false, new User("go"));
        answersStream(STREAM);
        Completion streamed = ask(true, new User("go"));

        assertThat(streamed.message()).isEqualTo(whole.message());
        assertThat(whole.text()).isEqualTo("I look.");
        assertThat(whole.stopReason()).isEqualTo(StopReason.TOOL_USE).isEqualTo(streamed.stopReason());
        assertThat(whole.usage()).isEqualTo(new Usage(3210, 40, 3000, 200)).isEqualTo(streamed.usage());
        assertThat(whole.requestId()).isEqualTo("msg_1");
        assertThat(streamed.requestId()).isEqualTo("req_s");
        assertThat(whole.message().toolCalls()).containsExactly(
                new ToolCall("toolu_1", "execute_python", "{\"code\":\"print(1)\",\"n\":1.50}"),
                new ToolCall("toolu_2", "execute_python", "{\"code\":\"print(2)\"}"));
    }

    @Test
    void handsThinkingBackUnchangedAndKeepsThePrefix() {
        answersStream(STREAM);
        User first = new User("go");
        Message.Assistant said = ask(true, first).message();
        JsonNode before = withoutMarks(body());
        ToolResults results = new ToolResults(
                List.of(new ToolResult("toolu_1", "1", false), new ToolResult("toolu_2", " ", true)));
        ask(true, first, said, results);
        JsonNode second = body();
        ask(true, first, said, results, said, results);
        JsonNode third = withoutMarks(body());

        assertJson(second.path("messages").path(1), "{\"role\":\"assistant\",\"content\":[" + THOUGHTFUL + "]}");
        assertThat(sent().getBodyAsString()).contains("\"n\":1.50", "\"tomorrow\":1.10");
        assertJson(second.path("messages").path(2), """
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"1"},
                 {"type":"tool_result","tool_use_id":"toolu_2","is_error":true,
                  "cache_control":{"type":"ephemeral"}}]}""");
        assertThat(second.findValues("cache_control")).hasSize(2);
        assertPrefix(before, withoutMarks(second));
        assertPrefix(withoutMarks(second), third);
    }

    @Test
    void anotherModelGetsTheMessageWithoutItsSignedThinking() {
        answersJson(ANSWER);
        Message.Assistant said = ask(false, new User("go")).message();

        providers.anthropic().complete(providers.root(false, "claude-opus-5-5", new User("go"), said));

        assertJson(body().path("messages").path(1).path("content"), """
                [{"type":"text","text":"I look."},
                 {"type":"tool_use","id":"toolu_1","name":"execute_python","input":{"code":"print(1)","n":1.50}},
                 {"type":"tool_use","id":"toolu_2","name":"execute_python","input":{"code":"print(2)"}}]""");
    }

    @ParameterizedTest
    @CsvSource(value = {"[]", "[{'type':'text','text':''}]", "null",
            "[{'type':'thinking','thinking':'','signature':'x'}, {'type':'text','text':' '}]"}, delimiter = '|', quoteCharacter = '"')
    void anEmptyReplyIsReadAndNeverSentBack(String content) {
        answersJson("{\"content\":%s,\"stop_reason\":\"end_turn\"}".formatted(content.replace('\'', '"')));

        Completion empty = ask(false, new User("go"));
        ask(false, new User("go"), empty.message(), new User("go on"));

        assertThat(empty.text()).isEmpty();
        assertThat(empty.stopReason()).isEqualTo(StopReason.END);
        assertThat(empty.usage()).isEqualTo(Usage.NONE);
        assertThat(body().path("messages")).hasSize(2);
        assertThat(body().path("messages").findValuesAsString("role")).containsExactly("user", "user");
    }

    @Test
    void aToolCallThatWasCutKeepsItsTextAndIsSentBackWithNoInput() {
        answersStream("data: {\"type\":\"message_start\",\"message\":{}}", "",
                start(0, "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"execute_python\",\"input\":{}}"), "",
                delta(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"code\\\": \\\"pri\"}"), "",
                "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"}}", "",
                "data: {\"type\":\"message_stop\"}");

        Completion cut = ask(true, new User("go"));
        ask(true, new User("go"), cut.message());

        assertThat(cut.stopReason()).isEqualTo(StopReason.LENGTH);
        assertThat(cut.message().toolCalls()).containsExactly(new ToolCall("t", "execute_python", "{\"code\": \"pri"));
        assertJson(body().path("messages").path(1).path("content"),
                "[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"execute_python\",\"input\":{}}]");
    }

    @ParameterizedTest
    @CsvSource({"end_turn,END", "stop_sequence,END", "max_tokens,LENGTH", "refusal,REFUSAL", "pause_turn,OTHER",
            "model_context_window_exceeded,WINDOW", "of_tomorrow,OTHER"})
    void readsEveryStopReason(String word, StopReason expected) {
        answersJson("{\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"stop_reason\":\"%s\"}".formatted(word));

        assertThat(ask(false, new User("go")).stopReason()).isEqualTo(expected);
    }

    @Test
    void aStreamWithoutItsEndIsAFailure() {
        answersStream(Arrays.copyOf(STREAM, STREAM.length - 1));

        assertThat(catchThrowableOfType(Transient.class, () -> ask(true, new User("go"))))
                .hasMessageContaining("the stream broke off (given up after 4 attempts)");
    }

    @Test
    void anErrorInsideAStreamIsJudgedByItsType() {
        answersStream(STREAM[2], "",
                "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");

        RateLimited e = catchThrowableOfType(RateLimited.class, () -> ask(true, new User("go")));

        assertThat(e.status()).isEqualTo(529);
        assertThat(e).hasMessageContaining("overloaded_error: Overloaded (given up after 6 attempts)");
    }

    @Test
    void aTextThatWasCutInsideACharacterIsStillSent() {
        answersJson(ANSWER);

        ask(false, new User("cut \uD83D"));

        assertThat(sent().getBodyAsString()).contains("\"cut ?\"");
    }

    private Completion ask(boolean stream, Message... messages) {
        return providers.anthropic().complete(providers.root(stream, MODEL, messages));
    }

    private static String start(int index, String block) {
        return "data: {\"type\":\"content_block_start\",\"index\":%d,\"content_block\":%s}".formatted(index, block);
    }

    private static String delta(int index, String delta) {
        return "data: {\"type\":\"content_block_delta\",\"index\":%d,\"delta\":%s}".formatted(index, delta);
    }

    private static JsonNode withoutMarks(JsonNode body) {
        JsonNode copy = body.deepCopy();
        copy.findParents("cache_control").forEach(parent -> ((ObjectNode) parent).remove("cache_control"));
        return copy;
    }

    private static void assertPrefix(JsonNode earlier, JsonNode later) {
        ObjectNode cut = (ObjectNode) later.deepCopy();
        ArrayNode messages = (ArrayNode) cut.path("messages");
        while (messages.size() > earlier.path("messages").size()) {
            messages.remove(messages.size() - 1);
        }
        assertThat(cut.toString()).isEqualTo(earlier.toString());
    }
}
