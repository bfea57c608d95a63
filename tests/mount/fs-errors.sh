#!/bin/sh
# Every refusal is one line in errors that names what was typed, and nothing refused reaches the GPU.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
errors=$MNT/errors
lines() { wc -l <"$errors"; }

# NAME ERRNO TEXT COMMAND...: the command fails with that errno and leaves one line, which holds TEXT
refused() {
    name=$1 wanted=$2 text=$3 before=$(lines)
    shift 3
    errno "$name" "$wanted" "$@"
    same "$name: leaves one line" $((before + 1)) "$(lines)"
    case $(tail -n 1 "$errors") in
    *" $wanted "*"$text"*) ok "$name: says: $text" ;;
    *) fail "$name: should say '$text': $(tail -n 1 "$errors")" ;;
    esac
}

start_mount mi300x+rx7900xtx
cd "$MNT/gpu0" || exit 1
truncate -s 4096 vram/a vram/b
: >vram/empty

# operands, as they were typed
refused "a command that touches an empty buffer" ERANGE "vram/empty is empty" put sdma/0/run "signal vram/empty 1"
refused "one behind the end" ERANGE "vram/a+0x1000 is the end" put sdma/0/run "timestamp vram/a+0x1000"
refused "too near to the end" ERANGE "vram/a+4092: 8 bytes are wanted, only 4 are left" put sdma/0/run "timestamp vram/a+4092"
refused "misaligned" EINVAL "vram/a+2: " put sdma/0/run "write vram/a+2 1"
refused "not there" ENOENT "vram/none+2: no such buffer" put sdma/0/run "copy vram/none+2 vram/a"
refused "behind the end by far" ERANGE "vram/a+5000: the buffer has 4096 bytes" put sdma/0/run "copy vram/a+5000 vram/b"
check "copying an empty buffer does nothing" put sdma/0/run "copy vram/empty vram/a"

# names with blanks and newlines
nl=$(printf 'x\ny')
truncate -s 4 "vram/$nl" "vram/a b"
check "a buffer's name may hold a newline and a blank" put sdma/0/run 'fill vram/x\012y 7' 'copy vram/x\012y vram/a\040b'
same "both were found" "7 0 0 0" "$(od -A n -t u1 "vram/a b" | flat | sed 's/^ //')"
refused "a queue's may hold no newline" EINVAL "one line" mkdir "sdma/$nl"
refused "nor may a code object's" EINVAL "one line" touch "code/$nl"
mkdir "sdma/my queue"
check "a queue's may hold a blank" put "sdma/my queue/run" nop
check "which a command writes as \\040" put sdma/0/run 'wait sdma/my\040queue 1'

# names that cannot be made or removed
refused "a numbered queue" EPERM "7: numbers are" mkdir compute/7
refused "kfdfs's own queue" EPERM "kfdfs: this queue is kfdfs's own" rmdir sdma/kfdfs
refused "a file of kfdfs's own queue" EPERM "gpu0/sdma/kfdfs log cannot be removed" rm -f sdma/kfdfs/log
refused "a fixed file" EPERM "info cannot be removed" rm -f info
refused "a fixed directory" EPERM "vram cannot be removed" rmdir vram
refused "a new directory at the root" EPERM "new: a directory cannot be made" mkdir "$MNT/new"
refused "a new file beside the fixed ones" EPERM "new: a file cannot be made" touch new
refused "another name for a fixed file" EPERM "info cannot be renamed" mv info info2
refused "a link" EPERM "no links" ln -s a vram/link
before=$(lines)
mkdir compute/0 2>/dev/null
rmdir vram/none 2>/dev/null
mkdir -p vram/d/e && rmdir vram/d 2>/dev/null
same "names that are there, are not there, or are not empty leave no line" "$before" "$(lines)"

# waits that end badly
truncate -s 4096 vram/flag
echo "wait-mem vram/flag eq 1" >sdma/1/submit
exec 3>sdma/1/wait # opened before the queue goes: a name that is looked up later leads to the new one
(echo 2 | timeout 60 cat >&3) 2>"$TMP/wait" &
rmdir sdma/1
wait
exec 3>&-
same "a wait on a queue that goes ends" 1 "$(grep -c 'Operation canceled' "$TMP/wait")"
same "and leaves one line" 1 "$(grep -c ' ECANCELED gpu0/sdma/1/wait .*queue .*destroyed' "$errors")"
same "as the command that ran does" 1 "$(grep -c ' ECANCELED gpu0/sdma/1/submit .*wait-mem' "$errors")"
if command -v python3 >/dev/null; then
    cat >"$TMP/cut.py" <<'PY'
