#!/bin/sh
# Public OpenCL suites on every simulated target: their code as the decoder prints it and as LLVM does, and their
# kernels (tests/long/suites/table.def) against the CPU, as PoCL runs them.
# usage: suites.sh BUILD_DIRECTORY RODINIA_TREE POCL_TREE [TARGET...]      (LEVELS, default "O0 O3", and WORD narrow it:
#        only files with WORD in their names)
#        The trees: clones of yuhc/gpu-rodinia and pocl/pocl, as GitHub has them; nothing of them is
#        kept. Needs clang-22, lld-22, llvm-22, libclc-22, pocl-opencl-icd and ocl-icd-libopencl1.
set -eu
here=$(cd "$(dirname "$0")/suites" && pwd)
build=$(cd "$1" && pwd) rodinia=$2 pocl=$3
shift 3
[ -d "$rodinia/opencl" ] || { echo "suites.sh: no $rodinia/opencl" >&2; exit 77; }
[ -d "$pocl/tests/kernel" ] || { echo "suites.sh: no $pocl/tests/kernel" >&2; exit 77; }
for tool in clang-22 ld.lld-22 llvm-objdump-22; do
    command -v "$tool" >/dev/null || { echo "suites.sh: no $tool" >&2; exit 77; }
done
ldconfig -p | grep -q libOpenCL.so.1 || { echo "suites.sh: no libOpenCL.so.1" >&2; exit 77; }
ninja -C "$build" tests/suites tests/isa_objects >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$(cd "$rodinia" && pwd)" "$work/rodinia"
ln -s "$(cd "$pocl" && pwd)" "$work/pocl"
export POCL_CACHE_DIR="$work/cache" work
mkdir "$POCL_CACHE_DIR" "$work/objects"

# shellcheck source=tests/long/targets.sh
. "$here/../targets.sh"
# shellcheck disable=SC2086 # several words on purpose
[ $# -gt 0 ] || set -- $all_targets
levels=${LEVELS:-O0 O3} models=$(models_of "$@")

# FILE: its text behind the prelude, with definitions and, where it prints, kernels around its own
text() {
    name=$(echo "$1" | tr / _)
    definitions=$(awk -v file="$1" '$1 == "file" && $2 == file { for (i = 3; i <= NF; i++) print $i }' "$here/table.def")
    echo "$definitions" | sed -n 's/^-D\(.*\)=\(.*\)/#define \1 \2/p' >"$work/$name.text"
    printf '#include "%s/prelude.h"\n#include "%s/%s"\n' "$here" "$work" "$1" >>"$work/$name.text"
    case $definitions in
    *PRINTED*)
        clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -nogpulib -E -P "$work/$name.text" | tr '\n' ' ' |
            grep -oE 'kernel +void +[a-z0-9_]+ *\( *(void *)?\)' | sed 's/.*void  *\([a-z0-9_]*\) *(.*/PRINTED_KERNEL(\1)/' >"$work/tail"
        cat "$work/tail" >>"$work/$name.text"
        ;;
    esac
}

cd "$work"
find -L rodinia/opencl pocl/tests pocl/examples -name '*.cl' | grep -F -e "${WORD:-}" | sort >files
while read -r file; do text "$file"; done <files

cat >compile <<'END'
file=$1 target=$2 level=$3 name=$(echo "$1" | tr / _)
clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" -mcode-object-version=4 -nogpulib \
    -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc \
    -ffp-contract=off -cl-fp32-correctly-rounded-divide-sqrt -"$level" -w \
    -I"$work/$(dirname "$file")/.." "$work/$name.text" -o "$work/$name.$target.$level.hsaco" 2>>"$work/$name.why" ||
    echo "$file" >>"$work/refused"
END
for target; do
    for level in $levels; do
        while read -r file; do echo "$file $target $level"; done <files
    done
done | xargs -P "$(nproc)" -L 1 sh compile

failed=0
if [ -e refused ]; then
    echo "clang does not compile: $(sort -u refused | tr '\n' ' ')"
    sort -u refused >refused.once
    awk '$1 == "file" { print $2 }' "$here/table.def" | sort | comm -12 - refused.once | while read -r file; do
        echo "not ok $file: $(grep -m 1 error: "$(echo "$file" | tr / _).why")"
    done | tee refused.wanted
    [ ! -s refused.wanted ] || failed=1
fi
for target; do
    "$build/tests/isa_objects" "$target" ./*."$target".*.hsaco || failed=1
done
for level in $levels; do
    status=0
    KFDFS_SIM=$models "$build/tests/suites" "$here/table.def" "$work" "$level" ${WORD:+"$WORD"} || status=$?
    [ "$status" -ne 77 ] || exit 77
    [ "$status" -eq 0 ] || failed=1
done
exit "$failed"
