/*
 * numbers.c - a table from small numbers to what they stand for.
 */
#include "state/numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct fs_numbers *numbers, size_t n)
{
    if (n <= numbers->n)
        return 0;
    size_t wanted = numbers->n * 2 + 1024 > n ? numbers->n * 2 + 1024 : n;
    void **longer = realloc(numbers->at, wanted * sizeof *longer);
    if (!longer)
        return -ENOMEM;
    memset(longer + numbers->n, 0, (wanted - numbers->n) * sizeof *longer);
    numbers->at = longer;
    numbers->n = wanted;
    return 0;
}

int fs_number_set(struct fs_numbers *numbers, uint64_t *number, void *what)
{
    pthread_mutex_lock(&numbers->lock);
    size_t at = *number ? *number : numbers->hint < FS_FIRST_NUMBER ? FS_FIRST_NUMBER : numbers->hint;
    while (!*number && at < numbers->n && numbers->at[at])
        at++;
    int r = grow(numbers, at + 1);
    if (!r) {
        numbers->at[at] = what;
        if (!*number)
            numbers->hint = at + 1;
        *number = at;
    }
    pthread_mutex_unlock(&numbers->lock);
    return r;
}

void fs_number_drop(struct fs_numbers *numbers, uint64_t number)
{
    pthread_mutex_lock(&numbers->lock);
    if (number < numbers->n)
        numbers->at[number] = NULL;
    if (number < numbers->hint)
        numbers->hint = number;
    pthread_mutex_unlock(&numbers->lock);
}

void *fs_number_find(struct fs_numbers *numbers, uint64_t number)
{
    pthread_mutex_lock(&numbers->lock);
    void *what = number < numbers->n ? numbers->at[number] : NULL;
    pthread_mutex_unlock(&numbers->lock);
    return what;
}
