/*
 * test_isa_jit.c - regions as machine code: they come to what the instructions' functions come to, one by
 * one.
 *
 * Code is random: words of every format of the vector and scalar units, decoded, and taken where they are an
 * instruction without side effects on control. On hosts for which there is no translation the same holds for
 * operations.
 */
#include "isa_vector.h"

#include "sim/cu/compile_vector.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

#include <isa/isa_table.h>

enum { CODE_VA = 0x100000, PAGE = 4096, BLOCK = 24, BLOCKS = 14 };
static uint32_t code[PAGE / 4] __attribute__((aligned(PAGE)));
static struct sim_vm vm;
static struct isa_cache *cache;
static struct isa_inst block[BLOCK], second[BLOCK];

static void machine_start(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, PAGE, code, SIM_VM_READ | SIM_VM_EXEC), 0);
    cache = isa_cache_new();
    ck_assert_ptr_nonnull(cache);
    sim_vm_enter(&vm);
}

static void machine_end(void)
{
    sim_vm_leave(&vm);
    isa_cache_free(cache);
    sim_vm_fini(&vm);
}

/* ---- random code ---- */

static bool in_bindings(const struct isa_op_binding *b, isa_exec_fn *exec)
{
    while (b->exec && b->exec != exec)
        b++;
    return b->exec;
}

static bool row_of_shape(const struct isa_inst *inst)
{
    const struct vec_shape *shape = isa_shape(inst);
    return shape && vec_code(shape);
}

static bool of_one_lane(const struct isa_inst *inst)
{
    return inst->exec == isa_v_readfirstlane_b32 || inst->exec == isa_v_readlane_b32 ||
           inst->exec == isa_v_writelane_b32;
}

/* Moves between lanes that have registers of their own; v_movrel and the like may have any. */
static bool across_lanes(const struct isa_inst *inst)
{
    static isa_exec_fn *const all[] = {isa_v_swap_b32,           isa_v_swap_b16,
                                       isa_v_permlane64_b32,     isa_v_permlane16_b32,
                                       isa_v_permlanex16_b32,    isa_v_permlane16_var_b32,

                                       isa_v_permlanex16_var_b32};
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        if (inst->exec == all[i])
            return true;
    return false;
}

static bool taken(const struct isa_inst *inst)
{
    if (!inst->exec || inst->vgprs_needed > N_VGPRS || inst->agprs_needed > N_AGPRS)
        return false;
    if (inst->pair)
        return row_of_shape(inst) && row_of_shape(inst->pair);
    if (of_one_lane(inst))
        return inst->dst.kind != ISA_SGPR || inst->dst.reg < 128;
    return inst->format <= ISA_SOPC ? in_bindings(isa_ops_scalar, inst->exec)
                                    : row_of_shape(inst) || across_lanes(inst);
}

static bool close_by; /* few scalar registers, and mostly what has a template */

static bool of_float_pairs(const struct isa_inst *inst)
{
    return inst->exec == isa_v_pk_fma_f32 || inst->exec == isa_v_pk_mul_f32 || inst->exec == isa_v_pk_add_f32;
}

static bool has_template(const struct isa_inst *inst)
{
    return compile_vector_row(inst->exec) || inst->format <= ISA_SOPC || of_one_lane(inst) ||
           of_float_pairs(inst);
}

/* One of those that are masks. */
static uint32_t mask_sgpr(uint32_t word, unsigned bit)
{
    static const uint8_t sgprs[] = {0, 1, 2, ISA_VCC, ISA_VCC, ISA_VCC + 1, ISA_EXEC, ISA_EXEC + 1};
    return close_by && noise() % 4 ? (word & ~(0x7fu << bit)) | (uint32_t)sgprs[noise() % 8] << bit : word;
}

/* Few registers, so that instructions use each other's results. */
static uint32_t few(uint32_t word, unsigned bit, bool any_source)
{
    uint32_t field = word >> bit & (any_source ? 0x1ff : 0xff);
    if (any_source && field < 256)
        return field >= 104 ? word : close_by ? mask_sgpr(word, bit) : word & ~(0x78u << bit);
    return word & ~(0xf0u << bit);
}

