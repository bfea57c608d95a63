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

# one numbered queue stands for all of them
find . -type f ! -path './*/vram/*' ! -path './*/code/*' ! -path './gpu*/sdma/[1-9]*' >"$TMP/files"
for tool in cat wc "head -n 3" "tail -n 3" "less -F" md5sum "dd status=none if=" "busybox cat" "busybox wc" "busybox head" "busybox md5sum"; do
    has "${tool%% *}" || continue
    failed=
    while read -r file; do
        # shellcheck disable=SC2086 # words
        case $tool in
        *=) $tool"$file" >"$TMP/out" 2>"$TMP/err" || failed=$file ;;
        *) $tool "$file" >"$TMP/out" 2>"$TMP/err" </dev/null || failed=$file ;;
        esac
        [ ! -s "$TMP/err" ] || failed="$file: $(cat "$TMP/err")"
    done <"$TMP/files"
    same "$tool reads each of $(wc -l <"$TMP/files") files" "" "$failed"
done

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
