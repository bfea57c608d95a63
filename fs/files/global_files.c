/*
 * global_files.c - kernels/OBJECT/.globals: variables of loaded code, as files of a fixed size.
 *
 * Invariant: a global keeps its loaded code, so its memory is there as long as anybody has it open. The CPU
 * reads and writes it where it lies; commands name it as they name buffers.
 */
#include "files/global_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "tree/listing.h"
#include "tree/open_files.h"

static struct fs_global *global_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_global, object);
}

static struct fs_loaded *loaded_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_loaded, object);
}

static struct fs_gpu *gpu_of(const struct fs_global *global)
{
    return FS_CONTAINER(global->object.parent->parent, struct fs_gpu, object);
}

/* ---- bytes ---- */

static void global_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    const struct fs_global *global = global_of(file->object);
    const struct gpu_global *variable = global->variable;
    uint64_t left = offset < variable->bytes ? variable->bytes - offset : 0;
    size_t n = left < bytes ? left : bytes;
    int r = fs_gpu_lost(gpu_of(global));
    const uint8_t *from = r ? NULL : gpu_buffer_cpu(variable->memory);
    char *copy = malloc(n ? n : 1);
    if (!r && !from)
        r = gpu_err(-EOPNOTSUPP, "%s: the CPU cannot reach this memory; copy it into a buffer first",
                    global->object.name);
    if (!r && !copy)
        r = gpu_err(-ENOMEM, "no memory for a read of %zu bytes", n);
    if (r) {
        fs_answer_error(request, r);
    } else {
        memcpy(copy, from + variable->offset + offset, n);
        fs_answer_data(request, copy, n);
    }
    free(copy);
}

static void global_write(struct fs_request *request, struct fs_file *file, uint64_t offset,
                         struct fs_source *source)
{
    const struct fs_global *global = global_of(file->object);
    const struct gpu_global *variable = global->variable;
    int r = fs_gpu_lost(gpu_of(global));
    if (!r && (offset > variable->bytes || source->bytes > variable->bytes - offset))
        r = gpu_err(-ENOSPC, "%s has %llu bytes, for good", global->object.name,
                    (unsigned long long)variable->bytes);
    char *data = malloc(source->bytes ? source->bytes : 1);
    if (!r)
        r = data ? source->copy(source, data) : gpu_err(-ENOMEM, "no memory for %zu bytes", source->bytes);
    if (!r && source->bytes)
        r = gpu_buffer_upload(variable->memory, variable->offset + offset, data, source->bytes);
    free(data);
    if (r)
        fs_answer_error(request, r);
    else
        fs_answer(request, (ssize_t)source->bytes);
}

/* As a device: > truncates nothing, and no other size can be had. */
static void global_resize(struct fs_request *request, struct fs_object *object, struct fs_file *open,
                          uint64_t bytes)
{
    (void)open;
    const struct fs_global *global = global_of(object);
    if (bytes == 0 || bytes == global->variable->bytes) {
        fs_answer(request, 0);
        return;
    }
    fs_answer_error(request, gpu_err(-EPERM, "%s has %llu bytes, for good", global->object.name,
                                     (unsigned long long)global->variable->bytes));
}

static void global_stat(struct fs_object *object, struct stat *st)
{
    st->st_size = (off_t)global_of(object)->variable->bytes;
    st->st_blocks = (st->st_size + 511) / 512;
}

const struct fs_class fs_global_class = {
    .read = global_read, .write = global_write, .resize = global_resize, .stat = global_stat};

/* ---- for the rows ---- */

/* The directory is there where something would be in it. */
struct fs_object *fs_find_globals(struct fs_object *loaded, const char *name)
{
    (void)name;
    return loaded_of(loaded)->n_globals ? loaded : NULL;
}

struct fs_object *fs_find_global(struct fs_object *loaded, const char *name)
{
    struct fs_global *global = fs_global_find(loaded_of(loaded), name);
    return global ? &global->object : NULL;
}

void fs_list_globals(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing)
{
    const struct fs_loaded *code = loaded_of(loaded);
    for (unsigned i = 0; i < code->n_globals; i++)
        fs_list(listing, code->globals[i]->object.name, fs_inode(row, &code->globals[i]->object), row->mode);
}
