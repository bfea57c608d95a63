/*
 * loaded.h - code objects as files, loaded code, and dispatch lines. Everything here is called under the
 * lock, unless said otherwise.
 */
#ifndef KFDFS_FS_LOADED_H
#define KFDFS_FS_LOADED_H

#include "state/queue.h"

struct fs_kernel {           /* kernels/OBJECT/KERNEL */
    struct fs_object object; /* parent: the loaded code; name: the symbol, cut if it is too long */
    const struct gpu_kernel *kernel;
    char *short_name;      /* a bare function name that is its alone, or NULL */
    struct fs_batch *last; /* counted */
    unsigned last_index;
    uint32_t last_grid[3], last_group[3];
    char *last_args;
};

struct fs_global {           /* kernels/OBJECT/.globals/NAME */
    struct fs_object object; /* parent: the loaded code; name: the symbol, cut if it is too long */
    const struct gpu_global *variable;
};

struct fs_loaded {           /* kernels/OBJECT; lives as long as it is listed or queued work uses it */
    struct fs_object object; /* parent: the GPU; name: the file's stem */
    struct gpu_code *code;
    unsigned users; /* batches */
    struct fs_kernel **kernels;
    unsigned n_kernels;
    struct fs_global **globals;
    unsigned n_globals;
};

struct fs_code_file {        /* code/NAME */
    struct fs_object object; /* parent: the GPU */
    struct fs_gpu *gpu;
    struct fs_code_file *next;
    bool linked;
    bool gone;                /* with its last close, having never loaded */
    struct fs_text bytes;     /* of what is loaded */
    struct fs_loaded *loaded; /* NULL: never loaded, or not by this image of the daemon */
    struct gpu_buffer **kept; /* memory of what an image before had loaded, and this one has not */
    unsigned n_kept;
    struct fs_text draft;  /* what is being written */
    bool has_draft, dirty; /* dirty: written since the last try to load */
    unsigned opens;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    struct timespec mtime;
};

void fs_code_free(struct fs_gpu *gpu);
/* Loads those bytes as what the file holds, around the kept memory if that goes. On failure they are the
 * file's all the same. Not under the lock. */
int fs_code_reload(struct fs_code_file *file, const char *bytes, size_t length);
struct fs_loaded *fs_loaded_find(const struct fs_gpu *gpu, const char *name);
struct fs_kernel *fs_kernel_find(const struct fs_loaded *loaded, const char *name);
/* Takes code over, on failure too. */
int fs_loaded_create(struct fs_gpu *gpu, struct gpu_code *code, const char *name, struct fs_loaded **out);
void fs_loaded_drop(struct fs_loaded *loaded); /* by its file; takes NULL */

/* The name of a symbol as a file's: cut if it is too long. NULL: no memory. */
char *fs_symbol_name(const char *symbol);
int fs_globals_create(struct fs_loaded *loaded); /* what was made stays with loaded, on failure too */
struct fs_global *fs_global_find(const struct fs_loaded *loaded, const char *name);

/* Adds one dispatch of the kernel to a batch. words: after the kernel's name; at: the first. line: for the
 * log. */
int fs_dispatch_add(struct fs_batch *batch, struct fs_kernel *kernel, char *const *words, unsigned n,
                    const char *line, size_t length);
void fs_dispatches_submitted(struct fs_batch *batch);
/* The queue that a dispatch line names with queue=NAME; *out stays as it was where it names none. */
int fs_dispatch_queue(struct fs_gpu *gpu, char *const *words, unsigned n, struct fs_queue **out);

/* names->place() for lines of that GPU */
int fs_place_find(void *gpu, const char *word, struct fs_place *out);
/* -ERANGE: fewer than that many bytes are there. word: as it was typed, for the sentence. */
int fs_place_has(const char *word, const struct fs_place *place, uint64_t bytes);
int fs_place_use(struct fs_batch *batch, const struct fs_place *place);

extern const struct fs_dir_class fs_code_class;
extern const struct fs_class fs_code_file_class;
struct fs_object *fs_find_code(struct fs_object *gpu, const char *name);
void fs_list_code(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_object(struct fs_object *gpu, const char *name);
void fs_list_objects(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);
extern const struct fs_class fs_global_class;
struct fs_object *fs_find_globals(struct fs_object *loaded, const char *name);
struct fs_object *fs_find_global(struct fs_object *loaded, const char *name);
void fs_list_globals(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_kernel(struct fs_object *loaded, const char *name);
void fs_list_kernels(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_short(struct fs_object *loaded, const char *name);
void fs_list_short(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing);

#endif
