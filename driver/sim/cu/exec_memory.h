/*
 * exec_memory.h - what the memory instructions share: where each lane's access goes, how bytes get there, and
 * what an atomic does with them.
 *
 * An instruction first works out a struct isa_access (exec_flat.c, exec_buffer.c, exec_ds.c), then moves data
 * between it and rows of registers (exec_access.c). Lanes that fault put the wave into ISA_FAULTED; the
 * functions return false then and the instruction has to stop.
 */
#ifndef KFDFS_SIM_EXEC_MEMORY_H
#define KFDFS_SIM_EXEC_MEMORY_H

#include "sim/memory/vm.h"
#include "wave.h"

struct isa_access {
    uint64_t exec;    /* lanes that access memory */
    uint64_t lds;     /* of these: at[] is an offset in the group's LDS */
    uint64_t scratch; /* of these: at[] is an offset in the lane's private memory */
    uint64_t dropped; /* lanes outside their buffer, not in exec: they read 0 and write nothing */
    uint64_t at[64];  /* the rest of exec: a GPU address */
};

/* ---- exec_flat.c, exec_buffer.c ---- */

/* By the format of the instruction: FLAT, GLOBAL, SCRATCH, MUBUF or MTBUF; bytes is the size of a lane's
 * access. */
void isa_access_find(const struct isa_wave *w, const struct isa_inst *inst, unsigned bytes,
                     struct isa_access *to);
void isa_access_find_buffer(const struct isa_wave *w, const struct isa_inst *inst, unsigned bytes,
                            struct isa_access *to);

/* The rows of 64 lanes of a vector register operand. */
uint32_t (*isa_vector_rows(const struct isa_wave *w, const struct isa_operand *op))[64];

/* To the group's LDS at M0 plus the instruction's offset, a lane's dwords behind those of the lane before.
 * bytes: as below, of less than a dword a whole one. */
void isa_access_to_lds(struct isa_wave *w, const struct isa_inst *inst, uint64_t lanes, unsigned bytes,
                       const uint32_t (*data)[64]);

/* ---- exec_access.c ---- */

/* bytes: 1, 2, 4, 8, 12 or 16; what is shorter than a dword is its low part, the rest of it 0. */
bool isa_access_read(struct isa_wave *w, const struct isa_access *a, unsigned bytes, uint32_t (*to)[64]);
bool isa_access_write(struct isa_wave *w, const struct isa_access *a, unsigned bytes,
                      const uint32_t (*from)[64]);

enum isa_atomic {
    ISA_ATOMIC_SWAP,
    ISA_ATOMIC_CMPSWAP, /* data: the new value, data2: what to compare with */
    ISA_ATOMIC_ADD,
    ISA_ATOMIC_SUB,
    ISA_ATOMIC_RSUB,
    ISA_ATOMIC_CSUB,     /* subtract, not below 0 */
    ISA_ATOMIC_COND_SUB, /* subtract if that does not go below 0 */
    ISA_ATOMIC_SMIN,
    ISA_ATOMIC_UMIN,
    ISA_ATOMIC_SMAX,
    ISA_ATOMIC_UMAX,
    ISA_ATOMIC_AND,
    ISA_ATOMIC_OR,
    ISA_ATOMIC_XOR,
    ISA_ATOMIC_INC,
    ISA_ATOMIC_DEC,
    ISA_ATOMIC_MSKOR, /* data: bits to clear, data2: bits to set */
    ISA_ATOMIC_WRAP,  /* data: subtracted where possible, else data2 is added */
    ISA_ATOMIC_FCMPSWAP,
    ISA_ATOMIC_FADD,
    ISA_ATOMIC_FMIN,
    ISA_ATOMIC_FMAX,
    ISA_ATOMIC_PK_ADD_F16,
    ISA_ATOMIC_PK_ADD_BF16,
    ISA_ATOMIC_OPS = 63,
    ISA_ATOMIC_DROPS = 64,   /* with a floating one: denormals of sources are zeros, */
    ISA_ATOMIC_FLUSHES = 128 /* and of the result */
};

/* An operation, with these as its memory and MODE have it. */
enum isa_atomic isa_atomic_in_lds(const struct isa_wave *w, enum isa_atomic op, unsigned bytes);
enum isa_atomic isa_atomic_in_memory(const struct isa_wave *w, enum isa_atomic op, unsigned bytes);