static void words_choose(enum isa_generation generation, uint32_t words[3])
{
    static uint32_t opcode; /* of VOP3: each in turn */
    bool gfx9 = generation <= ISA_GFX950;
    for (unsigned i = 0; i < 3; i++)
        words[i] = (uint32_t)noise();
    switch (noise() % 12) {
    case 0:
        words[0] = few(few(0x7e000000 | (words[0] & 0x1ffffff), 0, true), 17, false);
        break;
    case 1:
    case 2:
    case 3:
        words[0] = few(few(few(words[0] & 0x7fffffff, 0, true), 9, false), 17, false);
        break;
    case 4:
        words[0] = few(few(0x7c000000 | (words[0] & 0x1ffffff), 0, true), 9, false);
        break;
    case 5:
    case 6:
    case 7:
        words[0] = few((gfx9 ? 0xd0000000 : 0xd4000000) | opcode++ % 1024 << 16 |
                           (words[0] & (noise() & 1 ? 0x7f : 0x77f)),
                       0, false);
        words[1] =
            few(few(few(words[1] & (noise() & 1 ? 0x07ffffff : 0xe7ffffff), 0, true), 9, true), 18, true);
        break;
    case 8:
        words[0] = few(0xc8000000 | (words[0] & 0x3ffffff), 0, true);
        words[0] = few(words[0], 9, false);
        words[1] = few(few(few(words[1], 0, true), 9, false), 24, false) & ~0x00e00000u;
        break;
    case 9:
        words[0] = mask_sgpr(mask_sgpr(0xbe800000 | (words[0] & 0x7fffff), 0), 16);
        break;
    case 10:
        words[0] = noise() & 1 ? 0xbf000000 | (words[0] & 0x7fffff) : 0xb0000000 | (words[0] & 0xfffffff);
        break;
    default:
        words[0] = mask_sgpr(mask_sgpr(0x80000000 | (words[0] & 0x3fffffff), 0), 16);
    }
}

/* ---- each opcode in turn ---- */

static unsigned swept; /* so many opcodes of formats */
static bool modified;  /* with DPP, SDWA, and what else VOP3 has */
enum { SWEEP = 256 + 64 + 1024 + 128 + 256 + 128 + 128 + 32 };

/* Of the short forms: what stands for source 0, and the word behind. */
static uint32_t extension(bool gfx9, uint32_t words[3])
{
    uint32_t any = (uint32_t)noise();
    if (!modified)
        return 256 + (uint32_t)(noise() % 16);
    if (gfx9 && any & 1) {
        words[1] = (words[1] & 0x3f3f3f0f) | 0x00060600; /* SDWA */
        words[1] = any & 2 ? words[1] & ~0x00070700u : words[1] & ~0x00000700u;
        return 0xf9;
    }
    if (!gfx9 && any & 4) {
        words[1] = (words[1] & 0xffffff0f) | (any & 8);
        return any & 16 ? 0xe9 : 0xea;
    }
    static const uint16_t controls[] = {0x00, 0x1b, 0x101, 0x111, 0x118, 0x122, 0x140, 0x141, 0x153, 0x161};
    uint32_t masks = any & 32 ? 0xff000000 : words[2] & 0xff000000;
    words[1] = (words[1] & 0x00fc000f) | (uint32_t)controls[(any >> 8) % 10] << 8 | masks;
    return 0xfa;
}

static void words_long(bool gfx9, unsigned opcode, uint32_t words[3])
{
    words[0] = few((gfx9 ? 0xd0000000 : 0xd4000000) | opcode << 16 | (words[0] & (modified ? 0xffff : 0x7f)),
                   0, false);
    words[1] = few(few(few(words[1] & (modified ? 0xffffffff : 0x07ffffff), 0, true), 9, true), 18, true);
}

static void words_sweep(enum isa_generation generation, unsigned n, uint32_t words[3])
{
    bool gfx9 = generation <= ISA_GFX950;
    for (unsigned i = 0; i < 3; i++)
        words[i] = (uint32_t)noise();
    if (n < 256)
        words[0] = few(0x7e000000 | n << 9 | (words[0] & 0x1fe0000) | extension(gfx9, words), 17, false);
    else if ((n -= 256) < 64)
        words[0] = few(few(n << 25 | (words[0] & 0x1fffe00) | extension(gfx9, words), 9, false), 17, false);
    else if ((n -= 64) < 1024)
        words_long(gfx9, n, words);
    else if ((n -= 1024) < 128) {
        words[0] = few((gfx9 ? 0xd3800000 : 0xcc000000) | n << 16 | (words[0] & (modified ? 0xff7f : 0x407f)),
                       0, false);
        words[1] = few(few(few(words[1] & (modified ? 0xffffffff : 0x1fffffff), 0, true), 9, true), 18, true);
        words[1] |= modified ? 0 : 0x18000000;
    } else if ((n -= 128) < 256)
        words[0] = mask_sgpr(mask_sgpr(0xbe800000 | n << 8 | (words[0] & 0x7f00ff), 0), 16);
    else if ((n -= 256) < 128)
        words[0] = mask_sgpr(mask_sgpr(0x80000000 | n << 23 | (words[0] & 0x7fffff), 0), 16);
    else if ((n -= 128) < 128)
        words[0] = mask_sgpr(0xbf000000 | n << 16 | (words[0] & 0xffff), 0);
    else
        words[0] = 0xb0000000 | (n - 128) << 23 | (words[0] & 0x7fffff);
}

