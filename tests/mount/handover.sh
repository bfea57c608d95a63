#!/bin/sh
# What may go wrong while the daemon becomes a fresh image of itself, and the same on purpose: SIGHUP.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
lines() { grep -c "$1" "$MNT/events"; }
# PATTERN N: until events has so many lines of it
until_lines() {
    tries=0
    while [ "$(lines "$1")" -lt "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 8000 ] || { fail "events never has '$1' $2 times: $(tail -n 3 "$MNT/events")"; finish; }
    done
}
one_more() { until_lines "$1" $(($2 + 1)); }
bad="copy @0x123456789000 vram/a 64"
failed=" recovery gpu0 - - no recovery: " recovered=" recovery gpu0 - - its buffers"
hup() { kill -HUP "$pid"; }

start_mount mi300x+rx7900xtx
cd "$MNT/gpu0" || exit 1
pid=$(daemon_pid)
head -c 300000 /dev/urandom >"$TMP/random"
cp "$TMP/random" vram/a
cp "$TMP/random" gtt/g
cp "$TMP/random" ../gpu1/vram/other
truncate -s 4K vram/other
kernel=$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco
[ ! -e "$kernel" ] || cp "$kernel" code/va.hsaco
exec 3<vram/a

# the next image cannot begin, or its GPUs cannot: the mount stays, bytes can be read, and SIGHUP tries again
refusals='any EIO:IMPORT_DMABUF EINVAL 100 1:MAP_MEMORY_TO_GPU ENOMEM 1000 3'
rest='GET_PROCESS_APERTURES_NEW EIO:CREATE_EVENT ENOSPC:IMPORT_DMABUF ENOMEM:ACQUIRE_VM EBUSY 100:ALLOC_MEMORY_OF_GPU ENOMEM 1000'
refusals=$refusals${EVERY_REFUSAL:+:$rest} # tests/long/handover.sh
while [ "$refusals" ]; do
    refused=${refusals%%:*}
    case $refusals in *:*) refusals=${refusals#*:} ;; *) refusals= ;; esac
    f=$(lines "$failed") r=$(lines "$recovered")
    case $refused in *" "*" "*) ;; *) refused="$refused 1000" ;; esac
    put sim/inject "refuse-later 8 $refused"
    errno "a fault, then $refused" EFAULT put sdma/0/run "$bad"
    one_more "$failed" "$f"
    same "the GPU stays lost" lost "$(value status state)"
    check "its buffers are there to read" cmp vram/a "$TMP/random"
    check "system memory, too" cmp gtt/g "$TMP/random"
    errno "no command goes" ENODEV put sdma/0/run nop
    errno "nor a growth" ENODEV truncate -s 10M vram/a
    case $refused in *_VM* | any*) errno "nor another GPU's with them" ENODEV put ../gpu1/sdma/0/run "copy gpu0/vram/a vram/other" ;; esac
    check "errors says why" grep -q " ENODEV gpu0 no recovery: .*SIGHUP" "$MNT/errors"
    [ ! -e code/va.hsaco ] || check "code can be read" cmp code/va.hsaco "$kernel"
    put sim/inject "refuse-later 0 any EIO" 2>/dev/null # gone with the GPU
    hup
    one_more "$recovered" "$r"
    same "the next attempt brings it back" "ok ok" "$(value status state) $(value ../gpu1/status state)"
    check "with its bytes" cmp vram/a "$TMP/random"
    [ ! -e code/va.hsaco ] || check "and its code" put kernels/va/vector_add/run "grid=64 group=64 vram/a vram/a vram/other 0"
    check "which work" put sdma/0/run "copy vram/a vram/a+65536 4096" "copy gpu1/vram/other vram/a"
    check "with those of others" cmp vram/a "$TMP/random"
done

# one GPU of two, and a shortage that passes
r=$(lines "$recovered")
put sim/inject "refuse-later 8 ACQUIRE_VM EIO 1 1"
errno "the other GPU does not come back" EFAULT put sdma/0/run "$bad"
one_more "$recovered" "$r"
same "this one does" "ok lost" "$(value status state) $(value ../gpu1/status state)"
check "with its bytes" put sdma/0/run "fill vram/other 7"
check "the other's can be read" cmp ../gpu1/vram/other "$TMP/random"
r=$(lines " recovery gpu1 - - its buffers")
hup
one_more " recovery gpu1 - - its buffers" "$r"
check "until it is back, too" put ../gpu1/sdma/0/run "copy vram/other gpu0/vram/a"
r=$(lines "$recovered")
put sim/inject "refuse-later 2 ALLOC_MEMORY_OF_GPU ENOMEM 1000"
errno "memory that is short for a moment" EFAULT put sdma/0/run "$bad"
one_more "$recovered" "$r"
same "costs nothing but another image" "ok ok" "$(value status state) $(value ../gpu1/status state)"

