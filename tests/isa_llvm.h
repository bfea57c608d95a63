/*
 * isa_llvm.h - words and compiled code through llvm-objdump and through the decoder, held against each other.
 *
 * Many words go through one llvm-objdump: each has a slot of 32 bytes in a bare object file that is written
 * here, filled up with s_nop, so that LLVM is in step again at the next slot.
 */
#ifndef KFDFS_TEST_ISA_LLVM_H
#define KFDFS_TEST_ISA_LLVM_H

#include <ctype.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isa/isa_table.h>

struct llvm_target {
    enum isa_generation generation;
    const char *cpu;
    bool wave64;
    unsigned mach; /* EF_AMDGPU_MACH, LLVM's BinaryFormat/ELF.h */
    const char *features;
};
/* The targets with the wave size that is usual there, and then those that also have 64. */
static const struct llvm_target llvm_targets[] = {
    {ISA_GFX90A, "gfx90a", true, 0x3f, ""},
    {ISA_GFX940, "gfx942", true, 0x4c, ""},
    {ISA_GFX950, "gfx950", true, 0x4f, ""},
    {ISA_GFX10_3, "gfx1030", false, 0x36, ""},
    {ISA_GFX11, "gfx1100", false, 0x41, ""},
    {ISA_GFX11_5, "gfx1151", false, 0x4a, ""},
    {ISA_GFX12, "gfx1201", false, 0x4e, ""},
    {ISA_GFX10_3, "gfx1030", true, 0x36, "+wavefrontsize64"},
    {ISA_GFX11, "gfx1100", true, 0x41, "+wavefrontsize64"},
    {ISA_GFX11_5, "gfx1151", true, 0x4a, "+wavefrontsize64"},
    {ISA_GFX12, "gfx1201", true, 0x4e, "+wavefrontsize64"},
};
enum { LLVM_TARGETS = 7, LLVM_ALL = 11, LLVM_SLOT = 32, LLVM_TEXT = 512 };

/* Its column in tables that have one for each generation. */
static inline unsigned llvm_target_column(const struct llvm_target *target)
{
    return target->generation;
}

static inline bool llvm_there(void)
{
    return system("command -v llvm-objdump-22 >/dev/null 2>&1") == 0;
}

/* ---- formats ---- */

struct llvm_format {
    const char *name;
    uint32_t base[LLVM_TARGETS]; /* 0xffffffff: none */
    uint8_t free_bits;
};
#define LLVM_NONE 0xffffffffu
#define LLVM_SAME(b)        \
    {                       \
        b, b, b, b, b, b, b \
    }
#define LLVM_GFX9_ELSE(a, b) \
    {                        \
        a, a, a, b, b, b, b  \
    }
static const struct llvm_format llvm_formats[] = {
    {"SOP2", LLVM_SAME(0x80000000), 30},
    {"SOPK", LLVM_SAME(0xb0000000), 28},
    {"SOP1", LLVM_SAME(0xbe800000), 23},
    {"SOPC", LLVM_SAME(0xbf000000), 23},
    {"SOPP", LLVM_SAME(0xbf800000), 23},
    {"SMEM", LLVM_GFX9_ELSE(0xc0000000, 0xf4000000), 26},
    {"VOP1", LLVM_SAME(0x7e000000), 25},
    {"VOP2", LLVM_SAME(0x00000000), 31},
    {"VOPC", LLVM_SAME(0x7c000000), 25},
    {"VOP3", LLVM_GFX9_ELSE(0xd0000000, 0xd4000000), 26},
    {"VOP3P", LLVM_GFX9_ELSE(0xd3800000, 0xcc000000), 23},
    {"VOPD", {LLVM_NONE, LLVM_NONE, LLVM_NONE, LLVM_NONE, 0xc8000000, 0xc8000000, 0xc8000000}, 26},
    {"DS", LLVM_SAME(0xd8000000), 26},
    {"FLAT", {0xdc000000, 0xdc000000, 0xdc000000, 0xdc000000, 0xdc000000, 0xdc000000, 0xec000000}, 26},
    {"MUBUF", {0xe0000000, 0xe0000000, 0xe0000000, 0xe0000000, 0xe0000000, 0xe0000000, 0xc4000000}, 26},
    {"MTBUF", {0xe8000000, 0xe8000000, 0xe8000000, 0xe8000000, 0xe8000000, 0xe8000000, 0xc4200000}, 26},
    {"any", LLVM_SAME(0), 32},
};
enum { LLVM_FORMATS = sizeof(llvm_formats) / sizeof(llvm_formats[0]) };

static uint64_t llvm_random_state;
static inline uint32_t llvm_random(void)
{
    llvm_random_state = llvm_random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(llvm_random_state >> 32);
}

