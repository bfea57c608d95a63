#!/bin/sh
# What happens by itself stands in events: whose fault it was, which command, where, and which buffer is near.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
events=$MNT/events

# what follows a fault, sooner or later, is none of this test's
last() { grep -v " recovery " "$events" | tail -n 1; }
# NAME TEXT: the last event says so
says() {
    case $(last) in
    *"$2"*) ok "$1" ;;
    *) fail "$1: should say '$2': $(last)" ;;
    esac
}
head_of_last() { last | cut -d " " -f 2-5; } # kind gpu queue seq
address() { getfattr -n user.gpu_va --only-values "$1"; }
# what the GPU counted
count() { awk -v key="$2" '$1 == key { print $2 }' "$MNT/$1/status"; }

same "at first there is nothing" "# time kind gpu queue seq message" "$(cat "$events")"
mkfifo "$TMP/followed"
tail -f "$events" >"$TMP/followed" &
follower=$!
exec 7<"$TMP/followed"
read -r line <&7
same "tail -f shows what is there" "# time kind gpu queue seq message" "$line"

# an SDMA command that leaves its buffer
cd "$MNT/gpu0" || exit 1
mkdir vram/d compute/quiet
truncate -s 64K vram/a "vram/d/b c"
put sdma/0/run nop
va=$(address vram/a)
errno "a copy from behind a buffer" EFAULT put sdma/0/run "$(printf 'copy @0x%x vram/a 64' $((va + 0x20040)))"
same "an event has its kind, its GPU, its queue and its command" "fault gpu0 sdma/0 2" "$(head_of_last)"
says "it says what was tried" "$(printf 'read of 0x%x, which is not mapped' $((va + 0x20000)))"
says "which buffer it hit" "offset 0x20000 of gpu0/vram/a, which ends at 0x10000"
says "and quotes the command" "; command: copy @0x"
read -r line <&7
same "tail -f has the line" "$(last)" "$line"
case $(tail -n 1 "$MNT/errors") in
*" EFAULT gpu0/sdma/0/run "*"offset 0x20000 of gpu0/vram/a"*) ok "errors tells whoever waited the same" ;;
*) fail "errors tells whoever waited the same: $(tail -n 1 "$MNT/errors")" ;;
esac
same "status counts it" "1 0" "$(count gpu0 faults) $(count gpu0 resets)"
same "on that GPU only" "0 0" "$(count gpu1 faults) $(count gpu1 resets)"

# what was freed, or has moved
cd "$MNT/gpu1" || exit 1
mkdir vram/d
truncate -s 64K "vram/d/g h" vram/moves
gone=$(address "vram/d/g h") moved=$(address vram/moves)
rm "vram/d/g h"
truncate -s 300M vram/moves # its window is of 256 MiB
recovered=$(grep -c " recovery gpu1 " "$events")
errno "a copy from what is freed" EFAULT put sdma/0/run "$(printf 'copy @0x%x vram/moves 64' $((gone + 0x3010)))"
# shellcheck disable=SC1003 # a blank, written as octal
case $(last) in
*": freed "[0-9]*" ms ago: gpu1/vram/d/g\040h+0x3000; command: copy "*) ok "names it, and says when" ;;
*) fail "names it, and says when: $(last)" ;;
esac
while [ "$(grep -c " recovery gpu1 " "$events")" -eq "$recovered" ]; do :; done
errno "from where a buffer was" EFAULT put sdma/0/run "$(printf 'copy @0x%x vram/moves 64' "$moved")"
case $(last) in
*": freed "[0-9]*" ms ago: gpu1/vram/moves+0x0; command: copy "*) ok "is told as well, over a recovery, too" ;;
*) fail "is told as well, over a recovery, too: $(last)" ;;
esac
while [ "$(grep -c " recovery gpu1 " "$events")" -lt $((recovered + 2)) ]; do :; done

# a kernel, far from all buffers
kernel=$KFDFS_KERNELS/trouble.gfx1100.O3.hsaco
if [ -e "$kernel" ]; then
    cd "$MNT/gpu1" || exit 1
    cp "$kernel" code/trouble.hsaco
    truncate -s 4K gtt/c
    errno "a kernel that writes nowhere" EFAULT put compute/0/run "dispatch trouble/write_at grid=64 group=64 0x10008 1"
    same "its event, too" "fault gpu1 compute/0 1" "$(head_of_last)"
    says "what was tried" "write to 0x10000, which is not mapped"
    says "how far it was from a buffer" " bytes before gpu"
    says "the kernel" "; command: dispatch trouble/write_at grid=64"
fi
kill $follower
exec 7<&-
wait
stop_mount

# several could have done it
start_mount rx7900xtx
if [ -e "$kernel" ]; then
    cd "$MNT/gpu0" || exit 1
    cp "$kernel" code/trouble.hsaco
    truncate -s 4K vram/stop
    mkdir compute/b
    put compute/b/submit "dispatch trouble/endless grid=64 group=64 vram/stop"
    errno "a kernel faults while another runs" EFAULT put kernels/trouble/read_at/run "grid=1 group=1 0x7fffffff0000 0"
    same "no queue is blamed" "fault gpu0 - -" "$(head_of_last)"
    says "but all are named that ran: one" "compute/0 1 ("
    says "and the other" "compute/b 1 (dispatch trouble/endless grid=64 group=64 vram/stop)"
    says "the nearest buffer" " bytes past the end of gpu0/vram/stop;"
fi
stop_mount

# what does not end, and a daemon that is killed with work under way
start_mount rx7900xtx -o timeout=0.3
cd "$MNT/gpu0" || exit 1
mkdir sdma/slow
put sdma/slow/submit nop
put sdma/slow/wait 1
put sim/inject "hang sdma/slow"
errno "a wait for what does not end" ETIME put sdma/slow/run nop
same "is a hang of its queue and command" "hang gpu0 sdma/slow 2" "$(head_of_last)"
says "says for how long" "in the time that waits have here (0.3 s); command: nop"
errno "the next who waits" ETIME put sdma/slow/wait 2
same "adds no second line" 2 "$(wc -l <"$events")"
if [ -e "$kernel" ]; then
    cp "$kernel" code/trouble.hsaco
    truncate -s 4K vram/stop
    errno "a kernel without end" ETIME put kernels/trouble/endless/run "grid=64 group=64 vram/stop"
    same "is one, too" "hang gpu0 compute/0 1" "$(head_of_last)"
    check "rmdir ends it" rmdir compute/0
    says "and says how" "removed; what it was at was preempted"
    put compute/0/submit "dispatch trouble/endless grid=64 group=64 vram/stop"
fi
cd / || exit 1
for pid in /proc/[0-9]*; do
    case $({ tr '\0' ' ' <"$pid/cmdline"; } 2>/dev/null) in
    *" $MNT ") killed=${pid#/proc/} && kill -9 "$killed" ;;
    esac
done
timeout 60 cat <&8
case $(cut -d " " -f 3 "/proc/$killed/stat" 2>/dev/null) in
"" | Z) ok "a killed daemon is gone" ;;
*) fail "a killed daemon is gone" ;;
esac
fusermount3 -uz "$MNT" && mounted=
start_mount rx7900xtx
same "the next one finds a fresh GPU" "state ok" "$(head -n 1 "$MNT/gpu0/status")"
left=$(find "${XDG_RUNTIME_DIR:-/dev/shm}" /dev/shm -maxdepth 1 -name "kfdsim-$killed" 2>/dev/null)
same "nothing of the killed one is left" "" "$left"
stop_mount
finish
