#!/bin/sh
# The contract's section on mounting: models, options, foreground, report, programs without a mount, rights, fstab.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
targets() { awk '!/^#/ { print $2 }' "$MNT/gpus" | flat; }
value() { awk -v key="$2" '$1 == key { print $2 }' "$1"; }
# WANT ARGUMENT...: a mount with these has those targets
mounts() {
    wanted_targets=$1
    shift
    if "$KFDFS" "$@" "$MNT" 9<>"$TMP/alive"; then
        exec 8<"$TMP/alive"
        same "kfdfs $* shows its GPUs" "$wanted_targets" "$(targets)"
        stop_mount
    else
        fail "kfdfs $*"
    fi
}
mkfifo "$TMP/alive"

# ---- models ----
mounts "gfx90a gfx942 gfx950 gfx1030 gfx1100 gfx1151 gfx1201" --sim mi210+mi300x+mi355x+rx6900xt+rx7900xtx+radeon8060s+rx9070xt
mounts "gfx942 gfx942 gfx1100" --sim mi300x:2+rx7900xtx
mounts "gfx90a gfx1100 gfx1100" --sim mi210,rx7900xtx:2
mounts "gfx1151" --sim=radeon8060s
mounts "" --sim none
mounts "gfx1201 gfx90a" -o sim=rx9070xt+mi210
mounts "gfx1201" -o timeout=5,sim=rx9070xt,idle=1
mounts "gfx1201" -osim=rx9070xt,noatime,nosuid
mounts "gfx1100" --sim rx7900xtx -o sim_serial,sim_ram=64M,sim_seed=7 "a source, ignored"
for wrong in mi300 mi300x:0 mi300x:x mi300x:65 mi300x+ +mi300x ""; do
    output=$("$KFDFS" --sim "$wrong" "$MNT" 2>&1)
    same "--sim '$wrong' is refused in one line" "2 1" "$? $(echo "$output" | wc -l)"
done

# ---- the options of one -o all count, before and after a fault ----
start_mount mi300x -o sim_kfd=1.14,timeout=0.1
cd "$MNT/gpu0" || exit 1
truncate -s 4K vram/a
same "sim_kfd: an older kernel" "1.14" "$(value ../version kfd)"
errno "timeout: its neighbour in the list" ETIME put sdma/0/run "wait-mem vram/a eq 1"
rmdir sdma/0
put sdma/0/run "copy @0x123456789000 vram/a 4" 2>/dev/null
tries=0
until grep -q " recovery gpu0 " ../events || [ $tries -ge 5000 ]; do tries=$((tries + 1)); done
same "after a recovery the kernel is the same" "1.14 ok" "$(value ../version kfd) $(value status state)"
errno "and so is the time limit" ETIME put sdma/1/run "wait-mem vram/a eq 1"
rmdir sdma/1
check "--report MOUNTPOINT tells everything as one text" sh -c "'$KFDFS' --report '$MNT' | grep -q '^==> $MNT/gpu0/info'"
check "--report finds a mount by itself" sh -c "'$KFDFS' --report | grep -q '^==> '"
cd / && stop_mount

# ---- read only ----
start_mount mi210 -o ro
same "-o ro: it can be read" gfx90a "$(targets)"
errno "and not written" EROFS touch "$MNT/gpu0/vram/a"
errno "nor commanded" EROFS sh -c "echo nop >$MNT/gpu0/sdma/0/run"
stop_mount

# ---- help, version, mistakes ----
for flag in -h --help; do
    "$KFDFS" $flag >"$TMP/help" 2>&1
    same "$flag ends with 0" 0 $?
    for option in --sim --report timeout= sim_kfd= sim_ram= sim_seed= -f -d -h -V; do
        grep -q -e "$option" "$TMP/help" || fail "$flag tells of $option"
    done
done
same "-V tells the version" "kfdfs $(sed -n "s/^project.* version: '\([0-9.]*\)'.*/\1/p" "$KFDFS_TESTS/../meson.build")" "$("$KFDFS" -V | head -n 1)"
while read -r status arguments; do
    # shellcheck disable=SC2086 # words
    "$KFDFS" $arguments >"$TMP/out" 2>&1
    same "kfdfs $arguments: ends with $status and one line" "$status 1" "$? $(wc -l <"$TMP/out")"
