package dev.deeprepo.metrics;

import static org.hamcrest.Matchers.is;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.SampleRun;
import dev.deeprepo.llm.Models;
import dev.deeprepo.repl.Kernels;
import dev.deeprepo.repl.ReplSettings;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.web.servlet.MockMvc;

/** The journal, its listeners and the endpoints, wired by Spring and asked over HTTP. */
@SpringBootTest(properties = {"management.endpoints.web.exposure.include=costs,retries", "db-scheduler.enabled=false",
        "spring.datasource.url=jdbc:h2:mem:endpoints;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"})
@AutoConfigureMockMvc(addFilters = false)
class EndpointsTest {

    @Configuration
    @EnableAutoConfiguration
    @ComponentScan({"dev.deeprepo.journal", "dev.deeprepo.metrics"})
    static class Wiring {

        @Bean
        Clock clock() {
            return Clock.fixed(Instant.parse("2026-11-22T10:00:00Z"), ZoneOffset.UTC);
        }

        @Bean
        Kernels kernels() {
            return new Kernels(ReplSettings.defaults());
        }

        @Bean
        Models models() {
            return MetersTest.models();
        }
    }

    @Test
    void costsAndRetriesAreServed(@Autowired MockMvc web, @Autowired Journal journal, @Autowired JdbcTemplate jdbc)
            throws Exception {
        AnalysisId id = AnalysisId.random();
        jdbc.update("""
                insert into analysis (id, status, attempt, mode, domain, repository, request, created_at)
                values (?, 'RUNNING', 0, 'RLM', 'code', 'https://example.org/a/b', '{}', current_timestamp)
                """, id.value());
        journal.begin(id, new Event.Accepted(Map.of("mode", "RLM")), List.of());
        jdbc.update("update analysis set attempt = 1");
        SampleRun.play(journal, id);

        web.perform(get("/actuator/costs")).andExpect(status().isOk()).andExpect(jsonPath("$.total.calls", is(3)))
                .andExpect(jsonPath("$.byRole.root.costUsd", is(0.0123456789)))
                .andExpect(jsonPath("$.byDay['2026-11-22'].outputTokens", is(120)));
        web.perform(get("/actuator/costs/" + id)).andExpect(status().isOk())
                .andExpect(jsonPath("$.byRole.sub.cacheHits", is(2)));
        web.perform(get("/actuator/costs/" + AnalysisId.random())).andExpect(status().isNotFound());
        web.perform(get("/actuator/retries")).andExpect(status().isOk())
                .andExpect(jsonPath("$.total.retries", is(3)))
                .andExpect(jsonPath("$.byReason.transient.givenUp", is(1)));
    }
}
