#!/bin/sh
# What a software GPU tells of its insides: how often each instruction was executed, how many lanes took part, and the wave that
# stopped last with its registers, which is still there after the recovery.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -e "$KFDFS_KERNELS/saxpy.gfx942.O3.hsaco" ] || skip "no compiled kernels (clang-22)"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1

for pair in gpu0:gfx942:16:64 gpu1:gfx1100:32:32; do
    gpu=${pair%%:*} rest=${pair#*:}
    target=${rest%%:*} rest=${rest#*:}
    waves=${rest%:*} lanes=${rest#*:}
    kernel=$gpu/kernels/saxpy/saxpy
    cp "$KFDFS_KERNELS/saxpy.$target.O3.hsaco" "$gpu/code/saxpy.hsaco"
    truncate -s 64K "$gpu/vram/x" "$gpu/vram/y"
    line="grid=1000 group=64 1000 2 vram/x vram/y"

    same "$gpu: nothing is counted at first" "0 # address executed lanes_percent instruction" "$(cat "$gpu/sim/counting" "$gpu/sim/executed" | flat)"
    echo "$line" >"$kernel/run"
    same "$gpu: nor before somebody asks" 1 "$(wc -l <"$gpu/sim/executed")"
    echo 1 >"$gpu/sim/counting"
    same "$gpu: then it counts" 1 "$(cat "$gpu/sim/counting")"
    echo "$line" >"$kernel/run"
    first=$(awk 'NR == 2 { print $1 }' "$kernel/disasm")
    same "$gpu: each wave executes the first instruction once" "$waves" "$(awk -v a="$first" '$1 == a { print $2 }' "$gpu/sim/executed")"
    percent=$(awk -v w="$waves" -v l="$lanes" 'BEGIN { printf "%.1f", 100000 / (w * l) }')
    same "$gpu: the last wave is not full" "$percent" "$(awk -v a="$first" '$1 == a { print $3 }' "$gpu/sim/executed")"
    awk 'NR > 1 { $2 = $3 = ""; print $1 substr($0, length($1) + 3) }' "$gpu/sim/executed" >"$TMP/executed"
    grep -vxFf "$kernel/disasm" "$TMP/executed" >"$TMP/strange"
    same "$gpu: what was executed stands in the kernel's disasm" "" "$(cat "$TMP/strange")"
    check "$gpu: and it is most of it" [ "$(wc -l <"$TMP/executed")" -ge 15 ]
    echo "$line" >"$kernel/run"
    same "$gpu: counts add up" $((2 * waves)) "$(awk -v a="$first" '$1 == a { print $2 }' "$gpu/sim/executed")"
    echo 0 >"$gpu/sim/counting"
    echo "$line" >"$kernel/run"
    same "$gpu: 0 ends it and keeps the counts" $((2 * waves)) "$(awk -v a="$first" '$1 == a { print $2 }' "$gpu/sim/executed")"
    echo 1 >"$gpu/sim/counting"
    same "$gpu: 1 begins anew" 1 "$(wc -l <"$gpu/sim/executed")"
    echo 0 >"$gpu/sim/counting"
    echo often >"$TMP/line"
    errno "$gpu: another word is refused" EINVAL cp --no-preserve=all "$TMP/line" "$gpu/sim/counting"

    same "$gpu: no wave has stopped" "" "$(cat "$gpu/sim/wave")"
    echo "grid=1000 group=64 1000 2 vram/x @0x4000" >"$TMP/line"
    errno "$gpu: a fault" EFAULT cp --no-preserve=all "$TMP/line" "$kernel/run"
    until grep -q "recovery $gpu" events; do read -r _ </dev/null || :; done
    value() { awk -v k="$1" '$1 == k { $1 = ""; print substr($0, 2) }' "$gpu/sim/wave"; }
    pc=$(value pc)
    case $(value reason) in
    "read of 0x4"*", which is not mapped, at $pc") ok "$gpu: the wave tells why it stopped" ;;
    *) fail "$gpu: the wave tells why it stopped: $(value reason)" ;;
    esac
    same "$gpu: at the instruction that read" "$(value instruction)" "$(sed -n "s/^$pc //p" "$kernel/disasm")"
    same "$gpu: its code is the kernel's" "$first" "$(value code)"
    same "$gpu: it has its lanes" "$lanes" "$(value lanes)"
    same "$gpu: a vector register has a value for each" "$lanes" "$(value v0 | wc -w)"
    same "$gpu: scalar ones are there" 106 "$(grep -c '^s[0-9]' "$gpu/sim/wave")"
done
finish
