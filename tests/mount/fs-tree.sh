#!/bin/sh
# The tree of a mount: what is there, that text files tell their true size, and that nothing there can be changed.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1

same "the root lists what it has" "README by-id by-pci errors events gpu0 gpu1 gpus peers topology.svg trace version" "$(echo *)"
same "a GPU lists what it has" "code compute gtt info kernels maps processes sdma sim status vram" "$(cd gpu0 && echo *)"
same "a copy queue lists what it has" "completed cu_mask engine info log packets priority ring ring_bytes run submit submitted wait" "$(cd gpu0/sdma/0 && echo *)"
same "kfdfs's own queue can only be looked at" "completed info log ring submitted" "$(cd gpu0/sdma/kfdfs && echo *)"
same "there is one copy queue for each engine, the XGMI ones included" \
    "$(awk '/^sdma(_xgmi)?_engines/ { n += $2 } END { print n }' gpu0/info)" \
    "$(find gpu0/sdma -mindepth 1 -maxdepth 1 -name '[0-9]*' | wc -l)"
same "gpus has a row for each GPU" "gpu0 gfx942 gpu1 gfx1100" "$(awk '!/^#/ { printf "%s%s %s", n++ ? " " : "", $1, $2 }' gpus)"
same "version says what is behind it" "backend simulated" "$(tail -n 1 version)"
same "by-pci leads to the GPU" "$(cat gpu0/info)" "$(cat "by-pci/$(awk '$1 == "pci" { print $2 }' gpu0/info)/info")"
same "by-id leads to the GPU" "$(cat gpu1/info)" "$(cat "by-id/$(awk '$1 == "gpu_id" { print $2 }' gpu1/info)/info")"
same "an unused queue says so" "state unused" "$(head -n 1 gpu0/compute/0/info)"

# Every text file: the size that stat tells, with every tool
find . -type f ! -path './*/vram/*' >"$TMP/files"
while read -r file; do
    cat "$file" >"$TMP/content"
    size=$(stat -c %s "$file")
    [ "$size" = "$(wc -c <"$TMP/content")" ] || fail "$file tells its true size"
    [ "$file" = ./errors ] || [ -z "$(tail -c 1 "$TMP/content")" ] || fail "$file ends in a newline"
done <"$TMP/files"
ok "$(wc -l <"$TMP/files") files tell their true size and end in a newline"

# What one has done is seen by one's next open, though a stat came before; what is open stays as it was.
seen() {
    python3 -c '
import os
queue = "gpu1/sdma/1/"
def nop():
    fd = os.open(queue + "run", os.O_WRONLY)
    os.write(fd, b"nop")
    os.close(fd)
for name in "log", "ring", "info":
    path = queue + name
    nop()
    os.stat(path)
    nop()
    read = open(path, "rb").read()
    if name == "log" and read != open(path, "rb").read(): # the others may change a little after the end of a command
        print("the old log")
    file = open(path, "rb", buffering=0)
    size = os.fstat(file.fileno()).st_size
    nop()
    if not size == len(file.read(1000000)) == os.fstat(file.fileno()).st_size:
        print(name + " changes while it is open")
os.path.getsize("gpu1/maps")
os.mknod("gpu1/gtt/seen")
os.truncate("gpu1/gtt/seen", 4096)
if "gtt/seen" not in open("gpu1/maps").read():
    print("the old maps")
os.unlink("gpu1/gtt/seen")
'
}
! command -v python3 >/dev/null || same "what one did is seen by one's next open, and what is open stays as it was" "" "$(seen)"

if command -v busybox >/dev/null; then
    same "busybox cat reads text files" "$(cat gpu0/info)" "$(busybox cat gpu0/info)"
    busybox cp gpus "$TMP/gpus.copy"
    same "busybox cp reads text files" "$(cat gpus)" "$(cat "$TMP/gpus.copy")"
    busybox tar cf "$TMP/a.tar" gpus gpu0/info gpu0/sdma/0/log README 2>/dev/null
    same "busybox tar reads text files" "$(cat gpus gpu0/info)" "$(tar xOf "$TMP/a.tar" gpus gpu0/info)"
fi
tar cf "$TMP/b.tar" version gpu1/info
same "GNU tar reads text files" "$(cat version gpu1/info)" "$(tar xOf "$TMP/b.tar" version gpu1/info)"
same "dd, head and wc read text files" "$(cat gpus) $(wc -l <gpus)" "$(dd if=gpus 2>/dev/null) $(head -n 99 gpus | wc -l)"

check "grep -r through everything ends" grep -r state --exclude-dir=vram --exclude-dir=gtt -q .
ls gpu0/.git gpu7 gpu0/vram/nothing >/dev/null 2>&1
same "looking for what is not there leaves no line in errors" 1 "$(wc -l <errors)"

errno "a fixed file cannot be removed" EPERM rm -f README
errno "a fixed directory cannot be removed" EPERM rmdir gpu0/vram
errno "no file can be made at the root" EPERM mkdir new
errno "a text file cannot be written" EACCES sh -c 'echo x >gpu0/info'
errno "there are no links" EPERM ln -s a gpu0/vram/b
stop_mount

# Without GPUs, and without a device
start_mount none
same "a machine without GPUs has an empty table" 1 "$(wc -l <"$MNT/gpus")"
stop_mount
if [ ! -e /dev/kfd ]; then
    output=$("$KFDFS" "$MNT" 2>&1) && fail "without /dev/kfd there is no mount"
    same "without /dev/kfd one line says what to do" "1 1" "$(echo "$output" | wc -l) $(echo "$output" | grep -c -- --sim)"
    grep -q "$MNT" /proc/mounts && fail "a mount was left"
fi
output=$("$KFDFS" --sim nosuchgpu "$MNT" 2>&1) && fail "an unknown model is refused"
[ -n "$output" ] && ok "an unknown model is refused: $output"
same "-V prints the version" "kfdfs" "$("$KFDFS" -V | awk 'NR == 1 { print $1 }')"

# Signals end the daemon as an unmount does
for signal in TERM INT; do
    # sh starts background commands with INT ignored; setsid and env do not change that, python3 does
    [ $signal = TERM ] || command -v python3 >/dev/null || continue
    if [ $signal = TERM ]; then
        "$KFDFS" -f --sim mi300x "$MNT" &
    else
        python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])' \
            "$KFDFS" -f --sim mi300x "$MNT" &
    fi
    pid=$! tries=0
    until grep -q " $MNT fuse" /proc/mounts || [ $tries -ge 5000 ]; do tries=$((tries + 1)); done
    truncate -s 4096 "$MNT/gpu0/vram/flag"
    echo "wait-mem vram/flag eq 1" >"$MNT/gpu0/sdma/0/submit"
    kill -$signal $pid
    wait $pid
    same "SIG$signal ends the daemon, though work runs" 0 $?
    grep -q " $MNT " /proc/mounts && fail "and it unmounts"
done

# Without default_permissions, as users mount it, the kernel asks less: an open follows a look-up.
start_mount mi300x+rx7900xtx -o private
cd "$MNT" || exit 1
! command -v python3 >/dev/null || same "so it is in a mount of one's own" "" "$(seen)"
stop_mount

# A simulator with sanitizers can only be preloaded to programs that have them, too
if LD_PRELOAD=$KFDFS_BUILD/driver/sim/libkfdsim.so sh -c : 2>/dev/null; then
    same "a program runs on software GPUs without a mount" found \
        "$("$KFDFS" --sim mi300x -- sh -c '[ -e /sys/class/kfd/kfd/topology/nodes/1/properties ] && echo found')"
fi
finish
