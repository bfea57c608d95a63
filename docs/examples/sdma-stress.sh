#!/bin/sh
# Every copy engine of every GPU copies seeded random data to every GPU that it reaches, over and over; all is verified.
# usage: sdma-stress.sh MOUNTPOINT [ROUNDS [BYTES [SEED]]]
# shellcheck disable=SC2013,SC2317 # names of GPUs have no blanks; the trap calls cleanup
set -eu
mnt=$1 rounds=${2:-10} bytes=${3:-4M} seed=${4:-1}
work=$(mktemp -d)
failed=0 copies=0

cleanup() {
    rm -rf "$work"
    for gpu in "$mnt"/gpu[0-9]*; do rm -rf "$gpu/vram/stress"; done
}
trap cleanup EXIT

# bytes that the seed alone determines
random() { # SEED BYTES
    awk -v seed="$1" -v n="$2" 'BEGIN { srand(seed); for (; n > 0; n -= 8) printf "%08d", rand() * 100000000 }' | head -c "$2"
}

truncate -s "$bytes" "$work/size"
size=$(wc -c <"$work/size")
for gpu in "$mnt"/gpu[0-9]*; do
    mkdir "$gpu/vram/stress"
    truncate -s "$size" "$gpu/vram/stress/source"
done
round=0
while [ "$round" -lt "$rounds" ]; do
    for gpu in "$mnt"/gpu[0-9]*; do
        from=$(basename "$gpu")
        random $((seed + round)) "$size" >"$gpu/vram/stress/source"
        sum=$(cksum <"$gpu/vram/stress/source")
        for engine in "$gpu"/sdma/[0-9]*; do
            for to in $(awk -v f="$from" 'BEGIN { print f } $1 == f && $2 ~ /^gpu/ { print $2 }' "$mnt/peers" | sort -u); do
                target=$to/vram/stress/$from.$(basename "$engine")
                truncate -s "$size" "$mnt/$target"
                echo "copy vram/stress/source $target" >"$engine/submit"
                echo "$target $engine" >>"$work/targets"
            done
        done
        while read -r target engine; do # all engines are at work by now
            echo >"$engine/wait"
            copies=$((copies + 1))
            [ "$(cksum <"$mnt/$target")" = "$sum" ] || { echo "round $round, seed $((seed + round)): $target is wrong"; failed=1; }
        done <"$work/targets"
        rm "$work/targets"
    done
    round=$((round + 1))
done
echo "$copies copies of $size bytes, $([ $failed -eq 0 ] && echo all verified || echo SOME WRONG)"
exit $failed
