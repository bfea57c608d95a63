#!/bin/sh
# Tests kfdfs on the AMD GPUs of this machine, and writes all that was seen into one file which a stranger can send: results, state,
# every ioctl. No serial number, no host's, user's or other program's name is in it: look through it before you send it.
#
# usage: run.sh [--faults] [--sim MODEL] [FILE]
#   --faults     also provokes a memory fault and a hang, which may reset the card: nobody else should be using it
#   --sim MODEL  on a software GPU instead, to see what all this does
#   FILE         kfdfs-hardware.txt in the current directory by default
#
# It needs no root, only access to /dev/kfd and /dev/dri/renderD* (group render), and what docs/install.sh installs on Debian; it installs
# nothing itself. It builds in build/hw, mounts in a temporary directory for as long as it runs, uses some hundred MB of the card's memory,
# and ends after some minutes whatever the card does: what does not end in its time is killed, and that is in the file, too.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
HW_FAULTS="" sim="" file=""
while [ $# -gt 0 ]; do
    case $1 in
    --faults) HW_FAULTS=1 ;;
    --sim) sim=${2:?--sim needs a model}; shift ;;
    -*) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 2 ;;
    *) file=$1 ;;
    esac
    shift
done
file=${file:-kfdfs-hardware.txt}
say() { echo "run.sh: $*" >&2; }
if [ -z "$sim" ]; then
    grep -qs 'simd_count [1-9]' /sys/class/kfd/kfd/topology/nodes/*/properties || { say "no AMD GPU that the amdgpu driver knows: nothing to test"; exit 77; }
    if [ ! -r /dev/kfd ] || [ ! -w /dev/kfd ]; then
        say "no access to /dev/kfd: sudo usermod -aG render $(id -un), then log in again; or be root"
        exit 77
    fi
fi

# ---- building ----

KFDFS_BUILD=${HW_BUILD:-$top/build/hw}
KFDFS_KERNELS=$KFDFS_BUILD/tests/kernels
KFDFS_TESTS=$top/tests
KFDFS=$KFDFS_BUILD/fs/kfdfs
work=$(mktemp -d)
mkdir "$work/mnt"
# shellcheck disable=SC2317 # by the trap
clean_up() {
    fusermount3 -uz "$work/mnt" 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
say "building in $KFDFS_BUILD"
if { [ ! -f "$KFDFS_BUILD/build.ninja" ] && ! meson setup --buildtype=release "$KFDFS_BUILD" "$top" >"$work/log" 2>&1; } ||
    ! ninja -C "$KFDFS_BUILD" >"$work/log" 2>&1; then
    tail -n 20 "$work/log" >&2
    say "cannot be built here; on Debian docs/install.sh installs what is missing (with sudo), elsewhere it names the packages"
    exit 77
fi
# gfx_target_version is major * 10000 + minor * 100 + stepping, of which the last is a hex digit in the name
[ -n "$sim" ] || KFDFS_TARGETS=$(awk '$1 == "gfx_target_version" && $2 { printf "gfx%d%d%x ", $2 / 10000, $2 / 100 % 100, $2 % 100 }' \
    /sys/class/kfd/kfd/topology/nodes/*/properties)
KFDFS_TARGETS=${KFDFS_TARGETS:-}
export KFDFS_TARGETS
kernels="compiled by clang-22"
"$top/tests/kernels/compile.sh" "$KFDFS_KERNELS" >"$work/log" 2>&1 || kernels="not all: $(tail -n 1 "$work/log")"
if [ -n "$sim" ]; then
    printf '#!/bin/sh\nexec "%s" --sim "%s" -- "%s" "$@"\n' "$KFDFS" "$sim" "$KFDFS" >"$work/kfdfs"
    chmod +x "$work/kfdfs"
    KFDFS=$work/kfdfs
fi
KFDFS_TRACE=$work/ioctls
KFDFS_HW=1
export HW_FAULTS KFDFS_BUILD KFDFS_KERNELS KFDFS_TESTS KFDFS KFDFS_TRACE KFDFS_HW

# ---- testing ----

# SECONDS NAME COMMAND...: a result of its own where it does not end by itself
limited() {
    seconds=$1 name=$2
    shift 2
    timeout -k 10 "$seconds" "$@" 2>&1 9>&- 8>&-
    status=$?
    case $status in
    0 | 77) return 0 ;;
    124 | 137) echo "not ok - $name did not end within $seconds s" ;;
    *) echo "not ok - $name ended with $status" ;;
    esac
}
each=${HW_LIMIT:-600}
{
    echo "$("$KFDFS" -V 2>&1 | head -n 1), Linux $(uname -r), $(date -u +%Y-%m-%d)${sim:+, software GPU $sim}"
    echo "kernels: $kernels"
    for script in hw/card.sh mount/kernels.sh mount/fs-posix.sh; do
        say "$script (at most $each s)"
        echo "== $script"
        limited "$each" $script sh "$top/tests/$script"
    done
    say "the state"
    echo "== state"
    limited 60 mounting "$KFDFS" "$work/mnt"
    limited 60 "the report" "$KFDFS" --report "$work/mnt"
    limited 60 unmounting fusermount3 -u "$work/mnt"
    echo "== ioctls (the last 20 MB)"
    tail -c 20000000 "$KFDFS_TRACE" 2>/dev/null || echo "none"
    echo "== end"
} >"$file"
awk '/^ok / { ok++ } /^not ok / { print; bad++ } END { printf "%d ok, %d not ok\n", ok, bad }' "$file"
say "all of it is in $file"
if grep -q '^not ok ' "$file"; then exit 1; fi
exit 0