static unsigned block_make(bool sweeps)
{
    unsigned at = 0, tries = 0;
    for (unsigned n = 0; n < BLOCK;) {
        uint32_t words[4] = {0};
        if (sweeps)
            words_sweep(wave.generation, swept % SWEEP, words);
        else
            words_choose(wave.generation, words);
        block[n] = (struct isa_inst){.pair_storage = &second[n]};
        isa_decode(wave.generation, wave.lanes == 64, words, sizeof words, &block[n]);
        isa_bind(&block[n]);
        bool is_taken = block[n].row && taken(&block[n]);
        if (sweeps && (is_taken || ++tries == 16))
            swept++, tries = 0;
        if (!is_taken || (!sweeps && close_by && noise() % 16 && !has_template(&block[n])))
            continue;
        memcpy(&code[at], words, block[n].bytes);
        at += block[n].bytes / 4;
        n++;
    }
    code[at] = wave.generation >= ISA_GFX11 ? 0xbfb00000 : 0xbf810000; /* s_endpgm */
    return at;
}

/* ---- both ways ---- */

struct outcome {
    uint32_t vgpr[N_VGPRS][64], agpr[N_AGPRS][64], sgpr[128];
    bool scc;
};

static void outcome_take(struct outcome *o)
{
    memcpy(o->vgpr, vgprs, sizeof o->vgpr);
    memcpy(o->agpr, agprs, sizeof o->agpr);
    memcpy(o->sgpr, wave.sgpr, sizeof o->sgpr);
    o->scc = wave.scc;
}

static void outcome_put(const struct outcome *o)
{
    memcpy(vgprs, o->vgpr, sizeof o->vgpr);
    memcpy(agprs, o->agpr, sizeof o->agpr);
    memcpy(wave.sgpr, o->sgpr, sizeof o->sgpr);
    wave.scc = o->scc;
}

static void one_by_one(void)
{
    static uint32_t before[64], result[64];
    for (unsigned n = 0; n < BLOCK; n++) {
        const struct isa_inst *x = &block[n];
        memcpy(before, vgprs[x->dst.kind == ISA_VGPR ? x->dst.reg : 0], sizeof before);
        x->exec(&wave, x);
        if (!x->pair)
            continue;
        memcpy(result, vgprs[x->dst.reg], sizeof result); /* both halves read before either writes */
        memcpy(vgprs[x->dst.reg], before, sizeof before);
        x->pair->exec(&wave, x->pair);
        memcpy(vgprs[x->dst.reg], result, sizeof result);
    }
}

static void block_print(void)
{
    for (unsigned n = 0; n < BLOCK; n++) {
        char text[256];
        isa_text(&block[n], 0, text, sizeof text);
        fprintf(stderr, "  %s\n", text);
    }
}

static void outcome_compare(const struct outcome *expect, unsigned round)
{
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned i = 0; i < wave.lanes; i++)
            if (vgprs[r][i] != expect->vgpr[r][i]) {
                block_print();
                ck_abort_msg("round %u: v%u lane %u: %#x, not %#x", round, r, i, vgprs[r][i],
                             expect->vgpr[r][i]);
            }
    for (unsigned i = 0; i < 128; i++)
        if (wave.sgpr[i] != expect->sgpr[i]) {
            block_print();
            ck_abort_msg("round %u: s%u: %#x, not %#x", round, i, wave.sgpr[i], expect->sgpr[i]);
        }
    ck_assert_msg(!memcmp(agprs, expect->agpr, sizeof agprs), "round %u: an AGPR", round);
    ck_assert_msg(wave.scc == expect->scc, "round %u: scc", round);
}

