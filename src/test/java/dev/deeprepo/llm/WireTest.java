package dev.deeprepo.llm;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What the tests of both wire formats share: a provider over real HTTP, and a look at what it was sent. */
abstract class WireTest {

    @RegisterExtension
    static final WireMockExtension wire = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort())
            .build();

    Providers providers;

    @SuppressWarnings("NullAway.Init")
    WireTest() {}

    @BeforeEach
    void open() {
        providers = Providers.at(wire.baseUrl());
    }

    @AfterEach
    void close() {
        providers.close();
    }

    static void answersJson(String json) {
        wire.stubFor(any(anyUrl()).willReturn(okJson(json)));
    }

    static void answersStream(String... lines) {
        wire.stubFor(any(anyUrl()).willReturn(
                aResponse().withHeader("Content-Type", "text/event-stream; charset=utf-8")
                        .withHeader("request-id", "req_s")
                        .withBody(String.join("\n", lines) + "\n\n")));
    }

    /** The newest request. */
    static LoggedRequest sent() {
        return wire.getAllServeEvents().getFirst().getRequest();
    }

    static JsonNode body() {
        return Json.parse(sent().getBodyAsString());
    }

    static void assertJson(JsonNode actual, String expected) {
        assertThat(actual).isEqualTo(Json.parse(expected));
    }
}
