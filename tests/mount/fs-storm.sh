#!/bin/sh
# Random operations of several processes on buffers of both pools and two GPUs, each held against a model in memory.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
storm=$KFDFS_BUILD/tests/storm
seed=${STORM_SEED:-1} operations=${STORM_OPERATIONS:-1500} processes=${STORM_PROCESSES:-3}

# A model that is wrong, or that sees nothing, would be worse than none.
mkdir "$TMP/plain"
check "the model is right on another file system" "$storm" -x -s "$seed" -n 1000 -p 2 "$TMP/plain"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1
check "$operations operations by $processes processes, seed $seed" \
    "$storm" -s "$seed" -n "$operations" -p "$processes" gpu0/vram gpu0/gtt gpu1/vram
for pool in gpu0/vram gpu0/gtt gpu1/vram; do same "nothing is left in $pool" "" "$(ls "$pool")"; done
finish
