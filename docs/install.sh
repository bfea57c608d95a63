#!/bin/sh
# Installs what is missing to build and try kfdfs on Debian 12 or later; with "tests" also what its tests use.
# usage: install.sh [tests]
set -eu
packages="gcc g++ meson ninja-build pkg-config libfuse3-dev fuse3 libdrm-dev libelf-dev libmsgpack-dev zlib1g-dev libzstd-dev clang-22 lld-22 libclc-22"
if [ "${1:-}" = tests ]; then
    packages="$packages check clang-14 libclang-rt-14-dev clang-format-14 shellcheck llvm-22 clang-tools-22 busybox-static toybox rust-coreutils attr procps python3 zsh fish rsync ed less"
fi
missing=
for package in $packages; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
if [ "$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi
$sudo apt-get -qq update
# shellcheck disable=SC2086 # words on purpose
DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq install -y --no-install-recommends $missing >/dev/null
