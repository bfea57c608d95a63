#!/bin/sh
# Assembles trap.s for each kind of target and prints the words as trap_code.inc has them.
# usage: trap.sh > trap_code.inc
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "/* Made by trap.sh from trap.s: do not edit. */"
for target in gfx90a gfx942 gfx1030 gfx1150 gfx1200; do
    llvm-mc-22 -triple=amdgcn-amd-amdhsa -mcpu=$target -filetype=obj "$here/trap.s" -o "$work/trap.o"
    llvm-objcopy-22 -O binary --only-section=.text "$work/trap.o" "$work/trap.bin"
    echo "static const uint32_t trap_${target}[] = {"
    od -A n -v -t x4 "$work/trap.bin" | sed 's/ \([0-9a-f]*\)/ 0x\1,/g; s/^ /    /'
    echo "};"
done
