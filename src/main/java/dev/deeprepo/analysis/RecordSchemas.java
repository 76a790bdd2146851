package dev.deeprepo.analysis;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.deeprepo.journal.Event;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.swagger.v3.oas.models.SpecVersion;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The schemas of the API, made from its records as they stand: a component is a property, {@code @Nullable} lets it be
 * null, its Javadoc describes it, and an enum's constants are the values. Answers always have all their properties; a
 * request needs those that say so. {@code @Schema} states only what Java cannot.
 */
final class RecordSchemas {

    private static final String HOME = "dev.deeprepo.";
    /** Types and formats of what is not ours. */
    private static final Map<Class<?>, List<String>> SIMPLE = Map.ofEntries(Map.entry(String.class, List.of("string")),
            Map.entry(boolean.class, List.of("boolean")), Map.entry(Boolean.class, List.of("boolean")),
            Map.entry(int.class, List.of("integer", "int32")), Map.entry(Integer.class, List.of("integer", "int32")),
            Map.entry(long.class, List.of("integer", "int64")), Map.entry(Long.class, List.of("integer", "int64")),
            Map.entry(BigDecimal.class, List.of("number")), Map.entry(UUID.class, List.of("string", "uuid")),
            Map.entry(Instant.class, List.of("string", "date-time")),
            Map.entry(LocalDate.class, List.of("string", "date")),
            Map.entry(Duration.class, List.of("string"))); // the format "duration" knows no fractions of a second

    /** Names in a client, where the name in Java needs its package to be understood. */
    private static final Map<String, String> NAMES = Map.ofEntries(Map.entry("usage.Usage", "Tokens"),
            Map.entry("usage.Price", "ChargedPrice"), Map.entry("usage.Price$Tier", "ChargedTier"),
            Map.entry("journal.Turn$ExecutedCell", "Cell"), Map.entry("journal.Event$CheckedFinding", "Finding"),
            Map.entry("journal.Event$ModelReplied$Source", "ReplySource"), Map.entry("report.Section", "ReportSection"),
            Map.entry("report.RunAccount", "ReportAccount"), Map.entry("report.ReportFacts", "ReportRun"),
            Map.entry("report.RunAccount$Consumed", "Usage"), Map.entry("report.RunAccount$Checked", "FindingCount"),
            Map.entry("report.RunAccount$Packed", "PackedFiles"), Map.entry("report.Sides", "Comparison"),
            Map.entry("report.Sides$Side", "ComparisonSide"));

    private RecordSchemas() {}

    /** Of these types and all that they hold, by name. */
    static Map<String, Schema<Object>> of(List<Class<?>> types) {
        Map<String, Schema<Object>> named = new TreeMap<>();
        types.forEach(type -> define(type, named));
        return named;
    }

    /** The schema of a type: in place, or a reference to what {@code named} then holds. */
    private static Schema<Object> of(Type type, Map<String, Schema<Object>> named) {
        if (type instanceof ParameterizedType generic) {
            Schema<Object> part = of(List.of(generic.getActualTypeArguments()).getLast(), named);
            boolean map = generic.getRawType() == Map.class;
            Schema<Object> whole = of(map ? "object" : "array");
            if (map) {
                whole.setAdditionalProperties(part);
            } else {
                whole.setItems(part);
            }
            return whole;
        }
        if (!(type instanceof Class<?> raw)) {
            throw new IllegalStateException("no schema for " + type);
        }
        if (raw == Object.class) {
            return new Schema<>(SpecVersion.V31);
        }
        List<String> simple = SIMPLE.get(raw);
        if (simple != null) {
            Schema<Object> schema = of(simple.getFirst());
            schema.setFormat(simple.size() == 1 ? null : simple.getLast());
            return schema;
        }
        for (RecordComponent component : components(raw)) {
            if (component.getAccessor().isAnnotationPresent(JsonValue.class)) {
                return of(component.getGenericType(), named);
            }
        }
        Schema<Object> reference = new Schema<>(SpecVersion.V31);
        reference.set$ref(ApiDescription.SCHEMAS + define(raw, named));
        return reference;
    }

    private static Schema<Object> of(String type) {
        Schema<Object> schema = new Schema<>(SpecVersion.V31);
        schema.addType(type);
        return schema;
    }

    private static List<RecordComponent> components(Class<?> type) {
        return type.isRecord()
                ? Arrays.stream(type.getRecordComponents())
                        .filter(each -> !each.getAccessor().isAnnotationPresent(JsonUnwrapped.class)
                                && !each.getAccessor().isAnnotationPresent(JsonIgnore.class))
                        .toList()
                : List.of();
    }

