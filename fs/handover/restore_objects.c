/*
 * restore_objects.c - which object of the next image is the one that was saved.
 */
#include "handover/restore_objects.h"

#include <errno.h>
#include <stdlib.h>

void fs_restore_complain(struct fs_restore *restore, const char *path, const char *what)
{
    struct fs_text text = {0};
    fs_text_printf(&text, "not to be had again after a fault or a reset: %s: %s", what, gpu_err_text());
    fs_errors_add(&restore->world->errors, 0, -EIO, path ? path : "-", text.failed ? what : text.data);
    fs_text_free(&text);
}

/* ---- objects by their serial numbers ---- */

static void remember(struct fs_restore *restore, struct fs_object *object)
{
    if (restore->n_known == restore->capacity) {
        size_t capacity = restore->capacity * 2 + 64;
        void *longer = realloc(restore->known, capacity * sizeof *restore->known);
        if (!longer) {
            restore->failed = true;
            return;
        }
        restore->known = longer;
        restore->capacity = capacity;
    }
    restore->known[restore->n_known].serial = object->serial;
    restore->known[restore->n_known++].object = object;
}

static int by_serial(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void fs_restore_sort(struct fs_restore *restore)
{
    if (restore->n_known)
        qsort(restore->known, restore->n_known, sizeof *restore->known, by_serial);
}

struct fs_object *fs_restore_known(const struct fs_restore *restore, uint64_t serial)
{
    size_t low = 0, high = restore->n_known;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (restore->known[middle].serial < serial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < restore->n_known && restore->known[low].serial == serial ? restore->known[low].object : NULL;
}

struct fs_saved_object fs_restore_object(struct fs_stream *in)
{
    struct fs_saved_object saved;
    saved.serial = fs_get(in);
    saved.name = fs_get_string(in);
    saved.made = fs_get_time(in);
    saved.changed = fs_get_time(in);
    return saved;
}

void fs_restore_settle(struct fs_restore *restore, struct fs_object *object,
                       const struct fs_saved_object *saved)
{
    object->serial = saved->serial;
    object->made = saved->made;
    object->changed = saved->changed;
    remember(restore, object);
}
