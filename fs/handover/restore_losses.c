/*
 * restore_losses.c - buffers whose bytes went with a reset of their GPU.
 *
 * Such a buffer keeps its name, size and address. What it holds nobody knows; so that nobody takes it for
 * data it is made zero, its time of change is now, its user.gpu_losses goes up, and `errors` names it.
 */
#include "handover/restore_losses.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "handover/restore_buffers.h"

enum { NAMED = 8 };

struct losses {
    struct fs_entry **entries;
    struct gpu_buffer **buffers;
    unsigned n, capacity;
    bool failed;
};

static void add(struct losses *losses, struct fs_entry *entry)
{
    if (losses->n == losses->capacity) {
        unsigned capacity = losses->capacity * 2 + 64;
        void *entries = realloc(losses->entries, capacity * sizeof(struct fs_entry *));
        void *buffers = realloc(losses->buffers, capacity * sizeof(struct gpu_buffer *));
        losses->entries = entries ? entries : losses->entries;
        losses->buffers = buffers ? buffers : losses->buffers;
        losses->failed |= !entries || !buffers;
        if (losses->failed)
            return;
        losses->capacity = capacity;
    }
    losses->entries[losses->n] = entry;
    losses->buffers[losses->n++] = entry->memory;
}

static void find(struct losses *losses, struct fs_entry *entry)
{
    if (entry->memory)
        add(losses, entry);
    for (struct fs_entry *child = entry->children; child && !losses->failed; child = child->sibling)
        find(losses, child);
}

static void tell(const struct fs_gpu *gpu, const struct losses *losses)
{
    struct fs_text text = {0};
    fs_text_printf(&text,
                   "what was in the memory of %s went with its reset: %u %s zero now:", gpu->object.name,
                   losses->n, losses->n == 1 ? "buffer is" : "buffers are");
    for (unsigned i = 0; i < losses->n && i < NAMED; i++) {
        fs_text_add(&text, " ", 1);
        fs_entry_path(&text, losses->entries[i]);
    }
    if (losses->n > NAMED)
        fs_text_printf(&text, " ... (user.gpu_losses of each counts it)");
    fs_errors_add(&gpu->object.world->errors, 0, -EIO, gpu->object.name,
                  text.failed ? "what was in its memory went with its reset" : text.data);
    fs_text_free(&text);
}

/* The lock is given back while the GPU works. */
static int wipe(struct fs_gpu *gpu, struct losses *losses)
{
    if (losses->failed)
        return gpu_err(-ENOMEM, "no memory for a list of its buffers");
    fs_unlock(gpu->object.world);
    int r = gpu_buffers_clear(gpu->gpu, losses->buffers, losses->n);
    fs_lock(gpu->object.world);
    return r;
}

static void settle(struct fs_gpu *gpu, struct losses *losses)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    for (unsigned i = 0; i < losses->n; i++) {
        losses->entries[i]->losses++;
        losses->entries[i]->mtime = losses->entries[i]->ctime = now;
    }
    if (losses->n)
        tell(gpu, losses);
    gpu_vram_settle(gpu->gpu);
    gpu->unsettled = false;
}

static void look_at(struct fs_restore *restore, struct fs_gpu *gpu)
{
    struct losses losses = {0};
    if (gpu_absent(gpu->gpu))
        return;
    if (!gpu_vram_intact(gpu->gpu)) {
        gpu->unsettled = false;
        return;
    }
    gpu->unsettled = true;
    if (fs_gpu_lost(gpu))
        return;
    find(&losses, gpu->pools[GPU_VRAM]);
    if (wipe(gpu, &losses)) {
        fs_restore_give_up(gpu, "what a reset has left in its memory");
    } else {
        settle(gpu, &losses);
        restore->wiped[gpu->index] = losses.n;
    }
    free(losses.entries);
    free(losses.buffers);
}

void fs_restore_losses(struct fs_restore *restore)
{
    for (unsigned i = 0; i < restore->world->n_gpus; i++)
        look_at(restore, &restore->world->gpus[i]);
}