    /** Two records may share a name when they are written alike. */
    private static String define(Class<?> type, Map<String, Schema<Object>> named) {
        String name = name(type);
        Schema<Object> known = named.get(name);
        if (known == null) {
            Schema<Object> schema = of(type.isEnum() ? "string" : "object");
            schema.setDescription(Javadoc.of(type).text());
            named.put(name, schema); // before its parts: one of them may be of this type
            if (type.isEnum()) {
                Stream.of(type.getEnumConstants()).map(RecordSchemas::written).forEach(schema::addEnumItemObject);
            } else {
                fill(schema, type, named);
            }
        } else if (type.isRecord() && !Set.copyOf(known.getProperties().keySet()).equals(
                components(type).stream().map(RecordComponent::getName).collect(Collectors.toSet()))) {
            throw new IllegalStateException("two schemas would be called %s, one of them for %s".formatted(name, type));
        }
        return name;
    }

    /** In the document and in a client. */
    static String name(Class<?> type) {
        io.swagger.v3.oas.annotations.media.Schema stated = type
                .getAnnotation(io.swagger.v3.oas.annotations.media.Schema.class);
        if (stated != null && !stated.name().isEmpty()) {
            return stated.name();
        }
        String name = NAMES.getOrDefault(type.getName().substring(HOME.length()), type.getSimpleName());
        return Event.class.isAssignableFrom(type) ? name + "Event" : name;
    }

    /** A constant of an enum as JSON has it. */
    static Object written(Object constant) {
        return JsonMapper.shared().convertValue(constant, String.class);
    }

    private static void fill(Schema<Object> schema, Class<?> type, Map<String, Schema<Object>> named) {
        boolean request = type == AnalysisRequest.class || type.getEnclosingClass() == AnalysisRequest.class
                || type.getEnclosingClass() == FollowUp.class;
        if (request) {
            schema.setAdditionalProperties(false);
        }
        Javadoc javadoc = Javadoc.of(type);
        schema.setProperties(new LinkedHashMap<>());
        components(type).forEach(component -> schema.addProperty(component.getName(), of("null"))); // until it is known
        for (RecordComponent component : components(type)) {
            io.swagger.v3.oas.annotations.media.Schema stated = component.getAccessor()
                    .getAnnotation(io.swagger.v3.oas.annotations.media.Schema.class);
            RequiredMode mode = stated == null ? RequiredMode.AUTO : stated.requiredMode();
            if (mode == RequiredMode.REQUIRED || mode == RequiredMode.AUTO && !request) {
                schema.addRequiredItem(component.getName());
            }
            boolean retyped = stated != null && stated.implementation() != Void.class;
            Schema<Object> property = of(retyped ? stated.implementation() : component.getGenericType(), named);
            if (stated != null) {
                state(property, stated);
            }
            boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            property = nullable && mode == RequiredMode.AUTO ? nullable(property) : property;
            if (property.getDescription() == null) {
                property.setDescription(javadoc.of(component.getName()));
            }
            if (stated != null && !stated.defaultValue().isEmpty()) {
                boolean flag = component.getType() == Boolean.class;
                property.setDefault(flag ? Boolean.valueOf(stated.defaultValue()) : stated.defaultValue());
            }
            schema.addProperty(component.getName(), property);
        }
    }

    /** What the annotation says of a value that its type does not. */
    private static void state(Schema<Object> property, io.swagger.v3.oas.annotations.media.Schema stated) {
        property.setDescription(orNull(stated.description()));
        Arrays.stream(stated.allowableValues()).forEach(property::addEnumItemObject);
        property.setMinimum(stated.minimum().isEmpty() ? null : new BigDecimal(stated.minimum()));
        property.setMaximum(stated.maximum().isEmpty() ? null : new BigDecimal(stated.maximum()));
        property.setMaxLength(stated.maxLength() == Integer.MAX_VALUE ? null : stated.maxLength());
        if (!stated.example().isEmpty()) {
            property.setExamples(List.of(stated.example()));
        }
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static Schema<Object> nullable(Schema<Object> schema) {
        if (schema.get$ref() == null) {
            if (schema.getEnum() != null) {
                schema.addEnumItemObject(null);
            }
            schema.addType("null");
            return schema;
        }
        Schema<Object> either = new Schema<>(SpecVersion.V31);
        either.setAnyOf(List.of(schema, of("null")));
        either.setDescription(schema.getDescription());
        schema.setDescription(null);
        return either;
    }
}
