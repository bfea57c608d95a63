#!/bin/sh
# Compiles tests/kernels/*.cl into OUT/NAME.TARGET.LEVEL.hsaco: all for gfx942 and gfx1100 at -O0 and -O3, a handful for the
# other simulated targets at -O3
# usage: compile.sh OUT [STAMP]      (KFDFS_TARGETS: more targets, for all of them; with KFDFS_KERNEL_CACHE set, what is there already is linked, not compiled)
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
for tool in clang-22 ld.lld-22; do
    command -v "$tool" >/dev/null || { echo "compile.sh: no $tool" >&2; exit 77; }
done
mkdir -p "$out"
cache=${KFDFS_KERNEL_CACHE:-$out}
mkdir -p "$cache"
handful=" language vector_add saxpy reduce histogram matmul private_sort workitem "
for source in "$here"/*.cl; do
    name=$(basename "$source" .cl)
    # libclc's ids look for the global offset where code objects up to version 4 have it
    version=$(sed -n 's|^// code-object-version=||p' "$source")
    targets="gfx942 gfx1100"
    case $handful in *" $name "*) targets="$targets gfx90a gfx950 gfx1030 gfx1151 gfx1201" ;; esac
    for target in $targets ${KFDFS_TARGETS:-}; do
        for level in O0 O3; do
            case $level.$target in O0.gfx942 | O0.gfx1100 | O3.*) ;; *) [ -n "${KFDFS_TARGETS:-}" ] || continue ;; esac
            object=$cache/$name.$target.$level.hsaco
            if [ ! -e "$object" ] || [ -n "$(find "$source" "$here"/*.h -newer "$object")" ]; then
                clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" \
                    -mcode-object-version="${version:-4}" -nogpulib \
                    -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc \
                    -$level -w "$source" -o "$object.$$"
                mv "$object.$$" "$object"
            fi
            [ "$cache" = "$out" ] || ln -f "$object" "$out/"
        done
    done
done
[ -z "${2:-}" ] || touch "$2"