/* Often sparse, so that fields an instruction does not use are 0 often enough. */
static inline uint32_t llvm_sparse(void)
{
    static const uint32_t fields[] = {0xff,       0xff00,     0x7f0000,   0xff0000,   0xff800000,
                                      0xff000000, 0x0003fe00, 0x07fc0000, 0x18000000, 0xe0000000};
    uint32_t w = llvm_random();
    if (llvm_random() % 3 == 0)
        return w;
    for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (llvm_random() % 5 < 2)
            w &= ~fields[i];
    return w;
}

/* A word behind SDWA's code without the selector 7 and what it does with other bits as 3: LLVM 22 crashes
 * when it prints them. In compares bits 15:8 are another register. */
static inline uint32_t llvm_sdwa(uint32_t w, bool compares)
{
    static const unsigned selectors[] = {16, 24, 8};
    for (unsigned i = 0; i < (compares ? 2u : 3u); i++)
        if ((w >> selectors[i] & 7) == 7)
            w ^= 1u << selectors[i];
    return !compares && (w >> 11 & 3) == 3 ? w ^ 1u << 11 : w;
}

static inline void llvm_words_make(const struct llvm_format *format, unsigned t,
                                   uint32_t (*words)[LLVM_SLOT / 4], unsigned n)
{
    static const uint32_t codes[] = {249, 250, 233, 234, 255, 256 + 5, 256 + 200};
    uint32_t base = format->base[t], mask = (uint32_t)((UINT64_C(1) << format->free_bits) - 1);
    bool vector = strncmp(format->name, "VOP", 3) == 0 && strncmp(format->name, "VOP3", 4) != 0 &&
                  strcmp(format->name, "VOPD") != 0;
    for (unsigned i = 0; i < n; i++) {
        uint32_t w = llvm_random() & mask;
        if (llvm_random() % 3 == 0)
            w &= ~(llvm_random() & 0xffff);
        if (vector && llvm_random() % 2)
            w = (w & ~0x1ffu) | codes[llvm_random() % (sizeof(codes) / sizeof(codes[0]))];
        words[i][0] = base | w;
        words[i][1] = llvm_sparse();
        if (vector && (words[i][0] & 0x1ff) == 249)
            words[i][1] = llvm_sdwa(words[i][1], words[i][0] >> 25 == 62);
        if (words[i][1] >> 24 == 0xff && words[i][0] >> 28 == 0xe)
            words[i][1] -= 1u << 24;              /* a literal as SOFFSET crashes LLVM 22 */
        words[i][2] = llvm_sparse() & 0x7fffffff; /* no buffer instruction, for the same reason */
        words[i][3] = llvm_random() & 0x7fffffff;
        for (unsigned k = 4; k < LLVM_SLOT / 4; k++)
            words[i][k] = 0xbf800000; /* s_nop */
    }
}

/* ---- llvm-objdump ---- */

struct llvm_line {
    char text[LLVM_TEXT]; /* "": no instruction; "?": LLVM crashed over it */
    unsigned bytes;
};

/* An AMDGPU object file whose only code is these bytes. */
static inline bool llvm_object_write(const char *path, const struct llvm_target *target, const void *code,
                                     size_t size)
{
    static const char names[] = "\0.text\0.shstrtab";
    Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT, 64, 4},
                         .e_type = ET_REL,
                         .e_machine = EM_AMDGPU,
                         .e_version = EV_CURRENT,
                         .e_flags = target->mach,
                         .e_ehsize = sizeof(header),
                         .e_shoff = sizeof(header),
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = 3,
                         .e_shstrndx = 2};
    Elf64_Shdr sections[3] = {
        {0},
        {.sh_name = 1,
         .sh_type = SHT_PROGBITS,
         .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
         .sh_offset = 512,
         .sh_size = size,
         .sh_addralign = 256},
        {.sh_name = 7, .sh_type = SHT_STRTAB, .sh_offset = 256 + 128, .sh_size = sizeof(names)}};
    char head[512] = {0};
    memcpy(head, &header, sizeof(header));
    memcpy(head + sizeof(header), sections, sizeof(sections));
    memcpy(head + 256 + 128, names, sizeof(names));
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(head, sizeof(head), 1, file) == 1 && fwrite(code, size, 1, file) == 1;
    return file && fclose(file) == 0 && written;
}

/* "  text   // 000000000010: BF800000 ..." -> text, address, bytes. */
static inline bool llvm_line_parse(char *line, char **text, unsigned long *address, unsigned *bytes,
                                   uint32_t words[4])
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