done <<LINES
1 --sim mi210 $TMP/nowhere
1 --sim mi210 $TMP/out
1 --sim mi210 -o no_such_option $MNT
2 --no-such-flag $MNT
2 --sim mi210
1 --report $TMP
LINES
if [ ! -e /dev/kfd ]; then
    "$KFDFS" "$MNT" >"$TMP/out" 2>&1
    same "without /dev/kfd: one line, with what to do" "1 1 1" "$? $(wc -l <"$TMP/out") $(grep -c 'kfdfs --sim' "$TMP/out")"
fi
same "nothing of all that is mounted" 0 "$(grep -c " $TMP" /proc/mounts)"

# ---- the foreground, and the end ----
"$KFDFS" -f --sim mi210 "$MNT" &
daemon=$! tries=0
until [ -e "$MNT/gpus" ] || [ $tries -ge 1000000 ]; do tries=$((tries + 1)); done
same "-f is the process that was started" "$daemon" "$(ls "$MNT/gpu0/processes")"
fusermount3 -u "$MNT"
wait $daemon
same "fusermount3 -u ends it with 0" 0 $?

"$KFDFS" -d --sim mi210 "$MNT" >"$TMP/debug" 2>&1 &
daemon=$! tries=0
until [ -e "$MNT/gpus" ] || [ $tries -ge 1000000 ]; do tries=$((tries + 1)); done
same "-d stays in the foreground, too" "$daemon" "$(ls "$MNT/gpu0/processes")"
echo nop >"$MNT/gpu0/sdma/0/run"
fusermount3 -u "$MNT"
wait $daemon
same "and prints requests and ioctls" "1 1 1" "$(grep -c -m 1 LOOKUP "$TMP/debug") $(grep -c -m 1 WRITE "$TMP/debug") $(grep -c -m 1 CREATE_QUEUE "$TMP/debug")"

# ---- programs without a mount; a sanitized simulator goes before sanitized programs only ----
lib=$KFDFS_BUILD/driver/sim/libkfdsim.so
if LD_PRELOAD=$lib sh -c : 2>/dev/null; then
    # shellcheck disable=SC2016 # the inner shell's
    look='echo $(grep -l gfx_target_version /sys/class/kfd/kfd/topology/nodes/*/properties | wc -l) "$@"'
    same "kfdfs --sim MODEL -- PROGRAM ARG..." "3 an argument" "$("$KFDFS" --sim mi210:2 -- sh -c "$look" sh "an argument")"
    same "is short for a preload" "2" "$(KFDFS_SIM=mi210 LD_PRELOAD=$lib sh -c "$look")"
    "$KFDFS" --sim mi210 -- sh -c 'exit 7'
    same "with the program's status" 7 $?
    probe=$KFDFS_BUILD/tests/probe_kfd
    same "KFDFS_SIM_OPTS=kfd=1.11 is -o sim_kfd=1.11" "$("$KFDFS" --sim none -o sim_kfd=1.11 -- "$probe" | cksum)" \
        "$(KFDFS_SIM=none KFDFS_SIM_OPTS=kfd=1.11 LD_PRELOAD=$lib "$probe" | cksum)"
fi

# ---- rights ----
[ "$(id -u)" = 0 ] || finish
start_mount mi210
group=$(getent group render | cut -d: -f3)
same "mounted by root: group render, modes 0770, 0660 and 0440" "${group:-0} 770 770 660 660 440 440" \
    "$(stat -c %g "$MNT/gpu0/vram") $(stat -c %a "$MNT" "$MNT/gpu0/vram" "$MNT/gpu0/sdma/0/run" "$MNT/trace/enabled" "$MNT/gpus" "$MNT/gpu0/sdma/0/log" | flat)"
same "allow_other and default_permissions" "1 1" "$(grep -c "$MNT .*allow_other" /proc/mounts) $(grep -c "$MNT .*default_permissions" /proc/mounts)"
stop_mount
start_mount mi210 -o private
same "-o private: neither of both" 0 "$(grep "$MNT " /proc/mounts | grep -c 'allow_other\|default_permissions')"
if command -v setpriv >/dev/null; then
    chmod 755 "$TMP"
    errno "nor anybody else" EACCES setpriv --reuid=65534 --regid=65534 --clear-groups ls "$MNT"
fi
stop_mount

