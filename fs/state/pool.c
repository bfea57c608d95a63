/*
 * pool.c - buffers and directories of them as objects.
 *
 * Invariant: a buffer's memory exists only while keepers is above zero, and moves or shrinks only under an
 * exclusive hold.
 */
#include "state/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/freed.h"
#include "state/names.h"

/* ---- lifetimes ---- */

static void entry_destroy(struct fs_object *object)
{
    struct fs_entry *entry = FS_CONTAINER(object, struct fs_entry, object);
    if (entry->memory)
        fs_free_memory(object->world, entry->memory);
    free(entry);
}

static struct fs_entry *entry_create(struct fs_gpu *gpu, enum gpu_pool pool, struct fs_object *parent,
                                     const char *name, const struct fs_creation *by)
{
    struct fs_entry *entry = calloc(1, sizeof *entry);
    char *copy = name ? strdup(name) : NULL;
    if (!entry || (name && !copy)) {
        free(entry);
        free(copy);
        return NULL;
    }
    fs_object_init(&entry->object, gpu->object.world, parent, copy);
    entry->object.destroy = entry_destroy;
    entry->object.in_pool = true;
    entry->gpu = gpu;
    entry->pool = pool;
    entry->mode = by->mode & 07777;
    entry->uid = by->uid;
    entry->gid = by->gid;
    clock_gettime(CLOCK_REALTIME, &entry->mtime);
    entry->atime = entry->ctime = entry->mtime;
    return entry;
}

struct fs_entry *fs_pool_create(struct fs_gpu *gpu, enum gpu_pool pool)
{
    const struct fs_options *options = &gpu->object.world->options;
    struct fs_creation by = {options->shared ? 0770 : 0755, getuid(), options->gid};
    struct fs_entry *root = entry_create(gpu, pool, &gpu->object, NULL, &by);
    if (root)
        root->dir = root->linked = true;
    return root;
}

void fs_entry_keep(struct fs_entry *entry)
{
    entry->keepers++;
    fs_object_ref(&entry->object);
}

void fs_entry_set_memory(struct fs_entry *entry, struct gpu_buffer *memory)
{
    struct fs_text path = {0};
    if (entry->memory) {
        fs_entry_path(&path, entry);
        if (!path.failed)
            fs_freed_note(entry->object.world, entry->memory, path.data);
        fs_text_free(&path);
        fs_free_memory(entry->object.world, entry->memory);
    }
    entry->memory = memory;
}

void fs_entry_unkeep(struct fs_entry *entry)
{
    if (!--entry->keepers)
        fs_entry_set_memory(entry, NULL);
    fs_object_unref(&entry->object);
}

/* ---- names ---- */

void fs_entry_path(struct fs_text *text, const struct fs_entry *entry)
{
    const struct fs_object *object = &entry->object;
    if (!object->in_pool) {
        fs_text_printf(text, "%s", object->name);
        return;
    }
    if (object->parent->in_pool || !object->name)
        fs_entry_path(text, FS_CONTAINER(object->parent, const struct fs_entry, object));
    fs_text_add(text, "/", 1);
    fs_text_name(text, object->name ? object->name : entry->pool == GPU_VRAM ? "vram" : "gtt");
}

static void dir_changed(struct fs_entry *dir)
{
    clock_gettime(CLOCK_REALTIME, &dir->mtime);
    dir->ctime = dir->mtime;
}

static void entry_link(struct fs_entry *dir, struct fs_entry *entry)
{
    fs_names_add(dir, entry);
    dir->subdirs += entry->dir;
    entry->linked = true;
    dir_changed(dir);
    entry->ctime = dir->ctime;
}

static void entry_unlink(struct fs_entry *dir, struct fs_entry *entry)
{
    fs_names_remove(dir, entry);
    dir->subdirs -= entry->dir;
    entry->linked = false;
    dir_changed(dir);
    entry->ctime = dir->ctime;
}

void fs_pool_free(struct fs_entry *root)
{
    if (!root)
        return;
    while (root->children) {
        struct fs_entry *child = root->children;
        entry_unlink(root, child);
        if (child->dir)
            fs_pool_free(child);
        else
            fs_entry_unkeep(child);
    }
    fs_object_unref(&root->object);
}

int fs_pool_make(struct fs_entry *parent, const char *name, const struct fs_creation *by, bool dir)
{
    if (!parent->linked)
        return -ENOENT;
    if (fs_pool_child(parent, name))
        return -EEXIST;
    struct fs_entry *entry = entry_create(parent->gpu, parent->pool, &parent->object, name, by);
    if (!entry)
        return -ENOMEM;
    entry->dir = dir;
    entry->keepers = 1;
    if (parent->mode & S_ISGID) { /* what is made in such a directory is of its group */
        entry->gid = parent->gid;
        entry->mode |= dir ? S_ISGID : 0;
    }
    entry_link(parent, entry);
    return 0;
}

int fs_pool_drop(struct fs_entry *parent, const char *name, bool dir)
{
    struct fs_entry *entry = fs_pool_child(parent, name);
    if (!entry)
        return -ENOENT;
    if (entry->dir != dir)
        return dir ? -ENOTDIR : -EISDIR;
    if (entry->children)
        return -ENOTEMPTY;
    entry_unlink(parent, entry);
    fs_entry_unkeep(entry);
    return 0;
}

static int check_replaced(const struct fs_entry *moved, const struct fs_entry *there, bool may_replace)
{
    if (!there || there == moved)
        return 0;
    if (!may_replace)
        return -EEXIST;
    if (there->dir != moved->dir)
        return there->dir ? -EISDIR : -ENOTDIR;
    return there->children ? -ENOTEMPTY : 0;
}

/* Under that name into that directory; it has none at the moment. */
static void entry_settle(struct fs_entry *dir, struct fs_entry *entry, char *name)
{
    struct fs_object *old_parent = entry->object.parent;
    entry->object.name = name;
    fs_object_ref(&dir->object);
    entry->object.parent = &dir->object;
    fs_object_unref(old_parent);
    entry_link(dir, entry);
}

int fs_pool_move(struct fs_entry *from, const char *name, struct fs_entry *to, const char *new_name,
                 bool may_replace)
{
    struct fs_entry *entry = fs_pool_child(from, name), *there = fs_pool_child(to, new_name);
    if (!entry || !to->linked)
        return -ENOENT;
    if (from->gpu != to->gpu || from->pool != to->pool)
        return -EXDEV;
    int r = check_replaced(entry, there, may_replace);
    if (r || there == entry)
        return r;
    char *copy = strdup(new_name);
    if (!copy)
        return -ENOMEM;
    if (there) {
        entry_unlink(to, there);
        fs_entry_unkeep(there);
    }
    entry_unlink(from, entry);
    free(entry->object.name);
    entry_settle(to, entry, copy);
    return 0;
}

/* Two that are there change places. Nothing is allocated: it cannot stop half way. */
int fs_pool_exchange(struct fs_entry *from, const char *name, struct fs_entry *to, const char *new_name)
{
    if (from->gpu != to->gpu || from->pool != to->pool)
        return -EXDEV;
    struct fs_entry *one = fs_pool_child(from, name), *other = fs_pool_child(to, new_name);
    if (!one || !other)
        return -ENOENT;
    if (one == other)
        return 0;
    entry_unlink(from, one);
    entry_unlink(to, other);
    char *freed = one->object.name;
    entry_settle(to, one, other->object.name);
    entry_settle(from, other, freed);
    return 0;
}
