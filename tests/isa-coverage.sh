#!/bin/sh
# usage: isa-coverage.sh ISA_COVERAGE HISTOGRAM TEST...
# Runs the tests of instructions, which record what they executed and compared, and prints docs/isa-coverage.md.
# Fails if compilers emit what no test compares. KFDFS_ISA_TURNS makes the record longer.
set -u
coverage=$1 histogram=$2
shift 2
command -v llvm-mc-22 >/dev/null || exit 77
KFDFS_ISA_COVERAGE=$(mktemp) || exit 1
export KFDFS_ISA_COVERAGE
trap 'rm -f "$KFDFS_ISA_COVERAGE"' EXIT
for program in "$@"; do
    # vector instructions have many encodings, modifiers and kinds of sources
    turns=${KFDFS_ISA_TURNS:-}
    case $program in */test_isa_vectors) turns=${turns:-56} ;; esac
    env ${turns:+KFDFS_ISA_TURNS=$turns} "$program" >/dev/null 2>&1 || { echo "$program fails" >&2; exit 1; }
done
"$coverage" "$histogram" "$KFDFS_ISA_COVERAGE"
