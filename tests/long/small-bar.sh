#!/bin/sh
# The tests of buffers, code and commands on a machine whose CPU sees little of VRAM.
# usage: small-bar.sh [BUILD_DIRECTORY]     (default: build/gcc)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
KFDFS_BUILD=$(cd "${1:-$top/build/gcc}" && pwd)
export KFDFS_BUILD KFDFS="$KFDFS_BUILD/fs/kfdfs" KFDFS_TESTS="$top/tests" KFDFS_KERNELS="$KFDFS_BUILD/tests/kernels"
export MOUNT_OPTIONS="-o sim_bar=256M"
failed=
for script in fs-buffers fs-code fs-posix fs-storm kernels code-bundles; do
    echo "== $script"
    sh "$top/tests/mount/$script.sh" || failed="$failed $script"
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
