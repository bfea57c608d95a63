/*
 * random_parts.h - what the parts of the generator of kernels share: registers and what is known of them,
 * chance, and short names.
 */
#ifndef KFDFS_TESTS_ISA_RANDOM_PARTS_H
#define KFDFS_TESTS_ISA_RANDOM_PARTS_H

#include "random_kernel.h"

#define V(n) (SRC_VGPR + (n))
#define I(n) (SRC_INT + (n))

enum {
    VCC = ISA_VCC,
    EXEC = ISA_EXEC,
    NONE = SRC_NONE,
    /* vector registers */
    X = 3,      /* the work-item in its group: x, y, z, */
    LOCAL = 6,  /* its number there, */
    GLOBAL = 7, /* and in the grid */
    OUTS = 8,   /* offsets in the output, N_OFFSETS, and in the input */
    INS = 12,
    WIDES = 16, /* addresses, two registers each */
    LDSES = 20, /* offsets in LDS */
    SPARE = 22, /* and the next */
    DATA = 24,
    N_OFFSETS = 4,
    N_WIDES = 2,
    N_LDSES = 2,
    /* scalar registers */
    GROUP_ID = KERNEL_USER_SGPRS,
    NUMBER = 20, /* of the group */
    S_SPARE = 22,
    S_DATA = 24,
    N_S_DATA = 8,
    SAVED = 32, /* EXEC, by depth */
    COUNT = 40, /* of loops, by depth */
    MASK = 44,
    BASE = 46,
    /* the output and LDS */
    LDS_COUNTERS = 7 * 1024,
    DEPTH_MAX = 2,
    WORDS_MAX = 420,
};

enum wide { WIDE_NONE, WIDE_IN, WIDE_OUT };

struct generator {
    struct random_kernel *k;
    struct encoded *e;
    uint64_t state;
    unsigned depth, n_probes;
    unsigned n_data, n_outs, n_ins, n_ldses, n_wides; /* how many there are */
    bool masked;                                      /* some lanes may not be active */
    bool counters;                                    /* LDS has some that all waves add to */
    unsigned out[N_OFFSETS];                          /* bytes of elements */
    uint32_t in[N_OFFSETS];                           /* the most that it may be */
    unsigned lds[N_LDSES];                            /* bytes of elements */
    enum wide wide[N_WIDES];
    unsigned wide_out[N_WIDES];
    uint32_t wide_in[N_WIDES];
};

/* ---- chance ---- */

static inline uint32_t any(struct generator *g, uint32_t n)
{
    uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static inline unsigned data(struct generator *g)
{
    return DATA + any(g, g->n_data);
}

/* The first of so many bytes. */
static inline unsigned data_of(struct generator *g, unsigned bytes)
{
    unsigned dwords = (bytes + 3) / 4;
    return dwords == 1 ? data(g) : DATA + 2 * any(g, (g->n_data - dwords) / 2 + 1);
}

static inline unsigned scalar_data(struct generator *g)
{
    return any(g, 4) ? S_DATA + any(g, N_S_DATA) : any(g, 2) ? KERNEL_ANY : KERNEL_MORE;
}

/* A source of numbers. */
static inline unsigned source(struct generator *g)
{
    unsigned kind = any(g, 8);
    return kind == 0 ? I(any(g, 65)) : kind == 1 ? scalar_data(g) : V(data(g));
}

static inline unsigned literal(struct generator *g, uint32_t value)
{
    if (value <= 64)
        return I(value);
    g->e->literal = value;
    return SRC_LITERAL;
}

/* ---- short names ---- */

static inline void vop(struct generator *g, const char *names, unsigned dst, unsigned a, unsigned b)
{
    encode_vector(g->e, names, dst, VCC, a, b, NONE);
}

static inline void vop3(struct generator *g, const char *names, unsigned dst, unsigned a, unsigned b,
                        unsigned c)
{
    encode_vector(g->e, names, dst, VCC, a, b, c);
}

static inline void sop(struct generator *g, const char *names, unsigned dst, unsigned a, unsigned b)
{
    encode_scalar(g->e, names, dst, a, b);
}

/* Of lane masks. */
static inline void mask_op(struct generator *g, const char *narrow, const char *wide, unsigned dst,
                           unsigned a, unsigned b)
{
    encode_scalar(g->e, g->e->wave64 ? wide : narrow, dst, a, b);
}

#define MASK_OP(g, name, dst, a, b) mask_op(g, name "_b32", name "_b64", dst, a, b)
#define ADD                         "v_add_u32|v_add_nc_u32"
#define ADDC                        "v_addc_co_u32|v_add_co_ci_u32"

/* By the logarithm of their bytes. */
enum { B32 = 2, B64, B128, SIZES };
static const char *const loads[SIZES] = {
    "global_load_ubyte|global_load_u8", "global_load_ushort|global_load_u16",
    "global_load_dword|global_load_b32", "global_load_dwordx2|global_load_b64",
    "global_load_dwordx4|global_load_b128"};
static const char *const stores[SIZES] = {
    "global_store_byte|global_store_b8", "global_store_short|global_store_b16",
    "global_store_dword|global_store_b32", "global_store_dwordx2|global_store_b64",
    "global_store_dwordx4|global_store_b128"};
static const char *const lds_loads[SIZES] = {"ds_read_u8|ds_load_u8", "ds_read_u16|ds_load_u16",
                                             "ds_read_b32|ds_load_b32", "ds_read_b64|ds_load_b64",
                                             "ds_read_b128|ds_load_b128"};
static const char *const lds_stores[SIZES] = {"ds_write_b8|ds_store_b8", "ds_write_b16|ds_store_b16",
                                              "ds_write_b32|ds_store_b32", "ds_write_b64|ds_store_b64",
                                              "ds_write_b128|ds_store_b128"};

/* ---- places ---- */

static inline unsigned log2_of(unsigned bytes)
{
    return (unsigned)__builtin_ctz(bytes);
}

/* Planes of elements of 4, 8 and 16 bytes, and one each of 1 and 2. */
static inline uint32_t out_begin(unsigned bytes)
{
    static const uint8_t items[] = {104, 105, 0, 16, 40}; /* bytes before, of a work-item's */
    return items[log2_of(bytes)] * (uint32_t)KERNEL_ITEMS;
}

static inline uint32_t lds_begin(unsigned bytes)
{
    return bytes == 4 ? 0 : (bytes - 4) * KERNEL_GROUP_ITEMS;
}

static inline unsigned element(struct generator *g)
{
    return any(g, 5) ? 4u << any(g, 3) : 1u << any(g, 2);
}

static inline unsigned lds_element(struct generator *g)
{
    return 4u << any(g, 3);
}

/* One of the first two planes; those behind them are for the end. */
static inline uint32_t plane(struct generator *g, unsigned bytes)
{
    return out_begin(bytes) + (bytes >= 4 ? any(g, 2) * bytes * KERNEL_ITEMS : 0);
}

static inline unsigned less(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static inline uint32_t more(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* to = number * bytes + begin, one way or the other. */
void random_offset(struct generator *g, unsigned to, unsigned number, unsigned bytes, uint32_t begin);
/* Addresses are made anew (random_address.c). */
void random_out_write(struct generator *g, unsigned n);
void random_in_write(struct generator *g, unsigned n);
void random_lds_write(struct generator *g, unsigned n);
void random_wide_write(struct generator *g, unsigned n);
/* All of them, once. */
void random_addresses_begin(struct generator *g);

#endif
