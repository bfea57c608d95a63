/*
 * links.c - which node has a way to which other, as the kernel publishes it, and so which GPU reaches which.
 *
 * A node lists io_links, what it is wired to (GPU to its CPU, GPU to GPU by XGMI, CPU to CPU), and p2p_links,
 * ways through other nodes. A link from a GPU to another means that the first can use the second's memory:
 * there is one for each direction that works, and none to a card whose memory does not lie on the bus whole.
 * Source: Linux amdkfd/kfd_topology.c (kfd_add_peer_prop) and kfd_crat.c (weights: 20 PCIe, 15 for each hop
 * of XGMI, 13 inside a package, else the distance of two CPUs).
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

enum { LINK_HYPERTRANSPORT = 1, LINK_PCIE = 2, LINK_QPI = 5, LINK_XGMI = 11 }; /* kfd_crat.h */
enum { XGMI_HOP_WEIGHT = 15 };

/* ---- ends ---- */

static const struct topology_node *node_of(const struct gpu_system *sys, unsigned number)
{
    for (unsigned i = 0; i < sys->topology.n_nodes; i++)
        if (sys->topology.nodes[i].number == number)
            return &sys->topology.nodes[i];
    return NULL;
}

static bool is_cpu(const struct topology_node *node)
{
    return !node->gpu_id;
}

static struct gpu *gpu_of(struct gpu_system *sys, const struct topology_node *node)
{
    for (unsigned i = 0; i < sys->n_gpus; i++)
        if (sys->gpus[i].node.number == node->number)
            return &sys->gpus[i];
    return NULL;
}

/* CPUs are counted by themselves, as NUMA does. False: a GPU that is not ours. */
static bool find_end(struct gpu_system *sys, const struct topology_node *node, struct gpu **gpu,
                     unsigned *cpu)
{
    *gpu = NULL;
    *cpu = 0;
    if (!node)
        return false;
    if (!is_cpu(node))
        return (*gpu = gpu_of(sys, node));
    for (unsigned i = 0; &sys->topology.nodes[i] != node; i++)
        *cpu += is_cpu(&sys->topology.nodes[i]);
    return true;
}

/* ---- links ---- */

/* The CPU whose bus a GPU is on: the first thing that it is wired to. */
static const struct topology_node *home_of(const struct gpu_system *sys, const struct topology_node *node)
{
    for (unsigned i = 0; i < node->n_links; i++) {
        const struct topology_node *to = node_of(sys, (unsigned)node->links[i].node_to);
        if (!node->links[i].peer && to && is_cpu(to))
            return to;
    }
    return NULL;
}

static unsigned count_hops(const struct gpu_system *sys, const struct topology_node *from,
                           const struct topology_node *to, const struct topology_link *link)
{
    if (link->peer && !is_cpu(from) && !is_cpu(to))
        return home_of(sys, from) == home_of(sys, to) ? 2 : 3;
    if (link->peer)
        return 2;
    return link->type == LINK_XGMI ? (unsigned)(link->weight + XGMI_HOP_WEIGHT - 1) / XGMI_HOP_WEIGHT : 1;
}

static const char *kind_of(uint64_t type)
{
    switch (type) {
    case LINK_PCIE:
        return "pcie";
    case LINK_XGMI:
        return "xgmi";
    case LINK_HYPERTRANSPORT:
        return "hypertransport";
    case LINK_QPI:
        return "qpi";
    default:
        return "other";
    }
}

static bool describe(struct gpu_system *sys, const struct topology_node *from,
                     const struct topology_link *link, struct gpu_link *out)
{
    const struct topology_node *to = node_of(sys, (unsigned)link->node_to);
    *out = (struct gpu_link){.kind = kind_of(link->type)};
    if (!find_end(sys, from, &out->from, &out->from_cpu) || !find_end(sys, to, &out->to, &out->to_cpu))
        return false;
    out->weight = (unsigned)link->weight;
    out->hops = count_hops(sys, from, to, link);
    out->min_mbps = link->min_bandwidth;
    out->max_mbps = link->max_bandwidth;
    out->sdma_engines = (uint32_t)link->sdma_engine_mask;
    return true;
}

int links_open(struct gpu_system *sys)
{
    const struct topology *topology = &sys->topology;
    unsigned n = 0;
    for (unsigned i = 0; i < topology->n_nodes; i++)
        n += topology->nodes[i].n_links;
    sys->links = calloc(n ? n : 1, sizeof *sys->links);
    if (!sys->links)
        return gpu_err(-ENOMEM, "no memory for %u links", n);
    for (unsigned i = 0; i < topology->n_nodes; i++)
        for (unsigned k = 0; k < topology->nodes[i].n_links; k++)
            sys->n_links +=
                describe(sys, &topology->nodes[i], &topology->nodes[i].links[k], &sys->links[sys->n_links]);
    return 0;
}

unsigned gpu_links(const struct gpu_system *sys, const struct gpu_link **out)
{
    *out = sys->links;
    return sys->n_links;
}

const struct gpu_link *gpu_link_between(const struct gpu *from, const struct gpu *to)
{
    const struct gpu_system *sys = from->sys;
    for (unsigned i = 0; i < sys->n_links; i++)
        if (sys->links[i].from == from && sys->links[i].to == to)
            return &sys->links[i];
    return NULL;
}

bool gpu_reaches(const struct gpu *from, const struct gpu *to)
{
    return from == to || gpu_link_between(from, to);
}
