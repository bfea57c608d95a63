/*
 * storm.c - random operations on buffers by several processes, each held against a model in memory.
 *
 * usage: storm [-s SEED] [-n OPERATIONS] [-p PROCESSES] [-m MAXIMUM] [-x] DIRECTORY...
 *
 * The model (names, sizes, bytes) lies in memory that all processes share. An operation locks the slots it
 * names, works on the files, compares, and changes the model; so processes meet in the file system and not in
 * the model. Each slot remembers its last operations, which are printed when something differs. -x: a file
 * system other than kfdfs, whose refusals are not asked about. With one process the seed tells everything.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 8, NAME = 64, LOG_LINES = 24, LOG_LINE = 120, PROCESSES_MAX = 16, DIRS_MAX = 8 };
static const uint64_t far_away = 65ull << 20; /* past the smallest window */

struct slot { /* a file that may exist */
    pthread_mutex_t lock;
    bool exists;
    char name[NAME]; /* below its directory */
    unsigned dir;
    unsigned generation; /* of the file behind the name: kept descriptors of older ones are stale */
    uint64_t size;
    uint64_t names; /* how many it had: each is new */
    unsigned next_line;
    char log[LOG_LINES][LOG_LINE];
};

struct shared {
    struct slot slots[SLOTS];
    _Atomic bool failed;
    pthread_mutex_t print;
};

static struct shared *shared;
static uint8_t *bytes_of_all; /* SLOTS times maximum */
static uint64_t maximum = 300000, operations = 1000, seed = 1;
static unsigned processes = 1, n_dirs;
static int dirs[DIRS_MAX];
static bool other_system;

/* ---- of each process ---- */

