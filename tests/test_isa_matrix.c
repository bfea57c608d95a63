/*
 * test_isa_matrix.c - matrix instructions: where their elements are (against AMD's calculator, in golden/),
 * and what becomes of types, modifiers and special values.
 */
#include "isa/coverage.h"
#include "isa_vector.h"
#include "sim/cu/minifloat.h"
#include "run_suite.h"

#include <isa/isa_table.h>

enum { A_REG = 0, INDEX_REG = 8, SCALE_REG = 9, B_REG = 16, D_REG = 32, LINE = 256 };

/* ---- codes of small integers in each type ---- */

static const struct type {
    const char *name; /* as the calculator calls it */
    unsigned bits;
    int mini; /* enum minifloat, or -1 */
} types[] = {
    {"fp64", 64, -1},
    {"fp32", 32, -1},
    {"xf32", 32, -1},
    {"fp16", 16, -1},
    {"bf16", 16, -1},
    {"fp8", 8, MINI_E4M3},
    {"bf8", 8, MINI_E5M2},
    {"amd_fp8", 8, MINI_E4M3_FNUZ},
    {"amd_bf8", 8, MINI_E5M2_FNUZ},
    {"int8", 8, -1},
    {"iu8", 8, -1},
    {"iu4", 4, -1},
    {"int32", 32, -1},
};

static const struct type *type_find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    ck_abort_msg("no type %s", name);
    return NULL;
}

static uint64_t code_of(const struct type *type, unsigned value)
{
    if (type->mini >= 0)
        for (unsigned code = 0; code < 256; code++)
            if (minifloat_value((enum minifloat)type->mini, code) == (float)value)
                return code;
    if (type->name[0] == 'i')
        return value;
    if (type->bits == 64)
        return bits64_of(value);
    if (type->bits == 32)
        return bits_of((float)value);
    if (type->name[0] == 'b')
        return bits_of((float)value) >> 16;
    static const uint16_t halves[] = {0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};
    ck_assert_uint_lt(value, sizeof halves / sizeof halves[0]);
    return halves[value];
}

static void element_put(unsigned reg, unsigned at, unsigned lane, unsigned bits, uint64_t code)
{
    uint64_t mask = bits == 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;
    reg += at / 32;
    vgprs[reg][lane] = (vgprs[reg][lane] & ~(uint32_t)(mask << at % 32)) | (uint32_t)(code << at % 32);
    if (bits == 64)
        vgprs[reg + 1][lane] = (uint32_t)(code >> 32);
}

static uint64_t element_get(unsigned reg, unsigned at, unsigned lane, unsigned bits)
{
    reg += at / 32;
    if (bits == 64)
        return lane_get(reg, lane);
    return vgprs[reg][lane] >> at % 32 & (bits == 32 ? 0xffffffff : (1u << bits) - 1);
}

/* ---- an instruction of that name ---- */

static struct isa_inst matrix_inst(enum isa_generation generation, const char *name)
{
    struct isa_inst inst = {.bytes = 8, .format = ISA_VOP3P, .generation = (uint8_t)generation, .n_src = 3};
    for (unsigned i = 0; i < isa_n_rows && !inst.row; i++)
        if (strcmp(isa_rows[i].name, name) == 0 && isa_rows[i].opcode[generation] >= 0)
            inst.row = &isa_rows[i];
    ck_assert_msg(inst.row != NULL, "no row for %s", name);
    isa_bind(&inst);
    ck_assert_msg(inst.exec != NULL, "no function for %s", name);
    coverage_add(name, generation,
                 COVER_COMPARED | COVER_PLAIN | (wave.lanes == 32 ? COVER_WAVE32 : COVER_WAVE64));
    bool sparse = strstr(name, "smfmac") || strstr(name, "swmmac");
    inst.src[0] = vgpr(A_REG);
    inst.src[1] = vgpr(B_REG);
    inst.src[2] = vgpr(sparse ? INDEX_REG : D_REG);
    inst.dst = vgpr(D_REG);
    return inst;
}

/* ---- layouts ---- */

struct probe { /* a line of the golden file */
    char target[16], name[64], a_type[16], b_type[16], d_type[16];
    unsigned wave, cbsz, abid, blgp, opsel, index, a_bit, a_lane, b_bit, b_lane, d_bit, d_lane;
    int index_bit, index_lane;
};

/* The next one, which has what is said of a generation (CDNA4 and RDNA3.5 manuals: the same layouts), or
 * none. */
static enum isa_generation successor_of(enum isa_generation generation)
{
    return generation == ISA_GFX940 ? ISA_GFX950 : generation == ISA_GFX11 ? ISA_GFX11_5 : ISA_GENERATIONS;
}

/* From gfx950 on 8-bit floats are those of the standard. */
static const struct type *type_on(enum isa_generation generation, const char *name)
{
    bool own = strncmp(name, "amd_", 4) == 0;
    return type_find(own && generation == ISA_GFX950 ? name + 4 : name);
}

static bool has_row(enum isa_generation generation, const char *name)
{
    for (unsigned i = 0; i < isa_n_rows; i++)
        if (strcmp(isa_rows[i].name, name) == 0 && isa_rows[i].opcode[generation] >= 0)
            return true;
    return false;
}

