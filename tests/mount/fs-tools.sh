#!/bin/sh
# Everyday tools read the whole tree with status 0 and nothing to say; README is true.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1

# NAME COMMAND...: ends with 0 and has nothing on stderr
quiet() {
    name=$1
    shift
    if "$@" >"$TMP/out" 2>"$TMP/err" && [ ! -s "$TMP/err" ]; then ok "$name"; else fail "$name: $(head -n 3 "$TMP/err")"; fi
}
has() { command -v "$1" >/dev/null; }

# something to look at: commands done and failed, a kernel that ran, queues made
truncate -s 4096 gpu0/vram/a gpu0/vram/b
put gpu0/sdma/0/run "fill vram/a 1" "copy vram/a vram/b"
mkdir gpu0/compute/mine
echo fly 2>/dev/null | cat >gpu0/sdma/1/run 2>/dev/null
if [ -e "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" ]; then
    cp "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" gpu0/code/va.hsaco
    put gpu0/kernels/va/vector_add/run "grid=64 group=64 vram/a vram/a vram/b 64"
fi

quiet "tar reads queues and kernels" tar cf "$TMP/tar" gpu0/sdma gpu0/compute gpu0/kernels
quiet "and lists them again" tar tf "$TMP/tar"
same "with their bytes" "$(cat gpu0/sdma/0/log)" "$(tar xOf "$TMP/tar" gpu0/sdma/0/log)"
quiet "tar through a pipe" sh -c 'tar cf - gpu0/sdma gpu0/kernels | tar tf -'
quiet "tar reads everything" tar cf "$TMP/tar" .
quiet "grep -r reads all but memory" grep -rI . . --exclude-dir=vram --exclude-dir=gtt
quiet "find -ls looks at everything" find . -ls
quiet "ls -lR" ls -lR .
quiet "cp -a copies a queue's directory out" cp -a gpu0/sdma/0 "$TMP/queue"
quiet "cp -r a GPU's" cp -r gpu1 "$TMP/gpu1"
quiet "du" du -a .

# Every text file by every tool; one numbered queue stands for all of them, one GPU for two. What changes by itself, and
# what a read of it changes, is read but not compared.
find . -type f ! -path './*/vram/*' ! -path './*/code/*' ! -path './gpu*/sdma/[1-9]*' ! -path './gpu1/*' >"$TMP/files"
grep -Ev '/(status|processes|errors|events.json)|sdma/kfdfs' "$TMP/files" >"$TMP/still"
xargs cat <"$TMP/still" >"$TMP/want"
same "many files are compared" 1 "$(($(wc -l <"$TMP/still") > 40))"
quiet "cat reads the others, too" xargs -a "$TMP/files" cat
reads() { # NAME COMMAND...: what it makes of the files is what cat made of them, without a word
    name=$1
    shift
    has "$1" || return 0
    if timeout 60 xargs "$@" <"$TMP/still" >"$TMP/got" 2>"$TMP/err" && [ ! -s "$TMP/err" ] && cmp "$TMP/want" "$TMP/got"; then
        ok "$name reads as cat does"
    else
        fail "$name: $(head -n 3 "$TMP/err")"
    fi
}
# shellcheck disable=SC2016 # for the inner shell
{
    for shell in bash dash zsh "busybox sh"; do
        # shellcheck disable=SC2086 # words
        reads "read in $shell" $shell -c 'for f; do while IFS= read -r line; do printf "%s\n" "$line"; done <"$f"; done' "$shell"
    done
    reads dd sh -c 'for f; do dd if="$f" status=none; done' sh
    reads "dd bs=7" sh -c 'for f; do dd if="$f" bs=7 status=none; done' sh
    for box in "" busybox toybox coreutils; do
        [ -z "$box" ] || has "$box" || continue
        export box
        reads "$box cp" sh -c 'for f; do $box cp "$f" "$0/copy" && cat "$0/copy"; done' "$TMP"
        reads "$box wc -c" sh -c 'for f; do head -c "$($box wc -c <"$f")" "$f"; done' sh
    done
}
for tool in "tail -q -c +1" "tail -q -n +1" "head -q -n 1000000" "less -F" "sed -n p" "awk 1" "grep -h ^" \
    "busybox cat" "busybox head -q -n 1000000" "busybox tail -q -n +1" "busybox sed -n p" "busybox awk 1" "busybox grep -h ^" \
    "coreutils cat" "coreutils head -q -n 1000000" "coreutils tail -q -n +1" "coreutils tail -q -c +1" \
    "toybox cat" "toybox head -q -n 1000000" "toybox sed -n p" "toybox grep -h ^"; do
    # shellcheck disable=SC2086 # words
    reads "$tool" $tool
