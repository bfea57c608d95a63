/*
 * wave.c - runs a wave: fetches and decodes instructions, finds their functions, steps the pc.
 *
 * Invariant: a decoded instruction is used only if the words at its pc are still the ones it was decoded
 * from, so code that was loaded anew is never stale. On a fault, trap or unknown instruction the pc stays at
 * that instruction. A cache belongs to one host thread and has no lock.
 */
#include "exec_matrix.h"
#include "exec_scalar.h"
#include <isa/isa_table.h>
#include "sim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- functions by name ---- */

enum { N_FUNCTIONS_MAX = 4096 };

static struct isa_binding functions[N_FUNCTIONS_MAX]; /* sorted by name; written once */
static size_t n_functions;
static pthread_once_t functions_once = PTHREAD_ONCE_INIT;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct isa_binding *)a)->name, ((const struct isa_binding *)b)->name);
}

static void functions_add(const struct isa_binding *bindings)
{
    for (; bindings->name && n_functions < N_FUNCTIONS_MAX; bindings++)
        functions[n_functions++] = *bindings;
}

static void functions_sort(void)
{
    functions_add(isa_exec_scalar);
    functions_add(isa_exec_control);
    functions_add(isa_exec_smem);
    functions_add(isa_exec_scalar_float);
    functions_add(isa_exec_vector);
    functions_add(isa_exec_memory);
    functions_add(isa_exec_matrix);
    functions_add(isa_exec_convert8);
    qsort(functions, n_functions, sizeof(functions[0]), by_name);
}

static isa_exec_fn *function_find(const char *name)
{
    struct isa_binding key = {name, NULL};
    const struct isa_binding *found = bsearch(&key, functions, n_functions, sizeof(functions[0]), by_name);
    return found ? found->exec : NULL;
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

static isa_exec_fn *function_of(const struct isa_inst *inst)
{
    char single[64] = "v_";
    const char *name = inst->row->name;
    if (!sources_known(inst) || inst->tfe)
        return NULL;
    isa_exec_fn *exec = function_find(name);
    if (exec || strncmp(name, "v_dual_", 7) != 0 || strlen(name) >= sizeof(single))
        return exec;
    strcpy(single + 2, name + 7); /* half of a VOPD does what the VOP2 of that name does */
    return function_find(single);
}

void isa_bind(struct isa_inst *inst)
{
    pthread_once(&functions_once, functions_sort);
    inst->exec = inst->row ? function_of(inst) : NULL;
    if (inst->pair && inst->pair_storage) {
        inst->pair_storage->exec = function_of(inst->pair);
        if (!inst->pair_storage->exec)
            inst->exec = NULL;
    }
}

/* ---- the decode cache ---- */

enum { CACHE_ENTRIES = 16384 };

struct cache_entry {
    uint64_t pc;
    uint8_t generation, lanes;
    struct isa_inst inst, pair;
};
struct isa_cache {
    const struct sim_vm *vm; /* the range that held the last pc, while the vm's generation is this */
    uint64_t vm_generation, start, end;
    const uint8_t *host;
    struct cache_entry entries[CACHE_ENTRIES];
};

struct isa_cache *isa_cache_new(void)
{
    return calloc(1, sizeof(struct isa_cache));
}

void isa_cache_free(struct isa_cache *cache)
{
    free(cache);
}

static void fetch_fault(struct isa_wave *w, uint64_t va, bool not_present)
{
    w->fault_va = va;
    w->fault_access = SIM_VM_EXEC;
    w->fault_not_present = not_present;
    w->state = ISA_FAULTED;
}

static bool window_move(struct isa_wave *w, struct isa_cache *cache)
{
    const struct sim_range *range = sim_vm_find(w->vm, w->pc);
    if (!range || !(range->access & SIM_VM_EXEC)) {
        fetch_fault(w, w->pc, !range);
        return false;
    }
    cache->vm = w->vm;
    cache->vm_generation = atomic_load_explicit(&w->vm->generation, memory_order_relaxed);
    cache->start = range->start;
    cache->end = range->end;
    cache->host = range->host;
    return true;
}

/* Up to 16 bytes at the pc, with the next mapping's first ones where this one ends. Returns how many. */
static size_t fetch(struct isa_wave *w, struct isa_cache *cache, uint32_t words[4])
{
    bool inside = cache->vm == w->vm && w->pc >= cache->start && w->pc < cache->end &&
                  cache->vm_generation == atomic_load_explicit(&w->vm->generation, memory_order_relaxed);
    if (!inside && !window_move(w, cache))
        return 0;
    size_t n = cache->end - w->pc < 16 ? (size_t)(cache->end - w->pc) : 16;
    memcpy(words, cache->host + (w->pc - cache->start), n);
    if (n < 16) {
        const void *next = sim_vm_host(w->vm, cache->end, 16 - n, SIM_VM_EXEC);
        if (next) {
            memcpy((uint8_t *)words + n, next, 16 - n);
            n = 16;
        }
    }
    return n;
}

static bool entry_holds(const struct cache_entry *e, const struct isa_wave *w, const uint32_t *words,
                        size_t n)
{
    return e->pc == w->pc && e->generation == w->generation && e->lanes == w->lanes && e->inst.bytes != 0 &&
           e->inst.bytes <= n && memcmp(e->inst.word, words, e->inst.bytes) == 0;
}

/* The instruction at the pc, or NULL after a fault or where there is none that can be executed. */
static const struct isa_inst *instruction_at_pc(struct isa_wave *w, struct isa_cache *cache)
{
    uint32_t words[4];
    size_t n = fetch(w, cache, words);
    if (n == 0)
        return NULL;
    struct cache_entry *e = &cache->entries[(w->pc >> 2) % CACHE_ENTRIES];
    if (!entry_holds(e, w, words, n)) {
        e->inst.pair_storage = &e->pair;
        isa_decode(w->generation, w->lanes == 64, words, n, &e->inst);
        isa_bind(&e->inst);
        e->pc = w->pc;
        e->generation = (uint8_t)w->generation;
        e->lanes = (uint8_t)w->lanes;
    }
    if (!e->inst.exec || e->inst.vgprs_needed > w->n_vgprs || e->inst.agprs_needed > w->n_agprs) {
        w->state = ISA_ILLEGAL;
        return NULL;
    }
    return &e->inst;
}

/* ---- running ---- */

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

static void step(struct isa_wave *w, const struct isa_inst *inst)
{
    w->next_pc = w->pc + inst->bytes;
    if (inst->pair)
        run_pair(w, inst);
    else
        inst->exec(w, inst);
    if (w->state == ISA_RUNNING || w->state == ISA_BARRIER || w->state == ISA_ENDED) {
        w->pc = w->next_pc;
        w->instructions++;
    }
}

enum isa_state isa_run(struct isa_wave *w, struct isa_cache *cache, unsigned budget)
{
    w->yield = false;
    while (budget-- > 0 && w->state == ISA_RUNNING && !w->yield) {
        const struct isa_inst *inst = instruction_at_pc(w, cache);
        if (inst)
            step(w, inst);
    }
    return w->state;
}