/* Numbers alone, of which no usual instruction makes a NaN: what is run again where one is hides nothing.
 * halves: as halves, too. */
static void numbers_fill(bool halves)
{
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned i = 0; i < 64; i++) {
            uint32_t f = bits_of((float)((int)(noise() % 4096) - 2048) / 64);
            uint32_t small = (uint32_t)noise() & (r & 2 ? 0xbbffbbff : 0x3bff);
            vgprs[r][i] = r & 1 ? small : halves ? f & 0xffff0000 : f;
        }
    for (unsigned i = 0; i < 124; i++)
        wave.sgpr[i] = noise() & 1 ? (uint32_t)noise() & 0xff : bits_of((float)(noise() % 64) / 8);
}

static void registers_fill(unsigned round)
{
    uint64_t all = wave.lanes == 64 ? ~UINT64_C(0) : 0xffffffff;
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned i = 0; i < 64; i++)
            vgprs[r][i] = r % 4 == 3   ? (uint32_t)noise()
                          : r % 4 == 2 ? bits_of((float)((int)(noise() % 4096) - 2048) / 64)
                                       : edges[noise() % N_EDGES];
    for (unsigned i = 0; i < 124; i++)
        wave.sgpr[i] = noise() & 1 ? (uint32_t)noise() : edges[noise() % N_EDGES];
    if (round % 2)
        numbers_fill(round & 2);
    isa_sgpr64_set(&wave, ISA_EXEC, round % 3 == 1 ? noise() & all : round % 13 == 2 ? 0 : all);
    wave.scc = noise() & 1;
}

/* Runs the block as code, from the same registers. */
static void compare_runs(unsigned round, unsigned end)
{
    static struct outcome before, expect;
    outcome_take(&before);
    one_by_one();
    outcome_take(&expect);
    outcome_put(&before);
    wave.pc = CODE_VA;
    wave.state = ISA_RUNNING;
    wave.instructions = 0;
    wave.vm = &vm;
    ck_assert_int_eq(isa_run(&wave, cache, 1000), ISA_ENDED);
    ck_assert_uint_eq(wave.pc, CODE_VA + end * 4 + 4);
    ck_assert_uint_eq(wave.instructions, BLOCK + 1);
    outcome_compare(&expect, round);
}

START_TEST(random_code_comes_to_what_its_instructions_come_to_one_by_one)
{
    static const uint32_t modes[] = {MODE_USUAL, MODE_KEEP, MODE_FLUSH, MODE_USUAL | 5, MODE_USUAL};
    machine_start();
    const char *turns = getenv("KFDFS_ISA_TURNS");
    unsigned blocks = BLOCKS * (turns ? (unsigned)atoi(turns) : 1);
    for (unsigned round = 0; round < blocks; round++) {
        enum isa_generation generation = (enum isa_generation)(round % ISA_GENERATIONS);
        unsigned lanes = generation >= ISA_GFX10_3 && noise() & 1 ? 32 : 64;
        wave_start(generation, lanes, round % 8 ? MODE_USUAL : modes[noise() % 5]);
        close_by = round / ISA_GENERATIONS & 1;
        unsigned end = block_make(false);
        isa_cache_renew(cache);
        for (unsigned run = 0; run < 8; run++) { /* decoded, translated, and as machine code */
            registers_fill(round + run);
            if (run == 7)
                wave.mode = modes[noise() % 5];
            compare_runs(round, end);
        }
    }
    machine_end();
}
END_TEST

START_TEST(each_opcode_comes_to_what_its_function_comes_to_with_and_without_modifiers)
{
    static const enum isa_generation generations[] = {ISA_GFX940, ISA_GFX11, ISA_GFX12, ISA_GFX10_3};
    const char *turns = getenv("KFDFS_ISA_TURNS");
    unsigned n = turns ? (unsigned)atoi(turns) * 2 : 2;
    machine_start();
    for (unsigned turn = 0; turn < n; turn++) {
        enum isa_generation generation = generations[turn / 2 % 4];
        modified = turn & 1;
        for (swept = 0; swept < SWEEP;) {
            wave_start(generation, generation >= ISA_GFX10_3 && noise() & 1 ? 32 : 64, MODE_USUAL);
            unsigned end = block_make(true);
            isa_cache_renew(cache);
            for (unsigned run = 0; run < 6; run++) {
                registers_fill(run);
                compare_runs(turn, end);
            }
        }
    }
    machine_end();
}
END_TEST

