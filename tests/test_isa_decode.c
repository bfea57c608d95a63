/*
 * test_isa_decode.c - the instruction table and the decoder, held against LLVM's disassembler.
 *
 * Random words of every format and the code that clang makes of the kernels below go through llvm-objdump and
 * through isa_decode and isa_text: same verdict, same mnemonic, same length, and for compiled code the same
 * text. Skipped, with a reason on stdout, where LLVM 22 is not installed. Constants are also compared with
 * values from AMD's ISA manuals, since text does not show them.
 */
#include <check.h>

#include "isa_llvm.h"
#include "sim/cu/wave.h"
#include "run_suite.h"

static struct isa_inst pair, inst = {.pair_storage = &pair};

/* ---- the table ---- */

static bool is_short(const struct isa_row *row)
{
    return (row->flags & ISA_HAS_E64) && row->format != ISA_VOP3;
}

static unsigned vop3_opcode(const struct isa_row *row, enum isa_generation g)
{
    return (unsigned)row->opcode[g] + (is_short(row) ? isa_vop3_offset(g, row->format) : 0);
}

static bool in_vop3(const struct isa_row *row)
{
    return row->format == ISA_VOP3 || is_short(row);
}

static bool collide(const struct isa_row *a, const struct isa_row *b, enum isa_generation g)
{
    if (a->opcode[g] < 0 || b->opcode[g] < 0)
        return false;
    if (a->format == b->format && a->opcode[g] == b->opcode[g])
        return true;
    return in_vop3(a) && in_vop3(b) && vop3_opcode(a, g) == vop3_opcode(b, g);
}

START_TEST(no_two_rows_share_an_opcode_of_a_format_in_a_generation)
{
    for (unsigned i = 0; i < isa_n_rows; i++)
        for (unsigned j = i + 1; j < isa_n_rows; j++)
            for (unsigned g = 0; g < ISA_GENERATIONS; g++)
                if (collide(&isa_rows[i], &isa_rows[j], g)) /* Check writes down each assertion: millions */
                    ck_abort_msg("%s and %s in generation %u", isa_rows[i].name, isa_rows[j].name, g);
}
END_TEST

static void check_field(const struct isa_row *row, struct isa_field field)
{
    if (field.type == ISA_TYPE_NONE)
        ck_assert_msg(strstr(row->operands, "none") != NULL, "%s: \"%s\"", row->name, row->operands);
}

START_TEST(every_operand_string_is_understood)
{
    for (unsigned i = 0; i < isa_n_rows; i++) {
        const struct isa_signature *s = isa_row_signature(&isa_rows[i]);
        ck_assert(s->n_dst <= 2 && s->n_src <= 4);
        for (unsigned n = 0; n < s->n_dst; n++)
            check_field(&isa_rows[i], s->dst[n]);
        for (unsigned n = 0; n < s->n_src; n++)
            check_field(&isa_rows[i], s->src[n]);
    }
}
END_TEST

/* ---- operands, by hand ---- */

static void decode(enum isa_generation g, uint32_t w0, uint32_t w1, uint32_t w2)
{
    uint32_t words[4] = {w0, w1, w2, 0};
    ck_assert_msg(isa_decode(g, g <= ISA_GFX950, words, sizeof(words), &inst) == 0, "%08x %08x %08x", w0, w1,
                  w2);
}

START_TEST(constants_have_the_bits_of_the_operands_type)
{
    decode(ISA_GFX940, 0xbe8000f2, 0, 0); /* s_mov_b32 s0, 1.0 */
    ck_assert_uint_eq(inst.src[0].value, 0x3f800000);
    decode(ISA_GFX940, 0xbe8001c1, 0, 0); /* s_mov_b64 s[0:1], -1 */
    ck_assert_uint_eq(inst.src[0].value, UINT64_MAX);
    decode(ISA_GFX940, 0xbe8001ff, 0x80000000, 0); /* s_mov_b64 with a literal: zeroes above */
    ck_assert_uint_eq(inst.src[0].value, 0x80000000);
    decode(ISA_GFX940, 0x903fff00 | 4, 0xffffffff, 0); /* s_ashr_i64: the count's literal is 32 bits */
    ck_assert_uint_eq(inst.src[1].value, 0xffffffff);
    uint32_t no_literal[4] = {0xd2800000, 255 | 256 << 9}; /* v_add_f64: VOP3 of gfx9 has no place for one */
    ck_assert_int_ne(isa_decode(ISA_GFX940, true, no_literal, 16, &inst), 0);
}
END_TEST

