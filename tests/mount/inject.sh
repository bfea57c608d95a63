#!/bin/sh
# sim/inject: a software GPU goes wrong on request, and everything that a card's owner would see is there.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
events=$MNT/events

# WHERE KIND TEXT: waits until that file has such a line
until_event() {
    tries=0
    until grep -q "$1.*$2" "$events"; do
        tries=$((tries + 1))
        [ "$tries" -lt 5000 ] || { fail "events never says '$1' '$2': $(cat "$events")"; finish; }
    done
    ok "events says: $2"
}
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }

start_mount mi300x+rx7900xtx
cd "$MNT/gpu0" || exit 1
truncate -s 64K vram/a
same "reading it tells what it takes" "fault hang dead evict restore throttle reset ecc poison lose refuse refuse-later" "$(cut -d ' ' -f 1 sim/inject | flat)"
errno "what it does not know" EINVAL put sim/inject "explode"
errno "an access that there is not" EINVAL put sim/inject "fault vram/a dance"
errno "an engine that there is not" ENOENT put sim/inject "dead sdma 99"
errno "an errno that there is not" ENOENT put sim/inject "refuse any ENONSENSE"
errno "an ioctl that there is not" ENOENT put sim/inject "refuse FROBNICATE EIO"
errno "a queue that there is not" ENOENT put sim/inject "hang compute/none"
errno "a queue of another GPU" EINVAL put sim/inject "hang gpu1/sdma/0"
errno "one bad line of several" EINVAL put sim/inject "reset" "explode"
same "then nothing happened" "ok 0" "$(value status state) $(value status resets)"

# the kernel takes the queues off, and back
put sim/inject evict
put sdma/0/submit "fill vram/a 7"
put ../gpu1/sdma/0/run nop
same "while evicted no queue moves" 0 "$(cat sdma/0/completed)"
put sim/inject restore
put sdma/0/wait 1
same "restored it goes on" "1 7" "$(cat sdma/0/completed) $(od -A n -N 1 -t u1 vram/a | tr -d ' ')"

until_event " evict gpu0 - - " "took the queues of process .* off gpu0: VRAM is short"
until_event " restore gpu0 - - " "restored the queues of process .* on gpu0"
put sim/inject throttle throttle
until_event " throttle gpu0 - - " "reasons 0x1, 2 times"

# ioctls that fail: the command says so, and the next one goes through
put sim/inject "refuse ALLOC_MEMORY_OF_GPU ENOMEM"
errno "no memory" ENOSPC truncate -s 1M vram/b
check "the next time there is some" truncate -s 1M vram/b
mkdir compute/b
put sim/inject "refuse CREATE_QUEUE EIO"
errno "a queue that the kernel refuses" EIO put compute/b/run barrier
case $(tail -n 1 "$MNT/errors") in
*"CREATE_QUEUE"*"EIO"*) ok "errors names the ioctl and its errno" ;;
*) fail "errors names the ioctl and its errno: $(tail -n 1 "$MNT/errors")" ;;
esac
check "the next time it does not" put compute/b/run barrier
put sim/inject "refuse ALLOC_MEMORY_OF_GPU ENOMEM 1 1"
check "AFTER lets some through" truncate -s 4K gtt/one
errno "and then fails" ENOSPC truncate -s 4K gtt/two

# an engine that never answers
put sim/inject "dead sdma 2"
put sdma/2/submit nop
put sdma/3/run nop
same "a dead engine does nothing" "0 busy" "$(cat sdma/2/completed) $(value sdma/2/info state)"
check "its queue can be removed" rmdir sdma/2
until_event " queue gpu0 sdma/2 1 " "what it was at was preempted"

# a hang ends in a reset, because nothing can be preempted
put sim/inject "hang sdma/1"
put sdma/1/submit nop
put sdma/3/run nop
same "a hung queue does nothing" 0 "$(cat sdma/1/completed)"
check "its queue can be removed" rmdir sdma/1
until_event " queue gpu0 sdma/1 1 " "could not be preempted: the kernel resets the GPU"
until_event " reset gpu0 - - " "begins reset 1 of gpu0: preemption failed"
until_event " reset gpu0 - - " "after a hang; its memory may be lost"
until_event " reset gpu1 - - " "the kernel reset gpu0, and took all queues of this process off every GPU"
until_event " recovery gpu0 - - " "its buffers are where they were"
same "the GPU is back" "ok 1 0" "$(value status state) $(value status resets) $(value status faults)"

# a fault that no command did
cd "$MNT/gpu1" || exit 1
truncate -s 4K vram/a
put sim/inject "fault vram/a+0x800 write"
until_event " fault gpu1 - - " "write to 0x.*: offset 0x0 of gpu1/vram/a\$"
until_event " recovery gpu1 - - " "its buffers are where they were, its queues are new\$"
same "status counts it" "ok 1" "$(value status state) $(value status faults)"
stop_mount

start_mount mi300x+mi210+rx7900xtx+rx9070xt
cd "$MNT" || exit 1
for gpu in gpu0 gpu1 gpu2; do truncate -s 4K $gpu/vram/a; done
put gpu0/sim/inject poison
until_event " reset gpu0 " "a memory error (ECC) on gpu0"
until_event " fault gpu0 " "poisoned data"
check "the signal that comes with it ends nothing" put gpu3/sdma/0/run nop
until_event " recovery gpu0 " "its buffers"
put gpu1/sim/inject ecc
until_event " reset gpu1 " "a memory error (ECC) on gpu1"
until_event " fault gpu1 " "ECC error"
until_event " recovery gpu1 " "its buffers"
put gpu2/sim/inject lose
until_event " reset gpu2 " "after a hang"
until_event " recovery gpu2 " "no recovery: gpu2 did not come back"
errno "what fell off the bus is lost" ENODEV put gpu2/sdma/0/run nop
same "and tells nothing any more" "lost -" "$(value gpu2/status state) $(value gpu2/status vram_used_bytes)"
put gpu3/sim/inject "hang sdma/0"
put gpu3/sim/inject reset
until_event " reset gpu3 " "after a hang"
stop_mount
finish
