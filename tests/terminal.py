"""A shell at a terminal: Ctrl-C ends the wait for a GPU, jobs wait in the background.
usage: terminal.py QUEUE BLOCK FREE SHELL...    in the GPU's directory; BLOCK waits until the file FREE has the word 1"""
import os
import pty
import select
import signal
import sys
import tempfile
import time

queue, block, free, shell = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
seen = b""


def number(name):
    with open(f"{queue}/{name}") as file:
        return int(file.read())


def until(what, condition):
    """Reads what the terminal shows until it is so; the limit is for a test that fails."""
    global seen
    end = time.monotonic() + 60
    while not condition():
        if select.select([terminal], [], [], 0.01)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:
                break
        if time.monotonic() > end:
            break
    good = condition()
    print("ok" if good else "not ok", what)
    if not good:
        print(seen.decode(errors="replace")[-2000:])
        os.kill(child, signal.SIGKILL)
        sys.exit(1)


def type_in(line):
    os.write(terminal, line.encode() + b"\n")


def answers(word):
    """The shell prints that word; what was typed shows it with a blank in it."""
    type_in(f"printf '%s-%s\\n' still {word}")
    until(f"the prompt is there {word}", lambda: f"still-{word}".encode() in seen)


home = tempfile.TemporaryDirectory() # some shells write there
child, terminal = pty.fork()
if child == 0:
    os.environ.update(HOME=home.name, TERM="dumb", PS1="$ ", HISTFILE="")
    os.execvp(shell[0], shell)

answers("at-first")
type_in(f"echo '{block}' > {queue}/run")
until("a command waits", lambda: number("submitted") == 1)
os.write(terminal, b"\x03")
answers("after-Ctrl-C")
type_in(f"/bin/echo '{block}' > {queue}/run")
until("a program's, too", lambda: number("submitted") == 2)
os.write(terminal, b"\x03")
answers("after-a-second-Ctrl-C")
type_in(f"/bin/echo '{block}' > {queue}/run &")
until("a job waits in the background", lambda: number("submitted") == 3)
answers("meanwhile")
type_in(f"printf '\\001' | dd of={free} conv=notrunc status=none")
type_in("wait")
until("all of it ends", lambda: number("completed") == 3)
answers("at-last")
type_in("exit")
os.waitpid(child, 0)
