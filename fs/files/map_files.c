/*
 * map_files.c - peers (who is wired to whom), maps (which addresses are which buffer), processes (who uses a
 * GPU).
 *
 * A process's directory stands for what the kernel publishes about it; its object lives while the kernel has
 * it or somebody holds it. Invariant: a list of processes has no process twice.
 */
#include "files/map_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/pool.h"
#include "tree/listing.h"

static struct fs_gpu *gpu_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_gpu, object);
}

/* ---- peers ---- */

static void add_end(struct fs_text *text, const struct fs_world *world, const struct gpu *gpu, unsigned cpu)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        if (world->gpus[i].gpu == gpu) {
            fs_text_printf(text, "%s ", world->gpus[i].object.name);
            return;
        }
    fs_text_printf(text, "cpu%u ", cpu);
}

void fs_peers(struct fs_object *root, struct fs_text *text)
{
    const struct gpu_link *links;
    unsigned n = gpu_links(root->world->sys, &links);
    fs_text_printf(text, "# from to kind weight hops min_mbps max_mbps\n");
    for (unsigned i = 0; i < n; i++) {
        const struct gpu_link *link = &links[i];
        add_end(text, root->world, link->from, link->from_cpu);
        add_end(text, root->world, link->to, link->to_cpu);
        fs_text_printf(text, "%s %u %u ", link->kind, link->weight, link->hops);
        if (link->max_mbps)
            fs_text_printf(text, "%llu %llu\n", (unsigned long long)link->min_mbps,
                           (unsigned long long)link->max_mbps);
        else
            fs_text_printf(text, "- -\n");
    }
}

/* ---- maps ---- */

struct range {
    uint64_t start, end;
    const struct fs_entry *entry;
};

struct ranges {
    struct range *range;
    size_t n, capacity;
    bool failed;
};

static void add_range(struct ranges *ranges, struct range range)
{
    if (ranges->n == ranges->capacity) {
        size_t capacity = ranges->capacity * 2 + 64;
        struct range *more = realloc(ranges->range, capacity * sizeof *more);
        if (!more) {
            ranges->failed = true;
            return;
        }
        ranges->range = more;
        ranges->capacity = capacity;
    }
    ranges->range[ranges->n++] = range;
}

static void collect(struct ranges *ranges, const struct fs_entry *dir)
{
    for (const struct fs_entry *entry = dir->children; entry; entry = entry->sibling) {
        if (entry->dir)
            collect(ranges, entry);
        else if (entry->memory && gpu_buffer_capacity(entry->memory))
            add_range(ranges,
                      (struct range){.start = gpu_buffer_va(entry->memory),
                                     .end = gpu_buffer_va(entry->memory) + gpu_buffer_capacity(entry->memory),
                                     .entry = entry});
    }
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

/* Buffers of every GPU whose memory this one can use are in its address space, too. */
void fs_gpu_maps(struct fs_object *object, struct fs_text *text)
{
    static const char *const pools[] = {"vram", "gtt"};
    struct fs_gpu *gpu = gpu_of(object);
    struct fs_world *world = object->world;
    struct ranges ranges = {0};
    for (unsigned i = 0; i < world->n_gpus; i++)
        for (int pool = 0; gpu_reaches(gpu->gpu, world->gpus[i].gpu) && pool < 2; pool++)
            collect(&ranges, world->gpus[i].pools[pool]);
    if (ranges.n)
        qsort(ranges.range, ranges.n, sizeof *ranges.range, compare_ranges);
    fs_text_printf(text, "# start-end perms pool path\n");
    for (size_t i = 0; i < ranges.n; i++) {
        const struct fs_entry *entry = ranges.range[i].entry;
        fs_text_printf(text, "%llx-%llx rw %s ", (unsigned long long)ranges.range[i].start,
                       (unsigned long long)ranges.range[i].end, pools[entry->pool]);
        fs_entry_path(text, entry);
        fs_text_add(text, "\n", 1);
    }
    text->failed |= ranges.failed;
    free(ranges.range);
}

/* ---- processes ---- */

struct fs_process {
    struct fs_object object; /* parent: the GPU; name: the process's number */
    struct fs_process *next;
    unsigned pid;
};

static struct fs_process *process_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_process, object);
}

static void process_destroy(struct fs_object *object)
{
    free(process_of(object));
}

