#!/bin/sh
# The contract's section on queues: their life, their files, every command of both kinds, waits across queues, what dies.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx+mi210+radeon8060s+rx9070xt
cd "$MNT" || exit 1
words() { od -A n -v -t x4 "$@" | flat | sed 's/^ //'; }
long() { od -A n -v -t x8 -N 8 "$1" | tr -d ' '; }
state() { awk '$1 == "state" { print $2 }' "$1/info"; }
statuses() { awk '!/^#/ { print $5 }' "$1/log" | flat; }

for gpu in gpu0 gpu1 gpu2 gpu3 gpu4; do
    cd "$MNT/$gpu" || exit 1
    truncate -s 64 vram/a vram/b
    truncate -s 4K vram/flag

    # ---- every command of a copy queue ----
    check "$gpu: fill" put sdma/0/run "fill vram/a 0x11223344" "fill vram/a+8 5 8" "fill vram/b 0"
    same "$gpu: fill: all that is left, or BYTES" "11223344 11223344 00000005 00000005 11223344" "$(words -N 20 vram/a)"
    check "$gpu: write" put sdma/0/run "write vram/b 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"
    same "$gpu: write: each dword" "00000001 00000002 0000000f 00000010" "$(words -N 8 vram/b) $(words -j 56 vram/b)"
    check "$gpu: copy" put sdma/0/run "copy vram/b+1 vram/a+3 7"
    same "$gpu: copy: any alignment" "44332200 00000200 00000000 05000000" "$(od -A n -v -t x1 -N 16 vram/a | tr -d ' \n' | sed 's/......../& /g; s/ $//')"
    check "$gpu: timestamp, nop" put sdma/0/run "timestamp vram/a" nop "timestamp vram/a+32"
    check "$gpu: the clock goes on" [ $((0x$(long vram/a))) -lt $((0x$(od -A n -v -t x8 -j 32 -N 8 vram/a | tr -d ' '))) ]
    mkdir compute/pm4
    echo pm4 >compute/pm4/engine
    while read -r op operand want; do
        for queue in sdma/0 compute/0 compute/pm4; do
            put $queue/run "write vram/a 0x10 0x80000000" "atomic $op vram/a $operand" || fail "$gpu: $queue: atomic $op"
            same "$gpu: $queue: atomic $op $operand" "$want" "$(long vram/a)"
        done
    done <<OPS
add 0xfffffff0 8000000100000000
sub 0x11 7fffffffffffffff
and 0xff 0000000000000010
or 0xf 800000000000001f
xor -1 7fffffffffffffef
min 3 0000000000000003
max 3 8000000000000010
max -1 ffffffffffffffff
swap 7 0000000000000007
OPS
    rmdir compute/pm4
    put sdma/0/run "write vram/a 5 0xffffffff"
    while read -r where cmp value mask; do
        check "$gpu: wait-mem $where $cmp $value $mask" timeout 20 sh -c "echo wait-mem $where $cmp $value $mask >sdma/0/run"
    done <<COMPARES
vram/a eq 5
vram/a ne 4
vram/a lt 6
vram/a le 5
vram/a gt 4
vram/a ge 5
vram/a+4 gt 1
vram/a+4 eq -1
vram/a+4 eq 0xf0 0xf0
vram/a lt 0x80000000
COMPARES
    check "$gpu: signal" put sdma/0/run "signal vram/a 77"
    same "$gpu: signal: four bytes" "0000004d ffffffff" "$(words -N 8 vram/a)"

    # ---- every command of a compute queue ----
    check "$gpu: compute" put compute/0/run "write vram/a 1 2 3" "signal vram/a+4 9" "wait-mem vram/a+4 eq 9" "timestamp vram/a+16" nop barrier \
        "wait sdma/0 1"
    same "$gpu: did it" "00000001 00000009 00000003" "$(words -N 12 vram/a)"
    for line in "copy vram/a vram/b" "fill vram/a 0"; do errno "$gpu: compute has no ${line%% *}" EINVAL put compute/0/run "$line"; done
    for line in "dispatch a/b grid=1 group=1" barrier; do errno "$gpu: sdma has no ${line%% *}" EINVAL put sdma/0/run "$line"; done

    # ---- units and ends ----
    while read -r want line; do
        errno "$gpu: $line" "$want" put sdma/0/run "$line"
    done <<LINES
