#!/bin/sh
# For the prolog of a job: is each GPU of this mount fit for work? Says so, and ends with 1 if one is not.
# usage: health-check.sh MOUNTPOINT
set -u
mnt=$1 bad=0
complain() {
    echo "$gpu: $*"
    bad=1
}
value() { awk -v k="$1" '$1 == k { print $2 }' "$mnt/$gpu/$2"; }

for directory in "$mnt"/gpu[0-9]*; do
    gpu=$(basename "$directory")
    vram=$directory/vram/health
    [ "$(value state status)" = ok ] || { complain "lost: $(sed -n 's/^reason //p' "$directory/status")"; continue; }
    [ "$(value faults status)" -eq 0 ] || complain "has had memory faults"
    [ "$(value resets status)" -eq 0 ] || complain "has been reset"
    heat=$(value temp_mc status)
    [ "$heat" = - ] || [ "$heat" -lt 95000 ] || complain "is at $((heat / 1000)) degrees"

    # Each copy engine fills and copies; what comes out is read by the CPU.
    mkdir "$vram" || { complain "cannot allocate"; continue; }
    truncate -s 1M "$vram/a" "$vram/b" || complain "cannot allocate"
    for engine in "$directory"/sdma/[0-9]*; do
        number=$(basename "$engine")
        printf 'fill vram/health/a %s\ncopy vram/health/a vram/health/b\n' $((number + 1)) | cat >"$engine/run" ||
            { complain "copy engine $number does not work: $(tail -n 1 "$mnt/errors")"; continue; }
        [ "$(od -An -v -td4 -w4 "$vram/b" | sort -u | tr -d ' ')" = $((number + 1)) ] || complain "copy engine $number copies wrong bytes"
    done
    echo barrier >"$directory/compute/0/run" || complain "the compute queue does not work: $(tail -n 1 "$mnt/errors")"
    rm -rf "$vram"
    others=$(find "$directory/processes" -mindepth 1 -maxdepth 1 | wc -l)
    [ "$others" -le 1 ] || complain "$((others - 1)) other processes have it open"
    [ $bad -ne 0 ] || echo "$gpu: $(value target info), fit"
done
exit $bad
