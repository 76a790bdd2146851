package dev.deeprepo.checkout;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** A user and a token that open repositories on one host. It can be sent and taken out of a text, and prints as nothing. */
record Credential(String user, String token) {

    private static final String MASK = "[token]";

    /**
     * As an operator writes it: {@code user:token}, or a token alone, which gets the user that its host expects.
     *
     * @throws IllegalArgumentException saying what is wrong, without the text
     */
    static Credential parse(String text, String host) {
        int colon = text.indexOf(':');
        String token = text.substring(colon + 1);
        if (token.isEmpty()) {
            throw new IllegalArgumentException("is blank");
        }
        if (text.chars().anyMatch(c -> c <= ' ' || c == 0x7F)) {
            throw new IllegalArgumentException("holds a space or a control character");
        }
        return new Credential(colon < 0 ? user(host, token) : text.substring(0, colon), token);
    }

    /**
     * Bitbucket and GitHub's apps insist on a name of theirs, GitLab's OAuth tokens on {@code oauth2}; personal tokens of
     * GitHub, GitLab, Gitea and Forgejo go with any.
     */
    private static String user(String host, String token) {
        if (host.equals("bitbucket.org")) {
            return token.startsWith("ATAT") ? "x-bitbucket-api-token-auth" : "x-token-auth";
        }
        return host.equals("github.com") || token.matches("(gh[a-z]|github_pat)_.*") ? "x-access-token" : "oauth2";
    }

    /** The value of the header {@code Authorization}. */
    String header() {
        return "Basic " + base64();
    }

    /** The same text without this credential, however it is written there. */
    String redact(String text) {
        String clean = text.replace(base64(), MASK);
        // A long user may be the secret: GitHub and Gitea also take the token in the user's place.
        for (String secret : user.length() < 16 ? List.of(token) : List.of(token, user)) {
            clean = clean.replace(secret, MASK).replace(URLEncoder.encode(secret, StandardCharsets.UTF_8), MASK);
        }
        return clean;
    }

    private String base64() {
        return Base64.getEncoder().encodeToString((user + ":" + token).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "Credential" + MASK;
    }
}
