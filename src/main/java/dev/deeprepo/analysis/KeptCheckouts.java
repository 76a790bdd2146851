package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.journal.AnalysisId;
import java.util.concurrent.TimeUnit;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Looks now and then for repositories that are kept on this machine for nothing: they are too old, or their analysis was
 * deleted or cancelled, wherever that was.
 */
@Component
class KeptCheckouts {

    private final Checkout checkout;
    private final Analyses analyses;

    KeptCheckouts(Checkout checkout, Analyses analyses) {
        this.checkout = checkout;
        this.analyses = analyses;
    }

    @Scheduled(initialDelay = 10, fixedDelay = 10, timeUnit = TimeUnit.MINUTES)
    void tidy() {
        checkout.tidy(id -> analyses.status(new AnalysisId(id)).filter(status -> status != Status.CANCELLED)
                .isPresent());
    }
}
