package dev.deeprepo;

import dev.deeprepo.checkout.GitServer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What end-to-end tests have in common: a repository to look at and the settings of a service on loopback. */
final class Fixtures {

    static final String ANTHROPIC_KEY = "canary-anthropic-5f2a";
    static final String OPENROUTER_KEY = "canary-openrouter-91c3";
    static final String OPENAI_KEY = "canary-openai-77d0";

    /** Leave to fetch from loopback. */
    static final Map<String, String> LOOPBACK = Map.of("DEEPREPO_CHECKOUT_ALLOWED_SCHEMES", "https,http",
            "DEEPREPO_CHECKOUT_ALLOW_PRIVATE_ADDRESSES", "true");

    private Fixtures() {}

    /** A git server with the repository {@code fixture}: 60 Python modules, a README, a manifest. */
    static GitServer gitServer() {
        Map<String, String> files = new TreeMap<>();
        files.put("README.md", "# Fixture\n\nA small planning tool.\n");
        files.put("pyproject.toml", "[project]\nname = \"fixture\"\nversion = \"1.2.3\"\n");
        files.put("fixture/__main__.py", "from fixture import module_00\n\nmodule_00.plan(1)\n");
        for (int i = 0; i < 60; i++) {
            files.put("fixture/module_%02d.py".formatted(i),
                    "\"\"\"Part %d of the plan.\"\"\"\n".formatted(i)
                            + "def plan(x):\n    return x + 1\n".repeat(i + 1));
        }
        GitServer server = GitServer.start();
        server.create("fixture", files);
        return server;
    }

    /** Keys and addresses of the scripted provider, and leave to fetch from loopback. */
    static Map<String, String> environment(ScriptedProvider provider) {
        Map<String, String> environment = new HashMap<>(LOOPBACK);
        environment.putAll(Map.of("ANTHROPIC_API_KEY", ANTHROPIC_KEY, "ANTHROPIC_BASE_URL", provider.anthropicUrl(),
                "OPENROUTER_API_KEY", OPENROUTER_KEY, "OPENROUTER_BASE_URL", provider.chatCompletionsUrl(),
                "OPENAI_API_KEY", OPENAI_KEY, "OPENAI_BASE_URL", provider.chatCompletionsUrl()));
        return environment;
    }
}
