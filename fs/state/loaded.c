/*
 * loaded.c - loaded code objects: their kernels, their variables, and what ran of them last.
 *
 * Invariant: a kernel keeps its loaded code, as queued dispatches do; the code's file keeps both until it
 * drops them.
 */
#include "state/loaded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/batch.h"

static void kernel_destroy(struct fs_object *object)
{
    struct fs_kernel *kernel = FS_CONTAINER(object, struct fs_kernel, object);
    fs_batch_unref(kernel->last);
    free(kernel->last_args);
    free(kernel->short_name);
    free(kernel);
}

struct dead_code {
    struct fs_later later;
    struct gpu_code *code;
};

static void unload(struct fs_later *later)
{
    struct dead_code *dead = FS_CONTAINER(later, struct dead_code, later);
    gpu_code_unload(dead->code);
    free(dead);
}

static void loaded_destroy(struct fs_object *object)
{
    struct fs_loaded *loaded = FS_CONTAINER(object, struct fs_loaded, object);
    struct dead_code *dead = calloc(1, sizeof *dead);
    if (dead) {
        dead->code = loaded->code;
        fs_put_off(object->world, &dead->later, unload);
    } else {
        gpu_code_unload(loaded->code);
    }
    free(loaded->kernels);
    free(loaded->globals);
    free(loaded);
}

/* FNV-1a, 64 bits (draft-eastlake-fnv-17): names of symbols that are too long for a file. */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

static char *file_name(const char *symbol)
{
    char *name = NULL;
    if (strlen(symbol) <= 255)
        return strdup(symbol);
    return asprintf(&name, "%.238s~%016llx", symbol, (unsigned long long)hash_name(symbol)) < 0 ? NULL : name;
}

/* "ns::saxpy<float>(float const*, ...)" -> "saxpy"; NULL where nothing is left. */
static char *bare_name(const char *demangled)
{
    const char *end = demangled + strcspn(demangled, "(<"), *start = end;
    while (start > demangled && start[-1] != ' ' && start[-1] != ':')
        start--;
    return end > start && *end ? strndup(start, (size_t)(end - start)) : NULL;
}

static bool is_unique(const struct fs_loaded *loaded, unsigned index)
{
    const char *name = loaded->kernels[index]->short_name;
    bool unique = name && strlen(name) <= 255;
    for (unsigned j = 0; j < loaded->n_kernels && unique; j++) {
        const char *other = loaded->kernels[j]->short_name;
        unique =
            strcmp(loaded->kernels[j]->object.name, name) && (j == index || !other || strcmp(other, name));
    }
    return unique;
}

static int keep_unique_names(struct fs_loaded *loaded)
{
    bool *unique = calloc(loaded->n_kernels + 1, sizeof *unique);
    if (!unique)
        return -ENOMEM;
    for (unsigned i = 0; i < loaded->n_kernels; i++)
        loaded->kernels[i]->short_name = bare_name(loaded->kernels[i]->kernel->demangled);
    for (unsigned i = 0; i < loaded->n_kernels; i++)
        unique[i] = is_unique(loaded, i);
    for (unsigned i = 0; i < loaded->n_kernels; i++) {
        if (unique[i])
            continue;
        free(loaded->kernels[i]->short_name);
        loaded->kernels[i]->short_name = NULL;
    }
    free(unique);
    return 0;
}

static int kernel_create(struct fs_loaded *loaded, const struct gpu_kernel *code)
{
    struct fs_kernel *kernel = calloc(1, sizeof *kernel);
    char *name = file_name(code->symbol);
    if (!kernel || !name) {
        free(kernel);
        free(name);
        return -ENOMEM;
    }
    fs_object_init(&kernel->object, loaded->object.world, &loaded->object, name);
    kernel->object.destroy = kernel_destroy;
    kernel->kernel = code;
    loaded->kernels[loaded->n_kernels++] = kernel;
    return 0;
}