# what fails before there is another image
f=$(lines "$failed") r=$(lines "$recovered")
put sim/inject "refuse EXPORT_DMABUF EMFILE"
errno "a buffer that cannot be exported" EFAULT put sdma/0/run "$bad"
one_more "$failed" "$f"
check "leaves its GPU lost, and readable" cmp vram/a "$TMP/random"
check "the other works" put ../gpu1/sdma/0/run "fill vram/other 9 4096"
hup
one_more "$recovered" "$r"
check "SIGHUP tries again" put sdma/0/run "copy gpu1/vram/other vram/a 4096"

# an image that crashes on its way: the one before begins again
cp "$TMP/random" vram/a
for crash in "1 IMPORT_DMABUF SIGSEGV" "1 any SIGABRT 1 30" "1 MAP_MEMORY_TO_GPU SIGALRM" "2 ACQUIRE_VM SIGSEGV"; do
    r=$(lines "$recovered") c=$(lines " recovery gpu0 - - the next image failed ${crash%% *} time.* the one before goes on")
    put sim/inject "refuse-later $crash"
    errno "a fault, then a crash ($crash)" EFAULT put sdma/0/run "$bad"
    case $crash in 2*) one_more "$failed" "$f" ;; *) one_more "$recovered" "$r" ;; esac
    one_more " recovery gpu0 - - the next image failed ${crash%% *} time.* the one before goes on" "$c"
    check "costs no byte" cmp vram/a "$TMP/random"
    f=$(lines "$failed")
done
same "after two crashes the GPUs are left alone" "lost lost" "$(value status state) $(value ../gpu1/status state)"
check "errors says why" grep -q " ENODEV gpu0 no recovery: .*crashed each time" "$MNT/errors"
r=$(lines "$recovered")
hup
one_more "$recovered" "$r"
same "until SIGHUP" "ok ok" "$(value status state) $(value ../gpu1/status state)"
same "none of that leaves a descriptor" 0 "$(find "/proc/$pid/fd" -lname '*kfdfs-handover*' -o -lname '*/kfdfs' | wc -l)"
check "the open file stays through all that" cmp vram/a /dev/fd/3
exec 3<&-
same "it is the same process all along, by the same name" "$pid kfdfs" "$(daemon_pid) $(cat "/proc/$pid/comm")"
stop_mount

# more pieces than descriptors
(
    prlimit --pid "$(exec sh -c 'echo $PPID')" --nofile=90:90 || exit 1
    start_mount mi300x
    cd "$MNT/gpu0" || exit 1
    pid=$(daemon_pid)
    i=0
    while [ $((i += 1)) -le 60 ]; do printf '%d\n' "$i" >vram/$i; done
    errno "a fault of a process that is short of descriptors" EFAULT put sdma/0/run "fill @0x123456789000 1 64"
    until_lines "$failed" 1
    same "costs the GPU, and no byte" "lost 1830" "$(value status state) $(cat vram/* | awk '{ n += $1 } END { print n }')"
    rm vram/[2-6]*
    hup
    until_lines "$recovered" 1
    same "until there are less of them" "ok 170" "$(value status state) $(cat vram/* | awk '{ n += $1 } END { print n }')"
    stop_mount
    exit "$failures"
)
same "and all that in a process of few descriptors" 0 $?

