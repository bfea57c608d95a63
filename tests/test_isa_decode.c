/*
 * test_isa_decode.c - the instruction table and the decoder, held against LLVM's disassembler.
 *
 * Random words of every format and the code that clang makes of the kernels below go through llvm-objdump and
 * through isa_decode and isa_text: same verdict, same mnemonic, same length, and for compiled code the same
 * text. Skipped, with a reason on stdout, where LLVM 22 is not installed. Constants are also compared with
 * values from AMD's ISA manuals, since text does not show them.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isa/isa_table.h>
#include "wave.h"

struct target {
    enum isa_generation generation;
    const char *cpu;
    bool wave64;
};
static const struct target targets[] = {{ISA_GFX940, "gfx942", true}, {ISA_GFX11, "gfx1100", false}};

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
                ck_assert_msg(!collide(&isa_rows[i], &isa_rows[j], g), "%s and %s in generation %u",
                              isa_rows[i].name, isa_rows[j].name, g);
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

/* ---- LLVM's disassembler ---- */

enum { SLOT = 32, TEXT = 512 };

static char directory[] = P_tmpdir "/isa-decode-XXXXXX";

static bool has_llvm(void)
{
    return system("command -v llvm-mc-22 llvm-objdump-22 >/dev/null 2>&1") == 0;
}

static void run(const char *format, const char *a, const char *b, const char *c)
{
    char command[1024];
    snprintf(command, sizeof(command), format, a, b, c);
    ck_assert_msg(system(command) == 0, "%s", command);
}

/* "  text   // 000000000010: BF800000 ..." -> text, address, bytes. */
static bool line_parse(char *line, char **text, unsigned long *address, unsigned *bytes, uint32_t words[4])
{
    char *comment = strstr(line, "// 0000"), *end;
    if (!comment || !isspace((unsigned char)line[0]))
        return false;
    *address = strtoul(comment + 3, &end, 16);
    *bytes = 0;
    for (char *at = end + 1; *bytes < 16; *bytes += 4) {
        words[*bytes / 4] = (uint32_t)strtoul(at, &end, 16);
        if (end == at)
            break;
        at = end;
    }
    while (comment > line && isspace((unsigned char)comment[-1]))
        comment--;
    *comment = 0;
    *text = line + strspn(line, " \t");
    return *bytes > 0;
}

/* Takes LLVM's remarks out of a line; true if it had any that say the instruction is none. */
static bool remarks_remove(char *text)
{
    bool invalid = strstr(text, "/*Invalid") != NULL;
    for (char *from; (from = strstr(text, "/*"));) {
        char *to = strstr(from, "*/");
        if (!to)
            break;
        memmove(from, to + 2, strlen(to + 2) + 1);
    }
    return invalid;
}

/* ---- random words ---- */

