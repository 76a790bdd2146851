# Base images are named by version and digest, so that each build begins with the same bytes; the README says how to renew
# them. There is no syntax line: it would fetch one more image, to build with.
FROM eclipse-temurin:25.0.4.1_1-jdk-noble@sha256:589ff4cc3f71aab462e7048a47a0d10edf57fbccde3fceea2281e610bf5880b4 AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
# Dependencies change less often than code: a layer of their own.
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -q dependency:go-offline
COPY src src
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -q -DskipTests package \
    && java -Djarmode=tools -jar target/*.jar extract --layers --application-filename deeprepo.jar --destination extracted

FROM eclipse-temurin:25.0.4.1_1-jre-noble@sha256:d9a39a23634650173f1e2bbc176227af9728587ecf0f4b62d53e9355cd7a19ab
# git fetches, python3 is the sandboxed REPL, curl asks for health, tini reaps what they leave behind.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl git python3 tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 deeprepo \
    && useradd --system --uid 10001 --gid deeprepo --home-dir /data --no-create-home --shell /usr/sbin/nologin deeprepo \
    && install -d -o deeprepo -g deeprepo -m 0700 /data
WORKDIR /app
COPY --from=build /build/extracted/dependencies/ ./
COPY --from=build /build/extracted/spring-boot-loader/ ./
COPY --from=build /build/extracted/snapshot-dependencies/ ./
COPY --from=build /build/extracted/application/ ./

# Half of the container's memory is for Java; the rest is for the Python processes, which carry limits of their own.
ENV SERVER_ADDRESS=0.0.0.0 \
    PORT=8080 \
    DEEPREPO_DATA_DIR=/data \
    JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError"
VOLUME /data
EXPOSE 8080
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD curl -fsS "http://127.0.0.1:${PORT}/actuator/health/liveness" || exit 1
ENTRYPOINT ["/usr/bin/tini", "-s", "--", "java", "--enable-native-access=ALL-UNNAMED", "-jar", "deeprepo.jar"]
