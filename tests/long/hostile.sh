#!/bin/sh
# The tests through the mount, and the driver's, on a machine that does all that it may do to a program.
# usage: hostile.sh [BUILD_DIRECTORY [SEED...]]     (default: build/gcc 1 2 3)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
KFDFS_BUILD=$(cd "${1:-$top/build/gcc}" && pwd)
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 1 2 3
export KFDFS_BUILD KFDFS="$KFDFS_BUILD/fs/kfdfs" KFDFS_TESTS="$top/tests" KFDFS_KERNELS="$KFDFS_BUILD/tests/kernels"
failed=
for seed in "$@"; do
    export MOUNT_OPTIONS="-o sim_hostile,sim_seed=$seed"
    for script in fs-buffers fs-code fs-commands fs-posix fs-storm fs-tools fs-waits kernels queue-settings events inject recovery trap \
        host-memory; do
        echo "== $script, seed $seed"
        sh "$top/tests/mount/$script.sh" || failed="$failed $script:$seed"
    done
    for unit in compute engines event fault links memory queue scratch timeline upload; do
        echo "== test_$unit, seed $seed"
        (cd "$KFDFS_BUILD" && KFDFS_SIM=mi300x+rx7900xtx KFDFS_SIM_OPTS=hostile,seed=$seed "tests/test_$unit") ||
            failed="$failed test_$unit:$seed"
    done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
