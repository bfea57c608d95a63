/*
 * command.c - a line -> words -> a row of a verb table, with checked and typed arguments.
 *
 * Invariant: build() of a verb is called only with every required argument there and every given one
 * converted.
 */
#include "text/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

int fs_words_split(const char *line, size_t length, struct fs_words *out)
{
    if (memchr(line, '\0', length))
        return gpu_err(-EINVAL, "the command holds a NUL byte: commands are text");
    struct fs_words words = {.copy = malloc(length + 1), .word = calloc(length / 2 + 2, sizeof(char *))};
    if (!words.copy || !words.word) {
        fs_words_free(&words);
        return gpu_err(-ENOMEM, "no memory for a command of %zu bytes", length);
    }
    if (length)
        memcpy(words.copy, line, length);
    words.copy[length] = '\0';
    for (char *at = words.copy; *at;) {
        if (blank(*at)) {
            *at++ = '\0';
            continue;
        }
        words.word[words.n++] = at;
        while (*at && !blank(*at))
            at++;
    }
    for (unsigned i = 0; i < words.n; i++)
        fs_unescape(words.word[i]);
    *out = words;
    return 0;
}

void fs_words_free(struct fs_words *words)
{
    free(words->copy);
    free(words->word);
    *words = (struct fs_words){0};
}

static int choose(const char *word, const char *const *names, const char *what, uint64_t *out)
{
    struct fs_text all = {0};
    for (unsigned i = 0; names[i]; i++) {
        if (!strcmp(word, names[i])) {
            *out = i;
            fs_text_free(&all);
            return 0;
        }
        fs_text_printf(&all, " %s", names[i]);
    }
    int r = gpu_err(-EINVAL, "%s: unknown %s, it is one of:%s", word, what, all.data ? all.data : "");
    fs_text_free(&all);
    return r;
}

static int convert(enum fs_arg_kind kind, const char *word, const struct fs_names *names, struct fs_arg *arg)
{
    static const char *const atomics[] = {[GPU_ADD] = "add", [GPU_SUB] = "sub",   [GPU_AND] = "and",
                                          [GPU_OR] = "or",   [GPU_XOR] = "xor",   [GPU_MIN] = "min",
                                          [GPU_MAX] = "max", [GPU_SWAP] = "swap", NULL};
    static const char *const compares[] = {[GPU_EQ] = "eq",
                                           [GPU_NE] = "ne",
                                           [GPU_LT] = "lt",
                                           [GPU_LE] = "le",
                                           [GPU_GT] = "gt",
                                           [GPU_GE] = "ge",
                                           NULL};
    int r;
    switch (kind) {
    case FS_ARG_PLACE:
        return names->place(names->ctx, word, &arg->place);
    case FS_ARG_QUEUE:
        return names->queue(names->ctx, word, &arg->queue);
    case FS_ARG_NUMBER:
        r = fs_number(word, &arg->number);
        return r ? gpu_err(r, "%s is not a number of at most 64 bits", word) : 0;
    case FS_ARG_U32:
        return fs_value_word(word, 4, &arg->number);
    case FS_ARG_U64:
        return fs_value_word(word, 8, &arg->number);
    case FS_ARG_ATOMIC:
        return choose(word, atomics, "operation", &arg->number);
    case FS_ARG_COMPARE:
        return choose(word, compares, "comparison", &arg->number);
    default:
        return 0; /* lists stay words */
    }
}

static bool takes_rest(enum fs_arg_kind kind)
{
    return kind == FS_ARG_U32S || kind == FS_ARG_WORDS;
}

static int convert_all(const struct fs_verb *verb, const struct fs_words *words, const struct fs_names *names,
                       struct fs_arg *args)
{
    unsigned given = words->n - 1;
    if (given < verb->required)
        return gpu_err(-EINVAL, "%s lacks an argument: %s %s", verb->name, verb->name, verb->usage);
    for (unsigned i = 0; i < given; i++) {
        enum fs_arg_kind kind = i < FS_VERB_ARGS ? verb->args[i] : FS_ARG_NONE;
        if (kind == FS_ARG_NONE)
            return gpu_err(-EINVAL, "%s: surplus argument %s: %s %s", verb->name, words->word[i + 1],
                           verb->name, verb->usage);
        args[i].text = words->word[i + 1];
        if (takes_rest(kind)) {
            args[i].words = &words->word[i + 1];
            args[i].n_words = given - i;
            return 0;
        }
        int r = convert(kind, words->word[i + 1], names, &args[i]);
        if (r)
            return r;
    }
    return 0;
}

int fs_verb_run(const struct fs_verb *verbs, const struct fs_words *words, const struct fs_names *names,
                void *ctx)
{
    for (const struct fs_verb *verb = verbs; verb->name; verb++) {
        if (strcmp(words->word[0], verb->name))
            continue;
        struct fs_arg args[FS_VERB_ARGS] = {0};
        int r = convert_all(verb, words, names, args);
        return r ? r : verb->build(ctx, args);
    }
    struct fs_text all = {0};
    for (const struct fs_verb *verb = verbs; verb->name; verb++)
        fs_text_printf(&all, " %s", verb->name);
    int r =
        gpu_err(-EINVAL, "%s: unknown command, those here are:%s", words->word[0], all.data ? all.data : "");
    fs_text_free(&all);
    return r;
}

void fs_verb_usage(const struct fs_verb *verbs, struct fs_text *text)
{
    for (const struct fs_verb *verb = verbs; verb->name; verb++)
        fs_text_printf(text, "%s%s%s\n", verb->name, *verb->usage ? " " : "", verb->usage);
}
