#!/bin/sh
# The contract's table of errors, and what it says of a GPU that faults: each errno from where a user meets it.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
# NAME ERRNO TEXT COMMAND...: fails with it, and the last line of errors has errno and text
told() {
    sentence=$1 told_errno=$2 words=$3
    shift 3
    errno "$sentence" "$told_errno" "$@"
    case $(tail -n 1 "$MNT/errors") in
    *" $told_errno "*"$words"*) ok "$sentence: errors says so" ;;
    *) fail "$sentence: errors says '$words': $(tail -n 1 "$MNT/errors")" ;;
    esac
}
until_recovered() { # GPU N
    tries=0
    until [ "$(grep -c " recovery $1 - - its buffers" "$MNT/events")" -ge "$2" ]; do
        tries=$((tries + 1))
        [ $tries -lt 5000 ] || { fail "$1 recovers"; finish; }
    done
}

start_mount mi300x+rx7900xtx+rx9070xt
for gpu in gpu0 gpu1 gpu2; do
    cd "$MNT/$gpu" || exit 1
    truncate -s 4K vram/a vram/flag
    mkdir sdma/mine
    head -c 4096 /dev/urandom >"$TMP/bytes"
    cp "$TMP/bytes" vram/bytes
    cp "$TMP/bytes" gtt/bytes
    target=$(value info target)
    code=$KFDFS_KERNELS/trouble.$target.O3.hsaco
    [ ! -e "$code" ] || cp "$code" code/trouble.hsaco
    put sdma/mine/run nop
    put compute/0/run nop
    maps=$(cat maps)

    told "$gpu: EINVAL: a line that cannot be parsed" EINVAL "(line: fly away)" put sdma/0/run "fly away"
    told "$gpu: EINVAL: an argument is missing" EINVAL "(line: copy vram/a)" put sdma/0/run "copy vram/a"
    told "$gpu: EINVAL: one is surplus" EINVAL "surplus" put sdma/0/run "nop 1"
    told "$gpu: EINVAL: one is of the wrong kind" EINVAL "1.5" put sdma/0/run "fill vram/a 1.5"
    told "$gpu: ENOENT: no such buffer" ENOENT "vram/none" put sdma/0/run "fill vram/none 1"
    told "$gpu: ENOENT: no such queue" ENOENT "sdma/none" put sdma/0/run "wait sdma/none 1"
    told "$gpu: ENOENT: no such GPU" ENOENT "gpu7" put sdma/0/run "copy gpu7/vram/a vram/a"
    told "$gpu: ENOENT: no such kernel" ENOENT "none/none" put compute/0/run "dispatch none/none grid=1 group=1"
    told "$gpu: ERANGE: past the end of a buffer" ERANGE "vram/a+4093" put sdma/0/run "fill vram/a+4093 0 4"
    told "$gpu: ERANGE: a number that does not fit" ERANGE "4294967296" put sdma/0/run "fill vram/a 4294967296"
    told "$gpu: ENOSPC: device memory is used up" ENOSPC "" truncate -s 1T vram/a
    told "$gpu: ENOEXEC: not a code object" ENOEXEC "code/x.hsaco" cp "$TMP/bytes" code/x.hsaco
    told "$gpu: EBUSY: too late to change" EBUSY "has been used" put sdma/mine/priority high
    put sdma/1/submit "wait-mem vram/flag eq 1"
    told "$gpu: EBUSY: in use" EBUSY "vram/flag" truncate -s 1 vram/flag
    (echo nop | cat >sdma/1/run) 2>"$TMP/cancelled" &
    until_submitted sdma/1 2
    rmdir sdma/1
    wait $!
    same "$gpu: ECANCELED: the queue was destroyed under the waiter" 1 "$(grep -c 'Operation canceled' "$TMP/cancelled")"
    same "$gpu: errors says so" 1 "$(grep -c " ECANCELED $gpu/sdma/1/run .*nop" "$MNT/errors")"
    told "$gpu: EPERM: a link" EPERM "no links" ln -s a vram/l
    told "$gpu: EPERM: a device" EPERM "no devices" mkfifo vram/p
    told "$gpu: EPERM: a fixed file" EPERM "info" rm -f info
    told "$gpu: EPERM: a fixed directory" EPERM "vram" rmdir vram
    errno "$gpu: EACCES: a file that is to be read" EACCES sh -c 'echo 1 >status'
    while read -r ioctl number; do
        put sim/inject "refuse $ioctl $number"
        mkdir sdma/fresh
        told "$gpu: EIO: the kernel refuses $ioctl with $number" EIO "ioctl $ioctl (" put sdma/fresh/run nop
        same "$gpu: errors has its errno" 1 "$(tail -n 1 "$MNT/errors" | grep -c "failed: $number (line: nop)")"
        check "$gpu: and nothing is changed" put sdma/fresh/run nop
        rmdir sdma/fresh
    done <<IOCTLS