/* reached: the last slot of which anything was printed. */
static inline bool llvm_lines_read(FILE *from, struct llvm_line *lines, unsigned n, unsigned *reached)
{
    char line[2048], *text;
    unsigned long address;
    unsigned bytes;
    uint32_t ignored[4];
    while (fgets(line, sizeof(line), from))
        if (llvm_line_parse(line, &text, &address, &bytes, ignored) && address / LLVM_SLOT < n) {
            *reached = (unsigned)(address / LLVM_SLOT);
            if (address % LLVM_SLOT != 0 || strncmp(text, ".long", 5) == 0)
                continue;
            snprintf(lines[*reached].text, LLVM_TEXT, "%.500s", text);
            lines[*reached].bytes = bytes;
        }
    return pclose(from) == 0;
}

/* LLVM 22's objdump crashes on a few words: on the one after the last that it printed, if it has printed any;
 * else halving finds them. They have no verdict ("?"). */
static inline bool llvm_read(const char *directory, const struct llvm_target *target,
                             uint32_t (*words)[LLVM_SLOT / 4], struct llvm_line *lines, unsigned n)
{
    char path[256], command[512];
    unsigned reached = 0;
    snprintf(path, sizeof(path), "%s/words.o", directory);
    snprintf(command, sizeof(command),
             "LLVM_DISABLE_SYMBOLIZATION=1 LLVM_DISABLE_CRASH_REPORT=1 "
             "llvm-objdump-22 -d --triple=amdgcn-amd-amdhsa --mcpu=%s --mattr=%s %s 2>/dev/null",
             target->cpu, target->features, path);
    memset(lines, 0, n * sizeof(*lines));
    if (!llvm_object_write(path, target, words, (size_t)n * LLVM_SLOT))
        return false;
    FILE *from = popen(command, "r");
    if (!from)
        return false;
    if (llvm_lines_read(from, lines, n, &reached))
        return true;
    if (n == 1) {
        strcpy(lines[0].text, "?");
        return true;
    }
    /* what is before the slot that was reached is known; that and the next are suspected */
    unsigned first = reached ? 1 : n / 2;
    words += reached, lines += reached, n -= reached;
    if (!llvm_read(directory, target, words, lines, first))
        return false;
    words += first, lines += first, n -= first;
    if (reached && n > 0) {
        if (!llvm_read(directory, target, words, lines, 1))
            return false;
        words++, lines++, n--;
    }
    return n == 0 || llvm_read(directory, target, words, lines, n);
}

/* ---- the comparison ---- */

/* Takes LLVM's remarks out of a line; true if it had any that say the instruction is none. */
static inline bool llvm_remarks_remove(char *text)
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

/* LLVM goes on counting registers past the last one. */
static inline bool llvm_past_registers(const char *text)
{
    for (const char *at = text; (at = strstr(at, "v[")); at += 2) {
        const char *colon = strchr(at, ':');
        if (colon && strtoul(colon + 1, NULL, 10) > 255)
            return true;
    }
    return false;
}

/* LLVM 22 takes the eight lanes of DPP8 for a source field: 255 in their lowest bits makes it read a literal.
 */
static inline bool llvm_takes_lanes_for_literal(const struct isa_inst *inst)
{
    return inst->dpp8 && inst->dpp8_select == 255;
}

static inline bool llvm_is_graphics(const struct llvm_target *target, const uint32_t *words, bool valid)
{
    return !valid && isa_graphics(target->generation, words[0]);
}

enum llvm_verdict { LLVM_SAYS_NOTHING, LLVM_AGREES, LLVM_DIFFERS };

/* Same verdict, mnemonic and length? LLVM names registers past v255 and calls some operands invalid: no
 * verdict. What only graphics uses is not decoded here, but named. mine: LLVM_TEXT bytes. */
static inline enum llvm_verdict llvm_compare(const struct llvm_target *target, const uint32_t *words,
                                             struct llvm_line *llvm, struct isa_inst *inst, char *mine)
{
    bool valid = isa_decode(target->generation, target->wave64, words, 16, inst) == 0;
    strcpy(mine, "-");
    if (valid)
        isa_text(inst, 0, mine, LLVM_TEXT);
    llvm_remarks_remove(mine);
    if (llvm_remarks_remove(llvm->text) || llvm_past_registers(llvm->text) || llvm->text[0] == '?' ||
        (valid && llvm_takes_lanes_for_literal(inst)) || llvm_is_graphics(target, words, valid))
        return LLVM_SAYS_NOTHING;
    if (!llvm->text[0] || !valid)
        return !llvm->text[0] == !valid ? LLVM_AGREES : LLVM_DIFFERS;
    size_t n = strcspn(llvm->text, " ");
    bool same = inst->bytes == llvm->bytes && n == strcspn(mine, " ") && memcmp(llvm->text, mine, n) == 0;
    return same ? LLVM_AGREES : LLVM_DIFFERS;
}

#endif