done
reads "python by tens" python3 -c 'import shutil, sys
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer, 10)'
reads "python by lines" python3 -c 'import sys
for name in sys.argv[1:]:
    sys.stdout.write("".join(open(name).readlines()))'
for tool in "tar cf" "busybox tar cf" "toybox tar cf" "bsdtar cf"; do
    has "${tool%% *}" || continue
    # shellcheck disable=SC2086 # words
    $tool "$TMP/tar" -T "$TMP/still" 2>"$TMP/err"
    tar xOf "$TMP/tar" >"$TMP/got"
    check "$tool stores what cat reads" cmp "$TMP/want" "$TMP/got"
done
for box in busybox toybox; do
    has $box || continue
    same "$box find finds what find does" "$(find . | sort | cksum)" "$($box find . | sort | cksum)"
    same "$box grep -r, too" "$(grep -rl state gpu0/sdma gpu0/compute | sort)" "$($box grep -rl state gpu0/sdma gpu0/compute | sort)"
done
if has rsync; then
    mkdir "$TMP/mirror"
    quiet "rsync copies a tree out" rsync -r gpu0/sdma/0 gpu0/compute gpus README "$TMP/mirror"
    same "with its bytes" "$(cat gpu0/sdma/0/log gpus README)" "$(cd "$TMP/mirror" && cat 0/log gpus README)"
fi

# Times are those of what a file shows
for file in gpu0/sdma/0/run gpu0/sdma/0/log gpu0/info gpu0/compute/mine/submit errors README; do
    before=$(stat -c '%y %z' $file)
    same "$file keeps its times while nothing happens" "$before" "$(cat $file >/dev/null && stat -c '%y %z' $file)"
done
before=$(stat -c %Y%y gpu0/sdma/0/log)
put gpu0/sdma/0/run nop
[ "$before" != "$(stat -c %Y%y gpu0/sdma/0/log)" ]
same "a log that got longer has a new time" 0 $?
before=$(stat -c %y gpu0/sdma/0/run)
same "its command file has not" "$before" "$(stat -c %y gpu0/sdma/0/run)"

# README: what it says to type works, as it is said
same "README is one screen" "1 1" "$(($(wc -l <README) <= 24)) $(awk 'length > 80 { n++ } END { print n == 0 }' README)"
rm gpu0/vram/*
sed -n 's/^  //p' README | sed 's/   .*//' >"$TMP/typed"
same "README has commands to type" 12 "$(wc -l <"$TMP/typed")"
while read -r line; do
    case $line in
    *vecadd* | *KERNEL*) continue ;; # of code of one's own
    esac
    quiet "README: $line" sh -c "$line"
done <"$TMP/typed"
same "what it fills is filled, and copied" "42 42" "$(od -A n -t u4 -N 4 gpu0/vram/a | flat | tr -d ' ') $(od -A n -t u4 -N 4 gpu0/vram/b | flat | tr -d ' ')"
if [ -e "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" ]; then
    cp "$KFDFS_KERNELS/trouble.gfx942.O3.hsaco" gpu0/code/vecadd.hsaco
    check "the kernels are where it says" [ -e gpu0/kernels/vecadd/nothing/signature ]
fi
finish
