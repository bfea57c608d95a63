/*
 * rows.h - the tree as data: rows of virtual files, and how they behave.
 */
#ifndef KFDFS_FS_ROWS_H
#define KFDFS_FS_ROWS_H

#include <sys/stat.h>

#include "state/request.h"

struct fs_file;
struct fs_listing;
struct fs_row;
struct fs_work;

/* How the files of a kind behave. What is NULL is refused. Called without the lock, unless said otherwise.
 * A function that gets a request answers it, or keeps it and answers later. */
struct fs_class {
    int (*open)(struct fs_file *file); /* under the lock */
    void (*read)(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes);
    void (*write)(struct fs_request *request, struct fs_file *file, uint64_t offset,
                  struct fs_source *source);
    void (*resize)(struct fs_request *request, struct fs_object *object, struct fs_file *file,
                   uint64_t bytes);
    void (*flush)(struct fs_request *request, struct fs_file *file);
    void (*sync)(struct fs_request *request, struct fs_file *file);
    void (*release)(struct fs_file *file);
    bool (*ready)(struct fs_file *file);                     /* for poll(2); under the lock; NULL: always */
    void (*stat)(struct fs_object *object, struct stat *st); /* under the lock */
    void (*change)(struct fs_object *object, const struct stat *st, int); /* under the lock; FS_SET_* */
};
enum { FS_SET_MODE = 1, FS_SET_UID = 2, FS_SET_GID = 4, FS_SET_MTIME = 8, FS_SET_ATIME = 16 };

/* What may be done to names in a directory. Under the lock; what is NULL is EPERM. */
struct fs_dir_class {
    int (*create)(struct fs_object *dir, const char *name, const struct fs_creation *by);
    int (*mkdir)(struct fs_object *dir, const char *name, const struct fs_creation *by);
    int (*unlink)(struct fs_object *dir, const char *name);
    int (*rmdir)(struct fs_object *dir, const char *name);
    /* Like rmdir, for what takes long: answers the request itself; not under the lock. */
    void (*remove)(struct fs_request *request, struct fs_object *dir, const char *name);
    /* Answers the request itself; not under the lock. */
    void (*rename)(struct fs_request *request, struct fs_object *from, const char *name, struct fs_object *to,
                   const char *new_name, bool may_replace);
    int (*exchange)(struct fs_object *from, const char *name, struct fs_object *to, const char *new_name);
};

enum fs_row_flags {
    FS_FRESH = 1,  /* a fresh node for every lookup: a blocked writer holds the inode's lock of nobody else */
    FS_STATIC = 2, /* it changes by way of the kernel only, which may remember it */
    FS_LARGE = 4,  /* its text takes long: read() is called without the lock, and not for a mere lookup */
};

struct fs_row {
    const char *path; /* components in <> stand for a name that find() knows */
    mode_t mode;      /* S_IFDIR, S_IFREG or S_IFLNK, and 0444 or 0644 */
    unsigned flags;
    const struct fs_class *class; /* of files */
    const struct fs_dir_class *dir;
    const char *like; /* path of the row whose children this directory has too (directories in directories) */
    /* Text of a file, target of a link. Under the lock, unless FS_LARGE. */
    void (*read)(struct fs_object *object, struct fs_text *text);
    /* Runs a batch of command lines. Under the lock. See command_files.c. */
    int (*command)(struct fs_object *object, const char *text, size_t length, struct fs_work *work);
    /* The object of a child name, or of the directory itself if its name is fixed (then name is NULL);
     * uncounted. NULL: no such. Under the lock. */
    struct fs_object *(*find)(struct fs_object *parent, const char *name);
    /* Lists the names that find() knows. Under the lock. */
    void (*list)(struct fs_object *parent, const struct fs_row *row, struct fs_listing *listing);
};

/* The last component of row's path if row is a child of that directory row, else NULL. */
const char *fs_row_child(const struct fs_row *row, const struct fs_row *dir);
bool fs_row_is_changing(const char *component); /* it stands for names that find() knows */
/* The row of that name in that directory, and its object. False: no such. */
bool fs_row_find(const struct fs_row *dir, struct fs_object *parent, const char *name,
                 const struct fs_row **row, struct fs_object **object);
uint64_t fs_inode(const struct fs_row *row, const struct fs_object *object);
/* "gpu0/sdma/0/run", for people; free() it. NULL: no memory. */
char *fs_object_path(const struct fs_row *row, const struct fs_object *object);

#endif
