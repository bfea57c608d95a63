#!/bin/sh
# The contract's section on writing commands: batches, unfinished lines, closes, offsets, signals, resumed waits.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is missing"
start_mount rx7900xtx
cd "$MNT/gpu0" || exit 1
truncate -s 4K vram/a vram/flag
truncate -s 1M vram/big
submitted() { cat sdma/0/submitted; }

# a batch
before=$(submitted)
errno "one bad line refuses the batch" EINVAL put sdma/0/run "fill vram/a 1" nop fly nop
errno "wherever it stands" ENOENT put sdma/0/run "fill vram/a 1" "fill vram/none 1"
same "and nothing of it was run" "$before 0" "$(submitted) $(tr -d '\0' <vram/a | wc -c)"
cat >sdma/0/run <<LINES
fill vram/a 1

nop
LINES
same "cat <<EOF brings one batch, in which empty lines are nothing" $((before + 2)) "$(submitted)"
same "it is one write, so the log shows both done" "ok ok" "$(tail -n 2 sdma/0/log | cut -d' ' -f5 | flat)"
if command -v bash >/dev/null; then
    # shellcheck disable=SC2016
    bash -c 'printf "nop\nfly\nnop\n" >sdma/0/run' 2>/dev/null
    same "bash's printf writes line by line: only what is bad is refused" $((before + 4)) "$(submitted)"
fi

# Each line: what one open file is written, the count of commands that are added, and how it ends. A comma ends a write.
cat >"$TMP/writes.py" <<'PY'
import errno, os, sys

def count():
    return int(open("sdma/0/submitted").read())

def nops(bytes):
    return b"nop".ljust(bytes)

cases = [
    ("a write under 1024 bytes without a newline is one whole command", [nops(1023)], 1, "ok"),
    ("each of them", [b"nop", b"nop"], 2, "ok"),
    ("a longer one is kept, and run at close", [nops(1024)], 1, "ok"),
    ("or ended by the next write", [nops(1024), b"\n", b"nop\n"], 2, "ok"),
    ("its error is reported by close", [b"fly".ljust(1024)], 0, "EINVAL"),
    ("an unfinished last line behind others is kept for the next write", [b"nop\nno", b"p\n"], 2, "ok"),
    ("over several writes", [b"nop\nwri", b"te vram/a ", b"7 8", b" 9\nnop\n"], 3, "ok"),
    ("at close it is run", [b"nop\nno", b"p"], 2, "ok"),
    ("at close it is refused, what was before it is done", [b"nop\nfly"], 1, "EINVAL"),
    ("a refused write drops what is unfinished in it", [b"fly\nno", b"nop\n"], 1, "EINVAL"),
    ("a line of any length comes in pieces of any length", [b"write vram/big " + b"7 " * 700] + [b"7 " * 700] * 9 + [b"9\n"], 1, "ok"),
    ("also without a newline at its end", [b"nop\nwrite vram/big "] + [b"7 " * 700] * 9, 2, "ok"),
    ("nothing, and lines of blanks, are no command", [b"", b"\n\n", b"  \n\t\n \r\n"], 0, "ok"),
    ("lines may end in CR LF and have tabs", [b"\tfill\tvram/a  5\r\nnop\r\n"], 2, "ok"),
    ("a NUL byte is no text", [b"nop\0\n"], 0, "EINVAL"),
    ("there are no comments", [b"# nop\n"], 0, "EINVAL"),
]
for name, writes, adds, ends in cases:
    before, end = count(), "ok"
    fd = os.open("sdma/0/run", os.O_WRONLY | os.O_TRUNC)
    for piece in writes:
        try:
            assert os.write(fd, piece) == len(piece)
        except OSError as error:
            end = errno.errorcode[error.errno]
    try:
        os.close(fd)
    except OSError as error:
        end = errno.errorcode[error.errno]
    got = count() - before, end
    print("ok" if got == (adds, ends) else f"not {got}", name)

