/*
 * compile_memory.c - loads and stores of global memory and LDS, and scalar loads, as LLVM's.
 *
 * Lanes side by side are moved by vectors, and one place that all lanes read is read once. Others are left to
 * a function for lanes within one range of the VM that the wave's TLB knows, or inside the group's LDS; the
 * rest to the operation's own function, before anything has been read or written.
 *
 * Invariant: a lane's memory is touched only if it is active for writing; for reading, bytes of the same
 * range beside those of active lanes may be read, too.
 */

#include "compile_lanes.h"
#include "compile_parts.h"
#include "exec_memory.h"
#include "sim/memory/vm.h"

#include <stdlib.h>

enum { BLOCK = 16 };

struct access { /* one of an instruction */
    struct compile *c;
    const struct region_op *r;
    bool write, lds;
    unsigned bytes, dwords;
    unsigned data;          /* row of the first dword */
    uint32_t offset;        /* LDS: of the instruction */
    LLVMValueRef base;      /* i64: GPU address of offset 0; LDS: none */
    LLVMValueRef wide_base; /* i64: what is added to a line of addresses */
    LLVMValueRef at;        /* row of offsets */
    LLVMValueRef first;     /* i32: the first active lane's offset */
    LLVMValueRef lane;      /* i32: which that is; NULL: lane 0 */
    LLVMValueRef same_high; /* i1 or NULL: the upper halves of addresses are all the same */
    LLVMBasicBlockRef aside, after;
    bool aside_used;
};

/* ---- blocks ---- */

/* Goes on in a new block if the condition holds, else elsewhere. */
static void go_on_if(struct compile *c, LLVMValueRef condition, LLVMBasicBlockRef otherwise)
{
    LLVMBasicBlockRef next = compile_block_new(c);
    c->l->BuildCondBr(c->b, condition, next, otherwise);
    compile_block_begin(c, next);
}

static void branch(struct compile *c, LLVMBasicBlockRef to)
{
    c->l->BuildBr(c->b, to);
}

static LLVMValueRef all_active(struct compile *c, LLVMValueRef bits)
{
    if (c->active)
        bits = B(c, Or, bits, B(c, Not, c->active));
    return B(c, ICmp, LLVM_EQ, compile_mask_int(c, bits), c->l->ConstAllOnes(c->mask_int));
}

/* ---- where lanes are ---- */

static LLVMValueRef shuffle(struct compile *c, LLVMValueRef a, LLVMValueRef b, const uint32_t *which,
                            unsigned n)
{
    LLVMValueRef mask[256];
    for (unsigned i = 0; i < n; i++)
        mask[i] = compile_int(c, c->i32, which[i]);
    return B(c, ShuffleVector, a, b, c->l->ConstVector(mask, n));
}

static LLVMValueRef first_lane(struct compile *c)
{
    if (!c->active)
        return NULL;
    LLVMValueRef args[] = {compile_exec(c), compile_int(c, c->i1, 0)};
    LLVMValueRef n = compile_intrinsic(c, "llvm.cttz", &c->mask_int, 1, args, 2);
    if (c->lanes == 64)
        n = B(c, Trunc, n, c->i32);
    return B(c, And, n, compile_int(c, c->i32, c->lanes - 1)); /* none: any will do */
}

static LLVMValueRef lane_of(struct compile *c, LLVMValueRef row, LLVMValueRef lane)
{
    return B(c, ExtractElement, row, lane ? lane : compile_int(c, c->i32, 0));
}

/* Lanes are looked at by blocks, which may lie apart; all of a wave in one where some are not active. */
static unsigned block_lanes(const struct access *a)
{
    return a->lane ? a->c->lanes : BLOCK;
}

/* Where the first lane of a block would be if its lanes are side by side, as an offset. */
static LLVMValueRef block_begin(struct access *a, unsigned block)
{
    struct compile *c = a->c;
    if (a->lane)
        return B(c, Sub, a->first, B(c, Mul, a->lane, compile_int(c, c->i32, a->bytes)));
    return lane_of(c, a->at, compile_int(c, c->i32, block * BLOCK));
}

/* Each lane's block's first offset, if they are known, else the first active lane's. */
static LLVMValueRef block_firsts(struct access *a, LLVMValueRef begin)
{
    struct compile *c = a->c;
    uint32_t which[64];
    if (a->lane)
        return compile_each(c, begin);
    for (unsigned i = 0; i < c->lanes; i++)
        which[i] = i / BLOCK * BLOCK;
    return shuffle(c, a->at, c->l->GetPoison(c->row), which, c->lanes);
}