/* Forgets those that the kernel no longer has. */
static void forget_ended(struct fs_gpu *gpu)
{
    struct gpu_process now;
    for (struct fs_process **link = &gpu->processes; *link;) {
        struct fs_process *process = *link;
        if (gpu_process(gpu->gpu, process->pid, &now)) {
            link = &process->next;
            continue;
        }
        *link = process->next;
        fs_object_unref(&process->object);
    }
}

void fs_processes_free(struct fs_gpu *gpu)
{
    for (struct fs_process *process; (process = gpu->processes);) {
        gpu->processes = process->next;
        fs_object_unref(&process->object);
    }
}

static struct fs_process *process_get(struct fs_gpu *gpu, unsigned pid)
{
    struct gpu_process now;
    if (!gpu_process(gpu->gpu, pid, &now))
        return NULL;
    for (struct fs_process *process = gpu->processes; process; process = process->next)
        if (process->pid == pid)
            return process;
    struct fs_process *process = calloc(1, sizeof *process);
    char *name = NULL;
    if (!process || asprintf(&name, "%u", pid) < 0) {
        free(process);
        return NULL;
    }
    fs_object_init(&process->object, gpu->object.world, &gpu->object, name);
    process->object.destroy = process_destroy;
    process->pid = pid;
    process->next = gpu->processes;
    gpu->processes = process;
    return process;
}

struct fs_object *fs_find_process(struct fs_object *gpu, const char *name)
{
    char *end;
    unsigned long pid = strtoul(name, &end, 10);
    forget_ended(gpu_of(gpu));
    if (name[0] < '1' || name[0] > '9' || *end || pid > INT32_MAX)
        return NULL;
    struct fs_process *process = process_get(gpu_of(gpu), (unsigned)pid);
    return process ? &process->object : NULL;
}

struct listing {
    struct fs_gpu *gpu;
    const struct fs_row *row;
    struct fs_listing *listing;
};

static void list_process(void *ctx, unsigned pid)
{
    const struct listing *listing = ctx;
    struct fs_process *process = process_get(listing->gpu, pid);
    if (process)
        fs_list(listing->listing, process->object.name, fs_inode(listing->row, &process->object),
                listing->row->mode);
}

void fs_list_processes(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing)
{
    struct listing ctx = {gpu_of(gpu), row, listing};
    forget_ended(gpu_of(gpu));
    gpu_processes(list_process, &ctx);
}

static void add_number(struct fs_text *text, int64_t number)
{
    if (number < 0)
        fs_text_printf(text, "-\n");
    else
        fs_text_printf(text, "%lld\n", (long long)number);
}

/* Of a process that is gone there is nothing any more. */
static struct gpu_process now(struct fs_object *object)
{
    struct gpu_process process = {0, 0, -1, -1, -1};
    gpu_process(gpu_of(object->parent)->gpu, process_of(object)->pid, &process);
    return process;
}

void fs_process_vram(struct fs_object *process, struct fs_text *text)
{
    add_number(text, (int64_t)now(process).vram_bytes);
}

void fs_process_sdma(struct fs_object *process, struct fs_text *text)
{
    int64_t us = now(process).sdma_us;
    add_number(text, us < 0 ? us : us * 1000);
}

void fs_process_evicted(struct fs_object *process, struct fs_text *text)
{
    int64_t ms = now(process).evicted_ms;
    add_number(text, ms < 0 ? ms : ms * 1000000);
}

void fs_process_cus(struct fs_object *process, struct fs_text *text)
{
    add_number(text, now(process).busy_cus);
}

static void add_queue(void *text, const struct gpu_process_queue *queue)
{
    fs_text_printf(text, "%u %s %llu\n", queue->id, queue->type, (unsigned long long)queue->ring_bytes);
}

void fs_process_queues(struct fs_object *process, struct fs_text *text)
{
    fs_text_printf(text, "# queue_id type ring_bytes\n");
    gpu_process_queues(gpu_of(process->parent)->gpu, process_of(process)->pid, add_queue, text);
}

/* Its name, for people; the kernel tells it of every process. */
void fs_process_command(struct fs_object *process, struct fs_text *text)
{
    char path[64], name[64] = "-\n";
    snprintf(path, sizeof path, "/proc/%u/comm", process_of(process)->pid);
    FILE *file = fopen(path, "re");
    if (file && !fgets(name, sizeof name, file))
        strcpy(name, "-\n");
    if (file)
        fclose(file);
    fs_text_add(text, name, strlen(name));
}
