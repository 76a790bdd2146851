package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OfflineDigestTest {

    private final OfflineDigest digest = new OfflineDigest();

    @Test
    void takesThePurposeFromAPythonDocstring() {
        assertThat(describe(
                "#!/usr/bin/env python\n# Copyright 2020 X\n\n\"\"\"Reads and writes ZIP files.\n\nMore.\"\"\"\n"))
                .contains("purpose: Reads and writes ZIP files.");
    }

    @Test
    void takesThePurposeFromTheJavadocBelowTheLicence() {
        assertThat(describe("""
                /* Licensed under the Apache License. */
                package a;

                import b.C;

                /**
                 * Signals that {@code something} failed. It happens.
                 *
                 * @author me
                 */
                public class Failure { public int code() { return 1; } int hidden() { return 2; } }
                """)).contains("purpose: Signals that something failed.").contains("api: Failure");
    }

    @Test
    void doesNotTakeACommentInsideTheCodeForThePurpose() {
        assertThat(describe("const a = 1\n\n// these defaults can be overridden by anyone\nconst b = 2\n"))
                .contains("purpose: not stated");
    }

    @Test
    void listsWhatAFileOffers() {
        assertThat(
                describe("def open(path):\n  pass\n\ndef _hidden():\n  pass\n\nclass Store:\n  def get(self): pass\n"))
                .contains("api: open, Store\n");
        assertThat(describe("export function show() {}\nexport const LIMIT = 3\nexports.close = 1\n"))
                .contains("api: show, LIMIT, close\n");
        assertThat(describe("func Open(p string) error {\n}\nfunc hidden() {\n}\ntype Store struct {\n}\n"))
                .contains("api: Open, Store\n");
        assertThat(describe("pub fn open() {}\nfn hidden() {}\npub struct Store;\n")).contains("api: open, Store\n");
        assertThat(describe("static int n;\nint copy(char *a)\n{\n}\n")).contains("api: copy\n");
    }

    @Test
    void keepsFencesThatTheCodeHolds() {
        assertThat(digest.describe(
                "File: a.md\n````\n\"\"\"First the ``` fence, then more.\"\"\"\n```\ndef f(): pass\n```\n````\n"))
                .contains("purpose: First the ``` fence, then more.").contains("api: f\n");
    }

    @Test
    void saysHonestlyThatItCannotAnswerAQuestion() {
        assertThat(digest.describe("What is the meaning of life?")).contains("no language model was used",
                "cannot answer a question");
        assertThat(digest.describe("")).contains("no language model was used");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/*", "\"\"\"", "public ", "(", "// x\n", " \t", "a.b.", "public int ", "class\t", "`",
            "{@code ", "<a", "pub async ", "package a;\n"})
    void staysQuickOnHostileText(String piece) {
        String code = piece.repeat(200_000 / piece.length());
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> describe(code));
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> digest.describe(code));
    }

    private String describe(String code) {
        return digest.describe("Describe this file.\n\nFile: src/thing (9 lines)\n```\n" + code + "\n```\n");
    }
}
