/*
 * pool.c - names and directories of buffers; holds on their memory.
 *
 * Invariant: a buffer's memory exists only while keepers is above zero, and moves or shrinks only under an
 * exclusive hold. Holds are granted first come first served for each buffer, all of a hold at once, so that
 * two holds never wait for each other.
 */
#include "state/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/freed.h"

static struct fs_entry *entry_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_entry, object);
}

/* ---- lifetimes ---- */

static void entry_destroy(struct fs_object *object)
{
    struct fs_entry *entry = entry_of(object);
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

void fs_entry_unkeep(struct fs_entry *entry)
{
    if (!--entry->keepers && entry->memory) {
        fs_freed_note(entry);
        fs_free_memory(entry->object.world, entry->memory);
        entry->memory = NULL;
    }
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

static int make(struct fs_object *object, const char *name, const struct fs_creation *by, bool dir)
{
    struct fs_entry *parent = entry_of(object);
    if (!parent->linked)
        return -ENOENT;
    if (fs_pool_child(parent, name))
        return -EEXIST;
    struct fs_entry *entry = entry_create(parent->gpu, parent->pool, object, name, by);
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

static int pool_create(struct fs_object *dir, const char *name, const struct fs_creation *by)
{
    return make(dir, name, by, false);
}

static int pool_mkdir(struct fs_object *dir, const char *name, const struct fs_creation *by)
{
    return make(dir, name, by, true);
}

static int drop(struct fs_object *object, const char *name, bool dir)
{
    struct fs_entry *parent = entry_of(object), *entry = fs_pool_child(parent, name);
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

static int pool_unlink(struct fs_object *dir, const char *name)
{
    return drop(dir, name, false);
}

static int pool_rmdir(struct fs_object *dir, const char *name)
{
    return drop(dir, name, true);
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

static int move(struct fs_entry *from, const char *name, struct fs_entry *to, const char *new_name,
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
static int pool_exchange(struct fs_object *from_object, const char *name, struct fs_object *to_object,
                         const char *new_name)
{
    struct fs_entry *from = entry_of(from_object), *to = entry_of(to_object);
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

static void pool_rename(struct fs_request *request, struct fs_object *from, const char *name,
                        struct fs_object *to, const char *new_name, bool may_replace)
{
    int r = -EXDEV;
    fs_lock(request->world);
    if (to->in_pool)
        r = move(entry_of(from), name, entry_of(to), new_name, may_replace);
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

/* ---- holds ---- */

static bool uses(const struct fs_hold *hold, const struct fs_entry *buffer)
{
    return hold->buffer[0] == buffer || hold->buffer[1] == buffer;
}

static bool can_grant(const struct fs_world *world, const struct fs_hold *hold)
{
    for (int i = 0; i < 2; i++) {
        const struct fs_entry *buffer = hold->buffer[i];
        if (!buffer)
            continue;
        if (buffer->holders < 0 || (hold->exclusive[i] && buffer->holders > 0))
            return false;
        for (const struct fs_hold *before = world->waiting_holds; before && before != hold;
             before = before->next)
            if (uses(before, buffer))
                return false;
    }
    return true;
}

static void grant(struct fs_hold *hold)
{
    for (int i = 0; i < 2; i++)
        if (hold->buffer[i])
            hold->buffer[i]->holders = hold->exclusive[i] ? -1 : hold->buffer[i]->holders + 1;
}

bool fs_hold_take(struct fs_world *world, struct fs_hold *hold, bool only_now)
{
    bool granted = can_grant(world, hold);
    if (granted) {
        grant(hold);
    } else if (!only_now) {
        struct fs_hold **end = &world->waiting_holds;
        while (*end)
            end = &(*end)->next;
        hold->next = NULL;
        *end = hold;
    } else {
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (hold->buffer[i])
            fs_entry_keep(hold->buffer[i]);
    return granted;
}

static void go_later(struct fs_later *later)
{
    struct fs_hold *hold = FS_CONTAINER(later, struct fs_hold, later);
    hold->go(hold);
}

void fs_hold_drop(struct fs_world *world, struct fs_hold *hold)
{
    for (int i = 0; i < 2; i++) {
        if (!hold->buffer[i])
            continue;
        hold->buffer[i]->holders -= hold->exclusive[i] ? -1 : 1;
        fs_entry_unkeep(hold->buffer[i]);
    }
    for (struct fs_hold **link = &world->waiting_holds; *link;) {
        struct fs_hold *waiting = *link;
        if (!can_grant(world, waiting)) {
            link = &waiting->next;
            continue;
        }
        *link = waiting->next;
        grant(waiting);
        fs_put_off(world, &waiting->later, go_later);
    }
}
