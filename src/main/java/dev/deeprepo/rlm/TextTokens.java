package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.checkout.Snapshot.SourceFile;
import dev.deeprepo.llm.Tokens;
import java.util.List;

/**
 * The tokens of all files of a repository as a prompt would show them. Counting takes some 0.2 ms per 1 000 characters;
 * what is larger than a prompt can be is judged by every n-th file.
 *
 * @param counted whether every file was counted
 */
record TextTokens(long tokens, boolean counted) {

    private static final long COUNTED_BYTES = 4_000_000;

    /** @param check called before each file is counted; may throw */
    static TextTokens of(Snapshot snapshot, Runnable check) {
        List<SourceFile> files = snapshot.files();
        long bytes = files.stream().mapToLong(SourceFile::bytes).sum();
        int step = Math.clamp((bytes + COUNTED_BYTES - 1) / COUNTED_BYTES, 1, Math.max(1, files.size()));
        long tokens = 0;
        long seen = 0;
        for (int i = 0; i < files.size(); i += step) {
            check.run();
            SourceFile file = files.get(i);
            tokens += Tokens.count(Packing.shown(file.path(), snapshot.text(file.path())));
            seen += file.bytes();
        }
        return step == 1 || seen == 0
                ? new TextTokens(tokens, true)
                : new TextTokens(Math.round((double) tokens * bytes / seen), false);
    }
}
