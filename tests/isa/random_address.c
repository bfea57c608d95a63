/*
 * random_address.c - addresses of random kernels, in one register or two.
 *
 * What is known of a register with an address is kept while code is made: how large the elements are that it
 * may point to, or how far it may be. Where only some lanes are written it is what holds of both.
 */
#include "random_parts.h"

void random_offset(struct generator *g, unsigned to, unsigned number, unsigned bytes, uint32_t begin)
{
    unsigned by = log2_of(bytes);
    switch (any(g, to == SPARE ? 4 : 5)) {
    case 0:
        vop(g, "v_lshlrev_b32", to, I(by), V(number));
        vop(g, ADD, to, literal(g, begin), V(to));
        return;
    case 1:
        sop(g, "s_mov_b32", S_SPARE, literal(g, begin), 0);
        vop3(g, "v_lshl_add_u32", to, V(number), I(by), S_SPARE);
        return;
    case 2:
        sop(g, "s_mov_b32", S_SPARE, literal(g, begin / bytes), 0);
        vop3(g, "v_add_lshl_u32", to, V(number), S_SPARE, I(by));
        return;
    case 3: /* not known as one in steps */
        vop3(g, "v_mul_lo_u32", to, V(number), I(bytes), NONE);
        vop(g, ADD, to, literal(g, begin), V(to));
        return;
    default:
        vop(g, "v_mov_b32", SPARE, literal(g, begin), NONE);
        vop(g, "v_lshlrev_b32", to, I(by), V(number));
        vop3(g, "v_add3_u32", to, V(to), V(SPARE), I(0));
    }
}

/* ---- offsets ---- */

void random_out_write(struct generator *g, unsigned n)
{
    unsigned bytes = element(g), to = OUTS + n, from = any(g, g->n_outs);
    if (g->out[from] && from != n && any(g, 2)) {
        vop(g, "v_mov_b32", to, V(OUTS + from), NONE);
        bytes = g->out[from];
    } else {
        random_offset(g, to, GLOBAL, bytes, plane(g, bytes));
    }
    g->out[n] = g->masked && g->out[n] ? less(g->out[n], bytes) : bytes;
    if (any(g, 3) == 0)
        vop(g, ADD, to, KERNEL_OUT_SHIFT, V(to));
}

static void probe_add(struct generator *g, uint32_t begin, unsigned bytes)
{
    unsigned at = g->n_probes++ % KERNEL_PROBES;
    g->k->probe[at] = begin;
    g->k->reach[at] = bytes * (g->e->wave64 ? 64 : 32);
}

/* Lanes in steps from there on may go past an end of a range, if they are further by what is added now. */
static void shift_add(struct generator *g, unsigned to, uint32_t begin, unsigned bytes)
{
    vop(g, ADD, to, KERNEL_IN_SHIFT, V(to));
    probe_add(g, begin, bytes);
}

/* Lanes in steps, at one place, in another order, or anywhere. */
static uint32_t in_make(struct generator *g, unsigned to)
{
    enum { MOST = KERNEL_IN_BYTES - KERNEL_IN_ROOM - 256, LINE = 16 * KERNEL_ITEMS };
    unsigned bytes = element(g), number = any(g, 2) ? GLOBAL : any(g, 2) ? LOCAL : X;
    uint32_t begin = any(g, (any(g, 2) ? MOST - LINE : 4096) / 4) * 4;
    switch (any(g, 8)) {
    case 0:
        vop(g, "v_mov_b32", to, literal(g, begin), NONE);
        return begin;
    case 1:
        sop(g, "s_and_b32", S_SPARE, scalar_data(g), literal(g, 0x1ffc));
        vop(g, "v_mov_b32", to, S_SPARE, NONE);
        return 0x1ffc;
    case 2:
        vop(g, "v_and_b32", to, literal(g, 0x3ffc), V(data(g)));
        return 0x3ffc;
    case 3:
        random_offset(g, to, number, bytes, begin / 64 * 64);
        vop(g, "v_xor_b32", to, literal(g, 4u << any(g, 5)), V(to));
        return more(begin + LINE, 64) + 64;
    case 4:
        vop(g, "v_lshlrev_b32", SPARE, I(log2_of(bytes)), V(number));
        vop(g, "v_sub_u32|v_sub_nc_u32", to, literal(g, begin + LINE), V(SPARE));
        return begin + LINE;
    default:
        random_offset(g, to, number, bytes, begin / 16 * 16);
        if (any(g, 2))
            shift_add(g, to, begin / 16 * 16, bytes);
        return begin + LINE;
    }
}

