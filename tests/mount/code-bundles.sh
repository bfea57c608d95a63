#!/bin/sh
# Code in every wrapping that LLVM's tools write: bundles, compressed ones, host files, archives; and the best image is picked.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -e "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" ] || skip "no compiled kernels (clang-22)"
command -v clang-offload-bundler-22 >/dev/null || skip "no clang-offload-bundler-22 (clang-tools-22)"

for target in gfx942 gfx1100 gfx90a:xnack+ gfx942:xnack-; do
    echo "kernel void made_for_$(echo $target | tr -c 'a-z0-9\n' _)(global int *p) { *p = 3; }" >"$TMP/k.cl"
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=$target -nogpulib "$TMP/k.cl" -o "$TMP/$target.co" || fail "compile for $target"
done
for target in gfx9-4-generic gfx11-generic; do
    echo "kernel void for_generic(global int *p) { *p = 3; }" >"$TMP/k.cl"
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=$target -mcode-object-version=6 -nogpulib "$TMP/k.cl" -o "$TMP/$target.co" ||
        fail "compile for $target"
done

# OUTPUT TARGET...
bundle() {
    output=$1 targets=host-x86_64-unknown-linux-gnu- inputs=-input=/dev/null
    shift
    for target; do
        targets=$targets,hipv4-amdgcn-amd-amdhsa--$target inputs="$inputs -input=$TMP/$target.co"
    done
    # shellcheck disable=SC2086 # words on purpose
    clang-offload-bundler-22 -type=o -bundle-align=4096 ${compress:-} "-targets=$targets" $inputs "-output=$TMP/$output" || fail "bundle $output"
}
bundle plain gfx942 gfx1100 gfx90a:xnack+
bundle foreign gfx90a:xnack+
bundle choice gfx9-4-generic gfx942:xnack- gfx11-generic
bundle generic gfx9-4-generic gfx11-generic
for version in 2 3; do
    compress=-compress COMPRESSED_BUNDLE_FORMAT_VERSION=$version bundle packed$version gfx942 gfx1100
done

# two source files, as hipcc makes of them; only the second has code for both targets
cat >"$TMP/a.hip" <<'HIP'
struct dim3 { unsigned x, y, z; };
typedef struct ihipStream_t *hipStream_t;
typedef int hipError_t;
extern "C" hipError_t hipLaunchKernel(const void *, dim3, dim3, void **, decltype(sizeof 0), hipStream_t);
template <class T> __attribute__((global)) void both(T *p, T v) { *p = v; }
template __attribute__((global)) void both<float>(float *, float);
__attribute__((global)) void only_a(int *p) { *p = 1; }
HIP
sed 's/only_a/only_b/' "$TMP/a.hip" >"$TMP/b.hip"
hip() { clang++-22 -x hip -nogpuinc -nogpulib -fPIC --no-offload-new-driver --offload-arch=gfx942 "$@" || fail "hip $*"; }
hip -c "$TMP/a.hip" -o "$TMP/a.o"
hip --offload-arch=gfx1100 --offload-compress -c "$TMP/b.hip" -o "$TMP/b.o"
ar rc "$TMP/lib.a" "$TMP/a.o" "$TMP/b.o"
ld.lld-22 -shared --unresolved-symbols=ignore-all -o "$TMP/lib.so" "$TMP/a.o" "$TMP/b.o" || fail "link"

start_mount mi300x+rx7900xtx
while read -r file first second; do
    for gpu in 0 1; do
        want=$first
        [ $gpu = 0 ] || want=$second
        cp "$TMP/$file" "$MNT/gpu$gpu/code/x.so" 2>"$TMP/error"
        same "$file on gpu$gpu" "$want" "$(find "$MNT/gpu$gpu/kernels/x" -mindepth 1 -maxdepth 1 -type d ! -name '.*' 2>/dev/null | sed 's|.*/||' | sort | paste -sd ,)"
        [ -z "$want" ] || rm "$MNT/gpu$gpu/code/x.so"
    done
done <<FILES
plain made_for_gfx942 made_for_gfx1100
packed2 made_for_gfx942 made_for_gfx1100
packed3 made_for_gfx942 made_for_gfx1100
choice made_for_gfx942_xnack_ for_generic
generic for_generic for_generic
a.o _Z4bothIfEvPT_S0_,_Z6only_aPi
b.o _Z4bothIfEvPT_S0_,_Z6only_bPi _Z4bothIfEvPT_S0_,_Z6only_bPi
lib.so _Z4bothIfEvPT_S0_,_Z6only_aPi,_Z6only_bPi _Z4bothIfEvPT_S0_,_Z6only_bPi
lib.a _Z4bothIfEvPT_S0_,_Z6only_aPi,_Z6only_bPi _Z4bothIfEvPT_S0_,_Z6only_bPi
FILES
errno "nothing for this GPU" ENOEXEC cp "$TMP/foreign" "$MNT/gpu0/code/x.so"
same "errors tells what there is and what is wanted" "this code object is for gfx90a:xnack+, and this GPU is gfx942:sramecc+:xnack-" \
    "$(tail -n 1 "$MNT/errors" | sed 's|.*x.so ||')"
errno "the same on the other" ENOEXEC cp "$TMP/foreign" "$MNT/gpu1/code/x.so"
head -c 3000 "$TMP/packed3" | head -c 600 >"$TMP/cut"
errno "a bundle cut off" ENOEXEC cp "$TMP/cut" "$MNT/gpu0/code/x.so"
cp "$TMP/lib.so" "$MNT/gpu0/code/lib.so"
truncate -s 4 "$MNT/gpu0/vram/a"
check "a kernel of the second file runs" put "$MNT/gpu0/kernels/lib/only_b/run" "grid=1 group=1 vram/a"
same "and does its work" 00000001 "$(od -A n -t x4 "$MNT/gpu0/vram/a" | tr -d ' ')"
finish
