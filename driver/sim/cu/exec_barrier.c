/*
 * exec_barrier.c - where waves of a work-group wait for each other.
 *
 * Up to gfx11.5 that is one instruction. On gfx12 a wave signals, and later waits until all waves of its
 * group have: those that ended count as if. A group has two barriers, its own and the trap handler's. Of
 * more, LLVM's names (s_barrier_init, s_barrier_join, s_barrier_leave) and M0 as the number are for gfx12.5;
 * RDNA4's manual has neither, so they are refused.
 *
 * Facts: AMD's RDNA4 ISA manual, 5.6 and the instructions' own text. A group of one wave has no barrier:
 * there all of it does nothing, and no wave is the first.
 */
#include "exec_scalar.h"

enum { BARRIER_NONE = 0, BARRIER_GROUP = -1, BARRIER_TRAP = -2 };
enum { STATE_VALID = 1, STATE_MEMBERS = 4, STATE_SIGNALS = 16 };

static void barrier(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)inst;
    w->state = ISA_BARRIER;
}

static unsigned index_of(int id)
{
    return id == BARRIER_GROUP ? ISA_BARRIER_GROUP : ISA_BARRIER_TRAP;
}

static bool has_barriers(const struct isa_wave *w)
{
    return w->group && w->group->n_waves > 1;
}

/* What a wave without privilege does to the trap handler's is ignored. */
static bool may_use(const struct isa_wave *w, int id)
{
    return has_barriers(w) && id != BARRIER_NONE && (id != BARRIER_TRAP || w->privileged);
}

static unsigned members(const struct isa_group *group)
{
    unsigned live = 0;
    for (unsigned i = 0; i < group->n_waves; i++)
        live += group->waves[i]->state != ISA_ENDED;
    return live;
}

static void barrier_finish(struct isa_group *group, unsigned index)
{
    if (group->barrier_signals[index] < members(group))
        return;
    group->barrier_signals[index] = 0;
    for (unsigned i = 0; i < group->n_waves; i++)
        group->waves[i]->barrier_complete |= 1u << index;
}

/* The barrier that a source names; false after having refused it. */
static bool barrier_named(struct isa_wave *w, const struct isa_inst *inst, int *id)
{
    const struct isa_operand *src = &inst->src[0];
    *id = (int32_t)src->value;
    if (src->kind == ISA_CONST && *id <= BARRIER_NONE && *id >= BARRIER_TRAP)
        return true;
    w->state = ISA_ILLEGAL;
    return false;
}

/* True: nobody had signalled yet. */
static bool signal_one(struct isa_wave *w, int id)
{
    if (!may_use(w, id))
        return false;
    bool first = w->group->barrier_signals[index_of(id)]++ == 0;
    barrier_finish(w->group, index_of(id));
    return first;
}

static void barrier_signal(struct isa_wave *w, const struct isa_inst *inst)
{
    int id;
    if (barrier_named(w, inst, &id))
        signal_one(w, id);
}

static void barrier_signal_isfirst(struct isa_wave *w, const struct isa_inst *inst)
{
    int id;
    if (barrier_named(w, inst, &id))
        w->scc = signal_one(w, id);
}

/* All negative numbers but -1 are the trap handler's; others have no meaning here. */
static void barrier_wait(struct isa_wave *w, const struct isa_inst *inst)
{
    int16_t number = (int16_t)inst->imm;
    int id = number == BARRIER_GROUP ? BARRIER_GROUP : BARRIER_TRAP;
    if (number >= 0) {
        w->state = ISA_ILLEGAL;
        return;
    }
    if (!may_use(w, id))
        return;
    barrier_finish(w->group, index_of(id));
    if (w->barrier_complete & 1u << index_of(id)) {
        w->barrier_complete &= ~(1u << index_of(id));
        return;
    }
    w->next_pc = w->pc;
    w->yield = true;
}

/* Waves are never seen before all of their group are there. */
static void get_barrier_state(struct isa_wave *w, const struct isa_inst *inst)
{
    int id;
    uint32_t value = 0;
    if (!barrier_named(w, inst, &id))
        return;
    if (id == BARRIER_NONE) {
        w->state = ISA_ILLEGAL;
        return;
    }
    if (has_barriers(w))
        value = STATE_VALID | members(w->group) << STATE_MEMBERS |
                w->group->barrier_signals[index_of(id)] << STATE_SIGNALS;
    isa_write32(w, &inst->dst, value);
}

const struct isa_binding isa_exec_barrier[] = {
    {"s_barrier", barrier},
    {"s_barrier_signal", barrier_signal},
    {"s_barrier_signal_isfirst", barrier_signal_isfirst},
    {"s_barrier_wait", barrier_wait},
    {"s_get_barrier_state", get_barrier_state},
    {NULL, NULL},
};
