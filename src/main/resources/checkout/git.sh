# Runs git for as long as somebody holds the other end of standard input. Once that end is closed, by a kill -9 of the
# service for instance, git is killed with all its children; left to itself it would go on fetching.
#
# $1: "group" when this shell leads a process group of its own; the rest: git's arguments.
# Input: the lines that git gets to read, and an empty one.
group=$1
shift
# Address space of each process: what a pack or an answer unfolds to is known only when it has. A pack of 890 MB takes
# 272 MB, one of 600 000 objects 370 MB. Systems without such a limit go without.
ulimit -v 1048576 2>/dev/null
lines=
while IFS= read -r line && [ -n "$line" ]; do
    lines="$lines${lines:+
}$line"
done
exec 3<&0
git "$@" 3<&- <<END &
$lines
END
git=$!
if [ "$group" = group ]; then
    (
        IFS= read -r _ <&3
        kill -9 0
    ) >/dev/null 2>&1 &
    watch=$!
fi
exec 3<&-
wait $git
code=$?
exec 2>/dev/null
[ "$group" = group ] && kill -9 $watch
exit $code
