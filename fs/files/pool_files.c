/*
 * pool_files.c - vram/ and gtt/: what is in them, and what may be done to names there.
 */
#include "files/pool_files.h"

#include <errno.h>

#include "state/names.h"
#include "tree/listing.h"

static struct fs_entry *entry_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_entry, object);
}

static int pool_create(struct fs_object *dir, const char *name, const struct fs_creation *by)
{
    return fs_pool_make(entry_of(dir), name, by, false);
}

static int pool_mkdir(struct fs_object *dir, const char *name, const struct fs_creation *by)
{
    return fs_pool_make(entry_of(dir), name, by, true);
}

static int pool_unlink(struct fs_object *dir, const char *name)
{
    return fs_pool_drop(entry_of(dir), name, false);
}

static int pool_rmdir(struct fs_object *dir, const char *name)
{
    return fs_pool_drop(entry_of(dir), name, true);
}

static int pool_exchange(struct fs_object *from, const char *name, struct fs_object *to, const char *new_name)
{
    return fs_pool_exchange(entry_of(from), name, entry_of(to), new_name);
}

static void pool_rename(struct fs_request *request, struct fs_object *from, const char *name,
                        struct fs_object *to, const char *new_name, bool may_replace)
{
    int r = -EXDEV;
    fs_lock(request->world);
    if (to->in_pool)
        r = fs_pool_move(entry_of(from), name, entry_of(to), new_name, may_replace);
    fs_unlock(request->world);
    fs_answer(request, r);
}

const struct fs_dir_class fs_pool_class = {.create = pool_create,
                                           .mkdir = pool_mkdir,
                                           .unlink = pool_unlink,
                                           .rmdir = pool_rmdir,
                                           .rename = pool_rename,
                                           .exchange = pool_exchange};

/* ---- for the rows ---- */

struct fs_object *fs_find_vram(struct fs_object *gpu, const char *name)
{
    (void)name;
    return &FS_CONTAINER(gpu, struct fs_gpu, object)->pools[GPU_VRAM]->object;
}

struct fs_object *fs_find_gtt(struct fs_object *gpu, const char *name)
{
    (void)name;
    return &FS_CONTAINER(gpu, struct fs_gpu, object)->pools[GPU_GTT]->object;
}

static struct fs_object *find(struct fs_object *dir, const char *name, bool is_dir)
{
    struct fs_entry *entry = fs_pool_child(entry_of(dir), name);
    return entry && entry->dir == is_dir ? &entry->object : NULL;
}

struct fs_object *fs_find_file(struct fs_object *dir, const char *name)
{
    return find(dir, name, false);
}

struct fs_object *fs_find_dir(struct fs_object *dir, const char *name)
{
    return find(dir, name, true);
}

static void list(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing, bool is_dir)
{
    for (const struct fs_entry *entry = entry_of(dir)->children; entry; entry = entry->sibling)
        if (entry->dir == is_dir)
            fs_list(listing, entry->object.name, fs_inode(row, &entry->object), row->mode);
}

void fs_list_files(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing)
{
    list(dir, row, listing, false);
}

void fs_list_dirs(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing)
{
    list(dir, row, listing, true);
}