before = count()
fd = os.open("sdma/0/run", os.O_RDWR | os.O_APPEND | os.O_CREAT)
assert os.read(fd, 9) == b"copy SRC "
os.pwrite(fd, b"nop\n", 1 << 40)
os.lseek(fd, 3, os.SEEK_SET)
os.writev(fd, [b"nop\nn", b"op\n"])
os.ftruncate(fd, 0)
os.ftruncate(fd, 5000)
os.close(fd)
print("ok" if count() == before + 3 else "not", "offsets and sizes mean nothing, reading tells the usage")
PY
python3 "$TMP/writes.py" >"$TMP/lines"
while read -r word sentence; do
    if [ "$word" = ok ]; then ok "$sentence"; else fail "$sentence"; fi
done <"$TMP/lines"
same "all of them were tried" 17 "$(wc -l <"$TMP/lines")"
seq 1 3000 | sed 's/^/write vram\/big /' >"$TMP/commands"
printf 'write vram/big 77' >>"$TMP/commands"
before=$(submitted)
check "cat commands > submit works at any size, its last line without a newline, too" sh -c "cat '$TMP/commands' >sdma/0/submit"
echo >sdma/0/wait
same "with each line once" "$((before + 3001)) write vram/big 77" "$(submitted) $(tail -n 1 sdma/0/log | cut -d' ' -f6-)"
errno "cp tells what close says" EINVAL cp --no-preserve=all "$MNT/README" sdma/0/run
before=$(submitted)
for _ in 1 2 3 4 5 6; do (seq 1 40 | sed 's/.*/nop/' | cat >sdma/0/run) & done
wait
same "six shells write to one file at the same time" $((before + 240)) "$(submitted)"

# signals
cat >"$TMP/signals.py" <<'PY'
import os, signal, sys, time
# For each signal: a child waits with a handler installed that interrupts, and is sent it. Those of the first list end the wait.
def child(number, action, blocked):
    pid = os.fork()
    if pid:
        return pid
    if blocked:
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    signal.signal(number, action)
    # a plain write(2), not retried
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    signal.siginterrupt(number, True) if callable(action) else None
    fd = os.open("sdma/1/run", os.O_WRONLY)
    line = b"wait-mem vram/flag eq 1\n"
    n = libc.write(fd, line, len(line))
    os._exit(0 if n == len(line) else ctypes.get_errno())

def waiting(pid):
    while int(open("sdma/1/submitted").read()) < waiting.n + 1:
        pass
    waiting.n += 1
waiting.n = 0
EINTR = 4
ending = ["INT", "TERM", "HUP", "QUIT", "ALRM", "USR1", "USR2"]
harmless = ["CHLD", "WINCH", "URG", "CONT"]
handler = lambda *_: None
for name in ending:
    pid = child(getattr(signal, "SIG" + name), handler, False)
    waiting(pid)
    os.kill(pid, getattr(signal, "SIG" + name))
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print("ok" if status == EINTR else f"not {status}", f"SIG{name} ends a wait with EINTR")
rest = []
for name in harmless:
    pid = child(getattr(signal, "SIG" + name), handler, False)
    waiting(pid)
    os.kill(pid, getattr(signal, "SIG" + name))
    rest.append((pid, f"SIG{name} ends nothing"))
for number, action, blocked, sentence in (
        (signal.SIGUSR1, signal.SIG_IGN, False, "an ignored signal ends nothing"),
        (signal.SIGTERM, handler, True, "nor does one that is blocked")):
    pid = child(number, action, blocked)
    waiting(pid)
    os.kill(pid, number)
    rest.append((pid, sentence))
