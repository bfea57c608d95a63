/*
 * options.c - the command line: kfdfs's own options apart from those of FUSE.
 *
 * Invariant: what is not known here goes to FUSE, which refuses what it does not know either.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

#define IDLE_NS UINT64_C(10000000000)

static int complain(const char *format, const char *word)
{
    fputs("kfdfs: ", stderr);
    fprintf(stderr, format, word);
    fputs(" (see kfdfs -h)\n", stderr);
    return -EINVAL;
}

static void append(struct fs_text *list, const char *word)
{
    fs_text_printf(list, "%s%s", list->length ? "," : "", word);
}

static bool starts(const char *word, const char *prefix)
{
    return !strncmp(word, prefix, strlen(prefix));
}

static int set_seconds(const char *word, const char *message, uint64_t *ns)
{
    char *end;
    double seconds = strtod(word, &end);
    if (end == word || *end || !(seconds > 0) || seconds > 1e9)
        return complain(message, word);
    *ns = (uint64_t)(seconds * 1e9);
    return 0;
}

static int set_models(struct options *options, const char *models)
{
    free(options->sim);
    options->sim = strdup(models);
    return options->sim ? 0 : complain("no memory for %s", models);
}

/* sim=A,B would be cut at the comma: models are joined by + there. */
static int set_one(struct options *options, const char *word)
{
    static const char *const of_simulator[] = {
        "sim_bar=", "sim_ram=",   "sim_seed=", "sim_simd=",  "sim_jit=",
        "sim_kfd=", "sim_serial", "sim_svm",   "sim_hostile"};
    for (size_t i = 0; i < sizeof of_simulator / sizeof of_simulator[0]; i++) {
        if (starts(word, of_simulator[i])) {
            append(&options->sim_options, word + 4);
            return 0;
        }
    }
    if (starts(word, "sim="))
        return set_models(options, word + 4);
    if (starts(word, "timeout="))
        return set_seconds(word + 8, "timeout=%s: a number of seconds", &options->timeout_ns);
    if (starts(word, "idle="))
        return set_seconds(word + 5, "idle=%s: a number of seconds", &options->idle_ns);
    if (!strcmp(word, "private")) {
        options->is_private = true;
        return 0;
    }
    options->allow_other |= !strcmp(word, "allow_other");
    append(&options->fuse, word);
    return 0;
}

/* argv stays as it is: the next image of this program gets it, too. */
static int set_list(struct options *options, const char *list)
{
    char *save = NULL, *copy = strdup(list);
    int r = 0;
    if (!copy)
        return complain("no memory for %s", list);
    for (char *word = strtok_r(copy, ",", &save); word && !r; word = strtok_r(NULL, ",", &save))
        r = set_one(options, word);
    free(copy);
    return r;
}

static int set_flag(struct options *options, const char *word)
{
    if (!strcmp(word, "-f"))
        options->foreground = true;
    else if (!strcmp(word, "-d"))
        options->foreground = options->debug = true;
    else if (!strcmp(word, "-h") || !strcmp(word, "--help"))
        options->help = true;
    else if (!strcmp(word, "-V") || !strcmp(word, "--version"))
        options->version = true;
    else if (!strcmp(word, "--report"))
        options->report = true;
    else
        return complain("unknown option %s", word);
    return 0;
}

/* One option with its value, if it takes one. Returns how many words it was, or an error. */
static int take(struct options *options, int left, char **argv)
{
    bool is_sim = !strcmp(argv[0], "--sim"), is_list = !strcmp(argv[0], "-o");
    if ((is_sim || is_list) && left < 2)
        return complain("%s lacks its value", argv[0]);
    int r;
    if (is_sim)
        return (r = set_models(options, argv[1])) ? r : 2;
    if (is_list)
        return (r = set_list(options, argv[1])) ? r : 2;
    if (starts(argv[0], "--sim="))
        r = set_models(options, argv[0] + 6);
    else if (starts(argv[0], "-o"))
        r = set_list(options, argv[0] + 2);
    else
        r = set_flag(options, argv[0]);
    return r ? r : 1;
}

/* Models that the simulator does not know: it has said so by now, in one line, and which it knows. */
static bool is_unsimulated(const struct options *options)
{
    return options->sim && !options->program && preload_is_on() && access("/dev/kfd", F_OK);
}

int options_parse(int argc, char **argv, struct options *out)
{
    struct options options = {.idle_ns = IDLE_NS};
    const char *operands[2] = {0};
    int n = 0, r = 0;
    for (int i = 1; i < argc && r >= 0;) {
        if (!strcmp(argv[i], "--")) {
            options.program = argv + i + 1;
            break;
        }
        if (argv[i][0] == '-' && argv[i][1]) {
            r = take(&options, argc - i, argv + i);
            i += r;
        } else if (n < 2) {
            operands[n++] = argv[i++];
        } else {
            r = complain("surplus operand %s", argv[i]);
        }
    }
    if (r >= 0 && options.program && (!options.sim || !options.program[0] || n))
        r = complain("%s", "what is run is: kfdfs --sim MODEL... -- PROGRAM ARG...");
    options.mountpoint = n ? operands[n - 1] : NULL; /* of two the first is fstab's source */
    if (r >= 0 && !options.program && !options.help && !options.version && !options.report &&
        !options.mountpoint)
        r = complain("%s", "where to mount is missing");
    if (r >= 0 && is_unsimulated(&options))
        r = -EINVAL;
    if (r < 0) {
        options_free(&options);
        return r;
    }
    *out = options;
    return 0;
}

void options_free(struct options *options)
{
    free(options->sim);
    fs_text_free(&options->sim_options);
    fs_text_free(&options->fuse);
}
