#!/bin/sh
# Analyzes one repository with deeprepo: starts the service if none answers, shows progress, prints the report.
# Needs curl and a POSIX shell; to start the service also a JDK 25 or newer, git and python3.
set -eu

usage() {
    cat <<'USAGE'
Usage: scripts/analyze.sh REPO_URL [options]

  --ref REF            branch, tag or full commit id (default: the repository's default branch)
  --path DIR           read only this subdirectory
  --domain DOMAIN      code (default), context (a project bible for AI coding tools) or content (a document library)
  --focus TEXT         a question or an emphasis
  --root-model NAME    the model that explores, such as sonnet or offline/explorer
  --sub-model NAME     the model that answers focused prompts
  --mode MODE          RLM (default), BASELINE, COMPARE or AUTO
  --max-turns N        turns of the root model
  --max-cost USD       money, such as 2.50
  --timeout DURATION   running time, such as 90s, 30m, 2h or PT30M
  -o DIR               save report.md and metrics.json there
  -q                   no progress
  -h, --help           this text

The report goes to stdout, everything else to stderr. Exit code: 0 report complete or partial, 1 failed, 2 wrong usage,
130 interrupted (the analysis is cancelled). The service is looked for at $DEEPREPO_URL (default http://127.0.0.1:8080); where it
wants a key, that is taken from $DEEPREPO_API_KEY.
USAGE
}

say() { [ -n "$quiet" ] || printf '%s\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
misuse() { printf '%s\n' "$*" >&2; usage >&2; exit 2; }

# A JSON string of the argument, without the quotes.
escaped() {
    printf '%s\n' "$1" | tr -d '\000-\010\013-\037' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/$tab/\\\\t/g" \
        | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

# text KEY: the first string of that name in the JSON on stdin. number KEY: likewise.
text() {
    awk -v key="$1" '{ all = all $0 } END {
        if (match(all, "\"" key "\" *: *\"([^\"\\\\]|\\\\.)*\"")) {
            found = substr(all, RSTART, RLENGTH); sub(/^"[A-Za-z]*" *: *"/, "", found); sub(/"$/, "", found); print found
        } }' | sed -e 's/\\n/ /g' -e 's/\\"/"/g' -e 's/\\\\/\\/g'
}
number() {
    awk -v key="$1" '{ all = all $0 } END {
        if (match(all, "\"" key "\" *: *-?[0-9][0-9.eE+-]*")) {
            found = substr(all, RSTART, RLENGTH); sub(/^.*: */, "", found); print found
        } }'
}
# after NAME: the JSON on stdin from the last member of that name on.
after() { awk -v key="$1" '{ all = all $0 } END {
        while ((at = index(all, "\"" key "\":")) > 0) { all = substr(all, at + 1); seen = 1 }
        if (seen) print all }'; }

tab=$(printf '\t')
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
url=${DEEPREPO_URL:-http://127.0.0.1:8080}
url=${url%/}
quiet='' out='' repository='' fields=''

string_field() { fields="$fields,\"$1\":\"$(escaped "$2")\""; }
number_field() {
    case $2 in
        '' | *[!0-9.]* | *.*.* | .* | *.) misuse "$3 needs a number, got '$2'" ;;
        *) fields="$fields,\"$1\":$2" ;;
    esac
}
duration() {
    case $1 in
        *[0-9]s | *[0-9]m | *[0-9]h) printf 'PT%s' "$1" | tr smh SMH ;;
        *) printf '%s' "$1" ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage; exit 0 ;;
        -q) quiet=yes; shift; continue ;;
        -o | --ref | --path | --domain | --focus | --root-model | --sub-model | --mode | --max-turns | --max-cost | --timeout)
            [ $# -ge 2 ] || misuse "$1 needs a value" ;;
        -*) misuse "unknown option $1" ;;
        *) [ -z "$repository" ] || misuse "one repository at a time, got '$1' as well"; repository=$1; shift; continue ;;
    esac
    case $1 in
        -o) out=$2 ;;
        --ref) string_field ref "$2" ;;
        --path) string_field path "$2" ;;
        --domain) string_field domain "$2" ;;
        --focus) string_field focus "$2" ;;
        --root-model) string_field rootModel "$2" ;;
        --sub-model) string_field subModel "$2" ;;
        --mode) string_field mode "$2" ;;
        --max-turns) number_field maxTurns "$2" "$1" ;;
        --max-cost) number_field maxCostUsd "$2" "$1" ;;
        --timeout) string_field timeout "$(duration "$2")" ;;
    esac
    shift 2
done
[ -n "$repository" ] || misuse "which repository?"
command -v curl >/dev/null || fail "curl is needed"

status_of() { curl -s -o /dev/null -m 5 -w '%{http_code}' "$url$1" 2>/dev/null || true; }

find_java() {
    for java in "${JAVA_HOME:-}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
        [ -x "$java" ] || continue
        major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
        if [ "${major:-0}" -ge 25 ]; then
            printf '%s' "$java"
            return
        fi
    done
}

