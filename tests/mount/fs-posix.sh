#!/bin/sh
# What POSIX asks of a file system without links: tests/posix.py, a test a sentence, on both pools.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is missing"
start_mount mi300x+rx7900xtx
for pool in gpu0/vram "$(awk '!/^#/ { last = $1 } END { print last }' "$MNT/gpus")/gtt"; do
    python3 "$KFDFS_TESTS/posix.py" "$MNT/$pool" >"$TMP/lines"
    while read -r word _ _ sentence; do
        case $word in
        ok) ok "$pool: ${sentence#*: }" ;;
        not) fail "$pool: ${sentence#*: }" ;;
        '#') echo "# $sentence" ;;
        esac
    done <"$TMP/lines"
    same "$pool: posix.py came to its end" "" "$(ls "$MNT/$pool")"
    [ -s "$TMP/lines" ] || fail "$pool: posix.py says nothing"
done
finish
