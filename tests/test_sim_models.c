/*
 * The table of simulated cards: every row agrees with itself, and with what real cards publish.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/models.h"
#include "sim/kernel/sysfs.h"
#include "run_suite.h"

/* The render nodes' descriptors belong to the interposers, which are not here. */
struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id);
struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id)
{
    (void)fd;
    (void)file_id;
    return NULL;
}

static unsigned active_cus(const struct sim_model *m)
{
    unsigned n = 0;
    for (unsigned i = 0; i < sim_model_arrays_per_xcc(m); i++)
        n += (unsigned)__builtin_popcount(m->cu_masks[i]);
    return n * m->xccs;
}

static uint32_t align(uint64_t value, uint64_t to)
{
    return (uint32_t)((value + to - 1) / to * to);
}

START_TEST(every_row_has_as_many_cus_as_its_masks_say)
{
    for (const struct sim_model *m = sim_models; m->name; m++) {
        ck_assert_msg(active_cus(m) == m->cus, "%s", m->name);
        ck_assert_msg(m->array_count % m->xccs == 0, "%s", m->name);
        ck_assert_msg(sim_model_arrays_per_xcc(m) % m->arrays_per_engine == 0, "%s", m->name);
        for (unsigned i = 0; i < sim_model_arrays_per_xcc(m); i++)
            ck_assert_msg(m->cu_masks[i] >> m->cus_per_array == 0, "%s", m->name);
    }
}
END_TEST

/* kfd_queue.c, restated: the sizes that CREATE_QUEUE insists on. */
START_TEST(context_save_sizes_follow_the_kernels_formula)
{
    for (const struct sim_model *m = sim_models; m->name; m++) {
        bool gfx10 = m->gfx_target_version >= 100100;
        uint32_t cus = m->cus / m->xccs, limit = sim_model_engines_per_xcc(m) * 512;
        uint32_t waves = gfx10 ? cus * 32 : cus * 40 < limit ? cus * 40 : limit;
        bool large = m->gfx_target_version == 110000 || m->gfx_target_version == 110501 ||
                     m->gfx_target_version / 10000 == 12;
        uint32_t vgpr = m->gfx_target_version < 100000 ? 0x80000 : large ? 0x60000 : 0x40000;
        uint32_t group = align((uint64_t)cus * (vgpr + 0x4000 + m->lds_kib * 1024 + 0x1000), 4096);
        uint32_t stack = align(40 + waves * (gfx10 ? 12 : 8) + 8, 4096);
        if (m->gfx_target_version / 10000 == 10 && stack > 0x7000)
            stack = 0x7000;
        ck_assert_uint_eq(m->ctl_stack_bytes, stack);
        ck_assert_uint_eq(m->cwsr_bytes, stack + group);
        ck_assert_uint_eq(m->cwsr_debug_bytes, align(waves * 32, 64));
    }
}
END_TEST

START_TEST(published_numbers_are_those_of_the_captures)
{
    const struct sim_model *m = sim_model_find("mi300x", 6);
    ck_assert_uint_eq(m->cus * m->simd_per_cu, 8 * 152);
    ck_assert_uint_eq(m->array_count, 8 * 4);
    ck_assert_uint_eq(m->vram_bytes, 206141652992);
    ck_assert_uint_eq(m->sdma_engines + m->sdma_xgmi_engines, 16);
    m = sim_model_find("rx7900xtx", 9);
    ck_assert_uint_eq(m->cus * m->simd_per_cu, 192);
    ck_assert_uint_eq(m->vram_bytes, 24560ull << 20);
    ck_assert_uint_eq(m->sdma_queues_per_engine, 6);
    ck_assert_str_eq(sim_model_names(), "mi210 mi300x mi355x rx6900xt rx7900xtx radeon8060s rx9070xt");
    ck_assert_ptr_null(sim_model_find("mi300", 5));
    ck_assert_ptr_null(sim_model_find("mi300xx", 7));
}
END_TEST

/* The installed table of marketing names may be older than a card, but must not contradict. */
START_TEST(names_are_those_of_amdgpu_ids)
{
    FILE *f = fopen("/usr/share/libdrm/amdgpu.ids", "r");
    char line[256];
    unsigned device, revision;
    int at;

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%x, %x, %n", &device, &revision, &at) == 2)
            for (const struct sim_model *m = sim_models; m->name; m++)
                if (device == m->device_id && revision == m->revision) {
                    line[strcspn(line, "\n")] = 0;
                    ck_assert_str_eq(line + at, m->product);
                }
    if (f)
        fclose(f);
    for (const struct sim_model *m = sim_models; m->name; m++)
        ck_assert(m->product && m->product[0]);
}
END_TEST

/* Each in a process of its own: there is one machine in a process. */
static struct sim_machine *described(const char *models, const char *options)
{
    setenv("KFDFS_SIM", models, 1);
    if (options)
        setenv("KFDFS_SIM_OPTS", options, 1);
    else
        unsetenv("KFDFS_SIM_OPTS");
    return sim_machine_described();
}

