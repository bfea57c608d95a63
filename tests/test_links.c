/*
 * test_links.c - the ways between GPUs: what the simulated machines publish, and what the driver makes of it.
 */
#include "gpu_test.h"
#include "internal.h"

static void open_machine(const char *models)
{
    setenv("KFDFS_SIM", models, 1);
    open_system();
}

static unsigned index_of(const struct gpu *gpu)
{
    for (unsigned i = 0; i < gpu_count(sys); i++)
        if (gpu_at(sys, i) == gpu)
            return i;
    return UINT32_MAX;
}

START_TEST(eight_instincts_are_wired_each_to_each)
{
    const struct gpu_link *links;
    unsigned n, between = 0, engines[8] = {0};
    open_machine("mi300x:8");
    n = gpu_links(sys, &links);
    for (unsigned i = 0; i < n; i++) {
        const struct gpu_link *link = &links[i];
        if (!link->from || !link->to)
            continue;
        ck_assert_str_eq(link->kind, "xgmi");
        ck_assert_uint_eq(link->weight, 15);
        ck_assert_uint_eq(link->hops, 1);
        ck_assert_uint_eq(link->min_mbps, 64000);
        ck_assert_uint_eq(link->max_mbps, 64000);
        ck_assert_int_eq(__builtin_popcount(link->sdma_engines), 1);
        ck_assert_uint_eq(engines[index_of(link->from)] & link->sdma_engines, 0);
        engines[index_of(link->from)] |= link->sdma_engines;
        between++;
    }
    ck_assert_uint_eq(between, 56);
    for (unsigned i = 0; i < 8; i++) /* the even ones of the fourteen for XGMI (kfd_topology.c) */
        ck_assert_uint_eq(engines[i], 0x5554);
    close_system();
}
END_TEST

START_TEST(a_ninth_instinct_is_reached_over_the_bus)
{
    open_machine("mi300x:9");
    for (unsigned i = 0; i < 8; i++) {
        const struct gpu_link *link = gpu_link_between(gpu_at(sys, i), gpu_at(sys, 8));
        ck_assert_ptr_nonnull(link);
        ck_assert_str_eq(link->kind, "pcie");
        ck_assert_uint_eq(link->weight, 40);
        ck_assert_uint_eq(link->hops, 2);
        ck_assert_uint_eq(link->sdma_engines, 0);
        ck_assert(gpu_reaches(gpu_at(sys, 8), gpu_at(sys, i)));
    }
    close_system();
}
END_TEST

START_TEST(few_instincts_share_all_engines_for_xgmi)
{
    open_machine("mi300x:2");
    const struct gpu_link *link = gpu_link_between(gpu_at(sys, 1), gpu_at(sys, 0));
    ck_assert_uint_eq(link->sdma_engines, 0xfffc);
    close_system();
}
END_TEST

START_TEST(each_gpu_is_wired_to_the_cpu_both_ways)
{
    const struct gpu_link *links;
    unsigned to_cpu = 0, from_cpu = 0;
    open_machine("rx7900xtx+mi300x");
    unsigned n = gpu_links(sys, &links);
    for (unsigned i = 0; i < n; i++) {
        if (links[i].from && links[i].to)
            continue;
        ck_assert_str_eq(links[i].kind, "pcie");
        ck_assert_uint_eq(links[i].weight, 20);
        ck_assert_uint_eq(links[i].hops, 1);
        ck_assert_uint_eq(links[i].sdma_engines, 3);
        ck_assert_uint_eq(links[i].from_cpu + links[i].to_cpu, 0);
        to_cpu += !links[i].to;
        from_cpu += !links[i].from;
    }
    ck_assert_uint_eq(to_cpu, 2);
    ck_assert_uint_eq(from_cpu, 2);
    ck_assert_ptr_null(links[0].from); /* by node: the CPU is the first */
    const struct gpu_link *link = gpu_link_between(gpu_at(sys, 0), gpu_at(sys, 1));
    ck_assert_uint_eq(link->max_mbps, 32000); /* the near GPU's */
    ck_assert_uint_eq(link->min_mbps, 0);     /* the lesser */
    close_system();
}
END_TEST

START_TEST(older_kernels_recommend_no_engine)
{
    setenv("KFDFS_SIM_OPTS", "kfd=1.16", 1);
    open_machine("mi300x:8");
    const struct gpu_link *link = gpu_link_between(gpu_at(sys, 0), gpu_at(sys, 7));
    ck_assert_str_eq(link->kind, "xgmi");
    ck_assert_uint_eq(link->sdma_engines, 0);
    close_system();
}
END_TEST

/* Two sockets as the capture of eight MI210 has them (k8s-device-plugin, topo-mi210-xgmi-pcie), cut to two
 * GPUs; and one that we may not use. */
