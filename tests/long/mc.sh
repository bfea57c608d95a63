#!/bin/sh
# Every instruction of LLVM's own assembler and disassembler tests, as the decoder prints it and as LLVM does.
# usage: mc.sh BUILD_DIRECTORY LLVM_SOURCE [TARGET...]     LLVM_SOURCE: a tree with llvm/test/MC, as "apt-get source
#        llvm-toolchain-19" or -22 unpacks it; nothing of it is kept. Needs llvm-22.
set -eu
build=$1 tests=$2/llvm/test/MC
shift 2
[ -d "$tests/AMDGPU" ] || { echo "mc.sh: no $tests/AMDGPU" >&2; exit 77; }
ninja -C "$build" tests/isa_mc >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
export LLVM_DISABLE_SYMBOLIZATION=1 # objdump crashes over a few words; no traces

# FILE CPU: the bytes of every instruction in it that the target has, a line each
encodings() {
    case $1 in
    *.s) llvm-mc-22 -triple=amdgcn -mcpu="$2" -show-encoding "$1" 2>/dev/null || : ;;
    *) llvm-mc-22 -triple=amdgcn -mcpu="$2" -show-encoding -disassemble "$1" 2>/dev/null || : ;;
    esac | sed -n 's/.*encoding: \[\(0x[0-9a-fx,]*\)\]$/\1/p'
}

[ $# -gt 0 ] || set -- gfx90a gfx942 gfx950 gfx1030 gfx1100 gfx1151 gfx1201
for target; do
    case $target in
    gfx9*) family=gfx9 ;;
    *) family=${target%??} ;;
    esac
    find "$tests/AMDGPU" "$tests/Disassembler/AMDGPU" -name '*.s' -o -name '*.txt' | sort | while read -r file; do
        grep -q "mcpu=$family" "$file" && encodings "$file" "$target"
    done | sort -u | awk -F, '{
        line = ""
        for (i = 1; i + 3 <= NF; i += 4)
            line = line " " substr($(i + 3), 3) substr($(i + 2), 3) substr($(i + 1), 3) substr($i, 3)
        print line
    }' >"$work/words"
    "$build/tests/isa_mc" "$target" <"$work/words" || status=1
done
exit $status
