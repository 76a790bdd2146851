package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefTest {

    @ParameterizedTest
    @ValueSource(strings = {"main", "feature/x", "v1.0.0", "v1.0+build", "+plus", "refs/heads/main", "refs/tags/v1",
            "release-2.x", "größe", "a@b", "deadbeef", "a.lockx", "dependabot/npm_and_yarn/x-1.2"})
    void acceptsBranchesAndTags(String text) {
        assertThat(Ref.parse(text).name()).isEqualTo(text);
        assertThat(Ref.parse(text).isCommitId()).isFalse();
    }

    @Test
    void knowsFullCommitIds() {
        assertThat(Ref.parse("ABCDEF7890123456789012345678901234567890"))
                .isEqualTo(new Ref("abcdef7890123456789012345678901234567890")).matches(Ref::isCommitId);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "+a:b", "a:b", "main:refs/heads/x", ":x", "-x", "--upload-pack=id", "a..b", "a b",
            "a~1",
            "a^", "a^{commit}", "a?", "a*", "a[b", "a\\b", "/a", "a/", "a//b", "a.", ".a", "a/.b", "a.lock",
            "a.lock/b", "@", "HEAD", "a@{1}", "a\nb", "a\u0000b", "a\u007fb", "a\u0085b", "a\ud800b",
            "refs/pull/1/head",
            "refs/remotes/origin/main", "refs/heads/", "refs/heads"})
    void refusesWhatGitRefusesAndRefspecs(String text) {
        assertThatExceptionOfType(InvalidRepository.class).isThrownBy(() -> Ref.parse(text))
                .satisfies(e -> assertThat(e.field()).isEqualTo("ref"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/etc", "..", "a/../b", "./a", "a//b", "a\\b", "a\nb", "a\u0000", "a\ud800"})
    void refusesPathsThatAreNotBelowTheRoot(String text) {
        assertThatExceptionOfType(InvalidRepository.class).isThrownBy(() -> Subdirectory.parse(text))
                .satisfies(e -> assertThat(e.field()).isEqualTo("path"));
    }
}