pid = child(signal.SIGUSR1, handler, False)
waiting(pid)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
print("ok", "SIGKILL ends a wait")
fd = os.open("vram/flag", os.O_WRONLY)
os.write(fd, b"\1\0\0\0")
os.close(fd)
for pid, sentence in rest:
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print("ok" if status == 0 else f"not {status}", sentence)
PY
lines=$(wc -l <"$MNT/errors")
timeout 60 python3 "$TMP/signals.py" >"$TMP/lines"
while read -r word sentence; do
    if [ "$word" = ok ]; then ok "$sentence"; else fail "$sentence: $word"; fi
done <"$TMP/lines"
same "all signals were sent" 14 "$(wc -l <"$TMP/lines")"
echo >sdma/1/wait
same "the work of all went on" "14 ok" "$(cat sdma/1/completed) $(awk '!/^#/ { print $5 }' sdma/1/log | sort -u)"
same "each ended wait left one line, with the command" 8 \
    "$(tail -n +$((lines + 1)) "$MNT/errors" | grep -c ' EINTR gpu0/sdma/1/run .*wait-mem vram/flag eq 1')"

# the same bytes again
cat >"$TMP/again.py" <<'PY'
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, True)

def write(fd, line):
    n = libc.write(fd, line, len(line))
    return n if n >= 0 else -ctypes.get_errno()

def cut(fd, line):
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    n = write(fd, line)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return n

def count(name="submitted"):
    return int(open("sdma/mine/" + name).read())

def store(value):
    fd = os.open("vram/flag", os.O_WRONLY)
    os.write(fd, bytes([value, 0, 0, 0]))
    os.close(fd)

def say(good, sentence):
    print("ok" if good else "not", sentence)

store(0)
one, two = b"wait-mem vram/flag eq 1\n", b"nop\nwait-mem vram/flag eq 1\nno"
fd = os.open("sdma/mine/run", os.O_WRONLY)
say(cut(fd, one) == -4 and count() == 1, "a signal cuts the wait")
say(cut(fd, one) == -4 and count() == 1, "cut again, it is not queued again")
say(cut(fd, two) == -4 and count() == 3, "other bytes are another command")
say(cut(fd, one) == -4 and count() == 3, "the first can still be waited for")
say(cut(fd, two) == -4 and count() == 3, "and the second")
other = os.open("sdma/mine/run", os.O_WRONLY)
say(cut(other, one) == -4 and count() == 4, "on another open file they are new")
store(1)
say(write(fd, one) == len(one) and write(fd, two) == len(two), "both waits end")
say(write(fd, b"p\n") == 2, "what was unfinished is still there")
say(write(other, one) == len(one) and count() == 5 == count("completed"), "and each was done once")
say(write(fd, one) == len(one) and count() == 6, "afterwards the same bytes are a new command")
store(0)
say(cut(fd, one) == -4, "cut once more")
os.rmdir("sdma/mine")
say(write(fd, one) == -125, "the queue went: ECANCELED")
try:
    os.close(fd)
    say(True, "nothing is left for close")
except OSError:
    say(False, "nothing is left for close")
PY
mkdir sdma/mine
timeout 60 python3 "$TMP/again.py" >"$TMP/lines"
while read -r word sentence; do
    if [ "$word" = ok ]; then ok "$sentence"; else fail "$sentence"; fi
done <"$TMP/lines"
same "all that was tried" 13 "$(wc -l <"$TMP/lines")"

# waits hold up nobody
truncate -s 0 vram/flag && truncate -s 4K vram/flag
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    (echo "wait-mem vram/flag eq 1" | cat >sdma/0/run) 2>/dev/null &
    (echo 99999999 | cat >compute/0/wait) 2>/dev/null &
done
check "ls and stat go on while forty writers wait" timeout 10 sh -c 'ls -lR . >/dev/null && stat sdma/0/run >/dev/null'
check "so does a second shell on the same file" timeout 10 sh -c 'echo nop >sdma/0/submit'
check "and grep -r through everything but memory" timeout 10 sh -c "grep -r . '$MNT' --exclude-dir=vram >/dev/null"
rmdir sdma/0 compute/0
wait
finish
