/*
 * report.c - kfdfs --report: everything about the state as one text, for a bug report.
 *
 * It only reads: the text files of a mount, and what the kernel publishes. Invariant: no buffer's bytes, no
 * code, no serial number (unique_id), no host's name and no name of another program are in it. A file that is
 * long is told by its end.
 */
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { MOST_BYTES = 32 << 10, MOST_DEPTH = 12 };

/* Buffers, code, what is large, and what is the same by another name. */
static const char *const skipped[] = {"vram",   "gtt",    "code",   "by-pci",   "by-id",
                                      "README", "run",    "submit", "wait",     "packets",
                                      "marker", "inject", "disasm", ".globals", NULL};

static bool is_skipped(const char *name)
{
    size_t length = strlen(name);
    if ((length > 4 && !strcmp(name + length - 4, ".svg")) ||
        (length > 5 && !strcmp(name + length - 5, ".json")))
        return true;
    for (const char *const *word = skipped; *word; word++)
        if (!strcmp(*word, name))
            return true;
    return false;
}

/* ---- one file ---- */

/* What an event tells of a process: "process 123 (NAME) opened gpu0". */
static const char *name_of_process(const char *line)
{
    static const char word[] = "process ";
    for (const char *at = line; (at = strstr(at, word)); at += sizeof word - 1) {
        unsigned pid;
        int length = 0;
        if (sscanf(at, "process %u (%n", &pid, &length) == 1 && length)
            return at + length;
    }
    return NULL;
}

static void print_line(const char *line)
{
    const char *name = name_of_process(line), *end = name ? strrchr(name, ')') : NULL;
    if (!strncmp(line, "unique_id ", 10))
        printf("unique_id (left out)\n");
    else if (end)
        printf("%.*s...%s", (int)(name - line), line, end);
    else
        fputs(line, stdout);
}

static void print_file(const char *path)
{
    struct stat st;
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "re");
    printf("\n==> %s\n", path);
    if (!file) {
        printf("(%s)\n", strerror(errno));
        return;
    }
    bool cut = !fstat(fileno(file), &st) && st.st_size > MOST_BYTES;
    if (cut && getline(&line, &room, file) > 0)
        print_line(line); /* a table's header */
    if (cut && !fseek(file, st.st_size - MOST_BYTES, SEEK_SET) && getline(&line, &room, file) > 0)
        printf("(... its last %d bytes)\n", MOST_BYTES);
    while (getline(&line, &room, file) > 0)
        print_line(line);
    free(line);
    fclose(file);
}

/* ---- a tree ---- */

static void print_tree(const char *path, unsigned depth);

static void print_entry(const char *dir, const char *name, unsigned depth)
{
    struct stat st;
    char *path = NULL;
    if (name[0] == '.' || is_skipped(name) || asprintf(&path, "%s/%s", dir, name) < 0)
        return;
    if (lstat(path, &st))
        printf("\n==> %s\n(%s)\n", path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        print_tree(path, depth + 1);
    else if (S_ISREG(st.st_mode))
        print_file(path);
    free(path);
}

static void print_tree(const char *path, unsigned depth)
{
    struct dirent **entries;
    int n = depth < MOST_DEPTH ? scandir(path, &entries, NULL, versionsort) : 0;
    if (n < 0)
        printf("\n==> %s\n(%s)\n", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        print_entry(path, entries[i]->d_name, depth);
        free(entries[i]);
    }
    if (n >= 0 && depth < MOST_DEPTH)
        free(entries);
}

/* ---- all of it ---- */

static bool is_readable(const char *mountpoint)
{
    char *version = NULL;
    bool readable = asprintf(&version, "%s/version", mountpoint) >= 0 && !access(version, R_OK);
    free(version);
    return readable;
}

/* The first one that we may read: others may be other users', or have lost their daemon. */
static char *find_mount(void)
{
    FILE *mounts = setmntent("/proc/mounts", "re");
    char *found = NULL;
    for (struct mntent *entry; mounts && !found && (entry = getmntent(mounts));)
        if (!strcmp(entry->mnt_type, "fuse.kfdfs") && is_readable(entry->mnt_dir))
            found = strdup(entry->mnt_dir);
    if (mounts)
        endmntent(mounts);
    return found;
}

static void print_device(const char *path)
{
    struct stat st;
    if (stat(path, &st))
        printf("%s: %s\n", path, strerror(errno));
    else
        printf("%s: mode %o uid %u gid %u, %s\n", path, (unsigned)st.st_mode & 07777, (unsigned)st.st_uid,
               (unsigned)st.st_gid, access(path, R_OK | W_OK) ? "closed to us" : "open to us");
}

static void print_machine(void)
{
    struct utsname system;
    printf("kfdfs %s\n", KFDFS_VERSION);
    if (!uname(&system))
        printf("kernel %s %s %s\n", system.sysname, system.release, system.machine);
    printf("uid %u gid %u\n", (unsigned)getuid(), (unsigned)getgid());
    print_device("/dev/kfd");
    print_device("/dev/fuse");
    if (!access("/sys/module/amdgpu/version", R_OK))
        print_file("/sys/module/amdgpu/version");
}

int fs_report(const char *mountpoint)
{
    char *found = mountpoint ? NULL : find_mount();
    const char *where = mountpoint ? mountpoint : found;
    if (where && !is_readable(where)) {
        fprintf(stderr, "kfdfs: %s: no kfdfs is mounted there (or it is not yours)\n", where);
        free(found);
        return 1;
    }
    print_machine();
    if (where) {
        print_tree(where, 0);
    } else {
        printf("\nNo kfdfs is mounted: only what the kernel publishes.\n");
        print_tree("/sys/class/kfd/kfd/topology", 0);
    }
    free(found);
    return fflush(stdout) ? 1 : 0;
}
