/*
 * polls.c - who sleeps in poll(2) or select(2) on a file, and their waking.
 *
 * Invariant: nobody sleeps on a file that is ready, since readiness and the place in the list are looked at
 * under one lock, and whatever makes a file ready happens under that lock, too: giving it back looks at the
 * list. A handle notifies once; the kernel asks again with a new one.
 */
#include "front/polls.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

struct fs_poll {
    struct fs_later later;
    struct fs_poll *next;
    struct fs_world *world;
    struct fs_file *file;
    struct fs_poll_handle handle;
};

bool fs_poll_ready(struct fs_file *file)
{
    const struct fs_class *class = file->row->class;
    return !class || !class->ready || class->ready(file);
}

static void wake(struct fs_later *later)
{
    struct fs_poll *poll = FS_CONTAINER(later, struct fs_poll, later);
    struct fs_world *world = poll->world;
    poll->handle.notify(poll->handle.handle);
    poll->handle.destroy(poll->handle.handle);
    free(poll);
    atomic_fetch_sub(&world->polls_woken, 1);
}

static void wake_some(struct fs_world *world, bool all)
{
    for (struct fs_poll **link = &world->polls; *link;) {
        struct fs_poll *poll = *link;
        if (!all && !fs_poll_ready(poll->file)) {
            link = &poll->next;
            continue;
        }
        *link = poll->next;
        atomic_fetch_add(&world->polls_woken, 1);
        fs_put_off(world, &poll->later, wake);
    }
}

/* Whatever makes a file ready happens under the lock. */
static void look(struct fs_world *world)
{
    wake_some(world, false);
}

int fs_poll_add(struct fs_file *file, const struct fs_poll_handle *handle)
{
    struct fs_poll *poll = calloc(1, sizeof *poll);
    if (!poll)
        return -ENOMEM;
    *poll =
        (struct fs_poll){.world = file->world, .file = file, .handle = *handle, .next = file->world->polls};
    file->world->polls = poll;
    file->world->unlocking = look;
    return 0;
}

static void wait_for_woken(struct fs_world *world)
{
    while (atomic_load(&world->polls_woken) > 0)
        sched_yield();
}

void fs_poll_wake_all(struct fs_world *world)
{
    fs_lock(world);
    wake_some(world, true);
    fs_unlock(world);
    wait_for_woken(world);
}

void fs_poll_forget(struct fs_file *file)
{
    for (struct fs_poll **link = &file->world->polls; *link;) {
        struct fs_poll *poll = *link;
        if (poll->file != file) {
            link = &poll->next;
            continue;
        }
        *link = poll->next;
        poll->handle.destroy(poll->handle.handle);
        free(poll);
    }
}

void fs_poll_stop(struct fs_world *world)
{
    fs_lock(world);
    while (world->polls)
        fs_poll_forget(world->polls->file);
    fs_unlock(world);
    wait_for_woken(world);
}
