/*
 * wave.c - runs a wave: finds the functions of instructions by name, and goes from operation to operation.
 *
 * Invariant: on a fault, trap or unknown instruction the pc stays at that instruction. Between operations the
 * wave's pc is not kept; whoever needs it works it out (op_pc), and whoever ends the loop sets it.
 */
#include "compile.h"
#include "count.h"
#include "exec_matrix.h"
#include "exec_scalar.h"
#include "op_code.h"
#include <isa/isa_table.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- functions by name ---- */

enum { N_FUNCTIONS_MAX = 4096 };

struct function {
    const char *name;
    isa_exec_fn *exec;
    const struct vec_shape *shape; /* NULL: no row of exec_vop*.def */
};
static struct function functions[N_FUNCTIONS_MAX]; /* sorted by name; written once */
static size_t n_functions;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct function *)a)->name, ((const struct function *)b)->name);
}

static void functions_add(const struct isa_binding *bindings, const struct vec_shape *const *shapes)
{
    for (; bindings->name && n_functions < N_FUNCTIONS_MAX; bindings++)
        functions[n_functions++] =
            (struct function){bindings->name, bindings->exec, shapes ? *shapes++ : NULL};
}

static void functions_sort(void)
{
    functions_add(isa_exec_scalar, NULL);
    functions_add(isa_exec_control, NULL);
    functions_add(isa_exec_barrier, NULL);
    functions_add(isa_exec_gws, NULL);
    functions_add(isa_exec_index, NULL);
    functions_add(isa_exec_relative, NULL);
    functions_add(isa_exec_smem, NULL);
    functions_add(isa_exec_scalar_store, NULL);
    functions_add(isa_exec_scalar_float, NULL);
    functions_add(isa_exec_vector, vec_shapes);
    functions_add(isa_exec_memory, NULL);
    functions_add(isa_exec_matrix, NULL);
    functions_add(isa_exec_scaled, NULL);
    functions_add(isa_exec_pseudo_scalar, NULL);
    qsort(functions, n_functions, sizeof(functions[0]), by_name);
}

/* Half of a VOPD does what the VOP2 of that name does. */
static const struct function *function_find(const char *name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char single[64] = "v_";
    struct function key = {.name = name};
    pthread_once(&once, functions_sort);
    const struct function *found = bsearch(&key, functions, n_functions, sizeof(functions[0]), by_name);
    if (found || strncmp(name, "v_dual_", 7) != 0 || strlen(name) >= sizeof(single))
        return found;
    strcpy(single + 2, name + 7);
    key.name = single;
    return bsearch(&key, functions, n_functions, sizeof(functions[0]), by_name);
}

/* Sources that no function reads right: LDS direct, the ordered wave id, the flat scratch base (gfx12.5). */
static bool sources_known(const struct isa_inst *inst)
{
    for (unsigned i = 0; i < inst->n_src; i++)
        if (inst->src[i].kind == ISA_SPECIAL &&
            (inst->src[i].reg == 254 || inst->src[i].reg == 239 || inst->src[i].reg <= 231))
            return false;
    return true;
}

/* What some generations do otherwise under the name that others have: denormals of floats (exec_vop3.def,
 * exec_vop3p.def). */
static const struct own_row {
    const char *name, *here;
    enum isa_generation first, last;
} own_rows[] = {
    {"v_cubeid_f32", "v_cubeid_f32_gfx12", ISA_GFX12, ISA_GFX12},
    {"v_cubema_f32", "v_cubema_f32_gfx12", ISA_GFX12, ISA_GFX12},
    {"v_cubesc_f32", "v_cubesc_f32_gfx12", ISA_GFX12, ISA_GFX12},
    {"v_cubetc_f32", "v_cubetc_f32_gfx12", ISA_GFX12, ISA_GFX12},
    {"v_fma_dx9_zero_f32", "v_fma_dx9_zero_f32_gfx12", ISA_GFX12, ISA_GFX12},
    {"v_dot2_f32_f16", "v_dot2_f32_f16_gfx9", ISA_GFX90A, ISA_GFX950},
    {"v_dot2c_f32_f16", "v_dot2c_f32_f16_gfx9", ISA_GFX90A, ISA_GFX950},
    {"v_dot2_f32_bf16", "v_dot2_f32_bf16_gfx9", ISA_GFX90A, ISA_GFX950},
};

static const struct function *function_for(const struct isa_inst *inst)
{
    const char *name = inst->row->name;
    for (const struct own_row *o = own_rows; o < own_rows + sizeof own_rows / sizeof own_rows[0]; o++)
        if (inst->generation >= o->first && inst->generation <= o->last && !strcmp(name, o->name))
            return function_find(o->here);
    return function_find(name);
}

static isa_exec_fn *function_of(const struct isa_inst *inst)
{
    const struct function *found =
        sources_known(inst) && !inst->tfe && !inst->scale_offset ? function_for(inst) : NULL;
    return found ? found->exec : NULL;
}

/* What LLVM reads, but no manual knows: results that go to special registers, matrices from them, formats of
 * matrix elements that do not exist. */
static bool is_nonsense(const struct isa_inst *inst)
{
    bool matrix =
        inst->format == ISA_VOP3P && (strstr(inst->row->name, "mfma") || strstr(inst->row->name, "mac"));
    bool wide = inst->format == ISA_VOP3 || inst->format == ISA_VOP3P;
    bool special = inst->dst.kind == ISA_SPECIAL;
    special |=
        wide && inst->generation <= ISA_GFX950 && inst->bytes == 12; /* a literal, which gfx9 has not */
    special |= (inst->row->flags & ISA_HAS_FORMATS) && (inst->cbsz > 4 || inst->blgp > 4);
    for (unsigned i = 0; matrix && i < 3; i++)
        special |= inst->src[i].kind == ISA_SPECIAL || inst->src[i].kind == ISA_NULL;
    return special;
}

