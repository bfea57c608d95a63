#!/bin/sh
# Installs what is missing, builds with gcc and with clang under sanitizers, and runs every test.
# usage: run.sh [BUILD_DIRECTORY]     (default: build/ beside this tests/ directory)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$top/build}
"$top/docs/install.sh" tests

results=
failed=0

# name, compiler, meson options...: one build. Line tables are all that sanitizers need of debugging information.
build() {
    name=$1 compiler=$2
    shift 2
    if [ ! -f "$build/$name/build.ninja" ]; then
        CC=$compiler meson setup "$build/$name" "$top" -Dc_args=-g1 "$@" >"$build/$name.log" 2>&1 ||
            { cat "$build/$name.log"; exit 1; }
    fi
    ${lower:-} ninja -C "$build/$name" >"$build/$name.log" 2>&1 || { tail -n 60 "$build/$name.log"; exit 1; }
}

# the same, beside the tests of the build before it
build_beside() {
    (lower='nice -n 10' && build "$@") &
    beside=$!
}

# name, suite...: its tests
run() {
    name=$1
    shift
    echo "== $name"
    for suite; do
        shift
        set -- "$@" --suite "$suite"
    done
    meson test -C "$build/$name" --no-rebuild --print-errorlogs "$@" || failed=1
    results="$results $build/$name/meson-logs/testlog.json"
}

mkdir -p "$build"
export KFDFS_KERNEL_CACHE="$build/kernels" # compiled once for all builds
build gcc gcc
build_beside sanitized clang-14 -Db_sanitize=address,undefined -Db_lundef=false
run gcc
wait "$beside" || exit 1
build_beside threads gcc -Db_sanitize=thread -Db_lundef=false
run sanitized
wait "$beside" || exit 1
run threads sim driver mount

# A line that tools and people can read: each test of each build counts once
# shellcheck disable=SC2086 # several files on purpose
cat $results | awk '
    /"result": "OK"/ || /"result": "EXPECTEDFAIL"/ { passed++; next }
    /"result": "SKIP"/ { skipped++; next }
    /"result": "/ { failed++ }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }' || failed=1
exit "$failed"
