#!/bin/sh
# A million random operations on buffers: tests/mount/fs-storm.sh, longer. Takes a few minutes.
# usage: storm.sh [BUILD_DIRECTORY [SEED]]     (default: build/gcc, and a seed of the day)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:-$top/build/gcc}" && pwd)
export STORM_SEED="${2:-$(date +%Y%m%d)}" STORM_OPERATIONS=1000000 STORM_PROCESSES=6
export KFDFS="$build/fs/kfdfs" KFDFS_BUILD="$build"
exec sh "$top/tests/mount/fs-storm.sh"
