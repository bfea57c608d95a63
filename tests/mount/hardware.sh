#!/bin/sh
# What tests/hw asks of a real card holds for a software GPU that the daemon takes for a real one.
# shellcheck disable=SC2034
set -u
wrap=$(mktemp -d)
trap 'rm -rf "$wrap"' EXIT
cat >"$wrap/kfdfs" <<END
#!/bin/sh
exec "$KFDFS" --sim rx9070xt+mi210 -- "$KFDFS" "\$@"
END
chmod +x "$wrap/kfdfs"
KFDFS_HW=1 HW_FAULTS=1 KFDFS=$wrap/kfdfs sh "$KFDFS_TESTS/hw/card.sh"