find_jar() {
    for jar in "$root"/target/*.jar; do
        [ -f "$jar" ] && printf '%s' "$jar" && return
    done
}

start_service() {
    case $url in
        http://127.0.0.1 | http://localhost) port=80 ;;
        http://127.0.0.1:* | http://localhost:*) port=${url##*:} ;;
        *) fail "no service answers at $url" ;;
    esac
    java=$(find_java)
    [ -n "$java" ] || fail "no service answers at $url, and there is no JDK 25 or newer here to start one with"
    if [ -z "$(find_jar)" ]; then
        say "Building the service (once) …"
        (cd "$root" && ./mvnw -q -B -DskipTests package) >&2 || fail "the build failed"
    fi
    data=${DEEPREPO_DATA_DIR:-$root/data}
    mkdir -p "$data"
    log=$data/service.log
    say "Starting the service at $url (log: $log) …"
    # In the background the shell lets it ignore Ctrl-C, so it outlives this script.
    (cd "$root" && DEEPREPO_DATA_DIR=$data PORT=$port exec nohup "$java" --enable-native-access=ALL-UNNAMED \
        -jar "$(find_jar)" >"$log" 2>&1 </dev/null) &
    service=$!
    waited=0
    until [ "$(status_of /actuator/health/readiness)" = 200 ]; do
        kill -0 "$service" 2>/dev/null || { tail -n 20 "$log" >&2; fail "the service ended while starting; see $log"; }
        waited=$((waited + 1))
        [ "$waited" -le 120 ] || fail "the service is not ready after 120 s; see $log"
        [ $((waited % 5)) -ne 0 ] || say "  … $waited s"
        sleep 1
    done
    say "The service keeps running when this is done; stop it with: kill $service"
}

case $(status_of /actuator/health/readiness) in
    200) ;;
    000 | '') start_service ;;
    *) say "The service at $url answers but is not ready; trying all the same." ;;
esac

work=$(mktemp -d)
id=''
# From a file: arguments can be seen by every user of the machine.
(umask 077 && printf '%s' "${DEEPREPO_API_KEY:+Authorization: Bearer $DEEPREPO_API_KEY}" >"$work/key")
# shellcheck disable=SC2329 # called by the traps
cancel() {
    trap '' INT TERM
    if [ -n "$id" ]; then
        printf '\nCancelling %s\n' "$id" >&2
        curl -s -o /dev/null -m 10 -H "@$work/key" -X POST "$url/analyses/$id/cancel" || true
    fi
    exit 130
}
trap cancel INT TERM
trap 'rm -rf "$work"' EXIT

problem() {
    detail=$(text detail <"$1")
    code=$(text code <"$1")
    printf '%s\n' "${detail:-no detail}${code:+ ($code)}"
}

http=$(curl -sS -m 30 -o "$work/analysis" -w '%{http_code}' -H "@$work/key" -H 'Content-Type: application/json' \
    --data-binary "{\"repository\":\"$(escaped "$repository")\"$fields}" "$url/analyses") || fail "the service at $url does not answer"
[ "$http" = 202 ] || fail "Refused with HTTP $http: $(problem "$work/analysis")"
id=$(text id <"$work/analysis")
[ -n "$id" ] || fail "the service at $url did not name the analysis"
say "Analysis $id of $repository"

shown='' misses=0 status=QUEUED
while :; do
    if curl -sS -f -m 30 -H "@$work/key" -o "$work/next" "$url/analyses/$id" 2>"$work/error"; then
        mv "$work/next" "$work/analysis"
        misses=0
        status=$(text status <"$work/analysis")
        after progress <"$work/analysis" >"$work/progress"
        after total <"$work/analysis" >"$work/total"
        line="$status: turn $(number turn <"$work/progress")/$(number maxTurns <"$work/progress"),"
        line="$line $(number subCalls <"$work/progress") sub-calls, \$$(number costUsd <"$work/total")"
        until=$(text waitingUntil <"$work/progress")
        line="$line, $(text phase <"$work/progress")${until:+ until $(printf '%s' "$until" | sed 's/.*T\(..:..:..\).*/\1/') UTC}"
        if [ "$line" != "$shown" ]; then
            say "  $line"
            shown=$line
        fi
    else
        misses=$((misses + 1))
        [ "$misses" -lt 30 ] || fail "lost the service: $(cat "$work/error") (the analysis $id goes on when it is back)"
    fi
    case $status in
        COMPLETED | PARTIAL | FAILED | CANCELLED) break ;;
    esac
    sleep 1
done

if [ -n "$out" ]; then
    mkdir -p "$out"
    cp "$work/analysis" "$out/metrics.json"
fi
http=$(curl -sS -m 60 -o "$work/report" -w '%{http_code}' -H "@$work/key" -H 'Accept: text/markdown' "$url/analyses/$id/report") || http=000
if [ "$http" = 200 ]; then
    cat "$work/report"
    if [ -n "$out" ]; then
        cp "$work/report" "$out/report.md"
        say "Saved $out/report.md and $out/metrics.json"
    fi
fi
case $status in
    COMPLETED | PARTIAL)
        [ "$http" = 200 ] || fail "$status, but no report (HTTP $http): $(problem "$work/report")" ;;
    *)
        after error <"$work/analysis" >"$work/error"
        fail "$status: $(problem "$work/error")" ;;
esac