START_TEST(signs_of_a_third_source_are_none_of_two)
{
    uint32_t scales[] = {0xd3ac0000, 0x1802a942, 0}; /* v_mfma_ld_scale_b32 v66, v84 */
    ck_assert_int_eq(isa_decode(ISA_GFX950, true, scales, 12, &inst), 0);
    scales[0] |= 1 << 10; /* neg_hi */
    ck_assert_int_ne(isa_decode(ISA_GFX950, true, scales, 12, &inst), 0);
}
END_TEST

START_TEST(sixteen_bit_operands_take_half_floats_and_integers_take_single_ones)
{
    decode(ISA_GFX940, 0x3e0002f2, 0, 0); /* v_add_f16 v0, 1.0, v1 */
    ck_assert_uint_eq(inst.src[0].value, 0x3c00);
    decode(ISA_GFX940, 0x4c0002f2, 0, 0); /* v_add_u16 v0, 1.0, v1 */
    ck_assert_uint_eq(inst.src[0].value & 0xffff, 0);
    decode(ISA_GFX940, 0x4c0002c1, 0, 0); /* v_add_u16 v0, -1, v1 */
    ck_assert_uint_eq(inst.src[0].value, 0xffffffff);
    decode(ISA_GFX940, 0xd38f0000, 242 | 257 << 9 | 3u << 27, 0); /* v_pk_add_f16 v0, 1.0, v1 */
    ck_assert_uint_eq(inst.src[0].value, 0x3c00);
    decode(ISA_GFX940, 0xd3b20000, 242 | 256 << 9, 0); /* v_pk_add_f32 v[0:1], 1.0, v[0:1]: both halves */
    ck_assert_uint_eq(inst.src[0].value, 0x3f8000003f800000);
    decode(ISA_GFX11, 0xd7270000, 255 | 256 << 9, 0x40000000); /* v_add_f64 v[0:1], literal, v[0:1] */
    ck_assert_uint_eq(inst.src[0].value, 0x4000000000000000);
}
END_TEST

