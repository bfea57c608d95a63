#!/bin/sh
# The scripts of docs/examples do what they say, at small sizes, on a GPU of each family.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
examples=$KFDFS_TESTS/../docs/examples
# Where a sanitizer looks on, one family must do; tests/long/examples.sh takes all models.
models=rx7900xtx
[ "${KFDFS_SANITIZE:-none}" != none ] || models="rx7900xtx mi210 rx6900xt rx9070xt"

example() { # NAME PATTERN ARGUMENT...: it ends well and says so
    name=$1 pattern=$2
    shift 2
    if timeout 120 sh "$examples/$name.sh" "$MNT" "$@" >"$TMP/$name" 2>&1 && grep -q "$pattern" "$TMP/$name"; then
        ok "$kind: $name"
    else
        fail "$kind: $name says: $(tail -n 5 "$TMP/$name")"
    fi
}

overlaps() { awk '$1 == "gpu0" && $5 > 0 { found = 1 } END { exit !found }' "$TMP/overlap"; }

for kind in ${EXAMPLE_MODELS:-$models}; do
    start_mount "$kind:2"
    target=$(awk '$1 == "target" { print $2 }' "$MNT/gpu0/info")
    code=$KFDFS_KERNELS/vector_add.$target.O3.hsaco
    if [ -f "$code" ]; then
        example vector-add "1024 sums, all right" "$code" 1024
        example overlap "^gpu0 [0-9]" "$code" "$TMP/overlap.svg" 2
        tries=1 # on a busy machine a software GPU's engine may not get its turn in time
        until overlaps || [ $((tries += 1)) -gt 20 ]; do sh "$examples/overlap.sh" "$MNT" "$code" "$TMP/overlap.svg" 2 >"$TMP/overlap"; done
        check "$kind: kernels and copies overlap, since they start together" overlaps
        check "$kind: the overlap is drawn" grep -q "vector_add" "$TMP/overlap.svg"
    fi
    example sdma-stress "all verified" 1 4K 7
    example bandwidth "gpu0 sdma/0 write gpu1 65536 [0-9.]*" 64K
    example pipeline "3 blocks went through both GPUs in order" 3
    example find-hang "poll memory"
    example health-check "gpu1: $target, fit"
    example find-fault "123450000" gpu1
    left=$(cd "$MNT" && find gpu[0-9]*/vram gpu[0-9]*/gtt gpu[0-9]*/code -mindepth 1 &&
        find gpu[0-9]*/sdma gpu[0-9]*/compute -mindepth 1 -maxdepth 1 ! -name '[0-9]*' ! -name kfdfs)
    same "$kind: nothing of them is left" "" "$left"
    stop_mount
done
for script in "$examples"/*.sh; do
    [ "$(wc -l <"$script")" -lt 60 ] || fail "$(basename "$script") has 60 lines or more"
    grep -q "$(basename "$script" .sh)" "$KFDFS_TESTS/mount/examples.sh" || fail "$(basename "$script") is not tried"
done
finish