void isa_bind(struct isa_inst *inst)
{
    inst->exec = inst->row && !is_nonsense(inst) ? function_of(inst) : NULL;
    if (inst->pair && inst->pair_storage) {
        inst->pair_storage->exec = function_of(inst->pair);
        if (!inst->pair_storage->exec)
            inst->exec = NULL;
    }
}

const struct vec_shape *isa_shape(const struct isa_inst *inst)
{
    const struct function *found = function_for(inst);
    return found ? found->shape : NULL;
}

/* ---- VOPD ---- */

static bool reads_register(const struct isa_inst *inst, unsigned vgpr)
{
    for (unsigned i = 0; i < inst->n_src; i++)
        if (inst->src[i].kind == ISA_VGPR && inst->src[i].reg == vgpr)
            return true;
    return false;
}

/* Both halves of a VOPD read before either writes: where Y reads what X wrote, X's result is put aside
 * meanwhile. */
static void run_pair(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t before[64], result[64];
    uint32_t *dst = w->vgpr[inst->dst.reg];
    if (inst->dst.reg >= w->n_vgprs || !reads_register(inst->pair, inst->dst.reg)) {
        inst->exec(w, inst);
        inst->pair->exec(w, inst->pair);
        return;
    }
    memcpy(before, dst, sizeof(before));
    inst->exec(w, inst);
    memcpy(result, dst, sizeof(result));
    memcpy(dst, before, sizeof(before));
    inst->pair->exec(w, inst->pair);
    memcpy(dst, result, sizeof(result));
}

/* ---- running ---- */

/* After MODE has changed. */
static void mode_take(struct isa_wave *w, struct op_state *s)
{
    s->mode = w->mode;
    s->lanes = (uint8_t)w->lanes;
    s->generation = (uint8_t)w->generation;
    s->v = vec_of(w, NULL);
    s->lacks = (uint8_t)(OP_SOURCES | (s->v.round32 || s->v.denorm32 != 3 ? OP_ODD32 : 0) |
                         (s->v.round64 || s->v.denorm64 != 3 ? OP_ODD64 : 0));
}

const struct isa_op *op_general(struct isa_wave *w, const struct isa_op *op)
{
    struct op_state *s = w->ops;
    const struct isa_inst *inst = op->inst;
    w->pc = op_pc(s, op);
    w->next_pc = w->pc + inst->bytes;
    if (inst->pair)
        run_pair(w, inst);
    else
        inst->exec(w, inst);
    if (w->mode != s->mode)
        mode_take(w, s);
    if (w->state == ISA_RUNNING && !w->yield && !w->code_old) {
        bool straight = w->next_pc == w->pc + inst->bytes;
        w->pc = w->next_pc;
        const struct isa_op *to = straight ? op_next(op) : code_near(s, w->next_pc);
        if (to && !straight)
            op_leads(to);
        return to;
    }
    if (w->state != ISA_RUNNING && w->state != ISA_BARRIER && w->state != ISA_ENDED) {
        s->uncounted = op->count;
        return NULL;
    }
    w->pc = w->next_pc;
    const struct isa_op *to = code_near(s, w->pc);
    if (to && w->state != ISA_ENDED)
        op_leads(to);
    return NULL;
}

const struct isa_op *op_plain(struct isa_wave *w, const struct isa_op *op)
{
    op->inst->exec(w, op->inst);
    return op_next(op);
}

void op_state_take(struct isa_wave *w, struct op_state *s)
{
    w->ops = s;
    s->base[OP_VGPR] = (uintptr_t)w->vgpr;
    s->base[OP_AGPR] = (uintptr_t)w->agpr;
    s->base[OP_PREPARED] = (uintptr_t)s->prepared;
    s->base[OP_WAVE] = (uintptr_t)w;
    s->beyond = w->lanes == 32 ? UINT64_C(0xffffffff) << 32 : 0;
    if (w->mode != s->mode || w->lanes != s->lanes || w->generation != s->generation)
        mode_take(w, s);
    s->v.w = w;
}

/* Without machine code, which does not count. */
static const struct isa_op *run_counted(struct isa_wave *w, const struct isa_op *op)
{
    if (op_ready(w, op))
        sim_count(w, op);
    return (op->plain ? op->plain : op->run)(w, op);
}

enum isa_state isa_run(struct isa_wave *w, struct isa_cache *cache, unsigned budget)
{
    struct op_state *s = &cache->state;
    bool counted = atomic_load_explicit(&sim_counting_gpus, memory_order_relaxed) && sim_count_is_on(w->vm);
    w->yield = false;
    op_state_take(w, s);
    while (budget > 0 && w->state == ISA_RUNNING && !w->yield) {
        if (w->code_old)
            isa_cache_renew(cache);
        w->code_old = false;
        const struct isa_op *op = code_find(w, cache);
        if (!op)
            break;
        if (w->instructions == 0)
            op_leads(op);
        if (w->noise && (counted || !compiled_takes_noise(w, op)))
            isa_noise_fill(w);
        s->uncounted = 0;
        s->left = (int32_t)budget;
        do {
            s->left -= op->count;
            op = counted ? run_counted(w, op) : op->run(w, op);
        } while (op && s->left > 0);
        if (op)
            w->pc = op_pc(s, op);
        unsigned n = budget - (unsigned)(s->left + s->uncounted);
        w->instructions += n;
        budget -= n < budget ? n : budget;
    }
    w->ops = NULL;
    return w->state;
}
