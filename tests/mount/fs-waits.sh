#!/bin/sh
# Nobody waits for another: kept writes, signals, time limits, queues that go while somebody waits for them.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x
cd "$MNT/gpu0" || exit 1
truncate -s 4096 vram/flag
clear_flag() { printf '\0\0\0\0' | dd of=vram/flag conv=notrunc 2>/dev/null; }
set_flag() { printf '\001\0\0\0' | dd of=vram/flag conv=notrunc 2>/dev/null; }
block="wait-mem vram/flag eq 1"

# many waiters, and everything else goes on
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    (echo "$block" >sdma/0/run && echo ended >"$TMP/done$i") &
done
until_submitted sdma/0 16
check "ls goes on while 16 writers wait" timeout 10 sh -c "ls -lR $MNT >$TMP/ls"
errno "a second shell is answered while they wait on the same file" EINVAL timeout 10 sh -c 'echo fly | cat >sdma/0/run'
check "another queue works" timeout 10 sh -c 'echo nop >sdma/1/run'
check "buffers can be read and written" timeout 10 sh -c 'echo x >vram/other && cat vram/other >/dev/null'
same "the log shows the one that runs and those queued" "1 running 15 queued" \
    "$(awk '$5 == "running" { r++ } $5 == "queued" { q++ } END { print r " running " q " queued" }' sdma/0/log)"
same "the queue is busy" "state busy" "$(head -n 1 sdma/0/info)"
errno "a buffer in use cannot shrink" EBUSY timeout 10 truncate -s 1 vram/flag
errno "nor move" EBUSY timeout 10 truncate -s 65M vram/flag
check "but grow" timeout 10 truncate -s 8192 vram/flag
rm vram/flag
exec 3<>vram/flag2 # the name is free again, the memory is kept for the queue
exec 3>&-
errno "and it no longer has that name" ENOENT timeout 10 sh -c 'echo "fill vram/flag 1" | cat >sdma/1/run'
rmdir sdma/0
wait
same "whoever waited on a queue that was removed was told" "" "$(find "$TMP" -maxdepth 1 -name "done*")"
same "each of them" 16 "$(grep -c ' ECANCELED gpu0/sdma/0/run ' "$MNT/errors")"
same "a numbered queue comes back new" "state unused 0 0" "$(head -n 1 sdma/0/info) $(cat sdma/0/submitted sdma/0/completed | tr '\n' ' ' | sed 's/ $//')"
truncate -s 4096 vram/flag

# wait, submit
echo "$block" >sdma/0/submit
(timeout 60 sh -c 'echo >sdma/0/wait' && echo ended >"$TMP/waited") &
(timeout 60 sh -c 'echo 2 >sdma/0/wait' && echo ended >"$TMP/ahead") &
set_flag
echo nop >sdma/0/submit
wait
same "wait ends with the work, and may look ahead" "ended ended" "$(cat "$TMP/waited" "$TMP/ahead" | flat)"
clear_flag

# a queue that waits for another
echo "$block" >sdma/2/submit
echo "wait sdma/2 1" >sdma/3/submit
same "a queue waits for another" "0 0" "$(cat sdma/2/completed) $(cat sdma/3/completed)"
set_flag
check "and goes on with it" timeout 60 sh -c 'echo >sdma/3/wait'
clear_flag

# signals
if command -v bash >/dev/null; then
    bash -c 'trap : USR1; echo "wait-mem vram/flag eq 1" >sdma/4/run' 2>"$TMP/bash" &
    until_submitted sdma/4 1
    kill -USR1 $!
    wait $!
    same "a signal that would end the caller ends the wait with EINTR" 1 "$(grep -c 'Interrupted system call' "$TMP/bash")"
    same "the work goes on" "running" "$(tail -n 1 sdma/4/log | cut -d' ' -f5)"
    same "errors has it" 1 "$(grep -c ' EINTR gpu0/sdma/4/run ' "$MNT/errors")"
    set_flag
    check "and ends" timeout 60 sh -c 'echo >sdma/4/wait'
    clear_flag

    mkfifo "$TMP/fifo"
    # shellcheck disable=SC2016 # $0 is the inner shell's
    timeout 60 bash -c 'read -r x <"$0" & echo "wait-mem vram/flag eq 1" >sdma/5/run' "$TMP/fifo" &
    until_submitted sdma/5 1
    echo go >"$TMP/fifo" # the job ends: SIGCHLD
    set_flag
    check "SIGCHLD ends nothing" wait $!
    clear_flag
fi
if command -v python3 >/dev/null; then
    cat >"$TMP/resume.py" <<'PY'
import os, signal, sys
# Python writes again after EINTR, if the handler returns (PEP 475)
def handler(*_):
    os.write(told, b"x")
told = os.open(sys.argv[1] + "/told", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signal.signal(signal.SIGUSR1, handler)
fd = os.open("sdma/6/run", os.O_WRONLY)
os.write(fd, b"wait-mem vram/flag eq 1\n")
os.close(fd)
PY
    python3 "$TMP/resume.py" "$TMP" &
    until_submitted sdma/6 1
    kill -USR1 $!
    while [ ! -s "$TMP/told" ]; do kill -0 $! || break; done
    set_flag
    check "the same bytes again wait on" wait $!
    same "and are not queued twice" 1 "$(cat sdma/6/submitted)"
    clear_flag
fi
sh -c 'echo "wait-mem vram/flag eq 1" >sdma/7/run' &
until_submitted sdma/7 1
kill -KILL $!
wait $! 2>/dev/null
same "who is killed need not wait" "running" "$(tail -n 1 sdma/7/log | cut -d' ' -f5)"
set_flag
check "its work ends all the same" timeout 60 sh -c 'echo >sdma/7/wait'
clear_flag

# queues that are made
mkdir compute/b sdma/mine
check "a made queue works" sh -c 'echo nop >compute/b/run && echo "fill vram/other 0 0" >sdma/mine/run'
echo "$block" >sdma/mine/submit
(timeout 60 sh -c 'echo >sdma/mine/wait' 2>"$TMP/mine") &
rm -rf sdma/mine
check "rm -rf destroys a queue" [ ! -e sdma/mine ]
rmdir compute/b
check "rmdir, too" [ ! -e compute/b ]
wait
errno "kfdfs's own queue stays" EPERM rmdir sdma/kfdfs
errno "a queue cannot have a number" EPERM mkdir compute/7
errno "or a name that is taken" EEXIST mkdir sdma/0

# unmounting while somebody waits
echo "$block" >sdma/8/submit
cd / && stop_mount

# time limits
start_mount mi300x -o timeout=0.2
truncate -s 4096 "$MNT/gpu0/vram/flag"
errno "a wait ends at the mount's time limit" ETIME sh -c "echo '$block' | cat >$MNT/gpu0/sdma/0/run"
same "the work goes on" "running" "$(tail -n 1 "$MNT/gpu0/sdma/0/log" | cut -d' ' -f5)"
finish
