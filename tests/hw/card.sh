#!/bin/sh
# Each GPU of a mount, family and number unknown: memory, copy engines, compute queues of both kinds, waits between them, peers,
# and what the tree tells of it. With HW_FAULTS=1 also a memory fault and a hang, which may cost other users of the card a reset.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/../mount/lib.sh"
start_mount "${HW_MODEL:-rx7900xtx}"
head -c 3000001 /dev/urandom >"$TMP/data"
bytes=3000001
gpus=$(awk '!/^#/ { print $1 }' "$MNT/gpus")
[ -n "$gpus" ] || skip "no GPU"

value() { awk -v k="$2" '$1 == k { print $2 }' "$1"; } # FILE KEY
dword() { od -An -v -td4 -j "$2" -N 4 "$1" | tr -d ' '; } # FILE OFFSET
equal() { # NAME FILE
    if cmp "$TMP/data" "$2"; then ok "$1"; else fail "$1"; fi
}
run() { # NAME FILE LINE...
    what=$1 file=$2
    shift 2
    if put "$file" "$@"; then ok "$what"; else fail "$what: $(tail -n 1 "$MNT/errors")"; fi
}

memory() {
    for pool in vram gtt; do
        check "$gpu: $bytes bytes into $pool" cp "$TMP/data" "$dir/$pool/a"
        equal "$gpu: and the same out of it" "$dir/$pool/a"
        truncate -s 4M "$dir/$pool/a"
        same "$gpu: new bytes of $pool are zero" "" "$(tail -c +$((bytes + 1)) "$dir/$pool/a" | tr -d '\0')"
        truncate -s $bytes "$dir/$pool/a"
        check "$gpu: cp inside $pool" cp "$dir/$pool/a" "$dir/$pool/b"
        equal "$gpu: cp inside $pool copies the bytes" "$dir/$pool/b"
    done
}

copy_engines() {
    for engine in "$dir"/sdma/[0-9]*; do
        number=$(basename "$engine") name="$gpu sdma/$(basename "$engine")"
        truncate -s 0 "$dir/vram/b" "$dir/gtt/b"
        truncate -s $bytes "$dir/vram/b" "$dir/gtt/b"
        run "$name copies to GTT and back" "$engine/run" "copy vram/a gtt/b" "copy gtt/b vram/b"
        equal "$name: the bytes in GTT" "$dir/gtt/b"
        equal "$name: the bytes in VRAM" "$dir/vram/b"
        run "$name fills, writes, adds, stamps" "$engine/run" "fill vram/words 0x01010101 4096" "write vram/words+64 7 8" \
            "write vram/words+128 $number 0" "atomic add vram/words+128 1" "timestamp vram/words+256" "timestamp vram/words+288"
        same "$name: fill" 16843009 "$(dword "$dir/vram/words" 4092)"
        same "$name: write" "7 8" "$(dword "$dir/vram/words" 64) $(dword "$dir/vram/words" 68)"
        same "$name: atomic" $((number + 1)) "$(dword "$dir/vram/words" 128)"
        same "$name: time goes on" yes "$(od -An -v -tu8 -w32 -j 256 -N 64 "$dir/vram/words" |
            awk 'NR == 1 { a = $1 } NR == 2 { print (a > 0 && $1 >= a) ? "yes" : "no: " a ", " $1 }')"
        same "$name lives" idle "$(value "$engine/info" state)"
    done
}

