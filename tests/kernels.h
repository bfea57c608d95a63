/* kernels.h - the compiled kernels of tests/kernels/ as bytes; a test skips where no compiler made them. */
#ifndef KFDFS_TEST_KERNELS_H
#define KFDFS_TEST_KERNELS_H

#include <stdio.h>
#include <stdlib.h>

/* "vector_add", "gfx942", "O3" -> malloc'ed bytes, or NULL after telling why on stdout. */
static inline void *kernel_bytes(const char *name, const char *target, const char *level, size_t *size)
{
    const char *dir = getenv("KFDFS_KERNELS");
    char path[4096];
    FILE *file = NULL;
    void *bytes = NULL;

    snprintf(path, sizeof path, "%s/%s.%s.%s.hsaco", dir != NULL ? dir : ".", name, target, level);
    file = fopen(path, "rb");
    if (file == NULL) {
        printf("skipped: no compiled kernel %s\n", path);
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size + 1);
    if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

#endif
