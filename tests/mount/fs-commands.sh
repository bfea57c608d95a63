#!/bin/sh
# Commands of copy queues: what they do, what their log says, and how each wrong line is refused.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1
words() { od -A n -v -t x4 "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
last() { tail -n 1 "$1/log" | cut -d' ' -f5-; }

for gpu in gpu0 gpu1; do
    q=$gpu/sdma/0 v=$gpu/vram
    truncate -s 16 $v/a $v/b
    truncate -s 64K $v/big
    check "$gpu: fill" put $q/run "fill vram/a 0xdeadbeef"
    same "$gpu: fill filled" "deadbeef deadbeef deadbeef deadbeef" "$(words $v/a)"
    check "$gpu: write, with typed values" put $q/run "write vram/a+4 1 -2 f32:1.5"
    same "$gpu: write wrote" "deadbeef 00000001 fffffffe 3fc00000" "$(words $v/a)"
    check "$gpu: copy with offsets" put $q/run "copy vram/a+4 ../$gpu/vram/b 8"
    same "$gpu: copy copied" "00000001 fffffffe 00000000 00000000" "$(words $v/b)"
    check "$gpu: copy without BYTES takes the smaller rest" put $q/run "copy vram/a $MNT/$v/b+12"
    same "$gpu: it did" "00000001 fffffffe 00000000 deadbeef" "$(words $v/b)"
    check "$gpu: atomic" put $q/run "atomic add vram/b 0x100000002" "atomic or vram/b 0x30"
    same "$gpu: atomic added and or'ed 64 bits" "00000033 ffffffff 00000000 deadbeef" "$(words $v/b)"
    check "$gpu: signal and wait-mem" put $q/run "signal vram/b 77" "wait-mem vram/b eq 77" "wait-mem vram/b lt 0x10 0xf" nop
    check "$gpu: timestamp" put $q/run "timestamp vram/b+8"
    same "$gpu: a timestamp is not 0" 0 "$([ "$(words $v/b | cut -d' ' -f3-)" = "00000000 deadbeef" ] && echo 1 || echo 0)"
    same "$gpu: each line counts" "11 11" "$(cat $q/submitted) $(cat $q/completed)"
    same "$gpu: the log has them" "11 ok timestamp vram/b+8" "$(tail -n +2 $q/log | wc -l) $(last $q)"
    same "$gpu: start comes before end" 11 "$(awk '!/^#/ && $2 > 0 && $3 >= $2 { n++ } END { print n }' $q/log)"
    same "$gpu: the queue is idle" "state idle" "$(head -n 1 $q/info)"

    # a buffer's name with a blank, a plus and a directory
    mkdir $v/d
    truncate -s 4 "$v/d/a b+1"
    check "$gpu: a name with a blank and a plus" put $q/run 'fill vram/d/a\040b+1+0 7'
    same "$gpu: was found" 00000007 "$(words "$v/d/a b+1")"
    va=$(getfattr --only-values -n user.gpu_va $v/a)
    check "$gpu: an absolute address" put $q/run "fill @$va 5 4"
    same "$gpu: was hit" 00000005 "$(words $v/a | cut -d' ' -f1)"

    # every wrong line: errno, one line in errors that quotes it, nothing changed
    before=$(words $v/a) count=$(cat $q/submitted)
    while read -r errno line; do
        lines=$(wc -l <errors)
        errno "$gpu: $line" "$errno" put $q/run "$line"
        same "$gpu: leaves one line" $((lines + 1)) "$(wc -l <errors)"
        case $(tail -n 1 errors) in
        *" $errno $q/run "*"$line"*) ;;
        *) fail "$gpu: that names file and line: $(tail -n 1 errors)" ;;
        esac
    done <<LINES