static enum isa_generation generation_of(const char *target)
{
    static const struct {
        const char *name;
        enum isa_generation generation;
    } names[] = {
        {"gfx90a", ISA_GFX90A}, {"gfx942", ISA_GFX940}, {"gfx1100", ISA_GFX11}, {"gfx1200", ISA_GFX12}};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(names[i].name, target) == 0)
            return names[i].generation;
    ck_abort_msg("no generation for %s", target);
    return ISA_GFX90A;
}

/* 2 in A times 3 in B, everything else 0: 6 where the calculator says, and without broadcasts nowhere else.
 */
static void probe_check(const struct probe *p, enum isa_generation generation)
{
    const struct type *a = type_on(generation, p->a_type), *b = type_on(generation, p->b_type);
    const struct type *d = type_find(p->d_type);
    wave_start(generation, p->wave, MODE_USUAL);
    struct isa_inst inst = matrix_inst(wave.generation, p->name);
    inst.cbsz = (uint8_t)p->cbsz;
    inst.abid = (uint8_t)p->abid;
    inst.blgp = (uint8_t)p->blgp;
    inst.opsel = (uint8_t)p->opsel;
    element_put(A_REG, p->a_bit, p->a_lane, a->bits, code_of(a, 2));
    element_put(B_REG, p->b_bit, p->b_lane, b->bits, code_of(b, 3));
    if (p->index_bit >= 0)
        element_put(INDEX_REG, (unsigned)p->index_bit, (unsigned)p->index_lane, 2, p->index);
    inst.exec(&wave, &inst);
    uint64_t got = element_get(D_REG, p->d_bit, p->d_lane, d->bits);
    ck_assert_msg(got == code_of(d, 6), "%s %s wave%u: D at bit %u of lane %u is %#lx", p->target, p->name,
                  p->wave, p->d_bit, p->d_lane, (long)got);
    if (p->cbsz || p->abid || p->blgp)
        return;
    element_put(D_REG, p->d_bit, p->d_lane, d->bits, 0);
    for (unsigned reg = D_REG; reg < N_VGPRS; reg++)
        for (unsigned lane = 0; lane < p->wave; lane++)
            ck_assert_msg(vgprs[reg][lane] == 0, "%s: v%u of lane %u too", p->name, reg, lane);
}

START_TEST(elements_are_where_the_calculator_says)
{
    char path[512], line[LINE];
    const char *tests = getenv("KFDFS_TESTS");
    snprintf(path, sizeof path, "%s/golden/matrix-layout.txt", tests ? tests : "tests");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    unsigned probes = 0;
    while (fgets(line, sizeof line, file)) {
        struct probe p;
        if (line[0] == '#')
            continue;
        ck_assert_int_eq(sscanf(line, "%15s %u %63s %15s %15s %15s %u %u %u %u %u %u %u %d %d %u %u %u %u",
                                p.target, &p.wave, p.name, p.a_type, p.b_type, p.d_type, &p.cbsz, &p.abid,
                                &p.blgp, &p.opsel, &p.index, &p.a_bit, &p.a_lane, &p.index_bit, &p.index_lane,
                                &p.b_bit, &p.b_lane, &p.d_bit, &p.d_lane),
                         19);
        enum isa_generation generation = generation_of(p.target), next = successor_of(generation);
        probe_check(&p, generation);
        if (next != ISA_GENERATIONS && has_row(next, p.name)) /* not gfx950's xf32, which is no more */
            probe_check(&p, next);
        probes++;
    }
    fclose(file);
    ck_assert_uint_gt(probes, 500);
}
END_TEST

/* ---- sums ---- */

/* All of A and B are one: every element of D is C plus the terms of a row. */
static void ones_check(enum isa_generation generation, unsigned lanes, const char *name, const struct type *a,
                       const struct type *b, const struct type *d, unsigned terms)
{
    wave_start(generation, lanes, MODE_USUAL);
    struct isa_inst inst = matrix_inst(generation, name);
    for (unsigned lane = 0; lane < lanes; lane++) {
        for (unsigned at = 0; at < 256; at += a->bits)
            element_put(A_REG, at, lane, a->bits, code_of(a, 1));
        for (unsigned at = 0; at < 512; at += b->bits)
            element_put(B_REG, at, lane, b->bits, code_of(b, 1));
        vgprs[INDEX_REG][lane] = 0x44444444;
        for (unsigned at = 0; at < 1024; at += d->bits)
            element_put(D_REG, at, lane, d->bits, code_of(d, 5));
    }
    inst.exec(&wave, &inst);
    uint64_t expect = d->bits == 64             ? bits64_of(terms + 5)
                      : d->name[0] == 'i'       ? terms + 5
                      : d->bits == 32           ? bits_of((float)(terms + 5))
                      : strcmp(d->name, "bf16") ? 0x4d40 /* 21 */
                                                : bits_of(21) >> 16;
    for (unsigned lane = 0; lane < lanes; lane++)
        ck_assert_msg(element_get(D_REG, 0, lane, d->bits) == expect, "%s: lane %u is %#lx", name, lane,
                      (long)element_get(D_REG, 0, lane, d->bits));
}

