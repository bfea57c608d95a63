#!/bin/sh
# Handovers with large buffers full of bytes, and with each refusal that the next image may meet.
# usage: handover.sh    (environment as for tests/mount/; TIMES faults, 10 by default)
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/../mount/lib.sh"

EVERY_REFUSAL=1 sh "$(dirname "$0")/../mount/handover.sh" >"$TMP/refusals" || { fail "every refusal"; cat "$TMP/refusals"; }

start_mount mi300x+rx7900xtx
cd "$MNT/gpu0" || exit 1
head -c 400M /dev/urandom >"$TMP/random"
cp "$TMP/random" vram/a
cp "$TMP/random" ../gpu1/vram/b
head -c 200M "$TMP/random" >gtt/c
i=0
while [ "$((i += 1))" -le 40 ]; do head -c 3000000 "$TMP/random" >"vram/small$i"; done
sums() { cksum vram/* gtt/* ../gpu1/vram/* | cksum; } # of files that nobody changes
# A program that changes a mapped buffer all the time, and has it written back: pages are asked for and given back at any moment.
cat >"$TMP/dirty.py" <<'PYTHON'
import mmap, os, sys, threading
fd = os.open(sys.argv[1], os.O_RDWR)
map = mmap.mmap(fd, 0)
running = True
def dirty():
    turn = 0
    while running:
        turn += 1
        for at in range(0, len(map), 4096):
            map[at] = turn & 255
writer = threading.Thread(target=dirty)
writer.start()
while not os.path.exists(sys.argv[2]):
    try:
        map.flush()
    except OSError:
        pass  # the work on it was lost
running = False
writer.join()
map.flush()
print("same" if os.pread(fd, len(map), 0) == map[:] else "differ")
PYTHON
if command -v python3 >/dev/null; then
    mkdir ../gpu1/gtt/mapped
    truncate -s 1M ../gpu1/gtt/mapped/d
    python3 "$TMP/dirty.py" ../gpu1/gtt/mapped/d "$TMP/enough" >"$TMP/dirty" 2>&1 &
    dirty=$!
fi
before=$(sums)
maps=$(cat maps)
i=0
while [ "$((i += 1))" -le "${TIMES:-10}" ]; do
    errno "fault $i" EFAULT put sdma/0/run "copy @0x123456789000 vram/a 64"
    while [ "$(grep -c " recovery gpu0 - - its" "$MNT/events")" -lt $i ]; do sleep 0.05; done
    same "every byte is as it was ($i)" "$before" "$(sums)"
    same "and where it was" "$maps" "$(cat maps)"
    check "the GPU works on it" put sdma/0/run "copy gpu1/vram/b vram/a"
done
if [ -n "${dirty:-}" ]; then
    : >"$TMP/enough"
    wait "$dirty"
    same "who changes a mapping all the time goes on" "0 same" "$? $(cat "$TMP/dirty")"
fi
stop_mount
if STEP=1 sh "$KFDFS_TESTS/mount/refusals.sh"; then ok "each ioctl refused in turn"; else fail "each ioctl refused in turn"; fi
finish
