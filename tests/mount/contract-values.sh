#!/bin/sh
# The contract's section on values: each form that names memory or a number, in copy commands and as a kernel's argument.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x:2+rx7900xtx
cd "$MNT" || exit 1
words() { od -A n -v -t x4 "$@" | flat | sed 's/^ //'; }
mkdir gpu0/vram/d gpu1/vram/d
truncate -s 64 gpu0/vram/a gpu0/vram/d/x gpu0/gtt/g gpu1/vram/a gpu1/vram/d/x gpu1/vram/far gpu2/vram/a gpu0/vram/a+1
id0=$(awk '$1 == "gpu_id" { print $2 }' gpu0/info) pci1=$(awk '$1 == "pci" { print $2 }' gpu1/info)

# ---- places: DIRECTORY OF THE WRITER, PLACE, BUFFER; written to gpu0's queue, looked up in gpu0, in the root, from the writer ----
n=1
while read -r from place buffer; do
    n=$((n + 1))
    (cd "$MNT/$from" && put "$MNT/gpu0/sdma/0/run" "fill $place $n 4") 2>/dev/null
    same "typed in /$from, $place is $buffer" "$(printf %08x $n)" "$(words -N 4 "$buffer")"
done <<PLACES
gpu0 vram/a gpu0/vram/a
gpu0 gtt/g gpu0/gtt/g
gpu0 vram/d/x gpu0/vram/d/x
gpu0 ./vram//a gpu0/vram/a
gpu0 ../gpu1/vram/a gpu1/vram/a
gpu0 ../gpu0/vram/a gpu0/vram/a
. gpu0/vram/a gpu0/vram/a
. gpu1/vram/d/x gpu1/vram/d/x
. gpu2/vram/a gpu2/vram/a
. $MNT/gpu1/vram/a gpu1/vram/a
. $MNT/../mnt/gpu1//vram/a gpu1/vram/a
.. mnt/gpu0/vram/a gpu0/vram/a
.. mnt/gpu1/vram/far gpu1/vram/far
. by-id/$id0/vram/a gpu0/vram/a
. by-pci/$pci1/vram/a gpu1/vram/a
gpu0 ../by-pci/$pci1/vram/far gpu1/vram/far
. $MNT/by-id/$id0/gtt/g gpu0/gtt/g
gpu0/vram d/x gpu0/vram/d/x
gpu0/sdma/0 ../../vram/a gpu0/vram/a
gpu0/sdma/0 ../../../gpu1/vram/far gpu1/vram/far
gpu1 vram/a gpu0/vram/a
gpu1 vram/far gpu1/vram/far
gpu0 vram/a+0 gpu0/vram/a
gpu0 vram/a+1+0 gpu0/vram/a+1
PLACES
cd gpu0 || exit 1
check "what follows the last + is an offset" put sdma/0/run "fill vram/a 0" "fill vram/a+0x10 1 4" "fill vram/a+20 2 4" "fill vram/a+1+8 3 4"
same "decimal and hex, also behind a name with a +" "00000001 00000002 00000003" "$(words -j 16 -N 8 vram/a) $(words -j 8 -N 4 vram/a+1)"
rm "vram/a+1"
errno "a+1 without such a buffer is an offset, and misaligned" EINVAL put sdma/0/run "fill vram/a+1 0 4"
for offset in + +x +0x +-4 ++; do errno "vram/a$offset is a name" ENOENT put sdma/0/run "fill vram/a$offset 0"; done
if command -v getfattr >/dev/null; then
    va=$(getfattr --only-values -n user.gpu_va vram/a)
    check "@ADDRESS, in hex and decimal" put sdma/0/run "fill @$va 9 4" "fill @$((va + 4)) 8 4"
    same "goes there" "00000009 00000008" "$(words -N 8 vram/a)"
fi
same "an address is not checked by anybody but the GPU" "went" "$(put sdma/0/submit "copy @0x10 @0x20 0" && echo went)"

# ---- numbers where a command takes 4 or 8 bytes ----
while read -r want line; do
    case $want in
    E*) errno "$line" "$want" put sdma/0/run "$line" ;;
    *) check "$line" put sdma/0/run "$line"
        same "stores $want" "$want" "$(words -N 4 vram/a)" ;;
    esac
