#!/bin/sh
# Sleeping on completed, errors and events: woken when there is more, and only then; tail -f follows.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is missing"
start_mount mi300x:2
timeout 120 python3 "$KFDFS_TESTS/poller.py" "$MNT" throttle >"$TMP/poller" 2>&1
same "the poller is content" 0 $?
while read -r line; do
    case $line in
    "ok "*) ok "${line#ok }" ;;
    *) fail "$line" ;;
    esac
done <"$TMP/poller"

mkfifo "$TMP/lines"
tail -n +1 -f "$MNT/errors" >"$TMP/lines" &
tail=$!
exec 7<"$TMP/lines"
(echo "a failure" >"$MNT/gpu0/sdma/0/run") 2>/dev/null
check "tail -f follows errors" timeout 60 grep -q -m 1 "a failure" <&7
kill $tail
wait $tail 2>/dev/null
exec 7<&-
tail -n +1 -f "$MNT/events" >"$TMP/lines" &
tail=$!
exec 7<"$TMP/lines"
mkdir "$MNT/gpu1/sdma/ends"
echo "wait gpu1/sdma/0 1000" >"$MNT/gpu1/sdma/ends/submit"
rmdir "$MNT/gpu1/sdma/ends"
check "and events" timeout 60 grep -q -m 1 "queue gpu1 sdma/ends" <&7
kill $tail
wait $tail 2>/dev/null
exec 7<&-
finish
