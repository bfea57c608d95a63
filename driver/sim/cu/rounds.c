/*
 * rounds.c - runs the waves of a work-group from barrier to barrier (rounds.h).
 *
 * Between two barriers there is often little to do. What isa_run() looks at for each wave is the same for all
 * of a group, which has begun: it is looked at once.
 */
#include "rounds.h"

#include "count.h"
#include "op_code.h"

enum { SLICE = 4096 }; /* instructions of a wave in a row */

/* Can it go on where the state is? */
static bool goes_on(const struct isa_wave *w, const struct op_state *s)
{
    return w->state == ISA_RUNNING && !w->noise && !w->code_old && w->mode == s->mode &&
           w->pc - s->page_va < OP_PAGE && w->pc % 4 == 0;
}

static unsigned wave_run(struct isa_wave *w, struct op_state *s)
{
    const struct isa_op *op = &s->ops[(w->pc - s->page_va) / 4];
    op_state_take(w, s);
    w->yield = false;
    s->uncounted = 0;
    s->left = SLICE;
    do {
        s->left -= op->count;
        op = op->run(w, op);
    } while (op && s->left > 0);
    if (op)
        w->pc = op_pc(s, op);
    w->ops = NULL;
    unsigned n = (unsigned)(SLICE - s->left - s->uncounted);
    w->instructions += n;
    return n;
}

/* One round; met: all came to a barrier. */
static unsigned round_run(struct isa_wave *const *waves, unsigned n, struct isa_cache *cache, bool *met)
{
    struct op_state *s = &cache->state;
    unsigned done = 0, i = 0;
    op_state_take(waves[0], s);
    if (waves[0]->state == ISA_RUNNING && code_find(waves[0], cache))
        for (; i < n && goes_on(waves[i], s); i++) {
            done += wave_run(waves[i], s);
            if (waves[i]->state != ISA_BARRIER)
                break;
        }
    waves[0]->ops = NULL;
    *met = i == n;
    return done;
}

bool isa_meet(struct isa_wave *const *waves, unsigned n)
{
    bool all = true;
    for (unsigned i = 0; i < n; i++) {
        all = all && waves[i]->state == ISA_BARRIER;
        if (waves[i]->state == ISA_RUNNING || waves[i]->state == ISA_HALTED)
            return false;
    }
    for (unsigned i = 0; i < n; i++)
        if (waves[i]->state == ISA_BARRIER)
            waves[i]->state = ISA_RUNNING;
    return all;
}

unsigned isa_run_rounds(struct isa_wave *const *waves, unsigned n, struct isa_cache *cache, unsigned budget)
{
    unsigned done = 0;
    bool met =
        !(atomic_load_explicit(&sim_counting_gpus, memory_order_relaxed) && sim_count_is_on(waves[0]->vm));
    while (met && done < budget) {
        done += round_run(waves, n, cache, &met);
        for (unsigned i = 0; met && i < n; i++)
            waves[i]->state = ISA_RUNNING;
    }
    return done;
}
