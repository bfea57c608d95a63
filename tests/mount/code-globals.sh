#!/bin/sh
# Variables of loaded code: files of a fixed size, initialised and relocated, seen by kernels, copy engines and commands alike.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
for tool in clang++-22 ld.lld-22; do
    command -v $tool >/dev/null || skip "no $tool"
done

cat >"$TMP/g.hip" <<'HIP'
#define device __attribute__((device))
device int counter = 7;
device unsigned table[3] = {1, 2, 0xfffffffd};
device int zeroes[1000];
device int *where = &counter;
device int *beyond = &zeroes[999];
__attribute__((global)) void bump(int by) { counter += by; zeroes[3] = counter; }
__attribute__((global)) void through(int value) { *where = value; *beyond = value + 1; }
HIP
cat >"$TMP/missing.cl" <<'CL'
extern __attribute__((visibility("default"))) constant int nowhere_to_be_found;
kernel void k(global int *p) { *p = nowhere_to_be_found; }
CL
for target in gfx942 gfx1100; do
    clang++-22 -x hip -nogpuinc -nogpulib --cuda-device-only --no-gpu-bundle-output --offload-arch=$target -O1 "$TMP/g.hip" -o "$TMP/g.$target.co" ||
        fail "compile for $target"
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=$target -nogpulib -c "$TMP/missing.cl" -o "$TMP/missing.o"
    ld.lld-22 -shared "$TMP/missing.o" -o "$TMP/missing.$target.co" || fail "link for $target"
done

words() { od -A n -v -t x4 "$@" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
until_event() {
    tries=0
    while [ "$(grep -c " $1" "$MNT/events")" -lt "${2:-1}" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 5000 ] || { fail "events never says $1"; finish; }
    done
}
start_mount mi300x+rx7900xtx
for gpu in 0:gfx942 1:gfx1100; do
    target=${gpu#*:}
    cd "$MNT/gpu${gpu%:*}" || exit 1
    cp "$TMP/g.$target.co" code/g.co
    globals=kernels/g/.globals
    same "$target: they have their names and sizes" "beyond 8 counter 4 table 12 where 8 zeroes 4000" \
        "$(find $globals -type f ! -name '__hip*' -printf '%f %s\n' | sort | flat)"
    same "$target: initialised" "00000007 00000001 00000002 fffffffd" "$(words $globals/counter $globals/table)"
    same "$target: zero where nothing was said" 0 "$(tr -d '\0' <$globals/zeroes | wc -c)"
    check "$target: a kernel changes one" put kernels/g/bump/run "grid=1 group=1 5"
    same "$target: and it is read" "0000000c 0000000c" "$(words $globals/counter) $(words -j 12 -N 4 $globals/zeroes)"
    check "$target: one is written" sh -c "printf '\\100\\0\\0\\0' >$globals/counter"
    put kernels/g/bump/run "grid=1 group=1 1"
    same "$target: and a kernel reads it" 00000041 "$(words $globals/counter)"
    put kernels/g/through/run "grid=1 group=1 17"
    same "$target: pointers between them were relocated" "00000011 00000012" "$(words $globals/counter) $(words -j 3996 $globals/zeroes)"
    truncate -s 12 vram/copy
    check "$target: a copy engine reads one by its name" put sdma/0/run "copy $globals/table vram/copy"
    same "$target: all of it" "00000001 00000002 fffffffd" "$(words vram/copy)"
    check "$target: and writes one, with an offset" put sdma/0/run "fill gpu${gpu%:*}/$globals/table+4 0xabcd 4"
    same "$target: there and nowhere else" "00000001 0000abcd fffffffd" "$(words $globals/table)"
    errno "$target: not past its end" ERANGE put sdma/0/run "fill $globals/table+8 0 8"
    errno "$target: nor from there" ERANGE put sdma/0/run "fill $globals/table+16 0 4"
    errno "$target: nor one that is not there" ENOENT put sdma/0/run "fill $globals/nothing 0 4"
    errno "$target: it cannot grow" EPERM truncate -s 8 $globals/counter
    errno "$target: nor take more than it has" ENOSPC sh -c "head -c 5 /dev/zero | dd of=$globals/counter bs=5 2>&1"
    errno "$target: nor be removed" EPERM rm $globals/counter
    # kept over a fault and an upgrade, where they were
    sum=$(cat $globals/* | cksum) places=$(grep -h "^code_va\|^descriptor_va" kernels/g/*/info)
    put sdma/0/run "fill @0x123456789000 0 64" 2>/dev/null
    until_event "recovery gpu${gpu%:*} - - its"
    same "$target: a fault takes no value" "$sum" "$(cat $globals/* | cksum)"
    same "$target: nor moves what pointers point at" "$places" "$(grep -h "^code_va\|^descriptor_va" kernels/g/*/info)"
    put kernels/g/through/run "grid=1 group=1 33"
    same "$target: kernels find them" "00000021 00000022" "$(words $globals/counter) $(words -j 3996 $globals/zeroes)"
    put sim/inject "refuse-later 1 IMPORT_DMABUF EIO 1000"
    put sdma/0/run "fill @0x123456789000 0 64" 2>/dev/null
    until_event "recovery gpu${gpu%:*} - - no"
    kill -HUP "$(daemon_pid)"
    until_event "recovery gpu${gpu%:*} - - its.*" 2
    same "$target: a recovery that fails takes none either" "00000021 00000022" "$(words $globals/counter) $(words -j 3996 $globals/zeroes)"
    exec 7<$globals/table
    rm code/g.co
    same "$target: what is open stays" "00000001" "$(head -c 4 <&7 | od -A n -t x4 | tr -d ' ')"
    exec 7<&-
    errno "$target: an undefined symbol is refused" ENOEXEC cp "$TMP/missing.$target.co" code/m.co
    check "$target: by its name" sh -c "tail -n 1 $MNT/errors | grep -q nowhere_to_be_found"
done
finish
