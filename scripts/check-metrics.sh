#!/bin/sh
# Checks names, units and help texts of what Prometheus reads of a service that has made calls of all kinds, as
# FiguresIT left it: scripts/check-metrics.sh, after ./mvnw verify. Needs promtool, which comes with Prometheus.
set -eu
cd "$(dirname "$0")/.."
command -v promtool > /dev/null || { echo "promtool is missing: install Prometheus (Debian's package is prometheus)" >&2; exit 1; }
promtool check metrics < target/prometheus.txt
echo "promtool has nothing to say against $(grep -c '^# TYPE' target/prometheus.txt) metrics"
