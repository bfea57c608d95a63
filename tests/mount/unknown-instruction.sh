#!/bin/sh
# An instruction that there is not: the queue dies, and whoever waits is told where it was; where no trap handler runs (gfx1100)
# the queue hangs, as on hardware. `errors` has the bytes and the address from the software GPU.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -e "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" ] || skip "no compiled kernels (clang-22)"
start_mount mi300x+rx7900xtx -o timeout=1

for gpu in gpu0:gfx942:EIO:dead gpu1:gfx1100:ETIME:busy; do
    state=${gpu##*:} rest=${gpu%:*}
    error=${rest##*:} rest=${rest%:*}
    target=${rest#*:} dir=$MNT/${rest%:*}
    cp "$KFDFS_KERNELS/trouble.$target.O3.hsaco" "$dir/code/trouble.hsaco"
    echo "grid=1 group=1" >"$TMP/line"
    errno "$target: whoever waits for an unknown instruction is told" "$error" \
        cp --no-preserve=all "$TMP/line" "$dir/kernels/trouble/illegal/run"
    if grep "${gpu%%:*} .*unknown instruction 0xbf9fffff .* at 0x" "$MNT/errors"; then
        ok "$target: errors has the bytes and the address"
    else
        fail "$target: errors has the bytes and the address"
    fi
    same "$target: the queue still shows what it is at" "$state" "$(awk '$1 == "state" { print $2 }' "$dir/compute/0/info")"
    rmdir "$dir/compute/0" || fail "$target: rmdir of the stuck queue"
    if cp "$TMP/line" "$dir/kernels/trouble/nothing/run"; then
        ok "$target: after rmdir the queue runs kernels again"
    else
        fail "$target: after rmdir the queue runs kernels again"
    fi
done
finish
