package dev.deeprepo.analysis;

import dev.deeprepo.journal.Ledger;
import dev.deeprepo.llm.Models;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.DayBudgets;
import dev.deeprepo.usage.OwnerAllowance;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.MediaType;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.web.accept.ContentNegotiationStrategy;
import org.springframework.web.accept.HeaderContentNegotiationStrategy;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.type.LogicalType;

/** The beans around the HTTP API that are not classes of ours. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class AnalysisConfiguration {

    private static final Logger log = LoggerFactory.getLogger("dev.deeprepo");

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    DayBudgets dayBudgets(BudgetSettings settings, OwnerAllowance each, Clock clock, Ledger ledger) {
        BigDecimal most = settings.perDayUsd();
        return new DayBudgets(new DayBudget(most == null ? null : new Cost(most), clock, ledger::spent), each,
                ledger::spent);
    }

    /** Money reads as 10, not 1E+1; the same field twice is a mistake, not a choice; and 5 is no text. */
    @Bean
    JsonMapperBuilderCustomizer strictJson() {
        return builder -> builder.enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .withCoercionConfig(LogicalType.Textual, text -> Stream
                        .of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)
                        .forEach(shape -> text.setCoercion(shape, CoercionAction.Fail)));
    }

    /** JSON is UTF-8 whatever charset Accept names; were that matched, nothing could write it. */
    @Bean
    WebMvcConfigurer charsetsInAcceptCountForNothing() {
        ContentNegotiationStrategy header = new HeaderContentNegotiationStrategy();
        return new WebMvcConfigurer() {
            @Override
            public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
                negotiation.strategies(List.of(request -> header.resolveMediaTypes(request).stream()
                        .map(AnalysisConfiguration::withoutCharset).toList()));
            }
        };
    }

    private static MediaType withoutCharset(MediaType type) {
        Map<String, String> parameters = new LinkedHashMap<>(type.getParameters());
        parameters.remove("charset");
        return new MediaType(type, parameters);
    }

    /** Without a document root Tomcat would make one in the system's temp folder. */
    @Bean
    WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> documentRoot(
            @Value("${deeprepo.data-dir}") Path dataDir) {
        return factory -> {
            File root = dataDir.resolve("tomcat").resolve("root").toFile();
            try {
                Files.createDirectories(root.toPath());
            } catch (IOException e) {
                throw new IllegalStateException("deeprepo.data-dir cannot be written to: " + e.getMessage(), e);
            }
            factory.setDocumentRoot(root);
        };
    }

    @Bean
    MeterBinder queueDepth(Analyses analyses) {
        return registry -> Gauge.builder("deeprepo.queue.depth", analyses, each -> each.count(Status.QUEUED))
                .description("Analyses that wait for a worker").register(registry);
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> welcome(Environment environment, Models models) {
        return _ -> log.info(
                "deeprepo is ready at http://{}:{}/swagger-ui.html, models {} (root) and {} (sub), data in {}",
                environment.getProperty("server.address", "localhost"),
                environment.getProperty("local.server.port", "8080"), models.defaultRoot(), models.defaultSub(),
                environment.getProperty("deeprepo.data-dir"));
    }
}
