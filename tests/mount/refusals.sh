#!/bin/sh
# Each ioctl of the image that recovers is refused in turn: the mount survives, says what it lost, and has it back after SIGHUP.
# STEP=1 (tests/long/handover.sh) tries each, otherwise one in so many.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
ends() { grep -c " recovery gpu0 - - \(its buffers\|no recovery\)" "$MNT/events"; }
refusals() { grep -c " recovery gpu[01] - - no recovery" "$MNT/events"; }
state() { echo "$(value status state) $(value ../gpu1/status state)"; }
# NAME COMMAND...: returns once it goes through. The faults of two GPUs may take two recoveries.
until_true() {
    what_for=$1 tries=0
    shift
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 8000 ] || { fail "$what_for: no recovery ends: $(tail -n 3 "$MNT/events")"; cd / && finish; }
    done
}
# shellcheck disable=SC2317 # called through until_true
has_ended() { [ "$(ends)" -gt "$n" ] && { is_ok || [ "$(refusals)" -gt "$m" ]; }; }
# shellcheck disable=SC2317
is_ok() { [ "$(state)" = "ok ok" ]; }
start_mount "${MODEL:-mi300x+rx7900xtx}"
cd "$MNT/gpu0" || exit 1
pid=$(daemon_pid)
head -c 100000 /dev/urandom >"$TMP/random"
for file in vram/a gtt/a ../gpu1/vram/a; do cp "$TMP/random" $file; done
kernel=$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco
[ ! -e "$kernel" ] || cp "$kernel" code/va.hsaco
is_whole() {
    cmp vram/a "$TMP/random" && cmp gtt/a "$TMP/random" && cmp ../gpu1/vram/a "$TMP/random"
}
works() {
    put sdma/0/run "copy gpu1/vram/a vram/a" && put ../gpu1/sdma/0/run "copy vram/a gpu0/gtt/a" &&
        { [ ! -e "$kernel" ] || put kernels/va/vector_add/run "grid=64 group=64 vram/a vram/a gtt/a 0"; }
}
lost=0 at=${FIRST:-0}
while [ "$at" -lt "${LAST:-110}" ]; do
    for error in ENOMEM EIO; do
        n=$(ends) m=$(refusals) what="$error of ioctl $at"
        put sim/inject "refuse-later 1 any $error 1 $at"
        put ../gpu1/sim/inject "fault @0x1000"
        put sim/inject "fault @0x1000"
        until_true "$what" has_ended
        case $(state) in
        *lost*)
            lost=$((lost + 1))
            is_whole || fail "$what: bytes are lost"
            grep -q " ENODEV gpu[01] no recovery: " "$MNT/errors" || fail "$what: errors says nothing"
            kill -HUP "$pid"
            until_true "$what, then SIGHUP" is_ok
            ;;
        esac
        is_whole || fail "$what: bytes are lost in the end"
        same "$what leaves both GPUs" "ok ok" "$(state)"
        works || fail "$what: not all works afterwards: $(tail -n 1 "$MNT/errors")"
    done
    at=$((at + ${STEP:-23}))
done
echo "# $lost of them cost a GPU until SIGHUP"
same "all that in one process" "$pid" "$(daemon_pid)"
cd / || exit 1
finish
