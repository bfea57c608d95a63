/*
 * table.c - a line of table.def as a dispatch, what its buffers hold before, and whether they hold the same
 * after.
 */
#include "suites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(char type)
{
    switch (type) {
    case 'c':
        return 1;
    case 's':
        return 2;
    case 'i':
    case 'f':
        return 4;
    case 'l':
    case 'd':
        return 8;
    default:
        return 0;
    }
}

static void put(char type, double number, int64_t integer, void *to)
{
    float f = (float)number;
    if (type == 'f')
        memcpy(to, &f, sizeof f);
    else if (type == 'd')
        memcpy(to, &number, sizeof number);
    else
        memcpy(to, &integer, size_of(type));
}

/* ---- a line ---- */

/* "f64", "i8[0,7]", "i8(0,1)", "i8{0,1}" */
static bool piece_parse(const char **at, struct suite_piece *piece)
{
    static const char opening[] = "[({";
    char *end;
    piece->type = **at;
    piece->a = 0;
    piece->b = piece->type == 'f' || piece->type == 'd' ? 1 : 0;
    if (!size_of(piece->type))
        return false;
    piece->count = strtoul(*at + 1, &end, 10);
    const char *open = *end ? strchr(opening, *end) : NULL;
    if (open) {
        char close = "])}"[open - opening];
        piece->ramp = close != ']';
        piece->on = close == '}';
        piece->a = strtod(end + 1, &end);
        if (*end++ != ',')
            return false;
        piece->b = strtod(end, &end);
        if (*end++ != close)
            return false;
    }
    *at = end;
    return piece->count != 0;
}

/* "f64", "16*i1[0,7]+f1" */
static bool buffer_parse(const char *word, struct suite_arg *arg)
{
    char *end;
    arg->repeat = (unsigned)strtoul(word, &end, 10);
    if (end != word && *end++ != '*')
        return false;
    if (!arg->repeat)
        arg->repeat = 1;
    for (const char *at = end;; at++) {
        struct suite_piece *piece = &arg->piece[arg->n_pieces];
        if (arg->n_pieces == SUITE_PIECES || !piece_parse(&at, piece))
            return false;
        arg->n_pieces++;
        arg->bytes += arg->repeat * piece->count * size_of(piece->type);
        if (*at != '+')
            return *at == 0;
    }
}

/* "f=0.5", "i=1+l=2": the latter is a structure */
static bool value_parse(const char *word, struct suite_arg *arg)
{
    arg->kind = SUITE_VALUE;
    for (char *end;; word = end + 1) {
        size_t size = size_of(*word);
        if (!size || word[1] != '=' || arg->bytes + size > sizeof arg->value)
            return false;
        double number = strtod(word + 2, &end);
        put(*word, number, (int64_t)number, arg->value + arg->bytes);
        arg->bytes += size;
        if (*end != '+')
            return *end == 0;
    }
}

static bool arg_parse(const char *word, struct suite_arg *arg)
{
    if (strncmp(word, "local=", 6) == 0) {
        arg->kind = SUITE_LOCAL;
        arg->bytes = strtoul(word + 6, NULL, 10);
        return arg->bytes != 0;
    }
    return word[0] && word[1] == '=' ? value_parse(word, arg) : buffer_parse(word, arg);
}

/* "64x64/16x16" */
static bool geometry_parse(const char *word, uint32_t grid[3], uint32_t group[3])
{
    uint32_t *to[] = {grid, group};
    for (unsigned which = 0; which < 2; which++)
        for (unsigned d = 0; d < 3; d++) {
            char *end;
            to[which][d] = 1;
            if (d && *word != 'x')
                continue;
            to[which][d] = (uint32_t)strtoul(word + (d != 0 || which), &end, 10);
            word = end;
        }
    return *word == 0 && grid[0] && group[0];
}

