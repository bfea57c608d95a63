#!/bin/sh
# What the machine can keep of the house rules: formatting, shell scripts, include edges, the top level.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0
complain() { echo "not ok: $1"; failed=1; }

files=$(find fs driver tests -name '*.[ch]')
if command -v clang-format-14 >/dev/null; then
    # shellcheck disable=SC2086
    clang-format-14 --dry-run -Werror $files || complain "clang-format would change these files"
fi
if command -v shellcheck >/dev/null; then
    # shellcheck disable=SC2046
    shellcheck -x $(find docs tests .ci -name '*.sh') .ci/run || complain "shellcheck has remarks"
fi

# The list of the contract's sentences names tests that there are.
while IFS='|' read -r section sentence script words; do
    script=${script# } script=${script% }
    case $section in '#'*) continue ;; esac
    grep -qsF -e "${words# }" "tests/mount/$script" || complain "contract.txt:$sentence: $script has no '${words# }'"
done <tests/mount/contract.txt

# fs -> driver/gpu.h only; the driver knows no simulator; simulator and driver share no header but the reader of
# instructions, which knows neither
grep -nE '#include "(kfd|sdma|pm4|aql|compute|sim|isa|internal|topology|image|metadata|code|hw/)' fs/*.[ch] fs/*/*.[ch] && complain "fs/ includes more of the driver than gpu.h"
grep -nE '#include ".*(sim|wave|kfd_abi)[./]' driver/*.[ch] driver/hw/targets.* && complain "the driver includes the simulator"
grep -nE '#include "(\.\./)*(gpu|kfd|internal|topology|code|hw/targets)\.h"' driver/sim/*.[ch] driver/sim/*/*.[ch] && complain "the simulator includes the driver"
# inside the simulator, from top to bottom: libc, kernel, front, cu, memory
grep -nE '#include "sim/libc/' driver/sim/kernel/*.[ch] && complain "the simulated kernel includes the libc boundary"
grep -nE '#include "sim/(libc|kernel)/' driver/sim/front/*.[ch] && complain "the front end includes the kernel"
grep -nE '#include "sim/(libc|kernel|front)/' driver/sim/cu/*.[ch] && complain "compute units include what drives them"
grep -nE '#include "sim/(libc|kernel|front|cu)/' driver/sim/memory/*.[ch] && complain "the simulated memory includes its users"
grep -nE '#include ["<]' driver/isa/*.[ch] | grep -vE '<[a-z]+\.h>|"(isa|decode)[a-z_]*\.(h|def)"' && complain "the reader of instructions includes others"
# inside fs/, from top to bottom: handover, front, files, tree, work, state, text; what lies in fs/ itself is above all
above=
for room in handover front files tree work state text; do
    [ -n "$above" ] && grep -nE "#include \"($above)/" "fs/$room"/*.[ch] && complain "fs/$room includes what stands on it"
    above=${above:+$above|}$room
done
grep -nE '#include "[^/]*"' fs/*/*.[ch] && complain "a room of fs/ includes the program"
grep -lE '#include <fuse' fs/*.[ch] fs/*/*.[ch] | grep -v '^fs/front/callback.h$' && complain "only fs/front/callback.h may include a fuse header"
grep -lE '#include "front/callback' fs/*.[ch] fs/*/*.[ch] | grep -v '^fs/front/' && complain "FUSE's callbacks are nobody's but fs/front's"
extra=$(find . -mindepth 1 -maxdepth 1 ! -name '.*' ! -name build ! -name fs ! -name driver ! -name tests ! -name docs \
    ! -name meson.build ! -name README.md ! -name LICENSE)
[ -z "$extra" ] || complain "at the top level: $extra"
exit "$failed"