START_TEST(what_only_graphics_uses_is_named)
{
    static const struct { /* as llvm-mc 22 writes them */
        enum isa_generation generation;
        uint32_t word;
        const char *name;
    } known[] = {
        {ISA_GFX10_3, 0xf0001f08, "image (MIMG)"},
        {ISA_GFX11, 0xf0000f84, "image (MIMG)"},
        {ISA_GFX12, 0xd3c00001, "image (VIMAGE)"},
        {ISA_GFX12, 0xe7c6c001, "image sample (VSAMPLE)"},
        {ISA_GFX10_3, 0xf800000f, "export (EXP)"},
        {ISA_GFX12, 0xf800000f, "export (EXP)"},
        {ISA_GFX10_3, 0xc8000001, "interpolation (VINTRP)"},
        {ISA_GFX11, 0xcd000000, "interpolation (VINTERP)"},
        {ISA_GFX12, 0xce000001, "parameter load (LDSDIR)"},
        {ISA_GFX940, 0xf0001f08, "image (MIMG)"},
        {ISA_GFX950, 0xc400000f, "export (EXP)"},
        {ISA_GFX90A, 0xd4040002, "interpolation (VINTRP)"},
        {ISA_GFX10_3, 0xd75a0005, "interpolation (VINTRP)"},
        {ISA_GFX10_3, 0xd7400005, NULL},
        {ISA_GFX11, 0x7e000280, NULL},
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_pstr_eq(isa_graphics(known[i].generation, known[i].word), known[i].name);
}
END_TEST

START_TEST(waves_of_64_lanes_have_no_pairs_and_half_the_registers_of_a_sum)
{
    uint32_t dual[] = {0xc8d91244, 0x9330d1b8, 0}, sum[] = {0xcc404000, 0x1c360510, 0};
    ck_assert_int_eq(isa_decode(ISA_GFX12, false, dual, 12, &inst), 0);
    ck_assert_int_ne(isa_decode(ISA_GFX12, true, dual, 12, &inst), 0);
    ck_assert_int_eq(isa_decode(ISA_GFX11, true, sum, 12, &inst), 0);
    ck_assert(inst.dst.dwords == 4 && inst.src[0].dwords == 8 && inst.src[2].dwords == 4);
    ck_assert_int_eq(isa_decode(ISA_GFX12, true, sum, 12, &inst), 0);
    ck_assert(inst.dst.dwords == 4 && inst.src[0].dwords == 2 && inst.src[2].dwords == 4);
}
END_TEST

START_TEST(registers_are_normalised)
{
    decode(ISA_GFX940, 0xbefc0080, 0, 0); /* s_mov_b32 m0, 0 */
    ck_assert_int_eq(inst.dst.reg, ISA_M0);
    decode(ISA_GFX11, 0xbefd0080, 0, 0);
    ck_assert_int_eq(inst.dst.reg, ISA_M0);
    decode(ISA_GFX11, 0xbefc0080, 0, 0); /* s_mov_b32 null, 0 */
    ck_assert_int_eq(inst.dst.kind, ISA_NULL);
    decode(ISA_GFX940, 0x7d940300, 0, 0); /* v_cmp_eq_u32_e32 vcc, s0, v1 */
    ck_assert(inst.dst.reg == ISA_VCC && inst.dst.dwords == 2);
    decode(ISA_GFX11, 0x7c940300, 0, 0);
    ck_assert(inst.dst.reg == ISA_VCC && inst.dst.dwords == 1);
    decode(ISA_GFX11, 0x7d940300, 0, 0); /* v_cmpx_eq_u32_e32 s0, v1 */
    ck_assert_int_eq(inst.dst.reg, ISA_EXEC);
    decode(ISA_GFX940, 0x38040302, 0, 0); /* v_addc_co_u32_e32 v2, vcc, s2, v1, vcc */
    ck_assert(inst.sdst.reg == ISA_VCC && inst.src[2].reg == ISA_VCC && inst.n_src == 3);
}
END_TEST

START_TEST(short_and_long_forms_give_the_same_halves)
{
    decode(ISA_GFX11, 50u << 25 | 1 << 17 | 0 << 9 | (256 + 129), 0, 0); /* v_add_f16_e32 v1.l, v1.h, v0.l */
    ck_assert(inst.src[0].reg == 1 && inst.src[0].sel == 1 && inst.opsel == 1);
    decode(ISA_GFX11, 0xd5320801, 257 | 256 << 9, 0); /* the same in VOP3 */
    ck_assert(inst.src[0].reg == 1 && inst.src[0].sel == 1 && inst.opsel == 1);
}
END_TEST

/* ---- random words: tests/long/isa_words.c tries many more ---- */

enum { PER_FORMAT = 300, N_WORDS = PER_FORMAT * LLVM_FORMATS };

static char directory[] = P_tmpdir "/isa-decode-XXXXXX";
static uint32_t words[N_WORDS][LLVM_SLOT / 4];
static struct llvm_line lines[N_WORDS];

static void format_compare(unsigned format, unsigned t, unsigned start)
{
    char mine[LLVM_TEXT], first[3 * LLVM_TEXT] = "";
    const char *name = llvm_formats[format].name;
    unsigned differing = 0, valid = 0;
    for (unsigned i = start; i < start + PER_FORMAT; i++) {
        enum llvm_verdict verdict = llvm_compare(&llvm_targets[t], words[i], &lines[i], &inst, mine);
        valid += lines[i].text[0] != 0;
        if (verdict == LLVM_DIFFERS && differing++ == 0)
            snprintf(first, sizeof(first), "%08x %08x: LLVM \"%.400s\", here \"%.400s\"", words[i][0],
                     words[i][1], lines[i].text, mine);
    }
    bool none = strcmp(name, "VOPD") == 0 && llvm_targets[t].wave64;
    ck_assert_msg(valid > 3 || none, "%s %s: hardly any valid word", llvm_targets[t].cpu, name);
    ck_assert_msg(differing == 0, "%s %s: %u of %u differ, first %s", llvm_targets[t].cpu, name, differing,
                  (unsigned)PER_FORMAT, first);
}

START_TEST(random_words_get_llvms_verdict_mnemonic_and_length)
{
    unsigned t = (unsigned)_i, n = 0, column = llvm_target_column(&llvm_targets[t]);
    llvm_random_state = t + 1;
    for (unsigned f = 0; f < LLVM_FORMATS; f++)
        if (llvm_formats[f].base[column] != LLVM_NONE) {
            llvm_words_make(&llvm_formats[f], column, words + n, PER_FORMAT);
            n += PER_FORMAT;
        }
    ck_assert(llvm_read(directory, &llvm_targets[t], words, lines, n));
    n = 0;
    for (unsigned f = 0; f < LLVM_FORMATS; f++)
        if (llvm_formats[f].base[column] != LLVM_NONE) {
            format_compare(f, t, n);
            n += PER_FORMAT;
        }
}
END_TEST

/* ---- compiled code ---- */

static const char source[] =
    "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n"
    "#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n"
    "struct point { char c; short s; double d; float4 f; };\n"
    "kernel void math(global float *x, global double *d, global half *h, float a) {\n"
    "  size_t i = get_global_id(0);\n"
    "  x[i] = sin(x[i]) + pow(x[i], a) + native_exp(a) / x[i] + rsqrt(x[i]) + fma(a, x[i], 1.5f);\n"
    "  d[i] = sqrt(d[i]) * 3.0 + exp(d[i]) / d[i] + (double)i;\n"
    "  h[i] = h[i] * (half)2.0f + h[i + 1]; }\n"
    "kernel void integers(global int *x, global long *l, global short *s, global uchar *b, uint n) {\n"
    "  size_t i = get_global_id(0) + get_local_id(1) * get_group_id(2);\n"
    "  x[i] = x[i] / (x[i + 1] | 1) + x[i] % 7 + popcount(x[i]) + clz(x[i]) + mul_hi(x[i], x[i + 2]);\n"
    "  l[i] = l[i] * l[i + 1] + (l[i] >> (x[i] & 63)) + (l[i] > l[i + 2] ? l[i] : -l[i]) / (long)(n | 1);\n"
    "  s[i] = max(s[i], s[i + 1]) + (short)(s[i] << 3) + abs(s[i]);\n"
    "  b[i] = b[i] + b[i + 3] * 5; b[i + 1] = rotate(b[i], (uchar)3); }\n"
    "kernel void shared(global uint *x, local uint *t, global uint *sum) {\n"
    "  uint i = get_local_id(0); local ulong wide[64]; t[i] = x[i]; wide[i & 63] = x[i + 1];\n"
    "  barrier(CLK_LOCAL_MEM_FENCE); atomic_add(&t[0], t[i]); atomic_max(sum, t[i ^ 1]);\n"
    "  atomic_cmpxchg(sum + 1, i, (uint)wide[i & 31]); atomic_xchg(&t[2], i);\n"
    "  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); x[i] = t[i] + (uint)wide[(i + 1) & 63]; }\n"
    "kernel void private_arrays(global int *x, global struct point *p, struct point q, uint n) {\n"
    "  int stack[40]; char small[17]; for (uint k = 0; k < n; k++) { stack[k % 40] = x[k]; small[k % 17] = "
    "x[k]; }\n"
    "  int sum = 0; for (uint k = 0; k < n; k++) { if (x[k] > sum) sum += stack[(k * 7) % 40]; else sum ^= "
    "small[k % 17]; }\n"
    "  p[get_global_id(0)] = q; p[1].f.y = sum; x[get_global_id(0)] = sum; }\n"
    "kernel void vectors(global float4 *v, global short8 *s, global uchar16 *b, global double2 *d, global "
    "half8 *h) {\n"
    "  size_t i = get_global_id(0); v[i] = v[i] * v[i + 1] + (float4)(1.0f, 2.0f, 3.0f, i);\n"
    "  s[i] = s[i] * s[i + 1] - (short)3; b[i] = b[i] + b[i + 1]; d[i] = d[i] * d[i + 1]; h[i] = fma(h[i], "
    "h[i], h[i + 1]);\n"
    "  v[i].x = dot(v[i], v[i + 2]); }\n";

static void run(const char *format, const char *a, const char *b)
{
    char command[1024];
    snprintf(command, sizeof(command), format, a, b);
    ck_assert_msg(system(command) == 0, "%s", command);
}

static void compile(const struct llvm_target *target)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/kernels.cl", directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(source, file);
    fclose(file);
    run("cd %s && clang-22 -x cl -cl-std=CL2.0 -w -target amdgcn-amd-amdhsa -mcpu=%s -O2 -nogpulib -Xclang "
        "-mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc -c -o kernels.o kernels.cl",
        directory, target->cpu);
}

