/*
 * test_sim_heap.c - device memory: who gets what, what it holds when fresh, and what it costs the host.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/memory/heap.h"
#include "run_suite.h"

enum { PAGE = SIM_PAGE };
#define GIB (1ull << 30)

static struct sim_heap heap;

static void setup(void)
{
    setenv("KFDFS_SIM", "none", 1);
    setenv("KFDFS_SIM_OPTS", "ram=64M", 1);
    ck_assert_int_eq(sim_heap_init(&heap, "test", 200 * GIB, 1), 0);
}

static void teardown(void)
{
    sim_heap_fini(&heap);
}

static uint64_t resident(void)
{
    struct stat st;
    ck_assert_int_eq(fstat(heap.fd, &st), 0);
    return (uint64_t)st.st_blocks * 512;
}

static bool all_zero(const uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (at[i])
            return false;
    return true;
}

static uint64_t alloc(uint64_t bytes, bool clear)
{
    uint64_t offset = UINT64_MAX;
    ck_assert_int_eq(sim_heap_alloc(&heap, bytes, clear, &offset), 0);
    return offset;
}

START_TEST(noise_is_the_same_for_the_same_seed_only)
{
    uint8_t a[101], b[101], c[101];
    sim_noise(a, sizeof a, 7);
    sim_noise(b, sizeof b, 7);
    sim_noise(c, sizeof c, 8);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_ne(a, c, sizeof a);
    sim_noise(b, 13, 7);
    ck_assert_mem_eq(a, b, 13);
    ck_assert(!all_zero(a + 96, 5));
}
END_TEST

START_TEST(fresh_memory_holds_noise_unless_clear_is_asked_for)
{
    uint64_t dirty = alloc(4 * PAGE, false), clear = alloc(4 * PAGE, true);
    for (unsigned i = 0; i < 4; i++)
        ck_assert(!all_zero(heap.base + dirty + i * PAGE, PAGE));
    ck_assert(all_zero(heap.base + clear, 4 * PAGE));
    memset(heap.base + clear, 1, 4 * PAGE);
    sim_heap_free(&heap, clear, 4 * PAGE);
    ck_assert_uint_eq(alloc(4 * PAGE, true), clear);
    ck_assert(all_zero(heap.base + clear, 4 * PAGE));
}
END_TEST

START_TEST(a_large_fresh_extent_is_noisy_at_its_ends_and_cheap)
{
    uint64_t offset = alloc(100 * GIB, false);
    ck_assert(!all_zero(heap.base + offset, PAGE));
    ck_assert(!all_zero(heap.base + offset + 100 * GIB - PAGE, PAGE));
    ck_assert_uint_le(resident(), 1 << 20);
    ck_assert_uint_ge(resident(), 3 * PAGE);
}
END_TEST

START_TEST(the_first_place_that_fits_is_given)
{
    uint64_t a = alloc(PAGE, true), b = alloc(3 * PAGE, true), c = alloc(PAGE, true);
    ck_assert_uint_eq(a, 0);
    ck_assert_uint_eq(b, PAGE);
    ck_assert_uint_eq(c, 4 * PAGE);
    sim_heap_free(&heap, b, 3 * PAGE);
    ck_assert_uint_eq(alloc(4 * PAGE, true), 5 * PAGE);
    ck_assert_uint_eq(alloc(2 * PAGE, true), PAGE);
    ck_assert_uint_eq(alloc(PAGE, true), 3 * PAGE);
    ck_assert_uint_eq(heap.used, 9 * PAGE);
}
END_TEST

START_TEST(freed_neighbours_become_one_in_every_order)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    uint64_t third = heap.bytes / 4;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t at[3];
        for (unsigned k = 0; k < 3; k++)
            at[k] = alloc(third, true);
        for (unsigned k = 0; k < 3; k++)
            sim_heap_free(&heap, at[orders[i][k]], third);
        ck_assert_uint_eq(heap.used, 0);
        uint64_t whole = alloc(heap.bytes, true);
        sim_heap_free(&heap, whole, heap.bytes);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    uint64_t offset = 77;
    ck_assert_int_eq(sim_heap_alloc(&heap, heap.bytes + PAGE, true, &offset), -ENOMEM);
    ck_assert_int_eq(sim_heap_alloc(&heap, PAGE + 1, true, &offset), -ENOMEM);
    ck_assert_int_eq(sim_heap_alloc(&heap, 0, true, &offset), -ENOMEM);
    alloc(heap.bytes, true);
    ck_assert_int_eq(sim_heap_alloc(&heap, PAGE, true, &offset), -ENOMEM);
    ck_assert_uint_eq(offset, 77);
}
END_TEST

START_TEST(freeing_gives_the_pages_back_to_the_host)
{
    uint64_t before = resident(), offset = alloc(4 << 20, true);
    memset(heap.base + offset, 1, 4 << 20);
    ck_assert_uint_ge(resident(), before + (4 << 20));
    sim_heap_free(&heap, offset, 4 << 20);
    ck_assert_uint_eq(resident(), before);
}
END_TEST

START_TEST(zeroing_is_exact_and_costs_nothing_for_whole_pages)
{
    uint64_t offset = alloc(150 * GIB, true), start = offset + 10 * PAGE + 123, bytes = 100 * GIB + 77;
    uint8_t *base = heap.base;
    memset(base + start - 8, 0xab, 300 * 1024);
    memset(base + start + bytes - 300, 0xcd, 308);
    ck_assert(sim_heap_zero(base + start, bytes));
    ck_assert_int_eq(base[start - 1], 0xab);
    ck_assert_int_eq(base[start + bytes], 0xcd);
    ck_assert(all_zero(base + start, 300 * 1024));
    ck_assert(all_zero(base + start + bytes - 300, 300));
    ck_assert_uint_le(resident(), 512 * 1024);
}
END_TEST

START_TEST(a_few_bytes_are_zeroed_as_well)
{
    uint64_t offset = alloc(PAGE, false);
    memset(heap.base + offset, 0xff, PAGE);
    ck_assert(sim_heap_zero(heap.base + offset + 5, 7));
    ck_assert_int_eq(heap.base[offset + 4], 0xff);
    ck_assert(all_zero(heap.base + offset + 5, 7));
    ck_assert_int_eq(heap.base[offset + 12], 0xff);
}
END_TEST

START_TEST(zeroing_elsewhere_is_left_to_the_caller)
{
    uint8_t own[64];
    memset(own, 1, sizeof own);
    ck_assert(!sim_heap_zero(own, sizeof own));
    ck_assert_int_eq(own[0], 1);
    ck_assert(!sim_heap_zero(heap.base + heap.bytes - PAGE, 2 * PAGE));
    struct sim_heap other;
    ck_assert_int_eq(sim_heap_init(&other, "other", GIB, 1), 0);
    uint8_t *base = other.base;
    ck_assert(sim_heap_zero(base, 1));
    sim_heap_fini(&other);
    ck_assert(!sim_heap_zero(base, 1));
}
END_TEST

static bool budget_becomes(bool within)
{
    for (unsigned i = 0; i < 10000000; i++) /* the sum is believed for a moment */
        if (sim_heap_within_budget() == within)
            return true;
    return false;
}

