/*
 * code.c - files of code/ as objects: a draft that is written, and loaded when it is closed or renamed.
 *
 * Invariant: what is loaded and its bytes change together, and only after a load that succeeded; what is
 * being written is a draft beside them, gone after the last close unless its name says that a rename will
 * follow.
 */
#include "state/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t load_lock =
    PTHREAD_MUTEX_INITIALIZER; /* one load at a time; before the world's lock */

/* ---- names ---- */

struct fs_code_file *fs_code_find(const struct fs_gpu *gpu, const char *name)
{
    struct fs_code_file *file = gpu->code;
    while (file && strcmp(file->object.name, name))
        file = file->next;
    return file;
}

struct fs_loaded *fs_loaded_find(const struct fs_gpu *gpu, const char *name)
{
    for (struct fs_code_file *file = gpu->code; file; file = file->next)
        if (file->loaded && !strcmp(file->loaded->object.name, name))
            return file->loaded;
    return NULL;
}

/* Names that compilers and editors write under before they rename. */
static bool waits_for_rename(const char *name)
{
    return name[0] == '.' || strstr(name, ".tmp");
}

static int check_name(const char *name)
{
    return strchr(name, '\n') ? gpu_err(-EINVAL, "%s: the name of a code object is one line", name) : 0;
}

static char *stem_of(const char *name)
{
    static const char *const endings[] = {".hsaco", ".co", ".o", ".out", ".so", ".exe", ".hipfb"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(endings[i]);
        if (length > n && !strcmp(name + length - n, endings[i]))
            return strndup(name, length - n);
    }
    return strdup(name);
}

static void drop_kept(struct fs_code_file *file)
{
    for (unsigned i = 0; i < file->n_kept; i++)
        fs_free_memory(file->object.world, file->kept[i]);
    free(file->kept);
    file->kept = NULL;
    file->n_kept = 0;
}

static void code_destroy(struct fs_object *object)
{
    struct fs_code_file *file = FS_CONTAINER(object, struct fs_code_file, object);
    fs_loaded_drop(file->loaded);
    drop_kept(file);
    fs_text_free(&file->bytes);
    fs_text_free(&file->draft);
    free(file);
}

static void drop_loaded(struct fs_code_file *file)
{
    fs_loaded_drop(file->loaded);
    file->loaded = NULL;
}

static void unlink_file(struct fs_code_file *file)
{
    struct fs_code_file **link = &file->gpu->code;
    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
    file->linked = false;
    drop_loaded(file);
    fs_object_unref(&file->object);
}

void fs_code_free(struct fs_gpu *gpu)
{
    while (gpu->code)
        unlink_file(gpu->code);
}

int fs_code_create(struct fs_gpu *gpu, const char *name, const struct fs_creation *by)
{
    if (fs_code_find(gpu, name))
        return -EEXIST;
    int r = check_name(name);
    if (r)
        return r;
    struct fs_code_file *file = calloc(1, sizeof *file);
    char *copy = strdup(name);
    if (!file || !copy) {
        free(file);
        free(copy);
        return -ENOMEM;
    }
    fs_object_init(&file->object, gpu->object.world, &gpu->object, copy);
    file->object.destroy = code_destroy;
    file->gpu = gpu;
    file->linked = true;
    file->mode = by->mode & 07777;
    file->uid = by->uid;
    file->gid = by->gid;
    clock_gettime(CLOCK_REALTIME, &file->mtime);
    struct fs_code_file **link = &gpu->code;
    while (*link && strcmp((*link)->object.name, name) < 0)
        link = &(*link)->next;
    file->next = *link;
    *link = file;
    return 0;
}

static int check_idle(const struct fs_code_file *file)
{
    if (file->loaded && file->loaded->object.users)
        return gpu_err(-EBUSY, "%s: a dispatch of it runs", file->object.name);
    return 0;
}

int fs_code_unlink(struct fs_gpu *gpu, const char *name)
{
    struct fs_code_file *file = fs_code_find(gpu, name);
    if (!file)
        return -ENOENT;
    int r = check_idle(file);
    if (!r)
        unlink_file(file);
    return r;
}

/* ---- loading ---- */

