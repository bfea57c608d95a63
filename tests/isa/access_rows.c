/*
 * access_rows.c - loads, stores and atomics by their names: how many bytes, which half of a register, what an
 * atomic makes of the value in memory.
 *
 * Facts: sections "LDS Instructions", "Flat, Scratch and Global Instructions" and "MUBUF Instructions" of
 * AMD's RDNA2, RDNA3, RDNA4 and MI300 manuals. Up to gfx10 and from gfx11 on the names differ, the actions do
 * not.
 */
#include "access.h"

#include <string.h>

#define LESSER(x, y)  ((x) < (y) ? (x) : (y))
#define GREATER(x, y) ((x) > (y) ? (x) : (y))

/* ---- what atomics do: old and data have as many bits as the row says ---- */

#define ATOMIC(name, ...)                                             \
    static uint64_t name(uint64_t old, uint64_t data, uint64_t data2) \
    {                                                                 \
        (void)old, (void)data, (void)data2;                           \
        return __VA_ARGS__;                                           \
    }
ATOMIC(swap, data)
ATOMIC(add, old + data)
ATOMIC(sub, old - data)
ATOMIC(rsub, data - old)
ATOMIC(umin, LESSER(old, data))
ATOMIC(umax, GREATER(old, data))
ATOMIC(smin32, (uint64_t)LESSER((int32_t)old, (int32_t)data))
ATOMIC(smax32, (uint64_t)GREATER((int32_t)old, (int32_t)data))
ATOMIC(smin64, (uint64_t)LESSER((int64_t)old, (int64_t)data))
ATOMIC(smax64, (uint64_t)GREATER((int64_t)old, (int64_t)data))
ATOMIC(and, old &data)
ATOMIC(or, old | data)
ATOMIC(xor, old ^ data)
ATOMIC(inc, old >= data ? 0 : old + 1)
ATOMIC(dec, old == 0 || old > data ? data : old - 1)
ATOMIC(compare_swap, old == data2 ? data : old)       /* data2: what is expected */
ATOMIC(compare_swap_first, old == data ? data2 : old) /* DS up to gfx10 */
ATOMIC(masked_or, (old & ~data) | data2)
ATOMIC(fadd32, n_add32((uint32_t)old, (uint32_t)data, EVEN))
ATOMIC(fmin32, n_double32((uint32_t)data) < n_double32((uint32_t)old) ? data : old)
ATOMIC(fmax32, n_double32((uint32_t)data) > n_double32((uint32_t)old) ? data : old)
ATOMIC(fadd64, n_add64(old, data, EVEN))
ATOMIC(fmin64, n_double64(data) < n_double64(old) ? data : old)
ATOMIC(fmax64, n_double64(data) > n_double64(old) ? data : old)
ATOMIC(pk_add, n_add16((uint32_t)old & 0xffff, (uint32_t)data & 0xffff, EVEN) |
                   n_add16((uint32_t)old >> 16, (uint32_t)data >> 16, EVEN) << 16)

ATOMIC(pk_add_bf16, n_32_to_bf16(n_add32((uint32_t)old << 16, (uint32_t)data << 16, EVEN)) |
                        n_32_to_bf16(n_add32((uint32_t)old & 0xffff0000, (uint32_t)data & 0xffff0000, EVEN))
                            << 16)
ATOMIC(sub_clamp, old < data ? 0 : old - data)
ATOMIC(cond_sub, old < data ? old : old - data)
/* the halves whose highest bit is set, without it */
ATOMIC(conditional, (data >> 31 & 1 ? data & 0x7fffffff : old & UINT32_MAX) |
                        (data >> 63 ? (data >> 32 & 0x7fffffff) << 32 : old >> 32 << 32))
ATOMIC(wrap, old >= data ? old - data : old + data2)

/* ---- rows ---- */

#define FAMILY(suffix, ...)                                                                   \
    {"global_" suffix, SPACE_GLOBAL, __VA_ARGS__}, {"flat_" suffix, SPACE_FLAT, __VA_ARGS__}, \
        {"scratch_" suffix, SPACE_SCRATCH, __VA_ARGS__}, {"buffer_" suffix, SPACE_BUFFER, __VA_ARGS__},
#define SHARED(suffix, ...)                                                                   \
    {"global_" suffix, SPACE_GLOBAL, __VA_ARGS__}, {"flat_" suffix, SPACE_FLAT, __VA_ARGS__}, \
        {"buffer_" suffix, SPACE_BUFFER, __VA_ARGS__},
#define LDS(name, ...) {"ds_" name, SPACE_LDS, __VA_ARGS__},
#define LDS_ATOMIC(name, bits, ...) \
    LDS(name "_" bits, OP_ATOMIC, __VA_ARGS__) LDS(name "_rtn_" bits, OP_ATOMIC_RETURN, __VA_ARGS__)
#define GLOBAL_ATOMIC(name, ...)         \
    SHARED(name, OP_ATOMIC, __VA_ARGS__) \
    SHARED(name, OP_ATOMIC_RETURN, __VA_ARGS__)

const struct access_row truth_accesses[] = {
#include "access.def"
    {0}};
