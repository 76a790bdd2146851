package dev.deeprepo.webhook;

import dev.deeprepo.egress.Guard;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class WebhookConfiguration {

    @Bean
    Webhook webhook(WebhookSettings settings, Clock clock) {
        return new Webhook(settings, new Guard(settings.egress()), clock);
    }
}