/* Would kernels/STEM be taken by another file than these two? */
static int check_stem(const struct fs_code_file *file, const struct fs_code_file *replaced, const char *stem)
{
    for (const struct fs_code_file *other = file->gpu->code; other; other = other->next)
        if (other != file && other != replaced && other->loaded && !strcmp(other->loaded->object.name, stem))
            return gpu_err(-EEXIST, "kernels/%s is there already, of code/%s", stem, other->object.name);
    return 0;
}

static int install(struct fs_code_file *file, struct gpu_code *code, const char *stem, struct fs_text *bytes)
{
    struct fs_loaded *loaded;
    int r = fs_loaded_create(file->gpu, code, stem, &loaded);
    if (r)
        return gpu_err(r, "no memory for the names of its kernels");
    drop_loaded(file);
    file->loaded = loaded;
    fs_text_free(&file->bytes);
    file->bytes = *bytes;
    *bytes = (struct fs_text){0};
    if (!file->dirty) { /* else more was written during the load */
        fs_text_free(&file->draft);
        file->has_draft = false;
    }
    return 0;
}

static int load_bytes(struct fs_code_file *file, const struct fs_text *bytes, struct gpu_code **code)
{
    struct gpu *gpu = file->gpu->gpu;
    if (!file->n_kept)
        return gpu_code_load(gpu, bytes->data, bytes->length, code);
    int r = gpu_code_adopt(gpu, bytes->data, bytes->length, file->kept, file->n_kept, code);
    if (!r) {
        free(file->kept);
        file->kept = NULL;
        file->n_kept = 0;
    }
    return r;
}

/* Loads the draft under that file name. load_lock is held, the lock is not. */
static int load_draft(struct fs_code_file *file, const struct fs_code_file *replaced, const char *name)
{
    struct fs_world *world = file->object.world;
    struct fs_text bytes = {0};
    struct gpu_code *code = NULL;
    char *stem = stem_of(name);
    fs_lock(world);
    int r = stem ? check_stem(file, replaced, stem) : -ENOMEM;
    fs_text_add(&bytes, file->draft.data ? file->draft.data : "", file->draft.length);
    file->dirty = false;
    fs_unlock(world);
    if (!r && bytes.failed)
        r = gpu_err(-ENOMEM, "no memory for a code object of %zu bytes", file->draft.length);
    if (!r)
        r = fs_gpu_lost(file->gpu);
    if (!r)
        r = load_bytes(file, &bytes, &code);
    if (!r) {
        fs_lock(world);
        r = install(file, code, stem, &bytes);
        fs_unlock(world);
    }
    free(stem);
    fs_text_free(&bytes);
    return r;
}

int fs_code_load(struct fs_code_file *file)
{
    struct fs_world *world = file->object.world;
    pthread_mutex_lock(&load_lock);
    fs_lock(world);
    bool wanted = file->linked && file->has_draft && file->dirty && !waits_for_rename(file->object.name);
    fs_unlock(world);
    int r = wanted ? load_draft(file, NULL, file->object.name) : 0;
    pthread_mutex_unlock(&load_lock);
    return r;
}

int fs_code_reload(struct fs_code_file *file, const char *bytes, size_t length)
{
    struct fs_world *world = file->object.world;
    pthread_mutex_lock(&load_lock);
    fs_lock(world);
    fs_text_add(&file->draft, bytes, length);
    if (!file->bytes.length)
        fs_text_add(&file->bytes, bytes, length);
    file->has_draft = true;
    int r = file->draft.failed ? gpu_err(-ENOMEM, "no memory for a code object of %zu bytes", length) : 0;
    fs_unlock(world);
    if (!r)
        r = load_draft(file, NULL, file->object.name);
    fs_lock(world);
    fs_text_free(&file->draft);
    file->has_draft = file->dirty = false;
    fs_unlock(world);
    pthread_mutex_unlock(&load_lock);
    return r;
}

/* ---- renaming ---- */

static int put_name(struct fs_code_file *file, struct fs_code_file *replaced, const char *name)
{
    char *copy = strdup(name), *stem = stem_of(name);
    if (!copy || !stem) {
        free(copy);
        free(stem);
        return -ENOMEM;
    }
    if (replaced)
        unlink_file(replaced);
    free(file->object.name);
    file->object.name = copy;
    if (file->loaded) {
        free(file->loaded->object.name);
        file->loaded->object.name = stem;
    } else {
        free(stem);
    }
    return 0;
}

