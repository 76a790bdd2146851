#!/bin/sh
# Builds the service, measures it, and prints the table of the README: bench/run.sh [rounds]. Takes some minutes.
set -eu
bench=bench/Bench.java
case "${1:-}" in --of) bench=bench/$2.java; shift 2 ;; esac
cd "$(dirname "$0")/.."
./mvnw -q -B -ntp -DskipTests package dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [ -x "$home/bin/javac" ] && "$home/bin/javac" -version 2>&1 | grep -Eq '^javac (2[5-9]|[3-9][0-9])'; then
        exec "$home/bin/java" -cp "target/test-classes:target/classes:$(cat target/bench.classpath)" "$bench" "$@"
    fi
done
echo "a JDK 25 or newer must be installed" >&2
exit 1