void random_in_write(struct generator *g, unsigned n)
{
    uint32_t most;
    unsigned from = any(g, g->n_ins);
    if (from != n && any(g, 2)) {
        vop(g, "v_mov_b32", INS + n, V(INS + from), NONE);
        most = g->in[from];
    } else {
        most = in_make(g, INS + n);
    }
    g->in[n] = g->masked ? more(g->in[n], most) : most;
}

void random_lds_write(struct generator *g, unsigned n)
{
    unsigned bytes = lds_element(g), to = LDSES + n;
    random_offset(g, to, LOCAL, bytes, lds_begin(bytes));
    if (any(g, 2) == 0)
        vop(g, ADD, to, KERNEL_LDS_SHIFT, V(to));
    g->lds[n] = g->masked && g->lds[n] ? less(g->lds[n], bytes) : bytes;
}

/* ---- addresses of two registers ---- */

/* to = a scalar pair and the row. */
static void wide_sum(struct generator *g, unsigned to, unsigned base, unsigned low)
{
    unsigned carry = any(g, 3) ? (unsigned)VCC : (unsigned)MASK;
    if (any(g, 2))
        encode_vector(g->e, "v_add_co_u32", to, carry, base, V(low), NONE);
    else
        encode_vector(g->e, "v_add_co_u32", to, carry, V(low), base, NONE);
    vop(g, "v_mov_b32", SPARE + 1, base + 1, NONE);
    encode_vector(g->e, ADDC, to + 1, carry, I(0), V(SPARE + 1), carry);
}

/* to = number * bytes + a scalar pair. */
static void wide_line(struct generator *g, unsigned to, unsigned base, unsigned number, unsigned bytes,
                      bool in)
{
    unsigned by = log2_of(bytes), kind = any(g, 4);
    if (kind == 0) {
        vop(g, "v_lshlrev_b32", SPARE, I(by), V(number));
        wide_sum(g, to, base, SPARE);
        return;
    }
    if (kind == 1 && g->e->generation < ISA_GFX12) { /* not known as one in steps */
        vop3(g, "v_mad_u64_u32", to, V(number), I(bytes), base);
        return;
    }
    if (any(g, 2)) {
        vop(g, "v_mov_b32", SPARE, V(number), NONE);
        if (any(g, 2))
            vop(g, "v_ashrrev_i32", SPARE + 1, I(31), V(SPARE));
        else
            vop(g, "v_mov_b32", SPARE + 1, I(0), NONE);
    } else {
        vop(g, "v_mov_b32", SPARE + 1, I(0), NONE);
        vop(g, ADD, SPARE, I(0), V(number));
    }
    if (g->e->generation == ISA_GFX940 && any(g, 2)) {
        vop3(g, "v_lshl_add_u64", to, V(SPARE), I(by), base);
        return;
    }
    if (g->e->generation < ISA_GFX12 && any(g, 3) == 0) {
        vop3(g, "v_lshlrev_b64", SPARE, I(by), V(SPARE), NONE);
        vop3(g, "v_mad_u64_u32", SPARE, I(0), KERNEL_ANY, V(SPARE));
    } else {
        vop3(g, "v_lshlrev_b64", SPARE, I(by), V(SPARE), NONE);
    }
    encode_vector(g->e, "v_add_co_u32", to, VCC, base, V(SPARE), NONE);
    if (in && any(g, 2))
        vop(g, "v_xor_b32", to, I(4), V(to));
    vop(g, "v_mov_b32", SPARE, base + 1, NONE);
    encode_vector(g->e, ADDC, to + 1, VCC, V(SPARE), V(SPARE + 1), VCC);
}

