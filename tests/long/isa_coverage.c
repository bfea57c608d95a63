/*
 * isa_coverage.c - which instruction was executed and compared on which target, and with what kinds of
 * operands: docs/isa-coverage.md.
 *
 * usage: isa_coverage histogram.txt recorded > docs/isa-coverage.md. What was executed comes from what the
 * tests recorded while they ran (tests/isa/coverage.h), what there is from the table of instructions and the
 * binding of functions, what compilers emit from tests/isa/histogram.txt. Fails if a compiler emits what no
 * test executed and compared, in that encoding and on that target; tests/isa-coverage.sh does all that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isa/isa_table.h>

#include "sim/cu/wave.h"

#include "isa/coverage.h"
#include "isa/lane.h"

enum { HISTOGRAM_MAX = 2048, COLUMNS = 6 };

static const char *const formats[ISA_FORMATS] = {
    "SOP2", "SOP1",   "SOPK", "SOPC",  "SOPP",  "SMEM", "VOP1", "VOP2",   "VOPC",    "VOP3", "VOP3P",
    "VOPD", "VINTRP", "DS",   "MUBUF", "MTBUF", "MIMG", "FLAT", "GLOBAL", "SCRATCH", "EXP",  "LDSDIR"};
static const char *const targets[TARGETS] = {"gfx90a",  "gfx942",  "gfx950", "gfx1030",
                                             "gfx1100", "gfx1151", "gfx1201"};
/* The histogram's columns. */
static const unsigned columns[COLUMNS] = {TARGET_90A,  TARGET_942,  TARGET_950,
                                          TARGET_1030, TARGET_1100, TARGET_1201};

static struct emitted {
    char name[48], base[48];
    uint32_t encoding; /* what its suffix asks for; DPP and DPP8 are alike */
    unsigned long count[COLUMNS];
} emitted[HISTOGRAM_MAX];
static unsigned n_emitted;

/* ---- what compilers emit ---- */

static void suffix_cut(struct emitted *e)
{
    static const struct {
        const char *text;
        uint32_t encoding;
    } suffixes[] = {{"_e64_dpp", COVER_E64 | COVER_DPP},
                    {"_dpp", COVER_DPP},
                    {"_sdwa", COVER_SDWA},
                    {"_e32", COVER_E32},
                    {"_e64", COVER_E64}};
    strcpy(e->base, e->name);
    for (unsigned i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(suffixes[i].text), all = strlen(e->base);
        if (all > length && strcmp(e->base + all - length, suffixes[i].text) == 0) {
            e->base[all - length] = 0;
            e->encoding = suffixes[i].encoding;
            return;
        }
    }
}

