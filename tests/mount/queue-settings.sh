#!/bin/sh
# Settings of queues: read, written before the first use, refused after it; PM4 queues; queues that sleep.
# shellcheck source=tests/mount/lib.sh
. "$KFDFS_TESTS/mount/lib.sh"

start_mount mi300x+rx7900xtx -o idle=0.001
cd "$MNT" || exit 1
words() { od -A n -t x4 -v "$1" | flat | sed "s/^ //"; }
settings() { for s in engine priority ring_bytes cu_mask; do printf '%s ' "$(cat "$1/$s")"; done; }

for gpu in gpu0 gpu1; do
    same "$gpu: a compute queue's settings" "aql normal 65536 all " "$(settings $gpu/compute/0)"
    same "$gpu: a copy queue's" "1 normal 262144 - " "$(settings $gpu/sdma/1)"
    mkdir $gpu/compute/b $gpu/sdma/b
    same "$gpu: of a made one" "any normal 262144 - " "$(settings $gpu/sdma/b)"
    check "$gpu: pm4" put $gpu/compute/b/engine pm4
    check "$gpu: priority" put $gpu/compute/b/priority high
    check "$gpu: ring" put $gpu/compute/b/ring_bytes 8K
    check "$gpu: mask" put $gpu/compute/b/cu_mask 0xf0000000f
    same "$gpu: are read back" "pm4 high 8192 0x0000000f0000000f " "$(settings $gpu/compute/b)"
    check "$gpu: an engine for a copy queue" put $gpu/sdma/b/engine 1
    same "$gpu: is told before the first use" "engine 1" "$(grep engine $gpu/sdma/b/info)"
    errno "$gpu: one that is not there" EINVAL put $gpu/sdma/b/engine 99
    errno "$gpu: no number" EINVAL put $gpu/sdma/b/engine aql
    errno "$gpu: an engine that is fixed" EPERM put $gpu/sdma/0/engine 1
    errno "$gpu: another engine" EINVAL put $gpu/compute/0/engine gfx
    errno "$gpu: another priority" EINVAL put $gpu/compute/0/priority urgent
    errno "$gpu: an odd ring" EINVAL put $gpu/compute/0/ring_bytes 5000
    errno "$gpu: no mask" EINVAL put $gpu/compute/0/cu_mask 0xxyz
    errno "$gpu: an empty mask" EINVAL put $gpu/compute/0/cu_mask 0x0
    errno "$gpu: a mask beyond the GPU" ERANGE put $gpu/compute/0/cu_mask 0xf000000000000000000000000000000f
    errno "$gpu: a mask for a copy queue" EOPNOTSUPP put $gpu/sdma/0/cu_mask 0x3
    errno "$gpu: two words" EINVAL put $gpu/compute/0/priority "low high"
    same "$gpu: what was refused changed nothing" "aql normal 65536 all " "$(settings $gpu/compute/0)"

    truncate -s 4K $gpu/vram/a
    for q in b 0; do
        check "$gpu: compute/$q writes, signals and waits" put $gpu/compute/$q/run "write vram/a 1 2 3" "signal vram/a+12 0x44" \
            "wait-mem vram/a+12 eq 0x44" "timestamp vram/a+16" nop barrier
        same "$gpu: compute/$q did" "00000001 00000002 00000003 00000044" "$(words $gpu/vram/a | cut -d' ' -f1-4)"
    done
    same "$gpu: info says so" "engine pm4 ring_bytes 8192" "$(grep -e engine -e ring_bytes $gpu/compute/b/info | flat)"
    for s in "engine aql" "priority low" "ring_bytes 4096" "cu_mask all"; do
        errno "$gpu: too late for ${s%% *}" EBUSY put "$gpu/compute/b/${s%% *}" "${s##* }"
    done
    check "$gpu: a copy queue is used" put $gpu/sdma/0/run nop
    errno "$gpu: and has its settings" EBUSY put $gpu/sdma/0/priority low
    check "$gpu: queues wait for each other, whatever they speak" put $gpu/sdma/b/run "wait compute/b 6" nop
    check "$gpu: and ahead" put $gpu/compute/b/submit "wait sdma/b 3" "write vram/a 9"
    check "$gpu: the awaited one" put $gpu/sdma/b/run nop
    check "$gpu: lets it go on" put $gpu/compute/b/wait
    same "$gpu: as it says" 00000009 "$(words $gpu/vram/a | cut -d' ' -f1)"
    same "$gpu: the log goes on" "8 ok write vram/a 9" "$(tail -n 1 $gpu/compute/b/log | cut -d' ' -f1,5-)"
    rmdir $gpu/compute/0
    same "$gpu: a new queue has its first settings" "aql normal 65536 all " "$(settings $gpu/compute/0)"
    check "$gpu: and can be set" put $gpu/compute/0/engine pm4
    check "$gpu: and works" put $gpu/compute/0/run nop
done
mkdir gpu0/compute/c gpu1/compute/c
check "one compute unit" put gpu0/compute/c/cu_mask 0x1
errno "from gfx10 on they come in pairs" EINVAL put gpu1/compute/c/cu_mask 0x1
finish
