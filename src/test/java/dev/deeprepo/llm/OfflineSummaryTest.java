package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OfflineSummaryTest {

    @Test
    void takesTheTopicFromTheFirstSentenceOfProse() {
        assertThat(OfflineSummary.of("""
                ---
                title: A title that is long enough for a sentence.
                ---
                # The first heading of this document

                [![Build status of the main branch](badge.svg)](https://example.org)

                - a list item that is no sentence of the text

                ```sh
                this is a command and not a sentence at all
                ```

                <!-- a comment that nobody is meant to read. -->
                This *guide* tells [how to begin](begin.md) with `beacon.yml`, in e.g. an hour. It goes on.

                TODO: more.
                """)).isEqualTo("""
                topic: This guide tells how to begin with beacon.yml, in e.g. an hour.
                readers: not stated
                state: 1 marked TODO, FIXME or TBD""");
    }

    @Test
    void readsHtmlAndReStructuredText() {
        assertThat(OfflineSummary.of("<html><head><title>A long enough title of it.</title></head><body>\n"
                + "<h1>A heading that stands here</h1>\n\n<p>This page is about <b>nothing</b> else.</p>"))
                .contains("topic: This page is about nothing else.");
        assertThat(OfflineSummary.of("A heading of some length here\n=============================\n\n"
                + ".. note:: this is a directive and no prose\n\nWhat follows is prose, and it is read.\n"))
                .contains("topic: What follows is prose, and it is read.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# Only a heading that says something\n",
            "```\nnever closed and long enough to be said\n"})
    void doesNotStateWhatTheTextDoesNotTell(String text) {
        assertThat(OfflineSummary.of(text)).startsWith("topic: not stated").endsWith("state: not stated");
    }

    @Test
    void isWhatADigestSaysOfADocument() {
        assertThat(new OfflineDigest().describe(
                "Describe this document.\n\nDocument: a.md (9 words)\n```\n# A\n\nThis is a document with a sentence.\n```\n"))
                .startsWith("offline/digest, by rules: no language model was used\ntopic: This is a document with");
    }

    @ParameterizedTest
    @CsvSource({"'<!--', 40000", "'[', 20000", "'```', 20000", "'a ', 40000", "'<pre>', 20000", "'---\n', 20000",
            "'=====', 20000", "'<p> ', 30000", "'A\n==\n', 9000"})
    void readsHostileTextInTime(String piece, int times) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> OfflineSummary.of(piece.repeat(times)));
    }
}
