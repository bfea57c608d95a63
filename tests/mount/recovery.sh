#!/bin/sh
# A GPU fault takes the GPU for a moment: buffers keep names, bytes and addresses, open files go on, and everything works again.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
recoveries() { grep -c " recovery $1 - - its buffers" "$MNT/events"; }
# GPU N: until it has recovered so often
until_recovered() {
    tries=0
    while [ "$(recoveries "$1")" -lt "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 5000 ] || { fail "$1 never recovers $2 times"; tail -n 3 "$MNT/events"; finish; }
    done
}
address() { printf '%d' "$(getfattr --only-values -n user.gpu_va "$1" 2>/dev/null || python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.gpu_va").decode())' "$1")"; }
bad="copy @0x123456789000 vram/a 64"

start_mount mi300x+rx7900xtx
cd "$MNT/gpu0" || exit 1
pid=$(daemon_pid)
head -c 3000000 /dev/urandom >"$TMP/random"
mkdir -p vram/dir/deeper
cp "$TMP/random" vram/a
cp "$TMP/random" "vram/dir/deeper/b c"
cp "$TMP/random" gtt/g
truncate -s 200M vram/sparse
dd if="$TMP/random" of=vram/sparse bs=1M seek=150 conv=notrunc 2>/dev/null
cp "$TMP/random" ../gpu1/vram/other
chmod 600 vram/a
touch -d 2020-02-02 vram/a
sums() { (cd "$MNT" && find gpu? -path '*/vram/*' -type f -exec cksum {} + | sort && cksum gpu0/gtt/g); }
sums >"$TMP/before"
stats() { (cd "$MNT" && stat -c '%n %i %a %s %Y' gpu0/vram/a "gpu0/vram/dir/deeper/b c" gpu0/compute/0 gpu0/info gpu1/vram); }
stats >"$TMP/stats"
va=$(address vram/a)
mkdir sdma/made compute/unused
put sdma/made/run nop
put sdma/0/run nop nop
put ../gpu1/sdma/0/run nop
exec 3<vram/a 4<>gtt/g
cp "$TMP/random" vram/nameless
exec 5<>vram/nameless
rm vram/nameless
exec 6>sdma/0/run
head -c 1000 <&3 >"$TMP/part"

errno "a command that faults" EFAULT put sdma/0/run "$bad"
until_recovered gpu0 1
same "the GPU is whole" "ok 1" "$(value status state) $(value status faults)"
sums >"$TMP/after"
check "every byte is as it was" cmp "$TMP/before" "$TMP/after"
stats >"$TMP/stats-after"
check "so are names, modes, sizes, times and inode numbers" cmp "$TMP/stats" "$TMP/stats-after"
same "an address stays" "$va" "$(address vram/a)"
head -c 2999000 <&3 >>"$TMP/part"
check "a file that was being read goes on" cmp "$TMP/part" "$TMP/random"
printf 'hello' >&4
same "one that was open for writing, too" hello "$(head -c 5 gtt/g)"
check "and one without a name" cmp "$TMP/random" /dev/fd/5
check "a shell inside stays inside" test -e vram/a
same "the log tells the loss" EFAULT "$(awk '$1 == 3 { print $5 }' sdma/0/log)"
same "and counts on" "3 3 unused" "$(cat sdma/0/submitted sdma/0/completed | flat) $(value sdma/0/info state)"
check "its queue works" put sdma/0/run "copy vram/a vram/sparse"
same "with the next number" 4 "$(cat sdma/0/completed)"
check "a command file that was open" sh -c 'echo nop >&6'
same "did it" 5 "$(cat sdma/0/completed)"
check "copies by the GPU" cp vram/a vram/copy
check "are true" cmp vram/copy "$TMP/random"
errno "a queue that was made" EFAULT put sdma/made/run nop
same "is dead" "dead EFAULT" "$(value sdma/made/info state) $(value sdma/made/info error)"
check "until rmdir" rmdir sdma/made
check "an unused one is as it was" put compute/unused/run nop
check "the other GPU goes on" put ../gpu1/sdma/0/run nop
same "with its numbers" 2 "$(cat ../gpu1/sdma/0/completed)"
check "errors has kept its lines" grep -q " EFAULT gpu0/sdma/0/run " "$MNT/errors"
errno "a wait for what was lost tells it" EFAULT put sdma/0/wait 3
check "a wait for what came later does not" put sdma/0/wait 5

