/*
 * rows.c - which row of the table a name belongs to, and what a row's object is called.
 */
#include "tree/rows.h"

#include <stdlib.h>
#include <string.h>

bool fs_row_is_changing(const char *component)
{
    return component[0] == '<';
}

/* The last component of row's path if row is a child of that directory row, else NULL. */
const char *fs_row_child(const struct fs_row *row, const struct fs_row *dir)
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

bool fs_row_find(const struct fs_row *dir, struct fs_object *parent, const char *name,
                 const struct fs_row **row, struct fs_object **object)
{
    for (const struct fs_row *candidate = parent->world->rows; candidate->path; candidate++) {
        const char *own = fs_row_child(candidate, dir);
        if (!own || (!fs_row_is_changing(own) && strcmp(own, name)))
            continue;
        struct fs_object *found = parent;
        if (candidate->find)
            found = candidate->find(parent, fs_row_is_changing(own) ? name : NULL);
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
        bool changing = fs_row_is_changing(start);
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