bool suite_parse(char *line, struct suite_run *run)
{
    char *rest, *word = strtok_r(line, " \t\n", &rest);
    *run = (struct suite_run){.near = 1e-5};
    snprintf(run->kernel, sizeof run->kernel, "%s", word ? word : "");
    word = strtok_r(NULL, " \t\n", &rest);
    if (!word || !geometry_parse(word, run->grid, run->group)) {
        fprintf(stderr, "suites: %s: no geometry\n", run->kernel);
        return false;
    }
    while ((word = strtok_r(NULL, " \t\n", &rest))) {
        if (strncmp(word, "near=", 5) == 0)
            run->near = strtod(word + 5, NULL);
        else if (strncmp(word, "least=", 6) == 0)
            run->least = strtod(word + 6, NULL);
        else if (run->n_args == SUITE_ARGS || !arg_parse(word, &run->arg[run->n_args++])) {
            fprintf(stderr, "suites: %s: no argument: %s\n", run->kernel, word);
            return false;
        }
    }
    return true;
}

/* ---- contents ---- */

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

static void element_fill(const struct suite_piece *piece, size_t i, uint64_t *state, void *to)
{
    double number = piece->a, part = (double)next(state) * 0x1p-53;
    if (piece->ramp)
        number += (double)i * piece->b;
    else if (piece->type == 'f' || piece->type == 'd')
        number += part * (piece->b - piece->a);
    else
        number += floor(part * (piece->b - piece->a + 1));
    put(piece->type, number, (int64_t)number, to);
}

void suite_fill(const struct suite_arg *arg, unsigned which, void *to)
{
    uint64_t state = UINT64_C(88172645463325252) + which;
    uint8_t *at = to;
    memset(at + arg->bytes, 0, SUITE_GUARD);
    for (unsigned r = 0; r < arg->repeat; r++)
        for (unsigned p = 0; p < arg->n_pieces; p++)
            for (size_t i = 0; i < arg->piece[p].count; i++, at += size_of(arg->piece[p].type))
                element_fill(&arg->piece[p], arg->piece[p].on ? i + r * arg->piece[p].count : i, &state, at);
}

/* ---- results ---- */

static double number_of(char type, const void *at)
{
    float f;
    double d;
    memcpy(&f, at, sizeof f);
    if (type == 'f')
        return (double)f;
    memcpy(&d, at, sizeof d);
    return d;
}

static bool alike(const struct suite_run *run, char type, const void *got, const void *expected)
{
    if (memcmp(got, expected, size_of(type)) == 0)
        return true;
    if (type != 'f' && type != 'd')
        return false;
    double a = number_of(type, got), b = number_of(type, expected);
    return (isnan(a) && isnan(b)) || fabs(a - b) <= run->near * fmax(fmax(fabs(a), fabs(b)), run->least);
}

static void describe(char type, size_t i, const uint8_t *got, const uint8_t *expected, char *what,
                     size_t room)
{
    int64_t a = 0, b = 0;
    if (type == 'f' || type == 'd') {
        snprintf(what, room, "value %zu is %.9g, not %.9g", i, number_of(type, got),
                 number_of(type, expected));
        return;
    }
    memcpy(&a, got, size_of(type));
    memcpy(&b, expected, size_of(type));
    snprintf(what, room, "value %zu is %#llx, not %#llx", i, (unsigned long long)a, (unsigned long long)b);
}

unsigned suite_differing(const struct suite_run *run, const struct suite_arg *arg, const void *got,
                         const void *expected, char *what, size_t room)
{
    const uint8_t *a = got, *b = expected;
    unsigned n = 0;
    size_t at = 0, index = 0;
    for (unsigned r = 0; r < arg->repeat; r++)
        for (unsigned p = 0; p < arg->n_pieces; p++)
            for (size_t i = 0; i < arg->piece[p].count; i++, index++) {
                char type = arg->piece[p].type;
                if (!alike(run, type, a + at, b + at) && !n++)
                    describe(type, index, a + at, b + at, what, room);
                at += size_of(type);
            }
    if (memcmp(a + at, b + at, SUITE_GUARD) != 0 && !n++)
        snprintf(what, room, "it writes beyond the end");
    return n;
}