/* What random code seldom has: single lanes, and fields that constants name. */
static const uint32_t given[] = {
    0xd28a0001, 0x00014a02, /* v_writelane_b32 v1, s2, 37 */
    0xd28a0003, 0x00012887, /* v_writelane_b32 v3, 7, 20 */
    0xd2890003, 0x00014b01, /* v_readlane_b32 s3, v1, 37 */
    0x68020501,             /* v_add_u32 v1, v1, v2 */
    0xd2890004, 0x00010101, /* v_readlane_b32 s4, v1, 0 */
    0x68020501,             /* v_add_u32 v1, v1, v2 */
    0xd2890005, 0x00016501, /* v_readlane_b32 s5, v1, 50 */
    0x68020501,             /* v_add_u32 v1, v1, v2 */
    0xd2890006, 0x00000701, /* v_readlane_b32 s6, v1, s3 */
    0x68040501,             /* v_add_u32 v2, v1, v2 */
    0x7e0e0502,             /* v_readfirstlane_b32 s7, v2 */
    0x9288ff03, 0x00050003, /* s_bfe_u32 s8, s3, 0x50003 */
    0x9309ff04, 0x00070010, /* s_bfe_i32 s9, s4, 0x70010 */
    0x928aff05, 0x00200004, /* s_bfe_u32 s10, s5, 0x200004 */
    0x930b8505,             /* s_bfe_i32 s11, s5, 5 */
    0x960c0503,             /* s_mul_hi_u32 s12, s3, s5 */
    0x968d0504,             /* s_mul_hi_i32 s13, s4, s5 */
    0xb78cfffd,             /* s_mulk_i32 s12, 0xfffd */
    0xbe8e1605,             /* s_sext_i32_i8 s14, s5 */
    0xbe8f1706,             /* s_sext_i32_i16 s15, s6 */
    0xbe90110c,             /* s_ff1_i32_b64 s16, s[12:13] */
    0xbe910d0c,             /* s_bcnt1_i32_b64 s17, s[12:13] */
    0xd1c80005, 0x02100702, /* v_bfe_u32 v5, v2, s3, 4 */
    0xd2080006, 0x04110602, /* v_lshl_add_u64 v[6:7], s[2:3], 3, v[4:5] */
};

/* What moves between lanes, on gfx12. */
static const uint32_t moves[] = {
    0xd65b0001,
    0x000c0502, /* v_permlane16_b32 v1, v2, s2, s3 */
    0xd65c0003,
    0x02140902, /* v_permlanex16_b32 v3, v2, s4, 5 */
    0xd65b0804,
    0x000c0503, /* v_permlane16_b32 v4, v3, s2, s3 op_sel:[1,0] */
    0xd65b1005,
    0x000c0504, /* v_permlane16_b32 v5, v4, s2, s3 op_sel:[0,1] */
    0xd65c1806,
    0x000c0505, /* v_permlanex16_b32 v6, v5, s2, s3 op_sel:[1,1] */
    0x7e0ecf06, /* v_permlane64_b32 v7, v6 */
    0xd70f0008,
    0x00020701, /* v_permlane16_var_b32 v8, v1, v3 */
    0xd7101009,
    0x00020f02, /* v_permlanex16_var_b32 v9, v2, v7 op_sel:[0,1] */
    0x7e02cb09, /* v_swap_b32 v1, v9 */
    0x4a0406fa,
    0xff00b101, /* v_add_nc_u32_dpp v2, v1, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf */
    0x4a0606fa,
    0xff011102, /* v_add_nc_u32_dpp v3, v2, v3 row_shr:1 row_mask:0xf bank_mask:0xf */
    0x4a0606fa,
    0xff091202, /* v_add_nc_u32_dpp v3, v2, v3 row_shr:2 row_mask:0xf bank_mask:0xf bound_ctrl:1 */
    0x4a0808fa,
    0xaf010403, /* v_add_nc_u32_dpp v4, v3, v4 row_shl:4 row_mask:0xa bank_mask:0xf */
    0x280a0afa,
    0xf7015304, /* v_max_u32_dpp v5, v4, v5 row_share:3 row_mask:0xf bank_mask:0x7 */
    0x7e0c02fa,
    0xff052805, /* v_mov_b32_dpp v6, v5 row_ror:8 row_mask:0xf bank_mask:0xf fi:1 */
    0x7e0e02fa,
    0xff014006, /* v_mov_b32_dpp v7, v6 row_mirror row_mask:0xf bank_mask:0xf */
    0x7e1002e9,
    0x05397707, /* v_mov_b32_dpp v8, v7 dpp8:[7,6,5,4,3,2,1,0] */
    0x7e1202fa,
    0xff056508, /* v_mov_b32_dpp v9, v8 row_xmask:5 row_mask:0xf bank_mask:0xf fi:1 */
    0x7c9204fa,
    0xff011101, /* v_cmp_lt_u32 vcc_lo, v1, v2 row_shr:1 row_mask:0xf bank_mask:0xf */
    0xd7600005,
    0x00012309, /* v_readlane_b32 s5, v9, 17 */
    0xd7600006,
    0x00000b08, /* v_readlane_b32 s6, v8, s5 */
    0xd7610001,
    0x00000a06, /* v_writelane_b32 v1, s6, s5 */
    0x7e0e0501, /* v_readfirstlane_b32 s7, v1 */
    0x7e140301, /* v_mov_b32_e32 v10, v1 */
};

