/*
 * isa_words.c - a million random words for each target: the decoder's verdict, mnemonic and length against
 * LLVM's, and how often the whole text is the same.
 *
 * usage: isa_words [WORDS [TARGET [FORMAT]]]; prints one line for each target and format, then the first few
 * differences. Fails if any verdict differs.
 */
#include "../isa_llvm.h"

enum { BATCH = 20000, SHOWN = 12 };

static uint32_t words[BATCH][LLVM_SLOT / 4];
static struct llvm_line lines[BATCH];
static struct isa_inst pair, inst = {.pair_storage = &pair};
static char directory[] = P_tmpdir "/isa-words-XXXXXX";

struct count {
    unsigned valid, differing, texts;
};

static void batch_compare(unsigned t, unsigned n, struct count *count)
{
    char mine[LLVM_TEXT];
    for (unsigned i = 0; i < n; i++) {
        enum llvm_verdict verdict = llvm_compare(&llvm_targets[t], words[i], &lines[i], &inst, mine);
        bool text = verdict == LLVM_AGREES && lines[i].text[0] && strcmp(mine, lines[i].text) != 0;
        count->valid += lines[i].text[0] != 0;
        count->texts += text;
        count->differing += verdict == LLVM_DIFFERS;
        if (verdict == LLVM_DIFFERS && count->differing <= SHOWN)
            printf("  %08x %08x %08x: LLVM \"%s\", here \"%s\"\n", words[i][0], words[i][1], words[i][2],
                   lines[i].text, mine);
        if (text && count->texts <= SHOWN)
            printf("  text %08x %08x %08x: LLVM \"%s\", here \"%s\"\n", words[i][0], words[i][1], words[i][2],
                   lines[i].text, mine);
    }
}

static unsigned format_compare(unsigned f, unsigned t, unsigned n)
{
    struct count count = {0};
    llvm_random_state = f * 7 + t + 1;
    for (unsigned done = 0; done < n; done += BATCH) {
        unsigned now = n - done < BATCH ? n - done : BATCH;
        llvm_words_make(&llvm_formats[f], t, words, now);
        if (!llvm_read(directory, &llvm_targets[t], words, lines, now)) {
            perror(directory);
            exit(EXIT_FAILURE);
        }
        batch_compare(t, now, &count);
    }
    printf("%s %s: %u words, %u valid, %u verdicts differ, %u texts\n", llvm_targets[t].cpu,
           llvm_formats[f].name, n, count.valid, count.differing, count.texts);
    fflush(stdout);
    return count.differing;
}

int main(int argc, char **argv)
{
    unsigned n = (argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1000000) / LLVM_FORMATS, differing = 0;
    if (!llvm_there()) {
        printf("skipped: llvm-objdump-22 is not installed\n");
        return 77;
    }
    if (!mkdtemp(directory)) {
        perror(directory);
        return EXIT_FAILURE;
    }
    for (unsigned t = 0; t < LLVM_TARGETS; t++)
        for (unsigned f = 0; f < LLVM_FORMATS; f++)
            if ((argc < 3 || strstr(argv[2], llvm_targets[t].cpu)) &&
                (argc < 4 || strcmp(argv[3], llvm_formats[f].name) == 0) &&
                llvm_formats[f].base[t] != LLVM_NONE)
                differing += format_compare(f, t, n);
    char path[256];
    snprintf(path, sizeof(path), "%s/words.o", directory);
    unlink(path);
    rmdir(directory);
    return differing ? EXIT_FAILURE : EXIT_SUCCESS;
}
