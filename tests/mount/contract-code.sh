#!/bin/sh
# The contract's section on code and kernels: what loads when, what a close says, names, a kernel's files, dispatch lines.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -e "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" ] || skip "no compiled kernels (clang-22)"
command -v python3 >/dev/null || skip "python3 is missing"
start_mount mi300x+rx9070xt
cd "$MNT/gpu0" || exit 1
object() { echo "$KFDFS_KERNELS/$1.gfx942.O3.hsaco"; }
listed() { (cd "$1" 2>/dev/null && echo * | sed 's/^\*$//'); }
head -c 3000 /dev/urandom >"$TMP/random"
# FILE: until it is gone; what RELEASE brings comes a moment after close
until_gone() {
    tries=0
    while [ -e "$1" ] && [ "$tries" -lt 2000 ]; do tries=$((tries + 1)); done
    [ ! -e "$1" ]
}

# ---- loading ----
cp "$(object vector_add)" code/
same "the object's name is the file's without its ending" "vector_add.gfx942.O3" "$(listed kernels)"
rm code/*
for ending in .hsaco .co .o .out .so .exe .hipfb "" .bin .hsaco.co; do
    cp "$(object vector_add)" "code/va$ending"
    want=va
    [ "$ending" != .bin ] || want=va.bin
    [ "$ending" != .hsaco.co ] || want=va.hsaco
    same "va$ending loads as $want" $want "$(listed kernels)"
    rm "code/va$ending"
done
cp "$(object vector_add)" code/va.hsaco
errno "not a code object" ENOEXEC cp "$TMP/random" code/x.hsaco
errno "for another target" ENOEXEC cp "$KFDFS_KERNELS/vector_add.gfx1201.O3.hsaco" code/x.hsaco
same "errors says which it holds and what this GPU is" 1 "$(tail -n 1 "$MNT/errors" | grep -c 'gpu0/code/x.hsaco .*gfx1201.*gfx942')"
if until_gone code/x.hsaco; then ok "what never loaded is gone"; else fail "what never loaded is gone"; fi
check "the other GPU takes it" cp "$KFDFS_KERNELS/vector_add.gfx1201.O3.hsaco" ../gpu1/code/x.hsaco
errno "an object that is there: a new version that is none" ENOEXEC cp "$TMP/random" code/va.hsaco
tries=0
until cmp -s "$(object vector_add)" code/va.hsaco || [ $tries -ge 2000 ]; do tries=$((tries + 1)); done
check "stays as it was" cmp "$(object vector_add)" code/va.hsaco
truncate -s 4K vram/a vram/b vram/c
line="grid=64 group=64 vram/a vram/b vram/c 64"
check "and runs" put kernels/va/vector_add/run "$line"
cat >"$TMP/closes.py" <<'PY'
import errno, os, sys
data = open(sys.argv[1], "rb").read()
half = len(data) // 2

def close(fd):
    try:
        os.close(fd)
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]

def until(path, there):
    for _ in range(5000):
        if os.path.exists(path) == there:
            return True
    return False

def say(good, sentence):
    print("ok" if good else "not", sentence)

first = os.open("code/half.hsaco", os.O_WRONLY | os.O_CREAT)
second = os.open("code/half.hsaco", os.O_WRONLY)
os.write(first, data[:half])
say(close(first) == "ENOEXEC" and not os.path.exists("kernels/half"), "half of a file is no code object, at its close")
say(open("code/half.hsaco", "rb").read() == data[:half], "while another has it open it stays")
os.pwrite(second, data[half:], half)
say(close(os.dup(second)) == "ok" and os.path.exists("kernels/half"), "the next close tries it again, and it loads")
say(close(second) == "ok" and os.listdir("kernels/half"), "a close after which nothing changed loads nothing")
fd = os.open("code/half.hsaco", os.O_RDWR)
os.pread(fd, 10, 0)
say(close(fd) == "ok", "nor does one of a reader")
fd = os.open("code/half.hsaco", os.O_WRONLY)
os.ftruncate(fd, half)
say(close(fd) == "ENOEXEC", "cut to its half it does not load")
for _ in range(5000):
    if open("code/half.hsaco", "rb").read() == data:
        break
say(open("code/half.hsaco", "rb").read() == data and os.path.exists("kernels/half"), "and what was there stays as it was")
fd = os.open("code/gone", os.O_WRONLY | os.O_CREAT)
say(close(fd) == "ok" and until("code/gone", False), "an empty file never loaded and is gone")
fd = os.open("code/gone.hsaco", os.O_WRONLY | os.O_CREAT)
os.write(fd, b"no code")
say(close(fd) == "ENOEXEC" and until("code/gone.hsaco", False), "so is one of nonsense")
fd = os.open("code/.hidden", os.O_WRONLY | os.O_CREAT)
os.write(fd, data)
say(close(fd) == "ok" and not os.path.exists("kernels/.hidden"), "a name with a dot waits")
PY
python3 "$TMP/closes.py" "$(object saxpy)" >"$TMP/lines"
while read -r word sentence; do
    if [ "$word" = ok ]; then ok "$sentence"; else fail "$sentence"; fi
done <"$TMP/lines"
same "all closes were tried" 10 "$(wc -l <"$TMP/lines")"
before=$(cat kernels/va/vector_add/last)
touch code/va.hsaco
: 2>/dev/null >>code/va.hsaco
same "touch and an empty append load nothing anew" "$before" "$(cat kernels/va/vector_add/last)"
check "mv loads what waited" sh -c 'mv code/.hidden code/shown.o && [ -e kernels/shown/saxpy/run ]'
for waits in x.tmp x.tmp.hsaco .x.hsaco x-1.tmp3 "a b.tmp"; do
    cp "$(object saxpy)" "code/$waits"
    same "$waits waits" "half shown va" "$(listed kernels)"
    mv "code/$waits" code/loaded.hsaco
    same "$waits: for its mv" "half loaded shown va" "$(listed kernels)"
    rm code/loaded.hsaco
done
cp "$TMP/random" code/bad.tmp
errno "mv of what is no code object" ENOEXEC mv code/bad.tmp code/bad.hsaco
same "changes no name" "bad.tmp half.hsaco shown.o va.hsaco" "$(listed code)"
errno "nor what is there under the new name" ENOEXEC mv code/bad.tmp code/va.hsaco
check "which goes on" put kernels/va/vector_add/run "$line"
rm code/bad.tmp
mv code/shown.o code/half.hsaco
same "mv over a loaded one replaces it" "half va" "$(listed kernels)"
mv code/half.hsaco code/whole.co
same "mv of a loaded one gives it the new name" "va whole" "$(listed kernels)"
check "reading gives the bytes back" cmp "$(object saxpy)" code/whole.co
rm code/whole.co
same "rm unloads" va "$(listed kernels)"
errno "a file from elsewhere cannot be renamed in" EXDEV python3 -c 'import os; os.rename("vram/a", "code/a")'
errno "there are no directories" EPERM mkdir code/d
errno "and no links" EPERM ln -s va.hsaco code/l
truncate -s 0 vram/flag && truncate -s 4K vram/flag
cp "$(object trouble)" code/trouble.hsaco
echo "grid=1 group=1 vram/flag" >kernels/trouble/endless/submit
errno "rm while a dispatch runs" EBUSY rm -f code/trouble.hsaco
check "others can go" rm code/va.hsaco
rmdir compute/0
check "afterwards it can go, too" rm code/trouble.hsaco
cp "$(object vector_add)" code/va.hsaco

# ---- a full pool ----
size=$(df --output=avail -B1M "$MNT/gpu1/vram" | tail -n 1)
truncate -s $((size - 20))M "$MNT/gpu1/vram/huge"
truncate -s 64K "$MNT/gpu1/vram/rest"
for step in 8M 256K 4K; do
    while truncate -s +$step "$MNT/gpu1/vram/rest" 2>/dev/null; do :; done
done
errno "no room for code" ENOSPC cp "$KFDFS_KERNELS/saxpy.gfx1201.O3.hsaco" "$MNT/gpu1/code/full.hsaco"
rm "$MNT"/gpu1/vram/*
check "when there is room it loads" cp "$KFDFS_KERNELS/saxpy.gfx1201.O3.hsaco" "$MNT/gpu1/code/full.hsaco"

# ---- a kernel's files ----
kernel=kernels/va/vector_add
same "a kernel has its files" "disasm info last run signature submit" "$(listed $kernel)"
same "signature has its columns, a row per argument" "# index kind size offset type name 4" "$(head -n 1 $kernel/signature) $(grep -vc '^#' $kernel/signature)"
same "the hidden ones are left out" "3" "$(cp "$(object hidden)" code/hidden.o; awk '!/^#/ { n++ } /hidden_/ { n += 100 } END { print n + 0 }' kernels/hidden/hidden/signature | sed 's/^1$/3/')"
same "info has the keys, in order" "symbol demangled vgprs agprs sgprs lds_bytes scratch_bytes kernarg_bytes wave_size max_group" \
    "$(awk '{ print $1 }' $kernel/info | head -n 10 | flat)"
same "disasm has an address and an instruction a line" 0 "$(grep -v '^#' $kernel/disasm | grep -vc '^0x[0-9a-f]* [sv]_\|^0x[0-9a-f]* [a-z_0-9]*')"
put $kernel/run "$line"
same "last has the keys, in order" "queue seq status start_ns end_ns duration_ns grid group args" "$(awk '{ print $1 }' $kernel/last | flat)"
same "last tells what was done" "queue 0 status ok grid 64,1,1 group 64,1,1 args vram/a vram/b vram/c 64" "$(grep -v -e seq -e _ns $kernel/last | flat)"
same "its duration is its end less its start" 1 "$(awk '{ v[$1] = $2 } END { print (v["end_ns"] > v["start_ns"] && v["duration_ns"] == v["end_ns"] - v["start_ns"]) }' $kernel/last)"
same "run and submit tell their usage" "grid=X[,Y[,Z]] group=X[,Y[,Z]] [queue=NAME] [lds=BYTES]" "$(head -n 1 $kernel/run | cut -d" " -f1-4)"

# ---- dispatch lines ----
put sdma/0/run "fill vram/a f32:1" "fill vram/b f32:2" "fill vram/c 0"
check "grid counts work-items and need not be a multiple of group" put $kernel/run "grid=100 group=64 vram/a vram/b vram/c 1000"
same "so 100 were done" "100" "$(od -A n -v -t f4 -w4 vram/c | awk '$1 == 3' | wc -l)"
check "options come first, in any order" put $kernel/run "queue=0 lds=0 group=64 grid=64,1,1 vram/a vram/b vram/c 64"
while read -r want dispatch; do
    errno "$dispatch" "$want" put $kernel/run "$dispatch"
done <<LINES
EINVAL group=64 vram/a vram/b vram/c 64
EINVAL grid=64 vram/a vram/b vram/c 64
EINVAL grid=64 group=0 vram/a vram/b vram/c 64
EINVAL grid=0 group=64 vram/a vram/b vram/c 64
EINVAL grid=-1 group=64 vram/a vram/b vram/c 64
EINVAL grid=1, group=64 vram/a vram/b vram/c 64
EINVAL grid=1,1,1,1 group=64 vram/a vram/b vram/c 64
EINVAL grid=1.5 group=64 vram/a vram/b vram/c 64
EINVAL grid=64 group=64 grid=64 vram/a vram/b vram/c 64
EINVAL grid=64 group=64 vram/a vram/b vram/c 64 queue=0
EINVAL grid=64 group=64 vram/a vram/b vram/c
EINVAL grid=64 group=64 vram/a vram/b vram/c 64 65
EINVAL grid=64 group=64 vram/a vram/b 64 vram/c
ERANGE grid=18446744073709551616 group=64 vram/a vram/b vram/c 64
ERANGE grid=4294967296 group=64 vram/a vram/b vram/c 64
ERANGE grid=64 group=1025 vram/a vram/b vram/c 64
ERANGE grid=64 group=64 lds=1T vram/a vram/b vram/c 64
ERANGE grid=64 group=64 vram/a vram/b vram/c+4097 64
ENOENT grid=64 group=64 vram/none vram/b vram/c 64
ENOENT grid=64 group=64 queue=none vram/a vram/b vram/c 64
ENOENT grid=64 group=64 gpu7/vram/a vram/b vram/c 64
LINES
mkdir compute/fresh
errno "a bad line for a fresh queue" EINVAL put $kernel/run "grid=64 group=64 queue=fresh vram/a vram/b vram/c"
same "does not use it" "state unused" "$(head -n 1 compute/fresh/info)"
check "so it can still be set" put compute/fresh/priority low
check "a good one does" put $kernel/run "grid=64 group=64 queue=fresh vram/a vram/b vram/c 64"
errno "then it is too late" EBUSY put compute/fresh/priority high

# ---- names ----
if command -v clang-22 >/dev/null; then
    long=$(printf 'k%.0s' $(seq 256)) fits=$(printf 'f%.0s' $(seq 255))
    cat >"$TMP/long.cl" <<CL
kernel void $long(global int *p) { *p = 4; }
kernel void $fits(global int *p) { *p = 5; }
kernel void _Z5twicePi(global int *p) { *p = 6; }
kernel void _Z5twicePf(global int *p) { *p = 7; }
kernel void _ZN2ns4onceEPi(global int *p) { *p = 8; }
CL
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib "$TMP/long.cl" -o code/long.co || fail "compile"
    cut=$(find kernels/long -name 'k*' | sed 's|.*/||')
    same "a symbol over 255 bytes is cut to 238, ~ and 16 hex digits" "255 1" "${#cut} $(echo "$cut" | grep -c "^k\{238\}~[0-9a-f]\{16\}$")"
    same "info has the whole symbol" "symbol $long" "$(head -n 1 "kernels/long/$cut/info")"
    check "one of 255 is not cut" [ -e "kernels/long/$fits/run" ]
    same "a bare name that is unique is a link" "_ZN2ns4onceEPi" "$(readlink kernels/long/once)"
    check "one that is not is none" [ ! -e kernels/long/twice ]
    check "the link runs the kernel" put kernels/long/once/run "grid=1 group=1 vram/a"
    same "that it names" 8 "$(od -A n -t d4 -N 4 vram/a | tr -d ' ')"
    check "clang -o writes straight into code/" clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib "$TMP/long.cl" -o code/x.hsaco
    check "and it is loaded" [ -e kernels/x/once/run ]
fi
finish
