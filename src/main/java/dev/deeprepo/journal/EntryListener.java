package dev.deeprepo.journal;

import java.util.List;

/**
 * Hears entries of this instance after they are durable, in order; must not block. Of entries that are inherited it
 * hears nothing: they happened elsewhere.
 */
@FunctionalInterface
public interface EntryListener {

    void written(List<Entry> entries);
}
