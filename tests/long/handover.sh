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
sums() { cksum vram/* gtt/* ../gpu1/vram/* | cksum; }
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
finish
