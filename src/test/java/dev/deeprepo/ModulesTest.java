package dev.deeprepo;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

@SecondLane
class ModulesTest {

    @Test
    void arrowsBetweenModulesAreTheDeclaredOnes() {
        ApplicationModules.of(DeeprepoApplication.class).verify();
    }
}
