/*
 * jit.c - whether code becomes machine code (jit.h).
 */
#include "jit.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    OFTEN = 2048,
    STARTS = 16 /* a group's beginning counts as so many visits */
};

static int choice = JIT_ON, chosen = -1;

int jit_choice_named(const char *name, size_t length)
{
    static const char *const names[] = {"off", "on", "always", "perf"};
    for (int i = 0; i < 4; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], name, length))
            return i;
    return -1;
}

/* Vectors of the least level are not worth the time that compiling takes. */
static void choose(void)
{
    const char *options = getenv("KFDFS_SIM_OPTS"), *at = options ? strstr(options, "jit=") : NULL;
    int named = at ? jit_choice_named(at + 4, strcspn(at + 4, ",")) : -1;
    if (named >= 0 || chosen >= 0)
        choice = chosen >= 0 ? chosen : named;
#if defined(__x86_64__)
    if (vec_level() < VEC_AVX2 && !jit_at_once())
        choice = JIT_OFF;
#else
    choice = JIT_OFF;
#endif
}

bool jit_on(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return choice != JIT_OFF;
}

unsigned jit_threshold(void)
{
    return choice == JIT_ALWAYS ? 1 : OFTEN;
}

unsigned jit_start_threshold(void)
{
    return jit_at_once() ? 1 : OFTEN / STARTS + 1;
}

bool jit_at_once(void)
{
    return choice == JIT_ALWAYS || choice == JIT_STARTS;
}

bool jit_quick(void)
{
    return choice == JIT_STARTS;
}

bool jit_tells(void)
{
    return jit_on() && choice == JIT_PERF;
}

void jit_choose(enum jit_choice is)
{
    chosen = (int)is;
}
