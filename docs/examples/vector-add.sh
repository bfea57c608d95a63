#!/bin/sh
# Adds two vectors on a GPU and holds the result against the CPU.
# usage: vector-add.sh MOUNTPOINT VECTOR_ADD.hsaco [N]      (kernel: vector_add(float *a, float *b, float *c, uint n))
set -eu
gpu=$1/gpu0 code=$2 n=${3:-65536}
vram=$gpu/vram/example
mkdir "$vram"
trap 'rm -rf "$vram" "$gpu/code/example_add.hsaco"' EXIT

# Floats in text need a tool; od and awk do for looking. 0x3f800000 is 1.0, 0x40000000 is 2.0.
truncate -s $((4 * n)) "$vram/a" "$vram/b" "$vram/c"
cat >"$gpu/sdma/0/run" <<COMMANDS
fill vram/example/a 0x3f800000
fill vram/example/b 0x40000000
COMMANDS

cp "$code" "$gpu/code/example_add.hsaco"
kernel=$gpu/kernels/example_add/vector_add
cat "$kernel/signature"
echo "grid=$n group=256 vram/example/a vram/example/b vram/example/c $n" >"$kernel/run"
cat "$kernel/last"

wrong=$(od -An -v -tf4 -w4 "$vram/c" | awk '$1 != 3' | wc -l)
[ "$wrong" -eq 0 ] || { echo "$wrong of $n sums are wrong"; exit 1; }
echo "$n sums, all right"
