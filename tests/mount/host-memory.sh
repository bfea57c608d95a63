#!/bin/sh
# The software GPU has a budget of host memory: a simulated 192 GiB card costs nothing until it is written, and says when it is enough.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx -o sim_ram=64M
vram=$MNT/gpu0/vram

truncate -s 100G "$vram/huge" && ok "100 GiB of VRAM are allocated under a budget of 64 MiB"
same "its first and last bytes read as zero" "0000000000000000" \
    "$( (head -c 4 "$vram/huge" && tail -c 4 "$vram/huge") | od -A n -v -t x1 | tr -d ' \n')"
if printf end | dd of="$vram/huge" bs=1 seek=107374182397 conv=notrunc 2>/dev/null; then
    same "a few bytes at its end cost next to nothing" end "$(tail -c 3 "$vram/huge")"
else
    fail "a few bytes at its end cost next to nothing"
fi
if dd if=/dev/zero of="$vram/huge" bs=1M count=4096 conv=notrunc 2>"$TMP/dd"; then
    fail "filling it ends with an error long before 4 GiB"
else
    ok "filling it ends with an error long before 4 GiB"
fi
if grep -q "gpu0 .*host memory that software GPUs may use, 67108864 bytes" "$MNT/errors"; then
    ok "errors says that the host's memory is the reason"
else
    fail "errors says that the host's memory is the reason: $(cat "$MNT/errors")"
fi
# A writer who is not writing just when the memory goes sees no error, fills it again, and it goes again: each time it
# takes the whole budget.
written=$(sed -n 's/+.* records out$//p' "$TMP/dd")
resets() { awk '$1 == "resets" { print $2 }' "$MNT/gpu0/status"; }
is_back() { [ "$(grep -c " recovery gpu0 - - its buffers .* zero" "$MNT/events")" = "$(resets)" ] && [ "$(resets)" -gt 0 ]; }
tries=0
until is_back; do
    tries=$((tries + 1))
    [ "$tries" -lt 5000 ] || { fail "the GPU never comes back without its memory"; break; }
done
same "that GPU lost its memory, as by a reset" 000000 "$(tail -c 3 "$vram/huge" | od -A n -v -t x1 | tr -d ' \n')"
# 64 MiB each time, less what else lies in its memory
check "no more often than it was filled" [ "$((48 * $(resets)))" -le "$written" ]
same "the other one is not reset" "ok 0" "$(awk '$1 == "state" || $1 == "resets" { print $2 }' "$MNT/gpu1/status" | flat)"
check "there is room again" dd status=none if=/dev/zero of="$vram/huge" bs=1M count=1 conv=notrunc
[ -e "$vram/huge" ] && ok "the mount still answers"
finish