/* Division, and what random code seldom has numbers for; on gfx942. */
static const uint32_t divisions[] = {
    0xd1e06a08, 0x04020502, /* v_div_scale_f32 v8, vcc, v2, v2, v0 */
    0xd1e06a0a, 0x04020500, /* v_div_scale_f32 v10, vcc, v0, v2, v0 */
    0xd1e2000b, 0x04121508, /* v_div_fmas_f32 v11, v8, v10, v4 */
    0xd1de000c, 0x04020504, /* v_div_fixup_f32 v12, v4, v2, v0 */
    0xd1de000d, 0x040a010b, /* v_div_fixup_f32 v13, v11, v0, v2 */
    0x261206ff, 0x0f0f0f0f, /* v_and_b32_e32 v9, 0xf0f0f0f, v3 */
    0xd1ed000e, 0x04260701, /* v_perm_b32 v14, v1, v3, v9 */
    0xd1ed000f, 0x04260500, /* v_perm_b32 v15, v0, v2, v9 */
    0xd1ed0005, 0x000a0500, /* v_perm_b32 v5, v0, v2, s2 */
    0x7e202100,             /* v_cvt_f64_f32_e32 v[16:17], v0 */
    0x7e242102,             /* v_cvt_f64_f32_e32 v[18:19], v2 */
    0x7e282104,             /* v_cvt_f64_f32_e32 v[20:21], v4 */
    0xd1e16a16, 0x04422512, /* v_div_scale_f64 v[22:23], vcc, v[18:19], v[18:19], v[16:17] */
    0xd1e10418, 0x04422510, /* v_div_scale_f64 v[24:25], s[4:5], v[16:17], v[18:19], v[16:17] */
    0xd1e3001a, 0x04422514, /* v_div_fmas_f64 v[26:27], v[20:21], v[18:19], v[16:17] */
    0xd1df001c, 0x04422514, /* v_div_fixup_f64 v[28:29], v[20:21], v[18:19], v[16:17] */
    0xd1df001e, 0x4442251a, /* v_div_fixup_f64 v[30:31], v[26:27], -v[18:19], v[16:17] */
    0xd0120006, 0x00021310, /* v_cmp_class_f64_e64 s[6:7], v[16:17], v9 */
    0xd0100008, 0x00021303, /* v_cmp_class_f32_e64 s[8:9], v3, v9 */
    0xd061000a, 0x00022510, /* v_cmp_lt_f64_e64 s[10:11], v[16:17], v[18:19] */
    0xd021000c, 0x00020700, /* v_cmp_lt_f16_e64 s[12:13], v0, v3 */
    0xd1d60006, 0x04120500, /* v_med3_f32 v6, v0, v2, v4 */
    0xd2960007, 0x00020500, /* v_cvt_pkrtz_f16_f32 v7, v0, v2 */
    0xd2970001, 0x00021303, /* v_cvt_pk_u16_u32 v1, v3, v9 */
};

