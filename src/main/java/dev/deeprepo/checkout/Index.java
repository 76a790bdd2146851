package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.checkout.Snapshot.Instructions;
import dev.deeprepo.checkout.Snapshot.NotLoaded;
import dev.deeprepo.checkout.Snapshot.SourceFile;
import dev.deeprepo.checkout.Snapshot.Withheld;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a snapshot without its texts.
 *
 * @param withholding by which texts are read
 * @param withheld by path, the files that have secrets; null = none were looked for
 * @param blobs where each loaded file's content is, by path, in path order
 */
record Index(Withholding withholding, List<SourceFile> files, Map<String, ObjectId> blobs, List<NotLoaded> notLoaded,
        @Nullable Map<String, Withheld> withheld, Instructions instructions, List<EntryPoint> entryPoints,
        List<String> warnings) {

    /** Files that a warning names. */
    private static final int MAX_TOLD = 5;
    private static final byte[] LFS = "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

    /** Reads every candidate once. */
    static Index of(ObjectReader reader, Listing listing, CheckoutSettings settings, Withholding withholding,
            Watch watch) throws IOException {
        List<SourceFile> files = new ArrayList<>();
        Map<String, ObjectId> blobs = new LinkedHashMap<>();
        List<NotLoaded> notLoaded = new ArrayList<>(listing.notLoaded());
        Map<String, Withheld> withheld = withholding.isOn() ? new LinkedHashMap<>() : null;
        Tripwire tripwire = new Tripwire();
        tripwire.addNames(Stream.concat(listing.candidates().stream().map(Listing.Candidate::path),
                listing.notLoaded().stream().map(NotLoaded::path)).toList());
        List<EntryPoint> entryPoints = new ArrayList<>();
        long maxBytes = settings.maxBytes().toBytes();
        long maxFileBytes = settings.maxFileBytes().toBytes();
        long total = 0;
        int overLimit = 0;
        for (Listing.Candidate candidate : listing.candidates()) {
            watch.check();
            String path = candidate.path();
            long size = reader.getObjectSize(candidate.blob(), Constants.OBJ_BLOB);
            if (size > maxFileBytes) {
                notLoaded.add(new NotLoaded(path, "too-large"));
                continue;
            }
            if (files.size() == settings.maxFiles() || total + size > maxBytes) {
                notLoaded.add(new NotLoaded(path, "over-limit"));
                overLimit++;
                continue;
            }
            Text text = read(reader, candidate.blob());
            if (text == null) {
                notLoaded.add(new NotLoaded(path, "binary"));
            } else if (startsWith(text.utf8(), LFS)) {
                notLoaded.add(new NotLoaded(path, "lfs-pointer"));
            } else {
                Scan scan = withholding.scan(path, text.utf8());
                tripwire.add(path, text.utf8(), scan);
                if (withheld != null) {
                    text = redacted(path, text, scan.secrets(), withheld);
                }
                files.add(new SourceFile(path, text.utf8().length, text.characters(), text.lines()));
                blobs.put(path, candidate.blob());
                total += text.utf8().length;
                EntryPoint.find(path, text.utf8(), entryPoints);
            }
        }
        notLoaded.sort(Comparator.comparing(NotLoaded::path));
        return new Index(withholding, List.copyOf(files), blobs, List.copyOf(notLoaded), withheld, tripwire.found(),
                EntryPoint.foremost(entryPoints), warnings(listing, settings, overLimit, withheld));
    }

    private static Text redacted(String path, Text text, List<TextRules.Match> secrets,
            Map<String, Withheld> withheld) {
        Secrets.Redacted redacted = Secrets.redact(text.utf8(), secrets);
        if (redacted.kinds().isEmpty()) {
            return text;
        }
        withheld.put(path, new Withheld(path, redacted.kinds()));
        return Text.counted(redacted.utf8());
    }

    /** The text of a loaded file; null when it is binary. */
    @Nullable
    Text read(ObjectReader reader, String path, ObjectId blob) throws IOException {
        Text text = read(reader, blob);
        return text != null && withheld != null && withheld.containsKey(path)
                ? Text.counted(withholding.text(path, text.utf8()))
                : text;
    }

    private static @Nullable Text read(ObjectReader reader, ObjectId blob) throws IOException {
        return Text.of(reader.open(blob, Constants.OBJ_BLOB).getCachedBytes(Integer.MAX_VALUE));
    }

    /** @throws CheckoutException when there is nothing to read, saying what there is instead */
    void requireText() {
        if (files.isEmpty()) {
            throw new CheckoutException(Reason.NOTHING_TO_READ, notLoaded.isEmpty()
                    ? "the commit holds no file"
                    : "the commit holds no text file that is loaded; passed over: %d, for example %s (%s)".formatted(
                            notLoaded.size(), notLoaded.getFirst().path(),
                            notLoaded.getFirst().reason()),
                    null);
        }
    }

    private static List<String> warnings(Listing listing, CheckoutSettings settings, int overLimit,
            @Nullable Map<String, Withheld> withheld) {
        List<String> warnings = new ArrayList<>();
        if (!listing.complete()) {
            warnings.add(
                    "The repository has more than 200 000 entries; those after them in path order were not looked at.");
        }
        if (overLimit > 0) {
            warnings.add("%d files were not loaded: a snapshot holds at most %d files and %d MB of text.".formatted(
                    overLimit, settings.maxFiles(), settings.maxBytes().toMegabytes()));
        }
        if (withheld != null && !withheld.isEmpty()) {
            warnings.add(told(withheld.values()));
        }
        return List.copyOf(warnings);
    }

    private static String told(Collection<Withheld> withheld) {
        int secrets = withheld.stream().mapToInt(Withheld::secrets).sum();
        return "%,d %s in %,d %s withheld from the models: %s%s. [REDACTED:kind] stands for each.".formatted(secrets,
                secrets == 1 ? "secret" : "secrets", withheld.size(), withheld.size() == 1 ? "file was" : "files were",
                withheld.stream().limit(MAX_TOLD)
                        .map(file -> file.path() + " (" + file.secrets() + ")")
                        .collect(Collectors.joining(", ")),
                withheld.size() > MAX_TOLD ? ", …" : "");
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }
}
