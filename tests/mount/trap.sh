#!/bin/sh
# Kernels that trap: the trap handler of each kind of target tells the queue's owner why and where; its words are what the
# assembler makes of its source.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
for tool in clang-22 llvm-mc-22 llvm-objcopy-22; do
    command -v $tool >/dev/null || skip "no $tool"
done
: "${KFDFS_TESTS:?the directory of the tests}"
hw=$KFDFS_TESTS/../driver/hw
sh "$hw/trap.sh" >"$TMP/words"
if cmp "$TMP/words" "$hw/trap_code.inc"; then
    ok "trap_code.inc is what trap.sh makes of trap.s"
else
    fail "trap_code.inc is what trap.sh makes of trap.s"
fi

# NAME TEXT: the last event says so
says() {
    case $(tail -n 1 "$MNT/events") in
    *"$2"*) ok "$1" ;;
    *) fail "$1: should say '$2': $(tail -n 1 "$MNT/events")" ;;
    esac
}

start_mount mi210+mi300x+mi355x+rx6900xt+radeon8060s+rx9070xt -o timeout=20
for gpu in gpu0 gpu1 gpu2 gpu3 gpu4 gpu5; do
    cd "$MNT/$gpu" || exit 1
    target=$(awk '$1 == "target" { print $2 }' info)
    clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" -mcode-object-version=4 -nogpulib -O3 -w \
        "$KFDFS_TESTS/kernels/trouble.cl" -o "$TMP/trouble.hsaco" || { fail "$target: compile"; continue; }
    cp "$TMP/trouble.hsaco" code/
    truncate -s 4K vram/out
    check "$target: a debugger's trap is passed over" put kernels/trouble/go_on/run "grid=64 group=64 vram/out"
    same "$target: and the kernel goes on" 7 "$(od -A n -N 4 -t u4 vram/out | tr -d ' ')"
    where=$(awk '$2 == "s_trap" { print $1; exit }' kernels/trouble/trap/disasm)
    errno "$target: a trap" EIO put kernels/trouble/trap/run "grid=256 group=64"
    says "$target: says so, and where" "died: a kernel aborted at $where in trap "
    same "$target: the queue is dead" dead "$(awk '$1 == "state" { print $2 }' compute/0/info)"
    check "$target: it can be removed, and its waves with it" rmdir compute/0
    where=$(awk '!/^#/ { print $1; exit }' kernels/trouble/illegal/disasm)
    errno "$target: an illegal instruction" EIO put kernels/trouble/illegal/run "grid=1 group=1"
    says "$target: says so, and where" "died: a kernel has an illegal instruction at $where in illegal "
    rmdir compute/0
    errno "$target: an address outside of every aperture" EIO put kernels/trouble/read_at/run "grid=1 group=1 0x0900000000000000 vram/out"
    says "$target: says so" "died: a kernel accessed memory outside of every aperture at 0x"
    rmdir compute/0
    check "$target: the GPU is well" put kernels/trouble/nothing/run "grid=64 group=64"
done
same "no GPU is lost" "" "$(grep -l '^state lost' "$MNT"/gpu*/status)"
stop_mount
finish
