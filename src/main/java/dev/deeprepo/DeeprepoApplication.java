package dev.deeprepo;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/** The service: {@code POST /analyses} takes a repository URL, the rest of the packages do the work. */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class) // callers have keys, not passwords
@ConfigurationPropertiesScan
class DeeprepoApplication {

    static void main(String[] args) {
        SpringApplication.run(DeeprepoApplication.class, args);
    }
}
