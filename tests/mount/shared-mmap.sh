#!/bin/sh
# Programs that map a buffer shared, and the GPU: each sees what the other wrote after msync(2) or fsync(2).
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is missing"
start_mount mi300x+rx7900xtx
cat >"$TMP/map.py" <<'PYTHON'
import mmap, os, struct, sys
test = 0

def same(name, want, got):
    global test
    test += 1
    print("same" if want == got else "differ", f"{name}: {got}, wanted {want}")

def put(path, line):
    fd = os.open(path, os.O_WRONLY)
    os.write(fd, line.encode())
    os.close(fd)

os.chdir(sys.argv[1])
for pool in "vram", "gtt":
    fd = os.open(f"{pool}/m", os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 1 << 20)
    try:
        map = mmap.mmap(fd, 0)
    except OSError as error:
        sys.exit(77 if error.errno == 19 else f"{pool}: {error}")
    words = lambda at: struct.unpack_from("<2I", map, at)
    same(f"{pool}: a fresh one is zero", (0, 0), words(0))
    put("sdma/0/run", f"fill {pool}/m 7")
    same(f"{pool}: what was touched before the GPU wrote is as it was", (0, 0), words(0))
    same(f"{pool}: what was not is new", (7, 7), words(65536))
    map.flush()
    same(f"{pool}: after msync all is new", (7, 7), words(0))

    struct.pack_into("<I", map, 4096, 41)
    map.flush()
    put("sdma/0/run", f"atomic add {pool}/m+4K 1")
    os.fsync(fd)
    same(f"{pool}: change, msync, run, fsync, look", (42, 7), words(4096))

    put("sdma/1/run", f"write {pool}/flag 0" if os.path.exists(f"{pool}/flag") else "nop")
    open(f"{pool}/flag", "wb").write(bytes(4096))
    put("sdma/0/submit", f"wait-mem {pool}/flag eq 1")
    put("sdma/0/submit", f"fill {pool}/m 9")
    pid = os.fork()
    if pid == 0:
        put("sdma/1/run", f"signal {pool}/flag 1")
        os._exit(0)
    map.flush()
    os.waitpid(pid, 0)
    same(f"{pool}: msync waits for queued work", (9, 9), words(8192))

    struct.pack_into("<I", map, 12288, 5)
    os.pread(fd, 1, 12288)
    put("sdma/0/run", f"copy {pool}/m+12K {pool}/m+20K 4")
    map.flush()
    same(f"{pool}: a read is enough for the GPU to see what was changed", (5, 9), words(20480))
    again = mmap.mmap(fd, 0)
    put("sdma/0/run", f"fill {pool}/m 11")
    same(f"{pool}: two mappings are the same pages", words(0), struct.unpack_from("<2I", again, 0))
    same(f"{pool}: and a new one brings both up to date", (11, 11),
         struct.unpack_from("<2I", mmap.mmap(fd, 0), 0))
    same(f"{pool}: both", ((11, 11), (11, 11)), (words(0), struct.unpack_from("<2I", again, 0)))
    os.unlink(f"{pool}/m")
    put("sdma/0/run", f"copy {pool}/flag {pool}/flag+2K 16")
    map.flush()
    same(f"{pool}: unlinked, it goes on", (11, 11), words(0))
PYTHON
python3 "$TMP/map.py" "$MNT/gpu0" >"$TMP/out" 2>&1
status=$?
if [ $status = 77 ]; then
    release=$(uname -r)
    case $release in
    [1-5].* | 6.[0-5].* | 6.[0-5]-*) skip "buffers cannot be mapped shared before Linux 6.6" ;;
    esac
    fail "Linux $release can map buffers shared, and does not"
    finish
fi
while read -r word sentence; do
    case $word in
    same) ok "${sentence%: *}" ;;
    *) fail "$word $sentence" ;;
    esac
done <"$TMP/out"
same "it came to its end" 0 $status

# The pages are the kernel's, so they outlive the daemon's image; what was changed goes to the next one.
cat >"$TMP/keep.py" <<'PYTHON'
import mmap, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
map = mmap.mmap(fd, 0)
map[0:4] = b"kept"
print("mapped", flush=True)
sys.stdin.readline()
same = map[0:4] == b"kept"
map[4:8] = b"more"
map.flush()
print(same and os.pread(fd, 8, 0) == b"keptmore", flush=True)
PYTHON
truncate -s 64K "$MNT/gpu1/vram/k"
mkfifo "$TMP/go"
python3 "$TMP/keep.py" "$MNT/gpu1/vram/k" <"$TMP/go" >"$TMP/kept" &
exec 7>"$TMP/go"
until [ -s "$TMP/kept" ]; do :; done
errno "a fault" EFAULT put "$MNT/gpu1/sdma/0/run" "copy @0x123456789000 vram/k 64"
until grep -q " recovery gpu1 " "$MNT/events"; do :; done
echo >&7
exec 7>&-
wait $!
same "a mapping goes on over a recovery" "mapped True" "$(flat <"$TMP/kept")"
same "and the buffer has its bytes" keptmore "$(head -c 8 "$MNT/gpu1/vram/k")"
finish
