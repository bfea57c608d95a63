/*
 * code_files.c - code/ and kernels/: names there, and what the kernel asks of a file of code.
 */
#include "files/code_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "state/code.h"
#include "tree/listing.h"
#include "tree/open_files.h"

static struct fs_code_file *code_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_code_file, object);
}

static struct fs_gpu *gpu_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_gpu, object);
}

/* ---- names ---- */

static int code_create(struct fs_object *gpu, const char *name, const struct fs_creation *by)
{
    return fs_code_create(gpu_of(gpu), name, by);
}

static int code_unlink(struct fs_object *gpu, const char *name)
{
    return fs_code_unlink(gpu_of(gpu), name);
}

static void answer(struct fs_request *request, int r)
{
    if (r)
        fs_answer_error(request, r);
    else
        fs_answer(request, 0);
}

static void code_rename(struct fs_request *request, struct fs_object *from, const char *name,
                        struct fs_object *to, const char *new_name, bool may_replace)
{
    if (from != to)
        fs_answer(request, -EXDEV);
    else
        answer(request, fs_code_rename(gpu_of(from), name, new_name, may_replace));
}

const struct fs_dir_class fs_code_class = {
    .create = code_create, .unlink = code_unlink, .rename = code_rename};

/* ---- bytes ---- */

static int code_open(struct fs_file *open)
{
    struct fs_code_file *file = code_of(open->object);
    if (file->gone) /* since it was looked up: the kernel looks again, and makes it anew */
        return -ESTALE;
    file->opens++;
    return 0;
}

static void code_release(struct fs_file *open)
{
    fs_lock(open->world);
    fs_code_close(code_of(open->object));
    fs_unlock(open->world);
}

static void code_flush(struct fs_request *request, struct fs_file *open)
{
    bool writes = (open->flags & O_ACCMODE) != O_RDONLY;
    answer(request, writes ? fs_code_load(code_of(open->object)) : 0);
}

static void code_read(struct fs_request *request, struct fs_file *open, uint64_t offset, size_t bytes)
{
    char *copy = malloc(bytes ? bytes : 1);
    if (!copy) {
        fs_answer(request, -ENOMEM);
        return;
    }
    const char *from = NULL;
    fs_lock(open->world);
    size_t n = fs_text_at(fs_code_bytes(code_of(open->object)), offset, bytes, &from);
    if (n)
        memcpy(copy, from, n);
    fs_unlock(open->world);
    fs_answer_data(request, copy, n);
    free(copy);
}

static void code_write(struct fs_request *request, struct fs_file *open, uint64_t offset,
                       struct fs_source *source)
{
    char *data = malloc(source->bytes ? source->bytes : 1);
    int r = data ? source->copy(source, data) : gpu_err(-ENOMEM, "no memory for %zu bytes", source->bytes);
    if (!r) {
        fs_lock(open->world);
        r = fs_code_write(code_of(open->object), offset, data, source->bytes);
        fs_unlock(open->world);
    }
    free(data);
    if (r)
        fs_answer_error(request, r);
    else
        fs_answer(request, (ssize_t)source->bytes);
}

static void code_resize(struct fs_request *request, struct fs_object *object, struct fs_file *open,
                        uint64_t bytes)
{
    (void)open;
    fs_lock(request->world);
    int r = fs_code_resize(code_of(object), bytes);
    fs_unlock(request->world);
    answer(request, r);
}

static void code_stat(struct fs_object *object, struct stat *st)
{
    const struct fs_code_file *file = code_of(object);
    st->st_mode = S_IFREG | file->mode;
    st->st_uid = file->uid;
    st->st_gid = file->gid;
    st->st_nlink = file->linked;
    st->st_mtim = st->st_ctim = file->mtime;
    st->st_size = (off_t)fs_code_bytes(file)->length;
    st->st_blocks = (st->st_size + 511) / 512;
}

static void code_change(struct fs_object *object, const struct stat *st, int what)
{
    struct fs_code_file *file = code_of(object);
    if (what & FS_SET_MODE)
        file->mode = st->st_mode & 07777;
    if (what & FS_SET_UID)
        file->uid = st->st_uid;
    if (what & FS_SET_GID)
        file->gid = st->st_gid;
    if (what & FS_SET_MTIME)
        file->mtime = st->st_mtim;
}

const struct fs_class fs_code_file_class = {.open = code_open,
                                            .read = code_read,
                                            .write = code_write,
                                            .resize = code_resize,
                                            .flush = code_flush,
                                            .release = code_release,
                                            .stat = code_stat,
                                            .change = code_change};

/* ---- for the rows ---- */

struct fs_object *fs_find_code(struct fs_object *gpu, const char *name)
{
    struct fs_code_file *file = fs_code_find(gpu_of(gpu), name);
    return file ? &file->object : NULL;
}

void fs_list_code(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing)
{
    for (struct fs_code_file *file = gpu_of(gpu)->code; file; file = file->next)
        fs_list(listing, file->object.name, fs_inode(row, &file->object), row->mode);
}

struct fs_object *fs_find_object(struct fs_object *gpu, const char *name)
{
    struct fs_loaded *loaded = fs_loaded_find(gpu_of(gpu), name);
    return loaded ? &loaded->object : NULL;
}

void fs_list_objects(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing)
{
    for (struct fs_code_file *file = gpu_of(gpu)->code; file; file = file->next)
        if (file->loaded)
            fs_list(listing, file->loaded->object.name, fs_inode(row, &file->loaded->object), row->mode);
}
