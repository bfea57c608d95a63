/*
 * clock.c - times small things for bench.sh and prints nanoseconds.
 *
 * usage: clock write FILE LINE N    a write(2) of LINE (with a newline) to the open FILE, mean of N
 *        clock memcpy BYTES         one memcpy of BYTES in one thread, source and target touched before
 *        clock read|overwrite FILE BYTES N   that many bytes at random multiples of BYTES, mean of N
 *        clock make|stat|open|list DIRECTORY N   of names f00000 and so on, per name
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int time_writes(const char *path, const char *line, unsigned n)
{
    char text[4096];
    int length = snprintf(text, sizeof text, "%s\n", line), fd = open(path, O_WRONLY);

    if (fd < 0) {
        perror(path);
        return 1;
    }
    uint64_t start = 0;
    for (unsigned i = 0; i <= n; i++) {
        if (i == 1) /* the first one warms up */
            start = now();
        if (write(fd, text, (size_t)length) != length) {
            perror(path);
            return 1;
        }
    }
    printf("%llu\n", (unsigned long long)((now() - start) / n));
    return 0;
}

static int time_memcpy(size_t bytes)
{
    char *from = malloc(bytes), *to = malloc(bytes);

    if (from == NULL || to == NULL)
        return 1;
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    uint64_t start = now();
    memcpy(to, from, bytes);
    uint64_t end = now();
    if (to[bytes / 2] != 1)
        return 1;
    printf("%llu\n", (unsigned long long)(end - start));
    free(from);
    free(to);
    return 0;
}

static int time_random(const char *path, int writes, size_t bytes, unsigned n)
{
    static char block[1 << 20];
    struct stat st;
    int fd = open(path, O_RDWR);

    if (fd < 0 || fstat(fd, &st) != 0 || bytes > sizeof block) {
        perror(path);
        return 1;
    }
    uint64_t start = now(), state = 1;
    for (unsigned i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
        off_t at = (off_t)((state >> 33) % ((uint64_t)st.st_size / bytes) * bytes);
        ssize_t done = writes ? pwrite(fd, block, bytes, at) : pread(fd, block, bytes, at);
        if (done != (ssize_t)bytes) {
            perror(path);
            return 1;
        }
    }
    printf("%llu\n", (unsigned long long)((now() - start) / n));
    return 0;
}

static int one_name(const char *what, const char *name)
{
    struct stat st;

    if (strcmp(what, "stat") == 0)
        return stat(name, &st);
    int fd = open(name, strcmp(what, "make") == 0 ? O_RDWR | O_CREAT : O_RDONLY, 0644);
    return fd < 0 ? -1 : close(fd);
}

static unsigned list_names(void)
{
    DIR *dir = opendir(".");
    unsigned n = 0;

    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        closedir(dir);
    return n;
}

static int time_names(const char *what, const char *directory, unsigned n)
{
    char name[16];

    if (chdir(directory) != 0) {
        perror(directory);
        return 1;
    }
    uint64_t start = now();
    if (strcmp(what, "list") == 0 && list_names() < n)
        return 1;
    for (unsigned i = 0; i < n && strcmp(what, "list") != 0; i++) {
        snprintf(name, sizeof name, "f%05u", i);
        if (one_name(what, name) != 0) {
            perror(name);
            return 1;
        }
    }
    printf("%llu\n", (unsigned long long)((now() - start) / n));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "write") == 0)
        return time_writes(argv[2], argv[3], (unsigned)atoi(argv[4]));
    if (argc == 3 && strcmp(argv[1], "memcpy") == 0)
        return time_memcpy(strtoull(argv[2], NULL, 0));
    if (argc == 5 && (strcmp(argv[1], "read") == 0 || strcmp(argv[1], "overwrite") == 0))
        return time_random(argv[2], argv[1][0] == 'o', strtoull(argv[3], NULL, 0), (unsigned)atoi(argv[4]));
    if (argc == 4)
        return time_names(argv[1], argv[2], (unsigned)atoi(argv[3]));
    return 2;
}
