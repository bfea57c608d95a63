#!/bin/sh
# The scripts of docs/examples do what they say, at small sizes.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
examples=$KFDFS_TESTS/../docs/examples
start_mount rx7900xtx:2

example() { # NAME PATTERN ARGUMENT...: it ends well and says so
    name=$1 pattern=$2
    shift 2
    if timeout 120 sh "$examples/$name.sh" "$MNT" "$@" >"$TMP/$name" 2>&1 && grep -q "$pattern" "$TMP/$name"; then
        ok "$name"
    else
        fail "$name says: $(tail -n 5 "$TMP/$name")"
    fi
}

code=$KFDFS_KERNELS/vector_add.gfx1100.O3.hsaco
if [ -f "$code" ]; then
    example vector-add "1024 sums, all right" "$code" 1024
    example overlap "^gpu0 [0-9]" "$code" "$TMP/overlap.svg" 1
    check "the overlap is drawn" grep -q "vector_add" "$TMP/overlap.svg"
fi
example sdma-stress "all verified" 1 4K 7
example bandwidth "gpu0 sdma/0 write gpu1 65536 [0-9.]*" 64K
example pipeline "3 blocks went through both GPUs in order" 3
example find-hang "poll memory"
example health-check "gpu1: gfx1100, fit"
example find-fault "123450000" gpu1
for script in "$examples"/*.sh; do
    [ "$(wc -l <"$script")" -lt 60 ] || fail "$(basename "$script") has 60 lines or more"
    grep -q "$(basename "$script" .sh)" "$KFDFS_TESTS/mount/examples.sh" || fail "$(basename "$script") is not tried"
done
finish
