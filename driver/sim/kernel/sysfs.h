/*
 * sysfs.h - the simulated /sys and /dev as a real directory tree, and which paths lead there.
 */
#ifndef KFDFS_SIM_SYSFS_H
#define KFDFS_SIM_SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "sim/machine.h"

struct sim_gpu;

/* Where the files of a path of the simulated machine really are: buffer (of PATH_MAX bytes), or path itself
 * if it is none of ours or nothing is simulated. Makes the tree when it is first needed. Keeps errno. */
const char *sysfs_path(const char *path, char *buffer);
/* The same for a path relative to a directory inside the tree (its real name). */
const char *sysfs_path_below(const char *directory, const char *path, char *buffer);
/* Takes the place of a tree off the start of a real path ("/dev/shm/kfdsim-7/sys/x" -> "/sys/x"); returns the
 * new length, or -1 and nothing changed. Not all of `length` bytes need be there, as in readlink. */
ptrdiff_t sysfs_unroot(char *path, size_t length);

enum sysfs_node { SYSFS_OTHER, SYSFS_KFD, SYSFS_RENDER, SYSFS_INJECT };
/* Is that one of the tree's device nodes (regular files that stand for them)? */
enum sysfs_node sysfs_node_of(dev_t dev, ino_t ino, unsigned *gpu);
dev_t sysfs_node_rdev(enum sysfs_node node, unsigned gpu);

void sysfs_after_fork(void);
void sysfs_remove(void); /* at the end of the process that made the tree; else does nothing */

/* ---- for those who fill the tree ---- */

/* Creates a file with that text (or bytes), or a link, and the directories above; relative to the root. */
void sysfs_put(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sysfs_put_bytes(const char *path, const void *bytes, size_t size);
void sysfs_link(const char *path, const char *target);
void sysfs_directory(const char *path);

#define KFD_DIR "sys/devices/virtual/kfd/kfd"

struct sysfs_text { /* a file's text while it is put together */
    size_t used;
    char at[4096];
};
void sysfs_add(struct sysfs_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sysfs_put_text(const char *path, const struct sysfs_text *t);
bool sysfs_kfd_since(unsigned minor); /* is the simulated kernel's interface 1.minor, or newer? */

struct sysfs_links {
    unsigned direct, indirect; /* entries of io_links and p2p_links */
};
struct sysfs_links sysfs_count_links(const struct sim_gpu *gpu); /* sysfs_links.c */
unsigned sysfs_count_cpu_links(void);
void sysfs_put_links(const struct sim_gpu *gpu); /* its own and the CPU's to it */
uint64_t sysfs_hive_id(const struct sim_gpu *gpu);

void sysfs_put_topology(void);                        /* sysfs_topology.c: everything but caches */
void sysfs_put_caches(unsigned node);                 /* nodes/N/caches */
void sysfs_put_devices(void);                         /* sysfs_device.c */
void sysfs_put_usage(unsigned gpu, const char *name); /* a file of the device directory that changes */
void sysfs_put_debug(unsigned gpu, const char *name); /* one that no kernel has */
void sysfs_put_module(void);
void sysfs_put_process(void); /* sysfs_process.c: proc/PID, but for its queues */
void sysfs_put_queue(const struct sim_gpu *gpu, uint32_t id, uint64_t bytes, uint32_t type);
void sysfs_drop_queue(const struct sim_gpu *gpu, uint32_t id);
void sysfs_put_context(unsigned id); /* proc/PID/context_ID of a secondary process */
void sysfs_drop_context(unsigned id);
void sysfs_put_sensors(unsigned gpu);
bool sysfs_is_there(void);         /* has anybody looked yet? */
void sysfs_drop(const char *path); /* a directory and what is below it */

/* PCI addresses: one bus a GPU, "0000:03:00.0" and on. */
static inline uint32_t sim_gpu_location(unsigned index)
{
    return (3 + 4 * index) << 8;
}
unsigned sysfs_kfd_major(void);

#endif
