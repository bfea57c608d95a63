/*
 * preload.c - finds libkfdsim.so and runs a program with it preloaded.
 *
 * Invariant: what LD_PRELOAD held stays in it. The environment is inherited by children (fusermount3): the
 * object does nothing in a program that does not open a GPU.
 */
#include "preload.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char object_name[] = "libkfdsim.so";

bool preload_is_on(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return getenv("KFDFS_SIM") && preload && strstr(preload, object_name);
}

/* The build tree's place, the same directory, and the library directories beside bin/. */
static int find_object(char *path, size_t size)
{
    static const char *const places[] = {"%s/../driver/sim/%s", "%s/%s", "%s/../lib/%s", "%s/../lib/*/%s",
                                         "%s/../lib64/%s"};
    const char *given = getenv("KFDFS_SIM_LIB");
    if (given && snprintf(path, size, "%s", given) < (int)size)
        return access(path, R_OK) ? -errno : 0;
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        return -errno;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char pattern[4300];
        glob_t found;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(pattern, sizeof pattern, places[i], self, object_name);
#pragma GCC diagnostic pop
        if (glob(pattern, 0, NULL, &found))
            continue;
        int length = snprintf(path, size, "%s", found.gl_pathv[0]);
        globfree(&found);
        return length < (int)size ? 0 : -ENAMETOOLONG;
    }
    return -ENOENT;
}

static int set_environment(const char *models, const char *options)
{
    char object[4400], real[4400], *preload = NULL;
    int r = find_object(object, sizeof object);
    if (r || !realpath(object, real)) {
        fprintf(stderr, "kfdfs: %s is not installed beside kfdfs; set KFDFS_SIM_LIB to where it is\n",
                object_name);
        return r ? r : -errno;
    }
    const char *before = getenv("LD_PRELOAD");
    if (asprintf(&preload, "%s%s%s", before && *before ? before : "", before && *before ? ":" : "", real) < 0)
        return -ENOMEM;
    r = setenv("LD_PRELOAD", preload, 1) || setenv("KFDFS_SIM", models, 1);
    if (!r && options && *options)
        r = setenv("KFDFS_SIM_OPTS", options, 1);
    free(preload);
    return r ? -ENOMEM : 0;
}

int preload_exec_self(const char *models, const char *options, char **argv)
{
    char self[4096]; /* by its own name, which is what ps shows */
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0) {
        perror("kfdfs: /proc/self/exe");
        return -errno;
    }
    self[n] = '\0';
    return preload_exec(models, options, self, argv);
}

int preload_exec(const char *models, const char *options, const char *program, char **argv)
{
    int r = set_environment(models, options);
    if (r)
        return r;
    execvp(program, argv);
    r = -errno;
    fprintf(stderr, "kfdfs: %s: %s\n", program, strerror(errno));
    return r;
}
