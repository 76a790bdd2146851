package dev.deeprepo;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service: {@code POST /analyses} takes a repository URL, the rest of the packages do the work. */
@SpringBootApplication
@ConfigurationPropertiesScan
class DeeprepoApplication {

    static void main(String[] args) {
        SpringApplication.run(DeeprepoApplication.class, args);
    }
}