static uint64_t random_state;
static uint32_t random_word(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static const struct {
    const char *name;
    uint32_t base[2]; /* gfx942, gfx1100; 0xffffffff: none */
    unsigned free_bits[2];
    unsigned differing; /* per 10000 words: what may differ, since LLVM checks registers and modifiers further
                           than this decoder (0: nothing) */
} formats[] = {
    /* clang-format off */
    {"SOP2",  {0x80000000, 0x80000000}, {30, 30}, 0},
    {"SOPK",  {0xb0000000, 0xb0000000}, {28, 28}, 7},
    {"SOP1",  {0xbe800000, 0xbe800000}, {23, 23}, 0},
    {"SOPC",  {0xbf000000, 0xbf000000}, {23, 23}, 0},
    {"SOPP",  {0xbf800000, 0xbf800000}, {23, 23}, 0},
    {"SMEM",  {0xc0000000, 0xf4000000}, {26, 26}, 20},
    {"VOP1",  {0x7e000000, 0x7e000000}, {25, 25}, 15},
    {"VOP2",  {0x00000000, 0x00000000}, {31, 31}, 30},
    {"VOPC",  {0x7c000000, 0x7c000000}, {25, 25}, 15},
    {"VOP3",  {0xd0000000, 0xd4000000}, {26, 26}, 80},
    {"VOP3P", {0xd3800000, 0xcc000000}, {23, 23}, 500},
    {"VOPD",  {0xffffffff, 0xc8000000}, {0, 26}, 0},
    {"DS",    {0xd8000000, 0xd8000000}, {26, 26}, 15},
    {"FLAT",  {0xdc000000, 0xdc000000}, {26, 26}, 30},
    {"MUBUF", {0xe0000000, 0xe0000000}, {26, 26}, 80},
    /* clang-format on */
};
enum { N_FORMATS = sizeof(formats) / sizeof(formats[0]), N_WORDS = 1500 };

static uint32_t words[N_WORDS][SLOT / 4];

/* The second word is often sparse, so that fields an instruction does not use are 0 often enough. */
static uint32_t sparse_word(void)
{
    static const uint32_t fields[] = {0xff,       0xff00,     0x7f0000,   0xff0000,   0xff800000,
                                      0xff000000, 0x0003fe00, 0x07fc0000, 0x18000000, 0xe0000000};
    uint32_t w = random_word();
    if (random_word() % 3 == 0)
        return w;
    for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (random_word() % 5 < 2)
            w &= ~fields[i];
    return w;
}

static void words_make(unsigned format, unsigned target)
{
    static const uint32_t codes[] = {249, 250, 233, 234, 255, 256 + 5, 256 + 200};
    uint32_t mask = (1u << formats[format].free_bits[target]) - 1;
    for (unsigned i = 0; i < N_WORDS; i++) {
        uint32_t w = random_word() & mask;
        if (random_word() % 3 == 0)
            w &= ~(random_word() & 0xffff);
        if (strncmp(formats[format].name, "VOP", 3) == 0 && formats[format].free_bits[target] != 26 &&
            random_word() % 2)
            w = (w & ~0x1ffu) | codes[random_word() % (sizeof(codes) / sizeof(codes[0]))];
        words[i][0] = formats[format].base[target] | w;
        words[i][1] = sparse_word();
        if (words[i][1] >> 24 == 0xff && formats[format].base[target] >> 28 == 0xe)
            words[i][1] -= 1u << 24;              /* a literal as SOFFSET crashes LLVM 22 */
        words[i][2] = sparse_word() & 0x7fffffff; /* no buffer instruction, for the same reason */
        words[i][3] = random_word() & 0x7fffffff;
        for (unsigned n = 4; n < SLOT / 4; n++)
            words[i][n] = 0xbf800000; /* s_nop: LLVM is in step again at the next slot */
    }
}

static char llvm_text[N_WORDS][TEXT];
static unsigned llvm_bytes[N_WORDS];

static FILE *words_disassemble(const struct target *target, unsigned first, unsigned n)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/words.bin", directory);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(words[first], SLOT, n, file), n);
    fclose(file);
    run("cd %s && echo '.incbin \"words.bin\"' > words.s && llvm-mc-22 -triple=amdgcn-amd-amdhsa -mcpu=%s "
        "-filetype=obj -o words.o words.s%s",
        directory, target->cpu, "");
    char command[512];
    snprintf(command, sizeof(command),
             "llvm-objdump-22 -d --triple=amdgcn-amd-amdhsa --mcpu=%s %s/words.o 2>&1", target->cpu,
             directory);
    return popen(command, "r");
}

static bool lines_read(FILE *from, unsigned first, unsigned n)
{
    char line[2048], *text;
    unsigned long address;
    unsigned bytes;
    uint32_t ignored[4];
    while (fgets(line, sizeof(line), from))
        if (line_parse(line, &text, &address, &bytes, ignored) && address % SLOT == 0 && address / SLOT < n &&
            strncmp(text, ".long", 5) != 0) {
            snprintf(llvm_text[first + address / SLOT], TEXT, "%.500s", text);
            llvm_bytes[first + address / SLOT] = bytes;
        }
    return pclose(from) == 0;
}

/* LLVM 22's objdump crashes on a few words; they are found by halving and have no verdict ("?"). */
static void llvm_read(const struct target *target, unsigned first, unsigned n)
{
    memset(llvm_text[first], 0, n * sizeof(llvm_text[0]));
    if (lines_read(words_disassemble(target, first, n), first, n))
        return;
    if (n == 1) {
        strcpy(llvm_text[first], "?");
        return;
    }
    llvm_read(target, first, n / 2);
    llvm_read(target, first + n / 2, n - n / 2);
}

static size_t mnemonic_length(const char *text)
{
    return strcspn(text, " ");
}

/* Same verdict, mnemonic and length? LLVM names registers past v255 and calls some operands invalid: no
 * verdict. */
static bool agrees(const struct target *target, unsigned i, char *mine)
{
    bool valid = isa_decode(target->generation, target->wave64, words[i], 16, &inst) == 0;
    char *llvm = llvm_text[i];
    if (valid)
        isa_text(&inst, 0, mine, TEXT);
    else
        strcpy(mine, "-");
    if (remarks_remove(llvm) || strstr(llvm, "v[255:") || llvm[0] == '?')
        return true;
    if (!llvm[0] || !valid)
        return !llvm[0] && !valid;
    size_t n = mnemonic_length(llvm);
    return inst.bytes == llvm_bytes[i] && n == mnemonic_length(mine) && memcmp(llvm, mine, n) == 0;
}

