#!/bin/sh
# fio writes and verifies buffers: random and sequential, direct and buffered, several jobs, four engines; then
# stress-ng's verifiers of file systems and of mappings. Needs fio and stress-ng (Debian packages of these names).
# usage: fio.sh [BUILD_DIRECTORY]     (default: build/gcc)
top=$(cd "$(dirname "$0")/../.." && pwd)
KFDFS_BUILD=$(cd "${1:-$top/build/gcc}" && pwd)
KFDFS=$KFDFS_BUILD/fs/kfdfs
export KFDFS KFDFS_BUILD
# shellcheck source=tests/mount/lib.sh
. "$top/tests/mount/lib.sh"
command -v fio >/dev/null || skip "fio is missing"
start_mount mi300x+rx7900xtx

# DIRECTORY NAME OPTION...
fio_verifies() {
    directory=$1 name=$2
    shift 2
    if output=$(fio --directory="$MNT/$directory" --name=job --size=16M --verify=crc32c --verify_fatal=1 \
        --verify_dump=0 --verify_state_save=0 --randrepeat=1 --allrandrepeat=1 --minimal "$@" 2>&1); then
        ok "$directory: fio verifies $name"
    else
        fail "$directory: fio finds this by $name: $output"
    fi
    rm -f "$MNT/$directory"/job*
}

# What fio's mmap engine wants is a shared mapping.
truncate -s 4K "$MNT/gpu0/vram/map"
mappable=0
python3 -c 'import mmap, os, sys; mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 4096)' "$MNT/gpu0/vram/map" 2>/dev/null && mappable=1
[ $mappable = 1 ] || echo "# buffers cannot be mapped shared here (Linux 6.6 can): no mmap engine"
rm "$MNT/gpu0/vram/map"

for directory in gpu0/vram gpu1/gtt; do
    for engine in io_uring libaio psync mmap; do
        for way in write randwrite rw randrw; do
            # Blocks of one size: those that overlap in flight may end in either order, which fio would call an error.
            case $way in rand*) blocks=16k ;; *) blocks=4k-256k ;; esac
            for direct in 0 1; do
                [ "$engine$direct" = mmap1 ] && continue # it has none
                [ "$engine$mappable" = mmap0 ] && continue
                fio_verifies "$directory" "$engine $way direct=$direct, 3 jobs" --ioengine=$engine --rw=$way --direct=$direct \
                    --bs=$blocks --numjobs=3 --iodepth=8
            done
        done
    done
    fio_verifies "$directory" "odd sizes" --ioengine=psync --rw=randwrite --bsrange=511-70001 --bs_unaligned --numjobs=2
    fio_verifies "$directory" "what it trims and fallocates" --ioengine=psync --rw=randwrite --bs=4k --fallocate=posix \
        --file_append=0 --numjobs=2 --fsync=16
    fio_verifies "$directory" "appends" --ioengine=psync --rw=write --bs=13k --file_append=1 --numjobs=2
done

if command -v stress-ng >/dev/null; then
    for stressor in access aio chdir chmod chown copy-file dentry dir dirdeep dirmany dup fallocate fault fcntl fiemap filename flock \
        fpunch fstat getdent hdd inotify io io-uring iomix lease locka lockofd madvise mincore mknod mmap msync open readahead rename \
        revio rmap seek sendfile splice sync-file tee touch utime xattr; do
        case $stressor in # buffers are memory
        mmap) set -- --mmap-file --mmap-bytes 8M ;;
        msync | readahead) set -- --$stressor-bytes 8M ;;
        hdd | fallocate | iomix | revio | sync-file) set -- --$stressor-bytes 16M ;;
        copy-file) set -- --copy-file-bytes 128M ;;
        splice) set -- --splice-bytes 64K ;;
        seek) set -- --seek-size 16M ;;
        sendfile) set -- --sendfile-size 1M ;;
        *) set -- ;;
        esac
        if output=$(cd "$MNT/gpu0/vram" && stress-ng --temp-path . --verify --$stressor 2 --$stressor-ops 200 \
            --timeout 20 "$@" --no-rand-seed 2>&1); then
            ok "stress-ng $stressor"
        else
            case $output in
            *skipped* | *"not implemented"*) echo "# stress-ng $stressor: $(echo "$output" | grep -m 1 -i 'skip\|not impl')" ;;
            *) fail "stress-ng $stressor: $output" ;;
            esac
        fi
    done
else
    echo "# stress-ng is missing"
fi
finish
