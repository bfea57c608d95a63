/*
 * random_kernel.c - see random_kernel.h.
 */
#include "random_parts.h"

#include <string.h>

static void statements(struct generator *g, unsigned n);

/* ---- memory ---- */

static unsigned size_any(struct generator *g, unsigned bytes)
{
    return any(g, 4) == 0 ? any(g, log2_of(bytes) + 1)
           : bytes < 4    ? log2_of(bytes)
                          : B32 + any(g, log2_of(bytes) - 1);
}

static void in_load(struct generator *g)
{
    unsigned size = size_any(g, 16), n = any(g, g->n_ins), wide = any(g, N_WIDES);
    int offset = any(g, 4) ? 0 : 4;
    if (any(g, 2) && g->wide[wide] == WIDE_IN)
        encode_global(g->e, loads[size], data_of(g, 1u << size), WIDES + 2 * wide, NONE, offset);
    else
        encode_global(g->e, loads[size], data_of(g, 1u << size), INS + n, KERNEL_IN, offset);
}

struct place { /* of the work-item, in the output */
    unsigned size, vaddr, saddr;
    int offset;
};

static struct place place_any(struct generator *g)
{
    unsigned n = any(g, g->n_outs), wide = any(g, N_WIDES), bytes = g->out[n];
    struct place p = {0, OUTS + n, KERNEL_OUT, 0};
    if (any(g, 2) && g->wide[wide] == WIDE_OUT) {
        bytes = g->wide_out[wide];
        p.vaddr = WIDES + 2 * wide;
        p.saddr = NONE;
    }
    p.size = size_any(g, bytes);
    p.offset = any(g, 2) ? (int)(bytes - (1u << p.size)) : 0;
    return p;
}

static void place_load(struct generator *g, const struct place *p, unsigned to)
{
    encode_global(g->e, loads[p->size], to, p->vaddr, p->saddr, p->offset);
}

static void place_store(struct generator *g, const struct place *p, unsigned from)
{
    encode_global(g->e, stores[p->size], from, p->vaddr, p->saddr, p->offset);
}

static void out_load(struct generator *g)
{
    struct place p = place_any(g);
    place_load(g, &p, data_of(g, 1u << p.size));
}

static void out_store(struct generator *g)
{
    struct place p = place_any(g);
    place_store(g, &p, data_of(g, 1u << p.size));
}

/* Done twice it comes to something else. */
static void out_add(struct generator *g)
{
    struct place p = place_any(g);
    unsigned at = data_of(g, 1u << p.size);
    place_load(g, &p, at);
    if (any(g, 2))
        vop(g, ADD, at, source(g), V(at));
    else
        vop(g, ADD, at, I(1), V(at));
    place_store(g, &p, at);
}

static void lds_load(struct generator *g)
{
    unsigned n = any(g, g->n_ldses), bytes = g->lds[n], size = size_any(g, bytes);
    if (bytes > 4 && any(g, 2))
        encode_lds(g->e, "ds_read2_b32|ds_load_2addr_b32", data_of(g, 8), LDSES + n, 0, 0,
                   any(g, bytes / 4) | any(g, bytes / 4) << 8);
    else if (bytes > 8 && any(g, 2))
        encode_lds(g->e, "ds_read2_b64|ds_load_2addr_b64", data_of(g, 16), LDSES + n, 0, 0, 0x0100);
    else
        encode_lds(g->e, lds_loads[size], data_of(g, 1u << size), LDSES + n, 0, 0, 0);
}

/* Two places, of which the second one may lie outside. */
static void lds_store_far(struct generator *g, unsigned address)
{
    unsigned first = any(g, 2);
    if (any(g, 2))
        encode_lds(g->e, "ds_write2st64_b32|ds_store_2addr_stride64_b32", 0, address, data(g), data(g),
                   first | any(g, 64) << 8);
    else
        encode_lds(g->e, "ds_write2_b32|ds_store_2addr_b32", 0, address, data(g), data(g),
                   first | any(g, 256) << 8);
}

