/*
 * start.c - lets waves begin in compiled code (start.h).
 */
#include "start.h"

#include "compile.h"
#include "count.h"
#include "group.h"
#include "jit.h"
#include "sim/hostile.h"

enum { SLICE = 4096 }; /* instructions after which the function is left between two waves */

static bool is_wanted(const struct isa_start *start)
{
    struct sim_vm *vm = start->shape->wave.vm;
    return jit_on() && !sim_hostile() &&
           !(atomic_load_explicit(&sim_counting_gpus, memory_order_relaxed) && sim_count_is_on(vm));
}

bool start_next_group(struct isa_start *start)
{
    struct sim_group *group = start->group;
    const struct op_state *s = group->storage[group->made].ops;
    if (group->made > 0 || start->number < group->isa.n_waves || start->next >= start->last || s->left <= 0)
        return false;
    if (sim_group_start(group, start->shape, start->dispatch, start->next)) /* it has all that it takes */
        return false;
    start->next++;
    start->number = 0;
    return start_group_take(start, group);
}

unsigned start_waves(struct isa_start *start, struct sim_group *group, struct isa_cache *cache)
{
    struct op_state *s = &cache->state;
    start->made = false;
    struct isa_wave *w = is_wanted(start) ? start_take(start, group) : NULL;
    if (!w)
        return 0;
    op_state_take(w, s);
    const struct isa_op *op = code_find(w, cache);
    isa_op_fn *run = op ? compiled_start(w, op, &start->shape->layout) : NULL;
    unsigned n = 0;
    if (run) {
        s->start = start;
        s->left = SLICE;
        s->uncounted = 0;
        op = run(w, op);
        n = (unsigned)(SLICE - s->left - s->uncounted);
        if (!start->made)
            sim_group_end_waves(group, start->number);
        else if (op)
            w->pc = op_pc(s, op);
    }
    w->ops = NULL;
    return n;
}