/* Is each lane so many bytes behind the one before it in its block? */
static LLVMValueRef in_steps(struct access *a, LLVMValueRef begin, unsigned bytes)
{
    struct compile *c = a->c;
    LLVMValueRef places[64], expected = block_firsts(a, begin);
    for (unsigned i = 0; i < c->lanes; i++)
        places[i] = compile_int(c, c->i32, (uint64_t)(i % block_lanes(a)) * bytes);
    expected = B(c, Add, expected, c->l->ConstVector(places, c->lanes));
    return all_active(c, B(c, ICmp, LLVM_EQ, a->at, expected));
}

static LLVMValueRef tlb_entry(struct access *a)
{
    struct compile *c = a->c;
    LLVMValueRef hint = compile_load(c, c->i8, compile_op_pointer(c), offsetof(struct isa_op, hint));
    LLVMValueRef index = B(c, Shl, B(c, ZExt, hint, c->i64), compile_int(c, c->i64, 5));
    LLVMValueRef first = compile_at(c, c->wave, offsetof(struct isa_wave, tlb));
    return B(c, GEP2, c->i8, first, &index, 1);
}

/* The range with bytes at va, for an operation that remembers it: its begin, size, and the host's distance.
 */
static bool window_find(struct isa_wave *w, const struct isa_op *op, uint64_t va, uint64_t bytes,
                        uint32_t access, uint64_t *window)
{
    uint64_t room;
    const uint8_t *host = isa_memory_near(w, va, access, &room, op_hint(op));
    if (!host || room < bytes)
        return false;
    const struct isa_tlb *t = &w->tlb[*op_hint(op)];
    window[0] = t->start;
    window[1] = t->end - t->start;
    window[2] = (uint64_t)(uintptr_t)t->host - t->start;
    return true;
}

static LLVMValueRef call(struct compile *c, uintptr_t function, LLVMTypeRef result, LLVMValueRef *args,
                         unsigned n)
{
    LLVMTypeRef types[8];
    for (unsigned i = 0; i < n; i++)
        types[i] = c->l->TypeOf(args[i]);
    LLVMValueRef at = B(c, IntToPtr, compile_int(c, c->i64, function), c->pointer);
    return B(c, Call2, c->l->FunctionType(result, types, n, 0), at, args, n);
}

/* The most bytes that the operation asks for at once, unless lanes lie apart. */
static uint64_t most_bytes(const struct access *a)
{
    return a->at ? (uint64_t)a->bytes * a->c->lanes : a->bytes;
}

/* Are n bytes at va in the window? For most_bytes() there is a limit to the first one. */
static LLVMValueRef window_has(struct access *a, const LLVMValueRef *window, LLVMValueRef va, LLVMValueRef n)
{
    struct compile *c = a->c;
    LLVMValueRef in = B(c, Sub, va, compile_place_get(c, c->i64, window[WINDOW_START]));
    if (n == compile_int(c, c->i64, most_bytes(a)))
        return B(c, ICmp, LLVM_ULT, in, compile_place_get(c, c->i64, window[WINDOW_LIMIT]));
    LLVMValueRef size = compile_place_get(c, c->i64, window[WINDOW_SIZE]);
    return B(c, And, B(c, ICmp, LLVM_ULT, in, size), B(c, ICmp, LLVM_ULE, n, B(c, Sub, size, in)));
}

static void window_set(struct access *a, LLVMValueRef *window)
{
    struct compile *c = a->c;
    static const unsigned found[] = {WINDOW_START, WINDOW_SIZE, WINDOW_DISTANCE};
    for (unsigned i = 0; i < 3; i++)
        compile_place_set(c, window[found[i]], compile_load(c, c->i64, c->places[0], 8 * i));
    LLVMValueRef size = compile_place_get(c, c->i64, window[WINDOW_SIZE]);
    LLVMValueRef less = compile_int(c, c->i64, most_bytes(a) - 1);
    LLVMValueRef limit =
        B(c, Select, B(c, ICmp, LLVM_UGT, size, less), B(c, Sub, size, less), compile_int(c, c->i64, 0));
    compile_place_set(c, window[WINDOW_LIMIT], limit);
}