static void lds_store(struct generator *g)
{
    unsigned n = any(g, g->n_ldses), bytes = g->lds[n], size = size_any(g, bytes), address = LDSES + n;
    if (g->k->alone && any(g, 2))
        lds_store_far(g, address);
    else if (bytes > 4 && any(g, 2))
        encode_lds(g->e, "ds_write2_b32|ds_store_2addr_b32", 0, address, data(g), data(g),
                   any(g, bytes / 4) | any(g, bytes / 4) << 8);
    else if (bytes > 8 && any(g, 2))
        encode_lds(g->e, "ds_write2_b64|ds_store_2addr_b64", 0, address, data_of(g, 8), data_of(g, 8),
                   0x0100);
    else
        encode_lds(g->e, lds_stores[size], 0, address, data_of(g, 1u << size), 0, 0);
}

static void lds_add(struct generator *g)
{
    unsigned n = any(g, g->n_ldses), at = data(g);
    encode_lds(g->e, lds_loads[B32], at, LDSES + n, 0, 0, 0);
    vop(g, ADD, at, I(1 + any(g, 8)), V(at));
    if (g->k->alone && any(g, 4))
        encode_lds(g->e, "ds_write2st64_b32|ds_store_2addr_stride64_b32", 0, LDSES + n, at, data(g),
                   any(g, 64) << 8);
    else
        encode_lds(g->e, lds_stores[B32], 0, LDSES + n, at, 0, 0);
}

static void lds_atomic(struct generator *g)
{
    unsigned n = any(g, g->n_ldses), address = LDSES + n;
    if (g->k->alone && any(g, 2)) {
        vop(g, "v_and_b32", SPARE, literal(g, 0x3c), V(data(g)));
        address = SPARE;
    }
    if (g->counters && any(g, 2)) {
        vop(g, "v_and_b32", SPARE, literal(g, 0x3c), V(data(g)));
        encode_lds(g->e, "ds_add_u32", 0, SPARE, data(g), 0, LDS_COUNTERS);
        return;
    }
    if (any(g, 3) == 0)
        encode_lds(g->e, "ds_add_u32", 0, address, data(g), 0, 0);
    else if (any(g, 2))
        encode_lds(g->e, "ds_add_rtn_u32", data(g), address, data(g), 0, 0);
    else
        encode_lds(g->e, "ds_max_rtn_u32", data(g), address, data(g), 0, 0);
}

/* ---- numbers ---- */

static void integer(struct generator *g)
{
    static const char *const two[] = {ADD,         "v_sub_u32|v_sub_nc_u32", "v_and_b32",    "v_or_b32",
                                      "v_xor_b32", "v_lshrrev_b32",          "v_lshlrev_b32"};
    static const char *const three[] = {"v_add3_u32", "v_lshl_add_u32", "v_bfe_u32"};
    unsigned kind = any(g, 8);
    if (kind == 0)
        vop(g, "v_mov_b32", data(g), source(g), NONE);
    else if (kind == 1)
        vop3(g, three[any(g, 3)], data(g), V(data(g)), source(g), V(data(g)));
    else if (kind == 2)
        vop3(g, "v_mul_lo_u32", data(g), V(data(g)), source(g), NONE);
    else if (kind == 3)
        vop(g, ADD, data(g), V(any(g, 2) ? GLOBAL : LOCAL), V(data(g)));
    else
        vop(g, two[any(g, 7)], data(g), source(g), V(data(g)));
}

static void floats_into(struct generator *g, unsigned dst, unsigned a, unsigned b)
{
    static const char *const two[] = {"v_add_f32",
                                      "v_subrev_f32",
                                      "v_sub_f32",
                                      "v_mul_f32",
                                      "v_fmac_f32",
                                      "v_max_f32|v_max_num_f32",
                                      "v_min_f32|v_min_num_f32"};
    static const char *const one[] = {"v_rcp_f32", "v_sqrt_f32", "v_floor_f32", "v_cvt_f32_u32",
                                      "v_cvt_u32_f32"};
    unsigned kind = any(g, 8);
    if (kind == 0)
        vop(g, one[any(g, 5)], dst, b, NONE);
    else if (kind == 1)
        vop3(g, "v_fma_f32", dst, a, b, V(data(g)));
    else if (kind == 2 && g->e->generation == ISA_GFX940)
        vop(g, "v_pk_add_f32", data_of(g, 8), V(data_of(g, 8)), V(data_of(g, 8)));
    else
        vop(g, two[any(g, 7)], dst, a, b);
}

