#!/bin/sh
# The contract's section on buffers: each row of its table and each of its sentences, with what goes wrong beside them.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
command -v getfattr >/dev/null || skip "getfattr is missing"
start_mount mi300x:2+rx9070xt
cd "$MNT" || exit 1
words() { od -A n -v -t x4 "$@" | flat | sed 's/^ //'; }
va() { getfattr --absolute-names --only-values -n user.gpu_va "$1"; }
window() { getfattr --absolute-names --only-values -n user.gpu_window "$1"; }
used() { df --output=used -B1 "$1" | tail -n 1 | tr -d ' '; }
size() { df --output=size -B1 "$1" | tail -n 1 | tr -d ' '; }
block="wait-mem vram/flag eq 1"
truncate -s 4K gpu0/vram/flag gpu2/vram/flag
head -c 300001 /dev/urandom >"$TMP/data"

# ---- the table ----
for pool in gpu0/vram gpu0/gtt gpu2/vram; do
    truncate -s 64M $pool/a
    same "$pool: truncate -s 64M allocates 64 MiB that read as zero" "67108864 0" \
        "$(stat -c %s $pool/a) $( (head -c 8192 $pool/a; tail -c 8192 $pool/a) | tr -d '\0' | wc -c)"
    case $(va $pool/a) in 0x*[!0-9a-f]* | 0x) fail "$pool: user.gpu_va is hex" ;; 0x*) ok "$pool: user.gpu_va is hex" ;; *) fail "$pool: user.gpu_va is hex" ;; esac
    same "$pool: maps has its address" "$(va $pool/a)" "0x$(awk -v p=$pool/a '$4 == p { sub(/-.*/, "", $1); print $1 }' ${pool%/*}/maps)"
    rm $pool/a
    cp "$TMP/data" $pool/a
    check "$pool: cp copies in" cmp "$TMP/data" $pool/a
    same "$pool: dd copies out" "$(dd if="$TMP/data" bs=1K skip=3 count=1 2>/dev/null | cksum)" "$(dd if=$pool/a bs=1K skip=3 count=1 2>/dev/null | cksum)"
    before=$(cat ${pool%/*}/sdma/kfdfs/submitted) others=$(cat ${pool%/*}/sdma/[0-9]*/submitted | flat)
    fallocate -p -o 4K -l 8K $pool/a
    same "$pool: fallocate -p is a fill with zeroes" "0 300001" "$(dd if=$pool/a bs=4K skip=1 count=2 2>/dev/null | tr -d '\0' | wc -c) $(stat -c %s $pool/a)"
    same "$pool: by the queue of kfdfs, which its log shows" "1 1" \
        "$(($(cat ${pool%/*}/sdma/kfdfs/submitted) > before)) $(awk -v n="$before" '$1 > n' ${pool%/*}/sdma/kfdfs/log | grep -c " ok fill $pool/a+0x1000 0 8192")"
    same "$pool: never by yours" "$others" "$(cat ${pool%/*}/sdma/[0-9]*/submitted | flat)"
    rm $pool/a
done
cp "$TMP/data" gpu0/vram/a
cp gpu0/vram/a gpu0/vram/b && cp gpu0/vram/a gpu1/vram/a && cp gpu0/vram/a gpu2/vram/a
check "cp inside of a GPU, to a peer, over PCIe" sh -c "cmp '$TMP/data' gpu0/vram/b && cmp '$TMP/data' gpu1/vram/a && cmp '$TMP/data' gpu2/vram/a"
same "each is one command of a copy engine" "b gpu1 gpu2" \
    "$(awk '/ ok copy gpu0\/vram\/a gpu.\/vram\/. 300001$/ { sub(/\/.*/, "", $8); n++; print n == 1 ? "b" : $8 }' gpu0/sdma/kfdfs/log | flat)"
same "df of a pool is its own" "$(awk '/^vram_bytes/ { print $2 }' gpu2/info)" "$(size gpu2/vram)"
same "df of the root is the sum of VRAM" "$(($(size gpu0/vram) + $(size gpu1/vram) + $(size gpu2/vram)))" "$(size .)"
same "so is what is used" "$(($(used gpu0/vram) + $(used gpu1/vram) + $(used gpu2/vram)))" "$(used .)"
rm gpu1/vram/a gpu2/vram/a

# rm: once no open file and no queued command uses it
before=$(used gpu0/vram)
truncate -s 64M gpu0/vram/c
exec 3<gpu0/vram/c
rm gpu0/vram/c
check "what is removed while it is open keeps its memory" [ "$(used gpu0/vram)" -ge $((before + 67108864)) ]
exec 3<&-
truncate -s 64M gpu0/vram/c
put gpu0/sdma/0/submit "$block" "fill vram/c 1"
rm gpu0/vram/c
check "so does what a queued command uses" [ "$(used gpu0/vram)" -ge $((before + 67108864)) ]
put gpu0/sdma/1/run "signal vram/flag 1"
echo >gpu0/sdma/0/wait
tries=0
until [ "$(used gpu0/vram)" -lt $((before + 67108864)) ] || [ $tries -ge 1000 ]; do tries=$((tries + 1)); done
same "and loses it then" "$before" "$(used gpu0/vram)"

# sync -d: all that was submitted and touches it
put gpu0/sdma/1/run "signal vram/flag 0"
put gpu0/sdma/0/submit "$block" "fill vram/b 5"
(sync -d gpu0/vram/b && words -N 4 gpu0/vram/b >"$TMP/synced") &
synced=$!
sync -d gpu0/vram/a
check "sync -d of another buffer does not wait" [ ! -e "$TMP/synced" ]
put gpu0/sdma/1/run "signal vram/flag 1"
wait $synced
same "sync -d waits for what touches it" 00000005 "$(cat "$TMP/synced")"

# ---- names and links ----
mkdir -p gpu0/vram/d/e
mv gpu0/vram/b gpu0/vram/d/e/b
check "subdirectories, and mv inside of a pool" [ -s gpu0/vram/d/e/b ]
errno "rename(2) to another pool" EXDEV python3 -c 'import os; os.rename("gpu0/vram/a", "gpu0/gtt/a")'
check "so mv copies" sh -c "mv gpu0/vram/a gpu1/gtt/a && cmp '$TMP/data' gpu1/gtt/a && [ ! -e gpu0/vram/a ]"
errno "no hard links" EPERM ln gpu1/gtt/a gpu1/gtt/l
errno "no symbolic links" EPERM ln -s a gpu1/gtt/l
errno "no pipes" EPERM mkfifo gpu1/gtt/p
for called in 'a+1' 'a b' 'ä€😀' 'back\slash' '\040' '-x' 'a+0x10' '+' 'plus+' "tab	it"; do
    typed=$(printf %s "$called" | sed 's/\\/\\134/g; s/ /\\040/g; s/	/\\011/g')
    case $called in *+*) typed=$typed+0 ;; esac
    truncate -s 8 "gpu0/vram/$called"
    check "a buffer called $called is a command's $typed" put gpu0/sdma/0/run "fill vram/$typed 0x61"
    same "and no other" "00000061 00000061" "$(words "gpu0/vram/$called")"
    rm "gpu0/vram/$called"