# a live upgrade
export KFDFS_SIM_LIB="$KFDFS_BUILD/driver/sim/libkfdsim.so"
old=$KFDFS KFDFS=$TMP/kfdfs
cp "$old" "$KFDFS"
upgraded=" upgrade gpu0 - - kfdfs .* goes on from " refused=" upgrade gpu0 - - no upgrade: "
start_mount rx7900xtx
cd "$MNT/gpu0" || exit 1
pid=$(daemon_pid)
echo 1 >"$MNT/trace/enabled"
cp "$TMP/random" vram/a
exec 3<vram/a 6>sdma/0/submit
head -c 1000 <&3 >"$TMP/part"
mkdir sdma/made
put sdma/made/run "fill vram/b+0 1" 2>/dev/null
put sdma/made/run nop
put sdma/0/run nop
va=$(awk '$4 == "vram/a" { print $1 }' maps)
mv "$KFDFS" "$TMP/elsewhere" && cp "$old" "$KFDFS" # what an installer does
hup
until_lines "$upgraded" 1
same "SIGHUP runs what is installed now" "$(stat -c %i "$KFDFS")" "$(stat -L -c %i "/proc/$pid/exe")"
head -c 299000 <&3 >>"$TMP/part"
check "a file that was being read goes on" cmp "$TMP/part" "$TMP/random"
same "its address stays" "$va" "$(awk '$4 == "vram/a" { print $1 }' maps)"
same "nothing was lost" "ok 0 1 1" "$(value status state) $(value status faults) $(cat sdma/0/completed) $(cat sdma/made/completed)"
check "a queue that was made works" put sdma/made/run nop
check "a command file that was open" sh -c 'echo nop >&6'
put sdma/0/wait 2
# reads may go by kfdfs's own copies, which are in the trace, too
same "the trace has all of it" "4" "$(grep -c '"name":"nop"' "$MNT/trace/events.json")"

truncate -s 4K vram/flag
put sdma/0/submit "wait-mem vram/flag eq 1" "fill vram/a 5 4096"
hup
put sdma/made/run "signal vram/flag 1"
until_lines "$upgraded" 2
same "what is queued is done first" "4 ok" "$(cat sdma/0/completed) $(awk '$1 == 4 { print $5 }' sdma/0/log)"

(echo 100 >sdma/0/wait) 2>"$TMP/waiter" &
waiter=$!
n=$(lines "$refused")
while [ "$(lines "$refused")" -eq "$n" ]; do # its write may come later than the signal
    u=$(lines "$upgraded")
    hup
    while [ "$(lines "$refused")" -eq "$n" ] && [ "$(lines "$upgraded")" -eq "$u" ]; do :; done
done
check "nobody's wait is ended for it" grep -q "$refused.*somebody waits" "$MNT/events"
kill $waiter 2>/dev/null
wait $waiter 2>/dev/null
n=$(lines "$refused")
rm "$KFDFS" && printf '#!/bin/sh\nexit 2\n' >"$KFDFS" && chmod +x "$KFDFS"
hup
one_more "$refused" "$n"
check "a program that knows nothing of it is not run" grep -q "$refused.*kfdfs does not know how to go on" "$MNT/events"
rm "$KFDFS"
hup
one_more "$refused" $((n + 1))
check "nor one that is not there" grep -q "$refused.*kfdfs cannot be run: No such file" "$MNT/events"
check "and everything is as it was" put sdma/0/run "copy vram/flag vram/a 4096"
u=$(lines "$upgraded") c=$(lines "the next image failed") n=$(stat -L -c %i "/proc/$pid/exe")
cp "$old" "$KFDFS"
put sim/inject "refuse-later 1 IMPORT_DMABUF SIGSEGV"
hup
one_more "the next image failed" "$c"
same "a program that crashes is not the one that goes on" "$n" "$(stat -L -c %i "/proc/$pid/exe")"
check "and nothing is lost" put sdma/0/run "copy vram/flag vram/a 4096"
KFDFS=$old

if command -v python3 >/dev/null; then
    cp "$old" "$TMP/kfdfs"
    u=$(lines "$upgraded")
    timeout 100 python3 - "$MNT" "$pid" >"$TMP/poll" <<'PY'
import os, select, signal, sys
mnt, pid = sys.argv[1], int(sys.argv[2])
fd = os.open(mnt + "/gpu0/sdma/0/completed", os.O_RDONLY)
events = os.open(mnt + "/events", os.O_RDONLY)
while os.read(events, 65536):
    pass
before = os.pread(fd, 20, 0)
if not os.fork():
    os.kill(pid, signal.SIGHUP)
    poll = select.poll()
    poll.register(events, select.POLLIN)
    text = b""
    while b"goes on from" not in text:
        poll.poll(60000) or os._exit(1)
        text += os.read(events, 65536)
    with open(mnt + "/gpu0/sdma/0/run", "w") as run:
        run.write("nop\n")
    os._exit(0)
poll = select.poll()
poll.register(fd, select.POLLIN)
woken = poll.poll(60000)
good = woken and os.pread(fd, 20, 0) != before
sys.exit(not good or os.wait()[1])
PY
    same "who sleeps in poll sleeps on, and is woken by the next image" 0 $?
    one_more "$upgraded" "$u"
fi
exec 3<&- 6<&-
finish
