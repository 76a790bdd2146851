package dev.deeprepo.checkout;

import java.util.List;
import java.util.stream.Stream;

/** Where a made-up secret stands, how it is told, and the secret; put together here so that nothing takes this file for a leak. */
record Planted(String kind, String path, String before, String secret, String after) {

    static final String KEY_LINE = "MIIEowIBAAKCAQEAx7bq0c1x2b3n4m5l6k7j8h9g0f1d2s3a4p5o6i7u8y9t0r1e";
    static final String LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6uX9bG2kP5tV8wY1dJ4fM7qS0aC3e";
    static final String HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    static final String AWS_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzq8Rt5vW2u";

    @Override
    public String toString() {
        return kind + " in " + path + " after " + before;
    }

    static List<Planted> all() {
        return Stream.of(
                planted("aws-access-key", "a.py", "key = '", "AKIA" + "Q3EGRIQ4ZJ6YB7AB", "'"),
                planted("aws-secret-key", "a.ini", "aws_secret_access_key = ",
                        AWS_SECRET, ""),
                planted("github-token", "a.go", "// ", "ghp_" + LETTERS.substring(0, 36), ""),
                planted("github-token", "a.txt", "use ", "github_pat_" + LETTERS + LETTERS.substring(0, 15), " here"),
                planted("gitlab-token", "a.sh", "TOKEN=", "glpat-" + LETTERS.substring(0, 20), ""),
                planted("slack-token", "a.js", "new WebClient('", "xoxb-" + "123456789012-1234567890123-"
                        + LETTERS.substring(0, 24), "')"),
                planted("slack-webhook", "a.md", "https://hooks.slack.com/services/", "T01234567/B01234567/"
                        + LETTERS.substring(0, 24), ""),
                planted("stripe-key", "a.rb", "Stripe.api_key = '", "sk_" + "live_" + LETTERS.substring(0, 24), "'"),
                planted("anthropic-key", "a.ts", "key: '", "sk-ant-" + "api03-" + LETTERS, "'"),
                planted("openrouter-key", "a.ts", "key: '", "sk-or-" + "v1-" + HEX, "'"),
                planted("openai-key", "a.ts", "key: '", "sk-proj-" + LETTERS, "'"),
                planted("openai-key", "a.ts", "OpenAI('", "sk-" + LETTERS.substring(0, 48), "'"),
                planted("google-api-key", "a.html", "src='maps?key=", "AIza" + "Sy" + LETTERS.substring(0, 33), "'"),
                planted("azure-key", "a.cs", "AccountName=x;AccountKey=", KEY_LINE + "0123456789012345678901" + "==",
                        ";"),
                planted("npm-token", "a.yml", "x: ", "npm_" + LETTERS.substring(0, 36), ""),
                planted("sendgrid-key", "a.py", "s('", "SG." + LETTERS.substring(0, 22) + "."
                        + LETTERS.substring(10, 53), "')"),
                planted("huggingface-token", "a.py", "login('", "hf_" + LETTERS.substring(0, 34), "')"),
                planted("service-token", "a.tf", "x = \"", "dapi" + HEX.substring(0, 32), "\""),
                planted("telegram-token", "a.py", "Bot('123456789", ":AA" + LETTERS.substring(0, 33), "')"),
                planted("jwt", "a.http", "X-Session: ", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0."
                        + LETTERS.substring(0, 43), ""),
                planted("password", "a.sh", "PGPASSWORD=", "canarywords", " psql -h db"),
                planted("password", "a.sql", "create user app identified by '", "canarywords", "';"),
                planted("password", "a.sql", "alter role app with password '", "canarywords", "';"),
                planted("token", "a.js", "fetch('https://demo.org/v1?api_key=", LETTERS.substring(0, 24), "&q=1')"),
                planted("token", "a.rb", "-H \"X-Api-Key: ", LETTERS.substring(0, 24), "\""),
                planted("password", "k8s.yml", "- name: DB_PASSWORD\n  value: ", "canary-Pair-77ab", ""),
                planted("password", "a.xml", "<property name=\"app.password\" value=\"", "canary-Pair-77ab", "\"/>"),
                planted("github-token", "a.json", "\"\\n", "ghp_" + LETTERS.substring(0, 36), "\""),
                planted("github-token", "a.txt", "q=%20", "ghp_" + LETTERS.substring(0, 36), ""),
                planted("github-token", "a.json", "\"\\u0022", "ghp_" + LETTERS.substring(0, 36), "\""),
                planted("private-key", "kubeconfig.yml", "client-key-data: ",
                        "LS0tLS1CRUdJTi" + "BSU0EgUFJJVkFURSBLRVktLS0tLQ"
                                + LETTERS,
                        ""),
                planted("token", "a.env", "SECRET_KEY=", LETTERS.repeat(4), ""),
                planted("token", "a.py", "secret_token = \"", LETTERS.repeat(6), "\""),
                planted("url-password", "a.yml", "url: postgresql://app:", "SuperSecretWords", "@db/app"),
                planted("url-password", "a.yml", "url: amqp://u:", "98127364501", "@mq/"),
                planted("url-password", "a.py", "'postgres://app:", "Pa55-of-the-db", "@db.demo.org/app'"),
                planted("url-password", "a.js", "'mongodb+srv://app:", "m0ngo%21pass", "@cluster0.demo.net/app'"),
                planted("url-password", "a.java", "\"amqp://guest:", "r4bbit-hole", "@mq:5672\""),
                planted("password", "a.java", "\"jdbc:postgresql://db/app?user=app&password=", "s3cr3t-of-jdbc", "\""),
                planted("password", "a.cs", "\"Server=db;Uid=app;Pwd=", "s3cr3t/of/ado", ";\""),
                planted("authorization", "a.sh", "curl -H 'Authorization: Bearer ", LETTERS.substring(0, 40), "'"),
                planted("registry-auth", "config.json", "{\"auth\": \"", "dXNlcjpzM2NyM3QtcGFzcw==", "\"}"),
                planted("password", "a.py", "password = \"", "tr0ub4dor&3x", "\""),
                planted("password", "a.java", "dataSource.setPassword(\"", "tr0ub4dor&3x", "\");"),
                planted("password", "a.json", "\"dbPassword\": \"", "tr0ub4dor&3x", "\","),
                planted("password", "a.js", "x = \"{\\\"password\\\": \\\"", "tr0ub4dor&3x", "\\\"}\""),
                planted("password", "a.rs", "const PASSWORD: &str = \"", "tr0ub4dor&3x", "\";"),
                planted("password", "a.xml", "<password>", "tr0ub4dor&3x", "</password>"),
                planted("password", "a.properties", "spring.datasource.password=", "tr0ub4dor&3x", ""),
                planted("password", "a.yml", "  db_pass: ", "tr0ub4dor&3x", ""),
                planted("password", "Dockerfile", "ENV DB_PASSWORD=", "tr0ub4dor&3x", ""),
                planted("password", "a.sh", "mysql --password=", "tr0ub4dor&3x", " app"),
                planted("password", "a.md", "curl -u admin:", "tr0ub4dor&3x", " https://h/"),
                planted("token", "a.py", "API_KEY = 'q8Zt4LmW1xVb7RnK".substring(0, 11), "q8Zt4LmW1xVb7RnK", "'"),
                planted("token", "a.toml", "client_secret = ", "Zx81-77ab-90QqLm-4410", ""),
                planted("token", "a.ts", "accessToken: \"", "Zx81-77ab-90QqLm-4410", "\","),
                planted("password", "a.py", "password = \"\"\"", "hunter2", "\"\"\""),
                planted("password", "a.kt", "val password = \"\"\"\n    ", "hunter2", "\n\"\"\".trim()"),
                planted("password", "a.toml", "password = '''", "hunter2", "'''"),
                planted("password", "a.yml", "password: |\n  ", "hunter2", ""),
                planted("password", "a.yml", "password: >-\n    ", "Summer2024", "\nnext: 1"),
                planted("password", "a.java", "String password = \"", "Summer2024", "\";"),
                planted("password", "a.json", "\"password\": \"", "hunter2", "\","),
                planted("password", "a.js", "password: \"", "test-hG7kq9", "\","),
                planted("password", "a.js", "password: \"", "my-sample-Pa55", "\","),
                planted("password", "a.js", "password: \"", "pä55wörter-ünd-mehr9", "\","),
                planted("password", "a.js", "password: process.env.DB_PASSWORD || '", "hunter2", "',"),
                planted("password", "a.yml", "x: ${DB_PASSWORD:-", "canarywords", "}"),
                planted("password", "application.properties", "spring.datasource.password=", "canarywords", ""),
                planted("password", "a.ini", "DB_PW=", "canarywords", ""),
                planted("password", "a.env", "ROOT_PW=", "abc#1def2", " # root's"),
                planted("password", "a.toml", "OLD_DB_PWD = ", "123456", ""),
                planted("password", "build.gradle", "export DB_PASSWORD=", "hunter2", ""),
                planted("password", "a.sh", "mysql -h db -u root -p", "canarywords", " app"),
                planted("password", "a.sh", "docker login -u me -p ", "canarywords", " reg.demo.org"),
                planted("password", "a.go", "dsn := \"user=app password=", "canarywords", " host=db\""),
                planted("token", "a.go", "const apiKey string = \"", LETTERS.substring(0, 24), "\""),
                planted("token", "a.py", "TOKEN = \"", "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ."
                        + LETTERS.substring(0, 27), "\""),
                planted("discord-token", "a.py", "client.run(\"", "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ."
                        + LETTERS.substring(0, 27), "\")"),
                planted("token", "a.hcl", "token = \"", "s." + LETTERS.substring(0, 24), "\""),
                planted("token", "a.js", "props.set(\"ovh-key\", \"", LETTERS.substring(0, 32), "\")"),
                planted("token", "a.yml", "token: ", LETTERS.repeat(8), ""),
                planted("password", "compose.yml", "- \"POSTGRES_PASSWORD=", "Kd82jsQ9a", "\""),
                planted("password", "Dockerfile", "ENV DB_PASSWORD ", "hunter29xb", ""),
                planted("aws-secret-key", "Dockerfile", "ENV AWS_SECRET_ACCESS_KEY ", AWS_SECRET, ""),
                planted("aws-secret-key", "a.sh", "aws configure set aws_secret_access_key ", AWS_SECRET, ""),
                planted("password", "a.yml", "\"password\": ", "Kd82jsQ9h", ""),
                planted("password", "a.yml", "{user: app, password: ", "Kd82jsQ9i}", ""),
                planted("password", "a.yml", "{password: ", "Kd82jsQ9i,", " user: app}"),
                planted("url-password", "a.go", "dsn := \"root:", "Kd82jsQ9k", "@tcp(127.0.0.1:3306)/db\""),
                planted("password", "a.tf", "variable \"db_password\" {\n  type = string\n  default = \"", "Kd82jsQ9m",
                        "\"\n}"),
                planted("password", "a.json", "{\"name\":\"DB_PASSWORD\",\"value\":\"", "Kd82jsQ9l", "\"}"),
                planted("url-password", "a.sh", "git clone https://", HEX.substring(0, 40), "@github.com/x/y"),
                planted("password", "wp-config.php", "define('AUTH_KEY',         '",
                        "q1W& ^e5Rt|7uI-oP{aSd}fGh>jKl;zXc vB+nM,./?<9 8k2", "');"),
                planted("password", "a.php", "$dbpass = '", "Kd82jsQ9x", "';"),
                planted("password", "a.php", "$dbpwd = '", "Kd82jsQ9x", "';"),
                planted("password", "ci.yml", "run: mvn -Ddb.password=", "Kd82jsQ9a", " verify"),
                planted("password", "a.md", "- **Password:** `", "Kd82jsQ9", "`"),
                planted("password", "a.py", "'PASSWORD': '", "#Winter2024!f", "',"),
                planted("password", "a.json", "\"password\":\"", "abcd efgh ijkg mnop", "\","),
                planted("password", "a.json", "\"password\":\"", "@dm1nPass!", "\","),
                planted("password", "a.yml", "password: \"", "%Kd82jsQ9", "\""),
                planted("password", "a.yml", "password: \"", "P@ss w0rd1", "\""),
                planted("password", "a.properties", "db.password=", "#Kd82jsQ9x", ""),
                planted("password", "a.properties", "db.password=", "/Kd82jsQ9x", ""),
                planted("password", "a.properties", "db.password=", "%Kd82jsQ9x", ""),
                planted("password", "a.properties", "db.password=", "$Kd82jsQ9x", ""),
                planted("password", "a.properties", "db.password=", "{Kd82jsQ9x", ""),
                planted("password", "a.properties", "db.password=", "Kd82jsQ9x}", ""),
                planted("password", "a.properties", "db.password=", "Winter.Wald9", ""),
                planted("url-password", "a.yml", "url: postgres://app:", "$3cretPw9", "@db/app"),
                planted("url-password", "a.yml", "url: postgres://app:", "#3cretPw9", "@db/app"),
                planted("url-password", "a.yml", "url: postgres://app:", "p@ss:w0rd9", "@db/app"),
                planted("token", "wg.conf", "PresharedKey = ", "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", ""),
                planted("gitlab-token", "a.py", "f('", "glpat-" + "aB3dE6gH9jXXXXpQ8sT1", "')"),
                planted("github-token", "a.py", "f('", "ghp_" + "EXAMPLEgH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR", "')"),
                planted("aws-access-key", "a.py", "f('", "AKIA" + "Q3EGRIQ4EXAMPLEA", "')"),
                planted("openai-key", "a.py", "f('", "sk-" + LETTERS.substring(0, 48), "_old')"),
                planted("token", "a.properties", "encryption.key=", "Kd82jsQ9mXw4Zt7b", ""),
                planted("token", "a.properties", "stripe.api.key=", HEX.substring(0, 24), ""),
                planted("token", "a.py", "token = os.getenv('API_TOKEN') or '", HEX.substring(0, 32), "'"),
                planted("token", "a.sh", "curl \"https://api.demo.org/v1?key=", HEX.substring(0, 24), "&x=1\""),
                planted("password", "a.sql", "create user app identified by \"", "Kd82jsQ9", "\";"),
                planted("password", "a.sh", "keytool -storepass ", "Kd82jsQ9xx", ""),
                planted("password", "a.sh", "echo \"root:", "Kd82jsQ9", "\" | chpasswd"),
                planted("password", "a.py", "get(url, auth=(\"admin\", \"", "Xk29fLq81z", "\"))"),
                planted("url-password", "a.yml", "url: jdbc:oracle:thin:app/", "Kd82jsQ9", "@db:1521:x"),
                planted("registry-auth", "a.yml", ".dockerconfigjson: ", "eyJhdXRocyI6eyJyZWdpc3RyeS5pbyI6eyJ1In19",
                        ""),
                planted("private-key", "jwk.json", "{\"kty\": \"EC\", \"d\": \"", LETTERS.substring(0, 43), "\"}"))
                .toList();
    }

    private static Planted planted(String kind, String path, String before, String secret, String after) {
        return new Planted(kind, path, before, secret, after);
    }
}