/* Of numbers that are far apart. */
static const uint32_t far_apart[] = {
    0xd1c9001d, 0x02210101, /* v_bfe_i32 v29, v1, 0, 8 */
    0xd288001c, 0x00023b00, /* v_ldexp_f32 v28, v0, v29 */
    0xd1c9001e, 0x02210105, /* v_bfe_i32 v30, v5, 0, 8 */
    0xd288001f, 0x00023d02, /* v_ldexp_f32 v31, v2, v30 */
    0xd1e06a08, 0x047e391c, /* v_div_scale_f32 v8, vcc, v28, v28, v31 */
    0xd1e0020a, 0x047e391f, /* v_div_scale_f32 v10, s[2:3], v31, v28, v31 */
    0x7e160308,             /* v_mov_b32_e32 v11, v8 */
    0x7e18030a,             /* v_mov_b32_e32 v12, v10 */
    0xd1c9001d, 0x022d0101, /* v_bfe_i32 v29, v1, 0, 11 */
    0xd1c9001e, 0x022d0105, /* v_bfe_i32 v30, v5, 0, 11 */
    0x7e202100,             /* v_cvt_f64_f32_e32 v[16:17], v0 */
    0x7e242102,             /* v_cvt_f64_f32_e32 v[18:19], v2 */
    0xd2840010, 0x00023b10, /* v_ldexp_f64 v[16:17], v[16:17], v29 */
    0xd2840012, 0x00023d12, /* v_ldexp_f64 v[18:19], v[18:19], v30 */
    0xd1e16a16, 0x04422512, /* v_div_scale_f64 v[22:23], vcc, v[18:19], v[18:19], v[16:17] */
    0xd1e10418, 0x04422510, /* v_div_scale_f64 v[24:25], s[4:5], v[16:17], v[18:19], v[16:17] */
    0x7e1a0316,             /* v_mov_b32_e32 v13, v22 */
    0x7e1c0317,             /* v_mov_b32_e32 v14, v23 */
    0x7e1e671c,             /* v_frexp_exp_i32_f32_e32 v15, v28 */
    0x7e0c691f,             /* v_frexp_mant_f32_e32 v6, v31 */
    0x7e0e671f,             /* v_frexp_exp_i32_f32_e32 v7, v31 */
    0xd2960009, 0x00023f1c, /* v_cvt_pkrtz_f16_f32 v9, v28, v31 */
    0x7e06151c,             /* v_cvt_f16_f32_e32 v3, v28 */
    0x7e020303,             /* v_mov_b32_e32 v1, v3 */
};

/* And pairs of floats, whose result may lie on a source of the other half. */
static const uint32_t pairs[] = {
    0xd3b04008, 0x1422150c, /* v_pk_fma_f32 v[8:9], v[12:13], v[10:11], v[8:9] op_sel_hi:[0,1,1] */
    0xd3b1480a, 0x18021504, /* v_pk_mul_f32 v[10:11], v[4:5], v[10:11] op_sel:[1,0] */
    0xd3b2430a, 0x78010106, /* v_pk_add_f32 v[10:11], v[6:7], 0 neg_lo:[1,1] neg_hi:[1,1] */
    0xd3b3480a, 0x18020d0a, /* v_pk_mov_b32 v[10:11], v[10:11], v[6:7] op_sel:[1,0] */
    0xd3b24204, 0x58020908, /* v_pk_add_f32 v[4:5], v[8:9], v[4:5] neg_lo:[0,1] neg_hi:[0,1] */
    0xd3b14804, 0x10020904, /* v_pk_mul_f32 v[4:5], v[4:5], v[4:5] op_sel:[1,0] op_sel_hi:[0,1] */
    0xd3b15806, 0x00020506, /* v_pk_mul_f32 v[6:7], v[6:7], v[2:3] op_sel:[1,1] op_sel_hi:[0,0] */
    0xd3b03002, 0x0c100502, /* v_pk_fma_f32 v[2:3], v[2:3], s[2:3], v[4:5] op_sel:[0,1,1] op_sel_hi:[1,0,0] */
    0xd3b0460c, 0x3bca1800, /* v_pk_fma_f32 v[12:13], s[0:1], v[12:13], 1.0 neg_lo:[1,0,0] neg_hi:[0,1,1] */
    0xd3b2480a, 0x1802190a, /* v_pk_add_f32 v[10:11], v[10:11], v[12:13] op_sel:[1,0] */
    0xd3b2400c, 0x1002150c, /* v_pk_add_f32 v[12:13], v[12:13], v[10:11] op_sel_hi:[0,1] */
    0xd3b34804, 0x18020906, /* v_pk_mov_b32 v[4:5], v[6:7], v[4:5] op_sel:[1,0] */
    0xd3b35806, 0x18020c02, /* v_pk_mov_b32 v[6:7], s[2:3], v[6:7] op_sel:[1,1] */
    0xd3b34802, 0x18020502, /* v_pk_mov_b32 v[2:3], v[2:3], v[2:3] op_sel:[1,0] */
    0xd3b14008, 0x1801e908, /* v_pk_mul_f32 v[8:9], v[8:9], 2.0 */
    0xd3b14808, 0x10021004, /* v_pk_mul_f32 v[8:9], s[4:5], v[8:9] op_sel:[1,0] op_sel_hi:[0,1] */
    0xd3b03808, 0x041a0902, /* v_pk_fma_f32 v[8:9], v[2:3], v[4:5], v[6:7] op_sel:[1,1,1] op_sel_hi:[0,0,0] */
    0xd3b04104, 0x9c1a0902, /* v_pk_fma_f32 v[4:5], v[2:3], v[4:5], v[6:7] neg_lo:[0,0,1] neg_hi:[1,0,0] */
    0xd3b05006, 0x0c1a0d06, /* v_pk_fma_f32 v[6:7], v[6:7], v[6:7], v[6:7] op_sel:[0,1,0] op_sel_hi:[1,0,1] */
    0xd3b24006, 0x08000106, /* v_pk_add_f32 v[6:7], v[6:7], s[0:1] op_sel_hi:[1,0] */
    0xd3b24002, 0x18021508, /* v_pk_add_f32 v[2:3], v[8:9], v[10:11] */
    0xd3b14002, 0x38021102, /* v_pk_mul_f32 v[2:3], v[2:3], v[8:9] neg_lo:[1,0] */
    0xd3b0400a, 0x1c2a0508, /* v_pk_fma_f32 v[10:11], v[8:9], v[2:3], v[10:11] */
    0x7e020302,             /* v_mov_b32 v1, v2 */
};

