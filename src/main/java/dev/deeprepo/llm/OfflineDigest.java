package dev.deeprepo.llm;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The sub model's part played by rules: it finds the code in a prompt and says what its comments, declarations and
 * layout show; or the document, and says what {@link OfflineSummary} reads in it. It answers every prompt, and says so when there is nothing it can read.
 */
final class OfflineDigest {

    private static final int LONGEST_READ = 200_000;
    private static final int NAMES_SHOWN = 8;

    private static final Pattern FENCE = Pattern.compile("(?m)^(`{3,}+|~{3,}+)[^\\n]*+\\n");
    /** Names what is to be described, above it. */
    private static final Pattern DOCUMENT = Pattern.compile("\\A[^`~]*?\\nDocument: ");
    private static final Pattern BRANCH = Pattern
            .compile("\\b(?:if|elif|elsif|for|foreach|while|case|when|match|catch|except|rescue|switch)\\b");
    private static final Pattern MARK = Pattern.compile("\\b(?:TODO|FIXME|XXX|HACK)\\b(?=[\\s:(])");
    private static final Pattern COMMENT_BEGINS = Pattern.compile("#|//|/\\*|^\\s*+\\*|--|;;|<!--");
    private static final Pattern LICENSE = Pattern.compile(
            "(?i)copyright|licen[cs]e|spdx|all rights reserved|warranty|redistribut|public domain|written by|@author|general public|governed by"
                    + "|-\\*-|eslint|prettier|@ts-|^!|^use strict$|^todo|^fixme");
    /** Triple-quoted, slash-star (perhaps cut at its end), angle, or a run of comment lines. */
    private static final Pattern COMMENT = Pattern.compile(
            "^(?:[rRuU]?(?:\"\"\".*?\"\"\"|\'\'\'.*?\'\'\')|(/\\*\\*.*?(?:\\*/|\\z))|/\\*.*?(?:\\*/|\\z)|<!--.*?-->"
                    + "|(?:(?://[/!]?|#(?!include|define|if|pragma|\\[)|--|;;)[^\\n]*+(?:\\n|\\z)){1,100}+)",
            Pattern.DOTALL | Pattern.MULTILINE);
    /** What may stand above the comment that speaks of the whole file. */
    private static final Pattern PREAMBLE = Pattern
            .compile(
                    "\\s*+(?:(?:package|module|namespace|use strict|[\"']use strict[\"']|<\\?php)[^\\n]*+\\s*+){0,9}+");
    private static final Pattern DECLARATION = Pattern.compile(
            "^(?:export[ \\t]+)?(?:default[ \\t]+)?(?:async[ \\t]+)?(?:def|class|function\\*?|interface|trait|module)[ \\t]+([\\w.$]+)"
                    + "|^[ \\t]{0,4}(?:@\\w+[ \\t]+)?(?:public|protected|internal|open|sealed|abstract|final|static|data)[ \\t]+(?:[\\w<>\\[\\],.?@]+[ \\t]+){0,5}?(?:class|interface|enum|record|struct|object|fun|function|trait)[ \\t]+(\\w+)"
                    + "|^[ \\t]{0,4}public[ \\t]+(?:[\\w<>\\[\\],.?&]+[ \\t]+){1,5}(\\w+)[ \\t]*\\("
                    + "|^(?:final[ \\t]+|abstract[ \\t]+)?(?:class|interface|enum|record|object|fun)[ \\t]+(\\w+)"
                    + "|^export[ \\t]+(?:const|let|var|type|enum)[ \\t]+(\\w+)|^(?:module\\.)?exports\\.(\\w+)[ \\t]*="
                    + "|^func[ \\t]+(?:\\([^)\\n]*\\)[ \\t]*)?([A-Z]\\w*)|^type[ \\t]+([A-Z]\\w*)"
                    + "|^[ \\t]{0,4}pub(?:\\([^)\\n]*\\))?[ \\t]+(?:async[ \\t]+|unsafe[ \\t]+|const[ \\t]+){0,3}(?:fn|struct|enum|trait|mod|type)[ \\t]+(\\w+)"
                    + "|^(?!(?:func|fn|def|function|return|else|static|class)\\b)[A-Za-z_][\\w \\t*]*[ \\t*](\\w+)\\([^;{}\\n]*\\)[ \\t]*\\n?\\{",
            Pattern.MULTILINE);

    /** A few lines of plain text about the code in {@code prompt}. */
    String describe(String prompt) {
        String read = prompt.substring(0, Math.min(prompt.length(), LONGEST_READ));
        String code = fenced(read);
        if (code == null) {
            return """
                    offline/digest, by rules: no language model was used
                    purpose: unknown. The prompt holds no fenced code, and rules cannot answer a question; \
                    it has %,d characters in %,d lines.""".formatted(prompt.length(), prompt.lines().count());
        }
        if (DOCUMENT.matcher(read).find()) {
            return "offline/digest, by rules: no language model was used\n" + OfflineSummary.of(code);
        }
        return """
                offline/digest, by rules: no language model was used
                purpose: %s
                api: %s
                shape: %s
                smells: %s""".formatted(purpose(code), api(code), shape(code), smells(code));
    }

