package dev.deeprepo.rlm;

/** A resumed run came to another prompt than the one on record: going on would mean to pay twice or to lie. */
final class ReplayDiverged extends RuntimeException {

    ReplayDiverged(String message) {
        super(message);
    }
}