static uint64_t state;
static struct {
    int fd;
    unsigned generation;
} kept[SLOTS];
static uint8_t *scratch;

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t next_random(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t below(uint64_t limit)
{
    return limit ? next_random() % limit : 0;
}

/* Small ones, and edges of pages and words, more often than chance would have it. */
static uint64_t some_number(uint64_t limit)
{
    uint64_t n = below(limit + 1);
    switch (below(4)) {
    case 0:
        return n & ~(uint64_t)4095;
    case 1:
        return below(limit < 64 ? limit + 1 : 64);
    default:
        return n;
    }
}

static uint8_t *model(const struct slot *slot)
{
    return bytes_of_all + (uint64_t)(slot - shared->slots) * maximum;
}

static unsigned index_of(const struct slot *slot)
{
    return (unsigned)(slot - shared->slots);
}

/* ---- telling ---- */

__attribute__((format(printf, 2, 3))) static void note(struct slot *slot, const char *format, ...)
{
    char *line = slot->log[slot->next_line++ % LOG_LINES];
    int n = snprintf(line, LOG_LINE, "%d: ", (int)getpid());
    va_list args;
    va_start(args, format);
    vsnprintf(line + n, (size_t)(LOG_LINE - n), format, args);
    va_end(args);
}

__attribute__((format(printf, 2, 3), noreturn)) static void differ(struct slot *slot, const char *format, ...)
{
    pthread_mutex_lock(&shared->print);
    if (!atomic_exchange(&shared->failed, true)) {
        va_list args;
        printf("storm: seed %" PRIu64 ", file %u (%s, %" PRIu64 " bytes): ", seed, index_of(slot), slot->name,
               slot->size);
        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        printf("\nwhat was done to it:\n");
        for (unsigned i = slot->next_line > LOG_LINES ? slot->next_line - LOG_LINES : 0; i < slot->next_line;
             i++)
            printf("  %s\n", slot->log[i % LOG_LINES]);
        fflush(stdout);
    }
    pthread_mutex_unlock(&shared->print);
    _exit(1);
}

#define MUST(slot, what, condition)                                         \
    do {                                                                    \
        if (!(condition))                                                   \
            differ(slot, "%s: %s (%s)", what, strerror(errno), #condition); \
    } while (0)

/* ---- files ---- */

static int open_slot(struct slot *slot, int flags)
{
    int fd = openat(dirs[slot->dir], slot->name, flags | O_CLOEXEC, 0644);
    if (fd < 0)
        differ(slot, "open with flags 0x%x: %s", flags, strerror(errno));
    return fd;
}

/* A descriptor that other operations of this process used before, or a new one. */
static int any_descriptor(struct slot *slot)
{
    unsigned i = index_of(slot);
    if (kept[i].fd >= 0 && (kept[i].generation != slot->generation || !below(8))) {
        close(kept[i].fd);
        kept[i].fd = -1;
    }
    if (kept[i].fd < 0) {
        kept[i].fd = open_slot(slot, O_RDWR | (other_system || below(3) ? 0 : O_DIRECT));
        kept[i].generation = slot->generation;
    }
    return kept[i].fd;
}

static void fill_random(uint8_t *to, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i += 8) {
        uint64_t value = next_random() | 0x0101010101010101u; /* no zeroes: what is lost shows */
        memcpy(to + i, &value, bytes - i < 8 ? bytes - i : 8);
    }
}

static void compare(struct slot *slot, const uint8_t *got, uint64_t offset, uint64_t bytes, const char *what)
{
    const uint8_t *want = model(slot) + offset;
    if (!memcmp(got, want, bytes))
        return;
    uint64_t i = 0;
    while (got[i] == want[i])
        i++;
    differ(slot, "%s of %" PRIu64 " bytes at %" PRIu64 ": byte %" PRIu64 " is 0x%02x and should be 0x%02x",
           what, bytes, offset, offset + i, got[i], want[i]);
}

static void check_size(struct slot *slot, int fd)
{
    struct stat st;
    MUST(slot, "fstat", fstat(fd, &st) == 0);
    if ((uint64_t)st.st_size != slot->size)
        differ(slot, "its size is %lld", (long long)st.st_size);
}

static void check_all(struct slot *slot, int fd)
{
    check_size(slot, fd);
    ssize_t n = pread(fd, scratch, maximum, 0);
    MUST(slot, "read of all", n >= 0);
    if ((uint64_t)n != slot->size)
        differ(slot, "a read of all gives %zd bytes", n);
    compare(slot, scratch, 0, slot->size, "read of all");
}

static void model_size(struct slot *slot, uint64_t size)
{
    if (size > slot->size)
        memset(model(slot) + slot->size, 0, size - slot->size);
    slot->size = size;
}

static void model_gone(struct slot *slot)
{
    slot->exists = false;
    slot->size = 0;
    slot->generation++;
}

/* ---- operations on one file, under its lock ---- */

static void do_read(struct slot *slot)
{
    uint64_t offset = some_number(maximum), bytes = some_number(maximum - offset);
    uint64_t want = offset < slot->size ? slot->size - offset : 0;
    if (want > bytes)
        want = bytes;
    ssize_t n = pread(any_descriptor(slot), scratch, bytes, (off_t)offset);
    MUST(slot, "pread", n >= 0);
    if ((uint64_t)n != want)
        differ(slot, "a read of %" PRIu64 " bytes at %" PRIu64 " gives %zd", bytes, offset, n);
    compare(slot, scratch, offset, want, "read");
}

static void written(struct slot *slot, uint64_t offset, uint64_t bytes)
{
    if (bytes && offset + bytes > slot->size)
        model_size(slot, offset + bytes);
    memcpy(model(slot) + offset, scratch, bytes);
}

static void do_write(struct slot *slot)
{
    uint64_t offset = some_number(below(3) ? slot->size : maximum), bytes = some_number(maximum - offset);
    note(slot, "write %" PRIu64 " at %" PRIu64, bytes, offset);
    fill_random(scratch, bytes);
    MUST(slot, "pwrite", pwrite(any_descriptor(slot), scratch, bytes, (off_t)offset) == (ssize_t)bytes);
    written(slot, offset, bytes);
}

static void do_append(struct slot *slot)
{
    uint64_t bytes = some_number((maximum - slot->size) / 4);
    note(slot, "append %" PRIu64, bytes);
    fill_random(scratch, bytes);
    int fd = open_slot(slot, O_WRONLY | O_APPEND);
    MUST(slot, "append", write(fd, scratch, bytes) == (ssize_t)bytes);
    close(fd);
    written(slot, slot->size, bytes);
}

static void do_truncate(struct slot *slot)
{
    uint64_t size = some_number(below(2) ? slot->size : maximum);
    note(slot, "truncate to %" PRIu64, size);
    if (below(2)) {
        MUST(slot, "ftruncate", ftruncate(any_descriptor(slot), (off_t)size) == 0);
    } else {
        int fd = open_slot(slot, O_WRONLY);
        MUST(slot, "ftruncate of a new descriptor", ftruncate(fd, (off_t)size) == 0);
        close(fd);
    }
    model_size(slot, size);
}

static void do_open_truncate(struct slot *slot)
{
    note(slot, "O_TRUNC");
    int fd = open_slot(slot, O_RDWR | O_TRUNC | (below(2) ? O_CREAT : 0));
    model_size(slot, 0);
    check_size(slot, fd);
    close(fd);
}

static void model_zero(struct slot *slot, uint64_t offset, uint64_t bytes)
{
    uint64_t end = offset + bytes < slot->size ? offset + bytes : slot->size;
    if (offset < end)
        memset(model(slot) + offset, 0, end - offset);
}

static void do_allocate(struct slot *slot)
{
    static const struct {
        int mode;
        const char *name;
        bool zeroes, grows;
    } modes[] = {
        {0, "allocate", false, true},
        {FALLOC_FL_KEEP_SIZE, "allocate, size kept", false, false},
        {FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "punch", true, false},
        {FALLOC_FL_ZERO_RANGE, "zero", true, true},
        {FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, "zero, size kept", true, false},
    };
    uint64_t m = below(sizeof modes / sizeof modes[0]);
    uint64_t offset = some_number(maximum - 1), bytes = 1 + some_number(maximum - offset - 1);
    note(slot, "%s %" PRIu64 " at %" PRIu64, modes[m].name, bytes, offset);
    MUST(slot, modes[m].name,
         fallocate(any_descriptor(slot), modes[m].mode, (off_t)offset, (off_t)bytes) == 0);
    if (modes[m].grows && offset + bytes > slot->size)
        model_size(slot, offset + bytes);
    if (modes[m].zeroes)
        model_zero(slot, offset, bytes);
}

static void do_refused(struct slot *slot)
{
    static const int modes[] = {FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
                                FALLOC_FL_PUNCH_HOLE /* without KEEP_SIZE */, 0x40 /* UNSHARE_RANGE */};
    if (other_system)
        return;
    int fd = any_descriptor(slot);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        MUST(slot, "a mode of fallocate that is refused",
             fallocate(fd, modes[i], 0, 4096) < 0 && errno == EOPNOTSUPP);
    MUST(slot, "fallocate of nothing", fallocate(fd, 0, 0, 0) < 0 && errno == EINVAL);
    MUST(slot, "a size below nothing", ftruncate(fd, -1) < 0 && errno == EINVAL);
    MUST(slot, "link", linkat(dirs[slot->dir], slot->name, dirs[slot->dir], "link", 0) < 0 && errno == EPERM);
}

static void do_map_private(struct slot *slot)
{
    if (!slot->size)
        return;
    int fd = any_descriptor(slot);
    uint8_t *map = mmap(NULL, slot->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    MUST(slot, "a private mapping", map != MAP_FAILED);
    uint64_t offset = below(slot->size);
    compare(slot, map + offset, offset, slot->size - offset, "private mapping");
    map[offset] ^= 0xff;
    munmap(map, slot->size);
    check_all(slot, fd);
}

static void do_map_shared(struct slot *slot)
{
    if (!slot->size)
        return;
    int fd = open_slot(slot, O_RDWR);
    uint8_t *map = mmap(NULL, slot->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        MUST(slot, "a shared mapping, where there are none", errno == ENODEV);
        close(fd);
        return;
    }
    uint64_t offset = some_number(slot->size - 1), bytes = some_number(slot->size - offset);
    note(slot, "write %" PRIu64 " at %" PRIu64 " through a mapping", bytes, offset);
    compare(slot, map, 0, slot->size, "shared mapping");
    fill_random(scratch, bytes);
    memcpy(map + offset, scratch, bytes);
    MUST(slot, "msync", msync(map, slot->size, MS_SYNC) == 0);
    munmap(map, slot->size);
    written(slot, offset, bytes);
    check_all(slot, fd);
    close(fd);
}

static void do_seek(struct slot *slot)
{
    int fd = any_descriptor(slot);
    uint64_t offset = some_number(maximum);
    off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
    if (offset >= slot->size) {
        MUST(slot, "SEEK_DATA past the end", data < 0 && errno == ENXIO);
        return;
    }
    off_t hole = lseek(fd, (off_t)offset, SEEK_HOLE);
    MUST(slot, "SEEK_HOLE", hole > (off_t)offset || other_system);
    MUST(slot, "SEEK_HOLE within the file", hole <= (off_t)slot->size);
    MUST(slot, "SEEK_DATA", data == (off_t)offset || other_system);
}

/* Past its window, where it gets a new address, and back. */
static void do_far(struct slot *slot)
{
    static const char mark[] = "far away";
    char got[sizeof mark] = "";
    uint64_t size = far_away + below(far_away);
    int fd = open_slot(slot, O_RDWR);
    note(slot, "far away and back");
    MUST(slot, "growing far", ftruncate(fd, (off_t)size) == 0);
    MUST(slot, "writing far", pwrite(fd, mark, sizeof mark, (off_t)size) == (ssize_t)sizeof mark);
    MUST(slot, "reading far", pread(fd, got, sizeof got, (off_t)size) == (ssize_t)sizeof got);
    MUST(slot, "what was written far", !memcmp(mark, got, sizeof got));
    MUST(slot, "reading before it",
         pread(fd, got, sizeof got, (off_t)(size - sizeof got)) == (ssize_t)sizeof got);
    MUST(slot, "zeroes before it", !memcmp(got, (char[sizeof got]){0}, sizeof got));
    uint64_t keep = some_number(slot->size);
    MUST(slot, "cutting it again", ftruncate(fd, (off_t)keep) == 0);
    model_size(slot, keep);
    check_all(slot, fd);
    close(fd);
}

static void do_sync(struct slot *slot)
{
    MUST(slot, "fsync", fsync(any_descriptor(slot)) == 0);
}

static void do_check(struct slot *slot)
{
    check_all(slot, any_descriptor(slot));
}

/* ---- operations on names ---- */

static void new_name(struct slot *slot, char *name)
{
    static const char *const patterns[] = {"%u.%" PRIu64, "a name %u.%" PRIu64,
                                           "\xc3\xbc\xe2\x82\xac%u.%" PRIu64, "sub/%u.%" PRIu64};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name, NAME, patterns[below(4)], index_of(slot), slot->names++);
#pragma GCC diagnostic pop
}

static void do_create(struct slot *slot)
{
    new_name(slot, slot->name);
    slot->dir = (unsigned)below(n_dirs);
    slot->exists = true;
    slot->size = 0;
    slot->generation++;
    note(slot, "made as %s", slot->name);
    close(open_slot(slot, O_RDWR | O_CREAT | O_EXCL));
    MUST(slot, "making it again",
         openat(dirs[slot->dir], slot->name, O_RDWR | O_CREAT | O_EXCL, 0644) < 0 && errno == EEXIST);
}

static void do_rename(struct slot *slot)
{
    char name[NAME];
    int fd = any_descriptor(slot), dir = dirs[slot->dir];
    new_name(slot, name);
    note(slot, "renamed from %s to %s", slot->name, name);
    MUST(slot, "rename", renameat2(dir, slot->name, dir, name, below(2) ? RENAME_NOREPLACE : 0) == 0);
    struct stat st;
    MUST(slot, "the old name", fstatat(dir, slot->name, &st, 0) < 0 && errno == ENOENT);
    strcpy(slot->name, name);
    check_size(slot, fd);
    if (n_dirs > 1 && !other_system) {
        int other = dirs[(slot->dir + 1) % n_dirs];
        MUST(slot, "rename to another pool", renameat(dir, slot->name, other, "moved") < 0 && errno == EXDEV);
    }
}

static void do_unlink(struct slot *slot)
{
    unsigned i = index_of(slot);
    int fd = open_slot(slot, O_RDWR);
    if (kept[i].fd >= 0)
        close(kept[i].fd);
    kept[i].fd = -1;
    note(slot, "unlinked %s while open", slot->name);
    MUST(slot, "unlink", unlinkat(dirs[slot->dir], slot->name, 0) == 0);
    struct stat st;
    MUST(slot, "what was unlinked has no name", fstat(fd, &st) == 0 && st.st_nlink == 0);
    uint64_t offset = some_number(slot->size), bytes = some_number(maximum - offset);
    fill_random(scratch, bytes);
    MUST(slot, "a write after unlink", pwrite(fd, scratch, bytes, (off_t)offset) == (ssize_t)bytes);
    written(slot, offset, bytes);
    uint64_t size = some_number(maximum);
    MUST(slot, "a truncate after unlink", ftruncate(fd, (off_t)size) == 0);
    model_size(slot, size);
    check_all(slot, fd);
    close(fd);
    model_gone(slot);
}

static bool is_listed(DIR *dir, const char *name)
{
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        if (!strcmp(entry->d_name, name))
            return true;
    return false;
}

static void do_list(struct slot *slot)
{
    const char *slash = strchr(slot->name, '/');
    int fd = openat(dirs[slot->dir], slash ? "sub" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    MUST(slot, "open of the directory", fd >= 0);
    DIR *dir = fdopendir(fd);
    MUST(slot, "its name in the directory", is_listed(dir, slash ? slash + 1 : slot->name));
    closedir(dir);
}

/* ---- operations on two files, under both locks ---- */

static void do_copy(struct slot *from, struct slot *to)
{
    if (!from->exists || !to->exists)
        return;
    uint64_t offset = some_number(from->size), at = some_number(maximum), bytes = some_number(maximum - at);
    uint64_t want = offset < from->size ? from->size - offset : 0;
    if (want > bytes)
        want = bytes;
    off_t in = (off_t)offset, out = (off_t)at;
    int from_fd = any_descriptor(from), to_fd = from == to ? from_fd : any_descriptor(to);
    note(to, "copy of %" PRIu64 " from %u+%" PRIu64 " to %" PRIu64, want, index_of(from), offset, at);
    ssize_t n = copy_file_range(from_fd, &in, to_fd, &out, bytes, 0);
    if (from == to && want && bytes && offset < at + want && at < offset + want) {
        MUST(to, "a copy onto itself", n < 0 && errno == EINVAL);
        return;
    }
    MUST(to, "copy_file_range", n >= 0);
    if ((uint64_t)n != want)
        differ(to, "a copy of %" PRIu64 " bytes from %u (%" PRIu64 " bytes) at %" PRIu64 " copies %zd", bytes,
               index_of(from), from->size, offset, n);
    memcpy(scratch, model(from) + offset, want);
    written(to, at, want);
}

static void do_replace(struct slot *from, struct slot *to)
{
    if (!from->exists || !to->exists || from == to || from->dir != to->dir)
        return;
    int dir = dirs[from->dir], old = any_descriptor(to);
    note(from, "%s replaces %s", from->name, to->name);
    note(to, "replaced by %s", from->name);
    MUST(from, "rename to a name that is taken",
         renameat2(dir, from->name, dir, to->name, RENAME_NOREPLACE) < 0 && errno == EEXIST);
    MUST(from, "rename over another", renameat(dir, from->name, dir, to->name) == 0);
    check_all(to, old);
    strcpy(from->name, to->name);
    model_gone(to);
}

static void do_exchange(struct slot *from, struct slot *to)
{
    if (!from->exists || !to->exists || from == to || from->dir != to->dir)
        return;
    int dir = dirs[from->dir];
    note(from, "%s exchanged with %s", from->name, to->name);
    note(to, "%s exchanged with %s", to->name, from->name);
    MUST(from, "exchange", renameat2(dir, from->name, dir, to->name, RENAME_EXCHANGE) == 0);
    char name[NAME];
    strcpy(name, from->name);
    strcpy(from->name, to->name);
    strcpy(to->name, name);
}

/* ---- the storm ---- */

static const struct {
    void (*one)(struct slot *slot);
    void (*two)(struct slot *from, struct slot *to);
    unsigned weight;
} kinds[] = {
    {.one = do_read, .weight = 24},         {.one = do_write, .weight = 24},
    {.one = do_append, .weight = 6},        {.one = do_truncate, .weight = 8},
    {.one = do_open_truncate, .weight = 1}, {.one = do_allocate, .weight = 10},
    {.one = do_refused, .weight = 1},       {.one = do_map_private, .weight = 2},
    {.one = do_map_shared, .weight = 2},    {.one = do_seek, .weight = 2},
    {.one = do_far, .weight = 1},           {.one = do_sync, .weight = 1},
    {.one = do_check, .weight = 4},         {.one = do_rename, .weight = 3},
    {.one = do_unlink, .weight = 2},        {.one = do_list, .weight = 1},
    {.two = do_copy, .weight = 12},         {.two = do_replace, .weight = 1},
    {.two = do_exchange, .weight = 2},
};

static void one_operation(void)
{
    unsigned sum = 0, k = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        sum += kinds[i].weight;
    for (uint64_t at = below(sum); at >= kinds[k].weight; k++)
        at -= kinds[k].weight;
    unsigned a = (unsigned)below(SLOTS), b = kinds[k].two ? (unsigned)below(SLOTS) : a;
    struct slot *first = &shared->slots[a < b ? a : b], *second = &shared->slots[a < b ? b : a];
    pthread_mutex_lock(&first->lock);
    if (second != first)
        pthread_mutex_lock(&second->lock);
    if (kinds[k].two)
        kinds[k].two(&shared->slots[a], &shared->slots[b]);
    else if (first->exists)
        kinds[k].one(first);
    else
        do_create(first);
    if (second != first)
        pthread_mutex_unlock(&second->lock);
    pthread_mutex_unlock(&first->lock);
}

static int one_process(unsigned number)
{
    state = seed * 0x100000001b3u + number;
    scratch = malloc(maximum + 8);
    for (unsigned i = 0; i < SLOTS; i++)
        kept[i].fd = -1;
    if (!scratch)
        return 1;
    for (uint64_t i = number; i < operations && !atomic_load(&shared->failed); i += processes)
        one_operation();
    for (unsigned i = 0; i < SLOTS; i++)
        if (kept[i].fd >= 0)
            close(kept[i].fd);
    return atomic_load(&shared->failed);
}

static void *shared_memory(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("storm: mmap");
        exit(2);
    }
    return memory;
}

static void prepare(char *const *names, int n)
{
    pthread_mutexattr_t attr;
    shared = shared_memory(sizeof *shared);
    bytes_of_all = shared_memory(SLOTS * maximum);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->print, &attr);
    for (unsigned i = 0; i < SLOTS; i++)
        pthread_mutex_init(&shared->slots[i].lock, &attr);
    for (n_dirs = 0; n_dirs < DIRS_MAX && (int)n_dirs < n; n_dirs++) {
        dirs[n_dirs] = open(names[n_dirs], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dirs[n_dirs] < 0 || (mkdirat(dirs[n_dirs], "sub", 0755) && errno != EEXIST)) {
            perror(names[n_dirs]);
            exit(2);
        }
    }
}