done <<LINES
00000400 fill vram/a 1024
00000400 fill vram/a 1K
00100000 fill vram/a 1M
40000000 fill vram/a 1G
fffffffd fill vram/a -3
000000ff fill vram/a 0xff
000000ff fill vram/a 0xFF
ffffffff fill vram/a 4294967295
80000000 fill vram/a -2147483648
ERANGE fill vram/a 4294967296
ERANGE fill vram/a 4G
ERANGE fill vram/a -2147483649
3fc00000 fill vram/a f32:1.5
3b03126f fill vram/a f32:2e-3
40000000 fill vram/a f32:2
7f800000 fill vram/a f32:inf
ff800000 fill vram/a f32:-inf
7fc00000 fill vram/a f32:nan
00000007 fill vram/a u32:7
fffffff9 fill vram/a i32:-7
04030201 fill vram/a hex:01020304
EINVAL fill vram/a 1.5
EINVAL fill vram/a inf
EINVAL fill vram/a f64:1
EINVAL fill vram/a u8:1
EINVAL fill vram/a f16:1
EINVAL fill vram/a i64:1
EINVAL fill vram/a u32:1.5
EINVAL fill vram/a hex:0102
EINVAL fill vram/a vram/a
ERANGE fill vram/a u32:-1
ERANGE fill vram/a i32:2147483648
ERANGE fill vram/a f32:1e39
ERANGE fill vram/a f32:1e400
ERANGE fill vram/a hex:0102030405
ERANGE fill vram/a 18446744073709551616
ERANGE fill @18446744073709551616 0 4
ERANGE fill vram/a 0 18446744073709551616
ERANGE fill vram/a+18446744073709551616 0
ERANGE wait compute/0 18446744073709551616
ERANGE copy vram/a vram/d/x 65
ERANGE copy vram/a+64 vram/d/x 1
ERANGE copy vram/a+65 vram/d/x
ENOENT copy vram/none vram/a
ENOENT copy gpu9/vram/a vram/a
ENOENT copy $MNT/../other/gpu0/vram/a vram/a
ENOENT copy $MNT-2/gpu0/vram/a vram/a
ENOENT copy by-id/1/vram/a vram/a
ENOENT copy vram vram/a
ENOENT copy vram/d vram/a
ENOENT copy a vram/a
ENOENT copy ../../../../../../../../../../../../vram/a vram/a
LINES