EINVAL fill vram/a+2 0 4
EINVAL fill vram/a 0 6
EINVAL write vram/a+1 1
EINVAL wait-mem vram/a+2 eq 1
EINVAL signal vram/a+3 1
EINVAL timestamp vram/a+4
EINVAL atomic add vram/a+4 1
EINVAL copy vram/a vram/a
EINVAL copy vram/a vram/a 0
EINVAL copy vram/a vram/a+16 17
ERANGE fill vram/a 0 68
ERANGE write vram/a+60 1 2
ERANGE timestamp vram/a+64
ERANGE atomic add vram/a+64 1
ERANGE wait-mem vram/a+64 eq 0
ERANGE signal vram/a+64 0
ERANGE copy vram/a vram/b 65
ERANGE copy vram/flag vram/a 65
EDEADLK wait sdma/0 1000000
EDEADLK wait ../$gpu/sdma/0 1000000
LINES
    check "$gpu: halves of one buffer do not overlap" put sdma/0/run "copy vram/a vram/a+32 32"
    check "$gpu: without BYTES the smaller of both" put sdma/0/run "copy vram/flag vram/a+60"
    same "$gpu: as the log says" 4 "$(tail -n 1 sdma/0/log | cut -d' ' -f4)"

    # ---- waits across queues ----
    truncate -s 0 vram/flag && truncate -s 4K vram/flag
    mkdir sdma/one sdma/other compute/two
    put compute/two/submit "wait sdma/one 2" "write vram/a 0x22"
    put sdma/other/submit "wait compute/two 2" "copy vram/a vram/b 4"
    same "$gpu: N may lie ahead" "0 0" "$(cat compute/two/completed sdma/other/completed | flat)"
    put sdma/one/run nop nop
    echo >sdma/other/wait
    same "$gpu: the GPU goes on by itself" 00000022 "$(words -N 4 vram/b)"
    put sdma/other/submit "wait sdma/one 3" "fill vram/b 0x33 4"
    rmdir sdma/one
    errno "$gpu: a queue that goes: who waits for its command is told" EOWNERDEAD put sdma/other/wait 3
    timeout 60 sh -c "echo 4 >sdma/other/wait" 2>/dev/null
    same "$gpu: its waiters go on" "EOWNERDEAD ok 00000033" "$(tail -n 2 sdma/other/log | cut -d' ' -f5 | flat) $(words -N 4 vram/b)"
    rm -r compute/two sdma/other
    check "$gpu: rm -r destroys a queue" [ ! -e compute/two ]
done
cd "$MNT" || exit 1
truncate -s 64 gpu0/vram/x gpu1/vram/y
put gpu1/sdma/1/submit "wait gpu0/sdma/1 $(($(cat gpu0/sdma/1/submitted) + 1))" "copy ../gpu0/vram/x vram/y"
put gpu0/sdma/1/run "fill vram/x 0x44"
timeout 60 sh -c "echo 2 >gpu1/sdma/1/wait"
same "a pipeline across GPUs" 00000044 "$(words -N 4 gpu1/vram/y)"

