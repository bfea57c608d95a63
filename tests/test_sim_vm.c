/*
 * test_sim_vm.c - the address space of a GPU: what is found where, and that unmapping waits for engines.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "sim/memory/heap.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

enum { PAGE = SIM_PAGE, PAGES = 64 };

static struct sim_vm vm;
static uint8_t memory[PAGES * PAGE];

static void setup(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
}

static void teardown(void)
{
    sim_vm_fini(&vm);
}

static void *host_of(uint64_t va, uint64_t bytes, unsigned access)
{
    sim_vm_enter(&vm);
    void *host = sim_vm_host(&vm, va, bytes, access);
    sim_vm_leave(&vm);
    return host;
}

START_TEST(a_mapped_address_is_found_at_its_offset)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, 4 * PAGE, memory, SIM_VM_READ), 0);
    ck_assert_ptr_eq(host_of(0x10000, 1, SIM_VM_READ), memory);
    ck_assert_ptr_eq(host_of(0x12345, 8, SIM_VM_READ), memory + 0x2345);
    ck_assert_ptr_eq(host_of(0x10000, 4 * PAGE, SIM_VM_READ), memory);
}
END_TEST

START_TEST(outside_of_a_mapping_nothing_is_found)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, 4 * PAGE, memory, SIM_VM_READ), 0);
    ck_assert_ptr_null(host_of(0xffff, 1, SIM_VM_READ));
    ck_assert_ptr_null(host_of(0x14000, 1, SIM_VM_READ));
    ck_assert_ptr_null(host_of(0x13ff9, 8, SIM_VM_READ));
    ck_assert_ptr_null(host_of(0x10000, UINT64_MAX, SIM_VM_READ));
    ck_assert_ptr_null(host_of(UINT64_MAX, 1, SIM_VM_READ));
    ck_assert_ptr_null(host_of(0, 1, 0));
}
END_TEST

START_TEST(an_access_that_the_mapping_forbids_finds_nothing)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, PAGE, memory, SIM_VM_READ | SIM_VM_EXEC), 0);
    ck_assert_ptr_nonnull(host_of(0x10000, 4, SIM_VM_READ | SIM_VM_EXEC));
    ck_assert_ptr_null(host_of(0x10000, 4, SIM_VM_WRITE));
    ck_assert_ptr_null(host_of(0x10000, 4, SIM_VM_READ | SIM_VM_WRITE));
    sim_vm_enter(&vm);
    ck_assert_ptr_nonnull(sim_vm_find(&vm, 0x10000)); /* there, but forbidden: another fault */
    sim_vm_leave(&vm);
}
END_TEST

START_TEST(two_mappings_side_by_side_are_two)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x11000, PAGE, memory + 8 * PAGE, SIM_VM_READ), 0);
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, PAGE, memory, SIM_VM_READ), 0);
    ck_assert_ptr_eq(host_of(0x10ffc, 4, SIM_VM_READ), memory + 0xffc);
    ck_assert_ptr_eq(host_of(0x11000, 4, SIM_VM_READ), memory + 8 * PAGE);
    ck_assert_ptr_null(host_of(0x10ffc, 8, SIM_VM_READ));
}
END_TEST

START_TEST(a_mapping_over_another_is_refused_and_changes_nothing)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x11000, 2 * PAGE, memory, SIM_VM_READ), 0);
    uint64_t generation = atomic_load(&vm.generation);
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, 2 * PAGE, memory, SIM_VM_READ), -EEXIST);
    ck_assert_int_eq(sim_vm_map(&vm, 0x12000, 2 * PAGE, memory, SIM_VM_READ), -EEXIST);
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, 8 * PAGE, memory, SIM_VM_READ), -EEXIST);
    ck_assert_int_eq(sim_vm_map(&vm, 0x11000, PAGE, memory, SIM_VM_READ), -EEXIST);
    ck_assert_uint_eq(vm.n_ranges, 1);
    ck_assert_uint_eq(atomic_load(&vm.generation), generation);
}
END_TEST

START_TEST(only_whole_pages_can_be_mapped)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x10001, PAGE, memory, SIM_VM_READ), -EINVAL);
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, PAGE + 1, memory, SIM_VM_READ), -EINVAL);
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, 0, memory, SIM_VM_READ), -EINVAL);
    ck_assert_int_eq(sim_vm_map(&vm, -(uint64_t)PAGE, 2 * PAGE, memory, SIM_VM_READ), -EINVAL);
}
END_TEST

START_TEST(unmapping_the_middle_leaves_both_ends)
{
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, 5 * PAGE, memory, SIM_VM_READ), 0);
    sim_vm_unmap(&vm, 0x12000, PAGE);
    ck_assert_ptr_eq(host_of(0x11fff, 1, SIM_VM_READ), memory + 0x1fff);
    ck_assert_ptr_null(host_of(0x12000, 1, SIM_VM_READ));
    ck_assert_ptr_null(host_of(0x12fff, 1, SIM_VM_READ));
    ck_assert_ptr_eq(host_of(0x13000, PAGE, SIM_VM_READ), memory + 0x3000);
}
END_TEST

