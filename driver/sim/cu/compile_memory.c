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

#include "compile_access.h"
#include "exec_memory.h"

enum { BLOCK = 16 };

/* ---- where lanes are ---- */

static LLVMValueRef all_active(struct compile *c, LLVMValueRef bits)
{
    if (c->active)
        bits = B(c, Or, bits, B(c, Not, c->active));
    return B(c, ICmp, LLVM_EQ, compile_mask_int(c, bits), c->l->ConstAllOnes(c->mask_int));
}

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

static LLVMValueRef translate(struct access *a, LLVMValueRef va, uint64_t bytes, LLVMBasicBlockRef otherwise)
{
    return access_host(a, va, compile_int(a->c, a->c->i64, bytes), otherwise);
}

/* The same of an offset. */
static LLVMValueRef host_of(struct access *a, LLVMValueRef offset, uint64_t bytes,
                            LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    LLVMValueRef wide = B(c, ZExt, offset, c->i64);
    if (!a->lds)
        return translate(a, B(c, Add, a->base, wide), bytes, otherwise);
    return access_lds(c, B(c, Add, wide, compile_int(c, c->i64, a->offset)), compile_int(c, c->i64, bytes),
                      otherwise);
}

/* ---- moving ---- */

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

/* What lies in memory of each lane's dword, and what it becomes in a register of that type, and back. */
static LLVMTypeRef part_type(const struct access *a)
{
    const struct compile *c = a->c;
    return a->bytes == 1 ? c->i8 : a->bytes == 2 ? c->i16 : c->i32;
}

static LLVMValueRef widened(const struct access *a, LLVMValueRef part, LLVMTypeRef type)
{
    struct compile *c = a->c;
    if (a->bytes >= 4)
        return part;
    return a->r->op.sign ? B(c, SExt, part, type) : B(c, ZExt, part, type);
}

static LLVMValueRef narrowed(const struct access *a, LLVMValueRef rows, unsigned lanes)
{
    struct compile *c = a->c;
    return a->bytes >= 4 ? rows : B(c, Trunc, rows, c->l->VectorType(part_type(a), lanes));
}

/* Lanes' dwords, one after the other in each block, to rows. */
static void beside_read(struct access *a, LLVMValueRef *hosts)
{
    struct compile *c = a->c;
    unsigned n = a->dwords, lanes = block_lanes(a), blocks = c->lanes / lanes;
    LLVMValueRef all[4], rows[4], parts[4];
    for (unsigned i = 0; i < blocks; i++)
        all[i] = widened(a, compile_load(c, c->l->VectorType(part_type(a), lanes * n), hosts[i], 0),
                         c->l->VectorType(c->i32, lanes * n));
    for (unsigned dword = 0; dword < n; dword++) {
        for (unsigned i = 0; i < blocks; i++)
            parts[i] = n == 1 ? all[i] : slice(c, all[i], dword, n, lanes);
        rows[dword] = together(c, parts, blocks, lanes);
    }
    access_data_put(a, rows);
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
        parts[i] = narrowed(a, lanes == c->lanes ? row : slice(c, row, block * lanes, 1, lanes), lanes);
        masks[i] = c->active;
    }
    parts_write(c, parts, c->active ? masks : NULL, a->dwords, lanes, host);
}

static void whole_write(struct access *a, LLVMValueRef host)
{
    struct compile *c = a->c;
    LLVMValueRef parts[4], masks[4];
    for (unsigned i = 0; i < a->dwords; i++) {
        parts[i] = narrowed(a, compile_row(c, a->data + i), c->lanes);
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
            LLVMValueRef value =
                widened(a, compile_load(c, part_type(a), hosts[i], (int64_t)dword * 4), c->i32);
            LLVMValueRef first = B(c, InsertElement, c->l->GetPoison(type), value, compile_int(c, c->i32, 0));
            parts[i] = slice(c, first, 0, 0, lanes);
        }
        rows[dword] = together(c, parts, blocks, lanes);
    }
    access_data_put(a, rows);
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
    access_go_on_if(c, beside, otherwise);
    hosts_find(a, begins, window, lanes, hosts);
    if (a->write)
        for (unsigned i = 0; i < blocks; i++)
            block_write(a, i, hosts[i]);
    else
        beside_read(a, hosts);
    access_branch(c, a->after);
}

static void one_move(struct access *a, LLVMValueRef *begins, LLVMBasicBlockRef lanes)
{
    struct compile *c = a->c;
    LLVMValueRef hosts[4];
    access_go_on_if(c, in_steps(a, a->first, 0), lanes);
    if (a->lane)
        begins[0] = a->first;
    hosts_find(a, begins, a->bytes, lanes, hosts);
    one_read(a, hosts);
    access_branch(c, a->after);
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
        all = widened(a, compile_load(c, c->l->VectorType(part_type(a), c->lanes * n), host, 0),
                      c->l->VectorType(c->i32, c->lanes * n));
    for (unsigned i = 0; i < n; i++)
        if (one)
            rows[i] =
                compile_each(c, widened(a, compile_load(c, part_type(a), host, (int64_t)i * 4), c->i32));
        else
            rows[i] = n == 1 ? all : slice(c, all, i, n, c->lanes);
    access_data_put(a, rows);
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
        access_go_on_if(c, line.fits, a->aside);
    LLVMValueRef at = B(c, Add, line.base, fixed);
    LLVMValueRef n = compile_int(c, c->i64, bytes);
    LLVMValueRef host = a->lds ? access_lds(c, at, n, a->aside) : access_host(a, at, n, a->aside);
    if (a->write)
        whole_write(a, host);
    else
        line_read(a, host, one);
    access_branch(c, a->after);
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
        access_go_on_if(c, a->same_high, a->aside);
    for (unsigned i = 0; i < c->lanes / block_lanes(a); i++)
        begins[i] = block_begin(a, i);
    beside_move(a, begins, otherwise, lanes);
    if (!a->write) {
        compile_block_begin(c, otherwise);
        one_move(a, begins, lanes);
    }
    compile_block_begin(c, lanes);
    access_each_lane(a);
    access_branch(c, a->after);
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
        if (kinds[i].accesses && bytes && bytes <= 16 && !(bytes & (bytes - 1)) &&
            r->run == op_memory(i, bytes))
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
    a.dwords = (a.bytes + 3) / 4;
    a.most = (uint64_t)a.bytes * c->lanes;
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
    struct access a = {.c = c, .r = r, .bytes = r->op.bytes, .most = r->op.bytes};
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
    return scalar_load(c) || lanes_move(c) || compile_private(c);
}
