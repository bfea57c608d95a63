"""Sleeps on files of a mount and is woken. usage: poller.py MOUNTPOINT    (of a GPU's own commands it makes some)"""
import os
import select
import sys
import threading

mnt = sys.argv[1]
failed = []


def check(name, good):
    print("ok" if good else "not ok", name)
    if not good:
        failed.append(name)


def write(path, text):
    with open(f"{mnt}/{path}", "w") as file:
        file.write(text)


def asleep(poll):
    return poll.poll(0) == []


def opened(path):
    fd = os.open(f"{mnt}/{path}", os.O_RDONLY)
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLPRI)
    return fd, poll


fd, poll = opened("gpu0/sdma/0/completed")
check("what was not read yet is there to read", poll.poll(0) != [])
before = int(os.pread(fd, 100, 0))
check("once read there is nothing new", asleep(poll))
threading.Timer(0.05, write, ("gpu0/sdma/0/run", "nop\n")).start()
check("poll wakes when a command is done", poll.poll(60000) != [])
check("and the same open file tells the new number", int(os.pread(fd, 100, 0)) == before + 1)
check("then it is silent again", asleep(poll))
threading.Timer(0.05, write, ("gpu0/sdma/0/run", "nop\n")).start()
check("select wakes, too", select.select([fd], [], [], 60) == ([fd], [], []))
os.pread(fd, 100, 0)
epoll = select.epoll()
epoll.register(fd, select.EPOLLIN)
threading.Timer(0.05, write, ("gpu0/sdma/0/run", "nop\n")).start()
check("and epoll", epoll.poll(60) != [])
check("other queues wake nobody", int(os.pread(fd, 100, 0)) == before + 3 and asleep(poll))
write("gpu0/sdma/1/run", "nop\n")
check("(they did not)", asleep(poll))

fd, poll = opened("gpu0/sdma/0/completed")
text = b""
while poll.poll(0) != [] and (byte := os.read(fd, 1)):
    text += byte
check("who polls before each byte meets the end, as busybox sh's read must", text == b"%d\n" % (before + 3))
check("and is silent then", asleep(poll))

errors, errors_poll = opened("errors")
while os.read(errors, 65536):
    pass
check("errors is silent when read to its end", asleep(errors_poll))


def fail():
    run = os.open(f"{mnt}/gpu0/sdma/0/run", os.O_WRONLY)
    try:
        os.write(run, b"nonsense\n")  # once: a buffered file would try again as it closes
    except OSError:
        pass
    os.close(run)


threading.Timer(0.05, fail).start()
check("errors wakes with a new line", errors_poll.poll(60000) != [])
check("which is the next that is read", b"nonsense" in os.read(errors, 65536))
check("and only that", asleep(errors_poll))

events, events_poll = opened("events")
while os.read(events, 65536):
    pass
check("events is silent", asleep(events_poll))
threading.Timer(0.05, write, ("gpu0/sim/inject", sys.argv[2] + "\n")).start()
check("events wakes when something happens to a GPU", events_poll.poll(60000) != [] and os.read(events, 65536) != b"")

threading.Timer(0.05, os.rmdir, (f"{mnt}/gpu1/sdma/mine",)).start() if not os.mkdir(f"{mnt}/gpu1/sdma/mine") else None
mine, mine_poll = opened("gpu1/sdma/mine/completed")
os.pread(mine, 100, 0)
check("the end of a queue wakes who waits for it", mine_poll.poll(60000) != [])
poll = select.poll()
command = os.open(f"{mnt}/gpu1/sdma/0/run", os.O_WRONLY)
poll.register(command, select.POLLOUT)
check("a command file can always be written", poll.poll(0) != [])
sys.exit(bool(failed))
