#!/bin/sh
# A pipeline over two GPUs: gpu0 makes blocks, gpu1 fetches each as soon as it is there. The GPUs wait for each
# other, no program does.
# usage: pipeline.sh MOUNTPOINT [BLOCKS]
set -eu
mnt=$1 blocks=${2:-16}
mkdir "$mnt/gpu0/vram/pipeline" "$mnt/gpu1/vram/pipeline" "$mnt/gpu0/sdma/make" "$mnt/gpu1/sdma/fetch"
trap 'rm -rf "$mnt/gpu0/vram/pipeline" "$mnt/gpu1/vram/pipeline"; rmdir "$mnt/gpu0/sdma/make" "$mnt/gpu1/sdma/fetch"' EXIT
truncate -s 256K "$mnt/gpu0/vram/pipeline/block" "$mnt/gpu1/vram/pipeline/result"
truncate -s $((256 * blocks))K "$mnt/gpu1/vram/pipeline/result"

# Block i is filled by command 2i of `make`; `fetch` waits for that, and copies it by its command 2i. Before it is
# filled anew, `make` waits for the fetch of the one before. A wait may name a command that is not there yet.
i=1
while [ "$i" -le "$blocks" ]; do
    echo "wait gpu1/sdma/fetch $((2 * i - 2))" >>"$mnt/gpu0/sdma/make/submit"
    echo "fill vram/pipeline/block $i" >>"$mnt/gpu0/sdma/make/submit"
    echo "wait gpu0/sdma/make $((2 * i))" >>"$mnt/gpu1/sdma/fetch/submit"
    echo "copy gpu0/vram/pipeline/block vram/pipeline/result+$((262144 * (i - 1)))" >>"$mnt/gpu1/sdma/fetch/submit"
    i=$((i + 1))
done
echo >"$mnt/gpu1/sdma/fetch/wait"

right=$(od -An -v -td4 -w4 "$mnt/gpu1/vram/pipeline/result" | awk '{ want = int((NR - 1) / 65536) + 1 } $1 == want { n++ } END { print n + 0 }')
[ "$right" -eq $((65536 * blocks)) ] || { echo "only $right of $((65536 * blocks)) words are right"; exit 1; }
echo "$blocks blocks went through both GPUs in order"
