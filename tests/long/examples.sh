#!/bin/sh
# The scripts of docs/examples on two GPUs of each model.
# usage: examples.sh [BUILD_DIRECTORY]     (default: build/gcc; EXAMPLE_MODELS narrows it)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
KFDFS_BUILD=$(cd "${1:-$top/build/gcc}" && pwd)
export KFDFS_BUILD KFDFS="$KFDFS_BUILD/fs/kfdfs" KFDFS_TESTS="$top/tests" KFDFS_KERNELS="$KFDFS_BUILD/tests/kernels"
export EXAMPLE_MODELS="${EXAMPLE_MODELS:-mi210 mi300x mi355x rx6900xt rx7900xtx radeon8060s rx9070xt}"
exec sh "$top/tests/mount/examples.sh"
