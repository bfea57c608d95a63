/*
 * command.h - one line of a command file: its words, the verb's row in a table, its arguments with their
 * types.
 */
#ifndef KFDFS_FS_COMMAND_H
#define KFDFS_FS_COMMAND_H

#include <gpu.h>

#include "text/value.h"

struct fs_entry;
struct fs_global;
struct fs_queue;

struct fs_words {
    char *copy;  /* what the words point into */
    char **word; /* unescaped; word[n] is NULL */
    unsigned n;
};

/* Splits a line (without its newline) at blanks. -EINVAL: a NUL byte in it. Free with fs_words_free(). */
int fs_words_split(const char *line, size_t length, struct fs_words *out);
void fs_words_free(struct fs_words *words);

struct fs_place {               /* a place in GPU memory */
    struct fs_entry *buffer;    /* NULL: not in a buffer */
    struct fs_global *variable; /* NULL too: an absolute address, which only the GPU checks */
    uint64_t va;
    uint64_t left; /* bytes from there to the end of the buffer; UINT64_MAX if absolute */
};

enum fs_arg_kind {
    FS_ARG_NONE,
    FS_ARG_PLACE,
    FS_ARG_QUEUE,
    FS_ARG_NUMBER,  /* 64 bits, unsigned, with suffixes */
    FS_ARG_U32,     /* a 4-byte unit, of either sign or typed */
    FS_ARG_U64,     /* an 8-byte unit */
    FS_ARG_ATOMIC,  /* add sub and or xor min max swap */
    FS_ARG_COMPARE, /* eq ne lt le gt ge */
    FS_ARG_U32S,    /* one or more 4-byte units, to the end of the line */
    FS_ARG_WORD,    /* as it is */
    FS_ARG_WORDS,   /* the rest, as words */
};

struct fs_arg {
    const char *text; /* the word; NULL: not given */
    struct fs_place place;
    struct fs_queue *queue;
    uint64_t number;    /* NUMBER U32 U64; the enum of ATOMIC and COMPARE */
    char *const *words; /* U32S WORDS */
    unsigned n_words;
};

enum { FS_VERB_ARGS = 5 };

struct fs_verb {
    const char *name;
    const char *usage; /* its arguments, as the usage text shows them */
    enum fs_arg_kind args[FS_VERB_ARGS];
    unsigned required; /* arguments that must be there; the others are optional */
    int (*build)(void *ctx, const struct fs_arg *args);
};

struct fs_names { /* what knows the names that commands use */
    void *ctx;
    int (*place)(void *ctx, const char *word, struct fs_place *out);
    int (*queue)(void *ctx, const char *word, struct fs_queue **out);
};

/* Finds words' verb in the table (ended by a row without a name), checks and converts its arguments, and
 * calls build(ctx, args). -EINVAL: unknown verb, missing or surplus argument, wrong kind. */
int fs_verb_run(const struct fs_verb *verbs, const struct fs_words *words, const struct fs_names *names,
                void *ctx);

/* One line for each verb. */
void fs_verb_usage(const struct fs_verb *verbs, struct fs_text *text);

#endif
