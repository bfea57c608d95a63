/*
 * tree.c - what the kernel knows files as: nodes, made by lookups; their stat and their text. Knows no single
 * file.
 *
 * Invariant: a text file's stat tells the size of what an open right after it (by the same process) reads:
 * stat leaves its text on the node, the open takes it. An older or another process's text is never shown, nor
 * one from before the process did something: each lookup makes it anew.
 */
#include "tree/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/clock.h"
#include "tree/open_files.h"

enum { TEXT_KEEPS_NS = 20 * 1000 * 1000 }; /* how long after a stat an open is "right after it" */

char *fs_node_path(const struct fs_node *node)
{
    return fs_object_path(node->row, node->object);
}

/* ---- nodes ---- */

static struct fs_node **bucket_of(struct fs_world *world, const struct fs_row *row,
                                  const struct fs_object *object)
{
    if (row->flags & FS_FRESH || object == &world->stale)
        return &world->fresh_nodes;
    return &world->nodes[fs_inode(row, object) * 31 % FS_NODE_BUCKETS];
}

static struct fs_node *node_create(struct fs_world *world, const struct fs_node *like)
{
    struct fs_node **bucket = bucket_of(world, like->row, like->object);
    struct fs_node *node = malloc(sizeof *node);
    uint64_t number = like->number;
    if (!node || (like->row != world->rows && fs_number_set(&world->numbers, &number, node))) {
        free(node);
        return NULL;
    }
    *node = *like;
    node->number = number;
    node->next = *bucket;
    node->link = bucket;
    if (node->next)
        node->next->link = &node->next;
    *bucket = node;
    fs_object_ref(node->object);
    return node;
}

static struct fs_node *node_get(struct fs_world *world, const struct fs_row *row, struct fs_object *object)
{
    struct fs_node **bucket = bucket_of(world, row, object);
    for (struct fs_node *node = *bucket; node && !(row->flags & FS_FRESH); node = node->next) {
        if (node->row == row && node->object == object) {
            node->lookups++;
            return node;
        }
    }
    return node_create(world, &(struct fs_node){.row = row, .object = object, .lookups = 1});
}

static void node_free(struct fs_node *node)
{
    *node->link = node->next;
    if (node->next)
        node->next->link = node->link;
    fs_number_drop(&node->object->world->numbers, node->number);
    fs_text_free(&node->text);
    fs_object_unref(node->object);
    free(node);
}

struct fs_node *fs_tree_root(struct fs_world *world)
{
    fs_lock(world);
    if (!world->root_node)
        world->root_node = node_get(world, world->rows, &world->root);
    fs_unlock(world);
    return world->root_node;
}

void fs_tree_forget(struct fs_world *world, struct fs_node *node, uint64_t lookups)
{
    fs_lock(world);
    node->lookups -= lookups < node->lookups ? lookups : node->lookups;
    if (!node->lookups && node != world->root_node)
        node_free(node);
    fs_unlock(world);
}

static void free_bucket(struct fs_world *world, struct fs_node **bucket)
{
    while (*bucket) {
        fs_lock(world);
        node_free(*bucket);
        fs_unlock(world);
    }
}

void fs_tree_free(struct fs_world *world)
{
    for (unsigned i = 0; i < FS_NODE_BUCKETS; i++)
        free_bucket(world, &world->nodes[i]);
    free_bucket(world, &world->fresh_nodes);
    world->root_node = NULL;
}

/* ---- text and its size ---- */

/* FNV-1a, 64 bits (draft-eastlake-fnv-17). */
static uint64_t hash_text(const struct fs_text *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text->length; i++)
        hash = (hash ^ (unsigned char)text->data[i]) * 0x100000001b3u;
    return hash;
}

/* Under the lock, which is given back meanwhile where the text takes long. */
static void make_text(struct fs_node *node, pid_t pid, bool from_stat)
{
    if (node->row->flags & FS_LARGE) {
        struct fs_text text = {0};
        fs_unlock(node->object->world);
        node->row->read(node->object, &text);
        fs_lock(node->object->world);
        fs_text_free(&node->text);
        node->text = text;
    } else {
        node->text.length = 0;
        node->text.failed = false;
        node->row->read(node->object, &node->text);
    }
    node->text_pid = pid;
    node->text_ns = fs_now_ns();
    node->text_from_stat = from_stat;
    uint64_t hash = hash_text(&node->text);
    if (!node->changed.tv_sec) /* a node may be new where its file is not */
        node->changed = node->object->changed;
    else if (hash != node->text_hash)
        clock_gettime(CLOCK_REALTIME, &node->changed);
    node->text_hash = hash;
}

