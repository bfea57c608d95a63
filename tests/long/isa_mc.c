/*
 * isa_mc.c - single instructions, such as LLVM's own tests assemble, as the decoder prints them and as LLVM
 * does.
 *
 * usage: isa_mc TARGET < WORDS: a line has the dwords of one instruction in hex, one to five. Prints the
 * first differences in text or length and one line of counts; fails on any.
 */
#include "../isa_llvm.h"

enum { BATCH = 20000, SHOWN = 40, DWORDS = 5 };

static uint32_t words[BATCH][LLVM_SLOT / 4];
static struct llvm_line lines[BATCH];
static struct isa_inst pair, inst = {.pair_storage = &pair};
static char directory[] = P_tmpdir "/isa-mc-XXXXXX";
static unsigned n_valid, n_differing, n_crashes,
    n_graphics; /* n_graphics: formats that the decoder only names */

static unsigned batch_read(void)
{
    char line[256];
    unsigned n = 0;
    while (n < BATCH && fgets(line, sizeof line, stdin)) {
        char *at = line, *end;
        for (unsigned i = 0; i < LLVM_SLOT / 4; i++)
            words[n][i] = 0xbf800000; /* s_nop */
        for (unsigned i = 0; i < DWORDS; i++, at = end) {
            uint32_t word = (uint32_t)strtoul(at, &end, 16);
            if (end == at)
                break;
            words[n][i] = word;
        }
        bool crashes = words[n][0] >> 28 == 0xe && words[n][1] >> 24 == 0xff; /* LLVM 22: SOFFSET a literal */
        n += !crashes;
    }
    return n;
}

static void batch_compare(const struct llvm_target *target, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char mine[LLVM_TEXT] = "-";
        n_crashes += lines[i].text[0] == '?';
        if (!lines[i].text[0] || lines[i].text[0] == '?' || llvm_past_registers(lines[i].text))
            continue;
        bool invalid = llvm_remarks_remove(lines[i].text);
        n_valid++;
        bool known = isa_decode(target->generation, target->wave64, words[i], 20, &inst) == 0;
        if (known)
            isa_text(&inst, i * LLVM_SLOT, mine, sizeof mine);
        llvm_remarks_remove(mine);
        if (!known && isa_graphics(target->generation, words[i][0])) {
            n_graphics++;
            continue;
        }
        if (!known && invalid)
            continue;
        if (known && strcmp(mine, lines[i].text) == 0 && inst.bytes == lines[i].bytes)
            continue;
        if (n_differing++ < SHOWN)
            printf("  %08x %08x %08x: LLVM \"%s\", here \"%s\"\n", words[i][0], words[i][1], words[i][2],
                   lines[i].text, mine);
    }
}

int main(int argc, char **argv)
{
    const struct llvm_target *target = NULL;
    for (unsigned t = 0; argc > 1 && t < LLVM_TARGETS; t++)
        if (strcmp(llvm_targets[t].cpu, argv[1]) == 0)
            target = &llvm_targets[t];
    if (!target || !mkdtemp(directory)) {
        fprintf(stderr, "usage: isa_mc TARGET < WORDS\n");
        return 2;
    }
    for (unsigned n; (n = batch_read()) > 0; batch_compare(target, n))
        if (!llvm_read(directory, target, words, lines, n)) {
            perror(directory);
            return EXIT_FAILURE;
        }
    printf("%s: %u instructions, %u of them in formats of graphics, %u differ; LLVM crashed over %u\n",
           target->cpu, n_valid, n_graphics, n_differing, n_crashes);
    char path[256];
    snprintf(path, sizeof path, "%s/words.o", directory);
    unlink(path);
    rmdir(directory);
    return n_differing || !n_valid ? EXIT_FAILURE : EXIT_SUCCESS;
}
