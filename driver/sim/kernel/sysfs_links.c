/*
 * sysfs_links.c - the links between the simulated machine's nodes, as the topology publishes them.
 *
 * One CPU node, to which every GPU is wired by PCIe; Instincts form hives of XGMI, in which each is wired to
 * each. Every other pair reaches each other through the CPU, in those directions in which the target's memory
 * lies on the bus whole. Order, weights, bandwidths, flags and recommended engines follow the kernel's
 * kfd_crat.c and kfd_topology.c (kfd_add_peer_prop, kfd_set_recommended_sdma_engines); a capture of eight
 * MI210 agrees (ROCm/k8s-device-plugin, testdata/topo-mi210-xgmi-pcie).
 */
#include <stdarg.h>
#include <stdio.h>

#include "kernel.h"
#include "sysfs.h"
#include "sim/machine.h"
#include "sim/models.h"

enum {
    LINK_PCIE = 2,
    LINK_XGMI = 11,
    LINK_ENABLED = 1,
    LINK_NON_COHERENT = 2,
    WEIGHT_PCIE = 20, /* kfd_crat.c */
    WEIGHT_XGMI = 15, /* of one hop */
    FULL_HIVE = 8,
    RECOMMENDING_ENGINES = 6, /* XGMI engines from which on the kernel recommends one for each peer */
};

/* ---- text ---- */

void sysfs_add(struct sysfs_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(t->at + t->used, sizeof(t->at) - t->used, format, args);
    va_end(args);
    t->used += (size_t)n < sizeof(t->at) - t->used ? (size_t)n : sizeof(t->at) - t->used - 1;
}

void sysfs_put_text(const char *path, const struct sysfs_text *t)
{
    sysfs_put_bytes(path, t->at, t->used);
}

bool sysfs_kfd_since(unsigned minor)
{
    return sim_machine_described()->options.kfd_minor >= minor;
}

/* ---- one link ---- */

struct link {
    unsigned type, from, to, weight, min_mbps, max_mbps, sdma_mask, flags;
};

static void link_put(const char *list, unsigned node, unsigned index, const struct link *link)
{
    char path[128];
    struct sysfs_text t = {0};

    sysfs_add(&t, "type %u\nversion_major 0\nversion_minor 0\nnode_from %u\nnode_to %u\nweight %u\n",
              link->type, link->from, link->to, link->weight);
    sysfs_add(&t, "min_latency 0\nmax_latency 0\nmin_bandwidth %u\nmax_bandwidth %u\n", link->min_mbps,
              link->max_mbps);
    sysfs_add(&t, "recommended_transfer_size 0\n");
    if (sysfs_kfd_since(17))
        sysfs_add(&t, "recommended_sdma_engine_id_mask %u\n", link->sdma_mask);
    sysfs_add(&t, "flags %u\n", link->flags);
    snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/%s/%u/properties", node, list, index);
    sysfs_put_text(path, &t);
}

