/*
 * test_topology.c - reading topology trees: made-up ones with all that a parser must take, and the simulated
 * machine's.
 */
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "topology.h"
#include "run_suite.h"

static char root[64];

static void put(const char *path, const char *text)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void make_root(void)
{
    strcpy(root, "/tmp/kfdfs-topology-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    put("generation_id", "2\n");
    put("nodes/0/gpu_id", "0\n");
    put("nodes/0/properties", "cpu_cores_count 16\nsimd_count 0\n");
}

static void drop_root(void)
{
    nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

START_TEST(unknown_and_missing_keys_are_fine)
{
    struct topology topology;
    put("nodes/1/gpu_id", "51234\n");
    put("nodes/1/properties",
        "simd_count 192\nnot_yet_invented 77\nlist 1,0,0,1\nunique_id 18446744073709551615\n\n"
        "gfx_target_version 110000\n");
    ck_assert_int_eq(topology_read(root, &topology), 0);
    ck_assert_uint_eq(topology.n_nodes, 2);
    const struct topology_node *gpu = &topology.nodes[1];
    ck_assert_uint_eq(gpu->number, 1);
    ck_assert_uint_eq(gpu->gpu_id, 51234);
    ck_assert_uint_eq(gpu->simd_count, 192);
    ck_assert_uint_eq(gpu->unique_id, UINT64_MAX);
    ck_assert_uint_eq(gpu->gfx_target_version, 110000);
    ck_assert_uint_eq(gpu->cwsr_size, 0);
    ck_assert_uint_eq(gpu->n_links, 0);
    topology_free(&topology);
}
END_TEST

START_TEST(banks_are_summed_by_what_the_cpu_sees)
{
    struct topology topology;
    put("nodes/1/gpu_id", "5\n");
    put("nodes/1/properties", "simd_count 4\n");
    put("nodes/1/mem_banks/0/properties", "heap_type 1\nsize_in_bytes 1000\nflags 0\n");
    put("nodes/1/mem_banks/1/properties", "heap_type 2\nsize_in_bytes 5000\n");
    put("nodes/1/mem_banks/2/properties", "heap_type 4\nsize_in_bytes 64\n");
    ck_assert_int_eq(topology_read(root, &topology), 0);
    ck_assert_uint_eq(topology.nodes[1].vram_public_bytes, 1000);
    ck_assert_uint_eq(topology.nodes[1].vram_private_bytes, 5000);
    topology_free(&topology);
}
END_TEST

START_TEST(links_of_both_kinds_are_read)
{
    struct topology topology;
    put("nodes/1/gpu_id", "5\n");
    put("nodes/1/properties", "simd_count 4\n");
    put("nodes/1/io_links/0/properties", "type 2\nnode_from 1\nnode_to 0\nweight 20\nmax_bandwidth 64000\n");
    put("nodes/1/p2p_links/0/properties", "type 2\nnode_to 2\nrecommended_sdma_engine_id_mask 3\n");
    ck_assert_int_eq(topology_read(root, &topology), 0);
    const struct topology_node *node = &topology.nodes[1];
    ck_assert_uint_eq(node->n_links, 2);
    ck_assert_uint_eq(node->links[0].max_bandwidth, 64000);
    ck_assert(!node->links[0].peer);
    ck_assert_uint_eq(node->links[1].node_to, 2);
    ck_assert_uint_eq(node->links[1].sdma_engine_mask, 3);
    ck_assert(node->links[1].peer);
    topology_free(&topology);
}
END_TEST

START_TEST(nodes_are_in_the_order_of_their_numbers)
{
    struct topology topology;
    for (int i = 12; i > 0; i--) {
        char path[64];
        snprintf(path, sizeof path, "nodes/%d/gpu_id", i);
        put(path, "9\n");
        snprintf(path, sizeof path, "nodes/%d/properties", i);
        put(path, "simd_count 4\n");
    }
    ck_assert_int_eq(topology_read(root, &topology), 0);
    ck_assert_uint_eq(topology.n_nodes, 13);
    for (unsigned i = 0; i < topology.n_nodes; i++)
        ck_assert_uint_eq(topology.nodes[i].number, i);
    topology_free(&topology);
}
END_TEST

START_TEST(a_node_without_its_properties_is_an_error)
{
    struct topology topology = {.n_nodes = 77};
    put("nodes/1/gpu_id", "5\n");
    ck_assert_int_eq(topology_read(root, &topology), -ENOENT);
    ck_assert_uint_eq(topology.n_nodes, 77);
}
END_TEST

START_TEST(no_tree_is_enoent)
{
    struct topology topology;
    ck_assert_int_eq(topology_read("/nonexistent/topology", &topology), -ENOENT);
}
END_TEST

START_TEST(the_simulated_machine_is_what_it_was_asked_to_be)
{
    struct topology topology;
    unsigned gpus = 0;
    ck_assert_int_eq(topology_read(TOPOLOGY_ROOT, &topology), 0);
    for (unsigned i = 0; i < topology.n_nodes; i++) {
        const struct topology_node *node = &topology.nodes[i];
        if (!node->gpu_id)
            continue;
        ck_assert_uint_eq(node->gfx_target_version, gpus == 0 ? 90402 : 110000);
        ck_assert_uint_gt(node->vram_public_bytes, UINT64_C(16) << 30);
        ck_assert_uint_gt(node->n_links, 0);
        gpus++;
    }
    ck_assert_uint_eq(gpus, 2);
    topology_free(&topology);
}
END_TEST

/* What captures of real cards say in their properties; the sources are in sim/models.c. */
static const struct {
    const char *model, *line;
} published[] = {
    {"mi210", "caches_count 217"},
    {"mi210", "simd_count 416"},
    {"mi210", "capability 611820160"},
    {"mi210", "fw_version 92"},
    {"rx7900xtx", "caches_count 206"},
    {"rx7900xtx", "num_cp_queues 8"},
    {"mi300x", "num_sdma_xgmi_engines 14"},
    {"mi355x", "lds_size_in_kb 160"},
    {"mi355x", "simd_count 1024"},
    {"mi355x", "cu_per_simd_array 9"},
    {"mi355x", "capability2 1"},
    {"rx9070xt", "num_cp_queues 4"},
    {"rx9070xt", "cwsr_size 30699520"},
    {"rx9070xt", "ctl_stack_size 28672"},
    {"rx6900xt", "num_sdma_engines 2"},
    {"rx6900xt", "num_sdma_xgmi_engines 2"},
    {"radeon8060s", "simd_count 80"},
    {"radeon8060s", "device_id 5510"},
};

START_TEST(published_numbers_are_those_of_captures)
{
    char line[128];
    bool found = false;
    setenv("KFDFS_SIM", published[_i].model, 1);
    FILE *file = fopen(TOPOLOGY_ROOT "/nodes/1/properties", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        found = found || !strcmp(line, published[_i].line);
    }
    fclose(file);
    ck_assert_msg(found, "%s has no line '%s'", published[_i].model, published[_i].line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("topology");
    TCase *made_up = tcase_create("made up");
    tcase_add_checked_fixture(made_up, make_root, drop_root);
    tcase_add_test(made_up, unknown_and_missing_keys_are_fine);
    tcase_add_test(made_up, banks_are_summed_by_what_the_cpu_sees);
    tcase_add_test(made_up, links_of_both_kinds_are_read);
    tcase_add_test(made_up, nodes_are_in_the_order_of_their_numbers);
    tcase_add_test(made_up, a_node_without_its_properties_is_an_error);
    suite_add_tcase(suite, made_up);
    TCase *found = tcase_create("found");
    tcase_add_loop_test(found, published_numbers_are_those_of_captures, 0,
                        sizeof published / sizeof *published);
    tcase_add_test(found, no_tree_is_enoent);
    tcase_add_test(found, the_simulated_machine_is_what_it_was_asked_to_be);
    suite_add_tcase(suite, found);
    return run_suite(suite);
}