/* The value that follows old. */
uint32_t isa_atomic32(enum isa_atomic op, uint32_t old, uint32_t data, uint32_t data2);
uint64_t isa_atomic64(enum isa_atomic op, uint64_t old, uint64_t data, uint64_t data2);

/* On the host's memory, which others see; the value that was there. */
uint64_t isa_host_atomic(void *at, unsigned bytes, enum isa_atomic op, uint64_t data, uint64_t data2);
/* Of FLAT and its like and MUBUF: does the atomic give back what was there? */
bool isa_atomic_returns(const struct isa_inst *inst);

/* bytes: 4 or 8. data2 and result may be NULL. Lane 0 goes first. */
bool isa_access_atomic(struct isa_wave *w, const struct isa_access *a, unsigned bytes, enum isa_atomic op,
                       const uint32_t (*data)[64], const uint32_t (*data2)[64], uint32_t (*result)[64]);

/* Orders the host's accesses as the shader's caches would after write-back and invalidation. */
void isa_fence(void);

/* ---- exec_memory.c ---- */

/* Host address of va and how many bytes of its range follow, if the range allows the access; else NULL and
 * nothing else happens. */
uint8_t *isa_memory_find(struct isa_wave *w, uint64_t va, unsigned access, uint64_t *room);
/* The same, of an instruction that mostly finds what it found before: the hint says where in the TLB. */
uint8_t *isa_memory_hunt(struct isa_wave *w, uint64_t va, unsigned access, uint64_t *room, uint8_t *hint);
static inline uint8_t *isa_memory_near(struct isa_wave *w, uint64_t va, unsigned access, uint64_t *room,
                                       uint8_t *hint)
{
    const struct isa_tlb *t = &w->tlb[*hint];
    if (w->tlb_generation != atomic_load_explicit(&w->vm->generation, memory_order_acquire) ||
        va < t->start || va >= t->end || (t->access & access) != access)
        return isa_memory_hunt(w, va, access, room, hint);
    *room = t->end - va;
    return t->host + (va - t->start);
}
/* Puts the wave into ISA_FAULTED because of va. */
void isa_memory_fault(struct isa_wave *w, uint64_t va, unsigned access);

/* ---- the functions that the table in exec_memory.c binds ---- */

/* X(function) */
/* clang-format off */
#define ISA_FLAT_FUNCTIONS(X)                                                                              \
    X(load_u8) X(load_i8) X(load_u16) X(load_i16) X(load_b32) X(load_b64) X(load_b96) X(load_b128)         \
    X(load_d16_u8) X(load_d16_i8) X(load_d16_b16) X(load_d16_hi_u8) X(load_d16_hi_i8) X(load_d16_hi_b16)   \
    X(store_b8) X(store_b16) X(store_b32) X(store_b64) X(store_b96) X(store_b128) X(store_d16_hi_b8)       \
    X(store_d16_hi_b16) X(load_lds_u8) X(load_lds_i8) X(load_lds_u16) X(load_lds_i16) X(load_lds_b32)      \
    X(load_lds_b96) X(load_lds_b128) X(load_addtid_b32) X(store_addtid_b32) X(atomic_swap_b32)             \
    X(atomic_cmpswap_b32) X(atomic_add_u32) X(atomic_sub_u32) X(atomic_csub_u32) X(atomic_cond_sub_u32)    \
    X(atomic_cmpswap_f64) X(atomic_min_i32) X(atomic_min_u32) X(atomic_max_i32) X(atomic_max_u32)          \
    X(atomic_and_b32) X(atomic_or_b32) X(atomic_xor_b32) X(atomic_inc_u32) X(atomic_dec_u32)               \
    X(atomic_swap_b64) X(atomic_cmpswap_b64) X(atomic_add_u64) X(atomic_sub_u64) X(atomic_min_i64)         \
    X(atomic_min_u64) X(atomic_max_i64) X(atomic_max_u64) X(atomic_and_b64) X(atomic_or_b64)               \
    X(atomic_xor_b64) X(atomic_inc_u64) X(atomic_dec_u64) X(atomic_cmpswap_f32) X(atomic_add_f32)          \
    X(atomic_min_f32) X(atomic_max_f32) X(atomic_add_f64) X(atomic_min_f64) X(atomic_max_f64)              \
    X(atomic_pk_add_f16) X(atomic_pk_add_bf16) X(cache_control)