START_TEST(sums_take_every_term_and_c)
{
    static const struct {
        enum isa_generation generation;
        unsigned lanes;
        const char *name, *a, *b, *d;
        unsigned terms;
    } rows[] = {
        {ISA_GFX90A, 64, "v_mfma_f32_32x32x1f32", "fp32", "fp32", "fp32", 1},
        {ISA_GFX90A, 64, "v_mfma_f64_16x16x4f64", "fp64", "fp64", "fp64", 4},
        {ISA_GFX90A, 64, "v_mfma_i32_16x16x16i8", "int8", "int8", "int32", 16},
        {ISA_GFX940, 64, "v_mfma_f32_16x16x8_xf32", "xf32", "xf32", "fp32", 8},
        {ISA_GFX940, 64, "v_mfma_f32_32x32x16_fp8_bf8", "amd_fp8", "amd_bf8", "fp32", 16},
        {ISA_GFX940, 64, "v_smfmac_f32_16x16x32_bf16", "bf16", "bf16", "fp32", 16},
        {ISA_GFX940, 64, "v_smfmac_i32_32x32x32_i8", "int8", "int8", "int32", 16},
        {ISA_GFX950, 64, "v_mfma_f32_16x16x128_f8f6f4", "fp8", "fp8", "fp32", 128},
        {ISA_GFX950, 64, "v_mfma_f32_32x32x64_f8f6f4", "fp8", "fp8", "fp32", 64},
        {ISA_GFX950, 64, "v_mfma_i32_16x16x64_i8", "int8", "int8", "int32", 64},
        {ISA_GFX950, 64, "v_mfma_f32_32x32x16_f16", "fp16", "fp16", "fp32", 16},
        {ISA_GFX950, 64, "v_smfmac_f32_16x16x128_bf8_fp8", "bf8", "fp8", "fp32", 64},
        {ISA_GFX950, 64, "v_smfmac_f32_32x32x32_f16", "fp16", "fp16", "fp32", 16},
        {ISA_GFX11, 32, "v_wmma_f32_16x16x16_bf16", "bf16", "bf16", "fp32", 16},
        {ISA_GFX11, 64, "v_wmma_f16_16x16x16_f16", "fp16", "fp16", "fp16", 16},
        {ISA_GFX12, 32, "v_wmma_f16_16x16x16_f16", "fp16", "fp16", "fp16", 16},
        {ISA_GFX12, 32, "v_wmma_bf16_16x16x16_bf16", "bf16", "bf16", "bf16", 16},
        {ISA_GFX12, 64, "v_wmma_i32_16x16x32_iu4", "iu4", "iu4", "int32", 32},
        {ISA_GFX12, 32, "v_swmmac_i32_16x16x64_iu4", "iu4", "iu4", "int32", 32},
        {ISA_GFX12, 64, "v_swmmac_i32_16x16x32_iu4", "iu4", "iu4", "int32", 16},
        {ISA_GFX12, 64, "v_swmmac_f32_16x16x32_fp8_fp8", "fp8", "fp8", "fp32", 16},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ones_check(rows[i].generation, rows[i].lanes, rows[i].name, type_find(rows[i].a),
                   type_find(rows[i].b), type_find(rows[i].d), rows[i].terms);
}
END_TEST

/* ---- values and modifiers: one element of each, K elsewhere 0 ---- */

struct single {
    enum isa_generation generation;
    const char *name;
    uint32_t a, b, c; /* bits 0 of the first registers of lane 0; C of all of D */
    uint8_t neg_lo, neg_hi, blgp;
    bool clamp;
};

static uint32_t single_run(struct single s)
{
    unsigned lanes = s.generation >= ISA_GFX11 ? 32 : 64;
    wave_start(s.generation, lanes, MODE_USUAL);
    struct isa_inst inst = matrix_inst(s.generation, s.name);
    vgprs[A_REG][0] = s.a;
    vgprs[B_REG][0] = s.b;
    vgprs[D_REG][0] = s.c;
    inst.neg_lo = s.neg_lo;
    inst.neg_hi = s.neg_hi;
    inst.blgp = s.blgp;
    inst.clamp = s.clamp;
    inst.exec(&wave, &inst);
    return vgprs[D_REG][0];
}
#define MODIFIED(expect, of, what, a_, b_, c_, ...)                                                          \
    ck_assert_uint_eq(                                                                                       \
        single_run((struct single){.generation = of, .name = what, .a = a_, .b = b_, .c = c_, __VA_ARGS__}), \
        expect)
#define SINGLE(expect, of, what, a, b, c) MODIFIED(expect, of, what, a, b, c, .clamp = false)

START_TEST(mi200_flushes_16_bit_subnormals_and_what_becomes_of_them)
{
    SINGLE(0, ISA_GFX90A, "v_mfma_f32_32x32x8f16", 0x03ff, 0x7bff, 0);
    SINGLE(bits_of(0x1p-24f * 1023 * 65504), ISA_GFX940, "v_mfma_f32_32x32x8_f16", 0x03ff, 0x7bff, 0);
    SINGLE(0x80000000, ISA_GFX90A, "v_mfma_f32_32x32x4bf16_1k", 0, 0, 0x80000001);
    SINGLE(0x80000001, ISA_GFX940, "v_mfma_f32_32x32x4_2b_bf16", 0, 0, 0x80000001);
    SINGLE(1, ISA_GFX90A, "v_mfma_f32_32x32x2f32", 0, 0, 1);
}
END_TEST

START_TEST(products_are_exact_before_the_sum)
{
    /* (1 + 2^-10)^2 - 1 - 2^-9 = 2^-20 */
    SINGLE(bits_of(0x1p-20f), ISA_GFX940, "v_mfma_f32_32x32x8_f16", 0x3c01, 0x3c01, bits_of(-1 - 0x1p-9f));
    SINGLE(bits_of(0x1p-46f), ISA_GFX940, "v_mfma_f32_32x32x2_f32", 0x3f800001, 0x3f800001, 0xbf800002);
}
END_TEST

START_TEST(xf32_keeps_ten_bits)
{
    SINGLE(0x3f802000, ISA_GFX940, "v_mfma_f32_16x16x8_xf32", 0x3f802fff, 0x3f800000, 0);
    SINGLE(0x3f804000, ISA_GFX940, "v_mfma_f32_16x16x8_xf32", 0x3f803000, 0x3f800000, 0);
    SINGLE(0x7f800000, ISA_GFX940, "v_mfma_f32_16x16x8_xf32", 0x7f800000, 0x3f800000, 0);
}
END_TEST

START_TEST(infinities_and_nans_come_through)
{
    SINGLE(0x7f800000, ISA_GFX940, "v_mfma_f32_32x32x8_f16", 0x7c00, 0x3c00, 0);
    SINGLE(0x7fc00000, ISA_GFX940, "v_mfma_f32_32x32x8_f16", 0x7c00, 0x0000, 0);
    SINGLE(0x7fc00000, ISA_GFX940, "v_mfma_f32_32x32x8_f16", 0, 0, 0xffffffff);
    SINGLE(0x7f800000, ISA_GFX940, "v_mfma_f32_32x32x4_2b_bf16", 0x7f7f, 0x4000, 0x7f7fffff);
    /* the only NaN of gfx940's 8-bit formats is minus zero; gfx12's have infinities in BF8 alone */
    SINGLE(0x7fc00000, ISA_GFX940, "v_mfma_f32_16x16x32_fp8_fp8", 0x80, 0x38, 0);
    SINGLE(0, ISA_GFX12, "v_wmma_f32_16x16x16_fp8_fp8", 0x80, 0x38, 0);
    SINGLE(0x7fc00000, ISA_GFX12, "v_wmma_f32_16x16x16_fp8_fp8", 0x7f, 0x38, 0);
    SINGLE(0x7f800000, ISA_GFX12, "v_wmma_f32_16x16x16_bf8_fp8", 0x7c, 0x38, 0);
}
END_TEST

START_TEST(sparse_products_skip_what_is_not_there)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX940, "v_smfmac_f32_16x16x32_f16");
    reg_fill(A_REG, 0x3c003c00); /* one and one, at the first two of four */
    vgprs[INDEX_REG][0] = 0x4;
    for (unsigned lane = 0; lane < 64; lane++) {
        vgprs[INDEX_REG][lane] = 0x44;
        vgprs[B_REG][lane] = vgprs[B_REG + 2][lane] = 0x3c003c00;
        vgprs[B_REG + 1][lane] = vgprs[B_REG + 3][lane] = 0x7c007c00; /* infinities at the others */
    }
    vgprs[A_REG + 1][0] = vgprs[A_REG][0];
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D_REG][0] & 0x7f800000, 0x41000000); /* 8 to 16, finite */
}
END_TEST