/* Mappings do not change while the function runs. */
static LLVMValueRef translate_near(struct access *a, LLVMValueRef *window, LLVMValueRef va, LLVMValueRef n,
                                   LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    LLVMBasicBlockRef good = compile_block_new(c), miss = compile_block_new(c);
    c->l->BuildCondBr(c->b, window_has(a, window, va, n), good, miss);
    compile_block_begin(c, miss);
    uint32_t need = a->write ? SIM_VM_WRITE : SIM_VM_READ;
    LLVMValueRef args[] = {c->wave, compile_op_pointer(c), va, n, compile_int(c, c->i32, need), c->places[0]};
    LLVMValueRef found = call(c, (uintptr_t)window_find, c->i8, args, 6);
    compile_call_is(c, found, "cold");
    go_on_if(c, B(c, ICmp, LLVM_NE, found, compile_int(c, c->i8, 0)), otherwise);
    window_set(a, window);
    branch(c, good);
    compile_block_begin(c, good);
    LLVMValueRef distance = compile_place_get(c, c->i64, window[WINDOW_DISTANCE]);
    return B(c, IntToPtr, B(c, Add, va, distance), c->pointer);
}

/* The host's address of bytes at va, or off to the other block. */
static LLVMValueRef translate_some(struct access *a, LLVMValueRef va, LLVMValueRef n,
                                   LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    LLVMValueRef *window = c->windows ? c->windows[a->r - c->region->ops] : NULL;
    if (window && window[0])
        return translate_near(a, window, va, n, otherwise);
    _Static_assert(sizeof(struct isa_tlb) == 32, "an entry is found by a shift");
    LLVMValueRef e = tlb_entry(a);
    LLVMValueRef start = compile_load(c, c->i64, e, offsetof(struct isa_tlb, start));
    LLVMValueRef end = compile_load(c, c->i64, e, offsetof(struct isa_tlb, end));
    LLVMValueRef host = compile_load(c, c->i64, e, offsetof(struct isa_tlb, host));
    LLVMValueRef access = compile_load(c, c->i32, e, offsetof(struct isa_tlb, access));
    LLVMValueRef vm = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, vm));
    LLVMValueRef now = compile_load(c, c->i64, vm, offsetof(struct sim_vm, generation));
    LLVMValueRef then = compile_load(c, c->i64, c->wave, offsetof(struct isa_wave, tlb_generation));
    LLVMValueRef in = B(c, Sub, va, start), size = B(c, Sub, end, start);
    LLVMValueRef good = B(c, ICmp, LLVM_EQ, now, then);
    uint32_t need = a->write ? SIM_VM_WRITE : SIM_VM_READ;
    LLVMValueRef allowed = B(c, And, access, compile_int(c, c->i32, need));
    good = B(c, And, good, B(c, ICmp, LLVM_NE, allowed, compile_int(c, c->i32, 0)));
    good = B(c, And, good, B(c, ICmp, LLVM_UGE, size, n));
    good = B(c, And, good, B(c, ICmp, LLVM_ULE, in, B(c, Sub, size, n)));
    go_on_if(c, good, otherwise);
    return B(c, IntToPtr, B(c, Add, host, in), c->pointer);
}

static LLVMValueRef translate(struct access *a, LLVMValueRef va, uint64_t bytes, LLVMBasicBlockRef otherwise)
{
    return translate_some(a, va, compile_int(a->c, a->c->i64, bytes), otherwise);
}

/* Bytes of LDS at an offset. */
static LLVMValueRef lds_host(struct compile *c, LLVMValueRef at, LLVMValueRef n, LLVMBasicBlockRef otherwise)
{
    LLVMValueRef lds = c->lds, size = c->lds_bytes;
    if (!c->start) {
        LLVMValueRef group = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, group));
        lds = compile_load(c, c->pointer, group, offsetof(struct isa_group, lds));
        size = compile_load(c, c->i32, group, offsetof(struct isa_group, lds_bytes));
    }
    LLVMValueRef end = B(c, Add, at, n);
    go_on_if(c, B(c, ICmp, LLVM_ULE, end, B(c, ZExt, size, c->i64)), otherwise);
    return B(c, GEP2, c->i8, lds, &at, 1);
}

/* The same of an offset. */
static LLVMValueRef host_of(struct access *a, LLVMValueRef offset, uint64_t bytes,
                            LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    LLVMValueRef wide = B(c, ZExt, offset, c->i64);
    if (!a->lds)
        return translate(a, B(c, Add, a->base, wide), bytes, otherwise);
    return lds_host(c, B(c, Add, wide, compile_int(c, c->i64, a->offset)), compile_int(c, c->i64, bytes),
                    otherwise);
}

