package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A credential on disk for as long as git runs: a configuration file that nobody else can read, which a repository's own
 * configuration includes (git passes over an include that is gone). Arguments and environments of processes can be seen
 * by others and end up in logs.
 */
final class CredentialFile implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CredentialFile.class);

    private final Path file;

    /** @param url its host, and no other, is sent the credential */
    CredentialFile(Path repository, RepositoryUrl url, Credential credential) {
        try {
            // Temporary files are born readable by their owner only.
            file = Files.createTempFile(repository, "credential", ".config");
            Files.writeString(file, "[http \"%s/\"]\n\textraHeader = \"Authorization: %s\"\n".formatted(url.origin(),
                    credential.header()));
            Files.writeString(repository.resolve("config"), "[include]\n\tpath = " + file.getFileName() + "\n",
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("the checkout directory cannot be written", e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("a credential could not be removed from disk; it goes with its repository", e);
        }
    }
}