START_TEST(writing_more_than_the_budget_is_noticed_and_freeing_helps)
{
    uint64_t offset = alloc(96 << 20, true);
    ck_assert(budget_becomes(true));
    memset(heap.base + offset, 1, 96 << 20);
    ck_assert(budget_becomes(false));
    uint64_t none = 77;
    ck_assert_int_eq(sim_heap_alloc(&heap, PAGE, false, &none), -ENOMEM);
    ck_assert_uint_eq(none, 77);
    sim_heap_free(&heap, offset, 96 << 20);
    ck_assert(budget_becomes(true));
}
END_TEST

static void *allocate(void *arg)
{
    for (unsigned i = 0; i < 300; i++) {
        uint64_t bytes = (1 + i % 7) * (uint64_t)PAGE, offset;
        ck_assert_int_eq(sim_heap_alloc(&heap, bytes, true, &offset), 0);
        memset(heap.base + offset, *(int *)arg, bytes);
        for (uint64_t k = 0; k < bytes; k += 512)
            ck_assert_int_eq(heap.base[offset + k], *(int *)arg);
        sim_heap_free(&heap, offset, bytes);
    }
    return NULL;
}

START_TEST(threads_never_get_the_same_pages)
{
    pthread_t thread[3];
    int mark[3] = {1, 2, 3};
    for (unsigned i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, allocate, &mark[i]);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    ck_assert_uint_eq(heap.used, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_heap");
    TCase *tc = tcase_create("heap");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, noise_is_the_same_for_the_same_seed_only);
    tcase_add_test(tc, fresh_memory_holds_noise_unless_clear_is_asked_for);
    tcase_add_test(tc, a_large_fresh_extent_is_noisy_at_its_ends_and_cheap);
    tcase_add_test(tc, the_first_place_that_fits_is_given);
    tcase_add_test(tc, freed_neighbours_become_one_in_every_order);
    tcase_add_test(tc, what_does_not_fit_is_refused);
    tcase_add_test(tc, freeing_gives_the_pages_back_to_the_host);
    tcase_add_test(tc, zeroing_is_exact_and_costs_nothing_for_whole_pages);
    tcase_add_test(tc, a_few_bytes_are_zeroed_as_well);
    tcase_add_test(tc, zeroing_elsewhere_is_left_to_the_caller);
    tcase_add_test(tc, writing_more_than_the_budget_is_noticed_and_freeing_helps);
    tcase_add_test(tc, threads_never_get_the_same_pages);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
