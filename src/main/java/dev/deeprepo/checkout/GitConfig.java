package dev.deeprepo.checkout;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The whole configuration under which git fetches: it reads no other. */
final class GitConfig {

    /**
     * Old tools left many real projects with objects that a strict check refuses. Only what a reader of raw trees and
     * blobs depends on is still checked: names, modes, dates and idents are not, for no path is ever written to disk.
     */
    private static final List<String> HARMLESS = List.of("badDate", "badDateOverflow", "badEmail", "badFilemode",
            "badName", "badTagName", "badTimezone", "duplicateEntries", "emptyName", "fullPathname",
            "gitattributesBlob", "gitattributesLarge", "gitattributesLineLength", "gitattributesMissing",
            "gitignoreSymlink", "gitattributesSymlink", "gitmodulesBlob", "gitmodulesLarge", "gitmodulesMissing",
            "gitmodulesName", "gitmodulesParse", "gitmodulesPath", "gitmodulesSymlink", "gitmodulesUpdate",
            "gitmodulesUrl", "hasDot", "hasDotdot", "hasDotgit", "largePathname", "mailmapSymlink", "missingAuthor",
            "missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate", "missingSpaceBeforeEmail",
            "missingTaggerEntry", "multipleAuthors", "nulInCommit", "nullSha1", "treeNotSorted", "zeroPaddedDate",
            "zeroPaddedFilemode");

    private GitConfig() {}

    /** @param pin for {@code http.curloptResolve}; null = none */
    static String of(@Nullable String pin) {
        StringBuilder config = new StringBuilder("""
                [core]
                	repositoryformatversion = 0
                	bare = true
                	hooksPath = /dev/null
                	bigFileThreshold = 16m
                	deltaBaseCacheLimit = 32m
                	packedGitWindowSize = 16m
                	packedGitLimit = 256m
                	maxTreeDepth = 8192
                [protocol]
                	version = 2
                [http]
                	followRedirects = false
                	emptyAuth = false
                	lowSpeedLimit = 100
                	lowSpeedTime = 60
                [credential]
                	helper =
                [gc]
                	auto = 0
                [maintenance]
                	auto = false
                [transfer]
                	fsckObjects = true
                	unpackLimit = 1
                	bundleURI = false
                [pack]
                	threads = 2
                """);
        if (pin != null) {
            config.append("[http]\n\tcurloptResolve = \"").append(pin).append("\"\n");
        }
        config.append("[fetch \"fsck\"]\n");
        HARMLESS.forEach(message -> config.append('\t').append(message).append(" = ignore\n"));
        return config.toString();
    }
}
