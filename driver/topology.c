/*
 * topology.c - reads the kernel's topology tree. Lines are "key value" in decimal; keys come and go with
 * kernel versions, so unknown ones are skipped and missing ones read as 0. A node whose gpu_id may not be
 * read (EPERM: a device cgroup) is left out. The tree may change under the reader: generation_id tells.
 * Source: Linux amdkfd/kfd_topology.c.
 */
#include "gpu.h"
#include "topology.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_TRIES = 10 };

struct key {
    const char *name;
    size_t at; /* of a uint64_t */
};

#define NODE_KEY(name)                              \
    {                                               \
#name, offsetof(struct topology_node, name) \
    }
static const struct key node_keys[] = {
    NODE_KEY(simd_count),
    NODE_KEY(simd_per_cu),
    NODE_KEY(max_waves_per_simd),
    NODE_KEY(lds_size_in_kb),
    NODE_KEY(wave_front_size),
    NODE_KEY(array_count),
    NODE_KEY(simd_arrays_per_engine),
    NODE_KEY(max_slots_scratch_cu),
    NODE_KEY(gfx_target_version),
    NODE_KEY(vendor_id),
    NODE_KEY(device_id),
    NODE_KEY(location_id),
    NODE_KEY(domain),
    NODE_KEY(drm_render_minor),
    NODE_KEY(num_sdma_engines),
    NODE_KEY(num_sdma_xgmi_engines),
    NODE_KEY(num_sdma_queues_per_engine),
    NODE_KEY(num_cp_queues),
    NODE_KEY(cwsr_size),
    NODE_KEY(ctl_stack_size),
    NODE_KEY(max_engine_clk_fcompute),
    NODE_KEY(fw_version),
    NODE_KEY(sdma_fw_version),
    NODE_KEY(unique_id),
    NODE_KEY(num_xcc),
    NODE_KEY(capability),
    {0},
};

static const struct key link_keys[] = {
    {"type", offsetof(struct topology_link, type)},
    {"node_to", offsetof(struct topology_link, node_to)},
    {"weight", offsetof(struct topology_link, weight)},
    {"min_bandwidth", offsetof(struct topology_link, min_bandwidth)},
    {"max_bandwidth", offsetof(struct topology_link, max_bandwidth)},
    {"recommended_sdma_engine_id_mask", offsetof(struct topology_link, sdma_engine_mask)},
    {"flags", offsetof(struct topology_link, flags)},
    {0},
};

struct bank {
    uint64_t heap_type, size_in_bytes;
};
static const struct key bank_keys[] = {
    {"heap_type", offsetof(struct bank, heap_type)},
    {"size_in_bytes", offsetof(struct bank, size_in_bytes)},
    {0},
};
enum { HEAP_PUBLIC = 1, HEAP_PRIVATE = 2 }; /* frame buffer that the CPU can or cannot see */

static int read_keys(const char *path, const struct key *keys, void *out)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return gpu_err(-errno, "cannot open %s: %s", path, strerror(errno));
    char line[256], name[64];
    uint64_t value;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%63s %" SCNu64, name, &value) != 2)
            continue;
        for (const struct key *key = keys; key->name; key++)
            if (!strcmp(key->name, name))
                memcpy((char *)out + key->at, &value, sizeof value);
    }
    int rc = ferror(file) ? gpu_err(-EIO, "cannot read %s", path) : 0;
    fclose(file);
    return rc;
}

static int read_number(const char *path, uint64_t *out)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return gpu_err(-errno, "cannot open %s: %s", path, strerror(errno));
    errno = 0;
    int n = fscanf(file, "%" SCNu64, out);
    int why = errno;
    fclose(file);
    if (n != 1)
        return gpu_err(why ? -why : -EPROTO, "cannot read a number from %s", path);
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

/* The entries of a directory whose names are numbers, ascending. A missing directory is an empty one. */
static int list_numbers(const char *path, unsigned **out, unsigned *n)
{
    unsigned *numbers = NULL, count = 0;
    DIR *dir = opendir(path);
    if (!dir && errno != ENOENT)
        return gpu_err(-errno, "cannot list %s: %s", path, strerror(errno));
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *end;
        unsigned long number = strtoul(entry->d_name, &end, 10);
        if (end == entry->d_name || *end)
            continue;
        unsigned *more = realloc(numbers, (count + 1) * sizeof *numbers);
        if (!more) {
            closedir(dir);
            free(numbers);
            return gpu_err(-ENOMEM, "no memory for the list of %s", path);
        }
        numbers = more;
        numbers[count++] = (unsigned)number;
    }
    if (dir)
        closedir(dir);
    if (count)
        qsort(numbers, count, sizeof *numbers, compare_numbers);
    *out = numbers;
    *n = count;
    return 0;
}