done

# ---- addresses and windows ----
truncate -s 1 gpu0/vram/w
same "a window has at least 64 MiB" 1 "$(($(window gpu0/vram/w) >= 67108864))"
truncate -s 100M gpu0/vram/x
same "and four times the first size" 1 "$(($(window gpu0/vram/x) >= 419430400))"
if [ "${KFDFS_SANITIZE:-}" != thread ]; then # which leaves few addresses
    vram=$(awk '$1 == "vram_bytes" { print $2 }' gpu0/info)
    truncate -s $((vram / 2)) gpu0/vram/half
    same "even where that is more than the pool" 1 "$(($(window gpu0/vram/half) >= 2 * vram - 8))"
    rm gpu0/vram/half
fi
for s in 4K 64M 0 5 63M; do
    before=$(va gpu0/vram/x)
    truncate -s $s gpu0/vram/w
    [ $s = 0 ] || same "inside of its window it keeps its address: $s" "${first:=$(va gpu0/vram/w)}" "$(va gpu0/vram/w)"
    same "whatever its neighbour does" "$before" "$(va gpu0/vram/x)"
done
printf 'the first bytes' | dd of=gpu0/vram/w conv=notrunc 2>/dev/null
printf 'the last ones' | dd of=gpu0/vram/w bs=1 seek=66060275 conv=notrunc 2>/dev/null
truncate -s $(($(window gpu0/vram/w) + 1)) gpu0/vram/w
check "past it, the address moves" [ "$(va gpu0/vram/w)" != "$first" ]
same "and no byte is lost" "the first bytes, the last ones" \
    "$(head -c 15 gpu0/vram/w), $(dd if=gpu0/vram/w bs=1M skip=62 count=2 2>/dev/null | tail -c +1048564 | head -c 13)"
same "nor gained" 0 "$(tail -c +66060290 gpu0/vram/w | tr -d '\0' | wc -c)"
same "by a write, too" "kept x" "$(printf kept >gpu0/gtt/v && first=$(va gpu0/gtt/v) && truncate -s 5 gpu0/gtt/v &&
    printf x | dd of=gpu0/gtt/v bs=1 seek="$(window gpu0/gtt/v)" conv=notrunc 2>/dev/null && [ "$first" != "$(va gpu0/gtt/v)" ] &&
    echo "$(head -c 4 gpu0/gtt/v) $(tail -c 1 gpu0/gtt/v)")"

