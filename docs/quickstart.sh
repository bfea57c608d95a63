#!/bin/sh
# Installs what is missing, builds kfdfs, mounts two software GPUs and uses them; every line typed is shown.
# usage: quickstart.sh [BUILD_DIRECTORY]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$top/build/quickstart}
"$top/docs/install.sh"
if [ ! -f "$build/build.ninja" ]; then
    mkdir -p "$build"
    meson setup "$build" "$top" --buildtype=release >"$build/setup.log" 2>&1 || { cat "$build/setup.log"; exit 1; }
fi
ninja -C "$build" fs/kfdfs driver/sim/libkfdsim.so >/dev/null || { ninja -C "$build"; exit 1; }

work=$(mktemp -d)
mnt=$work/gpu
mkdir "$mnt"
cleanup() {
    cd /
    ! mountpoint -q "$mnt" || fusermount3 -u "$mnt"
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
PATH=$build/fs:$PATH

say() { printf '\n# %s\n' "$1"; }
# Shows a line as it would be typed, then runs it. In the lines, gpu is the mount point.
type_in() {
    printf '$ %s\n' "$1"
    eval "$1"
}

say "A vector addition in OpenCL C, compiled for a real GPU target"
cp "$top/tests/kernels/vector_add.cl" .
type_in 'cat vector_add.cl'
for target in gfx942 gfx1100; do
    type_in "clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=$target -mcode-object-version=4 -nogpulib \\
    -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc -O3 vector_add.cl -o vector_add.$target.hsaco"
done

say "Two software GPUs: an MI300X and an RX 7900 XTX"
type_in 'kfdfs --sim mi300x+rx7900xtx gpu'
type_in 'cat gpu/gpus'
type_in 'ls gpu gpu/gpu0'

say "A file in vram/ is GPU memory: allocate 256 KiB three times, upload data"
perl -e 'print pack "f*", 0 .. 65535' >a.bin
perl -e 'print pack "f*", map { 1000000 - 10 * $_ } 0 .. 65535' >b.bin
type_in 'truncate -s 256K gpu/gpu0/vram/c'
type_in 'cp a.bin gpu/gpu0/vram/a'
type_in 'cp b.bin gpu/gpu1/vram/b'
say "b went to the other GPU: cp moves it over by the copy engines, the bytes never pass through the shell"
type_in 'cp gpu/gpu1/vram/b gpu/gpu0/vram/b'
type_in 'ls -l gpu/gpu0/vram'

say "Copying a code object in loads it"
type_in 'cp vector_add.gfx942.hsaco gpu/gpu0/code/vector_add.hsaco'
type_in 'ls gpu/gpu0/kernels/vector_add'
type_in 'cat gpu/gpu0/kernels/vector_add/vector_add/signature'

say "One line dispatches it; it returns when the kernel is done"
type_in 'echo "grid=65536 group=256 vram/a vram/b vram/c 65536" > gpu/gpu0/kernels/vector_add/vector_add/run'
type_in 'cat gpu/gpu0/kernels/vector_add/vector_add/last'
type_in 'od -A d -t f4 -N 32 gpu/gpu0/vram/c'

say "The same on the RX 7900 XTX: another instruction set, the same lines"
type_in 'cp vector_add.gfx1100.hsaco gpu/gpu1/code/vector_add.hsaco'
type_in 'cp gpu/gpu0/vram/a gpu/gpu1/vram/a; truncate -s 256K gpu/gpu1/vram/c'
type_in 'echo "grid=65536 group=256 vram/a vram/b vram/c 65536" > gpu/gpu1/kernels/vector_add/vector_add/run'

say "Both results against the sum computed here"
perl -e 'print pack "f*", map { 1000000 - 9 * $_ } 0 .. 65535' >want.bin
type_in 'cmp want.bin gpu/gpu0/vram/c && cmp want.bin gpu/gpu1/vram/c && echo equal'

say "A mistake is refused, and says why"
type_in 'echo "grid=65536 group=256 vram/a vram/b vram/c" > gpu/gpu0/kernels/vector_add/vector_add/run || true'
type_in 'tail -n 1 gpu/errors'
type_in 'fusermount3 -u gpu'
say "That was all. README.md and man docs/kfdfs.5 go on from here."
