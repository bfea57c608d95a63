/*
 * region.c - finds what is compiled together: the operations that can be reached from one, within its page.
 */
#include "compile.h"
#include "exec_memory.h"
#include "exec_scalar.h"

#include <isa/isa_table.h>

#include <stdlib.h>

/* ---- what an operation reads and writes ---- */

static void set_add(uint64_t *set, unsigned first, unsigned n, unsigned end)
{
    for (unsigned i = first; i < first + n && i < end; i++)
        set[i / 64] |= UINT64_C(1) << i % 64;
}

static void operand_add(struct region_set *set, const struct isa_operand *o)
{
    unsigned n = o->dwords ? o->dwords : 1;
    if (o->kind == ISA_VGPR)
        set_add(set->rows, o->reg, n, 256);
    else if (o->kind == ISA_AGPR)
        set_add(set->rows, 256u + o->reg, n, REGION_ROWS);
    else if (o->kind == ISA_SGPR)
        set_add(set->sgprs, o->reg, n, REGION_SGPRS);
}

static void inst_add(struct region_op *r, const struct isa_inst *inst)
{
    operand_add(&r->writes, &inst->dst);
    operand_add(&r->writes, &inst->sdst);
    for (unsigned i = 0; i < 4; i++)
        operand_add(&r->reads, &inst->src[i]);
}

/* Results that no operand names. */
static void hidden_add(struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    const struct vec_shape *shape = inst->pair ? NULL : isa_shape(inst);
    set_add(r->reads.sgprs, ISA_VCC, 2, REGION_SGPRS);
    set_add(r->reads.sgprs, ISA_M0, 1, REGION_SGPRS);
    set_add(r->reads.sgprs, ISA_EXEC, 2, REGION_SGPRS);
    if (shape && ((shape->flags & VEC_CO) || shape->dst == VEC_MASK))
        set_add(r->writes.sgprs, ISA_VCC, 2, REGION_SGPRS);
    if ((shape && shape->flags & VEC_CMPX) || (inst->format <= ISA_SOPK && strstr(inst->row->name, "exec")))
        set_add(r->writes.sgprs, ISA_EXEC, 2, REGION_SGPRS);
    r->writes.scc = inst->format <= ISA_SOPC;
    r->forks = region_has(r->writes.sgprs, ISA_EXEC) || region_has(r->writes.sgprs, ISA_EXEC + 1);
}

static bool memory_known(const struct isa_inst *inst)
{
    return inst->format == ISA_DS || inst->format == ISA_FLAT || inst->format == ISA_GLOBAL ||
           inst->format == ISA_SCRATCH || inst->format == ISA_MUBUF || inst->format == ISA_SMEM;
}

/* Does it write what its operands say, and go on behind itself? */
static bool op_known(const struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    if (inst->pair)
        return true;
    return (isa_shape(inst) && vec_code(isa_shape(inst))) || memory_known(inst) ||
           (inst->format <= ISA_SOPC && r->run != op_general);
}

/* ---- where an operation leads ---- */

static unsigned jump_kind(const struct isa_inst *inst)
{
    if (inst->format != ISA_SOPP)
        return REGION_GOES_ON;
    const char *name = inst->row->name;
    return !strcmp(name, "s_branch") ? REGION_JUMPS : !strncmp(name, "s_cbranch_", 10) ? REGION_BRANCHES : 0;
}

static void end_find(struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    unsigned format = inst->format;
    r->end = REGION_GOES_ON;
    if (inst->pair)
        return;
    if (format == ISA_SOPP && !strcmp(inst->row->name, "s_endpgm"))
        r->end = REGION_STOPS, r->state = ISA_ENDED;
    else if (format == ISA_SOPP && !strcmp(inst->row->name, "s_barrier"))
        r->end = REGION_STOPS, r->state = ISA_BARRIER;
    else if (r->run == op_general && (format == ISA_SOPP || format == ISA_SOP1 || format == ISA_SOPK))
        r->end = REGION_LEAVES;
    else
        r->end = (uint8_t)jump_kind(inst);
    if (r->end == REGION_JUMPS || r->end == REGION_BRANCHES) {
        int64_t to = r->slot + (int64_t)r->op.at[0] / 4;
        r->in_page = to >= 0 && to < OP_SLOTS && !(r->op.at[0] & 3);
        r->target = r->in_page ? (int32_t)to : -1;
    }
}

static void op_take(struct region_op *r, const struct isa_op *op, unsigned slot)
{
    r->slot = (uint16_t)slot;
    r->step = op->step;
    r->count = op->count;
    r->run = op->plain ? op->plain : op->run;
    r->op = *op;
    r->op.run = r->op.plain = NULL;
    r->op.visits = 0;
    r->op.leads = false;
    r->inst = *op->inst;
    r->inst.pair_storage = NULL;
    r->op.inst = &r->inst;
    if (op->inst->pair) {
        r->pair = *op->inst->pair;
        r->inst.pair = &r->pair;
        inst_add(r, &r->pair);
    }
    inst_add(r, &r->inst);
    hidden_add(r);
    end_find(r);
    r->known = op_known(r);
}