/* Branch targets are printed behind the instruction, in <>. */
static void label_remove(char *text)
{
    char *label = strstr(text, " <");
    if (label)
        *label = 0;
}

START_TEST(compiled_kernels_read_as_llvm_reads_them)
{
    const struct llvm_target *target = &llvm_targets[_i];
    char line[2048], mine[LLVM_TEXT], *text;
    unsigned long address;
    unsigned bytes, n = 0;
    uint32_t fetched[4] = {0};
    compile(target);
    char command[512];
    snprintf(command, sizeof(command), "llvm-objdump-22 -d %s/kernels.o", directory);
    FILE *from = popen(command, "r");
    while (fgets(line, sizeof(line), from))
        if (llvm_line_parse(line, &text, &address, &bytes, fetched)) {
            label_remove(text);
            ck_assert_msg(isa_decode(target->generation, target->wave64, fetched, bytes, &inst) == 0, "%s",
                          text);
            isa_text(&inst, address, mine, sizeof(mine));
            ck_assert_msg(strcmp(mine, text) == 0 && inst.bytes == bytes, "%08x: LLVM \"%s\", here \"%s\"",
                          fetched[0], text, mine);
            isa_bind(&inst);
            bool padding = strcmp(inst.row->name, "s_code_end") == 0;
            bool executed = target->generation == ISA_GFX940 || target->generation == ISA_GFX11;
            ck_assert_msg(inst.exec != NULL || padding || !executed, "%s: %s is not implemented", target->cpu,
                          text);
            n++;
        }
    ck_assert_int_eq(pclose(from), 0);
    ck_assert_uint_gt(n, 1000);
}
END_TEST

