#!/bin/sh
# Speed as ratios within this one run: against a bare FUSE daemon, memcpy, an empty file and packets written by hand. Prints, asserts nothing.
# usage: bench.sh [BUILD_DIRECTORY]     an optimised build: meson setup --buildtype=release build/release
set -eu
build=${1:-$(cd "$(dirname "$0")/../.." && pwd)/build/release}
kfdfs=$build/fs/kfdfs bare=$build/tests/bare clock=$build/tests/clock
mib=512
bytes=$((mib * 1048576))
rounds=5
work=$(mktemp -d)
cleanup() {
    fusermount3 -u "$work/gpu" 2>/dev/null || true
    fusermount3 -u "$work/bare" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/gpu" "$work/bare"
"$bare" "$work/bare" $bytes
"$kfdfs" --sim mi300x "$work/gpu"
gpu=$work/gpu/gpu0

# nanoseconds that a command takes
nanoseconds() {
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    echo $((end - start))
}
# the median of the numbers on stdin
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# name, goal, A, B: prints the medians and A / B
report() { awk -v n="$1" -v g="$2" -v a="$3" -v b="$4" 'BEGIN { printf "%-44s %8.2f   (goal: %s)\n", n, a / b, g }'; }

truncate -s $bytes "$gpu/vram/a" "$gpu/vram/b"
dd if=/dev/zero of="$work/bare/data" bs=1M count=$mib conv=notrunc 2>/dev/null
dd if=/dev/urandom of="$gpu/vram/a" bs=1M count=$mib conv=notrunc 2>/dev/null
cp "$gpu/vram/a" "$gpu/vram/b"

: >"$work/write.bare"; : >"$work/write.gpu"; : >"$work/read.bare"; : >"$work/read.gpu"; : >"$work/cp"; : >"$work/memcpy"
i=0
while [ $i -lt $rounds ]; do
    nanoseconds dd if=/dev/zero of="$work/bare/data" bs=1M count=$mib conv=notrunc >>"$work/write.bare"
    nanoseconds dd if=/dev/zero of="$gpu/vram/a" bs=1M count=$mib conv=notrunc >>"$work/write.gpu"
    nanoseconds dd if="$work/bare/data" of=/dev/null bs=1M >>"$work/read.bare"
    nanoseconds dd if="$gpu/vram/a" of=/dev/null bs=1M >>"$work/read.gpu"
    nanoseconds cp "$gpu/vram/a" "$gpu/vram/b" >>"$work/cp"
    "$clock" memcpy $bytes >>"$work/memcpy"
    i=$((i + 1))
done
report "dd into VRAM / into a bare FUSE file" ">= 0.9" "$(median <"$work/write.bare")" "$(median <"$work/write.gpu")"
report "dd out of VRAM / out of a bare FUSE file" ">= 0.9" "$(median <"$work/read.bare")" "$(median <"$work/read.gpu")"
report "cp from buffer to buffer / memcpy" ">= 0.9" "$(median <"$work/memcpy")" "$(median <"$work/cp")"

# name, goal, words of clock for the bare daemon, for kfdfs: what the bare one takes by what kfdfs takes
compare() {
    : >"$work/one"; : >"$work/other"
    i=0
    while [ $i -lt $rounds ]; do
        # shellcheck disable=SC2086 # words on purpose
        "$clock" $3 >>"$work/one"
        # shellcheck disable=SC2086
        "$clock" $4 >>"$work/other"
        i=$((i + 1))
    done
    report "$1" "$2" "$(median <"$work/one")" "$(median <"$work/other")"
}
compare "4 KiB random reads / of a bare FUSE file" ">= 0.7" "read $work/bare/data 4096 5000" "read $gpu/vram/a 4096 5000"
compare "4 KiB random writes / of a bare FUSE file" ">= 0.7" "overwrite $work/bare/data 4096 5000" "overwrite $gpu/vram/a 4096 5000"
mkdir "$gpu/vram/many"
"$clock" make "$gpu/vram/many" 10000 >/dev/null
for what in stat open list; do
    compare "$what of 10,000 names / of a bare directory" ">= 0.8" "$what $work/bare/many 10000" "$what $gpu/vram/many 10000"
done
rm -r "$gpu/vram/many"

if [ -f "$build/tests/kernels/trouble.gfx942.O3.hsaco" ]; then
    cp "$build/tests/kernels/trouble.gfx942.O3.hsaco" "$gpu/code/t.hsaco"
    : >"$work/null"; : >"$work/run"
    i=0
    while [ $i -lt $rounds ]; do
        "$clock" write "$work/bare/null" "grid=1 group=1" 2000 >>"$work/null"
        "$clock" write "$gpu/kernels/t/nothing/run" "grid=1 group=1" 2000 >>"$work/run"
        i=$((i + 1))
    done
    report "an empty dispatch / a write to an empty file" "<= 2" "$(median <"$work/run")" "$(median <"$work/null")"
fi

# A million commands, by turns with and without a record of them.
awk 'BEGIN { for (i = 0; i < 50000; i++) print "copy vram/a vram/b 4K" }' >"$work/lines"
submit() {
    cat "$work/lines" >"$gpu/sdma/0/submit"
    echo >"$gpu/sdma/0/wait"
}
: >"$work/quiet"; : >"$work/traced"
i=0
while [ $i -lt 10 ]; do
    nanoseconds submit >>"$work/quiet"
    echo 1 >"$work/gpu/trace/enabled"
    nanoseconds submit >>"$work/traced"
    echo 0 >"$work/gpu/trace/enabled"
    i=$((i + 1))
done
report "commands with a trace / without" "<= 1.03" "$(median <"$work/traced")" "$(median <"$work/quiet")"

pid=$(pgrep -f -x "$kfdfs --sim mi300x $work/gpu" | head -n 1 || true)
if [ -n "$pid" ]; then
    ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
    before=$(ticks)
    sleep 10
    after=$(ticks)
    echo "idle daemon: $((after - before)) of $((10 * $(getconf CLK_TCK))) clock ticks of CPU in 10 s (goal: < 0.1 %)"
fi
rm "$gpu/vram/a" "$gpu/vram/b"
fusermount3 -u "$work/gpu"
"$kfdfs" --sim mi300x "$work/gpu"
pid=$(pgrep -f -x "$kfdfs --sim mi300x $work/gpu" | head -n 1 || true)
[ -z "$pid" ] || awk '/VmRSS/ { print "idle daemon: " $2 / 1024 " MiB resident (goal: < 64)" }' "/proc/$pid/status"
"$build/tests/bench_driver"
