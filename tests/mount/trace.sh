#!/bin/sh
# trace/: what was recorded is what was done, as JSON that viewers take, as numbers, and as a picture.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1

same "recording is off at first" 0 "$(cat trace/enabled)"
truncate -s 1M gpu0/vram/a gpu0/vram/b gpu1/vram/a gpu1/vram/b
echo "copy vram/a vram/b" >gpu0/sdma/0/run
events() { grep -c '"ph":"X"' trace/events.json; }
same "nothing is recorded before recording is on" 0 "$(events)"
echo 1 >trace/enabled
same "and enabled tells that it is" 1 "$(cat trace/enabled)"
errno "enabled takes 0 and 1" EINVAL sh -c 'echo maybe | tee trace/enabled'

put gpu0/sdma/0/submit "wait-mem vram/b eq 77" "copy vram/a vram/b 64K" "nop"
put gpu0/sdma/1/run "wait gpu1/sdma/0 1" &
waiting=$!
until_submitted gpu0/sdma/1 1
put gpu1/sdma/0/run "fill vram/a 3 32K"
wait $waiting
echo 'half way "quoted" \ <&>' >trace/marker
put gpu1/sdma/1/run "signal gpu0/vram/b 77"
echo >gpu0/sdma/0/wait
mkdir "gpu0/sdma/odd\"name"
echo nop >"gpu0/sdma/odd\"name/run"
rmdir "gpu0/sdma/odd\"name"
echo 0 >trace/enabled
echo nop >gpu0/sdma/0/run
same "what was done while recording is recorded, and no more" 7 "$(events)"
same "the size that stat tells is what is read" "$(stat -c %s trace/events.json)" "$(wc -c <trace/events.json)"
same "a reader at work has what there was when it opened" 7 "$( { echo 1 >trace/enabled; grep -c '"ph":"X"'; } <trace/events.json)"
same "1 clears the record" 0 "$(events)"

if command -v python3 >/dev/null; then
    # The same again, with kernels if there are any, and looked at by somebody else's JSON reader
    put gpu0/sdma/0/submit "wait-mem vram/b eq 78" "copy vram/a vram/b 64K"
    put gpu1/sdma/0/submit "copy vram/a vram/b" "nop" "fill vram/a 1"
    put gpu0/sdma/1/submit "wait gpu1/sdma/0 4" "copy vram/a gpu1/vram/a 4K"
    if [ -f "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" ]; then
        cp "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" gpu0/code/t.hsaco
        echo "grid=64 group=64" >gpu0/kernels/t/nothing/run
    fi
    echo "half way \"quoted\" \\ $(printf '\303\050')" >trace/marker
    echo "signal gpu0/vram/b 78" >gpu1/sdma/1/run
    for queue in gpu0/sdma/0 gpu0/sdma/1 gpu1/sdma/0; do echo >$queue/wait; done
    cat trace/events.json >"$TMP/events.json"
    check "events.json is what viewers want, its flows pair up, its slices do not overlap" \
        python3 "$KFDFS_TESTS/trace_check.py" "$TMP/events.json" slices=8 flows=2 markers=1
    # What Perfetto would drop or bind elsewhere is seen: a longer slice, a thread of two processes, a flow in a gap.
    for change in 's/"dur":\([0-9]*\)\./"dur":9\1./' 's/"ph":"C",\(.*\)"tid":0/"ph":"C",\1"tid":1001/' \
        's/"ph":"s","ts":[0-9]*/"ph":"s","ts":1/' 's/"bp":"e"/"bp":"x"/' 's/"ph":"X",\(.*\)"tid":100[0-9]/"ph":"X",\1"tid":7/'; do
        sed "$change" "$TMP/events.json" >"$TMP/changed"
        if python3 "$KFDFS_TESTS/trace_check.py" "$TMP/changed" >/dev/null; then fail "the check sees nothing after $change"; fi
    done
    cat trace/overlap >"$TMP/overlap"
    # shellcheck disable=SC2016 # awk's own
    check "overlap adds up" awk '
        /^#/ { next }
        $2 + 0 < $3 + 0 || $2 + 0 < $4 + 0 || $5 > $3 || $5 > $4 || $6 != $4 - $5 { bad = 1 }
        $1 == "gpu1" && $4 == 0 { bad = 1 }
        END { exit bad || NR != 3 }' "$TMP/overlap"
fi
same "overlap has a row for each GPU" "# gpu0 gpu1" "$(awk '{ print $1 }' trace/overlap | flat)"

finish
