#!/bin/sh
# Lints the OpenAPI document that the packaged service serves, generates a client from it, and has that client complete an
# analysis: scripts/check-api.sh. Needs npm; what it downloads goes to target/.
set -eu
cd "$(dirname "$0")/.."
out=target/api
port=${CHECK_API_PORT:-18082}
spectral=@stoplight/spectral-cli@6.16.3
generator=7.25.0

./mvnw -q -B -ntp -DskipTests package dependency:build-classpath -Dmdep.outputFile=target/api.classpath
./mvnw -q -B -ntp dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:$generator -DoutputDirectory=target/tools
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [ -x "$home/bin/javac" ] && "$home/bin/javac" -version 2>&1 | grep -Eq '^javac (2[5-9]|[3-9][0-9])'; then
        break
    fi
done
rm -rf $out
mkdir -p $out/classes

DEEPREPO_CHECKOUT_ALLOWED_SCHEMES=https,http DEEPREPO_CHECKOUT_ALLOW_PRIVATE_ADDRESSES=true \
    PORT=$port DEEPREPO_DATA_DIR=$out/data "$home/bin/java" -XX:TieredStopAtLevel=1 -jar target/deeprepo-*.jar > $out/log 2>&1 &
service=$!
trap 'kill $service 2>/dev/null || true; wait $service 2>/dev/null || true' EXIT
npm install --silent --no-audit --no-fund --no-save --prefix target/tools/npm $spectral
seconds=0
until curl -sf "http://127.0.0.1:$port/v3/api-docs" -o $out/openapi.json; do
    if [ $seconds -ge 60 ] || ! kill -0 $service; then
        cat $out/log >&2
        exit 1
    fi
    sleep 1
    seconds=$((seconds + 1))
done

target/tools/npm/node_modules/.bin/spectral lint --fail-severity=warn --ruleset scripts/spectral.yaml $out/openapi.json

package=dev.deeprepo.client
"$home/bin/java" -XX:TieredStopAtLevel=1 -jar target/tools/openapi-generator-cli-$generator.jar generate -g java --library native \
    -i $out/openapi.json -o $out/client --global-property=apis,models,supportingFiles,apiTests=false,modelTests=false \
    --additional-properties=openApiNullable=false,useJakartaEe=true,invokerPackage=$package,apiPackage=$package,modelPackage=$package \
    > $out/generator.log 2>&1 || { cat $out/generator.log >&2; exit 1; }
classpath="target/test-classes:target/classes:$(cat target/api.classpath)"
find $out/client/src/main/java -name '*.java' > $out/sources
"$home/bin/javac" -nowarn -d $out/classes -cp "$classpath" @$out/sources scripts/GeneratedClient.java
"$home/bin/java" -XX:TieredStopAtLevel=1 -cp "$out/classes:$classpath" GeneratedClient "http://127.0.0.1:$port"
