package dev.deeprepo.usage;

import org.jspecify.annotations.Nullable;

/** @param perDay what the runs of one owner may spend in a day (UTC); null = no limit but that of all runs */
public record OwnerAllowance(@Nullable Cost perDay) {}