EINVAL fly vram/a
EINVAL copy vram/a
EINVAL copy vram/a vram/b 4 5
EINVAL copy vram/a vram/b many
EINVAL copy vram/a vram/a
EINVAL copy vram/big vram/big+4 100
EINVAL copy @0x1000 @0x2000
EINVAL fill vram/a
EINVAL fill vram/a 1.5
EINVAL fill vram/a+1 0 4
EINVAL fill vram/a 0 3
EINVAL write vram/a
EINVAL write vram/a+2 1
EINVAL timestamp vram/a+4
EINVAL atomic pow vram/a 1
EINVAL atomic add vram/a+4 1
EINVAL wait-mem vram/a is 1
EINVAL wait sdma/1 x
EINVAL dispatch a/b grid=1 group=1
ENOENT copy vram/nothing vram/a
ENOENT copy gpu7/vram/a vram/a
ENOENT copy /tmp/a vram/a
ENOENT copy vram/d vram/a
ENOENT wait sdma/99 1
ENOENT wait gpu7/sdma/0 1
ERANGE copy vram/a vram/b 17
ERANGE copy vram/a+17 vram/b
ERANGE copy vram/big vram/b+12 5
ERANGE fill vram/a 0 20
ERANGE fill vram/a 0x100000000
ERANGE write vram/a 1 2 3 4 5
ERANGE timestamp vram/a+16
ERANGE copy vram/a vram/b 99999999999999999999
EDEADLK wait sdma/0 1000
LINES
    same "$gpu: no refused line changed anything" "$before $count" "$(words $v/a) $(cat $q/submitted)"
    printf "nop\\0\\n" >"$TMP/nul"
    errno "$gpu: a NUL byte" EINVAL sh -c "cat $TMP/nul >$q/run"

    # a batch stands or falls together
    errno "$gpu: one bad line" ENOENT put $q/run "fill vram/a 1" "fill vram/a 2" "copy vram/nothing vram/a" "fill vram/a 3"
    same "$gpu: refuses the batch" "$before $count" "$(words $v/a) $(cat $q/submitted)"
    check "$gpu: a good batch" put $q/run "fill vram/a 1" "" "copy vram/a vram/b" "fill vram/a 2"
    same "$gpu: is run in order" "$((count + 3)) 00000002 00000001" "$(cat $q/submitted) $(words $v/a | cut -d' ' -f1) $(words $v/b | cut -d' ' -f1)"
    seq 1 20000 | sed 's/^/write vram\/big /' >"$TMP/commands"
    cat "$TMP/commands" >$q/run
    same "$gpu: 20000 lines by cat, cut anywhere by its writes" "$((count + 20003)) 00004e20" \
        "$(cat $q/completed) $(words $v/big | cut -d' ' -f1)"
    same "$gpu: the log keeps the last 1024" "1025 write vram/big 20000" "$(wc -l <$q/log) $(last $q | cut -d' ' -f2-)"
    printf 'fill vram/a 8' >$q/run
    same "$gpu: a short write without a newline is a command" 00000008 "$(words $v/a | cut -d' ' -f1)"
    { printf 'nop\nfill vram/a'; printf ' 9'; } >$q/run
    same "$gpu: what is left is run at close" 00000009 "$(words $v/a | cut -d' ' -f1)"
    check "$gpu: appending with >> is the same" sh -c "echo nop >>$q/run"
    same "$gpu: reading a command file tells its usage" "copy SRC DST [BYTES]" "$(head -n 1 $q/run)"

    # submit and wait
    count=$(cat $q/submitted)
    check "$gpu: submit" put $q/submit "fill vram/big 3" "copy vram/big vram/a 16"
    check "$gpu: wait for a number" put $q/wait $((count + 1))
    check "$gpu: wait for all" sh -c "echo >$q/wait"
    same "$gpu: all was done" "$((count + 2)) 00000003" "$(cat $q/completed) $(words $v/a | cut -d' ' -f1)"
    errno "$gpu: wait takes a number" EINVAL put $q/wait soon
    check "$gpu: queues wait for each other" put $gpu/sdma/1/run "wait sdma/0 $((count + 2))" nop
    check "$gpu: compute queues take barriers and waits" put $gpu/compute/0/run barrier "wait sdma/0 1" nop
    same "$gpu: and do them" "3 3" "$(cat $gpu/compute/0/submitted) $(cat $gpu/compute/0/completed)"
    errno "$gpu: what a queue cannot do is refused, with the batch" EINVAL put $gpu/compute/0/run nop "copy vram/a vram/b"
    same "$gpu: and not done" "3" "$(cat $gpu/compute/0/submitted)"
done
exec 3<errors
cat <&3 >/dev/null
errno "a wrong line is seen by who" EINVAL put gpu0/sdma/0/run "follow errors"
same "follows errors (tail -f)" 1 "$(cat <&3 | grep -c 'follow errors')"
exec 3<&-
check "a copy between GPUs by name" put gpu0/sdma/0/run "fill vram/a 0x2a" "copy vram/a gpu1/vram/b"
same "arrives" "0000002a 0000002a 0000002a 0000002a" "$(words gpu1/vram/b)"
check "a queue waits for another GPU's" put gpu1/sdma/0/run "wait gpu0/sdma/0 1" nop
finish
