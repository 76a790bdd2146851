package dev.deeprepo;

import java.util.Arrays;

/** What Prometheus reads of a service. */
record Exposition(String text) {

    /** What all samples of that name and with these labels, as in {@code role="root"}, come to. */
    double sum(String name, String... labels) {
        return text.lines().filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> Arrays.stream(labels).allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).sum();
    }
}
