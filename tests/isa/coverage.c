/*
 * coverage.c - see coverage.h.
 */
#include "coverage.h"
#include "lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 4096 };

static struct entry {
    char name[48];
    uint32_t classes[TARGETS];
} entries[NAMES_MAX];

const char *const coverage_names[29] = {"compared", "NaN",    "sNaN",       "inf",       "denormal", "zero",
                                        "extreme",  "carry",  "exec none",  "exec some", "neg/abs",  "clamp",
                                        "omod",     "op_sel", "constant",   "SGPR",      "flush",    "round",
                                        "e32",      "e64",    "sdwa",       "dpp",       "dpp8",     "plain",
                                        "wave32",   "wave64", "misaligned", "offset",    "outside"};

static struct entry *entry_of(const char *name, bool make)
{
    uint32_t hash = 5381;
    for (const char *p = name; *p; p++)
        hash = hash * 33 + (unsigned char)*p;
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        struct entry *e = &entries[(hash + i) % NAMES_MAX];
        if (!e->name[0]) {
            if (!make || strlen(name) >= sizeof e->name)
                return NULL;
            strcpy(e->name, name);
            return e;
        }
        if (strcmp(e->name, name) == 0)
            return e;
    }
    return NULL;
}

void coverage_add(const char *name, unsigned target, uint32_t classes)
{
    struct entry *e = entry_of(name, true);
    if (e)
        e->classes[target] |= classes;
}

uint32_t coverage_of(const char *name, unsigned target)
{
    const struct entry *e = entry_of(name, false);
    return e ? e->classes[target] : 0;
}

void coverage_save(void)
{
    const char *path = getenv("KFDFS_ISA_COVERAGE");
    FILE *file = path ? fopen(path, "a") : NULL;
    for (unsigned i = 0; file && i < NAMES_MAX; i++)
        for (unsigned t = 0; t < TARGETS; t++)
            if (entries[i].classes[t])
                fprintf(file, "%s %u %x\n", entries[i].name, t, entries[i].classes[t]);
    if (file)
        fclose(file);
}

bool coverage_load(const char *path)
{
    FILE *file = fopen(path, "r");
    char name[48];
    unsigned target, classes;
    bool found = file != NULL;
    while (file && fscanf(file, "%47s %u %x", name, &target, &classes) == 3)
        if (target < TARGETS)
            coverage_add(name, target, classes);
    if (file)
        fclose(file);
    return found;
}
