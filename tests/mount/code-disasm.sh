#!/bin/sh
# disasm: every compiled kernel reads as llvm-objdump prints it, at the address where it was loaded; info counts its instructions.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
[ -e "$KFDFS_KERNELS/vector_add.gfx942.O3.hsaco" ] || skip "no compiled kernels (clang-22)"
command -v llvm-objdump-22 >/dev/null || skip "no llvm-objdump-22"

# FILE...: $TMP/OBJECT.KERNEL has the instructions as LLVM prints them, without what it adds to them and the padding behind them
llvm() {
    llvm-objdump-22 -d "$@" | awk -v tmp="$TMP" '
        function done(i) { if (name != "") for (i = 1; i <= last; i++) print line[i] >name; close(name); n = last = 0 }
        /:\tfile format/ { done(); sub(/:\t.*/, ""); sub(/.*\//, ""); sub(/\.hsaco$/, ""); object = $0; name = "" }
        /^[0-9a-f]+ <.*>:$/ { done(); name = tmp "/" object "." substr($2, 2, length($2) - 3) }
        /^\t/ { sub(/^\t/, ""); sub(/ *\/\/ 0000.*/, ""); line[++n] = $0; if ($0 != "s_nop 0" && $0 != "s_code_end") last = n }
        END { done() }'
}

start_mount mi300x+rx7900xtx
for gpu in 0:gfx942 1:gfx1100; do
    target=${gpu#*:}
    cd "$MNT/gpu${gpu%:*}" || exit 1
    llvm "$KFDFS_KERNELS"/*."$target".O[03].hsaco
    for file in "$KFDFS_KERNELS"/*."$target".O[03].hsaco; do
        object=$(basename "$file" .hsaco)
        cp "$file" code/
        for kernel in kernels/"$object"/*/; do
            kernel=$(basename "$kernel")
            sed '1d; s/^[^ ]* //' "kernels/$object/$kernel/disasm" >"$TMP/ours"
            if cmp -s "$TMP/$object.$kernel" "$TMP/ours" && [ -s "$TMP/ours" ]; then
                ok "$object/$kernel: $(wc -l <"$TMP/ours") instructions"
            else
                fail "$object/$kernel: $(diff "$TMP/$object.$kernel" "$TMP/ours" | head -n 6)"
            fi
        done
    done
    info=kernels/vector_add.$target.O3/vector_add
    same "$target: it begins where info says that the code is" "$(awk '$1 == "code" { print $2 }' "$info/info")" \
        "$(sed -n '2s/ .*//p' "$info/disasm")"
    same "$target: info counts them" "$(($(wc -l <"$info/disasm") - 1))" "$(awk '$1 == "instructions" { print $2 }' "$info/info")"
    same "$target: the classes are all of them" "$(awk '$1 == "instructions" { print $2 }' "$info/info")" \
        "$(awk '$1 ~ /_instructions$/ { n += $2 } END { print n }' "$info/info")"
    same "$target: loads and stores are among them" 3 "$(awk '$1 == "vector_memory_instructions" { print $2 }' "$info/info")"
done
finish
