#!/bin/sh
# How GPUs hang together, what lies where, who uses them, and how busy they are.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x:2+rx7900xtx
cd "$MNT" || exit 1

same "peers names both ends, how they are wired and how fast" "gpu0 gpu1 xgmi 1" \
    "$(awk '$1 == "gpu0" && $2 == "gpu1" && $7 > 0 { print $1, $2, $3, $5 }' peers)"
same "each GPU has a way to its CPU" 3 "$(grep -c '^gpu[0-9] cpu0 pcie ' peers)"
same "every row of peers has seven columns" 0 "$(awk '!/^#/ && NF != 7' peers | wc -l)"
if command -v python3 >/dev/null; then
    for picture in topology.svg trace/timeline.svg; do
        check "$picture is well-formed XML" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' $picture
    done
fi
same "the picture has each GPU's box" 3 "$(grep -o ">gpu[0-2]</text>" topology.svg | sort -u | wc -l)"

same "without buffers there are no maps" 1 "$(wc -l <gpu0/maps)"
mkdir gpu0/vram/d
truncate -s 64K "gpu0/vram/d/a b"
truncate -s 4K gpu1/gtt/g
same "maps has every buffer that a GPU can use, by its path" "vram gpu0/vram/d/a\\040b gtt gpu1/gtt/g" \
    "$(awk '!/^#/ { print $3, $4 }' gpu0/maps | sort -r | flat)"
if command -v getfattr >/dev/null; then
    address=$(getfattr --only-values -n user.gpu_va "gpu0/vram/d/a b")
    same "and its address" 1 "$(grep -c "^${address#0x}-" gpu0/maps)"
fi
rm gpu1/gtt/g
same "what is gone is no longer in maps" 0 "$(grep -c gpu1/gtt gpu0/maps)"

pid=$(ls gpu0/processes)
same "the process that has the GPU open is listed" "$pid" "$(ls gpu1/processes)"
same "with its name" kfdfs "$(cat "gpu0/processes/$pid/command")"
same "and its memory, as the GPU's status has it" "$(awk '$1 == "vram_used_bytes" { print $2 }' gpu0/status)" \
    "$(cat "gpu0/processes/$pid/vram_bytes")"
echo nop >gpu2/sdma/0/run
same "and its queues" "sdma 262144" "$(awk '!/^#/ { print $2, $3 }' "gpu2/processes/$pid/queues")"
mkdir gpu2/sdma/second
echo nop >gpu2/sdma/second/run
same "all of them" 3 "$(wc -l <"gpu2/processes/$pid/queues")"
rmdir gpu2/sdma/second
same "until they go" 2 "$(wc -l <"gpu2/processes/$pid/queues")"
check "copying time is counted" [ "$(cat "gpu2/processes/$pid/sdma_ns")" -gt 0 ]
same "a process that is none is not there" "" "$(ls -d gpu0/processes/0 gpu0/processes/1 gpu0/processes/x 2>/dev/null)"

value() { awk -v k="$1" '$1 == k { print $2 }' gpu0/status; }
same "an idle GPU is not busy" 0 "$(value busy_percent)"
for key in clock_mhz power_mw temp_mc clock_error_ns; do
    check "status tells $key" [ "$(value $key)" -gt 0 ]
done
idle=$(value power_mw)
kernel=$KFDFS_KERNELS/trouble.gfx942.O3.hsaco
if [ -f "$kernel" ]; then
    cp "$kernel" gpu0/code/t.hsaco
    truncate -s 4K gpu0/vram/flag
    echo "grid=64 group=64 vram/flag" >gpu0/kernels/t/endless/submit
    tries=0
    until [ "$(value busy_percent)" -ge 50 ] || [ $tries -ge 20000 ]; do tries=$((tries + 1)); done
    check "a kernel that runs makes the GPU busy" [ "$(value busy_percent)" -ge 50 ]
    check "and hungry" [ "$(value power_mw)" -gt "$idle" ]
    rmdir gpu0/compute/0
fi
finish
