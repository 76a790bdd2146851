package dev.deeprepo.journal;

import java.util.List;

/** Hears entries of this instance after they are durable, in order; must not block. */
@FunctionalInterface
public interface EntryListener {

    void written(List<Entry> entries);
}