static void floats(struct generator *g)
{
    floats_into(g, data(g),
                any(g, 6)   ? V(data(g))
                : any(g, 2) ? (unsigned)SRC_ONE
                            : scalar_data(g),
                V(data(g)));
}

/* Something of which there is a choice, or that hosts make of a sum in their own way. */
static unsigned special(struct generator *g)
{
    static const uint32_t specials[] = {0xff800000, 0x7f800000, 0x7fc12345,
                                        0xffc00077, 0xff812345, 0x7f800001};
    vop(g, "v_mov_b32", SPARE, literal(g, specials[any(g, 6)]), NONE);
    return V(SPARE);
}

/* A sum is copied, overwritten, and what took its place is in another sum. */
static void sums(struct generator *g)
{
    static const char *const all[] = {"v_add_f32", "v_sub_f32", "v_subrev_f32", "v_mul_f32"};
    unsigned first = data(g), copy = data(g);
    const char *add = all[any(g, 4)];
    if (any(g, 2))
        vop(g, add, first, KERNEL_MORE, special(g));
    else if (any(g, 2))
        vop3(g, "v_fma_f32", first, V(data(g)), V(data(g)), V(data(g)));
    else
        vop(g, add, first, V(data(g)), V(data(g)));
    if (any(g, 2))
        vop(g, "v_mov_b32", copy, V(first), NONE);
    else
        vop(g, "v_xor_b32", copy, I(any(g, 8)), V(first));
    if (any(g, 4))
        vop(g, "v_mov_b32", first, any(g, 2) ? (unsigned)SRC_ONE : source(g), NONE);
    vop(g, "v_add_f32", data(g), V(first), V(data(g)));
}

static void scalar(struct generator *g)
{
    static const char *const ops[] = {"s_add_u32|s_add_co_u32", "s_xor_b32", "s_mul_i32", "s_lshl_b32"};
    static const char *const table_loads[] = {"s_load_dword|s_load_b32", "s_load_dwordx2|s_load_b64",
                                              "s_load_dwordx4|s_load_b128"};
    unsigned size = any(g, 3), to = S_DATA + any(g, N_S_DATA >> size) * (1u << size);
    switch (any(g, 4)) {
    case 0:
        encode_scalar_load(g->e, table_loads[size], to, KERNEL_TABLE, 16 * any(g, KERNEL_TABLE_BYTES / 16));
        return;
    case 1: /* each wave from elsewhere */
        vop(g, "v_readfirstlane_b32", S_SPARE, V(any(g, 2) ? (unsigned)GLOBAL : data(g)), NONE);
        sop(g, "s_and_b32", S_SPARE, S_SPARE, literal(g, 0xff0));
        sop(g, "s_add_u32", BASE, KERNEL_TABLE, S_SPARE);
        sop(g, "s_addc_u32", BASE + 1, KERNEL_TABLE + 1, I(0));
        encode_scalar_load(g->e, table_loads[size], to, BASE, 0);
        return;
    default:
        sop(g, ops[any(g, 4)], S_DATA + any(g, N_S_DATA), scalar_data(g),
            any(g, 2) ? scalar_data(g) : I(any(g, 65)));
    }
}

/* ---- control ---- */

