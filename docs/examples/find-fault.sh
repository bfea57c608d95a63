#!/bin/sh
# Makes a copy engine touch an address that nobody has, and finds out from the files what happened.
# usage: find-fault.sh MOUNTPOINT [GPU]      (kfdfs then recovers the GPU, or says that it is lost)
set -eu
mnt=$1 gpu=${2:-gpu0}
truncate -s 64K "$mnt/$gpu/vram/fault-target"
trap 'rm -f "$mnt/$gpu/vram/fault-target"' EXIT
before=$(wc -l <"$mnt/events")

echo "== the command fails =="
if echo "copy @0x123450000 vram/fault-target 4K" 2>/dev/null >"$mnt/$gpu/sdma/0/run"; then
    echo "it did not"
    exit 1
fi 2>/dev/null

echo "== why: the last line of errors =="
tail -n 1 "$mnt/errors"
echo "== what happened to the GPU: events =="
tail -n +$((before + 1)) "$mnt/events"
echo "== which buffers are near: maps =="
grep -v '^#' "$mnt/$gpu/maps" | head -n 5
echo "== which command it was: the queue's log =="
tail -n 1 "$mnt/$gpu/sdma/0/log"
echo "== and the GPU now: status =="
grep -E '^(state|reason|faults)' "$mnt/$gpu/status"
grep -q 123450000 "$mnt/events"