# ---- what queued work uses ----
put gpu0/sdma/1/run "signal vram/flag 0"
truncate -s 1M gpu0/vram/u
put gpu0/sdma/0/submit "$block" "fill vram/u 3"
far=$(($(window gpu0/vram/u) + 4096))
errno "shrinking what queued work uses" EBUSY truncate -s 4K gpu0/vram/u
errno "also to nothing, by >" EBUSY sh -c ': >gpu0/vram/u'
errno "or by cp over it" EBUSY cp "$TMP/data" gpu0/vram/u
errno "moving it by truncate" EBUSY truncate -s $far gpu0/vram/u
errno "or by a write" EBUSY sh -c "printf x | dd of=gpu0/vram/u bs=1 seek=$far conv=notrunc 2>&1"
errno "or by fallocate" EBUSY fallocate -l $far gpu0/vram/u
check "growing it where it is, reading, writing and renaming go on" sh -c 'truncate -s 2M gpu0/vram/u && head -c 9 gpu0/vram/u >/dev/null &&
    printf x | dd of=gpu0/vram/u conv=notrunc 2>/dev/null && mv gpu0/vram/u gpu0/vram/u2'
put gpu0/sdma/1/run "signal vram/flag 1"
echo >gpu0/sdma/0/wait
same "the work was done in it, as far as it was then" "00000003 00000000" "$(words -N 4 gpu0/vram/u2) $(words -j 1048576 -N 4 gpu0/vram/u2)"
check "afterwards it can shrink" truncate -s 4K gpu0/vram/u2

# ---- every GPU that has a link to the owner can use the address ----
truncate -s 4K gpu1/vram/p
put gpu1/sdma/0/run "fill vram/p 0x77"
for gpu in gpu0 gpu2; do
    same "$gpu/maps has it" 1 "$(grep -c ' gpu1/vram/p$' $gpu/maps)"
    truncate -s 4 $gpu/vram/q
    check "$gpu uses its address" put $gpu/sdma/0/run "copy @$(va gpu1/vram/p) vram/q 4"
    same "and finds its bytes" 00000077 "$(words $gpu/vram/q)"
done

# ---- a read or a write sees all the work that was complete before ----
for i in 1 2 3 4 5; do
    put gpu2/sdma/0/run "fill vram/flag $i"
    [ "$(words -N 4 gpu2/vram/flag)" = 0000000$i ] || fail "a read sees complete work"
    printf '\0' | dd of=gpu2/vram/flag conv=notrunc 2>/dev/null
    [ "$(words -N 8 gpu2/vram/flag)" = "00000000 0000000$i" ] || fail "a write goes over it"
done
ok "reads and writes see all that was complete before"

# ---- a full pool ----
truncate -s 4K gpu2/vram/keep
printf 'as it was' | dd of=gpu2/vram/keep conv=notrunc 2>/dev/null
free=$(($(size gpu2/vram) - $(used gpu2/vram)))
truncate -s $(((free >> 20) - 100))M gpu2/vram/huge
was=$(cksum <gpu2/vram/keep) before=$(used gpu2/vram)
errno "a truncate that finds the pool full" ENOSPC truncate -s 128M gpu2/vram/keep
errno "a fallocate" ENOSPC fallocate -l 128M gpu2/vram/keep
errno "a write" ENOSPC sh -c 'printf x | dd of=gpu2/vram/keep bs=1M seek=128 conv=notrunc 2>&1'
truncate -s 128M gpu0/vram/x2
errno "a copy inside of the mount" ENOSPC cp gpu0/vram/x2 gpu2/vram/new
same "the buffer is as it was" "$was $before" "$(cksum <gpu2/vram/keep) $(rm -f gpu2/vram/new; used gpu2/vram)"
rm gpu2/vram/huge
check "and grows when there is room" truncate -s 128M gpu2/vram/keep

# ---- attributes ----
same "a buffer has two attributes" "user.gpu_va user.gpu_window" "$(getfattr gpu2/vram/keep | grep '^user' | sort | flat)"
errno "others are not there" ENODATA getfattr -n user.other gpu2/vram/keep
errno "and cannot be set" EOPNOTSUPP setfattr -n user.gpu_va -v mine gpu2/vram/keep
same "directories and fixed files have none" "" "$(getfattr gpu0 gpu0/vram gpu0/info gpu0/sdma/0/run gpu0/vram/d | grep user)"
finish
