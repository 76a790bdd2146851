package dev.deeprepo.checkout;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.deeprepo.checkout.GitleaksRules.Allowlist;
import dev.deeprepo.checkout.GitleaksRules.Rule;
import dev.deeprepo.checkout.GitleaksRules.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A configuration of gitleaks (version 8), from which the operator's own rules come: that project's whole set, or what only
 * one company knows.
 *
 * <p>Read are {@code rules} with {@code id regex path keywords entropy secretGroup}, and the allowlists of rules and of the
 * file with {@code paths regexes regexTarget stopwords condition targetRules}. Not heeded are {@code required},
 * {@code commits} and comments in code that say {@code gitleaks:allow}: each would let more through.
 *
 * @see <a href="https://github.com/gitleaks/gitleaks#configuration">the format</a>
 */
record GitleaksFile(@Nullable Extend extend, @Nullable List<Row> rules, @Nullable AllowlistRow allowlist,
        @Nullable List<AllowlistRow> allowlists) {

    private static final Logger log = LoggerFactory.getLogger(GitleaksFile.class);

    record Extend(@Nullable String path, @Nullable String url, @Nullable Boolean useDefault) {}

    record Row(@Nullable String id, @Nullable String regex, @Nullable String path, @Nullable List<String> keywords,
            @Nullable Double entropy, @Nullable Integer secretGroup, @Nullable AllowlistRow allowlist,
            @Nullable List<AllowlistRow> allowlists) {}

    record AllowlistRow(@Nullable String condition, @Nullable List<String> paths, @Nullable List<String> regexes,
            @Nullable String regexTarget, @Nullable List<String> stopwords, @Nullable List<String> targetRules) {}

    /** @throws BadSecretRules when the file cannot be read, or one of its rules cannot be used */
    static GitleaksRules read(Path path) {
        try {
            GitleaksFile file = TomlMapper.shared().readValue(Files.readString(path), GitleaksFile.class);
            GitleaksRules rules = new GitleaksRules(file.compiled(path));
            log.info("{} rules on secrets from {}, beside those of the service", file.rows().size(), path);
            return rules;
        } catch (JacksonException e) {
            throw new BadSecretRules(path, "is no configuration of gitleaks: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new BadSecretRules(path, "cannot be read as a text file", e);
        }
    }

    private List<Row> rows() {
        return rules == null ? List.of() : rules;
    }

    private List<Rule> compiled(Path path) {
        if (extend != null && (extend.path != null || extend.url != null || Boolean.TRUE.equals(extend.useDefault))) {
            throw new BadSecretRules(path, "extends another configuration, which is not here; give one that holds all",
                    null);
        }
        if (rows().isEmpty()) {
            throw new BadSecretRules(path, "has no [[rules]]", null);
        }
        List<AllowlistRow> shared = all(allowlist, allowlists);
        List<Rule> compiled = new ArrayList<>();
        for (Row row : rows()) {
            try {
                compiled.add(rule(row, shared));
            } catch (IllegalArgumentException | PatternSyntaxException e) {
                throw new BadSecretRules(path, "has a rule \"%s\" that cannot be used: %s".formatted(row.id,
                        e.getMessage()), e);
            }
        }
        return compiled;
    }

    private static Rule rule(Row row, List<AllowlistRow> shared) {
        if (row.id == null || !row.id.matches("[\\w.-]{1,80}")) {
            throw new IllegalArgumentException("its id is not made of letters, digits, \".\", \"_\" and \"-\"");
        }
        if (row.regex == null && row.path == null) {
            throw new IllegalArgumentException("it has neither regex nor path");
        }
        Pattern regex = row.regex == null ? null : Pattern.compile(row.regex);
        int group = row.secretGroup == null ? 0 : row.secretGroup;
        if (regex != null && (group < 0 || group > regex.groupCount())) {
            throw new IllegalArgumentException("its regex has no group " + group);
        }
        Stream<AllowlistRow> ofAll = shared.stream()
                .filter(list -> list.targetRules == null || list.targetRules.contains(row.id));
        return new Rule(row.id, regex, row.path == null ? null : Pattern.compile(row.path),
                row.keywords == null ? Set.of() : Set.copyOf(row.keywords), row.entropy == null ? 0 : row.entropy,
                group,
                Stream.concat(all(row.allowlist, row.allowlists).stream(), ofAll).map(GitleaksFile::compiled).toList());
    }

    private static List<AllowlistRow> all(@Nullable AllowlistRow one, @Nullable List<AllowlistRow> more) {
        return Stream.concat(Stream.ofNullable(one), more == null ? Stream.of() : more.stream()).toList();
    }

    private static Allowlist compiled(AllowlistRow row) {
        boolean every = switch (row.condition == null ? "OR" : row.condition.toUpperCase(Locale.ROOT)) {
            case "OR", "||" -> false;
            case "AND", "&&" -> true;
            default -> throw new IllegalArgumentException("an allowlist's condition is \"" + row.condition + "\"");
        };
        Target target = switch (row.regexTarget == null ? "" : row.regexTarget) {
            case "", "secret" -> Target.SECRET;
            case "match" -> Target.MATCH;
            case "line" -> Target.LINE;
            default -> throw new IllegalArgumentException("an allowlist's regexTarget is \"" + row.regexTarget + "\"");
        };
        return new Allowlist(every, patterns(row.paths), patterns(row.regexes), target,
                row.stopwords == null
                        ? List.of()
                        : row.stopwords.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList());
    }

    private static List<Pattern> patterns(@Nullable List<String> regexes) {
        return regexes == null ? List.of() : regexes.stream().map(Pattern::compile).toList();
    }
}