/* ---- all of them ---- */

struct search {
    struct isa_wave *w;
    const struct isa_op *ops;
    bool taken[REGION_SLOTS], leads[REGION_SLOTS];
    unsigned todo[REGION_SLOTS], n_todo, n;
};

/* The more of the host's registers a row takes, the longer an operation takes to compile. */
static unsigned ops_most(const struct isa_wave *w)
{
    unsigned bits = vec_level() == VEC_AVX512 ? 512 : 256, registers = w->lanes * 32 / bits;
    return REGION_OPS * 2 / (registers < 2 ? 2 : registers);
}

static void search_to(struct search *s, int32_t slot, bool leads)
{
    if (slot < 0 || slot >= REGION_SLOTS)
        return;
    s->leads[slot] |= leads;
    if (!s->taken[slot] && s->n < ops_most(s->w) && op_ready(s->w, &s->ops[slot])) {
        s->taken[slot] = true;
        s->n++;
        s->todo[s->n_todo++] = (unsigned)slot;
    }
}

static void search_from(struct search *s, unsigned slot)
{
    struct region_op r = {0};
    const struct isa_op *op = &s->ops[slot];
    op_take(&r, op, slot);
    int32_t next = (int32_t)(slot + op->step);
    if (r.end == REGION_JUMPS || r.end == REGION_BRANCHES)
        search_to(s, r.target, true);
    if (r.end == REGION_GOES_ON || r.end == REGION_BRANCHES)
        search_to(s, next, r.end == REGION_BRANCHES || r.forks);
    if ((r.end == REGION_STOPS && r.state != ISA_ENDED) || r.end == REGION_LEAVES)
        if (next < REGION_SLOTS)
            op_leads(&s->ops[next]);
}

/* ---- registers that must hold something before ---- */

struct written { /* where an operation begins: vector registers that were written, whatever way led there, or
                    by some */
    uint64_t all[REGION_ROWS / 64], some[REGION_ROWS / 64];
    bool reached;
};

/* Are its vector registers written in all lanes, and whole? */
static bool writes_whole(const struct region_op *r)
{
    const struct vec_shape *shape = r->inst.pair ? NULL : isa_shape(&r->inst);
    if (shape)
        return vec_code(shape) && r->run == vec_code(shape)->op && !(shape->flags & VEC_ACC);
    for (unsigned bytes = 4; bytes <= 16; bytes *= 2)
        if (r->run == op_memory(OP_LOAD, bytes) || r->run == op_memory(OP_LDS_LOAD, bytes))
            return true;
    return r->inst.format <= ISA_SMEM;
}

static bool written_to(struct written *at, const struct region *r, int32_t slot, const struct written *out)
{
    const struct region_op *to = region_at(r, slot);
    if (!to)
        return false;
    struct written *in = &at[to - r->ops], before = *in;
    for (unsigned i = 0; i < REGION_ROWS / 64; i++) {
        in->all[i] = in->reached ? in->all[i] & out->all[i] : out->all[i];
        in->some[i] |= out->some[i];
    }
    in->reached = true;
    return memcmp(&before, in, sizeof before) != 0;
}

static bool written_on(struct written *at, const struct region *r, const struct region_op *op)
{
    struct written out = at[op - r->ops];
    bool again = false, whole = writes_whole(op);
    if (!out.reached)
        return false;
    for (unsigned i = 0; i < REGION_ROWS / 64; i++) {
        out.all[i] |= whole ? op->writes.rows[i] : 0;
        out.some[i] |= op->writes.rows[i];
    }
    if (op->end == REGION_JUMPS || op->end == REGION_BRANCHES)
        again |= written_to(at, r, op->target, &out);
    if (op->end == REGION_GOES_ON || op->end == REGION_BRANCHES)
        again |= written_to(at, r, op->slot + op->step, &out);
    return again;
}

/* Registers that an operation reads without having been written whatever way led there, and those that may be
 * written back so where it is left; returns the highest of both, and one. */
static unsigned filled_by(struct region *r, const struct written *in, const struct region_op *op)
{
    unsigned filled = 0;
    bool whole = writes_whole(op);
    for (unsigned i = 0; i < REGION_ROWS / 64; i++) {
        uint64_t read = (op->reads.rows[i] | (whole ? 0 : op->writes.rows[i])) & ~in->all[i];
        uint64_t needed = read | (in->some[i] & ~in->all[i]);
        r->unset[i] |= read;
        if (needed)
            filled = i * 64 + 64 - (unsigned)__builtin_clzll(needed);
    }
    return filled;
}

