package dev.deeprepo.webhook;

/** Hears of every attempt at telling a receiver. Must not block. */
public interface DeliveryListener {

    /** What an attempt was followed by. */
    enum Result {
        DELIVERED,
        RETRIED,
        GIVEN_UP
    }

    void attempted(Result result);
}
