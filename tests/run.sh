#!/bin/sh
# Installs what is missing, builds with gcc and with clang under sanitizers, and runs every test.
# usage: run.sh [BUILD_DIRECTORY]     (default: build/ beside this tests/ directory)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$top/build}
"$top/docs/install.sh" tests

results=
failed=0

# name, compiler, suites or "", meson options...: one build and its tests
run() {
    name=$1 compiler=$2 suites=$3
    shift 3
    echo "== $name"
    if [ ! -f "$build/$name/build.ninja" ]; then
        CC=$compiler meson setup "$build/$name" "$top" "$@" >"$build/$name.log" 2>&1 ||
            { cat "$build/$name.log"; exit 1; }
    fi
    ninja -C "$build/$name" >"$build/$name.log" 2>&1 || { tail -n 60 "$build/$name.log"; exit 1; }
    set --
    for suite in $suites; do set -- "$@" --suite "$suite"; done
    meson test -C "$build/$name" --no-rebuild --print-errorlogs "$@" || failed=1
    results="$results $build/$name/meson-logs/testlog.json"
}

mkdir -p "$build"
export KFDFS_KERNEL_CACHE="$build/kernels" # compiled once for all builds
run gcc gcc ""
run sanitized clang-14 "" -Db_sanitize=address,undefined -Db_lundef=false
run threads gcc "sim driver mount" -Db_sanitize=thread -Db_lundef=false

# A line that tools and people can read: each test of each build counts once
# shellcheck disable=SC2086 # several files on purpose
cat $results | awk '
    /"result": "OK"/ || /"result": "EXPECTEDFAIL"/ { passed++; next }
    /"result": "SKIP"/ { skipped++; next }
    /"result": "/ { failed++ }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }' || failed=1
exit "$failed"