    /** What stands between the first fence and its last match; null when there is no fence. */
    private static @Nullable String fenced(String prompt) {
        Matcher open = FENCE.matcher(prompt);
        if (!open.find()) {
            return null;
        }
        int end = prompt.lastIndexOf("\n" + open.group(1));
        return prompt.substring(open.end(), end >= open.end() ? end + 1 : prompt.length());
    }

    /** The first sentence of the first comment that speaks of the code rather than of its licence. */
    private static String purpose(String code) {
        String head = code.substring(0, Math.min(code.length(), 12_000));
        Matcher comment = COMMENT.matcher(head);
        int end = 0;
        boolean onTop = true;
        while (comment.find()) {
            onTop = onTop && PREAMBLE.matcher(head.substring(end, comment.start())).matches();
            end = comment.end();
            String sentence = onTop || comment.group(1) != null ? firstSentence(comment.group()) : "";
            if (sentence.length() >= 15 && sentence.indexOf(' ') > 0) {
                return sentence;
            }
        }
        return "not stated";
    }

    private static String firstSentence(String comment) {
        StringJoiner words = new StringJoiner(" ");
        for (String raw : comment.lines().toList()) {
            String line = raw.strip()
                    .replaceFirst("^(?:[rRuU]?(?:\"\"\"|''')|/\\*+!?|<!--|//+!?|#+|--+|;;+|\\*+(?!/))", "")
                    .replaceFirst("(?:\"\"\"|'''|\\*+/|-->)$", "").strip();
            if (LICENSE.matcher(line).find()) {
                if (words.length() > 40) {
                    break;
                }
                return "";
            }
            boolean rule = line.chars().noneMatch(Character::isLetterOrDigit);
            if ((rule || line.startsWith("@") || line.startsWith(":param")) && words.length() > 0) {
                break;
            }
            if (!rule) {
                words.add(line);
            }
        }
        String text = words.toString().replaceAll("\\{@link(?:plain)?\\s\\S{1,200}+\\s([^}]{1,200}+)}", "$1")
                .replaceAll("\\{@\\w+\\s+([^}]*)}|<[^>\\n]{1,40}>", "$1").replaceAll("\\s+", " ")
                .strip();
        Matcher end = Pattern.compile("[.!?](?=\\s+[A-Z`(])").matcher(text);
        String sentence = end.find() ? text.substring(0, end.end()) : text;
        return sentence.length() <= 240 ? sentence : sentence.substring(0, 239).stripTrailing() + "…";
    }

    private static String api(String code) {
        Set<String> names = new LinkedHashSet<>();
        Matcher declaration = DECLARATION.matcher(code);
        while (declaration.find()) {
            for (int group = 1; group <= declaration.groupCount(); group++) {
                String name = declaration.group(group);
                if (name != null && !name.startsWith("_") && !RESERVED.contains(name)) {
                    names.add(name);
                }
            }
        }
        if (names.isEmpty()) {
            return "nothing public";
        }
        String first = String.join(", ", names.stream().limit(NAMES_SHOWN).toList());
        return names.size() <= NAMES_SHOWN ? first : first + " and %,d more".formatted(names.size() - NAMES_SHOWN);
    }

    private static final Set<String> RESERVED = Set.of("if", "while", "switch", "return", "sizeof", "catch",
            "main", "or", "and", "of", "for", "in", "is", "to", "the", "that", "which", "with", "method", "methods");

    private static String shape(String code) {
        return "%,d lines read, %,d branches".formatted(code.lines().count(), BRANCH.matcher(code).results().count());
    }

    private static String smells(String code) {
        List<String> lines = code.lines().toList();
        StringJoiner smells = new StringJoiner("; ");
        long marks = lines.stream().filter(OfflineDigest::isMarked).count();
        if (marks > 2) {
            smells.add("%,d TODO or FIXME marks".formatted(marks));
        }
        long wide = lines.stream().filter(line -> line.length() > 160).count();
        if (wide > 5) {
            smells.add("%,d lines longer than 160 characters".formatted(wide));
        }
        long two = lines.stream().filter(line -> indent(line) == 2).count();
        long four = lines.stream().filter(line -> indent(line) == 4).count();
        int step = lines.stream().anyMatch(line -> line.startsWith("\t")) ? 1 : two * 2 > four ? 2 : 4;
        long deep = lines.stream()
                .filter(line -> indent(line) >= 7 * step && opensBranch(line))
                .count();
        if (deep > 1) {
            smells.add("%,d branches nested seven levels deep or more".formatted(deep));
        }
        long branches = BRANCH.matcher(code).results().count();
        if (lines.size() >= 100 && branches * 4 > lines.size()) {
            smells.add(String.format(Locale.ROOT, "dense: one branch in %.1f lines", (double) lines.size() / branches));
        }
        return smells.length() == 0 ? "none" : smells.toString();
    }

    private static boolean isMarked(String line) {
        Matcher mark = MARK.matcher(line);
        return mark.find() && COMMENT_BEGINS.matcher(line.substring(0, mark.start())).find();
    }

    private static int indent(String line) {
        int width = 0;
        while (width < line.length() && Character.isWhitespace(line.charAt(width))) {
            width++;
        }
        return width == line.length() ? 0 : width;
    }

    private static boolean opensBranch(String line) {
        return BRANCH.matcher(line.stripLeading().replaceFirst("^} ?", "")).lookingAt();
    }
}