/* ---- moving ---- */

static void data_put(struct access *a, LLVMValueRef *rows)
{
    for (unsigned i = 0; i < a->dwords; i++)
        compile_row_set(a->c, a->data + i, rows[i]);
}

/* Two vectors of n, joined; equal parts, joined. */
static LLVMValueRef joined(struct compile *c, LLVMValueRef x, LLVMValueRef y, unsigned n)
{
    uint32_t which[256];
    for (unsigned i = 0; i < 2 * n; i++)
        which[i] = i;
    return shuffle(c, x, y, which, 2 * n);
}

static LLVMValueRef together(struct compile *c, LLVMValueRef *parts, unsigned n_parts, unsigned n)
{
    for (; n_parts > 1; n_parts /= 2, n *= 2)
        for (unsigned i = 0; i < n_parts / 2; i++)
            parts[i] = joined(c, parts[2 * i], parts[2 * i + 1], n);
    return parts[0];
}

static LLVMValueRef slice(struct compile *c, LLVMValueRef of, unsigned first, unsigned step, unsigned n)
{
    uint32_t which[256];
    for (unsigned i = 0; i < n; i++)
        which[i] = first + i * step;
    return shuffle(c, of, c->l->GetPoison(c->l->TypeOf(of)), which, n);
}

/* Lanes' dwords, one after the other in each block, to rows. */
static void beside_read(struct access *a, LLVMValueRef *hosts)
{
    struct compile *c = a->c;
    unsigned n = a->dwords, lanes = block_lanes(a), blocks = c->lanes / lanes;
    LLVMValueRef all[4], rows[4], parts[4];
    for (unsigned i = 0; i < blocks; i++)
        all[i] = compile_load(c, c->l->VectorType(c->i32, lanes * n), hosts[i], 0);
    for (unsigned dword = 0; dword < n; dword++) {
        for (unsigned i = 0; i < blocks; i++)
            parts[i] = n == 1 ? all[i] : slice(c, all[i], dword, n, lanes);
        rows[dword] = together(c, parts, blocks, lanes);
    }
    data_put(a, rows);
}

/* Of n vectors, 1, 2 or 4, with so many elements: the first of each, then the second of each... */
static LLVMValueRef interleaved(struct compile *c, const LLVMValueRef *vectors, unsigned n, unsigned elements)
{
    LLVMValueRef parts[4];
    uint32_t which[256];
    memcpy(parts, vectors, n * sizeof *parts);
    LLVMValueRef all = together(c, parts, n, elements);
    for (unsigned i = 0; i < n * elements; i++)
        which[i] = i / n + i % n * elements;
    return n == 1 ? all : shuffle(c, all, c->l->GetPoison(c->l->TypeOf(all)), which, n * elements);
}

/* Rows, or parts of them; masks: NULL: all lanes. */
static void parts_write(struct compile *c, const LLVMValueRef *parts, const LLVMValueRef *masks, unsigned n,
                        unsigned lanes, LLVMValueRef host)
{
    LLVMValueRef all = interleaved(c, parts, n, lanes);
    if (!masks) {
        compile_store(c, all, host, 0);
        return;
    }
    LLVMTypeRef types[] = {c->l->TypeOf(all), c->pointer};
    LLVMValueRef args[] = {all, host, interleaved(c, masks, n, lanes)};
    compile_intrinsic(c, "llvm.masked.store", types, 2, args, 3);
}

static void block_write(struct access *a, unsigned block, LLVMValueRef host)
{
    struct compile *c = a->c;
    unsigned lanes = block_lanes(a);
    LLVMValueRef parts[4], masks[4];
    for (unsigned i = 0; i < a->dwords; i++) {
        LLVMValueRef row = compile_row(c, a->data + i);
        parts[i] = lanes == c->lanes ? row : slice(c, row, block * lanes, 1, lanes);
        masks[i] = c->active;
    }
    parts_write(c, parts, c->active ? masks : NULL, a->dwords, lanes, host);
}