# ---- arguments of kernels ----
command -v clang-22 >/dev/null || finish
cat >"$TMP/types.cl" <<'CL'
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
kernel void types(global ulong *p, char c, uchar uc, short s, ushort us, int i, uint ui, long l, ulong ul, half h, float f, double d) {
    p[0] = (uchar)c | (ulong)uc << 8 | (ulong)as_ushort(s) << 16 | (ulong)us << 32 | (ulong)as_ushort(h) << 48;
    p[1] = as_uint(i) | (ulong)ui << 32;
    p[2] = as_ulong(l); p[3] = ul; p[4] = as_ulong(d); p[5] = as_uint(f);
}
CL
# the same symbol without metadata of types: only its mangled name tells; and one whose name tells nothing
cat >"$TMP/mangled.cl" <<'CL'
kernel void _Z5saxpyPKfPffi(global const float *x, global float *y, float a, int n) { for (int i = 0; i < n; i++) y[i] += a * x[i]; }
kernel void untold(global uint *p, char b, short s, float f, long l) { p[0] = b; p[1] = s; p[2] = as_uint(f); p[3] = (uint)l; }
CL
compile() { # NAME MODEL-TARGET
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$2" -nogpulib -O1 "$TMP/$1.cl" -o "$TMP/$1.co" || fail "compile $1"
}
# Metadata without .type_name, as HIP and hand-written code have it: the words are blanked, their length stays.
untyped() { python3 - "$1" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[1], "wb").write(data.replace(b".type_name", b".typo_name").replace(b".value_type", b".valuo_type"))
PY
}
for gpu in gpu0:gfx942 gpu2:gfx1100; do
    target=${gpu#*:}
    cd "$MNT/${gpu%:*}" || exit 1
    compile types "$target" && cp "$TMP/types.co" code/
    truncate -s 64 vram/out
    run=kernels/types/types/run
    check "$target: every type by its metadata" put $run "grid=1 group=1 vram/out -128 255 -32768 65535 -2147483648 4294967295 -9223372036854775808 18446744073709551615 1.5 2 -2e-3"
    same "$target: as its bytes" "8000ff80 3e00ffff 80000000 ffffffff 00000000 80000000 ffffffff ffffffff d2f1a9fc bf60624d 40000000" "$(words -N 44 vram/out)"
    check "$target: every prefix" put $run "grid=1 group=1 vram/out i8:-1 u8:1 i16:-2 u16:2 i32:-3 u32:3 i64:-4 u64:4 f16:-inf f32:nan f64:inf"
    same "$target: as its bytes, too" "fffe01ff fc000002 fffffffd 00000003 fffffffc ffffffff 00000004 00000000 00000000 7ff00000 7fc00000" "$(words -N 44 vram/out)"
    check "$target: bf16: and hex: in their place" put $run "grid=1 group=1 vram/out hex:7f hex:80 bf16:1 bf16:nan hex:01020304 f32:1 f64:1 hex:0102030405060708 hex:003c u32:7 i64:-1"
    same "$target: exactly that" "3f80807f 3c007fc0 04030201 3f800000 00000000 3ff00000 04030201 08070605 ffffffff ffffffff 00000007" "$(words -N 44 vram/out)"
    good="-1 1 -1 1 -1 1 -1 1 1.5 1.5 1.5"
    position=0
    while read -r want word; do
        position=$(echo "$word" | cut -d' ' -f1) value=${word#* }
        line=$(echo "$good" | awk -v p="$position" -v v="$value" '{ $p = v; print }')
        errno "$target: $value for argument $position" "$want" put $run "grid=1 group=1 vram/out $line"
    done <<VALUES
ERANGE 1 128
ERANGE 1 -129
ERANGE 2 256
ERANGE 2 -1
ERANGE 3 32768
ERANGE 4 65536
ERANGE 5 2147483648
ERANGE 6 4294967296
ERANGE 7 9223372036854775808
ERANGE 8 -1
ERANGE 9 65520
ERANGE 10 1e39
ERANGE 11 1e309
EINVAL 5 1.5
EINVAL 5 1e3
EINVAL 7 inf
EINVAL 8 nan
EINVAL 5 i64:1
EINVAL 9 f32:1
EINVAL 5 hex:0102
ERANGE 5 hex:0102030405
EINVAL 10 x
EINVAL 10 vram/out
EINVAL 0 1.5
VALUES
    if command -v python3 >/dev/null; then
        compile mangled "$target" && untyped "$TMP/mangled.co" && cp "$TMP/mangled.co" code/
        same "$target: a type comes from the mangled name" "- - f32 i32" "$(awk '!/^#/ { print $5 }' kernels/mangled/_Z5saxpyPKfPffi/signature | flat)"
        same "$target: and the bare name is a link" "_Z5saxpyPKfPffi" "$(readlink kernels/mangled/saxpy)"
        truncate -s 8 vram/x vram/y
        put sdma/0/run "fill vram/x f32:2" "fill vram/y f32:1"
        check "$target: so an integer is taken for the float" put kernels/mangled/saxpy/run "grid=1 group=1 vram/x vram/y 3 2"
        same "$target: 3 is 3.0" "40e00000 40e00000" "$(words vram/y)"
        same "$target: where nothing tells, signature shows ?" "? ? ? ?" "$(awk '!/^#/ && $2 == "value" { print $5 }' kernels/mangled/untold/signature | flat)"
        run=kernels/mangled/untold/run
        check "$target: one byte needs no prefix" put $run "grid=1 group=1 vram/out 1 i16:2 f32:1 i64:4"
        same "$target: the others have theirs" "00000001 00000002 3f800000 00000004" "$(words -N 16 vram/out)"
        for line in "1 2 f32:1 i64:4" "1 i16:2 1 i64:4" "1 i16:2 f32:1 4"; do
            errno "$target: $line" EINVAL put $run "grid=1 group=1 vram/out $line"
            check "$target: with the hint" sh -c "tail -n 1 '$MNT/errors' | grep -q 'unknown type of [248] bytes: put one before it'"
        done
    fi
done
finish
