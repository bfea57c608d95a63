#!/bin/sh
# What kfdfs asks of the kernel can be read: on stderr with -d, or in a file.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

KFDFS_TRACE=$TMP/trace
export KFDFS_TRACE
start_mount mi300x
echo nop >"$MNT/gpu0/sdma/0/run"
stop_mount
for want in 'kfd: GET_VERSION() = 0 (major=1, minor=17)' 'kfd: CREATE_QUEUE(gpu_id=' 'type=SDMA' 'flags=GTT|' \
    'kfd: WAIT_EVENTS(events=[' 'kfd: SET_XNACK_MODE(enabled=-1) = EPERM' 'kfd: DESTROY_QUEUE(queue_id=0) = 0'; do
    if grep -qF "$want" "$TMP/trace"; then ok "the file has $want"; else fail "the file lacks $want"; fi
done
same "a line is a call" "" "$(grep -vE '^kfd: [A-Z_]+( [A-Z_]+)?\(.*\) = (E[A-Z]+|[0-9]+( \(.*\))?)$' "$TMP/trace")"
unset KFDFS_TRACE

"$KFDFS" -d --sim none "$MNT" 2>&1 | while read -r line; do
    echo "$line" >>"$TMP/debug"
    case $line in *success,\ outsize*) [ -e "$TMP/up" ] || fusermount3 -u "$MNT" && : >"$TMP/up" ;; esac
done
check "-d prints them to stderr" grep -qF "kfd: GET_VERSION() = 0" "$TMP/debug"
finish