static void whole_write(struct access *a, LLVMValueRef host)
{
    struct compile *c = a->c;
    LLVMValueRef parts[4], masks[4];
    for (unsigned i = 0; i < a->dwords; i++) {
        parts[i] = compile_row(c, a->data + i);
        masks[i] = c->active;
    }
    parts_write(c, parts, c->active ? masks : NULL, a->dwords, c->lanes, host);
}

/* Of each block the same for all lanes. */
static void one_read(struct access *a, LLVMValueRef *hosts)
{
    struct compile *c = a->c;
    unsigned lanes = block_lanes(a), blocks = c->lanes / lanes;
    LLVMValueRef rows[4], parts[4];
    LLVMTypeRef type = c->l->VectorType(c->i32, lanes);
    for (unsigned dword = 0; dword < a->dwords; dword++) {
        for (unsigned i = 0; i < blocks; i++) {
            LLVMValueRef value = compile_load(c, c->i32, hosts[i], (int64_t)dword * 4);
            LLVMValueRef first = B(c, InsertElement, c->l->GetPoison(type), value, compile_int(c, c->i32, 0));
            parts[i] = slice(c, first, 0, 0, lanes);
        }
        rows[dword] = together(c, parts, blocks, lanes);
    }
    data_put(a, rows);
}

/* The least or greatest offset of active lanes. */
static LLVMValueRef offsets_end(struct access *a, const char *name, uint32_t otherwise)
{
    struct compile *c = a->c;
    LLVMValueRef at = a->at;
    if (c->active)
        at = B(c, Select, c->active, at, compile_each_int(c, c->i32, otherwise));
    return B(c, ZExt, compile_intrinsic(c, name, &c->row, 1, &at, 1), c->i64);
}

/* By the host's gathers and scatters: where each active lane's bytes are. */
static LLVMValueRef lanes_hosts(struct access *a)
{
    struct compile *c = a->c;
    LLVMValueRef most = offsets_end(a, "llvm.vector.reduce.umax", 0), index = a->at, host;
    if (a->lds) {
        LLVMValueRef n = B(c, Add, most, compile_int(c, c->i64, a->bytes));
        host = lds_host(c, compile_int(c, c->i64, a->offset), n, a->aside);
    } else {
        LLVMValueRef least = offsets_end(a, "llvm.vector.reduce.umin", UINT32_MAX);
        LLVMValueRef span = B(c, Sub, most, least);
        go_on_if(c, B(c, ICmp, LLVM_ULE, span, compile_int(c, c->i64, INT32_MAX)), a->aside);
        host = translate_some(a, B(c, Add, a->base, least), B(c, Add, span, compile_int(c, c->i64, a->bytes)),
                              a->aside);
        index = B(c, Sub, index, compile_each(c, B(c, Trunc, least, c->i32)));
    }
    return B(c, GEP2, c->i8, host, &index, 1);
}

/* Elements of lanes, whole: where they overlap, the last lane's stays. */
static LLVMValueRef gather(struct access *a, LLVMValueRef hosts, LLVMValueRef write, LLVMTypeRef type)
{
    struct compile *c = a->c;
    LLVMValueRef mask = c->active ? c->active : c->l->ConstAllOnes(c->bits);
    LLVMTypeRef types[] = {type, c->l->TypeOf(hosts)};
    if (write) {
        LLVMValueRef args[] = {write, hosts, mask};
        return compile_intrinsic(c, "llvm.masked.scatter", types, 2, args, 3);
    }
    LLVMValueRef args[] = {hosts, mask, c->l->GetPoison(type)};
    return compile_intrinsic(c, "llvm.masked.gather", types, 2, args, 3);
}

static void pairs_gather(struct access *a, LLVMValueRef hosts)
{
    struct compile *c = a->c;
    LLVMValueRef by = compile_each_int(c, c->i64, 32), rows[2];
    if (a->write) {
        LLVMValueRef low = B(c, ZExt, compile_row(c, a->data), c->wide);
        LLVMValueRef high = B(c, Shl, B(c, ZExt, compile_row(c, a->data + 1), c->wide), by);
        gather(a, hosts, B(c, Or, low, high), c->wide);
        return;
    }
    LLVMValueRef all = gather(a, hosts, NULL, c->wide);
    rows[0] = B(c, Trunc, all, c->row);
    rows[1] = B(c, Trunc, B(c, LShr, all, by), c->row);
    data_put(a, rows);
}

