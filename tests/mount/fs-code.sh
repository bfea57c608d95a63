#!/bin/sh
# Code objects and kernels: loading at close, names, every wrong dispatch line, and what a GPU fault leaves.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -e "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" ] || skip "no compiled kernels (clang-22)"
object() { echo "$KFDFS_KERNELS/$1.$target.O3.hsaco"; }
words() { od -A n -v -t x4 "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }

for model in mi300x:gfx942:gfx1100 rx7900xtx:gfx1100:gfx942; do
    target=$(echo "$model" | cut -d: -f2) foreign=$(echo "$model" | cut -d: -f3)
    start_mount "${model%%:*}" -o sim_kfd=1.11
    cd "$MNT/gpu0" || exit 1

    # loading
    check "$target: cp loads" cp "$(object vector_add)" code/va.hsaco
    same "$target: its kernels have directories" "vector_add" "$(ls kernels/va)"
    check "$target: reading gives the bytes back" cmp "$(object vector_add)" code/va.hsaco
    same "$target: a kernel has its files" "disasm info last run signature submit" "$(cd kernels/va/vector_add && echo *)"
    same "$target: its signature" "pointer float* pointer float* pointer float* value uint" \
        "$(awk '!/^#/ { printf "%s%s %s", n++ ? " " : "", $2, $5 }' kernels/va/vector_add/signature)"
    errno "$target: for another GPU" ENOEXEC cp "$KFDFS_KERNELS/vector_add.$foreign.O3.hsaco" code/x.hsaco
    case $(tail -n 1 "$MNT/errors") in
    *$foreign*$target* | *$target*$foreign*) ok "$target: errors names both targets" ;;
    *) fail "$target: errors names both targets: $(tail -n 1 "$MNT/errors")" ;;
    esac
    head -c 3000 /dev/urandom >"$TMP/random"
    errno "$target: random bytes" ENOEXEC cp "$TMP/random" code/x.hsaco
    errno "$target: text" ENOEXEC cp "$MNT/README" code/x
    for bytes in 1 63 64 500 1500; do
        head -c $bytes "$(object vector_add)" >"$TMP/cut"
        errno "$target: cut to $bytes bytes" ENOEXEC cp "$TMP/cut" code/x.hsaco
    done
    errno "$target: over one that is there" ENOEXEC cp "$TMP/random" code/va.hsaco
    # what RELEASE brings comes a moment after close
    tries=0
    while [ "$(echo code/*)" != code/va.hsaco ] && [ $tries -lt 1000 ]; do tries=$((tries + 1)); done
    same "$target: nothing of them is left" "code/va.hsaco" "$(echo code/*)"
    tries=0
    until cmp -s "$(object vector_add)" code/va.hsaco || [ $tries -ge 1000 ]; do tries=$((tries + 1)); done
    check "$target: what was there stays" cmp "$(object vector_add)" code/va.hsaco
    same "$target: and its kernels" vector_add "$(ls kernels/va)"
    : >code/empty
    check "$target: an empty file loads nothing" [ ! -e kernels/empty ]
    check "$target: cat loads" sh -c "cat $(object saxpy) >code/sax.tmp1"
    same "$target: a name with .tmp waits" "va" "$(ls kernels)"
    check "$target: for its mv" mv code/sax.tmp1 code/sax.o
    same "$target: which loads" "daxpy saxpy" "$(find kernels/sax -mindepth 1 -maxdepth 1 | sed 's|.*/||' | sort | flat)"
    cp "$TMP/random" code/.hidden
    errno "$target: a bad file cannot be renamed" ENOEXEC mv code/.hidden code/bad.hsaco
    rm code/.hidden
    mv code/sax.o code/saxpy.co
    same "$target: a loaded one takes its new name" "saxpy va" "$(find kernels -mindepth 1 -maxdepth 1 | sed 's|.*/||' | sort | flat)"
    errno "$target: one object cannot take another's name" EEXIST cp "$(object saxpy)" code/va.co
    rm code/saxpy.co
    same "$target: rm unloads" va "$(ls kernels)"
    if command -v clang-22 >/dev/null; then
        echo 'kernel void three(global int *p) { *p = 3; }' >"$TMP/three.cl"
        check "$target: clang writes into code/" clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" -nogpulib \
            "$TMP/three.cl" -o code/three.hsaco
        truncate -s 4 vram/three
        check "$target: and it runs" sh -c 'echo "grid=1 group=1 vram/three" >kernels/three/three/run'
        same "$target: as it should" 00000003 "$(words vram/three)"

        # a symbol that is too long for a file's name, in an object with a blank in its own
        long=$(printf 'n%.0s' $(seq 300))
        echo "kernel void $long(global int *p) { *p = 4; } kernel void ${long}2(global int *p) { *p = 5; }" >"$TMP/long.cl"
        check "$target: a kernel's name may be longer than a file's" clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu="$target" \
            -nogpulib "$TMP/long.cl" -o "code/long names.hsaco"
        same "$target: each has a directory, with a cut name" "2 255 255" \
            "$(find kernels/long\ names -mindepth 1 -maxdepth 1 | wc -l) $(find kernels/long\ names -mindepth 1 -maxdepth 1 | sed 's|.*/||' | awk '{ print length }' | flat)"
        for kernel in kernels/long\ names/*; do
            check "$target: its file runs it" put "$kernel/run" "grid=1 group=1 vram/three"
            symbol=$(awk '$1 == "symbol" { print $2 }' "$kernel/info")
            want=4
            [ "$symbol" = "$long" ] || want=5
            same "$target: and no other" 0000000$want "$(words vram/three)"
            check "$target: so does its name in a queue" put compute/0/run "dispatch long\\040names/${kernel##*/} grid=1 group=1 vram/three"
        done
        rm "code/long names.hsaco"
    fi

    # every wrong line
    truncate -s 4096 vram/a vram/b vram/c
    run=kernels/va/vector_add/run
    cp "$(object structs)" code/ && cp "$(object trouble)" code/trouble.o && cp "$(object reduce)" code/reduce.hsaco
    cp "$(object saxpy)" code/saxpy.hsaco
    structs=kernels/structs.$target.O3
    while read -r errno file line; do
        lines=$(wc -l <"$MNT/errors")
        errno "$target: $line" "$errno" put "$file" "$line"
        case $(tail -n 1 "$MNT/errors") in
        *" $errno gpu0/$file "*"$line"*) ;;
        *) fail "$target: that names file and line: $(tail -n 1 "$MNT/errors")" ;;
        esac
        same "$target: in one line" $((lines + 1)) "$(wc -l <"$MNT/errors")"
    done <<LINES
