#!/bin/sh
# What docs/kfdfs.5 shows is what one sees: its transcripts, typed in their order, give what is printed there.
# Times, addresses and process ids differ each time: numbers of four digits and more, and fractions, are all alike.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
for tool in bash perl getfattr clang-22 ld.lld-22; do
    command -v $tool >/dev/null || skip "$tool is missing"
done
[ -e /usr/lib/clc/amdgcn-amd-amdhsa.bc ] || skip "libclc is missing"
page=$KFDFS_TESTS/../docs/kfdfs.5

# The page as it is printed: blocks that have a line with a prompt, from there to their end; what was cut for the
# page's width is put together again, commands stay as they are.
sed 's/\\&//g; s/\\e/\\/g' "$page" | awk '
    /^\.Ed/ { shown = 0; command = 0 }
    /^\.Bd -literal/ { block = 1; next }
    block && /^\$ / { shown = 1; block = 0 }
    !shown { next }
    /^\$ / || (command && /^> /) || continued { command = 1; continued = /\\$/; print; next }
    { command = 0; cut = sub(/\\$/, ""); if (joining) sub(/^    /, ""); joining = cut; printf cut ? "%s" : "%s\n", $0 }
' >"$TMP/shown"
same "the page has transcripts" 1 "$(($(grep -c '^\$ ' "$TMP/shown") > 50))"

# The files that the session uses are printed in it: each is what stands behind the cat of it.
mkdir "$TMP/src"
for file in vector_add.cl count.cl compile; do
    sed -n "/^\\$ cat ..\/src\/$file\$/,/^\\$/p" "$TMP/shown" | grep -v '^\$ ' >"$TMP/src/$file"
    [ -s "$TMP/src/$file" ] || fail "the page does not print $file"
done
awk '
    function type_in() {
        if (typed != "") printf "cat <<\"--shown--\"\n%s--shown--\n%s", shown, typed
        if (typed ~ /grep fault events/) print "until grep -q \" recovery gpu0 \" events; do :; done" # nobody types that fast
        typed = shown = ""
    }
    /^\$ / { type_in() }
    /^[$>] / || more { shown = shown $0 "\n"; more = /\\$/; sub(/^[$>] /, ""); typed = typed $0 "\n"; next }
    { type_in() }
    END { type_in() }
' "$TMP/shown" >"$TMP/session"

start_mount mi300x+rx7900xtx
cd "$MNT" || exit 1
LC_ALL=C timeout 120 bash "$TMP/session" >"$TMP/seen" 2>&1 </dev/null
[ $? -ne 124 ] || fail "the session does not end"

alike() {
    sed -E 's/^[^ ]*session: line [0-9]+: /bash: /; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g; s/\b0x[0-9a-f]+/N/g
        s/\b[0-9a-f]{12}-[0-9a-f]{12}\b/N-N/g; s/[0-9]+\.[0-9]+/N/g; s/\b[0-9]{4,}\b/N/g; s/TIME [0-9]+ /TIME N /g; s/^(gpu[01]) N N N [0N] [0N] N$/\1 N N N N N N/' "$1" | awk '
        /^N-N / { rows[n++] = $0; next } # of maps: which comes first is up to the addresses
        n { in_order() }
        { print }
        END { in_order() }
        function in_order(  i, j, row) {
            for (i = 1; i < n; i++) {
                row = rows[i]
                for (j = i - 1; j >= 0 && rows[j] > row; j--) rows[j + 1] = rows[j]
                rows[j + 1] = row
            }
            for (i = 0; i < n; i++) print rows[i]
            n = 0
        }'
}
alike "$TMP/shown" >"$TMP/want"
alike "$TMP/seen" >"$TMP/got"
difference=$(diff "$TMP/want" "$TMP/got")
same "$(grep -c '^\$ ' "$TMP/shown") commands show what the page shows" "" "$difference"
finish