START_TEST(unmapping_takes_all_that_lies_in_the_span)
{
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(sim_vm_map(&vm, 0x10000 + i * 3ull * PAGE, 2 * PAGE, memory + i * PAGE, SIM_VM_READ),
                         0);
    sim_vm_unmap(&vm, 0x11000, 15 * PAGE);
    ck_assert_ptr_eq(host_of(0x10000, PAGE, SIM_VM_READ), memory);
    for (uint64_t va = 0x11000; va < 0x11000 + 15 * PAGE; va += PAGE)
        ck_assert_ptr_null(host_of(va, 1, SIM_VM_READ));
    ck_assert_ptr_eq(host_of(0x20000, PAGE, SIM_VM_READ), memory + 6 * PAGE);
    ck_assert_uint_eq(vm.n_ranges, 4);
}
END_TEST

START_TEST(every_map_and_unmap_changes_the_generation)
{
    uint64_t first = atomic_load(&vm.generation);
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, PAGE, memory, SIM_VM_READ), 0);
    uint64_t second = atomic_load(&vm.generation);
    sim_vm_unmap(&vm, 0x10000, PAGE);
    ck_assert_uint_ne(first, second);
    ck_assert_uint_ne(second, atomic_load(&vm.generation));
}
END_TEST

/* Against a plain array of pages. */
START_TEST(a_thousand_random_changes_agree_with_a_simple_model)
{
    uint8_t *model[PAGES] = {0};
    srand(1);
    for (unsigned step = 0; step < 1000; step++) {
        unsigned first = (unsigned)rand() % PAGES, n = 1 + (unsigned)rand() % (PAGES - first);
        bool map = rand() % 2 && n < 8, taken = false;
        for (unsigned i = first; i < first + n; i++)
            taken |= model[i] != NULL;
        uint64_t va = 0x100000 + first * (uint64_t)PAGE;
        if (map)
            ck_assert_int_eq(sim_vm_map(&vm, va, n * (uint64_t)PAGE, memory + first * PAGE, SIM_VM_READ),
                             taken ? -EEXIST : 0);
        else if (n < 8)
            sim_vm_unmap(&vm, va, n * (uint64_t)PAGE);
        for (unsigned i = first; i < first + n && n < 8; i++)
            if (!map || !taken)
                model[i] = map ? memory + i * PAGE : NULL;
        for (unsigned i = 0; i < PAGES; i++)
            ck_assert_ptr_eq(host_of(0x100000 + i * (uint64_t)PAGE, 1, SIM_VM_READ), model[i]);
    }
}
END_TEST

static _Atomic int inside, left, unmapping;

static void *engine(void *arg)
{
    (void)arg;
    sim_vm_enter(&vm);
    atomic_store(&inside, 1);
    while (!atomic_load(&unmapping))
        continue;
    for (unsigned i = 0; i < 100000; i++) /* time for an unmap that would not wait */
        ck_assert_ptr_nonnull(sim_vm_find(&vm, 0x10000));
    atomic_store(&left, 1);
    sim_vm_leave(&vm);
    return NULL;
}

START_TEST(unmapping_waits_for_an_engine_that_is_inside)
{
    pthread_t thread;
    ck_assert_int_eq(sim_vm_map(&vm, 0x10000, PAGE, memory, SIM_VM_READ), 0);
    pthread_create(&thread, NULL, engine, NULL);
    while (!atomic_load(&inside))
        continue;
    atomic_store(&unmapping, 1);
    sim_vm_unmap(&vm, 0x10000, PAGE);
    ck_assert_int_eq(atomic_load(&left), 1);
    pthread_join(thread, NULL);
    ck_assert_ptr_null(host_of(0x10000, 1, SIM_VM_READ));
}
END_TEST

static void *busy(void *arg)
{
    while (!atomic_load((_Atomic int *)arg)) {
        sim_vm_enter(&vm);
        sim_vm_find(&vm, 0x10000);
        sim_vm_leave(&vm);
    }
    return NULL;
}

START_TEST(busy_engines_do_not_keep_an_unmap_out)
{
    pthread_t thread[2];
    static _Atomic int stop;
    for (unsigned i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, busy, &stop);
    for (unsigned i = 0; i < 200; i++) {
        ck_assert_int_eq(sim_vm_map(&vm, 0x10000, PAGE, memory, SIM_VM_READ), 0);
        sim_vm_unmap(&vm, 0x10000, PAGE);
    }
    atomic_store(&stop, 1);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_vm");
    TCase *tc = tcase_create("vm");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_mapped_address_is_found_at_its_offset);
    tcase_add_test(tc, outside_of_a_mapping_nothing_is_found);
    tcase_add_test(tc, an_access_that_the_mapping_forbids_finds_nothing);
    tcase_add_test(tc, two_mappings_side_by_side_are_two);
    tcase_add_test(tc, a_mapping_over_another_is_refused_and_changes_nothing);
    tcase_add_test(tc, only_whole_pages_can_be_mapped);
    tcase_add_test(tc, unmapping_the_middle_leaves_both_ends);
    tcase_add_test(tc, unmapping_takes_all_that_lies_in_the_span);
    tcase_add_test(tc, every_map_and_unmap_changes_the_generation);
    tcase_add_test(tc, a_thousand_random_changes_agree_with_a_simple_model);
    tcase_add_test(tc, unmapping_waits_for_an_engine_that_is_inside);
    tcase_add_test(tc, busy_engines_do_not_keep_an_unmap_out);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