compute_queues() {
    for kind in aql pm4; do
        queue=$dir/compute/hw-$kind
        check "$gpu: mkdir compute/hw-$kind" mkdir "$queue"
        echo $kind >"$queue/engine" || fail "$gpu: engine $kind"
        run "$gpu: a $kind queue works" "$queue/run" nop barrier "write gtt/words+512 11" "signal gtt/words+576 12" "timestamp gtt/words+640"
        same "$gpu: what the $kind queue wrote" "11 12" "$(dword "$dir/gtt/words" 512) $(dword "$dir/gtt/words" 576)"
        object=$KFDFS_KERNELS/vector_add.$target.O3.hsaco
        if [ -e "$object" ]; then
            cp "$object" "$dir/code/hw.hsaco" || fail "$gpu: loading a kernel"
            run "$gpu: floats for a kernel" "$dir/sdma/0/run" "fill vram/x 0x3f800000" "fill vram/y 0x40000000" "fill vram/z 0"
            run "$gpu: a kernel runs on the $kind queue" "$queue/run" \
                "dispatch hw/vector_add grid=65536 group=256 vram/x vram/y vram/z 65536"
            same "$gpu: 65536 sums on the $kind queue" 3.0000000 \
                "$(od -An -v -tf4 -w4 "$dir/vram/z" | sort -u | awk '{ printf "%.7f", $1 }')"
            rm "$dir/code/hw.hsaco"
        fi
        # 5000 commands go round the ring
        yes nop | head -n 5000 >"$TMP/nops"
        check "$gpu: 5000 commands on the $kind queue" sh -c "cat '$TMP/nops' >'$queue/run'"
        same "$gpu: the $kind queue counts them" "$(cat "$queue/submitted")" "$(cat "$queue/completed")"
    done
}

# copy engine and compute queue wait for each other, the CPU for neither
waits() {
    run "$gpu: the GPU waits across engines" "$dir/sdma/0/submit" "wait-mem gtt/words+704 eq 1" "signal gtt/words+768 1"
    run "$gpu: one of them goes on" "$dir/compute/hw-aql/submit" "signal gtt/words+704 1" "wait-mem gtt/words+768 eq 1" \
        "wait sdma/0 $(cat "$dir/sdma/0/submitted")" "write gtt/words+832 5"
    check "$gpu: and the other" sh -c "echo >'$dir/compute/hw-aql/wait'"
    same "$gpu: in that order" 5 "$(dword "$dir/gtt/words" 832)"
    mkdir "$dir/sdma/hw"
    echo "wait-mem gtt/words+896 eq 1" >"$dir/sdma/hw/submit"
    check "$gpu: a queue that waits for ever can be destroyed" rmdir "$dir/sdma/hw"
}

peers() {
    awk -v g="$gpu" '$1 == g && $2 ~ /^gpu/ { print $2 }' "$MNT/peers" >"$TMP/peers"
    while read -r other; do
        rm -f "$MNT/$other/vram/hw"
        check "$gpu: cp to $other" cp "$dir/vram/a" "$MNT/$other/vram/hw"
        equal "$gpu: the bytes on $other" "$MNT/$other/vram/hw"
        rm -f "$MNT/$other/vram/hw"
    done <"$TMP/peers"
}

faults() {
    errno "$gpu: a copy from nowhere is a fault" EFAULT put "$dir/sdma/0/run" "copy @0x123450000000 vram/b 4096"
    check "$gpu: events tell of it" grep -q 0x12345000 "$MNT/events"
    equal "$gpu: no byte is lost" "$dir/vram/a"
    run "$gpu: and it goes on" "$dir/sdma/0/run" nop
    object=$KFDFS_KERNELS/trouble.$target.O3.hsaco
    [ -e "$object" ] || return
    cp "$object" "$dir/code/trouble.hsaco"
    mkdir "$dir/compute/hang"
    truncate -s 4K "$dir/gtt/flag"
    put "$dir/compute/hang/submit" "dispatch trouble/endless grid=64 group=64 gtt/flag" || fail "$gpu: an endless kernel starts"
    check "$gpu: an endless kernel can be ended" rmdir "$dir/compute/hang"
    run "$gpu: and it goes on after that" "$dir/compute/0/run" nop
    equal "$gpu: and still no byte is lost" "$dir/vram/a"
}

for gpu in $gpus; do
    dir=$MNT/$gpu target=$(value "$MNT/$gpu/info" target)
    same "$gpu ($target) is fit" ok "$(value "$dir/status" state)"
    truncate -s 4K "$dir/vram/words" "$dir/gtt/words"
    truncate -s 256K "$dir/vram/x" "$dir/vram/y" "$dir/vram/z"
    echo 1 >"$MNT/trace/enabled"
    memory
    copy_engines
    compute_queues
    waits
    peers
    check "$gpu: the trace has its queues" grep -q "$gpu" "$MNT/trace/overlap"
    [ -z "${HW_FAULTS:-}" ] || faults
    rm -r "$dir"/compute/hw-* "$dir"/vram/* "$dir"/gtt/*
done
finish
