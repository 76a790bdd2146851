package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Instructions;
import dev.deeprepo.journal.Withheld;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the journal keeps of a snapshot. */
final class SnapshotRecord {

    private static final int MAX_LISTED = 50;

    private SnapshotRecord() {}

    static Event.CheckedOut of(String repository, Snapshot snapshot) {
        return new Event.CheckedOut(repository, snapshot.commit(), snapshot.files().size(),
                snapshot.files().stream().mapToLong(Snapshot.SourceFile::characters).sum(),
                snapshot.files().stream().mapToLong(Snapshot.SourceFile::lines).sum(),
                snapshot.notLoaded().stream().collect(Collectors.groupingBy(Snapshot.NotLoaded::reason, TreeMap::new,
                        Collectors.summingInt(_ -> 1))),
                withheld(snapshot.withheld()), instructions(snapshot.instructions()));
    }

    static Instructions instructions(Snapshot.Instructions found) {
        return new Instructions(found.found(), found.listed().stream()
                .map(line -> new Instructions.Line(line.path(), line.line(), line.rule(), line.quote())).toList());
    }

    private static @Nullable Withheld withheld(@Nullable List<Snapshot.Withheld> files) {
        return files == null
                ? null
                : new Withheld(files.stream().mapToInt(Snapshot.Withheld::secrets).sum(), files.size(), files.stream()
                        .sorted(Comparator.comparingInt(Snapshot.Withheld::secrets).reversed()).limit(MAX_LISTED)
                        .map(file -> new Withheld.InFile(file.path(), file.kinds())).toList());
    }
}