START_TEST(negation_reaches_even_and_odd_elements_and_c)
{
    const char *f16 = "v_wmma_f32_16x16x16_f16";
    uint32_t two = 0x4000, odd = 0x40000000;
    SINGLE(bits_of(4), ISA_GFX11, f16, two, two, 0);
    MODIFIED(bits_of(-4), ISA_GFX11, f16, two, two, 0, .neg_lo = 1);
    MODIFIED(bits_of(4), ISA_GFX11, f16, two, two, 0, .neg_hi = 1);
    MODIFIED(bits_of(-4), ISA_GFX11, f16, odd, odd, 0, .neg_hi = 2);
    MODIFIED(bits_of(4), ISA_GFX11, f16, two, two, 0, .neg_lo = 3);
    MODIFIED(bits_of(-7), ISA_GFX12, f16, 0, 0, bits_of(7), .neg_lo = 4);
    MODIFIED(bits_of(7), ISA_GFX12, f16, 0, 0, bits_of(-7), .neg_hi = 4);
    MODIFIED(bits_of(-7), ISA_GFX12, f16, 0, 0, bits_of(-7), .neg_lo = 4, .neg_hi = 4);
}
END_TEST

START_TEST(gfx940_negates_doubles_where_others_have_lane_patterns)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX940, "v_mfma_f64_16x16x4_f64");
    lane_set(A_REG, 0, bits64_of(2));
    lane_set(B_REG, 0, bits64_of(3));
    lane_set(D_REG, 0, bits64_of(10));
    inst.blgp = 5; /* A and C */
    inst.exec(&wave, &inst);
    ck_assert(double_of(lane_get(D_REG, 0)) == -16);
}
END_TEST

