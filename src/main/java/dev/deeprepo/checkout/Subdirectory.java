package dev.deeprepo.checkout;

/**
 * A directory inside a repository.
 *
 * @param path relative, segments joined by {@code /}, no slash at either end
 */
public record Subdirectory(String path) {

    /** @throws InvalidRepository naming the rule that was broken */
    public static Subdirectory parse(String text) {
        String path = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (path.isEmpty() || path.length() > Listing.MAX_PATH) {
            throw refused("must have 1 to " + Listing.MAX_PATH + " characters; leave it out for the whole repository");
        }
        if (path.codePoints().anyMatch(c -> c == '\\' || Character.isISOControl(c)
                || Character.getType(c) == Character.SURROGATE)) {
            throw refused("must not contain backslashes or control characters");
        }
        for (String segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw refused("must be relative to the repository's root, without empty or dot segments");
            }
        }
        return new Subdirectory(path);
    }

    @Override
    public String toString() {
        return path;
    }

    private static InvalidRepository refused(String why) {
        return new InvalidRepository("path", "path " + why);
    }
}