static unsigned filled_find(struct region *r)
{
    struct written *at = calloc(r->n, sizeof *at);
    unsigned filled = 0;
    if (!at || r->masked) {
        memset(r->unset, 0xff, sizeof r->unset);
        free(at);
        return REGION_ROWS;
    }
    at[region_at(r, (int32_t)r->head) - r->ops].reached = true;
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < r->n; i++)
            again |= written_on(at, r, &r->ops[i]);
    }
    for (unsigned i = 0; i < r->n; i++) {
        unsigned n = filled_by(r, &at[i], &r->ops[i]);
        n = r->ops[i].forks ? REGION_ROWS : n; /* lanes that are not active keep what they have */
        filled = n > filled ? n : filled;
    }
    free(at);
    return filled;
}

static uint64_t hash_add(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t region_hash(const struct region *r)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ r->mode ^ (uint64_t)r->lanes << 32 ^
                    (uint64_t)r->generation << 40 ^ (uint64_t)r->masked << 44 ^ (uint64_t)r->head << 48;
    hash = r->starts ? hash_add(hash, &r->layout, sizeof r->layout) : hash;
    for (unsigned i = 0; i < r->n; i++) {
        hash = hash_add(hash, &r->ops[i].slot, sizeof r->ops[i].slot);
        hash = hash_add(hash, r->ops[i].inst.word, r->ops[i].inst.bytes);
    }
    return hash;
}

bool region_same(const struct region *a, const struct region *b)
{
    if (a->hash != b->hash || a->n != b->n || a->head != b->head || a->generation != b->generation ||
        a->lanes != b->lanes || a->masked != b->masked || a->mode != b->mode || a->n_vgprs != b->n_vgprs ||
        a->n_agprs != b->n_agprs || a->starts != b->starts)
        return false;
    if (a->starts && !start_layout_same(&a->layout, &b->layout))
        return false;
    for (unsigned i = 0; i < a->n; i++) {
        const struct region_op *x = &a->ops[i], *y = &b->ops[i];
        if (x->slot != y->slot || x->step != y->step || x->count != y->count || x->run != y->run ||
            x->inst.bytes != y->inst.bytes || memcmp(x->inst.word, y->inst.word, x->inst.bytes) != 0)
            return false;
    }
    return true;
}

void region_free(struct region *region)
{
    if (region)
        free(region->ops);
    free(region);
}

const struct region_op *region_at(const struct region *r, int32_t slot)
{
    unsigned low = 0, high = r->n;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (r->ops[middle].slot < slot)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n && r->ops[low].slot == slot ? &r->ops[low] : NULL;
}

static struct region *region_make(const struct search *s, unsigned head, bool masked,
                                  const struct start_layout *layout)
{
    struct region *r = calloc(1, sizeof *r);
    const struct op_state *state = s->w->ops;
    if (!r || !(r->ops = calloc(s->n, sizeof *r->ops))) {
        free(r);
        return NULL;
    }
    r->head = head;
    r->masked = masked;
    r->generation = (uint8_t)s->w->generation;
    r->lanes = (uint8_t)s->w->lanes;
    r->mode = state->mode;
    r->v = state->v;
    r->v.w = NULL;
    r->v.inst = NULL;
    r->lacks = state->lacks;
    r->n_vgprs = (uint16_t)s->w->n_vgprs;
    r->n_agprs = s->w->agpr ? (uint16_t)s->w->n_agprs : 0;
    if (layout) {
        r->starts = true;
        r->layout = *layout;
    }
    for (unsigned slot = 0; slot < REGION_SLOTS; slot++)
        if (s->taken[slot]) {
            r->ops[r->n].leads = s->leads[slot];
            op_take(&r->ops[r->n++], &s->ops[slot], slot);
        }
    r->hash = region_hash(r);
    r->filled = filled_find(r);
    return r;
}

static struct region *find(struct isa_wave *w, const struct isa_op *head, bool masked,
                           const struct start_layout *layout)
{
    struct search *s = calloc(1, sizeof *s);
    struct region *r = NULL;
    if (!s)
        return NULL;
    s->w = w;
    s->ops = w->ops->ops;
    search_to(s, (int32_t)(head - s->ops), true);
    while (s->n_todo > 0)
        search_from(s, s->todo[--s->n_todo]);
    if (s->n > 1)
        r = region_make(s, (unsigned)(head - s->ops), masked, layout);
    free(s);
    return r;
}

struct region *region_find(struct isa_wave *w, const struct isa_op *head, bool masked)
{
    return find(w, head, masked, NULL);
}

struct region *region_find_start(struct isa_wave *w, const struct isa_op *head,
                                 const struct start_layout *layout)
{
    return find(w, head, false, layout);
}
