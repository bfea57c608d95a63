/*
 * tree.c - lookup, listing, stat and open over the rows of files.c; knows no single file.
 *
 * Invariant: a text file's stat tells the size of what an open right after it (by the same process) reads:
 * stat leaves its text on the node, the open takes it. An older or another process's text is never shown, nor
 * one from before the process did something: each lookup makes it anew.
 */
#include "files/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/clock.h"

enum { TEXT_KEEPS_NS = 20 * 1000 * 1000 }; /* how long after a stat an open is "right after it" */

static bool is_changing(const char *component)
{
    return component[0] == '<';
}

/* ---- rows ---- */

/* The last component of row's path if row is a child of that directory row, else NULL. */
static const char *child_name(const struct fs_row *row, const struct fs_row *dir)
{
    const char *path = dir->like ? dir->like : dir->path;
    size_t length = strlen(path);
    const char *name = row->path;
    if (length) {
        if (strncmp(row->path, path, length) || row->path[length] != '/')
            return NULL;
        name += length + 1;
    }
    return *name && !strchr(name, '/') ? name : NULL;
}

static bool find_child(const struct fs_node *parent, const char *name, const struct fs_row **row,
                       struct fs_object **object)
{
    for (const struct fs_row *candidate = parent->object->world->rows; candidate->path; candidate++) {
        const char *own = child_name(candidate, parent->row);
        if (!own || (!is_changing(own) && strcmp(own, name)))
            continue;
        struct fs_object *found = parent->object;
        if (candidate->find)
            found = candidate->find(parent->object, is_changing(own) ? name : NULL);
        if (!found)
            continue;
        *row = candidate;
        *object = found;
        return true;
    }
    return false;
}

uint64_t fs_inode(const struct fs_row *row, const struct fs_object *object)
{
    const struct fs_world *world = object->world;
    return object->serial << 8 | (object == &world->stale ? 0xff : (uint64_t)(row - world->rows));
}

/* ---- paths for people, made from the end ---- */

static void prepend(struct fs_text *path, const char *part, size_t length)
{
    struct fs_text longer = {0};
    fs_text_add(&longer, part, length);
    if (path->length)
        fs_text_printf(&longer, "/%s", path->data);
    fs_text_free(path);
    *path = longer;
}

static const struct fs_object *prepend_names(struct fs_text *path, const struct fs_object *object)
{
    if (object->in_pool && !object->name) /* a pool's root directory stands for its GPU here */
        object = object->parent;
    do {
        prepend(path, object->name ? object->name : "?", strlen(object->name ? object->name : "?"));
        object = object->parent;
    } while (object && object->in_pool && object->name);
    return object && object->in_pool ? object->parent : object;
}

/* Does a component with a fixed name stand for an object of that name? (sdma/kfdfs does) */
static bool is_object(const char *path, const char *start, const char *end, const struct fs_object *object)
{
    size_t length = (size_t)(end - start);
    if (!object->name || strlen(object->name) != length || strncmp(object->name, start, length))
        return false;
    for (const struct fs_row *row = object->world->rows; row->path; row++)
        if (strlen(row->path) == (size_t)(end - path) && !strncmp(row->path, path, (size_t)(end - path)))
            return row->find;
    return false;
}

char *fs_object_path(const struct fs_row *row, const struct fs_object *object)
{
    struct fs_text path = {0};
    const char *end = row->path + strlen(row->path);
    while (end > row->path && object) {
        const char *start = end;
        while (start > row->path && start[-1] != '/')
            start--;
        bool changing = is_changing(start);
        if (changing)
            object = prepend_names(&path, object);
        else
            prepend(&path, start, (size_t)(end - start));
        if (!changing && is_object(row->path, start, end, object))
            object = object->parent;
        end = start > row->path ? start - 1 : start;
    }
    return path.data ? path.data : strdup("/");
}

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
        while ((*bucket)->files)
            fs_tree_release((*bucket)->files);
        fs_lock(world);
        node_free(*bucket);
        fs_unlock(world);
    }
}

void fs_tree_free(struct fs_world *world)
{
    while (world->listings)
        fs_listing_free(world, world->listings);
    for (unsigned i = 0; i < FS_NODE_BUCKETS; i++)
        free_bucket(world, &world->nodes[i]);
    free_bucket(world, &world->fresh_nodes);
    world->root_node = NULL;
}

/* ---- text and its size ---- */

static bool has_text(const struct fs_row *row)
{
    return row->read;
}

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
    if (has_text(node->row))
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
    int r = find_child(parent, name, &row, &object) ? 0 : -ENOENT;
    if (!r && !(node = node_get(world, row, object)))
        r = -ENOMEM;
    if (node) {
        fill_stat(world, node, st);
        if (has_text(row)) {
            if (!(row->flags & FS_LARGE) && (!node->text_from_stat || !text_is_fresh(node, pid)))
                make_text(node, pid, false);
            set_text_stat(node, st, node->text.length);
        }
        *out = node;
    }
    fs_unlock(world);
    return r;
}

/* ---- open files ---- */

static int take_text(struct fs_file *file)
{
    struct fs_node *node = file->node;
    if (!text_is_fresh(node, file->pid))
        make_text(node, file->pid, false);
    file->text = node->text;
    node->text = (struct fs_text){0};
    node->text_ns = 0;
    node->text_from_stat = false;
    return file->text.failed ? -ENOMEM : 0;
}