START_TEST(integers_are_signed_where_the_instruction_says_so_and_clamp)
{
    const char *iu8 = "v_wmma_i32_16x16x16_iu8", *iu4 = "v_wmma_i32_16x16x16_iu4";
    SINGLE(255 * 255, ISA_GFX11, iu8, 0xff, 0xff, 0);
    MODIFIED((uint32_t)-255, ISA_GFX11, iu8, 0xff, 0xff, 0, .neg_lo = 1);
    MODIFIED(1, ISA_GFX11, iu8, 0xff, 0xff, 0, .neg_lo = 3);
    MODIFIED((uint32_t)-15, ISA_GFX12, iu4, 0xf, 0xf, 0, .neg_lo = 2);
    SINGLE(0x80000000, ISA_GFX11, iu8, 1, 1, 0x7fffffff);
    MODIFIED(0x7fffffff, ISA_GFX11, iu8, 1, 1, 0x7fffffff, .clamp = true);
    MODIFIED(0x80000000, ISA_GFX12, iu8, 0xff, 1, 0x80000000, .neg_lo = 1, .clamp = true);
    SINGLE(0x3fff, ISA_GFX940, "v_mfma_i32_32x32x16_i8", 0x80, 0x80, (uint32_t)-1);
}
END_TEST

START_TEST(gfx11_keeps_the_other_half_of_16_bit_results)
{
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX11, "v_wmma_f16_16x16x16_f16");
    vgprs[A_REG][0] = vgprs[B_REG][0] = 0x4000;
    vgprs[D_REG][0] = 0x3c001234;
    inst.opsel = 4;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D_REG][0], 0x45001234);
}
END_TEST

START_TEST(c_may_be_a_constant_and_d_an_accumulation_register)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX940, "v_mfma_f32_16x16x16_f16");
    inst.src[2] = constant(bits_of(4));
    inst.dst = (struct isa_operand){.kind = ISA_AGPR, .reg = 2, .dwords = 4};
    isa_sgpr64_set(&wave, ISA_EXEC, 1); /* is ignored */
    inst.exec(&wave, &inst);
    for (unsigned reg = 2; reg < 6; reg++)
        for (unsigned lane = 0; lane < 64; lane++)
            ck_assert_uint_eq(agprs[reg][lane], bits_of(4));
    ck_assert_uint_eq(agprs[6][0], 0);
}
END_TEST

/* ---- gfx950's formats and scales ---- */

START_TEST(formats_of_4_and_6_bits_have_the_values_of_their_standard)
{
    static const float e2m1[] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    for (unsigned code = 0; code < 16; code++)
        ck_assert(minifloat_value(MINI_E2M1, code) == (code & 8 ? -e2m1[code & 7] : e2m1[code & 7]));
    ck_assert(minifloat_value(MINI_E2M3, 0x1f) == 7.5f && minifloat_value(MINI_E2M3, 0x01) == 0.125f);
    ck_assert(minifloat_value(MINI_E3M2, 0x1f) == 28 && minifloat_value(MINI_E3M2, 0x01) == 0.0625f);
    ck_assert(minifloat_value(MINI_E4M3, 0x7e) == 448 && minifloat_value(MINI_E4M3, 1) == 0x1p-9f);
    ck_assert(minifloat_value(MINI_E5M2, 0x7b) == 57344 && minifloat_value(MINI_E5M2, 1) == 0x1p-16f);
    ck_assert(minifloat_value(MINI_E4M3_FNUZ, 0x7f) == 240 && minifloat_value(MINI_E4M3_FNUZ, 1) == 0x1p-10f);
    ck_assert(minifloat_value(MINI_E5M2_FNUZ, 0x7f) == 57344 &&
              minifloat_value(MINI_E5M2_FNUZ, 1) == 0x1p-17f);
    ck_assert(minifloat_scale(127) == 1 && minifloat_scale(0) == 0x1p-127 && isnan(minifloat_scale(255)));
}
END_TEST

/* A of FP4 and B of FP8: both put k = 20 where their own format has it. */
START_TEST(mixed_formats_meet_at_the_same_k)
{
    wave_start(ISA_GFX950, 64, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX950, "v_mfma_f32_16x16x128_f8f6f4");
    inst.cbsz = 4;
    element_put(A_REG, 20 * 4, 3, 4, 4);        /* 2 in row 3, lane group 0 has k 0 to 31 */
    element_put(B_REG, 4 * 8, 16 + 5, 8, 0x44); /* 3 in column 5, lane group 1 has k 16 to 31 */
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D_REG + 3][5], bits_of(6));
}
END_TEST

START_TEST(six_bit_elements_cross_registers)
{
    wave_start(ISA_GFX950, 64, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX950, "v_mfma_f32_32x32x64_f8f6f4");
    inst.cbsz = 2;
    inst.blgp = 3;
    /* element 5: bits 30 to 35; 0b010000 is 2 in E2M3, 0b010000 is 2 in E3M2 */
    vgprs[A_REG][0] = 0u << 30;
    vgprs[A_REG + 1][0] = 0x10 >> 2;
    vgprs[B_REG + 1][0] = 0x10 >> 2;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D_REG][0], bits_of(4));
}
END_TEST

