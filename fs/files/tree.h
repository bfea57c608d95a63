/*
 * tree.h - the tree as data: rows of virtual files, node numbers that the kernel knows them by, open files.
 */
#ifndef KFDFS_FS_TREE_H
#define KFDFS_FS_TREE_H

#include <sys/stat.h>

#include "state/request.h"

struct fs_row;
struct fs_file;
struct fs_work;

struct fs_listing {       /* readdir's snapshot */
    struct fs_text names; /* name, NUL, name, NUL ... */
    struct fs_listed {
        size_t name; /* offset in names */
        uint64_t inode;
        mode_t type;
    } * entries;
    size_t n, capacity;
    struct fs_listing *next, **link; /* among the world's open ones */
    uint64_t number;
};
void fs_list(struct fs_listing *listing, const char *name, uint64_t inode, mode_t type);

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

/* As the kernel knows a file: made by a lookup, gone when the kernel forgot every lookup. */
struct fs_node {
    const struct fs_row *row;
    struct fs_object *object;     /* counted */
    uint64_t number;              /* what the kernel calls it; the root has none */
    struct fs_node *next, **link; /* in its bucket, or among the fresh ones */
    uint64_t lookups;
    struct fs_file *files; /* open ones */
    struct fs_text text;   /* what the last stat or lookup told the size of */
    pid_t text_pid;
    uint64_t text_ns;
    bool text_from_stat;
    uint64_t text_hash;
    struct timespec changed; /* when the text became what its hash says */
};

struct fs_file {
    struct fs_world *world;
    struct fs_node *node;
    const struct fs_row *row;
    struct fs_object *object; /* counted */
    uint64_t number;
    struct fs_file *next; /* open files of the node */
    pid_t pid;
    int flags;
    struct fs_text text; /* a text file's content for this open file */
    uint64_t seen;       /* files that can be polled: how far they were read */
    bool was_read;
    bool at_end; /* the last read met the end: until then poll(2) says that there is something to read */
    struct fs_text tail;        /* command files: a last line without its newline yet */
    struct fs_written *written; /* command files: what a signal may have ended the wait for, newest first */
    struct fs_listing *listing;
};

uint64_t fs_inode(const struct fs_row *row, const struct fs_object *object);
char *
fs_node_path(const struct fs_node *node); /* "gpu0/sdma/0/run", for people; free() it. NULL: no memory */
char *fs_object_path(const struct fs_row *row, const struct fs_object *object);

/* A process does more than look: from now on nothing from before is shown to it. Takes no lock. */
void fs_tree_acts(struct fs_world *world, pid_t pid);

/* All of these take the lock themselves. */
struct fs_node *fs_tree_root(struct fs_world *world);
int fs_tree_lookup(struct fs_world *world, struct fs_node *parent, const char *name, pid_t pid,
                   struct fs_node **out, struct stat *st);
void fs_tree_forget(struct fs_world *world, struct fs_node *node, uint64_t lookups);
void fs_tree_stat(struct fs_world *world, struct fs_node *node, pid_t pid, struct stat *st);
int fs_tree_open(struct fs_world *world, struct fs_node *node, pid_t pid, int flags, struct fs_file **out);
void fs_tree_release(struct fs_file *file);
/* A listing, and what is in it as it is now: a reader may have no need of that. */
int fs_tree_list(struct fs_world *world, struct fs_listing **out);
int fs_tree_list_fill(struct fs_world *world, const struct fs_node *node, struct fs_listing *listing);
void fs_listing_free(struct fs_world *world, struct fs_listing *listing);
int fs_tree_link(struct fs_world *world, struct fs_node *node, struct fs_text *target);
/* What the image before had: number and lookups are set in like, as text and tail are in the second. Under
 * the lock; the restored file's class is asked to open it. 0 or a negative errno. */
int fs_tree_restore_node(struct fs_world *world, const struct fs_node *like, struct fs_node **out);
int fs_tree_restore_file(struct fs_world *world, const struct fs_file *like);
int fs_tree_restore_listing(struct fs_world *world, struct fs_listing *listing); /* on the heap; takes it */
/* At the end: also what the kernel had no time to close and forget. */
void fs_tree_free(struct fs_world *world);

extern const struct fs_class fs_completed_class;
extern const struct fs_class fs_text_class, fs_errors_class, fs_events_class, fs_command_class;

#endif
