/*
 * isa_coverage.c - which instruction runs on which generation and which tests
 * know it: docs/isa-coverage.md.
 *
 * usage: isa_coverage test_isa_*.c > docs/isa-coverage.md. The table of
 * instructions and the binding of functions say what runs; a test knows an
 * instruction if its source has the name, which is how the tests' tables call
 * it. Instructions of one format with the same columns share a line.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isa/isa_table.h>

#include "sim/cu/wave.h"

enum { SOURCES_MAX = 26 };

static const char *const formats[ISA_FORMATS] = {
    "SOP2", "SOP1",   "SOPK", "SOPC",  "SOPP",  "SMEM", "VOP1", "VOP2",   "VOPC",    "VOP3", "VOP3P",
    "VOPD", "VINTRP", "DS",   "MUBUF", "MTBUF", "MIMG", "FLAT", "GLOBAL", "SCRATCH", "EXP",  "LDSDIR"};

static struct {
    const char *name; /* what stands between test_isa_ and .c */
    char *text;
} sources[SOURCES_MAX];
static unsigned n_sources;

struct line {
    char runs[ISA_GENERATIONS + 1];
    unsigned known; /* bit n: sources[n] */
    bool general;   /* by the tests that go over all vector functions */
};

static void source_read(char *path)
{
    FILE *file = fopen(path, "r");
    char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t size = 0, got = 0, room;
    if (!file || n_sources == SOURCES_MAX || strncmp(name, "test_isa_", 9) != 0 || !strstr(name, ".c")) {
        fprintf(stderr, "%s: not a test of instructions\n", path);
        exit(EXIT_FAILURE);
    }
    char *text = NULL;
    do {
        text = realloc(text, size + 65536 + 1);
        if (!text)
            exit(EXIT_FAILURE);
        room = 65536;
        got = fread(text + size, 1, room, file);
        size += got;
    } while (got == room);
    text[size] = 0;
    fclose(file);
    *strstr(name, ".c") = 0;
    sources[n_sources].name = name + strlen("test_isa_");
    sources[n_sources++].text = text;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool knows(const char *text, const char *name)
{
    static const char *const suffixes[] = {"_e32", "_e64", "_sdwa", "_dpp", "_e64_dpp"};
    size_t length = strlen(name);
    for (const char *at = text; (at = strstr(at, name)); at++) {
        const char *end = at + length;
        for (unsigned i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
            if (strncmp(end, suffixes[i], strlen(suffixes[i])) == 0 && !is_word(end[strlen(suffixes[i])]))
                end += strlen(suffixes[i]);
        if ((at == text || !is_word(at[-1])) && !is_word(*end))
            return true;
    }
    return false;
}

static struct line line_of(const struct isa_row *row)
{
    struct line line = {0};
    for (unsigned g = 0; g < ISA_GENERATIONS; g++) {
        struct isa_inst inst = {.row = row, .generation = (uint8_t)g, .format = row->format};
        if (row->opcode[g] >= 0)
            isa_bind(&inst);
        line.runs[g] = row->opcode[g] < 0 ? '.' : inst.exec ? 'R' : '-';
    }
    for (unsigned i = 0; i < n_sources; i++)
        line.known |= (unsigned)knows(sources[i].text, row->name) << i;
    for (const struct isa_binding *b = isa_exec_vector; b->name; b++)
        line.general |= strcmp(b->name, row->name) == 0;
    return line;
}

static bool same(const struct line *a, const struct line *b)
{
    return strcmp(a->runs, b->runs) == 0 && a->known == b->known && a->general == b->general;
}

static void line_print(const struct line *line)
{
    printf("\n| `%s` | ", line->runs);
    for (unsigned i = 0; i < n_sources; i++)
        if (line->known >> i & 1)
            printf("%s ", sources[i].name);
    printf("%s|", line->general ? "*" : "");
}

static void format_print(unsigned format, const struct line *lines, bool *done)
{
    bool any = false;
    for (unsigned i = 0; i < isa_n_rows; i++) {
        if (isa_rows[i].format != format || done[i])
            continue;
        if (!any)
            printf("\n## %s\n\n| runs | tests | instructions |\n|---|---|---|", formats[format]);
        any = true;
        line_print(&lines[i]);
        for (unsigned k = i; k < isa_n_rows; k++)
            if (isa_rows[k].format == format && same(&lines[i], &lines[k])) {
                printf(" %s", isa_rows[k].name);
                done[k] = true;
            }
        printf(" |");
    }
    if (any)
        printf("\n");
}

static void summary_print(const struct line *lines)
{
    static const char *const names[ISA_GENERATIONS] = {"gfx90a", "gfx940",  "gfx950", "gfx10.3",
                                                       "gfx11",  "gfx11.5", "gfx12"};
    printf("| generation | instructions | run | by name in a test "
           "|\n|---|---|---|---|\n");
    for (unsigned g = 0; g < ISA_GENERATIONS; g++) {
        unsigned all = 0, run = 0, known = 0;
        for (unsigned i = 0; i < isa_n_rows; i++) {
            all += lines[i].runs[g] != '.';
            run += lines[i].runs[g] == 'R';
            known += lines[i].runs[g] == 'R' && lines[i].known;
        }
        printf("| %s | %u | %u | %u |\n", names[g], all, run, known);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        source_read(argv[i]);
    struct line *lines = calloc(isa_n_rows, sizeof(*lines));
    bool *done = calloc(isa_n_rows, sizeof(*done));
    if (!lines || !done || !n_sources) {
        fprintf(stderr, "usage: isa_coverage test_isa_*.c\n");
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < isa_n_rows; i++)
        lines[i] = line_of(&isa_rows[i]);
    printf(
        "# Instructions, generations, tests\n\n"
        "Made by `tests/long/isa_coverage.c` from the table of instructions, the binding of functions and "
        "the\n"
        "sources of the tests.\n\n"
        "*runs* has a letter each for gfx90a, gfx940, gfx950, gfx10.3, gfx11, gfx11.5, gfx12: `R` it runs, "
        "`-`\n"
        "it is decoded, printed and refused by its name, `.` the generation has none. *tests* names the\n"
        "`test_isa_*.c` whose source has its name; a name that a test puts together from parts is not seen.\n"
        "`*` stands for what is tried with every vector instruction: inactive lanes, registers beside the\n"
        "result, results over sources, and the host's levels of vectors against the general way. The "
        "decoder\n"
        "is held against LLVM for all.\n\n");
    summary_print(lines);
    for (unsigned f = 0; f < ISA_FORMATS; f++)
        format_print(f, lines, done);
    free(lines);
    free(done);
    return EXIT_SUCCESS;
}
