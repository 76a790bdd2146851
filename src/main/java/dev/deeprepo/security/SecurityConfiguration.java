package dev.deeprepo.security;

import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.OwnerAllowance;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.math.BigDecimal;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.header.writers.CrossOriginOpenerPolicyHeaderWriter.CrossOriginOpenerPolicy;
import org.springframework.security.web.header.writers.CrossOriginResourcePolicyHeaderWriter.CrossOriginResourcePolicy;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** One rule for everything that is served: health tells whether it is up; whoever wants more must be somebody. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    @Bean
    Refusals refusals(@Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        return new Refusals(problems);
    }

    /** No cookie says who somebody is, so there is no session, and nothing for a forged request to ride on. */
    @Bean
    SecurityFilterChain everything(HttpSecurity http, SecuritySettings settings, Refusals refusals, Clock clock)
            throws Exception {
        Strangers strangers = new Strangers(settings.unkeyedRequestsPerMinute(), refusals, clock);
        Filter callers = settings.apiKeys().isEmpty()
                ? new OpenFilter(settings.allowedHosts(), strangers, refusals)
                : new KeyFilter(settings, strangers, refusals, clock);
        return http.addFilterBefore(callers, AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(rules -> rules
                        .dispatcherTypeMatchers(DispatcherType.ASYNC, DispatcherType.ERROR).permitAll()
                        .requestMatchers(EndpointRequest.to("health")).permitAll()
                        .requestMatchers(EndpointRequest.toAnyEndpoint()).hasRole(Callers.OPERATOR)
                        .anyRequest().authenticated())
                .exceptionHandling(failures -> failures
                        .authenticationEntryPoint((request, response, _) -> refusals.unknown(request, response))
                        .accessDeniedHandler((request, response, _) -> refusals.forbidden(request, response,
                                "only the key of an operator opens this (deeprepo.security.operators)")))
                .headers(headers -> headers.addHeaderWriter(new ContentPolicy())
                        .referrerPolicy(policy -> policy.policy(ReferrerPolicy.NO_REFERRER))
                        .crossOriginOpenerPolicy(policy -> policy.policy(CrossOriginOpenerPolicy.SAME_ORIGIN))
                        .crossOriginResourcePolicy(policy -> policy.policy(CrossOriginResourcePolicy.SAME_ORIGIN)))
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable).requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable).build();
    }

    /** Methods that nobody has are answered like any other request, once it is known who asks. */
    @Bean
    HttpFirewall firewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setUnsafeAllowAnyHttpMethod(true);
        return firewall;
    }

    @Bean
    RequestRejectedHandler rejected(Refusals refusals) {
        return refusals::answer;
    }

    @Bean
    OwnerAllowance ownerAllowance(SecuritySettings settings) {
        BigDecimal perDay = settings.perDayUsd();
        return new OwnerAllowance(perDay == null ? null : new Cost(perDay));
    }
}