static int file_begin(struct fs_file *file)
{
    const struct fs_row *row = file->row;
    if ((file->flags & O_ACCMODE) != O_RDONLY && !(row->mode & 0200))
        return -EACCES;
    int r = has_text(row) ? take_text(file) : 0;
    if (!r && row->class && row->class->open)
        r = row->class->open(file);
    return r;
}

int fs_tree_open(struct fs_world *world, struct fs_node *node, pid_t pid, int flags, struct fs_file **out)
{
    struct fs_file *file = calloc(1, sizeof *file);
    if (!file)
        return -ENOMEM;
    fs_lock(world);
    *file = (struct fs_file){
        .world = world, .node = node, .row = node->row, .object = node->object, .pid = pid, .flags = flags};
    int r = fs_number_set(&world->numbers, &file->number, file);
    if (!r)
        r = file_begin(file);
    if (r) {
        fs_number_drop(&world->numbers, file->number);
        fs_text_free(&file->text);
        free(file);
    } else {
        fs_object_ref(file->object);
        file->next = node->files;
        node->files = file;
        *out = file;
    }
    fs_unlock(world);
    return r;
}

void fs_tree_release(struct fs_file *file)
{
    struct fs_world *world = file->world;
    if (file->row->class && file->row->class->release)
        file->row->class->release(file);
    fs_lock(world);
    struct fs_file **link = &file->node->files;
    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
    fs_number_drop(&world->numbers, file->number);
    fs_object_unref(file->object);
    fs_unlock(world);
    fs_text_free(&file->text);
    fs_text_free(&file->tail);
    free(file);
}

static void text_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    const char *from = NULL;
    struct fs_text copy = {0}; /* the reader may close the file before the reply returns */
    size_t n = fs_text_at(&file->text, offset, bytes, &from);
    if (n)
        fs_text_add(&copy, from, n);
    if (copy.failed)
        fs_answer(request, -ENOMEM);
    else
        fs_answer_data(request, copy.data, copy.length);
    fs_text_free(&copy);
}

const struct fs_class fs_text_class = {.read = text_read};

/* ---- directories and links ---- */

void fs_list(struct fs_listing *listing, const char *name, uint64_t inode, mode_t type)
{
    if (listing->n == listing->capacity) {
        size_t capacity = listing->capacity * 2 + 16;
        void *entries = realloc(listing->entries, capacity * sizeof *listing->entries);
        if (!entries) {
            listing->names.failed = true;
            return;
        }
        listing->entries = entries;
        listing->capacity = capacity;
    }
    listing->entries[listing->n++] = (struct fs_listed){listing->names.length, inode, type & S_IFMT};
    fs_text_add(&listing->names, name, strlen(name) + 1);
}

static void list_children(const struct fs_node *node, struct fs_listing *listing)
{
    fs_list(listing, ".", fs_inode(node->row, node->object), S_IFDIR);
    fs_list(listing, "..", 1, S_IFDIR);
    for (const struct fs_row *row = node->object->world->rows; row->path; row++) {
        const char *name = child_name(row, node->row);
        if (!name)
            continue;
        if (is_changing(name)) {
            row->list(node->object, row, listing);
            continue;
        }
        const struct fs_object *object = row->find ? row->find(node->object, NULL) : node->object;
        if (object)
            fs_list(listing, name, fs_inode(row, object), row->mode);
    }
}

static int listing_enter(struct fs_world *world, struct fs_listing *listing)
{
    listing->next = world->listings;
    listing->link = &world->listings;
    if (listing->next)
        listing->next->link = &listing->next;
    world->listings = listing;
    return fs_number_set(&world->numbers, &listing->number, listing);
}

int fs_tree_list(struct fs_world *world, struct fs_listing **out)
{
    struct fs_listing *listing = calloc(1, sizeof *listing);
    if (!listing)
        return -ENOMEM;
    fs_lock(world);
    int r = listing_enter(world, listing);
    fs_unlock(world);
    if (r) {
        fs_listing_free(world, listing);
        return -ENOMEM;
    }
    *out = listing;
    return 0;
}

int fs_tree_list_fill(struct fs_world *world, const struct fs_node *node, struct fs_listing *listing)
{
    fs_lock(world);
    listing->n = listing->names.length = 0;
    list_children(node, listing);
    bool failed = listing->names.failed;
    fs_unlock(world);
    return failed ? -ENOMEM : 0;
}

void fs_listing_free(struct fs_world *world, struct fs_listing *listing)
{
    fs_lock(world);
    *listing->link = listing->next;
    if (listing->next)
        listing->next->link = listing->link;
    fs_number_drop(&world->numbers, listing->number);
    fs_unlock(world);
    fs_text_free(&listing->names);
    free(listing->entries);
    free(listing);
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

int fs_tree_restore_file(struct fs_world *world, const struct fs_file *like)
{
    struct fs_file *file = malloc(sizeof *file);
    if (!file)
        return -ENOMEM;
    *file = *like;
    int r = fs_number_set(&world->numbers, &file->number, file);
    if (!r && file->row->class && file->row->class->open)
        r = file->row->class->open(file);
    if (r) {
        fs_number_drop(&world->numbers, file->number);
        free(file);
        return r;
    }
    fs_object_ref(file->object);
    file->next = file->node->files;
    file->node->files = file;
    return 0;
}

int fs_tree_restore_listing(struct fs_world *world, struct fs_listing *listing)
{
    return listing_enter(world, listing);
}