static void global_destroy(struct fs_object *object)
{
    free(FS_CONTAINER(object, struct fs_global, object));
}

static int globals_create(struct fs_loaded *loaded)
{
    unsigned n = gpu_code_globals(loaded->code);
    loaded->globals = calloc(n + 1, sizeof(struct fs_global *));
    for (unsigned i = 0; loaded->globals && i < n; i++) {
        struct fs_global *global = calloc(1, sizeof *global);
        const struct gpu_global *variable = gpu_code_global(loaded->code, i);
        char *name = file_name(variable->symbol);
        if (!global || !name) {
            free(global);
            free(name);
            return -ENOMEM;
        }
        fs_object_init(&global->object, loaded->object.world, &loaded->object, name);
        global->object.destroy = global_destroy;
        global->variable = variable;
        loaded->globals[loaded->n_globals++] = global;
    }
    return loaded->globals ? 0 : -ENOMEM;
}

int fs_loaded_create(struct fs_gpu *gpu, struct gpu_code *code, const char *name, struct fs_loaded **out)
{
    unsigned n = gpu_code_kernels(code);
    struct fs_loaded *loaded = calloc(1, sizeof *loaded);
    char *copy = strdup(name);
    struct fs_kernel **kernels = calloc(n + 1, sizeof(struct fs_kernel *));
    if (!loaded || !copy || !kernels) {
        free(loaded);
        free(copy);
        free(kernels);
        gpu_code_unload(code);
        return -ENOMEM;
    }
    fs_object_init(&loaded->object, gpu->object.world, &gpu->object, copy);
    loaded->object.destroy = loaded_destroy;
    loaded->code = code;
    loaded->kernels = kernels;
    int r = 0;
    for (unsigned i = 0; !r && i < n; i++)
        r = kernel_create(loaded, gpu_code_kernel(code, i));
    if (!r)
        r = keep_unique_names(loaded);
    if (!r)
        r = globals_create(loaded);
    if (r)
        fs_loaded_drop(loaded);
    else
        *out = loaded;
    return r;
}

/* Loaded code and its kernels count each other until here. */
void fs_loaded_drop(struct fs_loaded *loaded)
{
    if (!loaded)
        return;
    while (loaded->n_kernels)
        fs_object_unref(&loaded->kernels[--loaded->n_kernels]->object);
    while (loaded->n_globals)
        fs_object_unref(&loaded->globals[--loaded->n_globals]->object);
    fs_object_unref(&loaded->object);
}

struct fs_kernel *fs_kernel_find(const struct fs_loaded *loaded, const char *name)
{
    for (unsigned i = 0; i < loaded->n_kernels; i++)
        if (!strcmp(loaded->kernels[i]->object.name, name))
            return loaded->kernels[i];
    for (unsigned i = 0; i < loaded->n_kernels; i++)
        if (loaded->kernels[i]->short_name && !strcmp(loaded->kernels[i]->short_name, name))
            return loaded->kernels[i];
    return NULL;
}

struct fs_global *fs_global_find(const struct fs_loaded *loaded, const char *name)
{
    for (unsigned i = 0; i < loaded->n_globals; i++)
        if (!strcmp(loaded->globals[i]->object.name, name))
            return loaded->globals[i];
    return NULL;
}

void fs_kernels_remember(struct fs_batch *batch)
{
    /* The list has the newest first: what a kernel has already from this batch stays. */
    for (struct fs_last *last = batch->lasts; last; last = last->next) {
        struct fs_kernel *kernel = last->kernel;
        if (kernel->last == batch)
            continue;
        fs_batch_unref(kernel->last);
        kernel->last = batch;
        clock_gettime(CLOCK_REALTIME, &kernel->object.changed);
        batch->refs++;
        kernel->last_index = last->index;
        memcpy(kernel->last_grid, last->grid, sizeof last->grid);
        memcpy(kernel->last_group, last->group, sizeof last->group);
        free(kernel->last_args);
        kernel->last_args = last->args;
        last->args = NULL;
    }
}
