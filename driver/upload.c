/*
 * upload.c - how the CPU gets at VRAM: whether it reads it fast enough, and writing where it sees none of it.
 *
 * Reads of memory behind PCIe are neither cached nor merged: each waits for the bus, which makes some tens of
 * MB/s, where an engine copies tens of GB/s. Over XGMI to the CPU, or where VRAM is system memory, they are
 * fast. Which of these a GPU has is measured and not listed.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum gpu_reads { READS_UNKNOWN, READS_FAST, READS_SLOW };
enum {
    SAMPLE_BYTES = PAGE_BYTES,
    SAMPLES = 8,
    SLOW_NS = 20000, /* for a sample: 200 MB/s; a loaded host reads its own memory faster */
    UPLOAD_BYTES = 1 << 20,
};
static const uint64_t upload_limit_ns = 10000000000u; /* an engine that took longer for 1 MiB is dead */

/* ---- reads ---- */

/* The best of a few: whatever else the machine does only makes them slower. */
static enum gpu_reads measure(const void *from)
{
    uint8_t to[SAMPLE_BYTES];
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t start = clock_now();
        memcpy(to, from, sizeof to);
        __asm__ volatile("" ::"r"(to) : "memory"); /* it is not left out */
        uint64_t ns = clock_now() - start;
        best = ns < best ? ns : best;
    }
    return best > SLOW_NS ? READS_SLOW : READS_FAST;
}

/* On memory of its own: others may be at work in the buffers. Without any, later. */
static enum gpu_reads measure_gpu(struct gpu *gpu)
{
    struct gpu_buffer *sample = NULL;
    enum gpu_reads reads = READS_UNKNOWN;
    char *text = err_save();
    if (!gpu_buffer_create(gpu, GPU_VRAM, SAMPLE_BYTES, &sample) &&
        !gpu_buffer_reserve(sample, SAMPLE_BYTES) && gpu_buffer_cpu(sample))
        reads = measure(gpu_buffer_cpu(sample));
    gpu_buffer_free(sample);
    err_restore(text);
    return reads;
}

bool gpu_buffer_reads_slowly(const struct gpu_buffer *buf)
{
    struct gpu *gpu = gpu_buffer_gpu(buf);
    if (gpu_buffer_pool(buf) == GPU_GTT)
        return false;
    enum gpu_reads reads = atomic_load(&gpu->reads);
    if (reads == READS_UNKNOWN) {
        reads = measure_gpu(gpu);
        atomic_store(&gpu->reads, reads);
    }
    return reads == READS_SLOW;
}

/* ---- uploading ---- */

static int copy_piece(struct gpu_queue *queue, uint64_t to, struct gpu_buffer *stage, const void *bytes,
                      uint64_t n)
{
    struct gpu_command copy = {.op = GPU_COPY, .dst = to, .src = gpu_buffer_va(stage), .bytes = n};
    uint64_t seq;
    memcpy(gpu_buffer_cpu(stage), bytes, n);
    gpu_buffer_cpu_wrote(stage);
    int rc = gpu_queue_submit(queue, &copy, 1, NULL, NULL, &seq);
    return rc ? rc : gpu_queue_wait(queue, seq, upload_limit_ns);
}

static int upload_by_engine(struct gpu_buffer *buf, uint64_t offset, const uint8_t *bytes, uint64_t n)
{
    struct gpu *gpu = gpu_buffer_gpu(buf);
    struct gpu_queue_options options = {.kind = GPU_QUEUE_SDMA, .engine = -1};
    struct gpu_queue *queue = NULL;
    struct gpu_buffer *stage = NULL;
    uint64_t room = n < UPLOAD_BYTES ? n : UPLOAD_BYTES;
    int rc = gpu_buffer_create(gpu, GPU_GTT, room, &stage);
    if (!rc)
        rc = gpu_buffer_reserve(stage, room);
    if (!rc && !gpu_buffer_cpu(stage))
        rc = gpu_err(-ENOMEM, "system memory of gpu%u cannot be mapped", gpu->index);
    if (!rc)
        rc = gpu_queue_create(gpu, &options, &queue);
    for (uint64_t done = 0; !rc && done < n; done += room)
        rc = copy_piece(queue, gpu_buffer_va(buf) + offset + done, stage, bytes + done,
                        n - done < room ? n - done : room);
    char *text = err_save();
    gpu_queue_destroy(queue);
    gpu_buffer_free(stage);
    err_restore(text);
    return rc;
}

int gpu_buffers_clear(struct gpu *gpu, struct gpu_buffer *const *buffers, unsigned n)
{
    struct gpu_queue_options options = {.kind = GPU_QUEUE_SDMA, .engine = -1};
    struct gpu_queue *queue = NULL;
    uint64_t seq = 0, bytes = 0;
    int rc = n ? gpu_queue_create(gpu, &options, &queue) : 0;
    for (unsigned i = 0; !rc && i < n; i++) {
        struct gpu_command fill = {
            .op = GPU_FILL, .dst = gpu_buffer_va(buffers[i]), .bytes = gpu_buffer_capacity(buffers[i])};
        bytes += fill.bytes;
        if (fill.bytes)
            rc = gpu_queue_submit(queue, &fill, 1, NULL, NULL, &seq);
    }
    if (!rc && seq)
        rc = gpu_queue_wait(queue, seq, upload_limit_ns + bytes); /* at least 1 GB/s */
    char *text = err_save();
    gpu_queue_destroy(queue);
    err_restore(text);
    return rc;
}

int gpu_buffer_upload(struct gpu_buffer *buf, uint64_t offset, const void *bytes, uint64_t n)
{
    uint64_t capacity = gpu_buffer_capacity(buf);
    if (offset > capacity || n > capacity - offset)
        return gpu_err(-ERANGE, "%llu bytes at %llu of a buffer that has %llu", (unsigned long long)n,
                       (unsigned long long)offset, (unsigned long long)capacity);
    uint8_t *to = n ? gpu_buffer_cpu(buf) : NULL;
    if (!to)
        return n ? upload_by_engine(buf, offset, bytes, n) : 0;
    memcpy(to + offset, bytes, n);
    gpu_buffer_cpu_wrote(buf);
    return 0;
}
