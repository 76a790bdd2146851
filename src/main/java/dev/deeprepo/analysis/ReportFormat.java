package dev.deeprepo.analysis;

import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.report.Report;
import dev.deeprepo.report.ReportFacts;
import dev.deeprepo.report.Sarif;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** What a report comes as; the first is what one gets who does not say. */
enum ReportFormat {
    MARKDOWN("text/markdown", "md"),
    HTML("text/html", "html"),
    JSON("application/json", "json"),
    SARIF("application/sarif+json", "sarif");

    private final MediaType type;
    private final String ending;

    ReportFormat(String type, String ending) {
        MediaType bare = MediaType.parseMediaType(type);
        this.type = bare.getType().equals("text") ? new MediaType(bare, StandardCharsets.UTF_8) : bare;
        this.ending = ending;
    }

    /** The one that is wanted most, of those that there are; empty when none is wanted. */
    static Optional<ReportFormat> wanted(List<MediaType> accept) {
        if (accept.isEmpty()) {
            return Optional.of(MARKDOWN);
        }
        return accept.stream().filter(type -> type.getQualityValue() > 0)
                .sorted(Comparator.comparingDouble(MediaType::getQualityValue).reversed())
                .flatMap(type -> Arrays.stream(values()).filter(format -> type.includes(format.type))).findFirst();
    }

    static String all() {
        return Arrays.stream(values()).map(format -> format.type.getType() + "/" + format.type.getSubtype())
                .collect(Collectors.joining(", "));
    }

    /** @param download whether a browser is to keep it instead of showing it, which it does with Markdown anyway */
    ResponseEntity<Object> answer(String name, ReportFacts facts, Trajectory trajectory, boolean download) {
        ResponseEntity.BodyBuilder answer = ResponseEntity.ok().contentType(type).varyBy(HttpHeaders.ACCEPT);
        if (download || this == MARKDOWN || this == SARIF) {
            answer.header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"%s.%s\"".formatted(name, ending));
        }
        return switch (this) {
            case MARKDOWN -> answer.body(Report.of(facts, trajectory).markdown());
            case HTML -> answer.header(HttpHeaders.CONTENT_LANGUAGE, "en").body(Report.of(facts, trajectory).html());
            case JSON -> answer.body(Report.of(facts, trajectory));
            case SARIF -> answer.body(Sarif.of(facts, trajectory));
        };
    }
}