EINVAL $run group=64 vram/a vram/b vram/c 1024
EINVAL $run grid=1024 vram/a vram/b vram/c 1024
EINVAL $run grid=0 group=64 vram/a vram/b vram/c 1024
EINVAL $run grid=1,2,3,4 group=64 vram/a vram/b vram/c 1024
EINVAL $run grid=64 grid=64 group=64 vram/a vram/b vram/c 1024
EINVAL $run grid=64 group=64 vram/a vram/b vram/c
EINVAL $run grid=64 group=64 vram/a vram/b vram/c 1 2
EINVAL $run grid=64 group=64 vram/a vram/b 1 vram/c
EINVAL $run grid=64 group=64 vram/a vram/b vram/c 1.5
EINVAL $run vram/a vram/b vram/c 1024 grid=64 group=64
ENOENT $run grid=64 group=64 vram/a vram/b vram/none 1024
ENOENT $run grid=64 group=64 queue=9 vram/a vram/b vram/c 1024
ERANGE $run grid=64 group=64 vram/a vram/b vram/c+4097 1024
ERANGE $run grid=64 group=64 vram/a vram/b vram/c 4294967296
ERANGE $run grid=64 group=64 vram/a vram/b vram/c -1
ERANGE $run grid=64 group=65536 vram/a vram/b vram/c 1
ERANGE $run grid=4294967296 group=64 vram/a vram/b vram/c 1
EINVAL $structs/distances/run grid=1 group=1 1 2 3 vram/a vram/b
EINVAL $structs/distances/run grid=1 group=1 1 hex:00 3 vram/a vram/b
ERANGE $structs/distances/run grid=1 group=1 128 hex:00 3 vram/a vram/b
EINVAL kernels/saxpy/saxpy/run grid=1 group=1 1 vram/a vram/b vram/c
ERANGE kernels/saxpy/saxpy/run grid=1 group=1 1 1e40 vram/b vram/c
ENOENT compute/0/run dispatch va/nothing grid=1 group=1
ENOENT compute/0/run dispatch nothing/at_all grid=1 group=1
LINES
    same "$target: none of them was run" "status never" "$(cat kernels/va/vector_add/last)"

    # dispatches
    check "$target: dispatch on a compute queue" put compute/0/run "dispatch va/vector_add grid=100 group=50 vram/a vram/b vram/c 100" barrier
    same "$target: last tells of it" "queue 0 status ok grid 100,1,1 group 50,1,1 args vram/a vram/b vram/c 100" \
        "$(grep -v -e seq -e _ns kernels/va/vector_add/last | flat)"
    mkdir compute/b
    count=$(cat compute/0/completed)
    check "$target: on a queue by name" put $run "grid=64 group=64 queue=b vram/a vram/b vram/c 64" "grid=64 group=64 vram/a vram/b vram/c 64"
    same "$target: each queue got its own" "1 $((count + 1))" "$(cat compute/b/completed) $(cat compute/0/completed)"
    check "$target: submit" put kernels/va/vector_add/submit "grid=64 group=64 vram/a vram/b vram/c 64"
    check "$target: wait" sh -c 'echo >compute/0/wait'

    # a kernel that never ends
    echo "grid=1 group=1 vram/a" >kernels/trouble/endless/submit
    errno "$target: running code cannot be removed" EBUSY rm code/trouble.o
    count=$(cat compute/0/submitted)
    (timeout 60 sh -c 'echo "grid=1 group=1 vram/a" | cat >kernels/trouble/endless/run' 2>"$TMP/endless") &
    until_submitted compute/0 $((count + 1))
    check "$target: ls goes on while it runs" timeout 10 sh -c "ls -R . >$TMP/ls"
    rmdir compute/0
    wait
    same "$target: rmdir frees the queue and tells who waits" 1 "$(grep -c 'Operation canceled' "$TMP/endless")"
    check "$target: the queue comes back" put compute/0/run "dispatch trouble/nothing grid=1 group=1"
    rm code/trouble.o && cp "$(object trouble)" code/trouble.o

    # a fault takes the GPU from this mount for good where the kernel is old; everything stays visible
    errno "$target: a kernel that reads where nothing is" EFAULT timeout 60 sh -c 'echo "grid=1 group=1 4096 vram/a" | cat >kernels/trouble/read_at/run'
    check "$target: the mount still answers" timeout 10 sh -c "ls -lR $MNT >$TMP/ls"
    same "$target: status says lost" "state lost" "$(head -n 1 status)"
    check "$target: errors has the address" grep -q "EFAULT gpu0.*0x1000" "$MNT/errors"
    same "$target: buffers are still listed" "a b c" "$(find vram -name '?' | sed 's|.*/||' | sort | flat)"
    errno "$target: commands are refused" ENODEV put sdma/0/run nop
    errno "$target: so is writing to buffers" ENODEV dd if=/dev/zero of=vram/a bs=16 count=1 conv=notrunc
    case ${MOUNT_OPTIONS:-} in
    *sim_bar*) ok "$target: nobody reads what only an engine could" ;;
    *) check "$target: they can be read" dd if=vram/a of="$TMP/out" ;;
    esac
    errno "$target: and code" ENODEV cp "$(object vector_add)" code/again.hsaco
    check "$target: a buffer can be removed" rm vram/a
    stop_mount
done
finish
