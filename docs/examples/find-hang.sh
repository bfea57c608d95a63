#!/bin/sh
# Makes a queue hang, finds out on what, and frees it.
# usage: find-hang.sh MOUNTPOINT [GPU]
set -eu
mnt=$1 gpu=${2:-gpu0}
cd "$mnt/$gpu"
mkdir sdma/hang
truncate -s 4K vram/hang-flag
trap 'rm -f vram/hang-flag' EXIT
cat >sdma/hang/submit <<COMMANDS
fill vram/hang-flag 0
wait-mem vram/hang-flag eq 1
fill vram/hang-flag 2
COMMANDS

echo "== which queues have something to do? =="
busy() { grep -l '^state busy' sdma/*/info compute/*/info 2>/dev/null || true; }
busy
echo "== how far is it? =="
until [ "$(cat sdma/hang/completed)" -ge 1 ]; do :; done
cat sdma/hang/log
echo "== what is the engine at? =="
until grep -q '^read .*poll memory' sdma/hang/ring; do :; done # it writes down late how far it has read
cat sdma/hang/ring
echo "== whose address is that? =="
cat maps
echo "== free it: the kernel takes the queue off the engine =="
rmdir sdma/hang
busy
[ ! -e sdma/hang ]
