#!/bin/sh
# Faults that come together, one after the other, or while something else goes on: no byte, no answer and no mount is lost.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
# PATTERN N: until events has so many lines of it
until_lines() {
    tries=0
    while [ "$(grep -c "$1" "$MNT/events")" -lt "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 8000 ] || { fail "events never has '$1' $2 times: $(tail -n 3 "$MNT/events")"; cd / && finish; }
    done
}
n=0
# GPU...: once more of each
recovered() {
    n=$((n + 1))
    for gpu; do until_lines " recovery $gpu - - its buffers" $n; done
}
# shellcheck disable=SC2317 # called through check
bytes_are_there() {
    for file in gpu0/vram/a gpu0/gtt/a gpu1/vram/a gpu1/gtt/a; do cmp "$file" "$TMP/random" || return 1; done
}
# put, for several at once
batch() {
    file=$1
    shift
    printf '%s\n' "$@" | cat >"$file"
}
errno_of() { sed 's/.*: //' "$1"; }

start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1
pid=$(daemon_pid)
head -c 300000 /dev/urandom >"$TMP/random"
for file in gpu0/vram/a gpu0/gtt/a gpu1/vram/a gpu1/gtt/a; do cp "$TMP/random" $file; done
for gpu in gpu0 gpu1; do truncate -s 4K $gpu/gtt/flag $gpu/vram/b; done
nowhere=@0x123456789000

# several before anybody looks
put gpu0/sim/inject "fault $nowhere" "fault $nowhere write" "fault @0x1000" "fault @0x2000"
recovered gpu0
check "four faults at once: no byte is lost" bytes_are_there
same "and the GPU is whole" "ok ok" "$(value gpu0/status state) $(value gpu1/status state)"
check "and works" put gpu0/sdma/0/run "copy gpu1/vram/a vram/b 4096"

# two GPUs
(batch gpu0/sdma/0/run "wait-mem gtt/flag eq 1" "copy $nowhere vram/b 64" || :) 2>"$TMP/first" &
(batch gpu1/sdma/0/run "wait-mem gtt/flag eq 1" "copy $nowhere vram/b 64" || :) 2>"$TMP/second" &
until [ "$(value gpu0/sdma/0/info state) $(value gpu1/sdma/0/info state)" = "busy busy" ]; do :; done
put gpu0/compute/0/run "signal gpu1/gtt/flag 1" "signal gtt/flag 1" 2>/dev/null
wait
until_lines " recovery gpu1 - - its buffers" 1
until_lines " recovery gpu0 - - its buffers" 2
same "faults of two GPUs are both told" "Bad address Bad address" "$(errno_of "$TMP/first") $(errno_of "$TMP/second")"
same "each with its GPU" "1 1" "$(grep -c " EFAULT gpu0 memory fault on gpu0: read of 0x123456789000.*copy $nowhere" errors) $(grep -c " EFAULT gpu1 memory fault on gpu1: read of 0x123456789000.*copy $nowhere" errors)"
check "no byte is lost" bytes_are_there
n=$(grep -c " recovery gpu0 - - its buffers" events)

# another fault while the recovery waits for that GPU's work
for gpu in gpu0 gpu1; do put $gpu/sdma/1/run "write gtt/flag 0"; done
(batch gpu1/sdma/0/run "wait-mem gtt/flag eq 1" || :) 2>"$TMP/second" &
until [ "$(value gpu1/sdma/0/info state)" = busy ]; do :; done
f=$(grep -c " fault gpu0 " events)
put gpu0/sdma/0/run "copy $nowhere vram/b 64" 2>"$TMP/first"
until_lines " fault gpu0 " $((f + 1))
put gpu1/sim/inject "fault @0x3000"
wait
recovered gpu0
same "a fault during a recovery: who waited there is told that" "Bad address Bad address" "$(errno_of "$TMP/first") $(errno_of "$TMP/second")"
check "no byte is lost" bytes_are_there
check "both GPUs work" put gpu1/sdma/0/run "copy gpu0/vram/a vram/b 4096"

# during a live upgrade, which waits for work
put gpu0/sdma/1/run "write gtt/flag 0"
(batch gpu0/sdma/0/run "wait-mem gtt/flag eq 1" || :) 2>"$TMP/first" &
until [ "$(value gpu0/sdma/0/info state)" = busy ]; do :; done
kill -HUP "$pid"
put gpu0/sim/inject "fault @0x4000"
wait
recovered gpu0
same "a fault during an upgrade: who waited is told" "Bad address" "$(errno_of "$TMP/first")"
check "no byte is lost" bytes_are_there
check "and the GPU works" put gpu0/sdma/0/run "copy vram/a vram/b 4096"

# taken off in the middle of copies
truncate -s 32M gpu0/vram/big gpu0/vram/copy
put gpu0/sdma/0/run "fill vram/big 0x12345678"
put gpu0/sdma/0/submit "copy vram/big vram/copy" "copy vram/copy vram/big" "copy vram/big vram/copy"
put gpu0/sim/inject evict
last=$(cat gpu0/sdma/0/submitted)
put gpu0/sdma/1/submit nop
same "a GPU whose queues the kernel took off does nothing" busy "$(value gpu0/sdma/1/info state)"
put gpu0/sim/inject restore
put gpu0/sdma/0/wait "$last"
same "put back it ends its copies" 33554432 "$(tr -d -c '\170\126\064\022' <gpu0/vram/copy | wc -c)"
put gpu0/sim/inject evict
(batch gpu0/sdma/0/run "copy vram/a vram/b 4096" || :) 2>"$TMP/first" &
until [ "$(value gpu0/sdma/0/info state)" = busy ]; do :; done
put gpu0/sim/inject "fault @0x5000" restore 2>/dev/null || put gpu0/sim/inject restore
wait
recovered gpu0
same "a fault while they are off takes them" "Bad address" "$(errno_of "$TMP/first")"
check "no byte is lost" bytes_are_there
check "and the GPU works" put gpu0/sdma/0/run "copy vram/a vram/b 4096"
same "all that in one process" "$pid" "$(daemon_pid)"
cd / || exit 1
finish
