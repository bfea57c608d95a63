#!/bin/sh
# Instructions against the second reading of the manuals (tests/isa/) for longer: other seeds, more modifiers and
# operands, both wave sizes, the interpreter at each level of the host's vectors and the machine code.
# usage: isa-truth.sh [BUILD_DIRECTORY]     (default: build/gcc; SEEDS are how many; minutes)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:-$top/build/gcc}" && pwd)
failed=0
for seed in $(seq "${SEEDS:-3}"); do
    for options in jit=off jit=always jit=off,simd=avx2 jit=off,simd=sse2; do
        for test in vectors scalars accesses specials; do
            KFDFS_ISA_SEED=$seed KFDFS_ISA_TURNS=60 KFDFS_ISA_ROUNDS=8 KFDFS_SIM_OPTS=$options CK_FORK=no \
                "$build/tests/test_isa_$test" >"${TMPDIR:-/tmp}/isa-truth.$$" || { tail -n 1 "${TMPDIR:-/tmp}/isa-truth.$$"; failed=1; }
        done
    done
done
rm -f "${TMPDIR:-/tmp}/isa-truth.$$"
exit "$failed"
