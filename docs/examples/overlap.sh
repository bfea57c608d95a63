#!/bin/sh
# Computes and copies at the same time; says how much of it overlapped, and draws it.
# usage: overlap.sh MOUNTPOINT VECTOR_ADD.hsaco [PICTURE.svg [TIMES]]
set -eu
mnt=$1 code=$2 picture=${3:-overlap.svg} times=${4:-8}
gpu=$mnt/gpu0 n=65536
vram=$gpu/vram/overlap
mkdir "$vram"
trap 'rm -rf "$vram" "$gpu/code/overlap_add.hsaco" "$gpu/compute/overlap"' EXIT
truncate -s $((4 * n)) "$vram/a" "$vram/b" "$vram/c"
truncate -s 4K "$vram/go"
mkdir "$gpu/compute/overlap"
truncate -s 8M "$vram/from" "$vram/to"
cp "$code" "$gpu/code/overlap_add.hsaco"

repeat() { # LINE: that line, so many times
    i=0
    while [ "$i" -lt "$times" ]; do
        echo "$1"
        i=$((i + 1))
    done
}

echo 1 >"$mnt/trace/enabled"
echo "copies and kernels, $times each" >"$mnt/trace/marker"
# Neither waits for the other: a copy engine and the compute units are different hardware. Both wait for one word, so
# that they start together, however long it takes to write these lines.
{
    echo "wait-mem vram/overlap/go eq 1"
    repeat "copy vram/overlap/from vram/overlap/to"
} | cat >"$gpu/sdma/0/submit"
{
    echo "wait-mem vram/overlap/go eq 1"
    repeat "dispatch overlap_add/vector_add grid=$n group=256 vram/overlap/a vram/overlap/b vram/overlap/c $n"
} | cat >"$gpu/compute/0/submit"
echo "signal vram/overlap/go 1" >"$gpu/compute/overlap/run"
echo >"$gpu/compute/0/wait"
echo >"$gpu/sdma/0/wait"
echo 0 >"$mnt/trace/enabled"

cat "$mnt/trace/overlap"
cat "$mnt/trace/timeline.svg" >"$picture"
echo "drawn in $picture; trace/events.json opens in ui.perfetto.dev"