if [ -e "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" ]; then
    cp "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" code/trouble.hsaco
    cp "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" code/va.hsaco
    exec 7<kernels/va/vector_add/signature
    for i in 2 3 4; do
        errno "a kernel faults ($i)" EFAULT put kernels/trouble/read_at/run "grid=1 group=1 0x10000000 vram/sparse"
        until_recovered gpu0 $i
        check "code is there again ($i)" put kernels/va/vector_add/run "grid=64 group=64 vram/a vram/copy vram/sparse 64"
        same "what it did last, too ($i)" EFAULT "$(value kernels/trouble/read_at/last status)"
    done
    check "the kernel's open files stay" grep -q pointer /dev/fd/7
    check "its bytes read back" cmp code/va.hsaco "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco"
    exec 7<&-
fi

# others at work meanwhile
n=$(recoveries gpu0)
truncate -s 64M ../gpu1/vram/big ../gpu1/vram/big2
for i in 1 2 3 4 5 6 7 8; do echo "copy vram/big vram/big2"; done >"$TMP/many"
cat "$TMP/many" >../gpu1/sdma/1/submit
errno "a fault while the other GPU works" EFAULT put sdma/0/run "$bad"
until_recovered gpu0 $((n + 1))
same "costs it nothing" "8 0" "$(cat ../gpu1/sdma/1/completed) $(grep -vc ' ok \|^#' ../gpu1/sdma/1/log)"

# who waits ahead is told
truncate -s 4K vram/flag
put sdma/3/submit "wait-mem vram/flag eq 1"
(echo 1 | cat >sdma/3/wait) 2>"$TMP/wait-run" &
running=$!
(echo 1000 | cat >sdma/2/wait) 2>"$TMP/wait-ahead" &
ahead=$!
(echo 1000 | cat >../gpu1/sdma/1/wait) 2>"$TMP/wait-other" &
other=$!
errno "a fault while others wait" EFAULT put sdma/0/run "$bad"
until_recovered gpu0 $((n += 2))
# whose write came only after it waits for the next one
while kill -0 $ahead 2>/dev/null || kill -0 $other 2>/dev/null; do
    put sdma/0/run "$bad" 2>/dev/null
    until_recovered gpu0 $((n += 1))
done
wait $running $ahead $other
same "ends their waits: for what ran, for what might have come, on the other GPU" "Bad address, Bad address, Operation canceled," \
    "$(cat "$TMP/wait-run" "$TMP/wait-ahead" "$TMP/wait-other" | sed 's/.*: //; s/$/,/' | flat)"
check "and the GPU works" put sdma/3/run nop
exec 3<&- 4<&- 5<&- 6<&-
same "it is the same process all along" "$pid" "$(daemon_pid)"
check "what was without a name is gone, and its memory" sh -c "rm -r vram/* && [ \$(awk '/^vram_used_bytes/ { print \$2 }' status) -lt 64000000 ]"
refused=0 told=$(grep -c " fault gpu0 " "$MNT/events")
for i in 1 2 3 4 5; do
    errno "a fault again" EFAULT put "$MNT/gpu0/sdma/0/run" "fill @0x123456789000 1 64"
    [ "$(grep -c " fault gpu0 " "$MNT/events")" -eq $((told + i)) ] || fail "events tell of a fault before its EFAULT does"
    (put "$MNT/gpu0/sdma/0/run" nop) 2>/dev/null || refused=$((refused + 1))
done
same "a command right after a fault waits for the recovery" 0 "$refused"
stop_mount

# a kernel interface that cannot
start_mount mi300x -o sim_kfd=1.11
cd "$MNT/gpu0" || exit 1
cp "$TMP/random" vram/a
errno "an old kernel: a fault" EFAULT put sdma/0/run "$bad"
tries=0
until grep -q " recovery gpu0 - - no recovery: KFD 1.11 cannot" "$MNT/events"; do
    tries=$((tries + 1))
    [ "$tries" -lt 5000 ] || { fail "events says that it cannot recover"; break; }
done
same "the GPU stays lost" lost "$(value status state)"
check "status says what to do" grep -q "^reason .*unmount and mount again" status
check "its buffers can be read" cmp vram/a "$TMP/random"
errno "but not commanded" ENODEV put sdma/0/run nop
finish