static int rename_file(struct fs_world *world, struct fs_gpu *gpu, const char *name, const char *new_name,
                       bool may_replace)
{
    fs_lock(world);
    struct fs_code_file *file = fs_code_find(gpu, name), *replaced = fs_code_find(gpu, new_name);
    int r = !file ? gpu_err(-ENOENT, "%s: no such file", name) : 0;
    if (!r && replaced && !may_replace)
        r = gpu_err(-EEXIST, "%s is there already", new_name);
    if (!r)
        r = check_name(new_name);
    bool load = !r && file->has_draft && !waits_for_rename(new_name);
    if (!r && !load && file->loaded && file != replaced) {
        char *stem = stem_of(new_name);
        r = stem ? check_stem(file, replaced, stem) : -ENOMEM;
        free(stem);
    }
    if (file)
        fs_object_ref(&file->object);
    fs_unlock(world);
    if (load)
        r = load_draft(file, replaced, new_name);
    fs_lock(world);
    replaced = fs_code_find(gpu, new_name);
    if (!r && file != replaced)
        r = put_name(file, replaced, new_name);
    if (file)
        fs_object_unref(&file->object);
    fs_unlock(world);
    return r;
}

int fs_code_rename(struct fs_gpu *gpu, const char *name, const char *new_name, bool may_replace)
{
    pthread_mutex_lock(&load_lock);
    int r = rename_file(gpu->object.world, gpu, name, new_name, may_replace);
    pthread_mutex_unlock(&load_lock);
    return r;
}

/* ---- the draft ---- */

const struct fs_text *fs_code_bytes(const struct fs_code_file *file)
{
    return file->has_draft ? &file->draft : &file->bytes;
}

/* Starts a draft, from the loaded bytes as far as they stay, and makes it that long. */
static int draft_resize(struct fs_code_file *file, size_t bytes)
{
    if (!file->has_draft) {
        fs_text_free(&file->draft);
        fs_text_add(&file->draft, file->bytes.data ? file->bytes.data : "",
                    file->bytes.length < bytes ? file->bytes.length : bytes);
        file->has_draft = true;
    }
    static const char zeroes[4096];
    while (!file->draft.failed && file->draft.length < bytes) {
        size_t more = bytes - file->draft.length;
        fs_text_add(&file->draft, zeroes, more < sizeof zeroes ? more : sizeof zeroes);
    }
    if (file->draft.failed) {
        file->draft.failed = false;
        return gpu_err(-ENOMEM, "no memory for a code object of %zu bytes", bytes);
    }
    file->draft.length = bytes;
    clock_gettime(CLOCK_REALTIME, &file->mtime);
    return 0;
}

enum { LARGEST_CODE = 1 << 30 };

int fs_code_write(struct fs_code_file *file, uint64_t offset, const char *data, size_t bytes)
{
    if (offset > LARGEST_CODE - bytes)
        return gpu_err(-EFBIG, "a code object of more than %d bytes", LARGEST_CODE);
    const struct fs_text *now = fs_code_bytes(file);
    size_t length = now->length > offset + bytes ? now->length : offset + bytes;
    int r = draft_resize(file, length);
    if (r)
        return r;
    memcpy(file->draft.data + offset, data, bytes);
    file->dirty = true;
    return 0;
}

int fs_code_resize(struct fs_code_file *file, uint64_t bytes)
{
    int r = bytes > LARGEST_CODE ? gpu_err(-EFBIG, "a code object of more than %d bytes", LARGEST_CODE)
                                 : draft_resize(file, bytes);
    file->dirty = !r && bytes > 0; /* nothing is loaded of an emptied file */
    return r;
}

void fs_code_close(struct fs_code_file *file)
{
    if (--file->opens || waits_for_rename(file->object.name))
        return;
    fs_text_free(&file->draft);
    file->has_draft = file->dirty = false;
    if (!file->loaded && !file->bytes.length && file->linked) {
        unlink_file(file);
        file->gone = true;
    }
}
