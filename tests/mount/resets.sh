#!/bin/sh
# A GPU that was reset comes back: what its memory held may be gone, and then that is told; nothing else is.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
attribute() { getfattr --absolute-names --only-values -n user.gpu_losses "$1" 2>/dev/null || echo -; }
zero() { tr -d '\0' <"$1" | wc -c; }
# PATTERN N: until events has so many lines of it
until_lines() {
    tries=0
    while [ "$(grep -c "$1" "$MNT/events")" -lt "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 8000 ] || { fail "events never has '$1' $2 times: $(tail -n 3 "$MNT/events")"; finish; }
    done
}
recovered() { until_lines " recovery $1 - - its buffers" "$2"; }
kernel=$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco
head -c 300000 /dev/urandom >"$TMP/random"

start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1
pid=$(daemon_pid)
mkdir gpu0/vram/dir
for file in gpu0/vram/a gpu0/vram/dir/b gpu0/gtt/g gpu1/vram/other; do cp "$TMP/random" $file; done
touch -d 2020-02-02 gpu0/vram/a gpu1/vram/other
[ ! -e "$kernel" ] || cp "$kernel" gpu0/code/va.hsaco
exec 3<gpu0/vram/a 4<>gpu0/vram/nameless
head -c 70000 /dev/urandom >&4
rm gpu0/vram/nameless
va=$(awk '$4 == "gpu0/vram/a" { print $1 }' gpu1/maps)
truncate -s 4K gpu0/gtt/flag gpu1/gtt/flag
mkdir gpu0/sdma/made gpu1/sdma/made gpu1/sdma/idle
# without end, on both
(echo "wait-mem gtt/flag eq 1" | cat >gpu0/sdma/made/run) >"$TMP/reset" 2>&1 &
(echo "wait-mem gtt/flag eq 1" | cat >gpu1/sdma/made/run) >"$TMP/stopped" 2>&1 &
until [ "$(cat gpu0/sdma/made/submitted gpu1/sdma/made/submitted | flat)" = "1 1" ]; do :; done
put gpu0/sim/inject reset
wait
recovered gpu0 1
recovered gpu1 1
same "who waited for a GPU that is reset is told, and so is who waited for another" "Input/output error, Operation canceled" \
    "$(sed 's/.*: //' "$TMP/reset"), $(sed 's/.*: //' "$TMP/stopped")"
same "both are whole again" "ok 1 ok 0" "$(value gpu0/status state) $(value gpu0/status resets) $(value gpu1/status state) $(value gpu1/status resets)"
same "queues that mkdir made and that had something are dead" "dead EIO dead ECANCELED unused" \
    "$(value gpu0/sdma/made/info state) $(value gpu0/sdma/made/info error) $(value gpu1/sdma/made/info state) $(value gpu1/sdma/made/info error) $(value gpu1/sdma/idle/info state)"
same "what was in its memory is zero, not noise" "0 0 0" "$(zero gpu0/vram/a) $(zero gpu0/vram/dir/b) $(zero /dev/fd/4)"
same "names, sizes and addresses stay" "300000 $va" "$(stat -c %s gpu0/vram/a) $(awk '$4 == "gpu0/vram/a" { print $1 }' gpu1/maps)"
same "it is told which" "gpu0/vram/a gpu0/vram/dir/b" "$(grep " EIO gpu0 what was in the memory" errors | grep -o 'gpu0/vram/[a-z]*a\|gpu0/vram/dir/b' | sort | flat)"
! command -v getfattr >/dev/null || same "and each of them says so" "1 1 - -" "$(attribute gpu0/vram/a) $(attribute gpu0/vram/dir/b) $(attribute gpu0/gtt/g) $(attribute gpu1/vram/other)"
same "its time is that of the loss, another's stays" "yes 2020" "$([ "$(stat -c %Y gpu0/vram/a)" -gt 1700000000 ] && echo yes) $(date -r gpu1/vram/other +%Y)"
check "system memory has its bytes" cmp gpu0/gtt/g "$TMP/random"
check "so has the other GPU" cmp gpu1/vram/other "$TMP/random"
check "an open file stays open" sh -c 'head -c 10 <&3 >/dev/null'
check "both GPUs work" put gpu0/sdma/0/run "copy gtt/g vram/a" "copy gpu1/vram/other vram/dir/b"
check "and the bytes arrive" cmp gpu0/vram/a "$TMP/random"
[ ! -e "$kernel" ] || check "code is loaded again" put gpu0/kernels/va/vector_add/run "grid=64 group=64 vram/a vram/a vram/dir/b 0"

# mode 2 keeps the memory
n=$(grep -c ' EIO gpu0 what was' errors)
put gpu0/sim/inject "reset mode2"
recovered gpu0 2
check "a reset that keeps the memory costs no byte" cmp gpu0/vram/a "$TMP/random"
same "and no line" "$n" "$(grep -c ' EIO gpu0 what was' errors)"
check "and the GPU works" put gpu0/sdma/0/run nop

# a reset that takes a while
put gpu0/sim/inject "reset mode1 300"
until_lines " reset gpu0 [^ ]* [^ ]* the kernel reset " 3
if cat gpu0/vram/a >/dev/null 2>"$TMP/read"; then # it was over
    recovered gpu0 3
else
    same "what may be lost is not read meanwhile" "Input/output error" "$(sed 's/.*: //' "$TMP/read")"
fi
check "system memory is" cmp gpu0/gtt/g "$TMP/random"
recovered gpu0 3
same "then it is zero again, and known to have been lost twice" "0 2" "$(zero gpu0/vram/a) $(command -v getfattr >/dev/null && attribute gpu0/vram/a || echo 2)"
check "and the GPUs work" put gpu1/sdma/0/run "copy gpu0/gtt/g vram/other"

# what the next image is refused
most=$(find . -printf '%i\n' | sort -n | tail -n 1)
cp "$TMP/random" gpu0/vram/a
f=$(grep -c ' recovery gpu0 - - no recovery' events)
put gpu0/sim/inject "refuse-later 1 IMPORT_DMABUF EIO 1000"
put gpu0/sim/inject "reset"
until_lines ' recovery gpu0 - - no recovery' $((f + 1))
errno "a GPU that does not come back from a reset: its memory is not read" EIO sh -c 'cat gpu0/vram/a >/dev/null'
check "system memory is" cmp gpu0/gtt/g "$TMP/random"
kill -HUP "$pid"
recovered gpu0 4
same "once it is back it is zero" 0 "$(zero gpu0/vram/a)"
[ ! -e "$kernel" ] || check "what was made anew has no number that another had" [ "$(stat -c %i gpu0/kernels/va/vector_add)" -gt "$most" ]

# a fault, and a reset before anybody has recovered from it
cp "$TMP/random" gpu0/vram/a
put gpu0/sim/inject "fault @0x123456789000" reset
recovered gpu0 5
same "a fault and a reset at once lose what the reset takes" "0 ok" "$(zero gpu0/vram/a) $(value gpu0/status state)"
check "and nothing else" cmp gpu1/vram/other "$TMP/random"

# a hang
mkdir gpu0/sdma/b
cp "$TMP/random" gpu0/vram/a
put gpu0/sim/inject "hang sdma/b"
put gpu0/sdma/b/submit nop
check "a queue that hangs can be removed" rmdir gpu0/sdma/b
recovered gpu0 6
same "the reset that ends it takes the memory" "0 ok" "$(zero gpu0/vram/a) $(value gpu0/status state)"
put gpu0/sim/inject lose
until_lines ' recovery gpu0 - - no recovery' $((f + 2))
same "a GPU that fell off the bus does not come back, the other does" "lost ok" "$(value gpu0/status state) $(value gpu1/status state)"
check "with its bytes" cmp gpu1/vram/other "$TMP/random"
check "and works" put gpu1/sdma/0/run nop
same "all that in one process" "$pid" "$(daemon_pid)"
exec 3<&- 4<&-
stop_mount

# GPUs of a hive are reset together
start_mount mi300x:2
cd "$MNT" || exit 1
for gpu in gpu0 gpu1; do cp "$TMP/random" $gpu/vram/a; done
put gpu0/sim/inject reset
recovered gpu0 1
recovered gpu1 1
same "a reset of one GPU of a hive is one of all" "1 0 1 0" "$(value gpu0/status resets) $(zero gpu0/vram/a) $(value gpu1/status resets) $(zero gpu1/vram/a)"
put gpu0/sim/inject poison
recovered gpu0 2
same "poison that was consumed takes one GPU's queues, no more" "2 1" "$(value gpu0/status resets) $(value gpu1/status resets)"
stop_mount

# a kernel interface that cannot
start_mount mi300x+rx7900xtx -o sim_kfd=1.11
cd "$MNT" || exit 1
for file in gpu0/vram/a gpu0/gtt/g gpu1/vram/a; do cp "$TMP/random" $file; done
put gpu1/sim/inject "reset mode2"
until_lines " recovery gpu1 - - no recovery: KFD 1.11 cannot" 1
same "an old kernel: all GPUs are lost" "lost lost" "$(value gpu0/status state) $(value gpu1/status state)"
check "what the reset left can be read" cmp gpu1/vram/a "$TMP/random"
put gpu0/sim/inject reset
until_lines " reset gpu0 [^ ]* [^ ]* the kernel reset " 1
errno "what it took can not" EIO sh -c 'cat gpu0/vram/a >/dev/null'
check "system memory can" cmp gpu0/gtt/g "$TMP/random"
cd / || exit 1
finish
