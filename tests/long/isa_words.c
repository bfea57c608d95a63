/*
 * isa_words.c - random words for each target and wave size: the decoder's verdict, mnemonic, length and text
 * against LLVM's.
 *
 * usage: isa_words [WORDS [TARGET [FORMAT]]]     (a million; all; KFDFS_ISA_SEED: other words)
 *
 * LLVM's own text is the measure where its assembler makes the same bytes of it again; where it does not, the
 * words have bits that mean nothing, or LLVM reads them wrongly. Prints a line for each target and format,
 * and of what differs the first of each mnemonic. Fails if a verdict differs, or a text that LLVM stands by.
 */
#include "../isa_llvm.h"

enum { BATCH = 65536, MNEMONICS = 4096 };

static uint32_t words[BATCH][LLVM_SLOT / 4];
static struct llvm_line lines[BATCH];
static char mine[BATCH][LLVM_TEXT];
static enum llvm_verdict verdicts[BATCH];
static bool differs[BATCH], again[BATCH];
static struct isa_inst pair, inst = {.pair_storage = &pair};
static char directory[] = P_tmpdir "/isa-words-XXXXXX";

static struct {
    char name[64];
    unsigned n;
} shown[MNEMONICS]; /* of this target and format */
static unsigned n_shown;
static uint64_t seed;

struct count {
    unsigned valid;
    unsigned verdicts, refused; /* that LLVM stands by, and does not */
    unsigned texts, loose;
};

/* Whether LLVM's assembler makes the same bytes of a text: its own, or, where it has none, the decoder's. */
static void texts_write(FILE *to, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (differs[i])
            fprintf(to, "L%u:\n %s\n", i, lines[i].text[0] ? lines[i].text : mine[i]);
}

static bool encoding_same(const char *encoding, const uint32_t *word)
{
    unsigned byte, at = 0;
    int taken;
    uint8_t bytes[20];
    for (; at < sizeof bytes && sscanf(encoding, "0x%x%n", &byte, &taken) == 1; encoding += taken + 1)
        bytes[at++] = (uint8_t)byte;
    return at && memcmp(bytes, word, at) == 0;
}

static void texts_assemble(const struct llvm_target *target, unsigned n)
{
    char path[256], command[512], line[2048];
    snprintf(path, sizeof path, "%s/words.s", directory);
    FILE *file = fopen(path, "w");
    if (!file)
        exit(EXIT_FAILURE);
    texts_write(file, n);
    fclose(file);
    snprintf(command, sizeof command,
             "llvm-mc-22 -triple=amdgcn-amd-amdhsa -mcpu=%s -mattr=%s -show-encoding %s 2>/dev/null",
             target->cpu, target->features, path);
    memset(again, 0, sizeof again);
    FILE *from = popen(command, "r");
    for (unsigned slot = 0; fgets(line, sizeof line, from);) {
        const char *encoding = strstr(line, "encoding: [");
        if (line[0] == 'L')
            slot = (unsigned)strtoul(line + 1, NULL, 10);
        else if (encoding && slot < n)
            again[slot] = encoding_same(encoding + strlen("encoding: ["), words[slot]);
    }
    pclose(from);
}

static bool is_new(const char *kind, const char *text)
{
    char name[64];
    snprintf(name, sizeof name, "%s%.*s", kind, (int)strcspn(text, " "), text);
    for (unsigned i = 0; i < n_shown; i++)
        if (strcmp(shown[i].name, name) == 0)
            return shown[i].n++, false;
    if (n_shown < MNEMONICS)
        strcpy(shown[n_shown++].name, name);
    return true;
}

static void difference_show(const char *kind, unsigned i)
{
    if (is_new(kind, lines[i].text[0] ? lines[i].text : mine[i]))
        printf("  %s %08x %08x %08x: LLVM \"%s\", here \"%s\"\n", kind, words[i][0], words[i][1], words[i][2],
               lines[i].text, mine[i]);
}

static void batch_compare(const struct llvm_target *target, unsigned n, struct count *count)
{
    for (unsigned i = 0; i < n; i++) {
        verdicts[i] = llvm_compare(target, words[i], &lines[i], &inst, mine[i]);
        bool text = verdicts[i] == LLVM_AGREES && lines[i].text[0] && strcmp(mine[i], lines[i].text) != 0;
        differs[i] = text || verdicts[i] == LLVM_DIFFERS;
        count->valid += lines[i].text[0] != 0;
    }
    texts_assemble(target, n);
    for (unsigned i = 0; i < n; i++) {
        if (!differs[i])
            continue;
        bool verdict = verdicts[i] == LLVM_DIFFERS, stands = again[i] || (verdict && !lines[i].text[0]);
        unsigned *of = verdict  ? stands ? &count->verdicts : &count->refused
                       : stands ? &count->texts
                                : &count->loose;
        ++*of;
        if (stands || verdict)
            difference_show(stands ? verdict ? "verdict" : "text" : "loose", i);
    }
}

static unsigned format_compare(const struct llvm_target *target, unsigned f, unsigned n)
{
    struct count count = {0};
    unsigned t = llvm_target_column(target);
    n_shown = 0;
    llvm_random_state = seed << 32 | (f * 7 + t + 1);
    for (unsigned done = 0; done < n; done += BATCH) {
        unsigned now = n - done < BATCH ? n - done : BATCH;
        llvm_words_make(&llvm_formats[f], t, words, now);
        if (!llvm_read(directory, target, words, lines, now)) {
            perror(directory);
            exit(EXIT_FAILURE);
        }
        batch_compare(target, now, &count);
    }
    printf("%s wave%s %s: %u words, %u valid; differing verdicts %u, texts %u (LLVM's own not assembled "
           "again: %u, %u)\n",
           target->cpu, target->wave64 ? "64" : "32", llvm_formats[f].name, n, count.valid, count.verdicts,
           count.texts, count.refused, count.loose);
    fflush(stdout);
    return count.verdicts + count.texts;
}

static unsigned target_compare(const struct llvm_target *target, const char *format, unsigned n)
{
    unsigned differing = 0;
    for (unsigned f = 0; f < LLVM_FORMATS; f++)
        if ((!format || strcmp(format, llvm_formats[f].name) == 0) &&
            llvm_formats[f].base[llvm_target_column(target)] != LLVM_NONE)
            differing += format_compare(target, f, n);
    return differing;
}

static void directory_remove(void)
{
    static const char *const names[] = {"words.o", "words.s"};
    char path[256];
    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int main(int argc, char **argv)
{
    const char *chosen = getenv("KFDFS_ISA_SEED");
    seed = chosen ? strtoull(chosen, NULL, 0) : 0;
    unsigned n = (argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1000000) / LLVM_FORMATS, differing = 0;
    if (!llvm_there()) {
        printf("skipped: llvm-objdump-22 is not installed\n");
        return 77;
    }
    if (!mkdtemp(directory)) {
        perror(directory);
        return EXIT_FAILURE;
    }
    for (unsigned t = 0; t < LLVM_ALL; t++)
        if (argc < 3 || strcmp(argv[2], llvm_targets[t].cpu) == 0)
            differing += target_compare(&llvm_targets[t], argc > 3 ? argv[3] : NULL, n);
    directory_remove();
    return differing ? EXIT_FAILURE : EXIT_SUCCESS;
}