import os, signal, sys
# The queue goes while a signal has cut the wait; Python then writes again (PEP 475) and finds the wait ended.
signal.signal(signal.SIGALRM, lambda *_: os.rmdir("sdma/3"))
fd = os.open("sdma/3/wait", os.O_WRONLY)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    os.write(fd, b"2\n")
except OSError as error:
    sys.exit(error.strerror != "Operation canceled")
PY
    echo "wait-mem vram/flag eq 1" >sdma/3/submit
    check "a wait that a signal cut and whose queue goes then" timeout 60 python3 "$TMP/cut.py"
    same "has one line for that" 1 "$(grep -c ' ECANCELED gpu0/sdma/3/wait ' "$errors")"
fi
mkdir sdma/mine
echo "wait-mem vram/flag eq 1" >sdma/mine/submit
echo "wait sdma/mine 2" >sdma/2/submit
rmdir sdma/mine
put sdma/2/wait 1 2>"$TMP/wait" && fail "a wait for a command that failed ends with its error"
same "a wait for a command that failed" 1 "$(grep -c 'Owner died' "$TMP/wait")"
same "leaves one line" 1 "$(grep -c ' EOWNERDEAD gpu0/sdma/2/wait the wait for command 1 of queue 2' "$errors")"

# what the driver refuses is told with its line
refused "one line that the queue cannot do" EINVAL "(line: copy vram/a vram/a+4 16)" put sdma/0/run "copy vram/a vram/a+4 16"
count=$(cat sdma/0/submitted)
refused "the second of three" EINVAL "(line: copy vram/a vram/a+8 16)" put sdma/0/run nop "copy vram/a vram/a+8 16" nop
same "none of them was run" "$count" "$(cat sdma/0/submitted)"

# totals of the GPU
before=$(awk '/^submitted|^completed/ { print $2 }' status | flat)
rmdir sdma/0 sdma/2 "sdma/my queue"
same "what queues that are gone did still counts" "$before" "$(awk '/^submitted|^completed/ { print $2 }' status | flat)"

if [ -e "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" ]; then
    cp "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" code/va.hsaco
    cp "$KFDFS_KERNELS/reduce.gfx942.O3.hsaco" code/reduce.hsaco
    run=kernels/va/vector_add/run
    refused "an empty buffer as a pointer" ERANGE "vram/empty is empty" put $run "grid=64 group=64 vram/a vram/b vram/empty 64"
    refused "the end of a buffer as a pointer" ERANGE "vram/a+4096 is the end" put $run "grid=64 group=64 vram/a vram/b vram/a+4096 64"
    mkdir compute/b
    cp "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" code/trouble.hsaco
    refused "a batch for two queues whose second line is bad" ERANGE "(line: grid=1 group=1 queue=b lds=100000)" \
        put kernels/trouble/nothing/run "grid=1 group=1" "grid=1 group=1 queue=b lds=100000"
    same "nothing of it was run" "0 0" "$(cat compute/0/submitted compute/b/submitted | flat)"
    refused "another queue's name in a queue's file" EINVAL "queue=0: this line goes to queue b" \
        put compute/b/run "dispatch va/vector_add queue=0 grid=64 group=64 vram/a vram/b vram/b 64"
    check "its own name there" put compute/b/run "dispatch va/vector_add queue=b grid=64 group=64 vram/a vram/b vram/b 64"
    lds=$(awk '$1 == "lds_bytes" { print $2 }' info)
    refused "more LDS than there is" ERANGE "bytes of LDS" put $run "grid=64 group=64 lds=$((lds + 1)) vram/a vram/b vram/b 64"
    check "all that there is" put $run "grid=64 group=64 lds=$lds vram/a vram/b vram/b 64"
    same "the GPU is well" "state ok" "$(head -n 1 status)"
fi
stop_mount

# the command line
while read -r line; do
    # shellcheck disable=SC2086 # words
    output=$("$KFDFS" $line 2>&1)
    same "kfdfs $line: ends with 2, and one line" "2 1" "$? $(echo "$output" | wc -l)"
done <<LINES
--sim nosuchgpu $MNT
-o sim=nosuchgpu $MNT
--sim mi300x:many $MNT
--sim mi300x one two three
--sim mi300x -o timeout=soon $MNT
--no-such-option $MNT
--sim
-f
LINES
output=$("$KFDFS" --sim nosuchgpu "$MNT" 2>&1)
case $output in
*mi300x*rx7900xtx*) ok "an unknown model: says which there are" ;;
*) fail "an unknown model: says which there are: $output" ;;
esac
: >"$TMP/file"
output=$("$KFDFS" --sim mi300x "$TMP/file" 2>&1)
same "a file is no mount point" "1 kfdfs: $TMP/file is not a directory: a mount point is an empty one" "$? $output"
! grep -q " $TMP/file fuse" /proc/mounts || fusermount3 -uz "$TMP/file"
finish
