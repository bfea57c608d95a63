#!/bin/sh
# The simulated kernel driver without GPUs answers as the real amdkfd did: the same program, line for line. The golden
# files were printed under Debian's kernels (their first line says which; probe_kfd.c says how).
probe=$KFDFS_BUILD/tests/probe_kfd sim=$KFDFS_BUILD/driver/sim/libkfdsim.so
golden=$(dirname "$0")/../golden
for file in "$probe" "$sim"; do
    [ -e "$file" ] || { echo "1..0 # skipped: $file is not built"; exit 77; }
done
out=$(mktemp) status=0
trap 'rm -f "$out" "$out.want"' EXIT

# KERNEL OPTIONS: in no order, and again where they differ: the probe does not wait for all that its children do,
# and on a slow host it may ask before, or print a row later
compare() {
    sed 1d "$golden/kfd-$1-none.txt" | sort >"$out.want"
    for again in 1 1 0; do
        KFDFS_SIM=none KFDFS_SIM_OPTS=$2 LD_PRELOAD=$sim "$probe" >"$out" || { echo "the probe fails"; status=1; }
        sort -o "$out" "$out"
        if cmp -s "$out.want" "$out" || [ $again = 0 ]; then break; fi
    done
    if diff "$out.want" "$out"; then
        echo "ok - $(wc -l <"$out") answers as amdkfd of Linux $1"
    else
        echo "not ok - answers differ from amdkfd of Linux $1 (<)"
        status=1
    fi
}

compare 6.1 kfd=1.11
compare 6.12 kfd=1.17
compare 7.3 kfd=1.23,svm # this kernel has shared virtual memory
exit $status