static void histogram_read(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    while (file && n_emitted < HISTOGRAM_MAX && fgets(line, sizeof line, file)) {
        struct emitted *e = &emitted[n_emitted];
        unsigned long *n = e->count;
        if (sscanf(line, "%47s %lu %lu %lu %lu %lu %lu", e->name, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]) !=
            7)
            continue;
        suffix_cut(e);
        n_emitted++;
    }
    if (!file || !n_emitted) {
        fprintf(stderr, "%s: no histogram\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
}

static bool is_emitted(const char *name, unsigned target)
{
    for (unsigned i = 0; i < n_emitted; i++)
        for (unsigned k = 0; k < COLUMNS; k++)
            if (strcmp(emitted[i].base, name) == 0 && emitted[i].count[k] &&
                (columns[k] == target || target == TARGETS))
                return true;
    return false;
}

/* Says what is missing. */
static unsigned missing_tell(void)
{
    unsigned missing = 0;
    for (unsigned i = 0; i < n_emitted; i++)
        for (unsigned k = 0; k < COLUMNS; k++) {
            const struct emitted *e = &emitted[i];
            uint32_t classes = coverage_of(e->base, columns[k]);
            if (classes & COVER_DPP8)
                classes |= COVER_DPP;
            if (!e->count[k] || (classes & COVER_COMPARED && (classes & e->encoding) == e->encoding))
                continue;
            fprintf(stderr, "%s on %s: compilers emit it, and no test compares it\n", e->name,
                    targets[columns[k]]);
            missing++;
        }
    return missing;
}

/* ---- lines ---- */

struct line {
    char how[TARGETS + 1];
    uint32_t classes; /* on every target where it was compared */
    bool emitted;
};

static struct line line_of(const struct isa_row *row)
{
    struct line line = {.classes = UINT32_MAX, .emitted = is_emitted(row->name, TARGETS)};
    bool any = false;
    for (unsigned t = 0; t < TARGETS; t++) {
        struct isa_inst inst = {.row = row, .generation = (uint8_t)t, .format = row->format};
        uint32_t classes = coverage_of(row->name, t);
        if (row->opcode[t] >= 0)
            isa_bind(&inst);
        line.how[t] = row->opcode[t] < 0 ? '.' : !inst.exec ? '-' : classes & COVER_COMPARED ? 'C' : 'R';
        if (line.how[t] == 'C') {
            line.classes &= classes;
            any = true;
        }
    }
    if (!any)
        line.classes = 0;
    return line;
}

static bool same(const struct line *a, const struct line *b)
{
    return strcmp(a->how, b->how) == 0 && a->classes == b->classes && a->emitted == b->emitted;
}

static void format_print(unsigned format, bool of_compilers, const struct line *lines, bool *done)
{
    bool any = false;
    for (unsigned i = 0; i < isa_n_rows; i++) {
        if (isa_rows[i].format != format || done[i] || lines[i].emitted != of_compilers)
            continue;
        if (!any)
            printf("\n### %s\n\n| targets | with | instructions |\n|---|---|---|", formats[format]);
        any = true;
        printf("\n| `%s` | ", lines[i].how);
        for (unsigned bit = 1; bit < 29; bit++)
            if (lines[i].classes >> bit & 1 && 1u << bit != COVER_PLAIN)
                printf("%s, ", coverage_names[bit]);
        printf("|");
        for (unsigned k = i; k < isa_n_rows; k++)
            if (isa_rows[k].format == format && same(&lines[i], &lines[k]) && !done[k]) {
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
    printf("| target | instructions | run | compared | emitted by compilers | of these compared |\n"
           "|---|---|---|---|---|---|\n");
    for (unsigned t = 0; t < TARGETS; t++) {
        unsigned all = 0, run = 0, compared = 0, common = 0, common_compared = 0;
        for (unsigned i = 0; i < isa_n_rows; i++) {
            char how = lines[i].how[t];
            bool common_here = how != '.' && is_emitted(isa_rows[i].name, t);
            all += how != '.';
            run += how == 'R' || how == 'C';
            compared += how == 'C';
            common += common_here;
            common_compared += common_here && coverage_of(isa_rows[i].name, t) & COVER_COMPARED;
        }
        if (t == TARGET_1151) /* has no column of its own */
            printf("| %s | %u | %u | %u | | |\n", targets[t], all, run, compared);
        else
            printf("| %s | %u | %u | %u | %u | %u |\n", targets[t], all, run, compared, common,
                   common_compared);
    }
}

int main(int argc, char **argv)
{
    struct line *lines = calloc(isa_n_rows, sizeof *lines);
    bool *done = calloc(isa_n_rows, sizeof *done);
    if (argc != 3 || !lines || !done) {
        fprintf(stderr, "usage: isa_coverage histogram.txt recorded\n");
        return EXIT_FAILURE;
    }
    histogram_read(argv[1]);
    if (!coverage_load(argv[2])) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < isa_n_rows; i++)
        lines[i] = line_of(&isa_rows[i]);
    printf("# Instructions, targets, edge classes\n\n"
           "Made by `tests/isa-coverage.sh`: what the tests *executed and compared*, recorded while they "
           "ran. Vector,\n"
           "scalar and memory instructions are held against a second reading of AMD's manuals "
           "(`tests/isa/`), matrix\n"
           "instructions against AMD's calculator and sums.\n\n"
           "*targets* has a letter each for gfx90a, gfx942, gfx950, gfx1030, gfx1100, gfx1151, gfx1201: `C` "
           "executed\n"
           "and compared, `R` it runs, but none of these tests records it (others may know it), `-` decoded "
           "and refused\n"
           "by its name, `.` there is none. *with* are the kinds of operands, encodings and modes that it "
           "met on every\n"
           "target with a `C`. Shifts past their width, equal operands and noise are among the numbers of "
           "all.\n\n");
    summary_print(lines);
    printf("\n## What compilers emit\n");
    for (unsigned f = 0; f < ISA_FORMATS; f++)
        format_print(f, true, lines, done);
    printf("\n## The rest\n");
    for (unsigned f = 0; f < ISA_FORMATS; f++)
        format_print(f, false, lines, done);
    unsigned missing = missing_tell();
    free(lines);
    free(done);
    return missing ? EXIT_FAILURE : EXIT_SUCCESS;
}