START_TEST(hops_are_counted_through_both_sockets)
{
    struct topology_link cpu0[] = {{.type = 1, .node_to = 1, .weight = 32},
                                   {.type = 2, .node_to = 2, .weight = 20, .sdma_engine_mask = 3},
                                   {.type = 2, .node_to = 6, .weight = 52, .peer = true}};
    struct topology_link cpu1[] = {{.type = 5, .node_to = 0, .weight = 32}};
    struct topology_link near[] = {{.type = 2, .node_to = 0, .weight = 20},
                                   {.type = 11, .node_to = 3, .weight = 15},
                                   {.type = 2, .node_to = 1, .weight = 52, .peer = true},
                                   {.type = 2, .node_to = 6, .weight = 72, .peer = true}};
    struct topology_link far[] = {{.type = 2, .node_to = 1, .weight = 20},
                                  {.type = 11, .node_to = 2, .weight = 41},
                                  {.type = 11, .node_to = 2, .weight = 30}};
    struct topology_node nodes[] = {{.number = 0, .n_links = 3, .links = cpu0},
                                    {.number = 1, .n_links = 1, .links = cpu1},
                                    {.number = 2, .gpu_id = 11, .n_links = 4, .links = near},
                                    {.number = 3, .gpu_id = 12},
                                    {.number = 6, .gpu_id = 13, .n_links = 3, .links = far}};
    struct gpu_system made_up = {.topology = {.n_nodes = 5, .nodes = nodes}};
    struct gpu gpus[] = {{.sys = &made_up, .node = nodes[2]}, {.sys = &made_up, .node = nodes[4]}};
    static const struct {
        const char *kind;
        unsigned hops, from_cpu, to_cpu;
    } wanted[] = {{"hypertransport", 1, 0, 1}, {"pcie", 1, 0, 0}, {"pcie", 2, 0, 0}, {"qpi", 1, 1, 0},
                  {"pcie", 1, 0, 0},           {"pcie", 2, 0, 1}, {"pcie", 3, 0, 0}, {"pcie", 1, 0, 1},
                  {"xgmi", 3, 0, 0},           {"xgmi", 2, 0, 0}};
    const struct gpu_link *links;
    made_up.n_gpus = 2;
    made_up.gpus = gpus;
    OK(links_open(&made_up));
    ck_assert_uint_eq(gpu_links(&made_up, &links), 10); /* but not the one to node 3 */
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_str_eq(links[i].kind, wanted[i].kind);
        ck_assert_msg(links[i].hops == wanted[i].hops, "link %u has %u hops", i, links[i].hops);
        ck_assert_uint_eq(links[i].from_cpu, wanted[i].from_cpu);
        ck_assert_uint_eq(links[i].to_cpu, wanted[i].to_cpu);
    }
    ck_assert_ptr_eq(gpu_link_between(&gpus[0], &gpus[1])->to, &gpus[1]);
    free(made_up.links);
}
END_TEST

/* A link goes one way: memory that is not on the bus whole is nobody's but its owner's. */
START_TEST(a_link_says_who_reaches_whom)
{
    struct topology_link open[] = {{.type = 2, .node_to = 0, .weight = 20}};
    struct topology_link closed[] = {{.type = 2, .node_to = 0, .weight = 20},
                                     {.type = 2, .node_to = 1, .weight = 40, .peer = true}};
    struct topology_node nodes[] = {{.number = 0},
                                    {.number = 1, .gpu_id = 11, .n_links = 1, .links = open},
                                    {.number = 2, .gpu_id = 12, .n_links = 2, .links = closed}};
    struct gpu_system made_up = {.topology = {.n_nodes = 3, .nodes = nodes}};
    struct gpu gpus[] = {{.sys = &made_up, .node = nodes[1]}, {.sys = &made_up, .node = nodes[2]}};
    made_up.n_gpus = 2;
    made_up.gpus = gpus;
    OK(links_open(&made_up));
    ck_assert(gpu_reaches(&gpus[1], &gpus[0]));
    ck_assert(!gpu_reaches(&gpus[0], &gpus[1]));
    ck_assert(gpu_reaches(&gpus[0], &gpus[0]));
    free(made_up.links);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("links");
    TCase *tests = tcase_create("links");
    tcase_add_test(tests, eight_instincts_are_wired_each_to_each);
    tcase_add_test(tests, a_ninth_instinct_is_reached_over_the_bus);
    tcase_add_test(tests, few_instincts_share_all_engines_for_xgmi);
    tcase_add_test(tests, each_gpu_is_wired_to_the_cpu_both_ways);
    tcase_add_test(tests, older_kernels_recommend_no_engine);
    tcase_add_test(tests, hops_are_counted_through_both_sockets);
    tcase_add_test(tests, a_link_says_who_reaches_whom);
    tcase_set_timeout(tests, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, tests);
    return run_gpu_suite(suite);
}
