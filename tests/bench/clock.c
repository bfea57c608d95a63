/*
 * clock.c - times small things for bench.sh and prints nanoseconds.
 *
 * usage: clock write FILE LINE N    a write(2) of LINE (with a newline) to the open FILE, mean of N
 *        clock memcpy BYTES         one memcpy of BYTES in one thread, source and target touched before
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "write") == 0)
        return time_writes(argv[2], argv[3], (unsigned)atoi(argv[4]));
    if (argc == 3 && strcmp(argv[1], "memcpy") == 0)
        return time_memcpy(strtoull(argv[2], NULL, 0));
    return 2;
}
