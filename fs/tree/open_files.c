/*
 * open_files.c - a file that somebody has open, from open to release; those that read a text read one.
 */
#include "tree/open_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static int file_begin(struct fs_file *file)
{
    const struct fs_row *row = file->row;
    if ((file->flags & O_ACCMODE) != O_RDONLY && !(row->mode & 0200))
        return -EACCES;
    int r = row->read ? fs_node_take_text(file->node, file->pid, &file->text) : 0;
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

static void close_all(struct fs_node *node)
{
    for (; node; node = node->next)
        while (node->files)
            fs_tree_release(node->files);
}

void fs_open_files_free(struct fs_world *world)
{
    for (unsigned i = 0; i < FS_NODE_BUCKETS; i++)
        close_all(world->nodes[i]);
    close_all(world->fresh_nodes);
}
