#!/bin/sh
# Compiles tests/kernels/*.cl for both simulated targets at -O0 and -O3: OUT/NAME.TARGET.O0.hsaco and OUT/NAME.TARGET.O3.hsaco
# usage: compile.sh OUT [STAMP]
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
for tool in clang-22 ld.lld-22; do
    command -v "$tool" >/dev/null || { echo "compile.sh: no $tool" >&2; exit 77; }
done
mkdir -p "$out"
for source in "$here"/*.cl; do
    name=$(basename "$source" .cl)
    # libclc's ids look for the global offset where code objects up to version 4 have it
    version=$(sed -n 's|^// code-object-version=||p' "$source")
    for target in gfx942 gfx1100; do
        for level in O0 O3; do
            object=$out/$name.$target.$level.hsaco
            [ -e "$object" ] && [ -z "$(find "$source" -newer "$object")" ] && continue
            clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=$target \
                -mcode-object-version="${version:-4}" -nogpulib \
                -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc \
                -$level -w "$source" -o "$object.tmp"
            mv "$object.tmp" "$object"
        done
    done
done
[ -z "${2:-}" ] || touch "$2"
