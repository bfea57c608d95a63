#!/bin/sh
# All tests through the mount, and the driver's, on a machine that does all that it may do to a program.
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
    for path in "$top"/tests/mount/*.sh; do
        script=$(basename "$path" .sh) status=0
        [ "$script" != lib ] || continue
        echo "== $script, seed $seed"
        sh "$path" || status=$?
        case $status in 0 | 77) ;; *) failed="$failed $script:$seed" ;; esac
    done
    for unit in compute engines event fault links memory queue scratch timeline upload; do
        echo "== test_$unit, seed $seed"
        (cd "$KFDFS_BUILD" && KFDFS_SIM=mi300x+rx7900xtx KFDFS_SIM_OPTS=hostile,seed=$seed "tests/test_$unit") ||
            failed="$failed test_$unit:$seed"
    done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
