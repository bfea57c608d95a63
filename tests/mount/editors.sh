#!/bin/sh
# What compilers, editors and rsync write beside a file and rename over it is no trouble, in vram/ and in code/.
# shellcheck source=tests/mount/lib.sh
# shellcheck disable=SC2016 # lines for other shells
. "$(dirname "$0")/lib.sh"
start_mount rx7900xtx
cd "$MNT/gpu0" || exit 1
export TMP HOME="$TMP" TERM=dumb
has() { command -v "$1" >/dev/null || { echo "# $1 is missing"; false; }; }
quiet() {
    name=$1
    shift
    if timeout 60 "$@" >"$TMP/out" 2>&1 </dev/null; then ok "$name"; else fail "$name: $(head -n 3 "$TMP/out")"; fi
}
left() { find vram gtt code -mindepth 1 | sort | flat; } # nothing of theirs stays behind

# vram: text in device memory, as good as in a file
printf 'one\ntwo\nthree\n' >"$TMP/text"
fresh() { cp "$TMP/text" vram/text; }
edited() { # NAME: the second line was changed, and the GPU sees it
    same "$1 changes a line" "one TWO three" "$(flat <vram/text)"
    rm -f gtt/seen
    truncate -s 14 gtt/seen
    put sdma/0/run "copy vram/text gtt/seen"
    same "$1: the copy engine sees that" "one TWO three" "$(flat <gtt/seen)"
    rm gtt/seen
    same "$1 leaves nothing else" "vram/text" "$(left)"
}
fresh
quiet "sed -i" sed -i s/two/TWO/ vram/text && edited "sed -i"
fresh
has perl && quiet "perl -i" perl -i -pe s/two/TWO/ vram/text && edited "perl -i"
fresh
has busybox && quiet "busybox sed -i" busybox sed -i s/two/TWO/ vram/text && edited "busybox sed -i"
fresh
if has ed; then
    printf '2s/two/TWO/\nw\nq\n' >"$TMP/script"
    timeout 60 ed -s vram/text <"$TMP/script" && edited "ed"
fi
fresh
vi=vim
has vim || vi=vim.tiny
if has $vi; then
    quiet "vim" $vi -u NONE -N -es -c '2s/two/TWO/' -c wq vram/text && edited "vim"
    fresh
    quiet "vim with backups and a swap file" $vi -u NONE -N -es -c 'set backup swapfile backupcopy=no backupskip=' -c '2s/two/TWO/' -c 'w' -c q vram/text
    same "keeps the backup that it was told to" "vram/text vram/text~" "$(left)"
    rm vram/text~
    edited "vim with a backup"
fi
if has rsync; then
    head -c 3000000 /dev/urandom >"$TMP/data"
    quiet "rsync writes a buffer" rsync "$TMP/data" vram/data
    check "whole" cmp "$TMP/data" vram/data
    printf 'changed' | dd of="$TMP/data" bs=1 seek=1000000 conv=notrunc status=none
    quiet "rsync --inplace changes one" rsync --inplace --no-whole-file --checksum "$TMP/data" vram/data
    check "whole, too" cmp "$TMP/data" vram/data
    quiet "rsync makes a tree" rsync -a "$TMP/data" "$TMP/text" vram/tree/
    quiet "and reads it back" rsync -a vram/tree/ "$TMP/tree"
    check "with its bytes" cmp "$TMP/data" "$TMP/tree/data"
    rm -r vram/data vram/tree
fi
rm -f vram/text

# code: loaded when the last name is there
object=$KFDFS_KERNELS/vector_add.gfx1100.O3.hsaco
if [ -e "$object" ]; then
    loaded() { # NAME
        check "$1 loads" [ -e kernels/va/vector_add/run ]
        same "$1: once, and nothing else" "va code/va.hsaco" "$(find kernels -mindepth 1 -maxdepth 1 -printf '%f') $(left)"
        rm -f code/*
    }
    quiet "cp" cp "$object" code/va.hsaco && loaded cp
    quiet "install" install -m 644 "$object" code/va.hsaco && loaded install
    quiet "cat" sh -c 'cat "$0" >code/va.hsaco' "$object" && loaded cat
    quiet "dd by 1000 bytes" dd if="$object" of=code/va.hsaco bs=1000 && loaded dd
    cp "$object" "$TMP/va.hsaco"
    quiet "mv" mv "$TMP/va.hsaco" code/ && loaded mv
    quiet "tar" sh -c 'cp "$0" "$TMP/va.hsaco"; tar cf - -C "$TMP" va.hsaco | tar xf - -C code' "$object" && loaded tar
    if has rsync; then
        cp "$object" "$TMP/va.hsaco"
        quiet "rsync" rsync -a "$TMP/va.hsaco" code/ && loaded rsync
        quiet "rsync --inplace" rsync --inplace "$TMP/va.hsaco" code/ && loaded "rsync --inplace"
        cp "$object" code/va.hsaco
        touch -d 2001-01-01 "$TMP/va.hsaco"
        quiet "rsync over what is loaded" rsync -a "$TMP/va.hsaco" code/ && loaded "rsync over it"
    fi
    has busybox && quiet "busybox cp" busybox cp "$object" code/va.hsaco && loaded "busybox cp"
fi
if has clang-22 && has ld.lld-22; then
    echo 'kernel void vector_add(global int *a) { a[0] = 7; }' >"$TMP/va.cl"
    quiet "clang -o into code/" clang-22 -x cl -target amdgcn-amd-amdhsa -mcpu=gfx1100 -nogpulib "$TMP/va.cl" -o code/va.hsaco
    truncate -s 4K vram/a
    put kernels/va/vector_add/run "grid=1 group=1 vram/a"
    same "what it made runs" 7 "$(od -A n -t d4 -N 4 vram/a | flat | tr -d ' ')"
    sed -i s/7/8/ "$TMP/va.cl"
    quiet "clang -o over what is loaded" clang-22 -x cl -target amdgcn-amd-amdhsa -mcpu=gfx1100 -nogpulib "$TMP/va.cl" -o code/va.hsaco
    put kernels/va/vector_add/run "grid=1 group=1 vram/a"
    same "the new code runs" 8 "$(od -A n -t d4 -N 4 vram/a | flat | tr -d ' ')"
    rm vram/a
    loaded "clang -o"
    echo 'kernel void broken(' >"$TMP/va.cl"
    clang-22 -x cl -target amdgcn-amd-amdhsa -mcpu=gfx1100 -nogpulib "$TMP/va.cl" -o code/va.hsaco 2>/dev/null && fail "broken code compiles"
    same "a compiler that fails leaves nothing" " " "$(find kernels -mindepth 1 -maxdepth 1 -printf '%f') $(left)"
fi
same "nothing of all that was an error" "" "$(sed 1d "$MNT/errors")"
finish
