package dev.deeprepo.llm;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** The same reply, as either provider streams it: a thought, "I look.", code, and 3210 tokens in, 40 out. */
enum StreamFormat {
    ANTHROPIC {
        @Override
        List<String> beginning() {
            return List.of(
                    "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],"
                            + "\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":200,"
                            + "\"cache_read_input_tokens\":3000,\"output_tokens\":1}}}",
                    block(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"),
                    delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}"),
                    delta(0, "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}"),
                    block(1, "{\"type\":\"text\",\"text\":\"\"}"));
        }

        @Override
        String text(String piece) {
            return delta(1, "{\"type\":\"text_delta\",\"text\":" + quoted(piece) + "}");
        }

        @Override
        List<String> call() {
            return List
                    .of(block(2, "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"execute_python\",\"input\":{}}"));
        }

        @Override
        String arguments(String piece) {
            return delta(2, "{\"type\":\"input_json_delta\",\"partial_json\":" + quoted(piece) + "}");
        }

        @Override
        List<String> end() {
            return List.of("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},"
                    + "\"usage\":{\"output_tokens\":40}}", "{\"type\":\"message_stop\"}");
        }

        @Override
        String error() {
            return "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";
        }

        private String block(int index, String start) {
            return "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":%s}".formatted(index, start);
        }

        private String delta(int index, String delta) {
            return "{\"type\":\"content_block_delta\",\"index\":%d,\"delta\":%s}".formatted(index, delta);
        }
    },
    CHAT {
        @Override
        List<String> beginning() {
            return List.of(delta("{\"role\":\"assistant\",\"content\":\"\"}"),
                    delta("{\"reasoning\":\"Hm\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"Hm\","
                            + "\"signature\":\"c2ln\"}]}"));
        }

        @Override
        String text(String piece) {
            return delta("{\"content\":" + quoted(piece) + "}");
        }

        @Override
        List<String> call() {
            return List.of(delta("{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":"
                    + "{\"name\":\"execute_python\",\"arguments\":\"\"}}]}"));
        }

        @Override
        String arguments(String piece) {
            return delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":" + quoted(piece) + "}}]}");
        }

        @Override
        List<String> end() {
            return List.of(
                    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}],\"usage\":null}",
                    "{\"choices\":[],\"usage\":{\"prompt_tokens\":3210,\"completion_tokens\":40,"
                            + "\"prompt_tokens_details\":{\"cached_tokens\":3000,\"cache_write_tokens\":200}}}",
                    "[DONE]");
        }

        @Override
        String error() {
            return "{\"error\":{\"code\":502,\"message\":\"Provider disconnected\"},"
                    + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}";
        }

        private String delta(String delta) {
            return "{\"choices\":[{\"index\":0,\"delta\":%s}],\"usage\":null}".formatted(delta);
        }
    };

    abstract List<String> beginning();

    abstract String text(String piece);

    abstract List<String> call();

    abstract String arguments(String piece);

    abstract List<String> end();

    abstract String error();

    Completion ask(Providers providers, ModelCall call) {
        return (this == ANTHROPIC ? providers.anthropic() : providers.openRouter()).complete(call);
    }

    /** Up to the middle of the code. */
    List<String> half() {
        List<String> half = new ArrayList<>(beginning());
        half.add(text("I "));
        half.add(text("look."));
        half.addAll(call());
        half.add(arguments("{\"code\": \"print"));
        return half;
    }

    List<String> whole() {
        List<String> whole = new ArrayList<>(half());
        whole.add(arguments("(1)\\n\"}"));
        whole.addAll(end());
        return whole;
    }

    private static String quoted(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }
}
