#!/bin/sh
# Buffers are files: made, written, read, cut, moved, copied and removed with everyday tools, on every GPU.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1
head -c 3000003 /dev/urandom >"$TMP/data" # an odd size, over a few writes
own_log() { cat "$1/sdma/kfdfs/submitted"; }

for gpu in gpu0 gpu1; do
    for pool in vram gtt; do
        dir=$gpu/$pool
        cp "$TMP/data" "$dir/a"
        check "$dir: what cp writes, cmp reads" cmp "$TMP/data" "$dir/a"
        same "$dir: its size is the file's" 3000003 "$(stat -c %s "$dir/a")"
        same "$dir: it has a block for each byte" 1 "$(($(stat -c %b "$dir/a") * 512 >= 3000003))"
        dd if="$dir/a" of="$TMP/part" bs=1000 skip=3 count=5 2>/dev/null
        same "$dir: dd reads a part" "$(tail -c +3001 "$TMP/data" | head -c 5000 | md5sum)" "$(md5sum <"$TMP/part")"

        # into the middle, at the end, beyond the end
        cp "$TMP/data" "$TMP/want"
        for file in "$dir/a" "$TMP/want"; do
            printf middle | dd of="$file" bs=1 seek=1234567 conv=notrunc 2>/dev/null
            printf appended >>"$file"
            printf 'far away' | dd of="$file" bs=1 seek=3100001 conv=notrunc 2>/dev/null
        done
        check "$dir: written into, appended to, with a gap that reads as zero" cmp "$TMP/want" "$dir/a"
        truncate -s 2000001 "$dir/a" "$TMP/want"
        truncate -s 2500007 "$dir/a" "$TMP/want"
        check "$dir: cut and grown again, the new bytes are zero" cmp "$TMP/want" "$dir/a"
        fallocate -p -o 4097 -l 100003 "$dir/a" && fallocate -p -o 4097 -l 100003 "$TMP/want"
        check "$dir: fallocate -p zeroes any range" cmp "$TMP/want" "$dir/a"
        fallocate -l 2600001 "$dir/a" && truncate -s 2600001 "$TMP/want"
        check "$dir: fallocate grows" cmp "$TMP/want" "$dir/a"

        # inside of the mount: one job of the copy engine
        before=$(own_log "$gpu")
        cp "$dir/a" "$dir/b"
        after=$(own_log "$gpu") job=$(tail -n 1 "$gpu/sdma/kfdfs/log" | cut -d' ' -f4-)
        check "$dir: cp inside of the mount" cmp "$TMP/want" "$dir/b"
        same "$dir: as one job" $((before + 1)) "$after"
        same "$dir: of the whole file" "2600001 ok copy $dir/a $dir/b 2600001" "$job"

        mkdir "$dir/sub" && mv "$dir/b" "$dir/sub/b b"
        check "$dir: mv into a directory" cmp "$TMP/want" "$dir/sub/b b"
        errno "$dir: a directory that is not empty stays" ENOTEMPTY rmdir "$dir/sub"
        mv "$dir/a" "$dir/sub/b b"
        same "$dir: mv replaces" "sub" "$(ls "$dir")"
        exec 3<"$dir/sub/b b"
        rm -r "$dir/sub"
        same "$dir: removed while open, it can still be read" "$(md5sum <"$TMP/want")" "$(md5sum <&3)"
        exec 3<&-
        same "$dir: nothing is left" "" "$(ls "$dir")"
    done
done

# between pools and GPUs
cp "$TMP/data" gpu0/vram/a
cp gpu0/vram/a gpu1/vram/a
job=$(tail -n 1 gpu0/sdma/kfdfs/log | cut -d' ' -f4-)
check "cp from GPU to GPU" cmp "$TMP/data" gpu1/vram/a
if grep -q 'cpu_visible 1' gpu1/info; then # else the bus shows it to no other GPU either, and cp reads and writes
    same "as one job" "3000003 ok copy gpu0/vram/a gpu1/vram/a 3000003" "$job"
fi
mv gpu1/vram/a gpu1/gtt/b
check "mv from pool to pool copies" cmp "$TMP/data" gpu1/gtt/b
errno "rename from pool to pool is EXDEV" EXDEV python3 -c 'import os; os.rename("gpu0/vram/a", "gpu0/gtt/a")'
errno "rename from GPU to GPU is EXDEV" EXDEV python3 -c 'import os; os.rename("gpu0/vram/a", "gpu1/vram/a")'

# addresses and windows
truncate -s 1M gpu0/vram/w
va=$(getfattr --only-values -n user.gpu_va gpu0/vram/w) window=$(getfattr --only-values -n user.gpu_window gpu0/vram/w)
case $va in 0x[0-9a-f]*) ok "user.gpu_va is hex: $va" ;; *) fail "user.gpu_va is hex: $va" ;; esac
same "the window is at least 64 MiB" 67108864 "$window"
printf 'first bytes' | dd of=gpu0/vram/w conv=notrunc 2>/dev/null
truncate -s 60M gpu0/vram/w && truncate -s 0 gpu0/vram/w && truncate -s 1M gpu0/vram/w
same "inside of its window it keeps its address" "$va" "$(getfattr --only-values -n user.gpu_va gpu0/vram/w)"
same "what was cut off is zero again" 0 "$(tr -d '\0' <gpu0/vram/w | wc -c)"
head -c 1048576 "$TMP/data" | dd of=gpu0/vram/w bs=1M conv=notrunc 2>/dev/null
truncate -s 65M gpu0/vram/w
same "past its window it moves" 1 "$([ "$va" != "$(getfattr --only-values -n user.gpu_va gpu0/vram/w)" ] && echo 1)"
same "and loses no byte" "$(head -c 1048576 "$TMP/data" | md5sum)" "$(head -c 1048576 gpu0/vram/w | md5sum)"
same "nor gains one" 0 "$(tail -c +1048577 gpu0/vram/w | tr -d '\0' | wc -c)"
errno "other attributes cannot be set" EOPNOTSUPP setfattr -n user.color -v blue gpu0/vram/w

# what is used and what is free
used() { df --output=used -B1 "$1" | tail -n 1 | tr -d ' '; }
before=$(used gpu1/vram)
truncate -s 64M gpu1/vram/big
same "df counts what is allocated" 1 "$(($(used gpu1/vram) >= before + 67108864))"
rm gpu1/vram/big
same "and no longer what is removed" "$before" "$(used gpu1/vram)"
same "the root counts the VRAM of all" "$(($(df --output=size -B1 gpu0/vram | tail -n 1) + $(df --output=size -B1 gpu1/vram | tail -n 1)))" \
    "$(df --output=size -B1 . | tail -n 1 | tr -d ' ')"
size=$(awk '$1 == "vram_bytes" { print $2 }' gpu1/info)
errno "more than there is is ENOSPC" ENOSPC truncate -s $((size + 4096)) gpu1/vram/full
same "and changes nothing" "0 $before" "$(stat -c %s gpu1/vram/full) $(used gpu1/vram)"
printf kept >gpu1/vram/full
errno "growing to more than there is, too" ENOSPC truncate -s $((size + 4096)) gpu1/vram/full
same "and keeps the bytes" kept "$(cat gpu1/vram/full)"
check "sync goes through" sync -d gpu1/vram/full
finish
