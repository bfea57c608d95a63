/*
 * stages.c - system memory that bytes of buffers go through: taken for one request, some kept for the next.
 */
#include "work/stages.h"

#include <errno.h>
#include <stdlib.h>

enum {
    STAGE_BYTES = 1 << 20, /* the kernel's largest request */
    STAGES_KEPT = 4,       /* of each GPU, for the next who needs one */
};

struct fs_stage {
    struct fs_stage *next;
    struct gpu_buffer *memory;
    uint64_t bytes;
};

void fs_stage_give(struct fs_gpu *gpu, struct fs_stage *stage)
{
    unsigned n = 0;
    for (const struct fs_stage *kept = gpu->stages; kept; kept = kept->next)
        n++;
    if (n < STAGES_KEPT && stage->bytes == STAGE_BYTES) {
        stage->next = gpu->stages;
        gpu->stages = stage;
        return;
    }
    fs_free_memory(gpu->object.world, stage->memory);
    free(stage);
}

void fs_stages_free(struct fs_gpu *gpu)
{
    while (gpu->stages) {
        struct fs_stage *stage = gpu->stages;
        gpu->stages = stage->next;
        fs_free_memory(gpu->object.world, stage->memory);
        free(stage);
    }
}

static struct fs_stage *stage_kept(struct fs_gpu *gpu, uint64_t bytes)
{
    fs_lock(gpu->object.world);
    struct fs_stage *stage = bytes <= STAGE_BYTES ? gpu->stages : NULL;
    if (stage)
        gpu->stages = stage->next;
    fs_unlock(gpu->object.world);
    return stage;
}

int fs_stage_take(struct fs_gpu *gpu, uint64_t bytes, struct fs_stage **out)
{
    struct fs_stage *stage = stage_kept(gpu, bytes);
    if (stage) {
        *out = stage;
        return 0;
    }
    stage = calloc(1, sizeof *stage);
    if (!stage)
        return gpu_err(-ENOMEM, "no memory to stage %llu bytes", (unsigned long long)bytes);
    stage->bytes = bytes > STAGE_BYTES ? bytes : STAGE_BYTES;
    int r = gpu_buffer_create(gpu->gpu, GPU_GTT, stage->bytes, &stage->memory);
    if (!r)
        r = gpu_buffer_reserve(stage->memory, stage->bytes);
    if (!r && !gpu_buffer_cpu(stage->memory))
        r = gpu_err(-ENOMEM, "system memory of %s cannot be mapped", gpu->object.name);
    if (r) {
        gpu_buffer_free(stage->memory);
        free(stage);
        return r;
    }
    *out = stage;
    return 0;
}

struct gpu_buffer *fs_stage_buffer(const struct fs_stage *stage)
{
    return stage->memory;
}

void *fs_stage_memory(const struct fs_stage *stage)
{
    return gpu_buffer_cpu(stage->memory);
}
