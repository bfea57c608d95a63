#!/bin/sh
# Many of everything at once: kernels, buffers, the whole memory of eight large GPUs, writers that wait.
# usage: crowds.sh [BUFFERS]      (2000; 10000 by hand)
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x:8
cd "$MNT" || exit 1

# eight times 192 GiB of addresses; nothing but what is written costs host memory. What ThreadSanitizer leaves of them depends on where
# the kernel puts things, and is not always enough for all.
gib=190 sizes='' used=''
[ "${KFDFS_SANITIZE:-none}" != thread ] || gib=150
for gpu in gpu[0-7]; do
    truncate -s ${gib}G "$gpu/vram/all" || tail -n 1 errors
    printf 'end of %s' "$gpu" | dd of="$gpu/vram/all" bs=1 seek=$((gib - 1))G conv=notrunc status=none
    sizes="$sizes $(stat -c %s "$gpu/vram/all")" used="$used $(dd if="$gpu/vram/all" bs=1 skip=$((gib - 1))G count=11 status=none | tr -d '\0')"
done
size=$((gib << 30))
same "all memory of eight GPUs is eight files" " $size $size $size $size $size $size $size $size" "$sizes"
same "that keep what is written at their end" " end of gpu0 end of gpu1 end of gpu2 end of gpu3 end of gpu4 end of gpu5 end of gpu6 end of gpu7" "$used"
errno "what is too much is refused" ENOSPC truncate -s $((193 - gib))G gpu5/vram/more
same "one GPU copies from the end of another" "end of gpu3" \
    "$(put gpu0/sdma/0/run "copy gpu3/vram/all+$(((gib - 1) << 30)) vram/all 11" && head -c 11 gpu0/vram/all)"
same "all lie in 47 bits, none in another" "8 0" "$(grep vram gpu0/maps | sed 's/[- ]/ /' | while read -r start end rest; do
    echo "$((0x$start)) $((0x$end))"
done | sort -n | awk '{ if ($2 > 140737488355328 || $1 < end) bad++; end = $2 } END { print NR, bad + 0 }')"
for gpu in gpu[0-7]; do rm "$gpu"/vram/*; done

# names in a directory: empty buffers have no memory, a tenth has
many=${1:-2000} some=$((${1:-2000} / 10))
seq -f 'gpu0/vram/empty-%.0f' $((many - some)) | xargs touch
seq -f 'gpu0/vram/%.0f' $some | xargs truncate -s 4K
same "$many buffers are listed, each once" "$many" "$(find gpu0/vram -type f | sort -u | wc -l)"
same "each with its size" "$some buffers of 4096, $((many - some)) of 0" \
    "$(find gpu0/vram -type f -printf '%s\n' | sort -n | uniq -c | awk '{ n[$2] = $1 } END { print n[4096] " buffers of 4096, " n[0] " of 0" }')"
same "maps has those with memory" $some "$(grep -c gpu0/vram gpu0/maps)"
check "they go at once" rm -r gpu0/vram/*
same "and the memory with them" 0 "$(grep -c gpu0/vram gpu0/maps)"

if command -v clang-22 >/dev/null && command -v ld.lld-22 >/dev/null; then
    cat >"$TMP/many.cl" <<'CL'
#define K(n) kernel void many_##n(void) {}
#define K10(n) K(n##0) K(n##1) K(n##2) K(n##3) K(n##4) K(n##5) K(n##6) K(n##7) K(n##8) K(n##9)
#define K100(n) K10(n##0) K10(n##1) K10(n##2) K10(n##3) K10(n##4) K10(n##5) K10(n##6) K10(n##7) K10(n##8) K10(n##9)
K100(0) K100(1) K100(2) K100(3) K100(4) K100(5) K100(6) K100(7) K100(8) K100(9)
CL
    clang-22 -x cl -target amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib -O0 "$TMP/many.cl" -o gpu0/code/many.hsaco
    same "a thousand kernels are a thousand directories" 1000 "$(find gpu0/kernels/many -mindepth 1 -maxdepth 1 -type d | wc -l)"
    same "of six files each" 6000 "$(find gpu0/kernels/many -type f | wc -l)"
    check "the last one runs" put gpu0/kernels/many/many_999/run "grid=64 group=64"
fi

# writers that wait
truncate -s 4K gpu0/vram/flag
i=0
while [ $i -lt 32 ]; do
    (timeout 100 sh -c 'echo "wait-mem vram/flag eq 1" >gpu0/sdma/0/run' 2>/dev/null && echo ended >>"$TMP/ended") &
    i=$((i + 1))
done
until_submitted gpu0/sdma/0 32
check "ls answers while thirty-two writers wait" timeout 20 sh -c "ls -lR gpu0/sdma gpu1 >$TMP/ls"
same "all of it" 2 "$(grep -c 'sdma/kfdfs:$' "$TMP/ls")"
printf '\001\0\0\0' | dd of=gpu0/vram/flag conv=notrunc status=none
wait
same "and all thirty-two end" 32 "$(wc -l <"$TMP/ended")"

# a hung queue
mkdir gpu0/sdma/hung
echo "hang sdma/hung" >gpu1/sim/inject 2>/dev/null && fail "a queue of another GPU hangs"
echo "wait-mem vram/flag eq 2" >gpu0/sdma/hung/submit
check "rm -r of a queue that waits for ever returns" timeout 20 rm -r gpu0/sdma/hung
check "and it is gone" [ ! -e gpu0/sdma/hung ]
check "the engine goes on" timeout 20 sh -c 'echo nop | cat >gpu0/sdma/0/run'
mkdir gpu0/sdma/hung
put gpu0/sdma/hung/run nop
echo "hang sdma/hung" >gpu0/sim/inject
(timeout 60 sh -c 'echo nop | cat >gpu0/sdma/hung/run' 2>"$TMP/told") &
until_submitted gpu0/sdma/hung 2
check "rm -r of one that gives no wave back returns, too" timeout 60 rm -r gpu0/sdma/hung
wait
check "and whoever waited is told" [ -s "$TMP/told" ]
finish
