/*
 * jit_map.c - tells perf(1) of which instruction machine code is: with "jit=perf" in KFDFS_SIM_OPTS.
 *
 * perf reads /tmp/perf-PID.map: start, size and name of a piece of code per line, numbers in hexadecimal
 * (Linux, tools/perf/Documentation/jit-interface.txt). Traces are added as they are made.
 */
#include "jit.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void jit_map_mark(struct jit *j, const struct isa_op *op)
{
    if (j->n_marks < JIT_MARKS)
        j->marks[j->n_marks++] = (struct jit_mark){j->x.n, op};
}

static void mark_print(FILE *file, const struct jit *j, unsigned n, const uint8_t *at)
{
    const struct jit_mark *mark = &j->marks[n];
    unsigned end = n + 1 < j->n_marks ? mark[1].at : j->x.n;
    char text[256] = "enters and exits";
    if (mark->op)
        isa_text(mark->op->inst, op_pc(j->w->ops, mark->op), text, sizeof text);
    fprintf(file, "%" PRIxPTR " %x %s\n", (uintptr_t)at + mark->at, end - mark->at, text);
}

void jit_map_write(const struct jit *j, const uint8_t *at)
{
    char name[64];
    snprintf(name, sizeof name, "/tmp/perf-%d.map", (int)getpid());
    FILE *file = fopen(name, "ae");
    if (!file)
        return;
    for (unsigned i = 0; i < j->n_marks; i++)
        mark_print(file, j, i, at);
    fclose(file);
}
