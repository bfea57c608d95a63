# shellcheck shell=sh
# lib.sh - what the scripts of tests/mount/ share. Each is a plain sh script that a user could have typed.
#
#   start_mount MODEL [OPTION...]   mounts software GPUs on $MNT, or this machine's with KFDFS_HW set; again after stop_mount
#   stop_mount                      unmounts and waits until the daemon is gone; it must have left nothing
#   ok NAME | fail NAME             one result; errno NAME ERRNO COMMAND...   the command must fail with that errno
#   check NAME COMMAND...           the command must go through
#   until_submitted QUEUE N         returns once the queue has that many commands
#   daemon_pid                      of the mounted one, right after start_mount too
#   same NAME WANT GOT              two texts are equal
#   COMMAND | flat                  its output on one line
#   skip REASON                     ends the script as skipped
#   finish                          ends the script
#
# The environment has KFDFS (the daemon) and KFDFS_BUILD (the build directory). $TMP is a directory of one's own.
set -u
: "${KFDFS:?the path of the daemon}"

tests=0 failures=0 mounted=
TMP=$(mktemp -d) MNT=$TMP/mnt
mkdir "$MNT"

skip() {
    echo "1..0 # skipped: $*"
    exit 77
}

ok() {
    tests=$((tests + 1))
    echo "ok $tests - $*"
}

fail() {
    tests=$((tests + 1)) failures=$((failures + 1))
    echo "not ok $tests - $*"
}

same() {
    if [ "$2" = "$3" ]; then ok "$1"; else fail "$1: wanted '$2', got '$3'"; fi
}

# A message is that errno's: what strerror says, since shells and tools print nothing else.
errno_text() {
    case $1 in
    EINVAL) echo "Invalid argument" ;;
    ENOENT) echo "No such file or directory" ;;
    ERANGE) echo "Numerical result out of range" ;;
    EIO) echo "Input/output error" ;;
    ENOSPC) echo "No space left on device" ;;
    ENOEXEC) echo "Exec format error" ;;
    EBUSY) echo "Device or resource busy" ;;
    EFAULT) echo "Bad address" ;;
    ENODEV) echo "No such device" ;;
    ECANCELED) echo "Operation canceled" ;;
    EOWNERDEAD) echo "Owner died" ;;
    EDEADLK) echo "Resource deadlock avoided" ;;
    ETIME) echo "Timer expired" ;;
    EINTR) echo "Interrupted system call" ;;
    EOPNOTSUPP) echo "Operation not supported" ;;
    EPERM) echo "Operation not permitted" ;;
    EACCES) echo "Permission denied" ;;
    EEXIST) echo "File exists" ;;
    EXDEV) echo "Invalid cross-device link" ;;
    ENOMEM) echo "Cannot allocate memory" ;;
    EROFS) echo "Read-only file system" ;;
    ENOTEMPTY) echo "Directory not empty" ;;
    ENODATA) echo "No such attribute" ;;
    *) echo "unknown errno $1" ;;
    esac
}

# lines or words on stdin as one line
flat() { tr -s ' \n' ' ' | sed 's/ $//'; }

# NAME COMMAND...: must go through
check() {
    name=$1
    shift
    if "$@"; then ok "$name"; else fail "$name"; fi
}

# NAME ERRNO COMMAND...
errno() {
    name=$1 wanted=$2
    shift 2
    if output=$(LC_ALL=C "$@" 2>&1); then
        fail "$name: went through, wanted $wanted"
        return
    fi
    case $output in
    *"$(errno_text "$wanted")"*) ok "$name" ;;
    *) fail "$name: wanted $wanted, got: $output" ;;
    esac
}

# FILE LINE...: the lines are one write, whatever the shell
put() {
    file=$1
    shift
    printf '%s\n' "$@" >"$TMP/put"
    cat "$TMP/put" >"$file"
}

# QUEUE N: until that many commands are submitted there
until_submitted() {
    tries=0
    while [ "$(cat "$1/submitted")" -lt "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 20000 ] || { fail "$1 never gets $2 commands"; finish; }
    done
}

start_mount() {
    model=$1
    shift
    [ -e "$TMP/alive" ] || mkfifo "$TMP/alive"
    [ -n "${KFDFS_HW:-}" ] || set -- --sim "$model" "$@"
    # shellcheck disable=SC2086 # MOUNT_OPTIONS: words that a whole run of a script gets
    # What a sanitizer finds in the daemon goes to files: its stderr is gone by then.
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$TMP/sanitizer \
        UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$TMP/sanitizer \
        TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}log_path=$TMP/sanitizer \
        "$KFDFS" ${MOUNT_OPTIONS:-} "$@" "$MNT" 9<>"$TMP/alive" || { fail "mount $*"; finish; }
    exec 8<"$TMP/alive" # at its end once the daemon, which inherited 9, is gone
    mounted=1
}

daemon_pid() {
    for process in /proc/[0-9]*; do
        case $(tr '\0' '\n' <"$process/cmdline" | tail -n 1) in
        "$MNT") echo "${process#/proc/}" ;;
        esac
    done 2>/dev/null
}

stop_mount() {
    cd / || exit 1
    tries=0 # somebody else may just look at all mounts, as df does, and kfdfs --report
    until fusermount3 -u "$MNT" 2>"$TMP/unmount"; do
        if [ $((tries += 1)) -gt 200 ] || ! grep -q busy "$TMP/unmount"; then
            fail "unmount: $(cat "$TMP/unmount")"
            fusermount3 -uz "$MNT"
            break
        fi
    done
    mounted=
    timeout 60 cat <&8 || fail "the daemon ends after the unmount"
    exec 8<&-
    for report in "$TMP"/sanitizer*; do
        [ ! -e "$report" ] || { fail "a sanitizer found this in the daemon:"; cat "$report"; rm -f "$report"; }
    done
}

clean_up() {
    [ -z "$mounted" ] || fusermount3 -uz "$MNT"
    rm -rf --one-file-system "$TMP"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

finish() {
    [ -z "$mounted" ] || stop_mount
    echo "1..$tests"
    [ "$failures" -eq 0 ] || exit 1
    exit 0
}

if [ ! -c /dev/fuse ] || [ ! -w /dev/fuse ]; then skip "/dev/fuse is missing or closed to us"; fi
command -v fusermount3 >/dev/null || skip "fusermount3 is missing"
