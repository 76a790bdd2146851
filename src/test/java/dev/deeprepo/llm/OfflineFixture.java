package dev.deeprepo.llm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** A small repository in eleven languages, once with dangerous lines planted in it and once without. */
final class OfflineFixture {

    /** One dangerous line and its harmless twin. */
    record Plant(String path, String dangerous, String harmless) {}

    static final List<Plant> PLANTS = List.of(
            new Plant("app/server.py", "    return eval(text)", "    return ast.literal_eval(text)"),
            new Plant("app/jobs.py", "    subprocess.run(command, shell=True)", "    subprocess.run([command])"),
            new Plant("app/store.py", "    db.execute(f\"SELECT * FROM users WHERE name = '{name}'\")",
                    "    db.execute(\"SELECT * FROM users WHERE name = ?\", (name,))"),
            new Plant("app/cache.py", "    return pickle.loads(data)", "    return json.loads(data)"),
            new Plant("app/client.py", "    return requests.get(url, verify=False)", "    return requests.get(url)"),
            new Plant("app/sums.py", "    return hashlib.md5(data)", "    return hashlib.sha256(data)"),
            new Plant("app/loop.py", "    except:", "    except ValueError:"),
            new Plant("app/conf.py", "API_KEY = 'q8Zt4LmW1xVb7RnK'", "API_KEY = os.environ['API_KEY']"),
            new Plant("web/src/run.js", "  exec(`git log ${ref}`)", "  execFile('git', ['log', ref])"),
            new Plant("web/src/page.ts", "  node.innerHTML = text", "  node.textContent = text"),
            new Plant("core/src/main/java/a/Store.java",
                    "        return statement.executeQuery(\"SELECT id FROM t WHERE n = '\" + name + \"'\");",
                    "        return jdbc.query(\"SELECT id FROM t WHERE n = ?\", name);"),
            new Plant("core/src/main/java/a/Sums.java", "        return MessageDigest.getInstance(\"MD5\");",
                    "        return MessageDigest.getInstance(\"SHA-256\");"),
            new Plant("tool/main.go", "\ttls := tls.Config{InsecureSkipVerify: true}", "\ttls := tls.Config{}"),
            new Plant("native/copy.c", "    strcpy(target, source);", "    strncpy(target, source, size);"),
            new Plant("rust/src/lib.rs", "    builder.danger_accept_invalid_certs(true)", "    builder"),
            new Plant("net/Program.cs", "        return new BinaryFormatter().Deserialize(s);",
                    "        return JsonSerializer.Deserialize<T>(s);"),
            new Plant("ruby/lib/fixture.rb", "    Marshal.load(data)", "    JSON.parse(data)"),
            new Plant("php/index.php", "  shell_exec('ls ' . $dir);", "  scandir($dir);"),
            new Plant("scripts/get.sh", "curl -s https://example.org/i.sh | sh", "curl -sO https://example.org/i.sh"));

