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

# ---- what a compute queue's buffers hold, while they wait ----
truncate -s 4K vram/go
mkdir compute/pm4
echo pm4 >compute/pm4/engine
printf 'wait-mem vram/go eq 1\natomic add vram/a+8 5\ntimestamp vram/a+16\n' | cat >compute/0/submit
printf 'wait-mem vram/go eq 1\nwrite vram/a 1 2\n' | cat >compute/pm4/submit
address=0x$(awk -F '[- ]' '$NF == "gpu0/vram/a" { print $1 }' maps)
to="$((address & 0xffffffff)) $((address >> 32))"
{ # by hand: COPY_DATA of the clock, DMA_DATA that fills, of 3 dwords, SET_UCONFIG_REG, and a wait for a register
    echo "0xc0044000 0x00010509 0 0 $to"
    echo "0xc0055000 0x40000000 5 0 $to 12"
    echo "0xc0017900 0x200 0xe0000000"
} | while read -r line; do echo "$line" >compute/pm4/packets & done
tries=0
until [ "$(grep -c INDIRECT compute/pm4/ring)" -ge 5 ] || [ $tries -ge 20000 ]; do tries=$((tries + 1)); done
cat compute/0/ring >"$TMP/aql"
cat compute/pm4/ring >"$TMP/pm4"
inner() { awk '/^- \+/ { print $4 }' "$1" | flat; }
same "an AQL queue's buffers" "PRED_EXEC WAIT_REG_MEM PRED_EXEC ATOMIC_MEM PRED_EXEC RELEASE_MEM" "$(inner "$TMP/aql")"
check "an atomic tells its operand" grep -q "ATOMIC_MEM 0x[0-9a-f]*08 operation 0x2f with 0x5$" "$TMP/aql"
check "a PM4 queue waits in its buffer" grep -q "^- +0x0020 7 WAIT_REG_MEM 0x[0-9a-f]* & 0xffffffff == 0x1$" "$TMP/pm4"
check "a write tells its first dword" grep -q "WRITE_DATA 0x[0-9a-f]* = 0x00000001$" "$TMP/pm4"
check "a copy of the clock" grep -q "COPY_DATA clock -> $(printf '0x%x' "$address"), 64 bits$" "$TMP/pm4"
check "a fill" grep -q "DMA_DATA fill with 0x00000005 -> $(printf '0x%x' "$address"), 12 bytes$" "$TMP/pm4"
check "a register" grep -q "SET_UCONFIG_REG 0xc200 = 0xe0000000$" "$TMP/pm4"
same "nothing in them is unknown" 0 "$(cat "$TMP/aql" "$TMP/pm4" | grep -c unknown)"
put sdma/2/run "signal vram/go 1"
echo >compute/0/wait
echo >compute/pm4/wait
wait
same "done is done: nothing of its buffers is shown" "" "$(inner compute/pm4/ring)"
rmdir compute/pm4

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
