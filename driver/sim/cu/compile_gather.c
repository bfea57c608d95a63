/*
 * compile_gather.c - loads and stores of lanes that lie apart, as LLVM's: by the host's gathers and scatters,
 * or by a function.
 */
#include "compile_access.h"
#include "compile_lanes.h"

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
        host = access_lds(c, compile_int(c, c->i64, a->offset), n, a->aside);
    } else {
        LLVMValueRef least = offsets_end(a, "llvm.vector.reduce.umin", UINT32_MAX);
        LLVMValueRef span = B(c, Sub, most, least);
        access_go_on_if(c, B(c, ICmp, LLVM_ULE, span, compile_int(c, c->i64, INT32_MAX)), a->aside);
        host = access_host(a, B(c, Add, a->base, least), B(c, Add, span, compile_int(c, c->i64, a->bytes)),
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
    access_data_put(a, rows);
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
    access_data_put(a, rows);
}

/* Without gathers of its own, or scatters, the host moves lane by lane, which branches for each where some
 * may not be active. */
static bool by_gather(const struct access *a)
{
    return a->bytes >= 4 && (a->dwords <= 2 || !a->write) && (vec_level() == VEC_AVX512 || !a->c->active);
}

void access_each_lane(struct access *a)
{
    struct compile *c = a->c;
    if (by_gather(a)) {
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
    LLVMValueRef done = compile_host_call(c, function, c->i8, args, 7);
    LLVMValueRef yes = B(c, ICmp, LLVM_NE, done, compile_int(c, c->i8, 0));
    access_go_on_if(c, yes, a->aside);
    if (a->write)
        return;
    LLVMValueRef rows[4];
    for (unsigned i = 0; i < a->dwords; i++)
        rows[i] = compile_load(c, c->row, c->places[1], (int64_t)i * VEC_LANES * 4);
    access_data_put(a, rows);
}
