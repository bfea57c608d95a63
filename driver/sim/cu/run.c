/*
 * run.c - how a dispatch ends, and the scratch slots of its waves (run.h).
 */
#include "run.h"

#include <stdio.h>

#include "outcome.h"
#include "sim/models.h"
#include "stopped.h"

/* ---- failing ---- */

void sim_run_end(struct sim_run *run, const struct sim_outcome *outcome)
{
    pthread_mutex_lock(&run->lock);
    if (!atomic_load(&run->stop))
        *run->outcome = *outcome;
    atomic_store(&run->stop, true);
    pthread_cond_broadcast(&run->slot_freed);
    pthread_mutex_unlock(&run->lock);
}

static void wave_failed(struct sim_run *run, struct isa_wave *w)
{
    struct sim_outcome outcome;
    sim_outcome_of(w, &outcome);
    if (!atomic_load(&run->stop))
        sim_stopped_keep(run->dispatch->gpu, w, outcome.text);
    sim_run_end(run, &outcome);
}

void sim_run_wave_stopped(struct sim_run *run, struct isa_wave *w)
{
    char text[200] = "";
    if (w->state == ISA_ILLEGAL)
        sim_illegal_text(w, text, sizeof text);
    if (!sim_trap_enter(w))
        wave_failed(run, w);
    else if (*text) /* hardware would not say which: a person must know */
        sim_report(run->dispatch->gpu, "%s", text);
}

void sim_run_failed(struct sim_run *run, const char *why)
{
    struct sim_outcome outcome = {.end = SIM_END_ILLEGAL, .pc = run->dispatch->code_va};
    snprintf(outcome.text, sizeof outcome.text, "%s", why);
    sim_run_end(run, &outcome);
}

/* ---- scratch slots ---- */

static unsigned slots_usable(const struct sim_run *run)
{
    return run->dispatch->scratch_waves < RUN_SLOT_WORDS * 64 ? run->dispatch->scratch_waves
                                                              : RUN_SLOT_WORDS * 64;
}

/* Under the lock. */
static int slot_take(uint64_t used[RUN_SLOT_WORDS], unsigned usable)
{
    for (unsigned i = 0; i * 64 < usable; i++) {
        if (!~used[i])
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(~used[i]);
        if (i * 64 + bit >= usable)
            return -1;
        used[i] |= 1ull << bit;
        return (int)(i * 64 + bit);
    }
    return -1;
}

/* Which of the XCCs that share the dispatch. */
static unsigned share_of(const struct sim_dispatch *d, uint64_t index)
{
    return (unsigned)(index % (d->n_xccs ? d->n_xccs : d->gpu->model->xccs));
}

static void slots_drop(struct sim_run *run, struct sim_group *group, unsigned n, unsigned xcc)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned slot = group->slots[i] - xcc * run->dispatch->scratch_waves;
        run->slots[xcc][slot / 64] &= ~(1ull << slot % 64);
    }
}

bool sim_run_slots_take(struct sim_run *run, struct sim_group *group, uint64_t index)
{
    unsigned xcc = share_of(run->dispatch, index), n = 0;
    unsigned waves = sim_group_waves(&run->shape, run->dispatch, index);
    pthread_mutex_lock(&run->lock);
    for (int slot; n < waves && (slot = slot_take(run->slots[xcc], slots_usable(run))) >= 0; n++)
        group->slots[n] = (uint32_t)slot + xcc * run->dispatch->scratch_waves;
    if (n < waves)
        slots_drop(run, group, n, xcc);
    pthread_mutex_unlock(&run->lock);
    return group->has_slots = n == waves;
}

void sim_run_slots_give(struct sim_run *run, struct sim_group *group)
{
    if (!group->has_slots)
        return;
    group->has_slots = false;
    pthread_mutex_lock(&run->lock);
    slots_drop(run, group, group->isa.n_waves, group->isa.xcc - run->dispatch->first_xcc);
    pthread_cond_broadcast(&run->slot_freed);
    pthread_mutex_unlock(&run->lock);
}
