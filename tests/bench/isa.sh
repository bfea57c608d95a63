#!/bin/sh
# Speed of the simulated compute units as ratios to PoCL within this one run. Prints, asserts nothing.
# usage: isa.sh [BUILD_DIRECTORY] [KERNEL|launch]      an optimised build: meson setup --buildtype=release build/release
# KFDFS_SIM (rx7900xtx) names the card, KFDFS_SIM_OPTS=simd=... the level of the host's vectors.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
KFDFS_SIM=${KFDFS_SIM:-rx7900xtx}
export KFDFS_SIM
case $KFDFS_SIM in
    mi300x) target=gfx942 ;;
    *) target=gfx1100 ;;
esac
command -v clang-22 >/dev/null || { echo "isa.sh: no clang-22" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=$target -mcode-object-version=4 -nogpulib \
    -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc -O3 -w "$here/isa.cl" -o "$work/isa.hsaco"
"$build/tests/isa" "$work/isa.hsaco" "$here/isa.cl" ${2:+"$2"}
