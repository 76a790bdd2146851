#!/bin/sh
# Builds the service and measures what its throttle does, and what happens without it: bench/throttle.sh. Takes some eight minutes.
exec "$(dirname "$0")/run.sh" --of Throttled
