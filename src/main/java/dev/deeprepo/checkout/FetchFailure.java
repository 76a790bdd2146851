package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What git's error output means for a caller. Nothing of that output but ids is passed on: of an object, and of the rule that it breaks. */
final class FetchFailure {

    /** At the beginning of a line: what the host says begins with {@code remote:}. */
    private static final Pattern FSCK = Pattern
            .compile("(?m)^(?:error|fatal|warning): object ([0-9a-f]{40}): ([A-Za-z0-9]{1,40}):");
    private static final Pattern GONE = Pattern.compile("not our ref|unadvertised");
    private static final Pattern REFUSED = Pattern
            .compile("Authentication failed|could not read (Username|Password)|returned error: 40[134]|not found");
    private static final Pattern HASH = Pattern.compile("mismatched algorithms|unknown object format|object-format");
    private static final Pattern DISK = Pattern.compile("No space left|Disk quota|unable to (write|create)");
    private static final Pattern MEMORY = Pattern
            .compile("(?i)out of memory|mmap failed|cannot allocate|died of signal (9|11)");
    private static final Pattern BROKEN_OFF = Pattern.compile(
            "resolve host|onnect to|onnection|timed out|too slow|early EOF|hung up|disconnect|RPC failed|returned error: |"
                    + "SSL|TLS|certificate|redirection|transfer closed|unable to access");

    private FetchFailure() {}

    static CheckoutException of(String errors, Remote remote) {
        String host = remote.url().uri().getHost();
        Matcher fsck = FSCK.matcher(errors);
        if (fsck.find()) {
            return new CheckoutException(Reason.REPOSITORY_UNREADABLE,
                    "the repository holds an object that git refuses as broken: %s (%s)".formatted(fsck.group(1),
                            fsck.group(2)),
                    null);
        }
        if (MEMORY.matcher(errors).find()) {
            return new CheckoutException(Reason.TOO_LARGE,
                    "unpacking the repository takes more memory than it may have", null);
        }
        if (GONE.matcher(errors).find()) {
            return new CheckoutException(Reason.COMMIT_NOT_FOUND,
                    "the repository has no such commit, or its host does not hand it out", null);
        }
        if (HASH.matcher(errors).find()) {
            return new CheckoutException(Reason.REPOSITORY_UNREADABLE,
                    "repositories with SHA-256 ids are not supported", null);
        }
        if (DISK.matcher(errors).find()) {
            return new CheckoutException(Reason.DISK_LOW,
                    "this server could not store the repository; try again later", null);
        }
        if (REFUSED.matcher(errors).find()) {
            return remote.closed("");
        }
        if (BROKEN_OFF.matcher(errors).find()) {
            return new CheckoutException(Reason.UNREACHABLE, host + " broke off the transfer; try again later", null);
        }
        return new CheckoutException(Reason.FAILED, "git could not fetch from " + host + "; the server's log says why",
                null);
    }
}