# as mount(8) calls it, for a line of fstab, too, and as a user, whose /dev/fuse may be opened: in a namespace that ends with the shell
if unshare -m true 2>/dev/null && [ -x /sbin/mount.fuse3 ] && command -v setpriv >/dev/null; then
    mkdir "$TMP/user" && chown 65534:65534 "$TMP/user" && chmod 755 "$TMP"
    cat >"$TMP/namespace.sh" <<'NAMESPACE'
mount -t tmpfs none /usr/local/bin && ln -s "$KFDFS" /usr/local/bin/kfdfs # mount(8) looks where programs are installed
mount -t fuse.kfdfs -o rw,sim=rx9070xt nothing "$MNT" && echo "mount $(awk '/^gpu0/ { print $2 }' "$MNT/gpus")"
umount "$MNT"
echo "kfdfs $MNT fuse.kfdfs noauto,nosuid,sim=mi210:2,timeout=0.1 0 0" >"$TMP/fstab"
mount --bind "$TMP/fstab" /etc/fstab && mount "$MNT" && echo "fstab $(awk '/^gpu1/ { print $2 }' "$MNT/gpus")"
truncate -s 4K "$MNT/gpu0/vram/a"
echo "wait-mem vram/a eq 1" | LC_ALL=C cat 2>&1 >"$MNT/gpu0/sdma/0/run" | sed 's/.*: /limit /'
umount "$MNT"
mknod "$TMP/fuse" c 10 229 && chmod 666 "$TMP/fuse" && mount --bind "$TMP/fuse" /dev/fuse || exit
user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
user "$KFDFS" --sim mi210 "$TMP/user" || exit
echo "user $(user awk '/^gpu0/ { print $2 }' "$TMP/user/gpus")"
ls "$TMP/user" >/dev/null 2>&1 || echo "root stays outside"
setpriv --reuid=1 --regid=1 --clear-groups ls "$TMP/user" >/dev/null 2>&1 || echo "others stay outside"
user sh -c "truncate -s 8 $TMP/user/gpu0/vram/a && echo 'fill vram/a 7' >$TMP/user/gpu0/sdma/0/run" && echo "commands $(user od -A n -t u4 "$TMP/user/gpu0/vram/a" | tr -s ' ' | sed 's/^ //')"
user fusermount3 -u "$TMP/user"
echo user_allow_other >"$TMP/fuse.conf" && mount --bind "$TMP/fuse.conf" /etc/fuse.conf || exit
user "$KFDFS" --sim mi210 -o allow_other "$TMP/user" || exit
echo "root gets $(awk '/^gpu0/ { print $2 }' "$TMP/user/gpus"), others $(setpriv --reuid=1 --regid=1 --clear-groups awk '/^gpu0/ { print $2 }' "$TMP/user/gpus")"
user fusermount3 -u "$TMP/user"
NAMESPACE
    # a daemon that the preload's sanitizer refuses is another test's
    export TMP MNT KFDFS
    timeout 100 unshare -m sh "$TMP/namespace.sh" >"$TMP/said" 2>&1
    has() { if grep -qx "$2" "$TMP/said"; then ok "$1"; else fail "$1: $(cat "$TMP/said")"; fi; }
    has "mount -t fuse.kfdfs mounts" "mount gfx1201"
    has "so does a line of fstab" "fstab gfx90a"
    has "with all of its options" "limit Timer expired"
    if grep -q "^user" "$TMP/said"; then
        has "a user mounts" "user gfx90a"
        has "then nobody else gets in, not even root" "root stays outside"
        has "nor another user" "others stay outside"
        has "and commands work" "commands 7 7"
        [ ! -e /etc/fuse.conf ] || has "unless by allow_other" "root gets gfx90a, others gfx90a"
    fi
fi
# The unit, as systemd reads it: with the programs that it starts where it looks for them
unit=$KFDFS_TESTS/../docs/kfdfs.service
check "there is a unit for systemd" [ -s "$unit" ]
if command -v systemd-analyze >/dev/null && unshare -m true 2>/dev/null; then
    # shellcheck disable=SC2016 # for the inner shell
    same "systemd has no remark on it" "" "$(unshare -m sh -c 'mount -t tmpfs none /usr/local/bin && cp "$1" /usr/local/bin/kfdfs &&
        systemd-analyze verify --man=no "$2"' sh "$KFDFS" "$unit" 2>&1)"
fi
finish