static unsigned block_given(const uint32_t *words, size_t bytes)
{
    unsigned at = 0;
    for (unsigned n = 0; n < BLOCK; n++) {
        block[n] = (struct isa_inst){.pair_storage = &second[n]};
        isa_decode(wave.generation, wave.lanes == 64, words + at, bytes - at * 4, &block[n]);
        isa_bind(&block[n]);
        at += block[n].bytes / 4;
    }
    ck_assert_uint_eq(at, bytes / 4);
    memcpy(code, words, bytes);
    code[at] = wave.generation >= ISA_GFX11 ? 0xbfb00000 : 0xbf810000; /* s_endpgm */
    return at;
}

static void given_compare(enum isa_generation generation, unsigned lanes, const uint32_t *words, size_t bytes)
{
    machine_start();
    for (unsigned round = 0; round < 200; round++) {
        wave_start(generation, lanes, MODE_USUAL);
        unsigned end = block_given(words, bytes);
        registers_fill(round);
        compare_runs(round, end);
    }
    machine_end();
}

START_TEST(single_lanes_and_fields_come_to_what_their_instructions_come_to)
{
    given_compare(ISA_GFX940, 64, given, sizeof given);
}
END_TEST

START_TEST(moves_between_lanes_come_to_what_their_instructions_come_to)
{
    given_compare(ISA_GFX12, 32, moves, sizeof moves);
    given_compare(ISA_GFX12, 64, moves, sizeof moves);
}
END_TEST

START_TEST(divisions_come_to_what_their_instructions_come_to)
{
    given_compare(ISA_GFX940, 64, divisions, sizeof divisions);
    given_compare(ISA_GFX940, 64, far_apart, sizeof far_apart);
}
END_TEST

START_TEST(pairs_of_floats_come_to_what_their_instructions_come_to)
{
    given_compare(ISA_GFX940, 64, pairs, sizeof pairs);
}
END_TEST

int main(void)
{
    if (!getenv("KFDFS_SIM_OPTS"))
        setenv("KFDFS_SIM_OPTS", "jit=always", 1);
    Suite *suite = suite_create("isa_jit");
    TCase *t = tcase_create("jit");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, random_code_comes_to_what_its_instructions_come_to_one_by_one);
    tcase_add_test(t, each_opcode_comes_to_what_its_function_comes_to_with_and_without_modifiers);
    tcase_add_test(t, single_lanes_and_fields_come_to_what_their_instructions_come_to);
    tcase_add_test(t, moves_between_lanes_come_to_what_their_instructions_come_to);
    tcase_add_test(t, divisions_come_to_what_their_instructions_come_to);
    tcase_add_test(t, pairs_of_floats_come_to_what_their_instructions_come_to);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
