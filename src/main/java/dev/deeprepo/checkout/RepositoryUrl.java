package dev.deeprepo.checkout;

import dev.deeprepo.egress.EgressRules;
import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.egress.Origin;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a repository, parsed once. Only its canonical form is ever used: the caller's bytes reach neither git
 * nor a log. Messages never repeat what could hold a password.
 *
 * @param canonical re-serialised from the parsed parts; what git and the API see
 */
public record RepositoryUrl(String canonical) {

    private static final int MAX_LENGTH = 1024;
    private static final Pattern SHAPE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(/.*)?");
    private static final Pattern PLAIN_SEGMENT = Pattern.compile("[A-Za-z0-9._~+@=,():-]+");

    /**
     * Parses by rules stricter than those of URLs; nothing is looked up.
     *
     * @throws InvalidRepository naming the rule that was broken
     */
    public static RepositoryUrl parse(String text, CheckoutSettings settings) {
        return parse(text, settings.egress());
    }

    static RepositoryUrl parse(String text, EgressRules rules) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            throw refused("must have 1 to " + MAX_LENGTH + " characters");
        }
        if (text.chars().anyMatch(c -> c <= ' ' || c == 0x7F || c == '\\' || Character.isISOControl(c)
                || Character.isSurrogate((char) c))) {
            throw refused("must not contain spaces, backslashes or control characters");
        }
        Matcher shape = SHAPE.matcher(text);
        if (!shape.matches()) {
            throw refused("must look like https://host/owner/name");
        }
        if (text.indexOf('?') >= 0 || text.indexOf('#') >= 0) {
            throw refused("must not have a query or fragment");
        }
        try {
            return new RepositoryUrl(Origin.parse(shape.group(1), shape.group(2), rules) + path(shape.group(3)));
        } catch (ForbiddenAddress e) {
            throw refused(e.getMessage());
        }
    }

    /** The last segment without {@code .git}, such as {@code spring-petclinic}. */
    public String name() {
        String path = uri().getPath();
        String trimmed = path.endsWith(".git") ? path.substring(0, path.length() - 4) : path;
        return trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    URI uri() {
        return URI.create(canonical);
    }

    /** What a connection depends on; no rules are applied again. */
    Origin origin() {
        URI uri = uri();
        return new Origin(uri.getScheme(), uri.getHost(),
                uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80);
    }

    @Override
    public String toString() {
        return canonical;
    }

    private static String path(@Nullable String path) {
        if (path == null || path.equals("/")) {
            throw refused("needs a path to the repository, such as /owner/name");
        }
        String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        StringBuilder canonical = new StringBuilder();
        for (String segment : trimmed.substring(1).split("/", -1)) {
            canonical.append('/').append(segment(segment));
        }
        if (canonical.toString().endsWith("/.git")) {
            throw refused("must end with the repository's name");
        }
        return canonical.toString();
    }

    private static String segment(String raw) {
        String segment = decoded(raw);
        if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
            throw refused("must not have empty or dot segments in its path");
        }
        if (segment.startsWith("-")) {
            throw refused("must not have a path segment that begins with \"-\"");
        }
        if (segment.length() > 255
                || segment.chars().anyMatch(c -> Character.isISOControl(c) || "/\\?#%".indexOf(c) >= 0)) {
            throw refused("has a path segment that is too long or encodes a character with a meaning");
        }
        if (!Glyphs.escaped(segment).equals(segment)) {
            throw refused("has a path segment with characters that cannot be seen, or turn the reading direction");
        }
        return PLAIN_SEGMENT.matcher(segment).matches()
                ? segment
                : URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String decoded(String raw) {
        if (!raw.isEmpty() && !PLAIN_SEGMENT.matcher(raw.replace('%', '.')).matches()) {
            throw refused("must percent-encode all but letters, digits and ._~+@=,():- in its path");
        }
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        try {
            for (int i = 0; i < raw.length(); i++) {
                if (raw.charAt(i) == '%') {
                    bytes.put((byte) HexFormat.fromHexDigits(raw, i + 1, i + 3));
                    i += 2;
                } else {
                    bytes.put((byte) raw.charAt(i));
                }
            }
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw refused("has a broken percent-encoding in its path");
        }
    }

    private static InvalidRepository refused(String why) {
        return new InvalidRepository("repository", "repository " + why);
    }
}
