/* code_file.h - files as bytes, and kernels of loaded code by name. */
#ifndef KFDFS_TEST_CODE_FILE_H
#define KFDFS_TEST_CODE_FILE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

/* malloc'ed, and a zero behind it. NULL: cannot be read. */
static inline void *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = calloc(1, *size + 1);
    if (bytes && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

/* 0, or what gpu_code_load() or the file says. */
static inline int code_load(struct gpu *gpu, const char *path, struct gpu_code **code)
{
    size_t size;
    void *bytes = file_read(path, &size);
    int rc = bytes ? gpu_code_load(gpu, bytes, size, code) : gpu_err(-EIO, "%s: cannot be read", path);
    free(bytes);
    return rc;
}

/* NULL: there is none. */
static inline const struct gpu_kernel *code_find(struct gpu_code *code, const char *name)
{
    for (unsigned i = 0; i < gpu_code_kernels(code); i++)
        if (!strcmp(gpu_code_kernel(code, i)->symbol, name))
            return gpu_code_kernel(code, i);
    return NULL;
}

#endif