START_TEST(scales_apply_to_blocks_of_32_by_the_byte_that_op_sel_names)
{
    wave_start(ISA_GFX950, 64, MODE_USUAL);
    struct isa_inst inst = matrix_inst(ISA_GFX950, "v_mfma_scale_f32_16x16x128_f8f6f4");
    inst.scaled = true;
    inst.scale[0] = vgpr(SCALE_REG);
    inst.scale[1] = vgpr(SCALE_REG + 1);
    inst.opsel = 1;    /* A: byte 1 */
    inst.opsel_hi = 2; /* B: byte 2 */
    reg_fill(SCALE_REG, 0);
    reg_fill(SCALE_REG + 1, 0);
    vgprs[SCALE_REG][16 + 3] = 130 << 8;        /* row 3, k 32 to 63: 8 */
    vgprs[SCALE_REG + 1][16 + 5] = 126 << 16;   /* column 5: a half */
    element_put(A_REG, 3 * 8, 32 + 3, 8, 0x40); /* k = 35: 2 */
    element_put(B_REG, 3 * 8, 32 + 5, 8, 0x44); /* 3 */
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D_REG + 3][5], bits_of(24));
}
END_TEST

START_TEST(a_scaled_instruction_is_one_of_16_bytes)
{
    /* llvm-mc 22: v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[4:11], v[12:15], v[0:3], v20, v21
     * op_sel:[1,0,0] op_sel_hi:[0,1,0] blgp:4 */
    static const uint32_t words[] = {0xd3ac0800, 0x10022b14, 0xd3ad0800, 0x84021904};
    static const char expect[] =
        "v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[4:11], v[12:15], v[0:3], v20, v21 "
        "op_sel:[1,0,0] op_sel_hi:[0,1,0] blgp:4";
    struct isa_inst inst = {0};
    char text[256];
    ck_assert_int_eq(isa_decode(ISA_GFX950, true, words, sizeof words, &inst), 0);
    ck_assert_uint_eq(inst.bytes, 16);
    ck_assert_uint_eq(inst.vgprs_needed, 22);
    isa_text(&inst, 0, text, sizeof text);
    ck_assert_str_eq(text, expect);
}
END_TEST

/* ---- conversions: words as llvm-mc 22 makes them of the text; v1, v2: sources, v3: 1.0, v0: before and
 * after ---- */