static bool text_is_fresh(const struct fs_node *node, pid_t pid)
{
    return node->text_pid == pid && node->text_ns && fs_now_ns() - node->text_ns < TEXT_KEEPS_NS &&
           node->text_ns > atomic_load(&node->object->world->acted_ns[(unsigned)pid % FS_ACTORS]);
}

void fs_tree_acts(struct fs_world *world, pid_t pid)
{
    atomic_store(&world->acted_ns[(unsigned)pid % FS_ACTORS], fs_now_ns());
}

static size_t told_size(struct fs_node *node, pid_t pid)
{
    for (struct fs_file *file = node->files; file; file = file->next)
        if (file->pid == pid)
            return file->text.length;
    make_text(node, pid, true);
    return node->text.length;
}

static mode_t shown_mode(const struct fs_world *world, const struct fs_row *row)
{
    if (S_ISLNK(row->mode))
        return S_IFLNK | 0777;
    if (S_ISDIR(row->mode))
        return S_IFDIR | (world->options.shared ? 0770 : 0755);
    mode_t bits = row->mode & 0777;
    if (world->options.shared)
        bits = (bits | (bits & 0200) >> 3) & 0770; /* 0644: 0660 */
    return S_IFREG | bits;
}

static void fill_stat(struct fs_world *world, const struct fs_node *node, struct stat *st)
{
    const struct fs_row *row = node->row;
    *st = (struct stat){.st_ino = fs_inode(row, node->object),
                        .st_mode = shown_mode(world, row),
                        .st_nlink = S_ISDIR(row->mode) ? 2 : 1,
                        .st_uid = getuid(),
                        .st_gid = world->options.gid,
                        .st_blksize = 4096,
                        .st_atim = node->object->made,
                        .st_mtim = node->object->made,
                        .st_ctim = node->object->made};
    if (row->class && row->class->stat)
        row->class->stat(node->object, st);
}

static void set_text_stat(const struct fs_node *node, struct stat *st, size_t bytes)
{
    st->st_size = (off_t)bytes;
    st->st_blocks = (blkcnt_t)((bytes + 511) / 512);
    st->st_mtim = st->st_ctim = node->changed;
}

void fs_tree_stat(struct fs_world *world, struct fs_node *node, pid_t pid, struct stat *st)
{
    fs_lock(world);
    fill_stat(world, node, st);
    if (node->row->read)
        set_text_stat(node, st, told_size(node, pid));
    fs_unlock(world);
}

int fs_tree_lookup(struct fs_world *world, struct fs_node *parent, const char *name, pid_t pid,
                   struct fs_node **out, struct stat *st)
{
    const struct fs_row *row;
    struct fs_object *object;
    fs_lock(world);
    struct fs_node *node = NULL;
    int r = fs_row_find(parent->row, parent->object, name, &row, &object) ? 0 : -ENOENT;
    if (!r && !(node = node_get(world, row, object)))
        r = -ENOMEM;
    if (node) {
        fill_stat(world, node, st);
        if (row->read) {
            if (!(row->flags & FS_LARGE) && (!node->text_from_stat || !text_is_fresh(node, pid)))
                make_text(node, pid, false);
            set_text_stat(node, st, node->text.length);
        }
        *out = node;
    }
    fs_unlock(world);
    return r;
}

int fs_node_take_text(struct fs_node *node, pid_t pid, struct fs_text *out)
{
    if (!text_is_fresh(node, pid))
        make_text(node, pid, false);
    *out = node->text;
    node->text = (struct fs_text){0};
    node->text_ns = 0;
    node->text_from_stat = false;
    return out->failed ? -ENOMEM : 0;
}

int fs_tree_link(struct fs_world *world, struct fs_node *node, struct fs_text *target)
{
    if (!S_ISLNK(node->row->mode))
        return -EINVAL;
    fs_lock(world);
    node->row->read(node->object, target);
    fs_unlock(world);
    return target->failed ? -ENOMEM : 0;
}

/* ---- from the image before ---- */

int fs_tree_restore_node(struct fs_world *world, const struct fs_node *like, struct fs_node **out)
{
    struct fs_node *node =
        like->row == world->rows ? node_get(world, like->row, like->object) : node_create(world, like);
    if (!node)
        return -ENOMEM;
    if (like->row == world->rows)
        world->root_node = node;
    *out = node;
    return 0;
}