static void format_compare(unsigned format, unsigned t)
{
    char mine[TEXT], first[3 * TEXT] = "";
    unsigned differing = 0, valid = 0;
    random_state = format * 7 + t + 1;
    words_make(format, t);
    llvm_read(&targets[t], 0, N_WORDS);
    for (unsigned i = 0; i < N_WORDS; i++) {
        valid += llvm_text[i][0] != 0;
        if (agrees(&targets[t], i, mine))
            continue;
        if (differing++ == 0)
            snprintf(first, sizeof(first), "%08x %08x: LLVM \"%.400s\", here \"%.400s\"", words[i][0],
                     words[i][1], llvm_text[i], mine);
    }
    ck_assert_msg(valid > 10, "%s %s: hardly any valid word", targets[t].cpu, formats[format].name);
    ck_assert_msg(differing * 10000 <= formats[format].differing * N_WORDS,
                  "%s %s: %u of %u differ, first %s", targets[t].cpu, formats[format].name, differing,
                  (unsigned)N_WORDS, first);
}

START_TEST(random_words_get_llvms_verdict_mnemonic_and_length)
{
    for (unsigned t = 0; t < 2; t++)
        if (formats[_i].base[t] != 0xffffffff)
            format_compare((unsigned)_i, t);
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

static void compile(const struct target *target, const char *optimisation)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/kernels.cl", directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(source, file);
    fclose(file);
    run("cd %s && clang-22 -x cl -cl-std=CL2.0 -w -target amdgcn-amd-amdhsa -mcpu=%s -O%s -nogpulib -Xclang "
        "-mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc -c -o kernels.o kernels.cl",
        directory, target->cpu, optimisation);
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
    const struct target *target = &targets[_i / 2];
    char line[2048], mine[TEXT], *text;
    unsigned long address;
    unsigned bytes, n = 0;
    uint32_t fetched[4] = {0};
    compile(target, _i % 2 ? "3" : "0");
    char command[512];
    snprintf(command, sizeof(command), "llvm-objdump-22 -d %s/kernels.o", directory);
    FILE *from = popen(command, "r");
    while (fgets(line, sizeof(line), from))
        if (line_parse(line, &text, &address, &bytes, fetched)) {
            label_remove(text);
            ck_assert_msg(isa_decode(target->generation, target->wave64, fetched, bytes, &inst) == 0, "%s",
                          text);
            isa_text(&inst, address, mine, sizeof(mine));
            ck_assert_msg(strcmp(mine, text) == 0 && inst.bytes == bytes, "%08x: LLVM \"%s\", here \"%s\"",
                          fetched[0], text, mine);
            isa_bind(&inst);
            bool padding = strcmp(inst.row->name, "s_code_end") == 0;
            ck_assert_msg(inst.exec != NULL || padding, "%s: %s is not implemented", target->cpu, text);
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
    if (!has_llvm()) {
        printf("skipped: llvm-mc-22 and llvm-objdump-22 are not installed; nothing was compared with LLVM\n");
        return;
    }
    if (!mkdtemp(directory)) {
        perror(directory);
        exit(EXIT_FAILURE);
    }
    tcase_add_loop_test(t, random_words_get_llvms_verdict_mnemonic_and_length, 0, N_FORMATS);
    if (has_compiler())
        tcase_add_loop_test(t, compiled_kernels_read_as_llvm_reads_them, 0, 4);
    else
        printf("skipped: clang-22 or libclc-22 is not installed; no compiled code was compared\n");
}

static void directory_remove(void)
{
    static const char *const names[] = {"words.bin", "words.s", "words.o", "kernels.cl", "kernels.o"};
    char path[256];
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int main(void)
{
    Suite *suite = suite_create("isa_decode");
    TCase *t = tcase_create("decode");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, no_two_rows_share_an_opcode_of_a_format_in_a_generation);
    tcase_add_test(t, every_operand_string_is_understood);
    tcase_add_test(t, constants_have_the_bits_of_the_operands_type);
    tcase_add_test(t, sixteen_bit_operands_take_half_floats_and_integers_take_single_ones);
    tcase_add_test(t, registers_are_normalised);
    tcase_add_test(t, short_and_long_forms_give_the_same_halves);
    comparisons_add(t);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (!strstr(directory, "XXXXXX"))
        directory_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