static const struct conversion {
    enum isa_generation generation;
    const char *text;
    uint32_t words[2], a, b, before, expect;
} conversions[] = {
    // clang-format off
    {ISA_GFX940, "v_cvt_f32_fp8_e32 v0, v1", {0x7e00a901}, 0x48, 0x0, 0x0, 0x40000000},
    {ISA_GFX940, "v_cvt_f32_fp8_sdwa v0, v1 src0_sel:BYTE_2", {0x7e00a8f9, 0x00020601}, 0x480000, 0x0, 0x0, 0x40000000},
    {ISA_GFX940, "v_cvt_f32_bf8_sdwa v0, v1 src0_sel:BYTE_1", {0x7e00aaf9, 0x00010601}, 0xc400, 0x0, 0x0, 0xc0000000},
    {ISA_GFX940, "v_cvt_pk_f32_fp8_sdwa v[0:1], v1 src0_sel:WORD_1", {0x7e00acf9, 0x00050601}, 0x48400000, 0x0, 0x0, 0x3f800000},
    {ISA_GFX940, "v_cvt_pk_f32_fp8_sdwa v[0:1], v1 clamp src0_sel:WORD_1", {0x7e00acf9, 0x00052601}, 0x38c80000, 0x0, 0x0, 0x0},
    {ISA_GFX940, "v_cvt_pk_f32_fp8_e64 v[0:1], v1 clamp", {0xd1968000, 0x00000101}, 0x3848, 0x0, 0x0, 0x3f800000},
    {ISA_GFX940, "v_cvt_pk_fp8_f32 v0, v1, v2", {0xd2a20000, 0x00020501}, 0x3f800000, 0xc0000000, 0xaaaaaaaa, 0xaaaac840},
    {ISA_GFX940, "v_cvt_pk_fp8_f32 v0, v1, v2 op_sel:[0,0,1]", {0xd2a24000, 0x00020501}, 0x3f800000, 0x40000000, 0xaaaaaaaa, 0x4840aaaa},
    {ISA_GFX940, "v_cvt_pk_fp8_f32 v0, -v1, |v2|", {0xd2a20200, 0x20020501}, 0x3f800000, 0xc0000000, 0x0, 0x48c0},
    {ISA_GFX940, "v_cvt_pk_fp8_f32 v0, v1, v2", {0xd2a20000, 0x00020501}, 0x3f880000, 0x3f980000, 0x0, 0x4240},
    {ISA_GFX940, "v_cvt_pk_fp8_f32 v0, v1, v2", {0xd2a20000, 0x00020501}, 0x447a0000, 0x43700000, 0x0, 0x7f80},
    {ISA_GFX940, "v_cvt_pk_fp8_f32 v0, v1, v2", {0xd2a20000, 0x00020501}, 0x80000000, 0x3a000000, 0x0, 0x0},
    {ISA_GFX940, "v_cvt_pk_bf8_f32 v0, v1, v2", {0xd2a30000, 0x00020501}, 0x3f800000, 0x47600000, 0x0, 0x7f40},
    {ISA_GFX940, "v_cvt_sr_fp8_f32 v0, v1, v2 op_sel:[0,0,0,1]", {0xd2a44000, 0x00020501}, 0x3f880000, 0x7fffffff, 0xaaaaaaaa, 0xaa40aaaa},
    {ISA_GFX940, "v_cvt_sr_fp8_f32 v0, v1, v2 op_sel:[0,0,1,0]", {0xd2a42000, 0x00020501}, 0x3f880000, 0x80000000, 0xaaaaaaaa, 0xaaaa41aa},
    {ISA_GFX12, "v_cvt_f32_fp8_e32 v0, v1", {0x7e00d901}, 0x40, 0x0, 0x0, 0x40000000},
    {ISA_GFX12, "v_cvt_f32_fp8_e64 v0, v1 byte_sel:1", {0xd5ec1000, 0x00000101}, 0x4000, 0x0, 0x0, 0x40000000},
    {ISA_GFX12, "v_cvt_f32_fp8_e64 v0, v1 byte_sel:2", {0xd5ec0800, 0x00000101}, 0x400000, 0x0, 0x0, 0x40000000},
    {ISA_GFX12, "v_cvt_f32_bf8_e64 v0, v1 byte_sel:3", {0xd5ed1800, 0x00000101}, 0x7c000000, 0x0, 0x0, 0x7f800000},
    {ISA_GFX12, "v_cvt_pk_f32_fp8_e64 v[0:1], v1 op_sel:[1,0]", {0xd5ee0800, 0x00000101}, 0x38400000, 0x0, 0x0, 0x40000000},
    {ISA_GFX12, "v_cvt_pk_fp8_f32 v0, v1, v2", {0xd7690000, 0x00020501}, 0x447a0000, 0x43e00000, 0x0, 0x7e7f},
    {ISA_GFX12, "v_cvt_pk_bf8_f32 v0, v1, v2", {0xd76a0000, 0x00020501}, 0x4e6e6b28, 0xce6e6b28, 0x0, 0xfc7c},
    {ISA_GFX12, "v_cvt_pk_fp8_f32 v0, v1, v2", {0xd7690000, 0x00020501}, 0x80000000, 0x3a800000, 0x0, 0x80},
    {ISA_GFX12, "v_cvt_sr_bf8_f32 v0, v1, v2 byte_sel:3", {0xd76c6000, 0x00020501}, 0x3f900000, 0x80000000, 0x0, 0x3d000000},
    {ISA_GFX12, "v_dot4_f32_fp8_bf8 v0, v1, v2, v3", {0xcc244000, 0x1c0e0501}, 0x40404040, 0x40404040, 0x0, 0x41880000},
    {ISA_GFX12, "v_dot4_f32_bf8_fp8 v0, v1, v2, v3", {0xcc254000, 0x1c0e0501}, 0x3c, 0x38, 0x0, 0x40000000},
    {ISA_GFX12, "v_dot4_f32_fp8_fp8 v0, v1, v2, v3", {0xcc264000, 0x1c0e0501}, 0x7f, 0x38, 0x0, 0x7fc00000},
    // clang-format on
};

static void conversion_run(const struct conversion *c)
{
    struct isa_inst pair, inst = {.pair_storage = &pair};
    ck_assert_int_eq(isa_decode(c->generation, c->generation == ISA_GFX940, c->words, sizeof c->words, &inst),
                     0);
    isa_bind(&inst);
    ck_assert_msg(inst.exec != NULL, "%s has no function", c->text);
    coverage_add(inst.row->name, c->generation, COVER_COMPARED | COVER_PLAIN);
    vgprs[0][7] = c->before;
    vgprs[0][8] = 0x12345678;
    vgprs[1][7] = c->a;
    vgprs[2][7] = c->b;
    vgprs[3][7] = bits_of(1);
    isa_sgpr64_set(&wave, ISA_EXEC, 1 << 7);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[0][8], 0x12345678);
}

START_TEST(eight_bit_floats_are_converted_in_their_place)
{
    const struct conversion *c = &conversions[_i];
    wave_start(c->generation, c->generation == ISA_GFX940 ? 64 : 32, MODE_USUAL);
    conversion_run(c);
    ck_assert_msg(vgprs[0][7] == c->expect, "%s: %#x, not %#x", c->text, vgprs[0][7], c->expect);
}
END_TEST

START_TEST(mode_saturates_what_is_too_large_for_eight_bits)
{
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++) {
        const struct conversion *c = &conversions[i];
        if (c->a != bits_of(1000))
            continue;
        wave_start(c->generation, c->generation == ISA_GFX940 ? 64 : 32, MODE_USUAL | 1 << 23);
        conversion_run(c);
        ck_assert_uint_eq(vgprs[0][7] & 0xff, c->generation == ISA_GFX940 ? 0x7f : 0x7e);
    }
}
END_TEST