static void lanes_gather(struct access *a)
{
    struct compile *c = a->c;
    LLVMValueRef hosts = lanes_hosts(a), rows[4];
    if (a->dwords == 2) {
        pairs_gather(a, hosts);
        return;
    }
    if (a->write) {
        gather(a, hosts, compile_row(c, a->data), c->row);
        return;
    }
    for (unsigned i = 0; i < a->dwords; i++) {
        LLVMValueRef by = compile_int(c, c->i64, (uint64_t)i * 4);
        rows[i] = gather(a, B(c, GEP2, c->i8, hosts, &by, 1), NULL, c->row);
    }
    data_put(a, rows);
}

static void each_lane(struct access *a)
{
    struct compile *c = a->c;
    if (vec_level() == VEC_AVX512 && (a->dwords <= 2 || !a->write)) {
        lanes_gather(a);
        return;
    }
    LLVMValueRef exec = compile_exec(c);
    if (c->lanes == 32)
        exec = B(c, ZExt, exec, c->i64);
    compile_store(c, a->at, c->places[0], 0);
    for (unsigned i = 0; i < a->dwords && a->write; i++)
        compile_store(c, compile_row(c, a->data + i), c->places[1], (int64_t)i * VEC_LANES * 4);
    LLVMValueRef base = a->lds ? compile_int(c, c->i64, a->offset) : a->base;
    LLVMValueRef args[] = {c->wave,      compile_op_pointer(c), base, exec, compile_int(c, c->i32, a->lds),
                           c->places[0], c->places[1]};
    uintptr_t function = a->write ? (uintptr_t)compile_lanes_write : (uintptr_t)compile_lanes_read;
    LLVMValueRef done = call(c, function, c->i8, args, 7);
    LLVMValueRef yes = B(c, ICmp, LLVM_NE, done, compile_int(c, c->i8, 0));
    go_on_if(c, yes, a->aside);
    if (a->write)
        return;
    LLVMValueRef rows[4];
    for (unsigned i = 0; i < a->dwords; i++)
        rows[i] = compile_load(c, c->row, c->places[1], (int64_t)i * VEC_LANES * 4);
    data_put(a, rows);
}

/* ---- all of it ---- */

/* Where each block begins, in the host's memory, with so many bytes from there on. */
static void hosts_find(struct access *a, LLVMValueRef *begins, uint64_t bytes, LLVMBasicBlockRef otherwise,
                       LLVMValueRef *hosts)
{
    for (unsigned i = 0; i < a->c->lanes / block_lanes(a); i++)
        hosts[i] = host_of(a, begins[i], bytes, otherwise);
}

static void beside_move(struct access *a, LLVMValueRef *begins, LLVMBasicBlockRef otherwise,
                        LLVMBasicBlockRef lanes)
{
    struct compile *c = a->c;
    unsigned blocks = c->lanes / block_lanes(a);
    uint32_t window = a->bytes * block_lanes(a);
    LLVMValueRef beside = in_steps(a, begins[0], a->bytes), hosts[4];
    for (unsigned i = 0; i < blocks; i++) /* the last one may not lie past 4 GiB */
        beside = B(c, And, beside, B(c, ICmp, LLVM_ULE, begins[i], compile_int(c, c->i32, 0u - window)));
    go_on_if(c, beside, otherwise);
    hosts_find(a, begins, window, lanes, hosts);
    if (a->write)
        for (unsigned i = 0; i < blocks; i++)
            block_write(a, i, hosts[i]);
    else
        beside_read(a, hosts);
    branch(c, a->after);
}

static void one_move(struct access *a, LLVMValueRef *begins, LLVMBasicBlockRef lanes)
{
    struct compile *c = a->c;
    LLVMValueRef hosts[4];
    go_on_if(c, in_steps(a, a->first, 0), lanes);
    if (a->lane)
        begins[0] = a->first;
    hosts_find(a, begins, a->bytes, lanes, hosts);
    one_read(a, hosts);
    branch(c, a->after);
}

/* ---- lanes that are known to be side by side, or at one place ---- */

static bool line_of(struct access *a, struct compile_line *line)
{
    struct compile *c = a->c;
    unsigned row = a->r->inst.src[0].reg;
    if (!a->lds && a->r->op.wide)
        return compile_line_get_wide(c, row, line);
    if (!compile_line_get(c, row, line))
        return false;
    uint32_t most = UINT32_MAX - line->step * (c->lanes - 1);
    if (line->step > 0)
        line->fits = B(c, ICmp, LLVM_ULE, line->base, compile_int(c, c->i32, most));
    line->base = B(c, ZExt, line->base, c->i64);
    return true;
}