static unsigned lesser(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* ---- hives ---- */

static unsigned hive_members(const struct sim_gpu *gpu)
{
    const struct sim_machine *m = sim_machine_described();
    unsigned members = 0;

    for (unsigned i = 0; i < m->n_gpus; i++)
        members += sim_gpus_in_hive(gpu, &m->gpu[i]);
    return members;
}

/* A card alone is in none. */
uint64_t sysfs_hive_id(const struct sim_gpu *gpu)
{
    return hive_members(gpu) > 1 ? (gpu->model->unique_id + gpu->hive) ^ 0x4849564500000000 : 0;
}

static unsigned pcie_engines(const struct sim_model *m)
{
    return (1u << m->sdma_engines) - 1;
}

/* In a full hive of parts with many engines each peer has an engine of its own, by its wire. */
static unsigned xgmi_engines(const struct sim_gpu *from, const struct sim_gpu *to)
{
    static const uint8_t engine_of[FULL_HIVE][FULL_HIVE] = {
        {0, 14, 12, 2, 4, 8, 10, 6}, {14, 0, 2, 10, 8, 4, 6, 12}, {10, 2, 0, 12, 14, 6, 4, 8},
        {2, 12, 10, 0, 6, 14, 8, 4}, {4, 8, 14, 6, 0, 10, 12, 2}, {8, 4, 6, 14, 12, 0, 2, 10},
        {10, 6, 4, 8, 12, 2, 0, 14}, {6, 12, 8, 4, 2, 10, 14, 0},
    };
    const struct sim_model *m = from->model;

    if (hive_members(from) == FULL_HIVE && m->sdma_xgmi_engines > RECOMMENDING_ENGINES)
        return 1u << engine_of[from->hive_rank][to->hive_rank];
    return m->sdma_xgmi_engines ? ((1u << m->sdma_xgmi_engines) - 1) << m->sdma_engines : pcie_engines(m);
}

/* ---- a GPU's links ---- */

static void links_put_cpu(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    struct link link = {.type = LINK_PCIE,
                        .from = gpu->node,
                        .weight = WEIGHT_PCIE,
                        .min_mbps = m->pcie_min_mbps,
                        .max_mbps = m->pcie_max_mbps,
                        .sdma_mask = pcie_engines(m),
                        .flags = LINK_ENABLED};
    unsigned index = 0;

    link_put("io_links", gpu->node, 0, &link); /* first of its list */
    if (!sim_gpu_large_bar(gpu))
        return;
    for (unsigned i = 0; i < gpu->index; i++)
        index += sim_gpu_large_bar(&sim_machine_described()->gpu[i]);
    link.from = 0;
    link.to = gpu->node;
    link.flags |= LINK_NON_COHERENT;
    link_put("io_links", 0, index, &link);
}

static struct link xgmi_link(const struct sim_gpu *gpu, const struct sim_gpu *peer)
{
    return (struct link){.type = LINK_XGMI,
                         .from = gpu->node,
                         .to = peer->node,
                         .weight = WEIGHT_XGMI,
                         .min_mbps = gpu->model->xgmi_mbps,
                         .max_mbps = gpu->model->xgmi_mbps,
                         .sdma_mask = xgmi_engines(gpu, peer),
                         .flags = LINK_ENABLED};
}

/* The kernel takes the larger bandwidth from the near GPU alone. */
static struct link bus_link(const struct sim_gpu *gpu, const struct sim_gpu *peer)
{
    return (struct link){.type = LINK_PCIE,
                         .from = gpu->node,
                         .to = peer->node,
                         .weight = 2 * WEIGHT_PCIE,
                         .min_mbps = lesser(gpu->model->pcie_min_mbps, peer->model->pcie_min_mbps),
                         .max_mbps = gpu->model->pcie_max_mbps,
                         .flags = LINK_ENABLED | LINK_NON_COHERENT};
}

static struct sysfs_links links_walk(const struct sim_gpu *gpu, bool put)
{
    const struct sim_machine *m = sim_machine_described();
    struct sysfs_links n = {.direct = 1}; /* the CPU's */

    for (unsigned i = 0; i < m->n_gpus; i++) {
        const struct sim_gpu *peer = &m->gpu[i];
        if (peer == gpu || !sim_gpus_linked(gpu, peer))
            continue;
        bool hive = sim_gpus_in_hive(gpu, peer);
        unsigned index = hive ? n.direct++ : n.indirect++;
        struct link link = hive ? xgmi_link(gpu, peer) : bus_link(gpu, peer);
        if (put)
            link_put(hive ? "io_links" : "p2p_links", gpu->node, index, &link);
    }
    return n;
}

struct sysfs_links sysfs_count_links(const struct sim_gpu *gpu)
{
    return links_walk(gpu, false);
}

unsigned sysfs_count_cpu_links(void)
{
    const struct sim_machine *m = sim_machine_described();
    unsigned n = 0;

    for (unsigned i = 0; i < m->n_gpus; i++)
        n += sim_gpu_large_bar(&m->gpu[i]);
    return n;
}

void sysfs_put_links(const struct sim_gpu *gpu)
{
    links_put_cpu(gpu);
    links_walk(gpu, true);
}
