package dev.deeprepo.analysis;

/** Where a callback stands. */
enum CallbackStatus {
    /** The analysis has not ended. */
    WAITING,
    /** The analysis has ended; its receiver does not know yet. */
    PENDING,
    /** The receiver has answered with a 2xx. */
    DELIVERED,
    /** Given up. */
    FAILED
}
