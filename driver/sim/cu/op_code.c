/*
 * op_code.c - pages of code, decoded into operations as they are first reached.
 *
 * Invariant: no operation of a page runs unless every dword that was ever decoded there has been found
 * unchanged, in the memory that is mapped there now, since the cache's epoch began and since the VM last
 * changed. An epoch begins with each dispatch and with s_icache_inv: as on hardware, code that is written
 * while it runs need not be seen before, and a code object that comes to lie where another one was is never
 * mistaken for it. A cache belongs to one host thread and has no lock.
 *
 * A wave runs only code made for its kind: generation, lanes, registers it has. Where a page ends, and where
 * nothing was decoded yet, the place of an operation holds one that sees to that.
 */
#include "compile.h"
#include "exec_scalar.h"
#include "jit.h"
#include "sim/memory/vm.h"

#include <stdlib.h>

enum {
    TAIL = 3,        /* dwords of the next page that an instruction may take */
    PAGES_MAX = 128, /* then all are forgotten */
    BLOCK = 32,
    SKIP_MAX = 32, /* instructions that are one operation */
};

struct block { /* of decoded instructions */
    struct block *next;
    unsigned used;
    struct isa_inst inst[BLOCK];
};

struct constant {
    struct constant *next;
    uint64_t value;
    _Alignas(64) uint32_t rows[2][VEC_LANES];
};

struct pair {
    struct pair *next;
    struct isa_op ops[2];
};

struct code_page {
    struct code_page *next;
    /* what it was made for */
    const struct sim_vm *vm;
    uint64_t va;
    uint8_t generation, lanes;
    uint16_t n_vgprs, n_agprs;
    /* when it was last compared with memory */
    uint64_t epoch, vm_generation;
    const uint32_t *host;
    uint32_t word[OP_SLOTS + TAIL], known[OP_SLOTS + TAIL]; /* known: all ones where a word was decoded */
    struct block *blocks;
    struct constant *constants;
    struct pair *pairs;
    struct isa_op ops[OP_SLOTS + TAIL + 1];
};

/* ---- storage ---- */

