#!/bin/sh
# Every kernel of tests/kernels/ on an Instinct and a Radeon, compiled without and with optimisation, and a handful of them on
# every target, computes what plain C does.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -n "$(ls "$KFDFS_KERNELS"/vector_add.*.O3.hsaco 2>/dev/null)" ] || skip "no compiled kernels (clang-22)"
start_mount mi300x+rx7900xtx+mi210+mi355x+rx6900xt+radeon8060s+rx9070xt
reference=$KFDFS_BUILD/tests/reference

# KERNEL OBJECT RESULT LINE: uploads in0, in1 as vram/in0..., runs the line, compares RESULT with the reference
check_kernel() {
    kernel=$1 object=$2 result=$3 line=$4
    rm -rf "$TMP/data" && mkdir "$TMP/data"
    "$reference" "$kernel" "$TMP/data" || fail "reference $kernel"
    bytes=$(wc -c <"$TMP/data/want")
    # shellcheck disable=SC2013 # names of GPUs have no blanks
    for gpu in $(awk '!/^#/ { print $1 ":" $2 }' "$MNT/gpus"); do
        target=${gpu#*:} dir=$MNT/${gpu%:*}
        for level in O0 O3; do
            [ -e "$KFDFS_KERNELS/$object.$target.$level.hsaco" ] || continue
            name="$kernel computes the same on $target at $level as plain C"
            cp "$KFDFS_KERNELS/$object.$target.$level.hsaco" "$dir/code/$object.hsaco" || { fail "$name"; continue; }
            for in in "$TMP/data"/in*; do
                [ ! -e "$in" ] || cp "$in" "$dir/vram/"
            done
            [ "$result" != out ] || { rm -f "$dir/vram/out"; truncate -s "$bytes" "$dir/vram/out"; }
            if echo "$line" >"$dir/kernels/$object/$kernel/run" && cmp "$TMP/data/want" "$dir/vram/$result"; then
                ok "$name"
            else
                fail "$name"; tail -n 1 "$MNT/errors"
            fi
            rm -f "$dir/code/$object.hsaco"
        done
        rm -f "$dir"/vram/*
    done
}

check_kernel vector_add vector_add out "grid=100096 group=256 vram/in0 vram/in1 vram/out 100000"
check_kernel saxpy saxpy in1 "grid=5000 group=100 5000 -1.7 vram/in0 vram/in1"
check_kernel daxpy saxpy in1 "grid=5120 group=256 5000 2.5e-3 vram/in0 vram/in1"
check_kernel transpose transpose out "grid=112,80 group=16,16 vram/in0 vram/out 100 70"
check_kernel reduce reduce out "grid=10240 group=256 vram/in0 vram/out 10000 1K"
check_kernel histogram histogram out "grid=4096 group=128 vram/in0 vram/out 200001"
check_kernel matmul matmul out "grid=64,56 group=8,8 vram/in0 vram/in1 vram/out 50"
check_kernel mandelbrot mandelbrot out "grid=96,64 group=32,4 vram/out 96 64 -2.25 -1.0 0.03125 300"
check_kernel private_sort private_sort in0 "grid=70 group=35 vram/in0"
check_kernel workitem workitem out "grid=20,6,3 group=8,4,1 vram/out"
check_kernel hidden hidden out "grid=20,6,3 group=8,4,1 vram/out"
"$reference" distances "$TMP" || fail "reference distances"
plane=$(od -A n -v -t x1 "$TMP/struct" | tr -d ' \n')
check_kernel distances structs out "grid=1000 group=250 -7 hex:$plane 1000000000000 vram/in0 vram/out"
finish