START_TEST(models_are_counted_and_joined_by_plus_or_comma)
{
    struct sim_machine *m = described("mi300x:2,rx7900xtx+mi300x", NULL);
    static const char *const names[] = {"mi300x", "mi300x", "rx7900xtx", "mi300x"};

    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->n_gpus, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct sim_gpu *gpu = &m->gpu[i];
        ck_assert_str_eq(gpu->model->name, names[i]);
        ck_assert_uint_eq(gpu->node, i + 1);
        ck_assert_uint_ne(gpu->gpu_id, 0);
        ck_assert_uint_le(gpu->gpu_id, 0xffff);
        ck_assert_ptr_eq(sim_gpu_by_id(gpu->gpu_id), gpu);
        ck_assert_ptr_eq(sim_gpu_by_minor(128 + i), gpu);
    }
    ck_assert_ptr_null(sim_gpu_by_minor(132));
    ck_assert_ptr_null(sim_gpu_by_minor(127));
    ck_assert_ptr_null(m->gpu[0].vram.base);
}
END_TEST

START_TEST(sixty_four_gpus_have_sixty_four_ids)
{
    struct sim_machine *m = described("mi300x:64", NULL);
    ck_assert_uint_eq(m->n_gpus, 64);
    for (unsigned i = 0; i < 64; i++)
        for (unsigned j = 0; j < i; j++)
            ck_assert_uint_ne(m->gpu[i].gpu_id, m->gpu[j].gpu_id);
}
END_TEST

START_TEST(none_is_a_machine_without_gpus)
{
    struct sim_machine *m = described("none", "kfd=1.11,ram=4G,seed=0x7,serial");
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->n_gpus, 0);
    ck_assert_uint_eq(m->options.kfd_minor, 11);
    ck_assert_uint_eq(m->options.ram_bytes, 4ull << 30);
    ck_assert_uint_eq(m->options.seed, 7);
    ck_assert(m->options.serial);
}
END_TEST

static const char *const bad[][2] = {
    {"mi300", ""},          {"mi400x", ""},         {"mi300x:0", ""},
    {"mi300x:65", ""},      {"mi300x:2x", ""},      {"mi300x:", ""},
    {"mi300x+", ""},        {"+mi300x", ""},        {"mi300x:64+mi300x", ""},
    {"mi300x", "kfd=1.10"}, {"mi300x", "kfd=2.11"}, {"mi300x", "kfd=1.17x"},
    {"mi300x", "ram=x"},    {"mi300x", "ram=4GB"},  {"mi300x", "seed=-1"},
    {"mi300x", "fast"},     {"mi300x", "hostil"},
};
START_TEST(wrong_options_simulate_nothing)
{
    ck_assert_ptr_null(described(bad[_i][0], bad[_i][1]));
    ck_assert_ptr_null(sim_machine());
}
END_TEST

START_TEST(unset_simulates_nothing)
{
    unsetenv("KFDFS_SIM");
    ck_assert_ptr_null(sim_machine_described());
}
END_TEST

START_TEST(the_clock_runs_at_its_own_frequency)
{
    struct sim_machine *m = described("mi300x", NULL);
    uint64_t before = sim_clock(&m->gpu[0]), after;

    ck_assert_uint_eq(sim_clock_hz(&m->gpu[0]), 100000000);
    do
        after = sim_clock(&m->gpu[0]);
    while (after == before);
    ck_assert_uint_gt(after, before);
}
END_TEST

START_TEST(a_report_is_kept)
{
    char text[64];
    sim_last_report(text, sizeof(text));
    ck_assert_str_eq(text, "");
    struct sim_machine *m = described("rx7900xtx", NULL);
    sim_report(&m->gpu[0], "met %d", 42);
    sim_last_report(text, sizeof(text));
    ck_assert_str_eq(text, "GPU 0 (rx7900xtx): met 42");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_models");
    TCase *tests = tcase_create("models");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, every_row_has_as_many_cus_as_its_masks_say);
    tcase_add_test(tests, context_save_sizes_follow_the_kernels_formula);
    tcase_add_test(tests, published_numbers_are_those_of_the_captures);
    tcase_add_test(tests, names_are_those_of_amdgpu_ids);
    tcase_add_test(tests, models_are_counted_and_joined_by_plus_or_comma);
    tcase_add_test(tests, sixty_four_gpus_have_sixty_four_ids);
    tcase_add_test(tests, none_is_a_machine_without_gpus);
    tcase_add_loop_test(tests, wrong_options_simulate_nothing, 0, sizeof(bad) / sizeof(*bad));
    tcase_add_test(tests, unset_simulates_nothing);
    tcase_add_test(tests, the_clock_runs_at_its_own_frequency);
    tcase_add_test(tests, a_report_is_kept);
    return run_suite(suite);
}
