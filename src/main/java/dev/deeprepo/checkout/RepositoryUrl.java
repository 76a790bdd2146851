package dev.deeprepo.checkout;

/**
 * The address of a repository, parsed once. Only its canonical form is ever used.
 *
 * @param canonical re-serialised from the parsed parts; what git and the API see
 */
public record RepositoryUrl(String canonical) {

    @Override
    public String toString() {
        return canonical;
    }
}
