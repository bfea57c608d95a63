#!/bin/sh
# Bandwidth by copy engine, direction, peer and size, as a table. The GPU's own clock times it.
# usage: bandwidth.sh MOUNTPOINT [SIZE...]
# shellcheck disable=SC2013 # names of GPUs have no blanks
set -eu
mnt=$1
shift
[ $# -gt 0 ] || set -- 64K 1M 16M 64M
cleanup() {
    for gpu in "$mnt"/gpu[0-9]*; do rm -rf "$gpu/vram/bandwidth" "$gpu/gtt/bandwidth"; done
}
trap cleanup EXIT
for gpu in "$mnt"/gpu[0-9]*; do
    mkdir "$gpu/vram/bandwidth" "$gpu/gtt/bandwidth"
done

measure() { # ENGINE SOURCE TARGET SIZE: the better of two runs
    echo "copy $2 $3" >"$1/run"
    echo "copy $2 $3" >"$1/run"
    tail -n 2 "$1/log" | awk '{ ns = $3 - $2; if (!best || ns < best) best = ns; bytes = $4 }
        END { printf "%.2f\n", best ? bytes / best : 0 }'
}

echo "# gpu engine direction peer bytes gb_per_s"
for size in "$@"; do
    for gpu in "$mnt"/gpu[0-9]*; do
        truncate -s "$size" "$gpu/vram/bandwidth/a" "$gpu/vram/bandwidth/b" "$gpu/gtt/bandwidth/h"
    done
    for gpu in "$mnt"/gpu[0-9]*; do
        name=$(basename "$gpu")
        bytes=$(stat -c %s "$gpu/vram/bandwidth/a")
        for engine in "$gpu"/sdma/[0-9]*; do
            row() { echo "$name sdma/$(basename "$engine") $1 $2 $bytes $(measure "$engine" "$3" "$4")"; }
            row local - vram/bandwidth/a vram/bandwidth/b
            row upload host gtt/bandwidth/h vram/bandwidth/a
            row download host vram/bandwidth/a gtt/bandwidth/h
            for peer in $(awk -v f="$name" '$1 == f && $2 ~ /^gpu/ { print $2 }' "$mnt/peers" | sort -u); do
                row write "$peer" vram/bandwidth/a "$peer/vram/bandwidth/a"
                row read "$peer" "$peer/vram/bandwidth/a" vram/bandwidth/a
            done
        done
    done
done
