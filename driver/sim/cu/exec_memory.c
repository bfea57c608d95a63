/*
 * exec_memory.c - a wave's view of GPU memory, and the table that binds the names of memory instructions to
 * their functions.
 *
 * Invariant: a host pointer from here is good until the caller leaves the VM's lock. The TLB in the wave
 * holds the ranges met last; it is thrown away when its generation is not the VM's.
 *
 * One operation has one function however it is spelled: up to gfx10 global_load_dword, from gfx11 on
 * global_load_b32; flat, global, scratch and buffer forms differ only in how a lane's address is found, which
 * the format of the decoded instruction says. Mnemonics: LLVM's AMDGPU assembler.
 */
#include <string.h>

#include "exec_memory.h"

static struct isa_tlb *tlb_find(struct isa_wave *w, uint64_t va)
{
    for (unsigned i = 0; i < ISA_TLB; i++)
        if (va >= w->tlb[i].start && va < w->tlb[i].end)
            return &w->tlb[i];
    return NULL;
}

static struct isa_tlb *tlb_fill(struct isa_wave *w, uint64_t va)
{
    const struct sim_range *range = sim_vm_find(w->vm, va);
    if (!range)
        return NULL;
    struct isa_tlb *entry = &w->tlb[w->tlb_next++ % ISA_TLB];
    *entry = (struct isa_tlb){range->start, range->end, range->host, range->access};
    return entry;
}

uint8_t *isa_memory_hunt(struct isa_wave *w, uint64_t va, unsigned access, uint64_t *room, uint8_t *hint)
{
    uint64_t generation = atomic_load_explicit(&w->vm->generation, memory_order_acquire);
    if (generation != w->tlb_generation) {
        memset(w->tlb, 0, sizeof w->tlb);
        w->tlb_generation = generation;
    }
    const struct isa_tlb *hit = tlb_find(w, va);
    if (!hit)
        hit = tlb_fill(w, va);
    if (!hit || (hit->access & access) != access)
        return NULL;
    *hint = (uint8_t)(hit - w->tlb);
    *room = hit->end - va;
    return hit->host + (va - hit->start);
}

uint8_t *isa_memory_find(struct isa_wave *w, uint64_t va, unsigned access, uint64_t *room)
{
    uint8_t unused;
    return isa_memory_hunt(w, va, access, room, &unused);
}

void isa_memory_fault(struct isa_wave *w, uint64_t va, unsigned access)
{
    w->state = ISA_FAULTED;
    w->fault_va = va;
    w->fault_access = access;
    w->fault_not_present = sim_vm_find(w->vm, va) == NULL;
}

void *isa_memory(struct isa_wave *w, uint64_t va, unsigned bytes, unsigned access)
{
    uint64_t room;
    uint8_t *host = isa_memory_find(w, va, access, &room);
    if (host && bytes <= room)
        return host;
    isa_memory_fault(w, host ? va + room : va, access);
    return NULL;
}