static int read_banks(const char *node_path, struct topology_node *node)
{
    char path[512];
    unsigned *numbers, n;
    snprintf(path, sizeof path, "%s/mem_banks", node_path);
    int rc = list_numbers(path, &numbers, &n);
    if (rc)
        return rc;
    for (unsigned i = 0; i < n && !rc; i++) {
        struct bank bank = {0};
        snprintf(path, sizeof path, "%s/mem_banks/%u/properties", node_path, numbers[i]);
        rc = read_keys(path, bank_keys, &bank);
        if (!rc && bank.heap_type == HEAP_PUBLIC)
            node->vram_public_bytes += bank.size_in_bytes;
        if (!rc && bank.heap_type == HEAP_PRIVATE)
            node->vram_private_bytes += bank.size_in_bytes;
    }
    free(numbers);
    return rc;
}

static int read_links(const char *node_path, const char *kind, bool peer, struct topology_node *node)
{
    char path[512];
    unsigned *numbers, n;
    snprintf(path, sizeof path, "%s/%s", node_path, kind);
    int rc = list_numbers(path, &numbers, &n);
    if (rc)
        return rc;
    for (unsigned i = 0; i < n && !rc; i++) {
        struct topology_link *links = realloc(node->links, (node->n_links + 1) * sizeof *links);
        if (!links) {
            rc = gpu_err(-ENOMEM, "no memory for the links of %s", node_path);
            break;
        }
        node->links = links;
        links[node->n_links] = (struct topology_link){.peer = peer};
        snprintf(path, sizeof path, "%s/%s/%u/properties", node_path, kind, numbers[i]);
        rc = read_keys(path, link_keys, &links[node->n_links]);
        node->n_links += !rc;
    }
    free(numbers);
    return rc;
}

/* 0, or 1 for a node that we may not use. */
static int read_node(const char *root, unsigned number, struct topology_node *node)
{
    char path[256], file[300];
    uint64_t gpu_id;
    snprintf(path, sizeof path, "%s/nodes/%u", root, number);
    snprintf(file, sizeof file, "%s/gpu_id", path);
    int rc = read_number(file, &gpu_id);
    if (rc)
        return rc == -EPERM || rc == -EACCES ? 1 : rc;
    node->number = number;
    node->gpu_id = (uint32_t)gpu_id;
    snprintf(file, sizeof file, "%s/properties", path);
    rc = read_keys(file, node_keys, node);
    if (!rc)
        rc = read_banks(path, node);
    if (!rc)
        rc = read_links(path, "io_links", false, node);
    if (!rc)
        rc = read_links(path, "p2p_links", true, node);
    return rc;
}

static int read_nodes(const char *root, struct topology *out)
{
    char path[256];
    unsigned *numbers, n;
    snprintf(path, sizeof path, "%s/nodes", root);
    int rc = list_numbers(path, &numbers, &n);
    if (rc)
        return rc;
    out->nodes = calloc(n ? n : 1, sizeof *out->nodes);
    if (!out->nodes)
        rc = gpu_err(-ENOMEM, "no memory for %u topology nodes", n);
    for (unsigned i = 0; i < n && rc >= 0; i++) {
        struct topology_node *node = &out->nodes[out->n_nodes];
        *node = (struct topology_node){0};
        rc = read_node(root, numbers[i], node);
        if (!rc)
            out->n_nodes++;
        else
            free(node->links);
    }
    free(numbers);
    return rc < 0 ? rc : 0;
}

int topology_read(const char *root, struct topology *out)
{
    char path[256];
    snprintf(path, sizeof path, "%s/generation_id", root);
    for (unsigned try = 0; try < READ_TRIES; try++) {
        struct topology topology = {0};
        uint64_t before, after;
        int rc = read_number(path, &before);
        if (rc)
            return rc;
        rc = read_nodes(root, &topology);
        int again = read_number(path, &after);
        if (!rc && !again && before == after) {
            *out = topology;
            return 0;
        }
        topology_free(&topology);
        if (again || (rc && before == after))
            return rc ? rc : again;
    }
    return gpu_err(-EAGAIN, "%s keeps changing", root);
}

void topology_free(struct topology *topology)
{
    if (!topology)
        return;
    for (unsigned i = 0; i < topology->n_nodes; i++)
        free(topology->nodes[i].links);
    free(topology->nodes);
    *topology = (struct topology){0};
}