static void line_read(struct access *a, LLVMValueRef host, bool one)
{
    struct compile *c = a->c;
    unsigned n = a->dwords;
    LLVMValueRef rows[4], all = NULL;
    if (!one)
        all = compile_load(c, c->l->VectorType(c->i32, c->lanes * n), host, 0);
    for (unsigned i = 0; i < n; i++)
        if (one)
            rows[i] = compile_each(c, compile_load(c, c->i32, host, (int64_t)i * 4));
        else
            rows[i] = n == 1 ? all : slice(c, all, i, n, c->lanes);
    data_put(a, rows);
}

/* False: it is not known of these, and nothing has been written. */
static bool line_move(struct access *a)
{
    struct compile *c = a->c;
    struct compile_line line;
    if (!line_of(a, &line) || (line.step != a->bytes && (line.step != 0 || a->write)))
        return false;
    bool one = line.step == 0;
    uint64_t bytes = one ? a->bytes : a->bytes * c->lanes;
    LLVMValueRef fixed = a->lds ? compile_int(c, c->i64, a->offset) : a->wide_base;
    if (line.fits)
        go_on_if(c, line.fits, a->aside);
    LLVMValueRef at = B(c, Add, line.base, fixed);
    LLVMValueRef n = compile_int(c, c->i64, bytes);
    LLVMValueRef host = a->lds ? lds_host(c, at, n, a->aside) : translate_some(a, at, n, a->aside);
    if (a->write)
        whole_write(a, host);
    else
        line_read(a, host, one);
    branch(c, a->after);
    return true;
}

static void move(struct access *a)
{
    struct compile *c = a->c;
    if (line_move(a))
        return;
    LLVMBasicBlockRef lanes = compile_block_new(c), otherwise = a->write ? lanes : compile_block_new(c);
    LLVMValueRef begins[4] = {NULL};
    if (a->same_high)
        go_on_if(c, a->same_high, a->aside);
    for (unsigned i = 0; i < c->lanes / block_lanes(a); i++)
        begins[i] = block_begin(a, i);
    beside_move(a, begins, otherwise, lanes);
    if (!a->write) {
        compile_block_begin(c, otherwise);
        one_move(a, begins, lanes);
    }
    compile_block_begin(c, lanes);
    each_lane(a);
    branch(c, a->after);
}

static bool row_of(const struct isa_operand *o, unsigned *row)
{
    *row = o->reg + (o->kind == ISA_AGPR ? 256u : 0);
    return o->kind == ISA_VGPR || o->kind == ISA_AGPR;
}

struct kind {
    bool write, lds;
    unsigned accesses;
};

static const struct kind *kind_of(const struct region_op *r)
{
    static const struct kind kinds[OP_MEMORY_KINDS] = {
        [OP_LOAD] = {false, false, 1},     [OP_STORE] = {true, false, 1},
        [OP_LDS_LOAD] = {false, true, 1},  [OP_LDS_STORE] = {true, true, 1},
        [OP_LDS_LOAD2] = {false, true, 2}, [OP_LDS_STORE2] = {true, true, 2},
    };
    unsigned bytes = r->op.bytes;
    for (unsigned i = 0; i < OP_MEMORY_KINDS; i++)
        if (kinds[i].accesses && (bytes == 4 || bytes == 8 || bytes == 16) && r->run == op_memory(i, bytes))
            return &kinds[i];
    return NULL;
}

/* A result that is the next access's address is left to the operation's function. */
static bool has_template(const struct region_op *r, const struct kind *kind)
{
    const struct isa_inst *inst = &r->inst;
    unsigned at, to, rows = r->op.bytes / 4u * kind->accesses;
    if (inst->src[0].kind != ISA_VGPR || inst->format == ISA_FLAT)
        return false;
    if (kind->write || kind->accesses == 1)
        return true;
    return row_of(&inst->src[0], &at) && row_of(&inst->dst, &to) && (at < to || at >= to + rows);
}

