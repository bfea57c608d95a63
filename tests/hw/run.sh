#!/bin/sh
# Tests kfdfs on the AMD GPUs of this machine, and writes all that was seen into one file which a stranger can send: results, state,
# every ioctl. No serial number and no host name is in it.
# usage: run.sh [--faults] [FILE]     --faults: also provokes a memory fault and a hang; nobody else should be using the card
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
HW_FAULTS=
[ "${1:-}" != --faults ] || { HW_FAULTS=1; shift; }
file=${1:-kfdfs-hardware.txt}
grep -qs 'simd_count [1-9]' /sys/class/kfd/kfd/topology/nodes/*/properties || { echo "run.sh: no AMD GPU: nothing to test" >&2; exit 77; }
if [ ! -r /dev/kfd ] || [ ! -w /dev/kfd ]; then
    echo "run.sh: no access to /dev/kfd: be in the group render, or root" >&2
    exit 77
fi
"$top/docs/install.sh" tests
KFDFS_BUILD=$top/build/hw
KFDFS_KERNELS=$KFDFS_BUILD/tests/kernels
KFDFS_TESTS=$top/tests
KFDFS=$KFDFS_BUILD/fs/kfdfs
# gfx_target_version is major * 10000 + minor * 100 + stepping, of which the last is a hex digit in the name
KFDFS_TARGETS=$(awk '$1 == "gfx_target_version" && $2 { printf "gfx%d%d%x ", $2 / 10000, $2 / 100 % 100, $2 % 100 }' \
    /sys/class/kfd/kfd/topology/nodes/*/properties)
work=$(mktemp -d)
KFDFS_TRACE=$work/ioctls
mkdir "$work/mnt"
KFDFS_HW=1
export HW_FAULTS KFDFS_BUILD KFDFS_KERNELS KFDFS_TESTS KFDFS KFDFS_TARGETS KFDFS_TRACE KFDFS_HW
trap 'rm -rf --one-file-system "$work"' EXIT
[ -f "$KFDFS_BUILD/build.ninja" ] || meson setup --buildtype=release "$KFDFS_BUILD" "$top" >/dev/null
ninja -C "$KFDFS_BUILD" >/dev/null
"$top/tests/kernels/compile.sh" "$KFDFS_KERNELS"

failed=0
{
    echo "$("$KFDFS" -V 2>&1 | head -n 1), Linux $(uname -r), $(date -u +%Y-%m-%d)"
    for script in hw/card.sh mount/kernels.sh mount/fs-posix.sh; do
        echo "== $script"
        sh "$top/tests/$script" 2>&1 || failed=1
    done
    echo "== state"
    if ! "$KFDFS" "$work/mnt" || ! "$KFDFS" --report "$work/mnt"; then failed=1; fi
    fusermount3 -u "$work/mnt" || failed=1
    echo "== ioctls"
    cat "$KFDFS_TRACE"
} >"$file"
awk '/^ok / { ok++ } /^not ok / { print; bad++ } END { printf "%d ok, %d not ok\n", ok, bad }' "$file"
grep -q '^not ok ' "$file" && failed=1
echo "all of it is in $file"
exit $failed
