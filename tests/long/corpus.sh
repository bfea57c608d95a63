#!/bin/sh
# 140 kernels (tests/long/corpus/*.cl) on every simulated target at every level, against the same source as C.
# usage: corpus.sh [BUILD_DIRECTORY]      (default: build/gcc; TARGETS and LEVELS narrow it, SEED is of the inputs)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:-$top/build/gcc}" && pwd)
for tool in clang-22 ld.lld-22; do
    command -v "$tool" >/dev/null || { echo "corpus.sh: no $tool" >&2; exit 77; }
done
ninja -C "$build" tests/corpus >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/long/targets.sh
. "$top/tests/long/targets.sh"
targets=${TARGETS:-$all_targets}
# shellcheck disable=SC2086 # several words on purpose
models=$(models_of $targets)
failed=0
for level in ${LEVELS:-O0 O1 O2 O3}; do
    for target in $targets; do
        clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" -mcode-object-version=4 -nogpulib \
            -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc \
            -ffp-contract=off -cl-fp32-correctly-rounded-divide-sqrt -"$level" -w \
            "$top/tests/long/corpus/corpus.cl" -o "$work/corpus.$target.$level.hsaco"
    done
    KFDFS_SIM=$models "$build/tests/corpus" "$work" "$level" "${SEED:-1}" || failed=1
done
exit "$failed"