#define ISA_BLOCK_FUNCTIONS(X) X(load_tr_b64) X(load_tr_b128) X(load_block) X(store_block)
#define ISA_TYPED_FUNCTIONS(X)                                                                             \
    X(load_format_x) X(load_format_xy) X(load_format_xyz) X(load_format_xyzw) X(load_format_d16_x)         \
    X(load_format_d16_xy) X(load_format_d16_xyz) X(load_format_d16_xyzw) X(load_format_d16_hi_x)           \
    X(store_format_x) X(store_format_xy) X(store_format_xyz) X(store_format_xyzw) X(store_format_d16_x)    \
    X(store_format_d16_xy) X(store_format_d16_xyz) X(store_format_d16_xyzw) X(store_format_d16_hi_x)

#define ISA_DS_FUNCTIONS(X)                                                                                \
    X(ds_nop) X(ds_load_u8) X(ds_load_i8) X(ds_load_u16) X(ds_load_i16) X(ds_load_d16_u8)                  \
    X(ds_load_d16_i8) X(ds_load_d16_u16) X(ds_load_d16_hi_u8) X(ds_load_d16_hi_i8) X(ds_load_d16_hi_u16)   \
    X(ds_load_b32) X(ds_load_b64) X(ds_load_b96) X(ds_load_b128) X(ds_load_tr_b4) X(ds_load_tr_b6) X(ds_load_tr_b8) X(ds_load_tr_b16) X(ds_load_addtid_b32) X(ds_load2_b32)     \
    X(ds_load2st64_b32) X(ds_load2_b64) X(ds_load2st64_b64) X(ds_store_b8) X(ds_store_b16)                 \
    X(ds_store_d16_hi_b8) X(ds_store_d16_hi_b16) X(ds_store_b32) X(ds_store_b64) X(ds_store_b96)           \
    X(ds_store_b128) X(ds_store_addtid_b32) X(ds_store2_b32) X(ds_store2st64_b32) X(ds_store2_b64)         \
    X(ds_store2st64_b64) X(ds_swap2_b32) X(ds_swap2st64_b32) X(ds_swap2_b64) X(ds_swap2st64_b64)           \
    X(ds_add_u32) X(ds_sub_u32) X(ds_rsub_u32) X(ds_inc_u32) X(ds_dec_u32) X(ds_min_i32) X(ds_max_i32)     \
    X(ds_min_u32) X(ds_max_u32) X(ds_and_b32) X(ds_or_b32) X(ds_xor_b32) X(ds_mskor_b32) X(ds_swap_b32)    \
    X(ds_cmpst_b32) X(ds_cmpst_f32) X(ds_cmpstore_b32) X(ds_cmpstore_f32) X(ds_wrap_b32)                   \
    X(ds_sub_clamp_u32) X(ds_cond_sub_u32) X(ds_bpermute_fi_b32) X(ds_add_f32) X(ds_min_f32)               \
    X(ds_max_f32) X(ds_pk_add_f16) X(ds_pk_add_bf16) X(ds_add_u64) X(ds_sub_u64) X(ds_rsub_u64)            \
    X(ds_inc_u64) X(ds_dec_u64) X(ds_min_i64) X(ds_max_i64) X(ds_min_u64) X(ds_max_u64) X(ds_and_b64)      \
    X(ds_or_b64) X(ds_xor_b64) X(ds_mskor_b64) X(ds_swap_b64) X(ds_cmpst_b64) X(ds_cmpst_f64)              \
    X(ds_cmpstore_b64) X(ds_cmpstore_f64) X(ds_add_f64) X(ds_min_f64) X(ds_max_f64) X(ds_condxchg32_b64)   \
    X(ds_append) X(ds_consume) X(ds_swizzle_b32) X(ds_permute_b32) X(ds_bpermute_b32)

/* clang-format on */

#define ISA_DECLARE(name) isa_exec_fn isa_##name;
ISA_FLAT_FUNCTIONS(ISA_DECLARE)
ISA_BLOCK_FUNCTIONS(ISA_DECLARE)
ISA_TYPED_FUNCTIONS(ISA_DECLARE)
ISA_DS_FUNCTIONS(ISA_DECLARE)
#undef ISA_DECLARE

#endif