static bool has_compiler(void)
{
    return system("command -v clang-22 >/dev/null 2>&1 && test -r /usr/lib/clc/amdgcn-amd-amdhsa.bc") == 0;
}

static void comparisons_add(TCase *t)
{
    if (!llvm_there()) {
        printf("skipped: llvm-objdump-22 is not installed; nothing was compared with LLVM\n");
        return;
    }
    if (!mkdtemp(directory)) {
        perror(directory);
        exit(EXIT_FAILURE);
    }
    tcase_add_loop_test(t, random_words_get_llvms_verdict_mnemonic_and_length, 0, LLVM_ALL);
    if (has_compiler())
        tcase_add_loop_test(t, compiled_kernels_read_as_llvm_reads_them, 0, LLVM_TARGETS);
    else
        printf("skipped: clang-22 or libclc-22 is not installed; no compiled code was compared\n");
}

static void directory_remove(void)
{
    static const char *const names[] = {"words.o", "kernels.cl", "kernels.o"};
    char path[256];
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

/* What random words seldom hit, from LLVM's own tests (long/mc.sh). */
START_TEST(single_words_print_as_llvm_prints_them)
{
    static const struct {
        enum isa_generation generation;
        uint32_t words[3];
        const char *text;
    } cases[] = {
        {ISA_GFX10_3, {0xdc304000, 0x017f0000}, "scratch_load_dword v1, off, off"},
        {ISA_GFX10_3, {0xdc304000, 0x017d0000}, "scratch_load_dword v1, v0, off"},
        {ISA_GFX90A, {0xdc504000, 0x017f0000}, "scratch_load_dword v1, v0, off"},
        {ISA_GFX11_5, {0xbf5102ff, 0x00003800}, "s_cmp_lt_f16 0x3800, s2"},
        {ISA_GFX12, {0xbf950000}, "s_barrier_leave"},
        {ISA_GFX11, {0x00000000}, "v_illegal"},
        {ISA_GFX90A, {0xd1330005, 0x0001e101}, "v_ldexp_f16_e64 v5, v1, 0.5"},
        {ISA_GFX940, {0xd014000a, 0x0001ef01}, "v_cmp_class_f16_e64 s[10:11], v1, -4.0"},
        {ISA_GFX11, {0xd4fd007e, 0x0001e101}, "v_cmpx_class_f16_e64 v1.l, 0.5"},
        {ISA_GFX12, {0xd47d0204, 0x20028561}, "v_cmp_class_f16_e64 s4, -v97, |v66|"},
        {ISA_GFX11, {0xd6670605, 0xc1fcfac1}, "v_dot2_bf16_bf16 v5.l, -1, -|m0|, -|exec_hi|"},
        {ISA_GFX12, {0xd6672cfc, 0x000c0087}, "v_dot2_bf16_bf16 v252, 7, s0, |s3| op_sel:[0,0,1,0]"},
        {ISA_GFX950,
         {0x2c7c14fa, 0x59c06f1b},
         "v_dot2c_f32_bf16_dpp v62, v27, -|v10| quad_perm:[3,3,2,1] row_mask:0x5 bank_mask:0x9"},
        {ISA_GFX940,
         {0x7e04acf9, 0x00856603},
         "v_cvt_pk_f32_fp8_sdwa v[2:3], s3 clamp mul:2 src0_sel:WORD_1"},
        {ISA_GFX950, {0xd1260005, 0x000204ff, 0xbf800000}, "v_add_u16_e64 v5, lit(0xbf800000), v2"},
        {ISA_GFX12, {0xbf56ff02, 0x0000000b}, "s_cmp_ge_f16 s2, lit(0xb)"},
        {ISA_GFX12, {0xbeee6dff, 0x9f1df1dc}, "s_trunc_f16 ttmp2, 0x9f1df1dc"},
        {ISA_GFX12, {0xb080a009}, "s_version (UC_VERSION_GFX12|UC_VERSION_W64_BIT)|UC_VERSION_MDP_BIT"},
        {ISA_GFX10_3, {0xb0804014}, "s_version 20|UC_VERSION_W32_BIT"},
        {ISA_GFX11, {0xb0800104}, "s_version 0x104"},
        {ISA_GFX12,
         {0xcc504806, 0x1c2a0500},
         "v_swmmac_f32_16x16x32_f16 v[6:13], v[0:3], v[2:9], v10 index_key:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct isa_inst pair, inst = {.pair_storage = &pair};
        char text[256];
        bool wave64 = cases[i].generation < ISA_GFX10_3;
        ck_assert_int_eq(isa_decode(cases[i].generation, wave64, cases[i].words, 12, &inst), 0);
        isa_text(&inst, 0, text, sizeof text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_decode");
    TCase *t = tcase_create("decode");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, no_two_rows_share_an_opcode_of_a_format_in_a_generation);
    tcase_add_test(t, every_operand_string_is_understood);
    tcase_add_test(t, constants_have_the_bits_of_the_operands_type);
    tcase_add_test(t, signs_of_a_third_source_are_none_of_two);
    tcase_add_test(t, sixteen_bit_operands_take_half_floats_and_integers_take_single_ones);
    tcase_add_test(t, registers_are_normalised);
    tcase_add_test(t, waves_of_64_lanes_have_no_pairs_and_half_the_registers_of_a_sum);
    tcase_add_test(t, what_only_graphics_uses_is_named);
    tcase_add_test(t, short_and_long_forms_give_the_same_halves);
    tcase_add_test(t, single_words_print_as_llvm_prints_them);
    comparisons_add(t);
    suite_add_tcase(suite, t);
    int status = run_suite(suite);
    if (!strstr(directory, "XXXXXX"))
        directory_remove();
    return status;
}
