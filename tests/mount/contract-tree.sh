#!/bin/sh
# The contract's three rules and its tree: names, order and number of columns and keys, on every model.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x:2+rx7900xtx+mi210+mi355x+rx6900xt+radeon8060s+rx9070xt
cd "$MNT" || exit 1
keys() { awk '{ print $1 }' "$1" | flat; }
head_of() { head -n 1 "$1"; }
# FILE COLUMNS: rows of a table that do not have that many; the last column may hold blanks
short_rows() { awk -v n="$2" '!/^#/ && NF < n' "$1" | wc -l; }

# ---- the root ----
same "the root has what the contract lists" "README version gpus peers topology.svg by-pci by-id errors events trace gpu0 gpu7" \
    "$(for f in README version gpus peers topology.svg by-pci by-id errors events trace gpu0 gpu7 gpu8; do [ ! -e $f ] || echo $f; done | flat)"
same "README is one screen with five things to type" "1 1" \
    "$(($(wc -l <README) <= 25)) $(($(grep -c '^  ' README) >= 5))"
same "version has three lines" "kfdfs kfd backend" "$(keys version)"
same "of which the second is MAJOR.MINOR and the third the backend" "1 backend simulated" \
    "$(grep -c '^kfd [0-9][0-9]*\.[0-9][0-9]*$' version) $(tail -n 1 version)"
same "gpus has its columns" "# gpu target gpu_id node pci vram_bytes cus name" "$(head_of gpus)"
same "and in each row all of them" "8 0" "$(grep -vc '^#' gpus) $(short_rows gpus 8)"
same "GPUs are numbered in topology order" "gpu0 gpu1 gpu2 gpu3 gpu4 gpu5 gpu6 gpu7" \
    "$(grep -v '^#' gpus | sort -n -k 4 | cut -d' ' -f1 | flat)"
same "peers has its columns" "# from to kind weight hops min_mbps max_mbps" "$(head_of peers)"
same "and in each row all of them, with gpuN or cpuN at both ends" "0 0" \
    "$(awk '!/^#/ && NF != 7' peers | wc -l) $(grep -v '^#' peers | grep -vc '^[gc]pu[0-9]* [gc]pu[0-9]* ')"
