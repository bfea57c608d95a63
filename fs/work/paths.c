/*
 * paths.c - buffers and queues as commands name them.
 *
 * A name is looked up in the directory of the GPU that the command goes to, then in the root, then where the
 * writer is: so whatever tab completion gives there works. Invariant: nothing is asked of a file system
 * (which may be this one), so links are not followed, but those that the mount itself has.
 */
#include "work/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "state/code.h"
#include "state/names.h"
#include "state/queue.h"

enum { MAX_PARTS = 256, MAX_PATH = 4096 };

struct path { /* without . and .. */
    char text[MAX_PATH];
    const char *part[MAX_PARTS];
    unsigned n;
};

static bool path_add(struct path *path, char *text)
{
    char *save = NULL;
    for (char *part = strtok_r(text, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
        if (!strcmp(part, "."))
            continue;
        if (!strcmp(part, "..")) {
            if (!path->n--)
                return false;
            continue;
        }
        if (path->n == MAX_PARTS)
            return false;
        path->part[path->n++] = part;
    }
    return true;
}

static bool path_parse(struct path *path, const char *base, const char *name)
{
    if (strlen(name) >= sizeof path->text)
        return false;
    strcpy(path->text, name);
    path->n = 0;
    if (base)
        path->part[path->n++] = base;
    return path_add(path, path->text);
}

/* by-pci/X and by-id/X stand for a GPU's directory. */
static struct fs_gpu *owner_of(struct fs_world *world, struct path *path)
{
    const char *dir = path->n ? path->part[0] : "";
    const struct fs_gpu *linked = path->n < 2              ? NULL
                                  : !strcmp(dir, "by-pci") ? fs_gpu_by_pci(world, path->part[1])
                                  : !strcmp(dir, "by-id")  ? fs_gpu_by_id(world, path->part[1])
                                                           : NULL;
    if (linked) {
        path->n--;
        memmove(path->part, path->part + 1, path->n * sizeof path->part[0]);
        path->part[0] = linked->object.name;
    }
    return path->n > 1 ? fs_gpu_find(world, path->part[0]) : NULL;
}

typedef bool look(struct fs_gpu *owner, struct path *path, void *out);

/* base: a GPU, or NULL for the root. */
static bool find_below(struct fs_world *world, const char *base, const char *name, look *look_for, void *out)
{
    struct path path;
    struct fs_gpu *owner = path_parse(&path, base, name) ? owner_of(world, &path) : NULL;
    return owner && look_for(owner, &path, out);
}

static bool find_absolute(struct fs_world *world, const char *name, look *look_for, void *out)
{
    struct path path, mount;
    if (!world->options.mountpoint || !path_parse(&mount, NULL, world->options.mountpoint) ||
        !path_parse(&path, NULL, name) || path.n < mount.n)
        return false;
    for (unsigned i = 0; i < mount.n; i++)
        if (strcmp(path.part[i], mount.part[i]))
            return false;
    path.n -= mount.n;
    memmove(path.part, path.part + mount.n, path.n * sizeof path.part[0]);
    struct fs_gpu *owner = owner_of(world, &path);
    return owner && look_for(owner, &path, out);
}

/* Where the writer of the command is. */
static bool find_from_caller(struct fs_world *world, const char *name, look *look_for, void *out)
{
    char link[40], path[MAX_PATH];
    snprintf(link, sizeof link, "/proc/%d/cwd", (int)world->caller);
    ssize_t length = world->caller ? readlink(link, path, sizeof path) : -1;
    if (length < 0 || (size_t)length + 1 + strlen(name) >= sizeof path)
        return false;
    snprintf(path + length, sizeof path - (size_t)length, "/%s", name);
    return find_absolute(world, path, look_for, out);
}

static bool find_path(struct fs_gpu *gpu, const char *name, look *look_for, void *out)
{
    struct fs_world *world = gpu->object.world;
    if (name[0] == '/')
        return find_absolute(world, name, look_for, out);
    return find_below(world, gpu->object.name, name, look_for, out) ||
           find_below(world, NULL, name, look_for, out) || find_from_caller(world, name, look_for, out);
}

static bool look_for_buffer(struct fs_gpu *gpu, struct path *path, void *out)
{
    struct fs_entry *entry = NULL;
    if (!strcmp(path->part[1], "vram"))
        entry = gpu->pools[GPU_VRAM];
    else if (!strcmp(path->part[1], "gtt"))
        entry = gpu->pools[GPU_GTT];
    for (unsigned i = 2; entry && i < path->n; i++)
        entry = entry->dir ? fs_pool_child(entry, path->part[i]) : NULL;
    if (!entry || entry->dir)
        return false;
    *(struct fs_entry **)out = entry;
    return true;
}

static bool look_for_variable(struct fs_gpu *gpu, struct path *path, void *out)
{
    if (path->n != 5 || strcmp(path->part[1], "kernels") || strcmp(path->part[3], ".globals"))
        return false;
    const struct fs_loaded *loaded = fs_loaded_find(gpu, path->part[2]);
    struct fs_global *global = loaded ? fs_global_find(loaded, path->part[4]) : NULL;
    if (!global)
        return false;
    *(struct fs_global **)out = global;
    return true;
}

static bool look_for_queue(struct fs_gpu *gpu, struct path *path, void *out)
{
    if (path->n != 3)
        return false;
    struct fs_queue *queue = NULL;
    if (!strcmp(path->part[1], "sdma"))
        queue = fs_queue_find(gpu, GPU_QUEUE_SDMA, path->part[2]);
    else if (!strcmp(path->part[1], "compute"))
        queue = fs_queue_find(gpu, GPU_QUEUE_COMPUTE, path->part[2]);
    if (!queue)
        return false;
    *(struct fs_queue **)out = queue;
    return true;
}

struct fs_entry *fs_find_buffer(struct fs_gpu *gpu, const char *name)
{
    struct fs_entry *buffer = NULL;
    return find_path(gpu, name, look_for_buffer, &buffer) ? buffer : NULL;
}

struct fs_global *fs_find_variable(struct fs_gpu *gpu, const char *name)
{
    struct fs_global *global = NULL;
    return find_path(gpu, name, look_for_variable, &global) ? global : NULL;
}

int fs_find_queue(struct fs_gpu *gpu, const char *name, struct fs_queue **out)
{
    if (find_path(gpu, name, look_for_queue, out))
        return 0;
    return gpu_err(-ENOENT, "%s: no such queue (one is named like sdma/0 or gpu1/compute/0)", name);
}