CREATE_QUEUE EINVAL
CREATE_QUEUE EFAULT
CREATE_QUEUE EBUSY
IOCTLS
    for ioctl in ALLOC_MEMORY_OF_GPU MAP_MEMORY_TO_GPU; do
        put sim/inject "refuse $ioctl EINVAL"
        told "$gpu: EIO: $ioctl for a buffer" EIO "ioctl $ioctl (" truncate -s 70M vram/new
        rm vram/new
    done
    put sim/inject "refuse CREATE_QUEUE ENOMEM"
    told "$gpu: ENOMEM" ENOMEM "CREATE_QUEUE" put compute/0/run "wait compute/0 0" "wait sdma/1 0"

    # ---- after a GPU fault ----
    echo 1000 >"$TMP/number"
    cat "$TMP/number" >compute/0/wait 2>/dev/null &
    waiter=$!
    errno "$gpu: EFAULT to whoever waits" EFAULT put sdma/0/run "copy @0x123456789000 vram/a 64"
    until_recovered $gpu 1
    kill $waiter 2>/dev/null
    wait $waiter 2>/dev/null
    same "$gpu: events has the address and the access, errors the errno" "1 1" \
        "$(grep " fault $gpu " "$MNT/events" | grep -c 'read of 0x123456789000') $(grep -c " EFAULT $gpu/sdma/0/run .*0x123456789000" "$MNT/errors")"
    same "$gpu: buffers keep their names, bytes and addresses" "$maps" "$(cat maps)"
    check "$gpu: as cmp says" sh -c "cmp '$TMP/bytes' vram/bytes && cmp '$TMP/bytes' gtt/bytes"
    check "$gpu: numbered queues come back" put sdma/0/run nop
    same "$gpu: made ones are dead" "dead EFAULT" "$(value sdma/mine/info state) $(value sdma/mine/info error)"
    told "$gpu: and say so" EFAULT "rmdir it (line: nop)" put sdma/mine/run nop
    check "$gpu: until rmdir" sh -c 'rmdir sdma/mine && mkdir sdma/mine && echo nop >sdma/mine/run'
    if [ -e "$code" ]; then
        check "$gpu: code is loaded again" put kernels/trouble/nothing/run "grid=64 group=64"
        told "$gpu: a kernel that faults" EFAULT "read_at" put kernels/trouble/read_at/run "grid=1 group=1 0x10000000 vram/a"
        until_recovered $gpu 2
        same "$gpu: events names address, access and kernel" 1 "$(grep " fault $gpu " "$MNT/events" | tail -n 1 | grep -c 'read of 0x10000000.*read_at')"
        same "$gpu: status counts" "ok 2" "$(value status state) $(value status faults)"
    fi
done
stop_mount

# ---- other people's objects ----
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    start_mount rx9070xt
    chmod 755 "$TMP"
    cd / || exit 1
    # shellcheck disable=SC2317 # called by errno
    member() { setpriv --reuid=65534 --regid="$group" --clear-groups "$@"; }
    # shellcheck disable=SC2317
    stranger() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    group=$(stat -c %g "$MNT") vram=$MNT/gpu0/vram
    printf secret >"$vram/mine" && chmod 600 "$vram/mine"
    printf shown >"$vram/ours" && chmod 644 "$vram/ours"
    errno "root's mount: who is not of the group stays outside" EACCES stranger ls "$MNT"
    check "its members get in" member ls "$MNT" >/dev/null
    check "and may command" member sh -c "echo nop >$MNT/gpu0/sdma/0/run"
    errno "but not read other people's buffers" EACCES member cat "$vram/mine"
    errno "nor write them" EACCES member sh -c "echo x >>$vram/ours"
    errno "nor give them away" EPERM member chmod 666 "$vram/ours"
    same "only what is shown to them" shown "$(member cat "$vram/ours")"
    check "what they make is theirs" member sh -c "echo x >$vram/theirs && chmod 600 $vram/theirs"
    same "with their name on it" 65534 "$(stat -c %u "$vram/theirs")"
    stop_mount
fi

# ---- ENODEV and ETIME ----
start_mount mi300x:2 -o sim_kfd=1.11,timeout=0.3
cd "$MNT/gpu0" || exit 1
truncate -s 4K vram/a
told "ETIME: the time limit of the mount" ETIME "(line: wait-mem vram/a eq 1)" put sdma/1/run "wait-mem vram/a eq 1"
told "of a wait, too" ETIME "(line: 7)" put sdma/1/wait 7
put sdma/0/submit "wait-mem vram/a eq 1"
errno "and of sync" ETIME sync -d vram/a
errno "a fault where the kernel is too old for recovery" EFAULT put sdma/2/run "copy @0x123456789000 vram/a 64"
same "status says lost, and what to do" "lost 1" "$(value status state) $(grep -c '^reason .*unmount and mount again' status)"
told "ENODEV: the GPU is lost to this mount" ENODEV "(line: nop)" put sdma/0/run nop
told "of its other queues, too" ENODEV "(line: nop)" put compute/0/submit nop
check "the other GPU is not" put ../gpu1/sdma/0/run nop
check "and reading goes on" sh -c "cat vram/a status sdma/0/log >/dev/null && ls -lR '$MNT' >/dev/null"
finish