/* NULL when the host has no memory. */
static void *aligned_zeroed(size_t bytes)
{
    bytes = (bytes + 63) & ~(size_t)63;
    void *p = aligned_alloc(64, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

static struct isa_inst *inst_new(struct code_page *page)
{
    struct block *block = page->blocks;
    if (!block || block->used == BLOCK) {
        block = calloc(1, sizeof *block);
        if (!block)
            return NULL;
        block->next = page->blocks;
        page->blocks = block;
    }
    return &block->inst[block->used++];
}

uint32_t (*code_constant(struct code_page *page, uint64_t value))[VEC_LANES]
{
    struct constant *c = page->constants;
    while (c && c->value != value)
        c = c->next;
    if (c)
        return c->rows;
    c = aligned_zeroed(sizeof *c);
    if (!c)
        return NULL;
    c->next = page->constants;
    c->value = value;
    for (unsigned i = 0; i < VEC_LANES; i++)
        vec_set64(c->rows, i, value);
    page->constants = c;
    return c->rows;
}

struct isa_op *code_pair(struct code_page *page)
{
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        return NULL;
    pair->next = page->pairs;
    page->pairs = pair;
    return pair->ops;
}

#define LIST_FREE(list)        \
    while (list) {             \
        void *gone = list;     \
        (list) = (list)->next; \
        free(gone);            \
    }

static isa_op_fn op_decode, op_leave;

static void page_clear(struct code_page *page)
{
    LIST_FREE(page->blocks);
    LIST_FREE(page->constants);
    LIST_FREE(page->pairs);
    memset(page->known, 0, sizeof page->known);
    for (unsigned i = 0; i < OP_SLOTS; i++)
        page->ops[i] = (struct isa_op){.run = op_decode, .count = 1};
    for (unsigned i = OP_SLOTS; i <= OP_SLOTS + TAIL; i++)
        page->ops[i] = (struct isa_op){.run = op_leave, .count = 1};
}

static void page_free(struct code_page *page)
{
    LIST_FREE(page->blocks);
    LIST_FREE(page->constants);
    LIST_FREE(page->pairs);
    free(page);
}

void code_forget(struct isa_cache *cache)
{
    while (cache->pages) {
        struct code_page *gone = cache->pages;
        cache->pages = gone->next;
        page_free(gone);
    }
    cache->n_pages = 0;
}

struct isa_cache *isa_cache_new(void)
{
    return aligned_zeroed(sizeof(struct isa_cache));
}

void isa_cache_free(struct isa_cache *cache)
{
    if (cache)
        code_forget(cache);
    free(cache);
}

void isa_cache_renew(struct isa_cache *cache)
{
    cache->epoch++;
}

/* ---- pages ---- */

static bool page_is(const struct code_page *page, const struct isa_wave *w)
{
    return page->va == (w->pc & ~(uint64_t)(OP_PAGE - 1)) && page->vm == w->vm &&
           page->generation == w->generation && page->lanes == w->lanes && page->n_vgprs == w->n_vgprs &&
           page->n_agprs == w->n_agprs;
}

static struct code_page *page_new(const struct isa_wave *w, struct isa_cache *cache)
{
    if (cache->n_pages >= PAGES_MAX)
        code_forget(cache);
    struct code_page *page = aligned_zeroed(sizeof *page);
    if (!page)
        return NULL;
    page->va = w->pc & ~(uint64_t)(OP_PAGE - 1);
    page->vm = w->vm;
    page->generation = (uint8_t)w->generation;
    page->lanes = (uint8_t)w->lanes;
    page->n_vgprs = (uint16_t)w->n_vgprs;
    page->n_agprs = (uint16_t)w->n_agprs;
    page_clear(page);
    page->next = cache->pages;
    cache->pages = page;
    cache->n_pages++;
    return page;
}

static struct code_page *page_get(const struct isa_wave *w, struct isa_cache *cache)
{
    for (struct code_page **at = &cache->pages; *at; at = &(*at)->next) {
        struct code_page *page = *at;
        if (!page_is(page, w))
            continue;
        *at = page->next;
        page->next = cache->pages;
        cache->pages = page;
        return page;
    }
    return page_new(w, cache);
}

/* The first dwords of the page after it, NULL where that is no code. */
static const uint32_t *tail_host(struct isa_wave *w, const struct code_page *page)
{
    return sim_vm_host(w->vm, page->va + OP_PAGE, TAIL * 4, SIM_VM_EXEC);
}

static uint32_t words_differ(const struct code_page *page, unsigned first, const uint32_t *host, unsigned n)
{
    uint32_t differ = 0;
    for (unsigned i = 0; i < n; i++)
        differ |= (host[i] ^ page->word[first + i]) & page->known[first + i];
    return differ;
}

static bool page_holds(struct isa_wave *w, const struct code_page *page)
{
    bool has_tail = false;
    for (unsigned i = 0; i < TAIL; i++)
        has_tail |= page->known[OP_SLOTS + i] != 0;
    const uint32_t *tail = has_tail ? tail_host(w, page) : NULL;
    if (has_tail && (!tail || words_differ(page, OP_SLOTS, tail, TAIL)))
        return false;
    return !words_differ(page, 0, page->host, OP_SLOTS);
}

static void fetch_fault(struct isa_wave *w, bool not_present)
{
    w->fault_va = w->pc;
    w->fault_access = SIM_VM_EXEC;
    w->fault_not_present = not_present;
    w->state = ISA_FAULTED;
}

static bool page_check(struct isa_wave *w, struct isa_cache *cache, struct code_page *page)
{
    uint64_t generation = atomic_load_explicit(&w->vm->generation, memory_order_relaxed);
    if (page->epoch == cache->epoch && page->vm_generation == generation && page->host)
        return true;
    const struct sim_range *range = sim_vm_find(w->vm, w->pc);
    if (!range || !(range->access & SIM_VM_EXEC)) {
        fetch_fault(w, !range);
        return false;
    }
    page->host = (const uint32_t *)(const void *)(range->host + (page->va - range->start));
    page->vm_generation = generation;
    page->epoch = cache->epoch;
    if (!page_holds(w, page))
        page_clear(page);
    return true;
}

const struct isa_op *code_find(struct isa_wave *w, struct isa_cache *cache)
{
    if (w->pc & 3) {
        w->state = ISA_ILLEGAL;
        return NULL;
    }
    bool same = cache->pages && page_is(cache->pages, w);
    struct code_page *page = same ? cache->pages : page_get(w, cache);
    if (!page) {
        w->yield = true;
        return NULL;
    }
    if (!page_check(w, cache, page))
        return NULL;
    cache->state.ops = page->ops;
    cache->state.page_va = page->va;
    struct isa_op *op = &page->ops[(w->pc - page->va) / 4];
    if (!same || op->run == op_decode)
        op_leads(op); /* come to from another page, as a loop across its end is in each round */
    return op;
}

/* ---- decoding ---- */

static void words_take(struct code_page *page, unsigned first, unsigned n, const uint32_t *words)
{
    for (unsigned i = 0; i < n; i++) {
        page->word[first + i] = words[i];
        page->known[first + i] = UINT32_MAX;
    }
}

/* Up to four dwords from the slot on. Returns how many. */
static unsigned words_fetch(struct isa_wave *w, const struct code_page *page, unsigned slot,
                            uint32_t words[4])
{
    unsigned n = OP_SLOTS - slot < 4 ? OP_SLOTS - slot : 4;
    memcpy(words, page->host + slot, n * 4);
    const uint32_t *tail = n < 4 ? tail_host(w, page) : NULL;
    if (tail)
        memcpy(words + n, tail, (4 - n) * 4);
    return tail ? 4 : n;
}

/* Stops the wave at an instruction that is unknown, or names registers which the wave has not. */
static const struct isa_op *op_illegal(struct isa_wave *w, const struct isa_op *op)
{
    w->pc = op_pc(w->ops, op);
    w->state = ISA_ILLEGAL;
    w->ops->uncounted = 1;
    return NULL;
}

static struct code_page *page_of(const struct op_state *s)
{
    return (struct code_page *)((char *)s->ops - offsetof(struct code_page, ops));
}

static const struct isa_op *no_memory(struct isa_wave *w, const struct isa_op *op)
{
    w->pc = op_pc(w->ops, op);
    w->yield = true;
    w->ops->uncounted = 1;
    return NULL;
}

/* The bound instruction at a slot. */
static void inst_read(struct isa_wave *w, struct code_page *page, unsigned slot, struct isa_inst *inst)
{
    uint32_t words[4];
    unsigned n = words_fetch(w, page, slot, words);
    isa_decode(w->generation, w->lanes == 64, words, n * 4, inst);
    isa_bind(inst);
    words_take(page, slot, inst->bytes / 4u, words);
}

/* What does nothing becomes part of the operation before it. */
static void nothing_skip(struct isa_wave *w, struct code_page *page, unsigned slot, struct isa_op *op)
{
    struct isa_inst inst, pair;
    for (unsigned at = slot + op->step; at < OP_SLOTS && op->count < SKIP_MAX; at = slot + op->step) {
        inst = (struct isa_inst){.pair_storage = &pair};
        inst_read(w, page, at, &inst);
        if (inst.exec != isa_nothing)
            return;
        op->step += inst.bytes / 4;
        op->count++;
    }
}

static void op_lead_start(struct isa_op *op)
{
    op->leads = true;
    op->visits = 0;
    if (op->plain || !jit_on())
        return;
    op->plain = op->run;
    op->run = op_compiled;
}

void op_leads(const struct isa_op *op)
{
    struct isa_op *own = (struct isa_op *)(uintptr_t)op; /* of a page, which this thread may write */
    if (own->run == op_illegal)                          /* there is nothing to translate */
        return;
    if (!own->leads && own->run != op_decode && own->run != op_leave)
        op_lead_start(own);
    own->leads = true;
}

static void jump_leads(const struct isa_op *ops, const struct isa_op *op)
{
    int64_t to = op - ops + (int64_t)op->at[0] / 4;
    if (to >= 0 && to < OP_SLOTS && !((int64_t)op->at[0] & 3))
        op_leads(&ops[to]);
}

/* Decodes what is at a place; false: there is no memory for it. */
static bool op_read(struct isa_wave *w, struct code_page *page, struct isa_op *op)
{
    unsigned slot = (unsigned)(op - page->ops);
    bool leads = op->leads;
    struct isa_inst *inst = inst_new(page), *second = inst_new(page);
    if (!inst || !second)
        return false;
    inst->pair_storage = second;
    inst_read(w, page, slot, inst);
    if (!inst->exec || inst->vgprs_needed > w->n_vgprs || inst->agprs_needed > w->n_agprs) {
        *op = (struct isa_op){.run = op_illegal, .count = 1};
        return true;
    }
    op_make(op, w, page, inst);
    if (inst->format == ISA_SOPP && op->run != op_general && op->run != op_plain)
        jump_leads(page->ops, op);
    if (leads)
        op_lead_start(op);
    return true;
}

/* What does nothing and follows; behind a jump it would not always be run. */
static void op_extend(struct isa_wave *w, struct code_page *page, struct isa_op *op)
{
    if (op->inst && (op->inst->format != ISA_SOPP || op->inst->exec == isa_nothing))
        nothing_skip(w, page, (unsigned)(op - page->ops), op);
}

static const struct isa_op *op_decode(struct isa_wave *w, const struct isa_op *place)
{
    struct code_page *page = page_of(w->ops);
    struct isa_op *op = &page->ops[place - page->ops];
    if (!op_read(w, page, op))
        return no_memory(w, op);
    const struct isa_op *next = (op->plain ? op->plain : op->run)(w, op);
    op_extend(w, page, op);
    return next;
}

bool op_ready(struct isa_wave *w, const struct isa_op *place)
{
    struct code_page *page = page_of(w->ops);
    if (place < page->ops || place >= page->ops + OP_SLOTS)
        return false;
    struct isa_op *op = &page->ops[place - page->ops];
    if (op->run == op_decode) {
        if (!op_read(w, page, op))
            return false;
        op_extend(w, page, op);
    }
    return op->inst;
}

static const struct isa_op *op_leave(struct isa_wave *w, const struct isa_op *op)
{
    w->pc = op_pc(w->ops, op);
    w->ops->uncounted = 1;
    return NULL;
}
