#!/bin/sh
# Arguments as kernels get them: preloaded into registers on CDNA, vectors and structs by value, by name, and what cannot be given.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
command -v clang-22 >/dev/null || skip "no clang-22"
compile() {
    out=$1 target=$2
    shift 2
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" -nogpulib -O2 "$@" -o "$TMP/$out.co" || fail "compile $out"
}
values() { od -A n -v -t d4 "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }

cat >"$TMP/preload.cl" <<'CL'
kernel void preload(global int *p, int a, long b, char c) { p[0] = a; p[1] = (int)b; p[2] = c; p[3] = (int)(b >> 32); }
CL
for model in mi210:gfx90a mi300x:gfx942 mi355x:gfx950; do
    target=${model#*:}
    compile "$target" "$target" -mllvm -amdgpu-kernarg-preload-count=8 "$TMP/preload.cl"
    start_mount "${model%:*}"
    cp "$TMP/$target.co" "$MNT/gpu0/code/preload.co"
    truncate -s 16 "$MNT/gpu0/vram/a"
    check "$target: a kernel whose arguments come in registers" put "$MNT/gpu0/kernels/preload/preload/run" "grid=1 group=1 vram/a 17 0x500000003 -2"
    same "$target: has them" "17 3 -2 5" "$(values "$MNT/gpu0/vram/a")"
    stop_mount
done

cat >"$TMP/kinds.cl" <<'CL'
struct point { char c; int x; long y; };
kernel void kinds(global int *p, short4 s, float3 f, struct point q, uchar2 u) {
    p[0] = s.w; p[1] = (int)f.z; p[2] = q.c; p[3] = q.x; p[4] = (int)q.y; p[5] = u.y;
}
kernel void image(read_only image2d_t i, global int *p) { *p = 1; }
kernel void sampled(sampler_t s, global int *p) { *p = 1; }
CL
for model in mi300x:gfx942 rx7900xtx:gfx1100; do
    target=${model#*:}
    compile kinds "$target" -cl-kernel-arg-info "$TMP/kinds.cl"
    start_mount "${model%:*}"
    cd "$MNT/gpu0" || exit 1
    cp "$TMP/kinds.co" code/
    truncate -s 24 vram/a
    run=kernels/kinds/kinds/run
    s=hex:0100020003000400 f=hex:0000803f000000400000404000000000 q=hex:fe000000070000000900000000000000 u=hex:0a0b
    check "$target: vectors and structs are their bytes" put $run "grid=1 group=1 vram/a $s $f $q $u"
    same "$target: and arrive whole" "4 3 -2 7 9 11" "$(values vram/a)"
    check "$target: by name, in any order" put $run "grid=1 group=1 u=hex:0c0d q=$q f=$f p=vram/a s=hex:0100020003000500"
    same "$target: each in its place" "5 3 -2 7 9 13" "$(values vram/a)"
    errno "$target: by name, twice" EINVAL put $run "grid=1 group=1 p=vram/a p=vram/a $s $f $q $u"
    errno "$target: by a name that is none" EINVAL put $run "grid=1 group=1 block=2 vram/a $s $f $q $u"
    same "$target: and it is said what names there are" 1 "$(tail -n 1 "$MNT/errors" | grep -c 'block= is neither an option (grid=.* nor an argument (see signature)')"
    errno "$target: a vector is no number" EINVAL put $run "grid=1 group=1 vram/a 1 $f $q $u"
    errno "$target: a struct cut short" EINVAL put $run "grid=1 group=1 vram/a $s $f hex:fe00 $u"
    errno "$target: an image cannot be given" EOPNOTSUPP put kernels/kinds/image/run "grid=1 group=1 0 vram/a"
    check "$target: and the reason has its kind" sh -c "tail -n 1 $MNT/errors | grep -q image"
    errno "$target: nor a sampler" EOPNOTSUPP put kernels/kinds/sampled/run "grid=1 group=1 0 vram/a"
    check "$target: by its kind too" sh -c "tail -n 1 $MNT/errors | grep -q sampler"
    stop_mount
done
# What only a runtime library has: its places are in the hidden arguments (LLVM's AMDGPUUsage, code object V5)
cat >"$TMP/printf.cl" <<'CL'
#define IMPLICIT(at) (*(constant ulong *)((constant char *)__builtin_amdgcn_implicitarg_ptr() + (at)))
__attribute__((noinline)) global char *__printf_alloc(uint n) { return (global char *)IMPLICIT(72) + n; }
kernel void prints(global int *p) { printf("%d\n", p[0]); }
kernel void silent(global int *p) { p[0] = 2; }
CL
cat >"$TMP/host.cl" <<'CL'
#define IMPLICIT(at) (*(constant ulong *)((constant char *)__builtin_amdgcn_implicitarg_ptr() + (at)))
kernel void calls(global ulong *p) { p[0] = IMPLICIT(80); }
kernel void allocates(global ulong *p) { p[0] = IMPLICIT(96); }
CL
for file in printf host; do compile $file gfx942 -mcode-object-version=5 "$TMP/$file.cl"; done
start_mount mi300x
cd "$MNT/gpu0" || exit 1
cp "$TMP/printf.co" "$TMP/host.co" code/
truncate -s 8 vram/a
while read -r kernel reason; do
    errno "a kernel that wants what kfdfs has not: $kernel" EOPNOTSUPP put "kernels/$kernel/run" "grid=1 group=1 vram/a"
    same "errors has the reason" 1 "$(tail -n 1 ../errors | grep -c "${kernel#*/}: $reason")"
    same "info, too" "unsupported $reason" "$(grep unsupported "kernels/$kernel/info")"
done <<LINES
printf/prints it uses device printf
host/calls it calls the host (device printf, assert or malloc)
host/allocates it uses device malloc
LINES
check "its neighbour runs" put kernels/printf/silent/run "grid=1 group=1 vram/a"
finish