static void address_find(struct access *a)
{
    struct compile *c = a->c;
    const struct isa_inst *inst = &a->r->inst;
    LLVMValueRef offset = compile_int(c, c->i64, (uint64_t)(int64_t)inst->offset);
    if (!a->r->op.wide) {
        a->base = a->wide_base = B(c, Add, compile_sgpr64(c, a->r->op.saddr), offset);
        return;
    }
    a->wide_base = offset;
    LLVMValueRef above = compile_row(c, inst->src[0].reg + 1u), high = lane_of(c, above, a->lane);
    a->same_high = all_active(c, B(c, ICmp, LLVM_EQ, above, compile_each(c, high)));
    a->base = B(c, Add, B(c, Shl, B(c, ZExt, high, c->i64), compile_int(c, c->i64, 32)), offset);
}

static bool lanes_move(struct compile *c)
{
    const struct region_op *r = c->now;
    const struct isa_inst *inst = &r->inst;
    const struct kind *kind = inst->pair ? NULL : kind_of(r);
    if (!kind || !has_template(r, kind))
        return false;
    struct access a = {.c = c, .r = r, .write = kind->write, .lds = kind->lds, .bytes = r->op.bytes};
    unsigned data[2];
    a.dwords = a.bytes / 4;
    if (!row_of(kind->write ? kind->lds ? &inst->src[1] : &inst->src[2] : &inst->dst, &data[0]))
        return false;
    data[1] = data[0] + a.dwords;
    if (kind->write && kind->accesses == 2 && !row_of(&inst->src[2], &data[1]))
        return false;
    if (kind->write && kind->accesses > 1)
        compile_shown(c);
    else if (kind->write)
        compile_settle(c);
    a.aside = compile_aside(c);
    LLVMBasicBlockRef end = compile_block_new(c);
    a.at = compile_row(c, inst->src[0].reg);
    a.lane = first_lane(c);
    a.first = lane_of(c, a.at, a.lane);
    if (!kind->lds)
        address_find(&a);
    for (unsigned i = 0; i < kind->accesses; i++) {
        uint32_t offset = (uint32_t)inst->offset;
        a.offset = kind->accesses == 1 ? offset : (offset >> 8 * i & 0xff) * r->op.unit;
        a.data = data[i];
        a.after = i + 1 < kind->accesses ? compile_block_new(c) : end;
        move(&a);
        if (i + 1 < kind->accesses)
            compile_block_begin(c, a.after);
    }
    compile_aside_end(c, a.aside);
    compile_block_begin(c, end);
    if (kind->write)
        compile_shown(c);
    return true;
}

/* ---- scalar loads ---- */

bool compile_has_window(const struct region_op *r)
{
    const struct kind *kind = r->inst.pair ? NULL : kind_of(r);
    return compile_fetches(r) || (kind && !kind->lds);
}

bool compile_fetches(const struct region_op *r)
{
    return r->run == isa_ops_smem[0].op && !r->forks && r->inst.src[0].kind == ISA_SGPR;
}

void compile_fetch(struct compile *c, LLVMBasicBlockRef aside, LLVMValueRef values[16])
{
    const struct region_op *r = c->now;
    const struct isa_inst *inst = &r->inst;
    struct access a = {.c = c, .r = r, .bytes = r->op.bytes};
    const struct isa_operand *o = &inst->src[1];
    uint64_t fixed = (uint64_t)(int64_t)inst->offset + (o->kind == ISA_CONST ? (uint32_t)o->value : 0);
    LLVMValueRef va = B(c, Add, compile_sgpr64(c, inst->src[0].reg), compile_int(c, c->i64, fixed));
    if (o->kind == ISA_SGPR)
        va = B(c, Add, va, B(c, ZExt, compile_sgpr(c, o->reg), c->i64));
    va = B(c, And, va, compile_int(c, c->i64, ~UINT64_C(3)));
    LLVMValueRef host = translate(&a, va, a.bytes, aside);
    for (unsigned i = 0; i < a.bytes / 4; i++)
        values[i] = compile_load(c, c->i32, host, (int64_t)i * 4);
}

void compile_fetched(struct compile *c, LLVMValueRef *values)
{
    for (unsigned i = 0; i < c->now->op.bytes / 4u; i++)
        compile_sgpr_set(c, c->now->inst.dst.reg + i, values[i]);
}

static bool scalar_load(struct compile *c)
{
    LLVMValueRef values[16];
    if (!compile_fetches(c->now))
        return false;
    LLVMBasicBlockRef aside = compile_aside(c);
    compile_fetch(c, aside, values);
    compile_fetched(c, values);
    compile_aside_end(c, aside);
    return true;
}

bool compile_memory(struct compile *c)
{
    return scalar_load(c) || lanes_move(c);
}
