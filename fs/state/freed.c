/*
 * freed.c - the last buffers that were freed, for the message of a fault.
 *
 * Windows of addresses are given out in turn (driver/window.c), so the address of one that was freed is in
 * none of those made soon after.
 */
#include "state/freed.h"

#include <stdlib.h>
#include <string.h>

#include "text/clock.h"
#include "text/stream.h"

enum { FREED = 256 };

struct fs_gone {
    uint64_t va, window, ns;
    char *name;
};

struct fs_freed { /* a ring */
    unsigned n;   /* all that there ever were */
    struct fs_gone at[FREED];
};

static void add(struct fs_world *world, const struct fs_gone *gone)
{
    if (!world->freed && !(world->freed = calloc(1, sizeof *world->freed))) {
        free(gone->name);
        return;
    }
    struct fs_gone *slot = &world->freed->at[world->freed->n++ % FREED];
    free(slot->name);
    *slot = *gone;
}

void fs_freed_note(struct fs_world *world, const struct gpu_buffer *memory, const char *path)
{
    struct fs_gone gone = {.va = gpu_buffer_va(memory),
                           .window = gpu_buffer_window(memory),
                           .ns = fs_now_ns(),
                           .name = strdup(path)};
    if (gone.name)
        add(world, &gone);
}

bool fs_freed_tell(const struct fs_world *world, uint64_t address, struct fs_text *text)
{
    unsigned n = world->freed ? world->freed->n : 0;
    for (unsigned i = 0; i < n && i < FREED; i++) { /* the newest first */
        const struct fs_gone *gone = &world->freed->at[(n - 1 - i) % FREED];
        if (address < gone->va || address - gone->va >= gone->window)
            continue;
        fs_text_printf(text, ": freed %llu ms ago: %s+0x%llx",
                       (unsigned long long)(fs_now_ns() - gone->ns) / 1000000, gone->name,
                       (unsigned long long)(address - gone->va));
        return true;
    }
    return false;
}

void fs_freed_clear(struct fs_world *world)
{
    for (unsigned i = 0; world->freed && i < FREED; i++)
        free(world->freed->at[i].name);
    free(world->freed);
    world->freed = NULL;
}

void fs_freed_save(const struct fs_world *world, struct fs_text *out)
{
    unsigned n = world->freed ? world->freed->n : 0;
    for (unsigned i = n > FREED ? n - FREED : 0; i < n; i++) {
        const struct fs_gone *gone = &world->freed->at[i % FREED];
        fs_put_string(out, gone->name);
        fs_put(out, gone->va);
        fs_put(out, gone->window);
        fs_put(out, gone->ns);
    }
    fs_put_string(out, NULL);
}

void fs_freed_restore(struct fs_world *world, struct fs_stream *in)
{
    for (const char *name; (name = fs_get_string(in));) {
        struct fs_gone gone = {.va = fs_get(in), .name = strdup(name)};
        gone.window = fs_get(in);
        gone.ns = fs_get(in);
        if (gone.name)
            add(world, &gone);
    }
}
