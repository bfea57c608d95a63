#!/bin/sh
# ring: what stands in a queue's ring, and how far the GPU is; packets: dwords straight into it.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
cd "$MNT/gpu0" || exit 1

same "an unused queue has a ring of nothing" "# pointer offset dwords packet" "$(cat sdma/0/ring)"
truncate -s 64K vram/a vram/b
put sdma/0/submit "copy vram/a vram/b" "fill vram/a 7 4K" "write vram/a 1 2 3" "atomic add vram/a 5" "wait-mem vram/b eq 99" "timestamp vram/a"
tries=0
until grep -q "^read .* poll memory" sdma/0/ring || [ $tries -ge 20000 ]; do tries=$((tries + 1)); done
cat sdma/0/ring >"$TMP/ring"
same "the read pointer is at what the engine waits for" "poll memory == 0x63" \
    "$(awk '$1 == "read" { print $4, $5, $9, $10 }' "$TMP/ring")"
same "what is behind it is done" "copy 65536 fill atomic" \
    "$(awk '$1 == "done" && $4 == "copy" { print $4, $5 } $1 == "done" && ($4 == "fill" || $4 == "atomic") { print $4 }' "$TMP/ring" | flat)"
check "what is before it is not" grep -q "^- .* timestamp get global" "$TMP/ring"
check "it tells how long the oldest command has waited" grep -q "^# oldest unfinished: command [1-5], for [0-9]* ns: " "$TMP/ring"
same "nothing in it is unknown" 0 "$(grep -c unknown "$TMP/ring")"
same "the write pointer is at the end" "write - - -" "$(tail -n 1 "$TMP/ring")"

same "packets tells its usage" "DWORD32..." "$(head -n 1 sdma/1/packets)"
errno "packets are numbers" EINVAL sh -c 'echo "one two" | tee sdma/1/packets'
errno "packets are of 32 bits" ERANGE sh -c 'echo 0x100000000 | tee sdma/1/packets'
if command -v getfattr >/dev/null; then
    address=$(getfattr --only-values -n user.gpu_va vram/b)
    echo "5 $((address & 0xffffffff)) $((address >> 32)) 99" >sdma/1/packets # a FENCE
    echo >sdma/0/wait
    same "a packet written by hand lets the other engine go" 6 "$(cat sdma/0/completed)"
    same "and has its row in the log" "ok 5" "$(awk '$1 == 1 { print $5, $6 }' sdma/1/log)"
fi
rmdir sdma/0

kernel=$KFDFS_KERNELS/trouble.gfx942.O3.hsaco
if [ -f "$kernel" ]; then
    cp "$kernel" code/t.hsaco
    echo "grid=128 group=64 vram/a" >kernels/t/endless/submit
    check "a dispatch that does not end is in the ring" grep -q "dispatch grid=128,1,1 group=64,1,1 kernel=0x" compute/0/ring
    rmdir compute/0
fi
finish