/* A scalar pair with an offset. */
static void base_make(struct generator *g, unsigned from, uint32_t offset)
{
    sop(g, "s_add_u32", BASE, from, literal(g, offset));
    sop(g, "s_addc_u32", BASE + 1, from + 1, I(0));
}

/* The lower half may overflow by itself, where the output is further. */
static void wide_halves(struct generator *g, unsigned to, unsigned bytes)
{
    vop(g, "v_lshlrev_b32", SPARE, I(log2_of(bytes)), V(GLOBAL));
    vop(g, ADD, SPARE, KERNEL_OUT_SHIFT, V(SPARE));
    vop(g, ADD, to, KERNEL_IN, V(SPARE));
    vop(g, "v_mov_b32", to + 1, KERNEL_IN + 1, NONE);
}

/* Some lanes are 4 GiB further, where the next input is. */
static void lanes_apart(struct generator *g, unsigned to)
{
    vop(g, "v_cmp_gt_u32", VCC, I(any(g, 65)), V(LOCAL));
    encode_vector(g->e, ADDC, to + 1, VCC, I(0), V(to + 1), VCC);
}

static uint32_t wide_in_make(struct generator *g, unsigned to, unsigned bytes)
{
    uint32_t begin = 16 * any(g, 256), most = begin + 16 * KERNEL_ITEMS;
    unsigned kind = any(g, 6), from = any(g, g->n_ins);
    if (kind == 0) {
        wide_halves(g, to, bytes);
        return 16 * KERNEL_ITEMS;
    }
    if (kind == 1) {
        wide_sum(g, to, KERNEL_IN, INS + from);
        return g->in[from];
    }
    base_make(g, KERNEL_IN, begin);
    if (any(g, 2)) {
        sop(g, "s_add_u32", BASE, BASE, KERNEL_IN_SHIFT);
        sop(g, "s_addc_u32", BASE + 1, BASE + 1, I(0));
        probe_add(g, begin, bytes);
    }
    wide_line(g, to, BASE, any(g, 2) ? GLOBAL : LOCAL, bytes, true);
    if (kind == 2)
        lanes_apart(g, to);
    return most;
}

void random_wide_write(struct generator *g, unsigned n)
{
    enum wide kind = g->wide[n];
    unsigned to = WIDES + 2 * n, bytes = element(g);
    if (kind == WIDE_NONE || !g->masked)
        kind = any(g, 2) ? WIDE_IN : WIDE_OUT;
    if (kind == WIDE_OUT) {
        base_make(g, KERNEL_OUT, plane(g, bytes));
        wide_line(g, to, BASE, GLOBAL, bytes, false);
        g->wide_out[n] = g->masked && g->wide[n] == WIDE_OUT ? less(g->wide_out[n], bytes) : bytes;
    } else {
        uint32_t most = wide_in_make(g, to, bytes);
        g->wide_in[n] = g->masked && g->wide[n] == WIDE_IN ? more(g->wide_in[n], most) : most;
    }
    g->wide[n] = kind;
}
/* ---- all of them ---- */

void random_addresses_begin(struct generator *g)
{
    for (unsigned i = 0; i < g->n_outs; i++)
        random_out_write(g, i);
    uint32_t begin = 16 * any(g, 64);
    random_offset(g, INS, GLOBAL, 16, begin);
    if (any(g, 2))
        shift_add(g, INS, begin, 16);
    g->in[0] = begin + 16 * KERNEL_ITEMS;
    for (unsigned i = 1; i < g->n_ins; i++)
        random_in_write(g, i);
    for (unsigned i = 0; i < g->n_ldses; i++)
        random_lds_write(g, i);
    for (unsigned i = 0; i < g->n_wides; i++)
        random_wide_write(g, i);
    if (any(g, 2))
        encode_scalar_load(g->e, "s_load_dwordx8|s_load_b256", S_DATA, KERNEL_TABLE, 64 * any(g, 32));
}