same "errors and events begin with their columns" "# time pid errno path message # time kind gpu queue seq message" "$(cat errors events | flat)"
check "topology.svg is a picture" grep -q '^<svg' topology.svg
for dir in by-pci by-id; do
    for link in "$dir"/*; do
        case $(readlink "$link") in
        ../gpu[0-7]) ;;
        *) fail "$link leads to ../gpuN: $(readlink "$link")" ;;
        esac
    done
done
same "by-pci has each GPU's PCI address" "$(awk '!/^#/ { print $5 " ../" $1 }' gpus | sort)" \
    "$(cd by-pci && for l in *; do echo "$l $(readlink "$l")"; done | sort)"
same "by-id has each GPU's id" "$(awk '!/^#/ { print $3 " ../" $1 }' gpus | sort)" \
    "$(cd by-id && for l in *; do echo "$l $(readlink "$l")"; done | sort)"
same "trace has its files" "enabled events.json marker overlap timeline.svg" "$(cd trace && echo *)"
same "trace/overlap has its columns" "# gpu wall_ns compute_busy_ns copy_busy_ns overlap_ns exposed_copy_ns overlap_percent" "$(head_of trace/overlap)"

# ---- a GPU ----
wanted="name target gpu_id node pci cus simds xccs wave_size lds_bytes vram_bytes sdma_engines max_clock_mhz firmware"
for gpu in gpu0 gpu2 gpu3 gpu4 gpu5 gpu6 gpu7; do
    same "$gpu has what the contract lists" "code compute gtt info kernels maps processes sdma sim status vram" "$(cd $gpu && echo *)"
    same "$gpu/info has the keys, in order" "$wanted" \
        "$(awk -v w=" $wanted " 'index(w, " " $1 " ") { print $1 }' $gpu/info | flat)"
    same "$gpu/info agrees with gpus" "$(awk -v g=$gpu '$1 == g { print $2, $3, $4, $5, $6, $7 }' gpus)" \
        "$(awk '{ v[$1] = $2 } END { print v["target"], v["gpu_id"], v["node"], v["pci"], v["vram_bytes"], v["cus"] }' $gpu/info)"
    same "$gpu/status has the keys, in order" "state vram_used_bytes gtt_used_bytes queues submitted completed faults resets busy_percent clock_mhz power_mw temp_mc" \
        "$(keys $gpu/status | cut -d' ' -f1-12)"
    same "$gpu/status says ok" "state ok" "$(head_of $gpu/status)"
    same "$gpu: a key and a value, one blank between" 0 "$(cat $gpu/info $gpu/status | grep -vc '^[a-z0-9_]* [^ ]' )"
    same "$gpu/maps has its columns" "# start-end perms pool path" "$(cat $gpu/maps)"
    same "$gpu/processes has who has it open" "vram_bytes queues" "$(cd $gpu/processes/* && echo vram_bytes queues)"
    same "$gpu: compute/0 and a directory per copy engine are there from the start" \
        "0 $(awk '/^sdma(_xgmi)?_engines/ { n += $2 } END { print n }' $gpu/info) 1" \
        "$(cd $gpu/compute && echo *) $(find $gpu/sdma -mindepth 1 -maxdepth 1 -name '[0-9]*' | wc -l) $(find $gpu/sdma -name kfdfs | wc -l)"
    for queue in compute/0 sdma/0; do
        same "$gpu/$queue has its files" "completed cu_mask engine info log packets priority ring ring_bytes run submit submitted wait" "$(cd $gpu/$queue && echo *)"
        same "$gpu/$queue/info has the keys, used or not" \
            "state error type engine queue_id doorbell ring_bytes read_pointer write_pointer" "$(keys $gpu/$queue/info)"
        echo nop >$gpu/$queue/run
        same "and when it was used" "state error type engine queue_id doorbell ring_bytes read_pointer write_pointer" "$(keys $gpu/$queue/info)"
        same "$gpu/$queue/log has its columns" "# seq start_ns end_ns bytes status command" "$(head_of $gpu/$queue/log)"
    done
done

# ---- rule 1: plain text ----
truncate -s 4K 'gpu0/vram/a b' 'gpu0/vram/back\slash' "gpu0/vram/new
line" gpu0/vram/Über
same "blanks, newlines and backslashes in names are escaped, UTF-8 is not" \
    'gpu0/vram/a\040b gpu0/vram/back\134slash gpu0/vram/new\012line gpu0/vram/Über' "$(awk '!/^#/ { print $4 }' gpu0/maps | sort | flat)"
# shellcheck disable=SC2016 # awk's own
check "and commands take what tables print" sh -c 'awk "!/^#/ { print \"fill\", \$4, 7 }" gpu0/maps | cat >gpu0/sdma/0/run'
same "as each buffer shows" "00000007 00000007 00000007 00000007" \
    "$(for f in gpu0/vram/*; do od -A n -t x4 -N 4 "$f"; done | flat | sed 's/^ //')"
rm gpu0/vram/*
truncate -s 64K gpu0/vram/n
for n in 4096 0x1000 4K; do
    check "a number: $n" put gpu0/sdma/0/run "fill vram/n 0 $n"
    same "is 4096" 4096 "$(tail -n 1 gpu0/sdma/0/log | cut -d' ' -f4)"
done
errno "a suffix is a capital" EINVAL put gpu0/sdma/0/run "fill vram/n 0 4k"
errno "1T is 1024 G" ERANGE put gpu0/sdma/0/run "fill vram/n 0 1T"
same "which errors tells" 1 "$(tail -n 1 errors | grep -c '1099511627776 bytes')"

# ---- rule 2: a command answers ----
lines=$(wc -l <errors)
errno "a refused write" ENOENT put gpu0/sdma/1/run nop "fill vram/none 1"
same "changed nothing" "0 state unused" "$(cat gpu0/sdma/1/submitted) $(head_of gpu0/sdma/1/info)"
same "and leaves one line, with path, errno and the line" "1 ENOENT gpu0/sdma/1/run 1" \
    "$(($(wc -l <errors) - lines)) $(tail -n 1 errors | cut -d' ' -f3,4) $(tail -n 1 errors | grep -c 'fill vram/none 1')"
check "after it a queue can still be set" put gpu0/sdma/1/priority high
for file in gpu0/sdma/0/run gpu0/sdma/0/submit gpu0/compute/0/run gpu0/sdma/0/wait gpu0/sdma/0/packets trace/marker gpu0/sim/inject; do
    check "$file read tells its usage" [ -s $file ]
done
same "a lookup that finds nothing leaves no line" "$(wc -l <errors)" \
    "$(ls .git gpu0/.git gpu9 gpu0/vram/x gpu0/code/x gpu0/kernels/x gpu0/sdma/99 gpu0/compute/x by-id/1 2>/dev/null; wc -l <errors)"
# setting by setting: whatever is refused quotes what was written
while read -r where line; do
    put "gpu0/$where" "$line" 2>/dev/null
    case $(tail -n 1 errors) in
    *"gpu0/$where "*"$line"*) ok "$where: '$line' is quoted" ;;
    *) fail "$where: '$line' is quoted: $(tail -n 1 errors)" ;;
    esac
done <<LINES
sdma/0/priority high
sdma/1/ring_bytes 5000
sdma/1/ring_bytes 99999999999999999999
sdma/1/engine 2
compute/0/cu_mask 0x1
sdma/1/wait 99999999999999999999
sdma/1/wait 1 2
sim/inject nonsense
sdma/1/packets x
LINES

# ---- rule 3: seen at once, by every process ----
mkdir gpu0/sdma/mine
same "a queue that is made is there for another process" yes "$(sh -c '[ -e gpu0/sdma/mine/run ] && echo yes')"
rmdir gpu0/sdma/mine
same "and gone for it" no "$(sh -c '[ -e gpu0/sdma/mine/run ] || echo no')"

# ---- errors and events ----
if command -v python3 >/dev/null; then
    cat >"$TMP/fill.py" <<'PY'
import os, sys
# 16 MiB of failures: the older half goes, the newest stays, and nobody who follows reads a torn line
fd = os.open("gpu0/sdma/0/run", os.O_WRONLY)
line = b"copy vram/" + b"x" * 1600 + b" %d\n"
most = last = 0
for i in range(12000):
    try:
        os.write(fd, line % i)
        sys.exit("went through")
    except FileNotFoundError:
        pass
    if i % 16 == 0:
        last, size = size if i else 0, os.stat("errors").st_size
        most = max(most, size)
        if size < last:
            break
text = open("errors", "rb").read()
assert 16 << 20 >= most > 15 << 20, most
assert 7 << 20 < len(text) < 9 << 20, len(text)
assert text.startswith(b"# time pid errno path message (older"), text[:80]
assert all(b" ENOENT gpu0/sdma/0/run " in row for row in text.splitlines()[1:])
PY
    if [ "$KFDFS_SANITIZE" = none ]; then check "at 16 MiB the older half goes, and the first line says so" python3 "$TMP/fill.py"; fi
fi
finish
