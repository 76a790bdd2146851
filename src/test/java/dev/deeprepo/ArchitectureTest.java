package dev.deeprepo;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RestController;

/** The habits of this code base that a machine can check. The arrows between packages: {@link ModulesTest}. */
@SecondLane
class ArchitectureTest {

    private static final ArchCondition<JavaClass> HAVE_NO_STATIC_STATE = new ArchCondition<>(
            "have no static mutable state") {
        @Override
        public void check(JavaClass type,
                ConditionEvents events) {
            type.getFields().stream()
                    .filter(field -> field.getModifiers().contains(JavaModifier.STATIC)
                            && !field.getModifiers().contains(JavaModifier.FINAL))
                    .forEach(field -> events.add(SimpleConditionEvent.violated(field,
                            field.getFullName() + " is static and not final")));
        }
    };

    @Test
    void jackson3Only() {
        check(noClasses().should().dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson.databind..")
                .because(
                        "Jackson 2 is on the path through the API description library, and mixing mappers loses settings"));
    }

    @Test
    void nobodySleeps() {
        check(noClasses().should().callMethod(Thread.class, "sleep", long.class).orShould()
                .callMethod(Thread.class, "sleep", long.class, int.class).orShould()
                .callMethod(Thread.class, "sleep", Duration.class)
                .because("a wait that cannot be cut short outlives a cancel"));
    }

    @Test
    void onlyLlmRetries() {
        check(noClasses().that().resideOutsideOfPackage("dev.deeprepo.llm").should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.retry..", "org.springframework.core.retry..")
                .because("a second retry loop multiplies the first"));
    }

    @Test
    void coreKnowsSpringOnlyAtItsEdge() {
        check(noClasses()
                .that(resideInAPackage("dev.deeprepo.usage").or(resideInAPackage("dev.deeprepo.repl"))
                        .or(resideInAPackage("dev.deeprepo.rlm"))
                        .and(not(nameMatching(".*([.]Jdbc\\w+|Configuration|Settings|Health|package-info)([$].*)?"))))
                .should().dependOnClassesThat(resideInAPackage("org.springframework..")
                        .and(not(
                                resideInAnyPackage("org.springframework.stereotype", "org.springframework.util.unit"))))
                .because("a run is a plain object that a plain test can make"));
    }

    @Test
    void edgesStayInside() {
        check(classes().that().areAnnotatedWith(RestController.class).or()
                .areAnnotatedWith(Configuration.class).should().notBePublic());
    }

    @Test
    void constructorsInject() {
        check(noFields().should().beAnnotatedWith(Autowired.class));
    }

    @Test
    void staticsAreFinal() {
        check(classes().should(HAVE_NO_STATIC_STATE));
    }

    @Test
    void namesSayWhatItIs() {
        check(noClasses().should()
                .haveNameMatching(".*(Impl|Utils?|Helper|Manager|Dto|Mapper)"));
    }

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.deeprepo");

    private static final Path MAIN = Path.of("src/main/java/dev/deeprepo");

    @Test
    void journalIsOnlyEverAppendedTo() throws IOException {
        Pattern rewrite = Pattern.compile("(?i)\\b(update|delete\\s+from|truncate|merge\\s+into)\\s+journal\\b");
        assertThat(sources()).noneMatch(source -> rewrite.matcher(source).find());
    }

    /** An interrupt closes the database file under whoever is using it; only a thread's own flag may be set again. */
    @Test
    void nobodyInterruptsAnotherThread() throws IOException {
        Pattern interrupt = Pattern.compile("(?<!currentThread\\(\\))\\.interrupt\\(\\)");
        assertThat(sources()).noneMatch(source -> interrupt.matcher(source).find());
    }

    @Test
    void filesStayReadable() throws IOException {
        assertThat(sources()).allSatisfy(source -> assertThat(source.lines().count())
                .as("lines of a file that begins: %s", source.lines().skip(2).findFirst().orElse(""))
                .isLessThanOrEqualTo(300));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(false).check(CLASSES);
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(MAIN)) {
            return files.filter(file -> file.toString().endsWith(".java")).map(ArchitectureTest::read).toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