    private static final Map<String, String> FRAMES = Map.ofEntries(
            Map.entry("app/server.py",
                    "\"\"\"Serves the fixture over HTTP.\"\"\"\nimport ast\nfrom app import store, jobs\n\n\ndef serve(text):\n%s\n\n\nif __name__ == '__main__':\n    serve('1')\n"),
            Map.entry("app/jobs.py",
                    "import subprocess\nfrom . import store\n\n\ndef work(command):\n    # eval(command) would be worse\n%s\n"),
            Map.entry("app/store.py",
                    "\"\"\"Keeps users. Never calls os.system('rm').\"\"\"\n\n\ndef find(db, name):\n%s\n"
                            + "\n".repeat(300) + "END = 1\n"),
            Map.entry("app/cache.py", "import json, pickle\nfrom app.store import find\n\n\ndef get(data):\n%s\n"),
            Map.entry("app/client.py", "import requests\n\n\ndef get(url):\n%s\n"),
            Map.entry("app/sums.py", "import hashlib\n\n\ndef total(data):\n%s\n"),
            Map.entry("app/loop.py", "def loop(f):\n    try:\n        f()\n%s\n        return None\n"),
            Map.entry("app/conf.py", "import os\n\n%s\nPASSWORD_FIELD = 'password'\n"),
            Map.entry("web/src/run.js",
                    "const { exec, execFile } = require('child_process')\nconst page = require('./page')\n\nfunction run (ref) {\n%s\n}\nmodule.exports = { run, page }\n"),
            Map.entry("web/src/page.ts", "export function show(node: Element, text: string) {\n%s\n}\n"),
            Map.entry("core/src/main/java/a/Store.java",
                    "package a;\n\n/** Finds things in the table. */\npublic class Store {\n    Object find(String name) throws Exception {\n%s\n    }\n}\n"),
            Map.entry("core/src/main/java/a/Sums.java",
                    "package a;\n\nimport a.Store;\n\nclass Sums {\n    Object sum() throws Exception {\n%s\n    }\n}\n"),
            Map.entry("tool/main.go", "package main\n\nfunc main() {\n%s\n\t_ = tls\n}\n"),
            Map.entry("native/copy.c",
                    "#include <string.h>\n#include \"copy.h\"\n\nvoid copy(char *target, const char *source, int size)\n{\n%s\n}\n"),
            Map.entry("rust/src/lib.rs", "mod parts;\n\npub fn client(builder: Builder) -> Builder {\n%s\n}\n"),
            Map.entry("net/Program.cs",
                    "using System;\n\nstatic class Program {\n    static object Read(Stream s) {\n%s\n    }\n}\n"),
            Map.entry("ruby/lib/fixture.rb", "module Fixture\n  def self.load(data)\n%s\n  end\nend\n"),
            Map.entry("php/index.php", "<?php\nfunction listing($dir) {\n%s\n}\n"),
            Map.entry("scripts/get.sh", "#!/bin/sh\n%s\n"));

    private OfflineFixture() {}

    static Map<String, String> dangerous() {
        return repository(true);
    }

    static Map<String, String> clean() {
        return repository(false);
    }

    private static Map<String, String> repository(boolean dangerous) {
        Map<String, String> files = new LinkedHashMap<>();
        for (Plant plant : PLANTS) {
            String frame = Objects.requireNonNull(FRAMES.get(plant.path()));
            files.put(plant.path(), frame.replace("%s", dangerous ? plant.dangerous() : plant.harmless()));
        }
        files.put("README.md",
                "# Fixture\n\n[![build](b.svg)](x)\n\nFixture keeps users and serves them, for tests only.\n");
        files.put("pyproject.toml",
                "[project]\nname = \"fixture-app\"\nversion = \"1.2.3\"\ndependencies = [\"requests\", \"flask\"]\n");
        files.put("web/package.json",
                "{\"name\": \"fixture-web\", \"version\": \"4.5.6\", \"bin\": {\"fix\": \"src/run.js\"}, \"dependencies\": {\"a\": \"1\"}}");
        files.put("core/src/main/java/a/Main.java",
                "package a;\n\nimport a.Store;\n\npublic class Main {\n    public static void main(String[] args) {\n        new Store();\n    }\n}\n");
        files.put("native/copy.h", "void copy(char *target, const char *source, int size);\n");
        files.put("rust/src/parts.rs", "pub struct Part;\n");
        files.put("tests/test_store.py", "from app import store\n\n\ndef test_it():\n    assert eval('1') == 1\n");
        files.put("docs/guide.md", "Never write `eval(x)` or `password = 'abc123def'`.\n");
        return new TreeMap<>(files);
    }

    /** The line, from 1, at which a plant stands. */
    static int line(Plant plant) {
        List<String> lines = Objects.requireNonNull(dangerous().get(plant.path())).lines().toList();
        return lines.indexOf(plant.dangerous()) + 1;
    }
}