/* What is left is as the model has it; then nothing is left. */
static void tidy_up(void)
{
    scratch = malloc(maximum + 8);
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *slot = &shared->slots[i];
        kept[i].fd = -1;
        if (!slot->exists)
            continue;
        int fd = open_slot(slot, O_RDONLY);
        check_all(slot, fd);
        close(fd);
        MUST(slot, "the last unlink", unlinkat(dirs[slot->dir], slot->name, 0) == 0);
    }
    free(scratch);
    for (unsigned i = 0; i < n_dirs; i++)
        MUST(&shared->slots[0], "rmdir of what is empty", unlinkat(dirs[i], "sub", AT_REMOVEDIR) == 0);
}

/* One that failed may hold locks: then the others end, too. */
static int run_processes(void)
{
    pid_t pids[PROCESSES_MAX];
    int failed = 0;
    for (unsigned i = 0; i < processes; i++)
        if ((pids[i] = fork()) == 0)
            _exit(one_process(i));
    pid_t pid;
    for (int status; (pid = wait(&status)) > 0;) {
        for (unsigned i = 0; i < processes; i++)
            if (pids[i] == pid)
                pids[i] = 0;
        for (unsigned i = 0; i < processes && status && !failed; i++)
            if (pids[i] > 0)
                kill(pids[i], SIGKILL);
        failed = failed ? failed : status;
    }
    return failed;
}

int main(int argc, char **argv)
{
    int option, failed;
    while ((option = getopt(argc, argv, "s:n:p:m:x")) != -1)
        switch (option) {
        case 's':
            seed = strtoull(optarg, NULL, 0);
            break;
        case 'n':
            operations = strtoull(optarg, NULL, 0);
            break;
        case 'p':
            processes = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'm':
            maximum = strtoull(optarg, NULL, 0);
            break;
        case 'x':
            other_system = true;
            break;
        default:
            return 2;
        }
    if (optind >= argc || !processes || processes > PROCESSES_MAX || maximum < 8192)
        return 2;
    prepare(argv + optind, argc - optind);
    failed = run_processes();
    if (failed && !atomic_load(&shared->failed))
        printf("storm: a process ended with status 0x%x\n", failed);
    if (!failed)
        tidy_up();
    return failed != 0;
}