# ---- the files ----
cd gpu0 || exit 1
mkdir compute/q sdma/q
for q in compute/q sdma/q; do
    same "$q is unused at first" "unused 0 0" "$(state $q) $(cat $q/submitted $q/completed | flat)"
    check "$q: there all is done" timeout 60 sh -c "echo >$q/wait && echo 0 >$q/wait"
    timeout 60 sh -c "echo 1 >$q/wait" &
    queues=$(awk '$1 == "queues" { print $2 }' status)
    echo nop >$q/run
    check "$q: and the first command can be waited for before it is there" wait $!
    same "$q: the hardware queue comes with its first use" "idle $((queues + 1))" "$(state $q) $(awk '$1 == "queues" { print $2 }' status)"
    put $q/run nop nop nop
    same "$q: each line adds one" "4 4" "$(cat $q/submitted $q/completed | flat)"
    put $q/submit "wait-mem vram/flag eq 9" nop nop
    same "$q: submit returns when they are in the ring" "7 4 busy" "$(cat $q/submitted $q/completed | flat) $(state $q)"
    same "$q: log says so" "ok ok ok ok running queued queued" "$(statuses $q)"
    same "$q: what is not there yet is -" "- - -" "$(tail -n 1 $q/log | cut -d' ' -f2-4)"
    check "$q: wait N returns when so many are done" put $q/wait 4
    check "$q: what is past counts" put $q/wait 1 0 2
    (echo 5 >$q/wait && cat $q/completed >"$TMP/five") &
    waiter=$!
    put sdma/0/run nop nop nop
    check "$q: and not before" [ ! -e "$TMP/five" ]
    put sdma/0/run "signal vram/flag 9"
    wait $waiter
    check "$q: one that lies ahead is waited for" [ "$(cat "$TMP/five")" -ge 5 ]
    rm "$TMP/five"
    check "$q: an empty line waits for all" sh -c "echo >$q/wait"
    same "$q: which are done" "7 7 idle" "$(cat $q/submitted $q/completed | flat) $(state $q)"
    put sdma/0/run "signal vram/flag 0"
    for word in x -1 1.5 "1 2" 0x; do errno "$q: wait $word" EINVAL put $q/wait "$word"; done
    put $q/submit "wait-mem vram/flag eq 9"
    (echo 100 | cat >$q/wait) 2>"$TMP/waiting" &
    ahead=$!
    (echo nop | cat >$q/run) 2>"$TMP/running" &
    running=$!
    until_submitted $q 9
    rmdir $q
    wait $ahead $running
    same "$q: who waits on it is told" "Operation canceled, Operation canceled," "$(sed 's/.*: //; s/$/,/' "$TMP/waiting" "$TMP/running" | flat)"
    check "$q: a made one is gone" [ ! -e $q ]
done
put sdma/0/submit "wait-mem vram/flag eq 9"
put compute/0/submit "wait-mem vram/flag eq 9"
rmdir sdma/0 compute/0
for q in sdma/0 compute/0; do
    same "$q comes back at once, new and idle" "unused 0 0 1" "$(state $q) $(cat $q/submitted $q/completed | flat) $(wc -l <$q/log)"
    check "$q works" put $q/run nop
done
seq 1 1500 | sed 's/.*/nop/' | cat >sdma/0/submit
echo >sdma/0/wait
same "log has the last 1024" "1025 478 1501" "$(wc -l <sdma/0/log) $(sed -n 2p sdma/0/log | cut -d' ' -f1) $(tail -n 1 sdma/0/log | cut -d' ' -f1)"
put sdma/0/run "  fill	vram/a   7  "
same "the command is the last column, as it was typed" "fill	vram/a   7" "$(tail -n 1 sdma/0/log | cut -d' ' -f6-)"
errno "numbers are not for mkdir" EPERM mkdir sdma/99
errno "kfdfs's own queue is to look at" EPERM rmdir sdma/kfdfs
errno "and takes no commands" EPERM sh -c 'echo nop >sdma/kfdfs/run'
same "an engine's number is fixed" "4 EPERM" "$(cat sdma/4/engine) $(put sdma/4/engine 0 2>/dev/null; tail -n 1 ../errors | cut -d' ' -f3)"
same "engine of compute is aql, or pm4" "aql pm4" "$(cat compute/0/engine) $(mkdir compute/p; put compute/p/engine pm4; cat compute/p/engine)"

# ---- engines that do not answer, work that does not end ----
put sim/inject "dead sdma 3"
errno "an engine that does not answer" EIO timeout 60 sh -c 'echo nop | cat >sdma/3/run'
same "is reported" dead "$(state sdma/3)"
errno "and never hangs a caller" EIO timeout 60 sh -c 'echo nop | cat >sdma/3/submit'
check "others go on" put sdma/2/run nop
put sdma/2/submit "wait-mem vram/flag eq 9"
check "rmdir frees a queue whose work will not end" timeout 60 rmdir sdma/2
same "and events says how" 1 "$(grep -c ' queue gpu0 sdma/2 2 removed; what it was at was preempted' ../events)"
finish
