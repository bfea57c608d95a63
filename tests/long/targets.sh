# shellcheck shell=sh
# For scripts that compile for simulated cards, to be read by them.
# shellcheck disable=SC2034 # by who reads this
all_targets="gfx90a gfx942 gfx950 gfx1030 gfx1100 gfx1151 gfx1201"

# TARGET...: a card that has each, joined as KFDFS_SIM wants them
models_of() {
    models=""
    for target; do
        case $target in
        gfx90a) model=mi210 ;; gfx942) model=mi300x ;; gfx950) model=mi355x ;; gfx1030) model=rx6900xt ;;
        gfx1100) model=rx7900xtx ;; gfx1151) model=radeon8060s ;; gfx1201) model=rx9070xt ;;
        *) echo "${0##*/}: no simulated card has $target" >&2; return 2 ;;
        esac
        models=${models:+$models+}$model
    done
    echo "$models"
}
