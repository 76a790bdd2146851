package dev.deeprepo.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.security.Exposure.Unguarded;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.mock.env.MockEnvironment;

class SecuritySettingsTest {

    /** Of a key that nobody has here. */
    private static final String HASH = "f61bb82ad03eb60a0ed8aa1e1d8df3ec9e77fa5afa4ec2d3b3d33a4b0ad8e77d";

    @Test
    void aKeyIsKnownByItsHashAndNothingElseIs() {
        ApiKeys keys = new ApiKeys(
                Map.of("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "nil",
                        HASH));
        assertThat(keys.holder("abc")).isEqualTo("abc"); // the hash of "abc" in FIPS 180
        assertThat(keys.holder("ABC")).isNull();
        assertThat(keys.holder("")).isNull();
        assertThat(keys.holder(HASH)).as("the hash is no key").isNull();
        assertThat(new ApiKeys(Map.of("abc",
                "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")).holder("abc")).isEqualTo("abc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dr_secret", "", "f61b",
            "g61bb82ad03eb60a0ed8aa1e1d8df3ec9e77fa5afa4ec2d3b3d33a4b0ad8e77d"})
    void whatIsNoHashIsRefusedAndNotRepeated(String value) {
        assertThatThrownBy(() -> settings(Map.of("alice", value), Set.of(), false))
                .hasMessage("deeprepo.security.api-keys.alice must be the SHA-256 of the key in hex, 64 digits");
    }

    @Test
    void settingsThatContradictEachOtherAreRefused() {
        assertThatThrownBy(() -> settings(Map.of("alice", HASH), Set.of(), true))
                .hasMessageContaining("set one of them");
        assertThatThrownBy(() -> settings(Map.of("alice", HASH), Set.of("bob"), false))
                .hasMessageContaining("operators must be names of api-keys");
        assertThatThrownBy(() -> settings(Map.of("alice", HASH, "bob", HASH), Set.of(), false))
                .hasMessageContaining("two names have the same key");
        assertThatThrownBy(() -> settings(Map.of("a b", HASH), Set.of(), false)).hasMessageContaining("the name a b");
        assertThatThrownBy(() -> settings(Map.of("a".repeat(65), HASH), Set.of(), false))
                .hasMessageContaining("1 to 64");
    }

    @Test
    void aVariableSetsAKey() {
        Map<String, Object> variables = Map.of("DEEPREPO_SECURITY_APIKEYS_ALICE", HASH, "DEEPREPO_SECURITY_OPERATORS",
                "alice", "DEEPREPO_SECURITY_PER_DAY_USD", "2.5");
        Binder binder = new Binder(
                Objects.requireNonNull(ConfigurationPropertySource.from(new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables))));
        SecuritySettings settings = binder.bind("deeprepo.security", SecuritySettings.class).get();
        assertThat(settings.apiKeys()).containsExactly(Map.entry("alice", HASH));
        assertThat(settings.operators()).containsExactly("alice");
        assertThat(settings.perDayUsd()).isEqualByComparingTo("2.5");
        assertThat(settings.requestsPerMinute()).isEqualTo(600);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,", "127.5.5.5,", "::1,", "localhost,", "127.0.0.1, 127.0.0.1"})
    void onThisMachineItNeedsNoKeys(String address, String management) {
        assertThatCode(() -> expose(settings(Map.of(), Set.of(), false), address, management))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0,", "::,", "192.168.1.5,", "127.0.0.1, 0.0.0.0", ",", "fe80::1,"})
    void beyondItRefusesToStartWithoutThem(String address, String management) {
        assertThatThrownBy(() -> expose(settings(Map.of(), Set.of(), false), address, management))
                .isInstanceOf(Unguarded.class).hasMessageContaining("there are no API keys");
        assertThatCode(() -> expose(settings(Map.of("alice", HASH), Set.of(), false), address, management))
                .doesNotThrowAnyException();
        assertThatCode(() -> expose(settings(Map.of(), Set.of(), true), address, management))
                .doesNotThrowAnyException();
    }

    /** @param management the address of a port of its own; null = there is none */
    private static void expose(SecuritySettings settings, @Nullable String address, @Nullable String management) {
        MockEnvironment environment = new MockEnvironment();
        if (address != null) {
            environment.setProperty("server.address", address);
        }
        if (management != null) {
            environment.setProperty("management.server.port", "8081");
            environment.setProperty("management.server.address", management);
        }
        Object unused = new Exposure(settings, environment);
    }

    private static SecuritySettings settings(Map<String, String> keys, Set<String> operators, boolean open) {
        return new SecuritySettings(keys, operators, open, List.of(), 600, 6000, null);
    }
}
