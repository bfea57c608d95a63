/*
 * holds.c - who may use a buffer's memory meanwhile.
 *
 * Invariant: holds are granted first come first served for each buffer, all of a hold at once, so that two
 * holds never wait for each other.
 */
#include "state/holds.h"

static bool uses(const struct fs_hold *hold, const struct fs_entry *buffer)
{
    return hold->buffer[0] == buffer || hold->buffer[1] == buffer;
}

static bool can_grant(const struct fs_world *world, const struct fs_hold *hold)
{
    for (int i = 0; i < 2; i++) {
        const struct fs_entry *buffer = hold->buffer[i];
        if (!buffer)
            continue;
        if (buffer->holders < 0 || (hold->exclusive[i] && buffer->holders > 0))
            return false;
        for (const struct fs_hold *before = world->waiting_holds; before && before != hold;
             before = before->next)
            if (uses(before, buffer))
                return false;
    }
    return true;
}

static void grant(struct fs_hold *hold)
{
    for (int i = 0; i < 2; i++)
        if (hold->buffer[i])
            hold->buffer[i]->holders = hold->exclusive[i] ? -1 : hold->buffer[i]->holders + 1;
}

bool fs_hold_take(struct fs_world *world, struct fs_hold *hold, bool only_now)
{
    bool granted = can_grant(world, hold);
    if (granted) {
        grant(hold);
    } else if (!only_now) {
        struct fs_hold **end = &world->waiting_holds;
        while (*end)
            end = &(*end)->next;
        hold->next = NULL;
        *end = hold;
    } else {
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (hold->buffer[i])
            fs_entry_keep(hold->buffer[i]);
    return granted;
}

static void go_later(struct fs_later *later)
{
    struct fs_hold *hold = FS_CONTAINER(later, struct fs_hold, later);
    hold->go(hold);
}

void fs_hold_drop(struct fs_world *world, struct fs_hold *hold)
{
    for (int i = 0; i < 2; i++) {
        if (!hold->buffer[i])
            continue;
        hold->buffer[i]->holders -= hold->exclusive[i] ? -1 : 1;
        fs_entry_unkeep(hold->buffer[i]);
    }
    for (struct fs_hold **link = &world->waiting_holds; *link;) {
        struct fs_hold *waiting = *link;
        if (!can_grant(world, waiting)) {
            link = &waiting->next;
            continue;
        }
        *link = waiting->next;
        grant(waiting);
        fs_put_off(world, &waiting->later, go_later);
    }
}