/* All spellings of an operation that has flat, global, scratch and buffer forms. */
#define SPACES(name, function)                                                                           \
    {"flat_" name, isa_##function}, {"global_" name, isa_##function}, {"scratch_" name, isa_##function}, \
    {                                                                                                    \
        "buffer_" name, isa_##function                                                                   \
    }
#define BOTH(old, new, function) SPACES(old, function), SPACES(new, function)
/* What converts: of buffers alone, in both of their formats. */
#define TYPED(name, function)                                                                \
    {"buffer_load_" name, isa_load_##function}, {"tbuffer_load_" name, isa_load_##function}, \
        {"buffer_store_" name, isa_store_##function},                                        \
    {                                                                                        \
        "tbuffer_store_" name, isa_store_##function                                          \
    }
#define TYPED_BOTH(old, new, function) TYPED(old, function), TYPED(new, function)
#define DS(name, function)            \
    {                                 \
        "ds_" name, isa_ds_##function \
    }
#define DS_BOTH(old, new, function) DS(old, function), DS(new, function)
/* Without and with return value: op_rtn_type is spelled in the middle. */
#define DS_ATOMIC(op, type) DS(#op "_" #type, op##_##type), DS(#op "_rtn_" #type, op##_##type)

/* clang-format off */
const struct isa_binding isa_exec_memory[] = {
    BOTH("load_ubyte", "load_u8", load_u8),
    BOTH("load_sbyte", "load_i8", load_i8),
    BOTH("load_ushort", "load_u16", load_u16),
    BOTH("load_sshort", "load_i16", load_i16),
    BOTH("load_dword", "load_b32", load_b32),
    BOTH("load_dwordx2", "load_b64", load_b64),
    BOTH("load_dwordx3", "load_b96", load_b96),
    BOTH("load_dwordx4", "load_b128", load_b128),
    BOTH("load_ubyte_d16", "load_d16_u8", load_d16_u8),
    BOTH("load_sbyte_d16", "load_d16_i8", load_d16_i8),
    BOTH("load_short_d16", "load_d16_b16", load_d16_b16),
    BOTH("load_ubyte_d16_hi", "load_d16_hi_u8", load_d16_hi_u8),
    BOTH("load_sbyte_d16_hi", "load_d16_hi_i8", load_d16_hi_i8),
    BOTH("load_short_d16_hi", "load_d16_hi_b16", load_d16_hi_b16),
    BOTH("store_byte", "store_b8", store_b8),
    BOTH("store_short", "store_b16", store_b16),
    BOTH("store_dword", "store_b32", store_b32),
    BOTH("store_dwordx2", "store_b64", store_b64),
    BOTH("store_dwordx3", "store_b96", store_b96),
    BOTH("store_dwordx4", "store_b128", store_b128),
    BOTH("store_byte_d16_hi", "store_d16_hi_b8", store_d16_hi_b8),
    BOTH("store_short_d16_hi", "store_d16_hi_b16", store_d16_hi_b16),
    {"global_load_tr_b64", isa_load_tr_b64},
    {"global_load_tr_b128", isa_load_tr_b128},
    {"global_load_block", isa_load_block},
    {"global_store_block", isa_store_block},
    {"scratch_load_block", isa_load_block},
    {"scratch_store_block", isa_store_block},
    TYPED("format_x", format_x),
    TYPED("format_xy", format_xy),
    TYPED("format_xyz", format_xyz),
    TYPED("format_xyzw", format_xyzw),
    TYPED_BOTH("format_d16_x", "d16_format_x", format_d16_x),
    TYPED_BOTH("format_d16_xy", "d16_format_xy", format_d16_xy),
    TYPED_BOTH("format_d16_xyz", "d16_format_xyz", format_d16_xyz),
    TYPED_BOTH("format_d16_xyzw", "d16_format_xyzw", format_d16_xyzw),
    TYPED_BOTH("format_d16_hi_x", "d16_hi_format_x", format_d16_hi_x),
    BOTH("load_lds_ubyte", "load_lds_u8", load_lds_u8),
    BOTH("load_lds_sbyte", "load_lds_i8", load_lds_i8),
    BOTH("load_lds_ushort", "load_lds_u16", load_lds_u16),
    BOTH("load_lds_sshort", "load_lds_i16", load_lds_i16),
    BOTH("load_lds_dword", "load_lds_b32", load_lds_b32),
    BOTH("load_lds_dwordx3", "load_lds_b96", load_lds_b96),
    BOTH("load_lds_dwordx4", "load_lds_b128", load_lds_b128),
    BOTH("load_dword_addtid", "load_addtid_b32", load_addtid_b32),
    BOTH("store_dword_addtid", "store_addtid_b32", store_addtid_b32),

    BOTH("atomic_swap", "atomic_swap_b32", atomic_swap_b32),
    BOTH("atomic_cmpswap", "atomic_cmpswap_b32", atomic_cmpswap_b32),
    BOTH("atomic_add", "atomic_add_u32", atomic_add_u32),
    BOTH("atomic_sub", "atomic_sub_u32", atomic_sub_u32),
    BOTH("atomic_csub", "atomic_csub_u32", atomic_csub_u32),
    SPACES("atomic_sub_clamp_u32", atomic_csub_u32),
    SPACES("atomic_cond_sub_u32", atomic_cond_sub_u32),
    BOTH("atomic_smin", "atomic_min_i32", atomic_min_i32),
    BOTH("atomic_umin", "atomic_min_u32", atomic_min_u32),
    BOTH("atomic_smax", "atomic_max_i32", atomic_max_i32),
    BOTH("atomic_umax", "atomic_max_u32", atomic_max_u32),
    BOTH("atomic_and", "atomic_and_b32", atomic_and_b32),
    BOTH("atomic_or", "atomic_or_b32", atomic_or_b32),
    BOTH("atomic_xor", "atomic_xor_b32", atomic_xor_b32),
    BOTH("atomic_inc", "atomic_inc_u32", atomic_inc_u32),
    BOTH("atomic_dec", "atomic_dec_u32", atomic_dec_u32),
    BOTH("atomic_swap_x2", "atomic_swap_b64", atomic_swap_b64),
    BOTH("atomic_cmpswap_x2", "atomic_cmpswap_b64", atomic_cmpswap_b64),
    BOTH("atomic_add_x2", "atomic_add_u64", atomic_add_u64),
    BOTH("atomic_sub_x2", "atomic_sub_u64", atomic_sub_u64),
    BOTH("atomic_smin_x2", "atomic_min_i64", atomic_min_i64),
    BOTH("atomic_umin_x2", "atomic_min_u64", atomic_min_u64),
    BOTH("atomic_smax_x2", "atomic_max_i64", atomic_max_i64),
    BOTH("atomic_umax_x2", "atomic_max_u64", atomic_max_u64),
    BOTH("atomic_and_x2", "atomic_and_b64", atomic_and_b64),
    BOTH("atomic_or_x2", "atomic_or_b64", atomic_or_b64),
    BOTH("atomic_xor_x2", "atomic_xor_b64", atomic_xor_b64),
    BOTH("atomic_inc_x2", "atomic_inc_u64", atomic_inc_u64),
    BOTH("atomic_dec_x2", "atomic_dec_u64", atomic_dec_u64),
    BOTH("atomic_fcmpswap", "atomic_cmpswap_f32", atomic_cmpswap_f32),
    SPACES("atomic_fcmpswap_x2", atomic_cmpswap_f64),
    SPACES("atomic_add_f32", atomic_add_f32),
    BOTH("atomic_fmin", "atomic_min_f32", atomic_min_f32),
    BOTH("atomic_fmax", "atomic_max_f32", atomic_max_f32),
    SPACES("atomic_min_num_f32", atomic_min_f32),
    SPACES("atomic_max_num_f32", atomic_max_f32),
    SPACES("atomic_add_f64", atomic_add_f64),
    BOTH("atomic_fmin_x2", "atomic_min_f64", atomic_min_f64),
    BOTH("atomic_fmax_x2", "atomic_max_f64", atomic_max_f64),
    SPACES("atomic_pk_add_f16", atomic_pk_add_f16),
    SPACES("atomic_pk_add_bf16", atomic_pk_add_bf16),

    {"buffer_wbl2", isa_cache_control},
    {"buffer_inv", isa_cache_control},
    {"buffer_invl2", isa_cache_control},
    {"buffer_wbinvl1", isa_cache_control},
    {"buffer_wbinvl1_vol", isa_cache_control},
    {"buffer_gl0_inv", isa_cache_control},
    {"buffer_gl1_inv", isa_cache_control},
    {"global_inv", isa_cache_control},
    {"global_wb", isa_cache_control},
    {"global_wbinv", isa_cache_control},

    DS("nop", nop),
    DS_BOTH("read_u8", "load_u8", load_u8),
    DS_BOTH("read_i8", "load_i8", load_i8),
    DS_BOTH("read_u16", "load_u16", load_u16),
    DS_BOTH("read_i16", "load_i16", load_i16),
    DS_BOTH("read_u8_d16", "load_u8_d16", load_d16_u8),
    DS_BOTH("read_i8_d16", "load_i8_d16", load_d16_i8),
    DS_BOTH("read_u16_d16", "load_u16_d16", load_d16_u16),
    DS_BOTH("read_u8_d16_hi", "load_u8_d16_hi", load_d16_hi_u8),
    DS_BOTH("read_i8_d16_hi", "load_i8_d16_hi", load_d16_hi_i8),
    DS_BOTH("read_u16_d16_hi", "load_u16_d16_hi", load_d16_hi_u16),
    DS_BOTH("read_b32", "load_b32", load_b32),
    DS_BOTH("read_b64", "load_b64", load_b64),
    DS_BOTH("read_b96", "load_b96", load_b96),
    DS_BOTH("read_b128", "load_b128", load_b128),
    DS("read_b64_tr_b4", load_tr_b4), DS("read_b96_tr_b6", load_tr_b6), DS("read_b64_tr_b8", load_tr_b8),
    DS("read_b64_tr_b16", load_tr_b16),
    DS_BOTH("read_addtid_b32", "load_addtid_b32", load_addtid_b32),
    DS_BOTH("read2_b32", "load_2addr_b32", load2_b32),
    DS_BOTH("read2st64_b32", "load_2addr_stride64_b32", load2st64_b32),
    DS_BOTH("read2_b64", "load_2addr_b64", load2_b64),
    DS_BOTH("read2st64_b64", "load_2addr_stride64_b64", load2st64_b64),
    DS_BOTH("write_b8", "store_b8", store_b8),
    DS_BOTH("write_b16", "store_b16", store_b16),
    DS_BOTH("write_b8_d16_hi", "store_b8_d16_hi", store_d16_hi_b8),
    DS_BOTH("write_b16_d16_hi", "store_b16_d16_hi", store_d16_hi_b16),
    DS_BOTH("write_b32", "store_b32", store_b32),
    DS_BOTH("write_b64", "store_b64", store_b64),
    DS_BOTH("write_b96", "store_b96", store_b96),
    DS_BOTH("write_b128", "store_b128", store_b128),
    DS_BOTH("write_addtid_b32", "store_addtid_b32", store_addtid_b32),
    DS_BOTH("write2_b32", "store_2addr_b32", store2_b32),
    DS_BOTH("write2st64_b32", "store_2addr_stride64_b32", store2st64_b32),
    DS_BOTH("write2_b64", "store_2addr_b64", store2_b64),
    DS_BOTH("write2st64_b64", "store_2addr_stride64_b64", store2st64_b64),
    DS_BOTH("wrxchg_rtn_b32", "storexchg_rtn_b32", swap_b32),
    DS_BOTH("wrxchg_rtn_b64", "storexchg_rtn_b64", swap_b64),
    DS_BOTH("wrxchg2_rtn_b32", "storexchg_2addr_rtn_b32", swap2_b32),
    DS_BOTH("wrxchg2st64_rtn_b32", "storexchg_2addr_stride64_rtn_b32", swap2st64_b32),
    DS_BOTH("wrxchg2_rtn_b64", "storexchg_2addr_rtn_b64", swap2_b64),
    DS_BOTH("wrxchg2st64_rtn_b64", "storexchg_2addr_stride64_rtn_b64", swap2st64_b64),
    DS_ATOMIC(add, u32), DS_ATOMIC(sub, u32), DS_ATOMIC(rsub, u32), DS_ATOMIC(inc, u32), DS_ATOMIC(dec, u32),
    DS_ATOMIC(min, i32), DS_ATOMIC(max, i32), DS_ATOMIC(min, u32), DS_ATOMIC(max, u32),
    DS_ATOMIC(and, b32), DS_ATOMIC(or, b32), DS_ATOMIC(xor, b32), DS_ATOMIC(mskor, b32),
    DS_ATOMIC(cmpst, b32), DS_ATOMIC(cmpst, f32), DS_ATOMIC(cmpstore, b32), DS_ATOMIC(cmpstore, f32),
    DS("wrap_rtn_b32", wrap_b32), DS_ATOMIC(sub_clamp, u32), DS_ATOMIC(cond_sub, u32),
    DS_ATOMIC(add, f32), DS_ATOMIC(min, f32), DS_ATOMIC(max, f32),
    DS("min_num_f32", min_f32), DS("min_num_rtn_f32", min_f32),
    DS("max_num_f32", max_f32), DS("max_num_rtn_f32", max_f32),
    DS_ATOMIC(pk_add, f16), DS_ATOMIC(pk_add, bf16),
    DS_ATOMIC(add, u64), DS_ATOMIC(sub, u64), DS_ATOMIC(rsub, u64), DS_ATOMIC(inc, u64), DS_ATOMIC(dec, u64),
    DS_ATOMIC(min, i64), DS_ATOMIC(max, i64), DS_ATOMIC(min, u64), DS_ATOMIC(max, u64),
    DS_ATOMIC(and, b64), DS_ATOMIC(or, b64), DS_ATOMIC(xor, b64), DS_ATOMIC(mskor, b64),
    DS_ATOMIC(cmpst, b64), DS_ATOMIC(cmpst, f64), DS_ATOMIC(cmpstore, b64), DS_ATOMIC(cmpstore, f64),
    DS_ATOMIC(add, f64), DS_ATOMIC(min, f64), DS_ATOMIC(max, f64),
    DS("min_num_f64", min_f64), DS("min_num_rtn_f64", min_f64),
    DS("max_num_f64", max_f64), DS("max_num_rtn_f64", max_f64),
    DS("condxchg32_rtn_b64", condxchg32_b64),
    DS("append", append), DS("consume", consume),
    DS("swizzle_b32", swizzle_b32), DS("permute_b32", permute_b32), DS("bpermute_b32", bpermute_b32),
    DS("bpermute_fi_b32", bpermute_fi_b32),
    {NULL, NULL},
};
/* clang-format on */
