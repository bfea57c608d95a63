/*
 * isa_objects.c - every instruction of object files, as the decoder prints it and as llvm-objdump does.
 *
 * usage: isa_objects TARGET FILE...; prints the first differences and one line of counts. Fails on any.
 */
#include "../isa_llvm.h"

enum { SHOWN = 20 };

static struct isa_inst pair, inst = {.pair_storage = &pair};
static unsigned n_instructions, n_differing;

/* Branch targets are printed behind the instruction, in <>. */
static void label_remove(char *text)
{
    char *label = strstr(text, " <");
    if (label)
        *label = 0;
}

static void line_compare(const struct llvm_target *target, char *line)
{
    char *text, mine[LLVM_TEXT] = "-";
    unsigned long address;
    unsigned bytes;
    uint32_t words[4] = {0};
    if (!llvm_line_parse(line, &text, &address, &bytes, words))
        return;
    label_remove(text);
    n_instructions++;
    if (strncmp(text, ".long", 5) == 0) /* data in the code */
        return;
    if (isa_decode(target->generation, target->wave64, words, bytes, &inst) == 0)
        isa_text(&inst, address, mine, sizeof(mine));
    if (strcmp(mine, text) == 0 && inst.bytes == bytes)
        return;
    if (n_differing++ < SHOWN)
        printf("  %s %08x %08x %08x: LLVM \"%s\", here \"%s\"\n", target->cpu, words[0], words[1], words[2],
               text, mine);
}

static void object_compare(const struct llvm_target *target, const char *path)
{
    char command[4096], line[4096];
    snprintf(command, sizeof(command), "llvm-objdump-22 -d '%s'", path);
    FILE *from = popen(command, "r");
    while (from && fgets(line, sizeof(line), from))
        line_compare(target, line);
    if (!from || pclose(from) != 0) {
        fprintf(stderr, "%s: llvm-objdump-22 fails\n", path);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    for (unsigned t = 0; argc > 2 && t < LLVM_TARGETS; t++)
        if (strcmp(llvm_targets[t].cpu, argv[1]) == 0) {
            for (int i = 2; i < argc; i++)
                object_compare(&llvm_targets[t], argv[i]);
            printf("%s: %u instructions, %u differ\n", argv[1], n_instructions, n_differing);
            return n_differing || !n_instructions ? EXIT_FAILURE : EXIT_SUCCESS;
        }
    fprintf(stderr, "usage: isa_objects TARGET FILE...\n");
    return 2;
}
