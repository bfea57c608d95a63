#!/bin/sh
# No file needs, by way of others or not, one that needs it: names that object files use and define, sorted as far as that goes.
# usage: circles.sh DIRECTORY-OF-OBJECT-FILES...
set -u
failed=0
for dir; do
    pairs=$(nm -A -P "$dir"/*.o | awk '
        { sub(/:$/, "", $1); sub(/.*\//, "", $1); sub(/\.c\.o$/, "", $1) }
        $3 == "U" { uses[$1 " " $2] = 1; next }
        $3 ~ /[A-Z]/ { home[$2] = $1 }
        END {
            for (use in uses) {
                split(use, of)
                if (of[2] in home && home[of[2]] != of[1])
                    print of[1], home[of[2]]
            }
        }' | sort -u)
    [ -n "$pairs" ] || { echo "not ok: no file of $dir uses another"; failed=1; }
    echo "$pairs" | tsort >/dev/null || { echo "not ok: files of $dir need one another, as tsort says"; failed=1; }
done
exit "$failed"
