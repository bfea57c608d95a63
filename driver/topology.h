/*
 * topology.h - what the kernel publishes about its nodes in /sys/class/kfd/kfd/topology.
 */
#ifndef KFDFS_TOPOLOGY_H
#define KFDFS_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#define TOPOLOGY_ROOT "/sys/class/kfd/kfd/topology"

struct topology_link {
    uint64_t type, node_to, weight, min_bandwidth, max_bandwidth, sdma_engine_mask, flags;
    bool peer; /* of p2p_links: PCIe between GPUs; else of io_links */
};

struct topology_node {
    unsigned number;
    uint32_t gpu_id; /* 0: a CPU */
    /* properties, by their names in sysfs; 0 where this kernel has no such line */
    uint64_t simd_count, simd_per_cu, max_waves_per_simd, lds_size_in_kb, wave_front_size, array_count,
        simd_arrays_per_engine, max_slots_scratch_cu, gfx_target_version, vendor_id, device_id, location_id,
        domain, drm_render_minor, num_sdma_engines, num_sdma_xgmi_engines, num_sdma_queues_per_engine,
        num_cp_queues, cwsr_size, ctl_stack_size, max_engine_clk_fcompute, fw_version, sdma_fw_version,
        unique_id, num_xcc, capability;
    uint64_t vram_public_bytes, vram_private_bytes; /* sums over mem_banks */
    unsigned n_links;
    struct topology_link *links;
};

struct topology {
    unsigned n_nodes;
    struct topology_node *nodes; /* ascending by number; without those that a cgroup denies to us */
};

/* Reads the tree under root again until it did not change meanwhile. -ENOENT: no such tree. */
int topology_read(const char *root, struct topology *out);
void topology_free(struct topology *topology);

#endif