START_TEST(both_floats_of_a_pair_are_scaled_and_clamped)
{
    enum { FLUSH = 0 }; /* MODE: output denormals dropped and IEEE off, which omod needs */
    static const struct {
        uint32_t words[2], mode, from, low, high;
    } cases[] = {
        /* llvm-mc 22: v_cvt_pk_f32_fp8_sdwa v[0:1], v1 clamp mul:2 src0_sel:WORD_1: of -2 and 1 */
        {{0x7e00acf9, 0x00056601}, FLUSH, 0x40c80000, 0, 0x3f800000},
        {{0x7e00acf9, 0x00056601}, FLUSH, 0x34c80000, 0, 0x3f400000}, /* of 0.375 */
        {{0x7e00acf9, 0x00056601}, FLUSH, 0x80340000, 0x3f400000, 0x7fc00000},
        {{0x7e00acf9, 0x00056601}, FLUSH | 1 << 8, 0x80340000, 0x3f400000, 0}, /* DX10_CLAMP */
        /* v_cvt_pk_f32_bf8_e64 v[0:1], v1 div:2: of 1 and -4 */
        {{0xd1970000, 0x18000101}, FLUSH, 0xc840, 0x3f000000, 0xc0000000},
        {{0xd1970000, 0x18000101}, MODE_USUAL, 0xc840, 0x3f800000, 0xc0800000},
        {{0xd1970000, 0x18000101}, FLUSH | 1 << 9, 0xc840, 0x3f800000, 0xc0800000}, /* IEEE */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conversion c = {
            ISA_GFX940, "a pair", {cases[i].words[0], cases[i].words[1]}, cases[i].from, 0, 0, cases[i].low};
        wave_start(ISA_GFX940, 64, cases[i].mode);
        conversion_run(&c);
        ck_assert_msg(vgprs[0][7] == c.expect && vgprs[1][7] == cases[i].high, "%zu: %#x %#x", i, vgprs[0][7],
                      vgprs[1][7]);
    }
}
END_TEST

START_TEST(bytes_are_fetched_from_other_lanes_before_they_are_multiplied)
{
    /* llvm-mc 22: v_dot4_f32_fp8_fp8_e64_dpp v0, v1, v2, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf */
    static const uint32_t words[] = {0xcc264000, 0x1c0e04fa, 0xff00b101};
    struct isa_inst pair, inst = {.pair_storage = &pair};
    wave_start(ISA_GFX12, 32, MODE_USUAL);
    ck_assert_int_eq(isa_decode(ISA_GFX12, false, words, sizeof words, &inst), 0);
    isa_bind(&inst);
    isa_sgpr64_set(&wave, ISA_EXEC, 3 << 6);
    vgprs[0][6] = 0xaaaaaaaa;
    vgprs[1][6] = 0x40404040; /* 2 */
    vgprs[1][7] = 0;
    vgprs[2][6] = vgprs[2][7] = 0x40404040;
    vgprs[3][6] = vgprs[3][7] = bits_of(1);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[0][6], bits_of(1));
    ck_assert_uint_eq(vgprs[0][7], bits_of(17));
}
END_TEST

START_TEST(every_code_is_the_nearest_to_its_own_value)
{
    for (int format = MINI_E4M3; format <= MINI_E2M1; format++)
        for (unsigned code = 0; code < 1u << minifloat_bits((enum minifloat)format); code++) {
            float value = minifloat_value((enum minifloat)format, code);
            if (value == value)
                ck_assert_uint_eq(minifloat_code((enum minifloat)format, value, false, NULL), code);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_matrix");
    TCase *t = tcase_create("isa_matrix");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, NULL, coverage_save);
    tcase_add_test(t, elements_are_where_the_calculator_says);
    tcase_add_test(t, sums_take_every_term_and_c);
    tcase_add_test(t, mi200_flushes_16_bit_subnormals_and_what_becomes_of_them);
    tcase_add_test(t, products_are_exact_before_the_sum);
    tcase_add_test(t, xf32_keeps_ten_bits);
    tcase_add_test(t, infinities_and_nans_come_through);
    tcase_add_test(t, sparse_products_skip_what_is_not_there);
    tcase_add_test(t, negation_reaches_even_and_odd_elements_and_c);
    tcase_add_test(t, gfx940_negates_doubles_where_others_have_lane_patterns);
    tcase_add_test(t, integers_are_signed_where_the_instruction_says_so_and_clamp);
    tcase_add_test(t, gfx11_keeps_the_other_half_of_16_bit_results);
    tcase_add_test(t, c_may_be_a_constant_and_d_an_accumulation_register);
    tcase_add_test(t, formats_of_4_and_6_bits_have_the_values_of_their_standard);
    tcase_add_test(t, mixed_formats_meet_at_the_same_k);
    tcase_add_test(t, six_bit_elements_cross_registers);
    tcase_add_test(t, scales_apply_to_blocks_of_32_by_the_byte_that_op_sel_names);
    tcase_add_test(t, a_scaled_instruction_is_one_of_16_bytes);
    tcase_add_loop_test(t, eight_bit_floats_are_converted_in_their_place, 0,
                        sizeof conversions / sizeof conversions[0]);
    tcase_add_test(t, mode_saturates_what_is_too_large_for_eight_bits);
    tcase_add_test(t, both_floats_of_a_pair_are_scaled_and_clamped);
    tcase_add_test(t, bytes_are_fetched_from_other_lanes_before_they_are_multiplied);
    tcase_add_test(t, every_code_is_the_nearest_to_its_own_value);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
