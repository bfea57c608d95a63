#!/bin/sh
# kfdfs.5 names every path that the file table has, and no other; kfdfs.1 every option that kfdfs -h has.
# usage: manual.sh [FILE_TABLE [MANUAL_PAGE]]
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
table=${1:-$top/fs/files/files.c}
page=${2:-$top/docs/kfdfs.5}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The table's macros are expanded by the compiler; pieces of a string that stand side by side are one path.
${CC:-cc} -E -P -D_GNU_SOURCE -I"$top/driver" -I"$top/fs" "$table" >"$work/expanded" || { echo "not ok: $table does not compile"; exit 1; }
sed -n '/ fs_rows\[\] *= *{/,$p' "$work/expanded" | tr '\n' ' ' | sed 's/"  *"//g' | grep -o '\.path *= *"[^"]*"' |
    sed 's/.*"\(.*\)"/\1/; s/^$/\//' | sort >"$work/table"
# In the page's SYNOPSIS each path is an item of its own.
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.It Pa //p' "$page" | sort >"$work/page"

failed=0
complain() { # MESSAGE, of each line that comes
    while read -r path; do
        echo "not ok: $1: $path"
    done
}
for list in table page; do
    [ -s "$work/$list" ] || { echo "not ok: no paths found in the $list"; failed=1; }
    uniq -d "$work/$list" | complain "twice in the $list"
    [ -z "$(uniq -d "$work/$list")" ] || failed=1
done
comm -23 "$work/table" "$work/page" | complain "in $(basename "$table") but not in $(basename "$page")"
comm -13 "$work/table" "$work/page" | complain "in $(basename "$page") but not in $(basename "$table")"
cmp -s "$work/table" "$work/page" || failed=1
# Options: kfdfs -h, its page, and what is accepted
sed -n '/void print_help/,/^}/s/^ *"    -o \([a-z_]*\).*/\1/p' "$top/fs/main.c" | sort >"$work/help"
sed -n 's/^\.It Cm \([a-z_]*\)\(=.*\)*$/\1/p' "$top/docs/kfdfs.1" | sort >"$work/options"
[ -s "$work/help" ] || { echo "not ok: no options found in the help text"; failed=1; }
comm -23 "$work/help" "$work/options" | complain "in kfdfs -h but not in kfdfs.1"
comm -13 "$work/help" "$work/options" | complain "in kfdfs.1 but not in kfdfs -h"
cmp -s "$work/help" "$work/options" || failed=1
while read -r option; do
    grep -q "\"$option\(=\)*\"" "$top/fs/options.c" || { echo "not ok: $option is promised, but unknown to options.c"; failed=1; }
done <"$work/help"
[ "$failed" -eq 1 ] || echo "ok: $(wc -l <"$work/table") paths"
exit "$failed"