/* A mask of lanes for whom something holds; returns where it is. */
static unsigned condition(struct generator *g, bool in_vcc)
{
    unsigned to = in_vcc || any(g, 2) ? (unsigned)VCC : (unsigned)MASK;
    switch (any(g, 7)) {
    case 0:
        vop(g, "v_cmp_gt_u32", to, I(any(g, 64)), V(X));
        break;
    case 1:
        vop(g, "v_cmp_gt_u32", to, KERNEL_ANY, V(GLOBAL));
        break;
    case 2:
        vop(g, "v_cmp_lt_f32", to, V(data(g)), V(data(g)));
        break;
    case 3: /* all */
        vop(g, "v_cmp_ne_u32", to, I(64), V(X + 1));
        break;
    case 4: /* none */
        vop(g, "v_cmp_gt_u32", to, I(0), V(GLOBAL));
        break;
    default:
        vop(g, "v_and_b32", SPARE, I(1u << any(g, 5)), V(any(g, 2) ? (unsigned)LOCAL : data(g)));
        vop(g, "v_cmp_eq_u32", to, I(0), V(SPARE));
    }
    return to;
}

static void inside(struct generator *g, unsigned n)
{
    g->depth++;
    statements(g, n);
    g->depth--;
}

static unsigned few(struct generator *g)
{
    return 1 + any(g, 4);
}

/* What active lanes do, perhaps skipped where there are none. */
static void inside_skipped(struct generator *g, bool jumps)
{
    unsigned branch = jumps ? encode_branch(g->e, "s_cbranch_execz") : 0;
    inside(g, few(g));
    if (jumps)
        encode_branch_here(g->e, branch);
}

/* In lanes for whom something holds, and perhaps something else in the others. */
static void lanes_if(struct generator *g)
{
    unsigned saved = SAVED + 2 * g->depth, mask = condition(g, false);
    bool was_masked = g->masked, jumps = any(g, 2), has_else = any(g, 2);
    MASK_OP(g, "s_and_saveexec", saved, mask, 0);
    g->masked = true;
    inside_skipped(g, jumps);
    if (has_else) {
        MASK_OP(g, "s_xor", EXEC, EXEC, saved);
        inside_skipped(g, any(g, 2));
    }
    MASK_OP(g, "s_or", EXEC, EXEC, saved);
    g->masked = was_masked;
}

static void lanes_cmpx(struct generator *g)
{
    unsigned saved = SAVED + 2 * g->depth;
    bool was_masked = g->masked, jumps = any(g, 2);
    MASK_OP(g, "s_mov", saved, EXEC, 0);
    if (any(g, 2))
        vop(g, "v_cmpx_gt_u32", EXEC, I(any(g, 65)), V(any(g, 2) ? (unsigned)X : (unsigned)LOCAL));
    else
        vop(g, "v_cmpx_gt_u32", EXEC, V(data(g)), V(data(g)));
    g->masked = true;
    inside_skipped(g, jumps);
    MASK_OP(g, "s_mov", EXEC, saved, 0);
    g->masked = was_masked;
}

/* For the whole wave: what is behind it may come either way. */
static void wave_if(struct generator *g)
{
    bool was_masked = g->masked, has_else = any(g, 2);
    unsigned over;
    if (any(g, 2)) {
        condition(g, true);
        over = encode_branch(g->e, any(g, 2) ? "s_cbranch_vccz" : "s_cbranch_vccnz");
    } else {
        sop(g, "s_cmp_lt_u32", 0, any(g, 2) ? (unsigned)NUMBER : scalar_data(g), I(any(g, 3)));
        over = encode_branch(g->e, any(g, 2) ? "s_cbranch_scc0" : "s_cbranch_scc1");
    }
    g->masked = true; /* not all come here */
    inside(g, few(g));
    if (has_else) {
        unsigned end = encode_branch(g->e, "s_branch");
        encode_branch_here(g->e, over);
        inside(g, few(g));
        encode_branch_here(g->e, end);
    } else {
        encode_branch_here(g->e, over);
    }
    g->masked = was_masked;
}

