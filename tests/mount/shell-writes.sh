#!/bin/sh
# Commands are written by every shell in every way that people have; Ctrl-C and jobs do what they do elsewhere.
# shellcheck source=tests/mount/lib.sh
# shellcheck disable=SC2016 # lines for other shells
. "$(dirname "$0")/lib.sh"
start_mount rx7900xtx
cd "$MNT/gpu0" || exit 1
truncate -s 4K vram/a gtt/flag
printf 'fill vram/a %s\n' 1 2 >"$TMP/two"
export TMP
exists() { command -v "${1%% *}" >/dev/null || { echo "# $1 is missing"; false; }; }

writes() { # WAY SCRIPT LOG: $shell ends it well, and the log then has this and nothing else
    rmdir sdma/0
    # shellcheck disable=SC2086 # words
    if timeout 60 $shell -c "$2" >"$TMP/out" 2>&1; then
        same "$shell: $1" "$3" "$(sed 1d sdma/0/log | cut -d' ' -f5- | tr '\n' ';')"
    else
        fail "$shell: $1: $(head -n 3 "$TMP/out")"
    fi
}

one="ok fill vram/a 1;" two="ok fill vram/a 1;ok fill vram/a 2;"
for shell in bash dash zsh fish "busybox sh"; do
    exists "$shell" || continue
    writes "echo" 'echo fill vram/a 1 > sdma/0/run' "$one"
    writes "printf without a newline" 'printf "fill vram/a 1" > sdma/0/run' "$one"
    writes "printf of two lines" 'printf "fill vram/a %s\n" 1 2 > sdma/0/run' "$two"
    writes ">>" 'echo "fill vram/a 1" >> sdma/0/run' "$one"
    writes "tee -a to two files" 'echo "fill vram/a 1" | tee -a sdma/0/run sdma/0/submit && echo > sdma/0/wait' "$one$one"
    writes "cat" 'cat $TMP/two > sdma/0/run' "$two"
    writes "cp" 'cp $TMP/two sdma/0/run' "$two"
    writes "dd" 'dd if=$TMP/two of=sdma/0/run status=none' "$two"
    [ "$shell" != fish ] || continue
    writes "<>" 'echo "fill vram/a 1" 1<> sdma/0/run' "$one"
    writes "cat <<EOF" 'cat > sdma/0/run <<EOF
fill vram/a 1
fill vram/a 2
EOF' "$two"
    writes "a file that stays open" 'exec 3> sdma/0/run; echo "fill vram/a 1" >&3; echo "fill vram/a 2" >&3' "$two"
    writes "a group of commands" '{ echo "fill vram/a 1"; printf "fill vram/a 2"; } > sdma/0/run' "$two"
    writes "noclobber: >| and >>" 'set -C; echo "fill vram/a 1" >| sdma/0/run; echo "fill vram/a 2" >> sdma/0/run' "$two"
    # shellcheck disable=SC2086 # words
    if timeout 60 $shell -c 'set -C; echo "fill vram/a 3" > sdma/0/run' 2>"$TMP/err"; then
        fail "$shell: noclobber: > is refused by the shell"
    else
        same "$shell: noclobber: > is refused by the shell, and nothing is written" "2 1" "$(cat sdma/0/submitted) $(grep -c exist "$TMP/err")"
    fi
    # a failure is the shell's failure
    # shellcheck disable=SC2086 # words
    timeout 60 $shell -c 'echo fly > sdma/0/run' 2>"$TMP/err" && fail "$shell: a refused line goes through"
    same "$shell: a refused line is said" 1 "$(grep -cE 'Invalid argument|invalid argument|I/O error' "$TMP/err")"
done
same "errors has those that were refused, by their words" "$(grep -c ' EINVAL gpu0/sdma/0/run fly: ' "$MNT/errors")" "$(grep -c '(line: fly)' "$MNT/errors")"

# the tools of busybox, of toybox and of uutils, whose program is called coreutils
for box in busybox toybox coreutils; do
    exists $box || continue
    export box
    shell="sh"
    writes "$box tee" 'echo "fill vram/a 1" | $box tee sdma/0/run' "$one"
    writes "$box cat" '$box cat $TMP/two > sdma/0/run' "$two"
    # uutils' cp sets the mode of what it wrote, and says that it may not
    [ $box = coreutils ] || writes "$box cp" '$box cp $TMP/two sdma/0/run' "$two"
    [ $box = toybox ] || writes "$box dd" '$box dd if=$TMP/two of=sdma/0/run 2>/dev/null' "$two"
done
exists python3 && shell="sh" writes "python" 'python3 -c "
with open(\"sdma/0/run\", \"w\") as run:
    print(\"fill vram/a 1\", file=run)
    print(\"fill vram/a 2\", file=run)"' "$two"
exists perl && shell="sh" writes "perl" 'perl -e "open(F, q(>), q(sdma/0/run)); print F qq(fill vram/a 1\n); close F or die"' "$one"

# at a terminal
if exists python3; then
    for shell in "bash --norc --noprofile -i" "dash -i" "zsh -f -i" "busybox sh -i" "fish --no-config -i"; do
        exists "$shell" || continue
        rmdir sdma/0
        printf '\0' | dd of=gtt/flag conv=notrunc status=none
        # shellcheck disable=SC2086 # words
        timeout 120 python3 "$KFDFS_TESTS/terminal.py" sdma/0 "wait-mem gtt/flag eq 1" gtt/flag $shell >"$TMP/terminal" 2>&1 </dev/null
        while read -r word what; do
            if [ "$word" = ok ]; then ok "$shell: $what"; else fail "$shell: $word $what"; fi
        done <"$TMP/terminal"
        same "$shell: Ctrl-C, jobs and the end" 9 "$(grep -c '^ok' "$TMP/terminal")"
    done
fi
finish
