#!/bin/sh
# kfdfs --report: everything about the state, and nothing that is nobody's business; and kfdfs -d.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
"$KFDFS" --report "$TMP" >"$TMP/none" 2>&1 && fail "a directory that is no mount is refused"
same "a directory that is no mount is refused in one line" 1 "$(wc -l <"$TMP/none")"
start_mount mi300x:2
truncate -s 64K "$MNT/gpu0/vram/secret"
echo "these bytes are mine" | dd of="$MNT/gpu0/vram/secret" conv=notrunc 2>/dev/null
echo "fill vram/secret 1 16" >"$MNT/gpu0/sdma/0/run"
(echo "nonsense" >"$MNT/gpu1/sdma/0/run") 2>/dev/null
check "a report is made" "$KFDFS" --report "$MNT" >"$TMP/report"
has() { if grep -q -- "$2" "$TMP/report"; then ok "$1"; else fail "$1: no $2"; fi; }
has "it has the version" "^kfd 1\\."
has "what the GPUs are" "^==> .*/gpu1/info"
has "how they are" "^vram_used_bytes"
has "how they are connected" "^gpu0 gpu1 xgmi"
has "what was done" "fill vram/secret 1 16"
has "what stands in the rings" "fill 0x.* with 0x00000001"
has "what failed" "nonsense"
same "no serial number is in it" "" "$(grep unique_id "$TMP/report" | grep -v "left out")"
same "no buffer is in it" 0 "$(grep -c "bytes are mine" "$TMP/report")"
stop_mount
# as a kernel that tells of other processes would have it
mkdir "$TMP/like"
echo "kfdfs" >"$TMP/like/version"
echo "2026-01-01T00:00:00.000Z process gpu0 - - process 4711 (my (own) game) opened gpu0" >"$TMP/like/events"
"$KFDFS" --report "$TMP/like" >"$TMP/report"
has "it tells of other processes" "process 4711 (...) opened gpu0"
same "without their names" 0 "$(grep -c game "$TMP/report")"

# Every request and every ioctl, decoded
mkdir -p "$TMP/mnt"
"$KFDFS" -d --sim mi300x "$MNT" >"$TMP/debug" 2>&1 &
daemon=$!
until [ -e "$MNT/gpus" ] || ! kill -0 $daemon 2>/dev/null; do :; done
echo nop >"$MNT/gpu0/sdma/0/run"
fusermount3 -u "$MNT"
wait $daemon
for call in ACQUIRE_VM CREATE_QUEUE CREATE_EVENT DESTROY_QUEUE; do
    check "-d tells of $call" grep -q "$call" "$TMP/debug"
done
finish
