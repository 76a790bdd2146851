package dev.deeprepo.checkout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which credential opens which host's private repositories; all callers share them. A host is an origin: scheme, name
 * and port, so a token for {@code https} never travels over {@code http}.
 */
final class Tokens {

    private static final Logger log = LoggerFactory.getLogger(Tokens.class);
    private static final Set<PosixFilePermission> OTHERS = EnumSet.complementOf(EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE));

    private final CheckoutSettings settings;
    private final Map<String, Credential> byOrigin = new HashMap<>();

    /** @throws BadToken when one cannot be used */
    Tokens(CheckoutSettings settings) {
        this.settings = settings;
        settings.tokens().forEach((host, token) -> add("deeprepo.checkout.tokens[" + host + "]", host, token));
        Path file = settings.tokensFile();
        if (file != null) {
            addFile(file);
        }
        if (!byOrigin.isEmpty()) {
            log.info("tokens for private repositories: {}",
                    String.join(", ", new TreeSet<>(byOrigin.keySet())));
        }
    }

    /** What to show the host of this address; null = nothing is configured. */
    @Nullable
    Credential of(RepositoryUrl url) {
        return byOrigin.get(url.origin().toString());
    }

    /** The setting that would hold the token for this address. */
    static String setting(RepositoryUrl url) {
        return "deeprepo.checkout.tokens[" + url.origin().toString().replaceFirst("^https://", "") + "]";
    }

    private void addFile(Path file) {
        String setting = "deeprepo.checkout.tokens-file (" + file + ")";
        List<String> lines;
        try {
            if (Files.getFileAttributeView(file, PosixFileAttributeView.class) instanceof PosixFileAttributeView posix
                    && posix.readAttributes().permissions().stream().anyMatch(OTHERS::contains)) {
                throw new BadToken(setting + " can be read or changed by others; chmod 600 it");
            }
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new BadToken(setting + " cannot be read as a text file");
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                String[] words = line.split("\\s+", 2);
                add(setting + ", line " + (i + 1) + ",", words[0], words.length < 2 ? "" : words[1]);
            }
        }
    }

    /** No message repeats the host: in a file that was written in haste it may be the token. */
    private void add(String setting, String host, String text) {
        RepositoryUrl any;
        try {
            any = RepositoryUrl.parse((host.contains("://") ? host : "https://" + host) + "/any", settings);
        } catch (InvalidRepository e) {
            throw noHost(setting);
        }
        if (!any.canonical().equals(any.origin() + "/any")) {
            throw noHost(setting);
        }
        try {
            if (byOrigin.put(any.origin().toString(), Credential.parse(text.strip(), any.uri().getHost())) != null) {
                throw new BadToken(setting + " is a second token for the same host");
            }
        } catch (IllegalArgumentException e) {
            throw new BadToken(setting + " needs a token, and what is there " + e.getMessage());
        }
    }

    private static BadToken noHost(String setting) {
        return new BadToken(setting
                + " must name a host that may be fetched from, as host, host:port or http://host:port;"
                + " the last two only where deeprepo.checkout.allow-private-addresses and allowed-schemes let them");
    }
}
