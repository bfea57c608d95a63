/*
 * jit_rows.c - which rows of registers are in the host's vectors while a trace is translated (jit.h): those
 * used last. What makes way goes to memory if it has changed.
 */
#include "jit.h"

static unsigned slot_vector(const struct jit *j, unsigned slot)
{
    return JIT_FREE + slot * j->parts;
}

static void slot_move(struct jit *j, unsigned slot, int row, unsigned op)
{
    for (unsigned p = 0; p < j->parts; p++)
        x86_vector(&j->x, op, slot_vector(j, slot) + p, 0,
                   x86_mem(JIT_ROWS, (size_t)row * VEC_LANES * sizeof(uint32_t) + (size_t)p * 64), 0,
                   X86_NO_IMM);
}

void jit_slots_store(struct jit *j, struct jit_slot *slots)
{
    for (unsigned i = 0; i < j->n_slots; i++) {
        if (slots[i].row >= 0 && slots[i].dirty)
            slot_move(j, i, slots[i].row, VMOVUPS_STORE);
        slots[i].dirty = false;
    }
}

void jit_slots_forget(struct jit *j)
{
    for (unsigned i = 0; i < JIT_SLOTS_MAX; i++)
        j->slots[i] = (struct jit_slot){.row = -1};
}

/* Of a row, or the one that has gone without use for the longest. */
static unsigned slot_find(struct jit *j, unsigned row, bool *held)
{
    unsigned oldest = 0;
    for (unsigned i = 0; i < j->n_slots; i++) {
        if (j->slots[i].row == (int)row) {
            *held = true;
            return i;
        }
        if (j->slots[i].used < j->slots[oldest].used)
            oldest = i;
    }
    *held = false;
    return oldest;
}

static unsigned slot_get(struct jit *j, unsigned row, bool load)
{
    bool held;
    unsigned i = slot_find(j, row, &held);
    struct jit_slot *slot = &j->slots[i];
    if (!held) {
        if (slot->row >= 0 && slot->dirty)
            slot_move(j, i, slot->row, VMOVUPS_STORE);
        *slot = (struct jit_slot){.row = (int)row};
        if (load)
            slot_move(j, i, slot->row, VMOVUPS_LOAD);
    }
    slot->used = j->clock;
    return i;
}

unsigned jit_row(struct jit *j, unsigned row)
{
    return slot_vector(j, slot_get(j, row, true));
}

unsigned jit_row_result(struct jit *j, unsigned row)
{
    unsigned i = slot_get(j, row, j->masked);
    j->slots[i].dirty = true;
    return slot_vector(j, i);
}

void jit_row_store(struct jit *j, unsigned row)
{
    bool held;
    unsigned i = slot_find(j, row, &held);
    if (held && j->slots[i].dirty)
        slot_move(j, i, (int)row, VMOVUPS_STORE);
    if (held)
        j->slots[i].dirty = false;
}

void jit_slots_change(struct jit *j, const struct jit_slot *from, const struct jit_slot *to)
{
    for (unsigned i = 0; i < j->n_slots; i++)
        if (from[i].row >= 0 && from[i].dirty && !(to[i].row == from[i].row && to[i].dirty))
            slot_move(j, i, from[i].row, VMOVUPS_STORE);
    for (unsigned i = 0; i < j->n_slots; i++)
        if (to[i].row >= 0 && to[i].row != from[i].row)
            slot_move(j, i, to[i].row, VMOVUPS_LOAD);
}

void jit_slots_load(struct jit *j, const struct jit_slot *slots)
{
    for (unsigned i = 0; i < j->n_slots; i++)
        if (slots[i].row >= 0)
            slot_move(j, i, slots[i].row, VMOVUPS_LOAD);
}