static void loop(struct generator *g)
{
    unsigned count = COUNT + g->depth, saved = SAVED + 2 * g->depth;
    bool was_masked = g->masked, lanes_part = any(g, 2);
    sop(g, "s_mov_b32", count, I(0), 0);
    if (lanes_part)
        MASK_OP(g, "s_mov", saved, EXEC, 0);
    g->masked = true; /* what is known must hold the second time, too */
    unsigned begin = g->e->n;
    inside(g, few(g));
    sop(g, "s_add_u32|s_add_co_u32", count, count, I(1));
    if (lanes_part) {
        vop(g, "v_and_b32", SPARE, I(3), V(LOCAL));
        vop(g, "v_cmpx_le_u32", EXEC, count, V(SPARE));
        encode_branch_back(g->e, "s_cbranch_execnz", begin);
        MASK_OP(g, "s_mov", EXEC, saved, 0);
    } else {
        sop(g, "s_cmp_lt_u32", 0, count, any(g, 2) ? I(1 + any(g, 3)) : (unsigned)KERNEL_ANY);
        encode_branch_back(g->e, "s_cbranch_scc1", begin);
    }
    g->masked = was_masked;
}

/* An address is made anew for some lanes, and then used by all. */
static void address_part(struct generator *g)
{
    unsigned saved = SAVED + 2 * g->depth;
    bool was_masked = g->masked, of_output = any(g, 2);
    MASK_OP(g, "s_and_saveexec", saved, condition(g, false), 0);
    g->masked = true;
    if (of_output)
        random_out_write(g, any(g, g->n_outs));
    else
        random_in_write(g, any(g, g->n_ins));
    MASK_OP(g, "s_or", EXEC, EXEC, saved);
    g->masked = was_masked;
    if (of_output)
        out_store(g);
    else
        in_load(g);
}

static void control(struct generator *g)
{
    switch (any(g, 9)) {
    case 7:
    case 8:
        address_part(g);
        return;
    case 0:
    case 1:
    case 2:
        lanes_if(g);
        return;
    case 3:
        lanes_cmpx(g);
        return;
    case 4:
        loop(g);
        return;
    default:
        wave_if(g);
    }
}

/* ---- all of it ---- */

/* An address is made anew. */
static void address(struct generator *g)
{
    unsigned kind = any(g, 9);
    if (kind < 2 && g->n_wides > 0)
        random_wide_write(g, any(g, g->n_wides));
    else if (kind < 3 && g->n_ldses > 0)
        random_lds_write(g, any(g, g->n_ldses));
    else if (kind < 5)
        random_in_write(g, any(g, g->n_ins));
    else
        random_out_write(g, any(g, g->n_outs));
}

static void lds(struct generator *g)
{
    typedef void statement_fn(struct generator *);
    static statement_fn *const all[] = {lds_load, lds_store, lds_add, lds_atomic};
    if (g->n_ldses > 0)
        all[any(g, 4)](g);
}

static void statement(struct generator *g)
{
    typedef void statement_fn(struct generator *);
    static statement_fn *const all[] = {integer, integer,  floats,  floats,  sums,      address,   address,
                                        address, address,  address, in_load, in_load,   in_load,   out_add,
                                        out_add, out_load, out_add, lds,     out_store, out_store, out_store,
                                        lds,     lds,      lds,     scalar,  scalar};
    enum { N = sizeof all / sizeof all[0] };
    unsigned kind = any(g, N + 5);
    if (g->e->n > WORDS_MAX)
        return;
    if (kind >= N && g->depth < DEPTH_MAX)
        control(g);
    else
        all[kind % N](g);
}

static void statements(struct generator *g, unsigned n)
{
    while (n-- > 0)
        statement(g);
}

/* Where the work-item is: in its group, and in the grid. */
static void begin(struct generator *g)
{
    unsigned dims = g->k->dims;
    for (unsigned i = 0; i < 3; i++)
        if (i >= dims)
            vop(g, "v_mov_b32", X + i, I(0), NONE);
        else if (!g->k->packed || dims == 1)
            vop(g, "v_mov_b32", X + i, V(i), NONE);
        else if (i == 0)
            vop(g, "v_and_b32", X, literal(g, 0x3ff), V(0));
        else
            vop3(g, "v_bfe_u32", X + i, V(0), I(10 * i), I(10));
    vop(g, "v_mov_b32", LOCAL, V(X), NONE);
    for (unsigned i = 1; i < dims; i++) {
        vop3(g, "v_mul_lo_u32", SPARE, V(X + i), KERNEL_GROUP + i, NONE);
        vop(g, ADD, LOCAL, V(SPARE), V(LOCAL));
    }
    sop(g, "s_mov_b32", NUMBER, GROUP_ID, 0);
    for (unsigned i = 1; i < dims; i++) {
        sop(g, "s_mul_i32", S_SPARE, GROUP_ID + i, KERNEL_GROUPS_X + i - 1);
        sop(g, "s_add_u32", NUMBER, NUMBER, S_SPARE);
    }
    sop(g, "s_mul_i32", S_SPARE, NUMBER, KERNEL_GROUP);
    vop(g, ADD, GLOBAL, S_SPARE, V(LOCAL));
}

/* To planes of its own. */
static void row_store(struct generator *g, unsigned row, unsigned which)
{
    random_offset(g, SPARE, GLOBAL, 4, out_begin(4) + (2 + which) * 4 * KERNEL_ITEMS);
    encode_global(g->e, stores[B32], row, SPARE, KERNEL_OUT, 0);
}

static void counters_show(struct generator *g)
{
    sop(g, "s_barrier", 0, 0, 0);
    vop(g, "v_and_b32", SPARE, I(15), V(LOCAL));
    vop(g, "v_lshlrev_b32", SPARE, I(2), V(SPARE));
    encode_lds(g->e, lds_loads[B32], SPARE + 1, SPARE, 0, 0, LDS_COUNTERS);
    row_store(g, SPARE + 1, 1);
}

/* The work-item's own. */
static void lds_show(struct generator *g)
{
    unsigned bytes = lds_element(g);
    random_offset(g, SPARE, LOCAL, bytes, lds_begin(bytes));
    encode_lds(g->e, lds_loads[log2_of(bytes)], DATA, SPARE, 0, 0, 0);
    random_offset(g, SPARE, GLOBAL, 8, out_begin(8) + 2 * 8 * KERNEL_ITEMS);
    encode_global(g->e, stores[B64], DATA, SPARE, KERNEL_OUT, 0);
}

/* What is in registers and in LDS is stored, most of it. */
static void end(struct generator *g)
{
    for (unsigned i = 0; i < g->n_data / 4; i++) {
        random_offset(g, SPARE, GLOBAL, 16, out_begin(16) + (2 + i) * 16 * KERNEL_ITEMS);
        if (any(g, 8))
            encode_global(g->e, stores[B128], DATA + 4 * i, SPARE, KERNEL_OUT, 0);
    }
    if (g->n_ldses > 0)
        lds_show(g);
    if (any(g, 4) == 0) {
        vop(g, "v_mov_b32", DATA, any(g, 4) ? S_DATA + any(g, N_S_DATA) : (unsigned)VCC, NONE);
        row_store(g, DATA, 0);
    }
    if (g->counters)
        counters_show(g);
    sop(g, "s_endpgm", 0, 0, 0);
}

void random_kernel_make(struct random_kernel *k, enum isa_generation generation, bool wave64, uint64_t seed)
{
    struct generator g = {.k = k, .e = &k->code, .state = seed};
    memset(k, 0, sizeof *k);
    k->code.generation = generation;
    k->code.wave64 = wave64;
    k->packed = generation != ISA_GFX10_3;
    k->dims = any(&g, 2) ? 1 : 2 + any(&g, 2);
    k->alone = any(&g, 2);
    g.n_data = any(&g, 4) ? 4 : 8;
    g.n_outs = 1 + any(&g, 2);
    g.n_ins = 1 + any(&g, 2);
    g.n_ldses = any(&g, 2);
    g.n_wides = any(&g, 2);
    g.counters = g.n_ldses > 0 && any(&g, 2);
    begin(&g);
    random_addresses_begin(&g);
    for (unsigned i = 0; i < g.n_data; i += 4)
        encode_global(g.e, loads[B128], DATA + i, INS + i / 4 % g.n_ins, KERNEL_IN, any(&g, 4) ? 0 : 4);
    statements(&g, 2 + any(&g, 7));
    end(&g);
}
