/*
 * test_sim_hostile.c - the hostile machine: its spite is seeded, and what it does leaves nothing half done.
 */
#include "sim/hostile.h"
#include "sim_kfd.h"

enum { TRIES = 2000 };

static bool interrupted(int error)
{
    return error == -EINTR || error == -EAGAIN;
}

static void setup(void)
{
    machine_start("mi300x:3", "hostile,seed=5");
    for (unsigned i = 0; i < 3; i++) {
        struct kfd_acquire_vm a = {.drm_fd = (uint32_t)render_open(&machine->gpu[i]),
                                   .gpu_id = machine->gpu[i].gpu_id};
        int error;
        while (interrupted(error = CALL(KFD_NR_ACQUIRE_VM, a)))
            continue;
        ck_assert_int_eq(error, 0);
    }
}

static void setup_tame(void)
{
    machine_start("mi300x", "");
}

START_TEST(a_tame_machine_has_no_spite)
{
    for (unsigned i = 0; i < TRIES; i++) {
        ck_assert(!sim_spiteful(SPITE_IOCTL, 1));
        ck_assert_uint_eq(sim_spite(SPITE_TURN), 0);
    }
}
END_TEST

START_TEST(spite_is_the_same_for_a_seed_and_another_for_another)
{
    uint64_t first[64];
    unsigned same = 0;
    sim_hostile_begin(5);
    for (unsigned i = 0; i < 64; i++)
        first[i] = sim_spite(SPITE_TURN);
    sim_hostile_begin(5);
    for (unsigned i = 0; i < 64; i++) {
        sim_spite(SPITE_DOORBELL); /* other kinds do not matter */
        ck_assert_uint_eq(sim_spite(SPITE_TURN), first[i]);
    }
    sim_hostile_begin(6);
    for (unsigned i = 0; i < 64; i++)
        same += sim_spite(SPITE_TURN) == first[i];
    ck_assert_uint_lt(same, 4);
    sim_hostile_begin(5);
    ck_assert_uint_ne(sim_spite(SPITE_DOORBELL), first[0]); /* kinds do not follow each other */
}
END_TEST

START_TEST(one_in_n_is_about_that)
{
    unsigned n = 0;
    for (unsigned i = 0; i < TRIES; i++)
        n += sim_spiteful(SPITE_HINT, 5);
    ck_assert_uint_gt(n, TRIES / 8);
    ck_assert_uint_lt(n, TRIES / 3);
}
END_TEST

START_TEST(an_interrupted_ioctl_did_nothing)
{
    unsigned n_interrupted = 0, made = 0;
    struct kfd_alloc_memory a;
    for (unsigned i = 0; i < 200; i++) {
        int error = alloc_at(mi300x, 0x40000000 + (uint64_t)i * PAGE, PAGE, VRAM, &a);
        ck_assert(error == 0 || interrupted(error));
        ck_assert(error == 0 || a.handle == 0);
        n_interrupted += error != 0;
        made += error == 0;
    }
    ck_assert_uint_gt(n_interrupted, 10);
    unsigned n = 0;
    for (uint32_t id = 0; id < 1000; id++) {
        int error;
        while (interrupted(error = free_handle((uint64_t)mi300x->gpu_id << 32 | id)))
            continue;
        n += error == 0;
    }
    ck_assert_uint_eq(n, made);
}
END_TEST

START_TEST(ioctls_that_do_not_sleep_are_never_interrupted)
{
    struct kfd_version v;
    for (unsigned i = 0; i < 200; i++) {
        struct kfd_create_event e = {.type = KFD_EVENT_SIGNAL};
        ck_assert_int_eq(CALL(KFD_NR_GET_VERSION, v), 0);
        ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    }
}
END_TEST

START_TEST(a_mapping_that_was_interrupted_halfway_goes_on_from_there)
{
    unsigned halfway = 0;
    uint32_t ids[3] = {machine->gpu[0].gpu_id, machine->gpu[1].gpu_id, machine->gpu[2].gpu_id};
    struct kfd_alloc_memory a;
    int error;
    while (alloc_at(mi300x, 0x40000000, PAGE, VRAM, &a))
        continue;
    for (unsigned i = 0; i < 50; i++) {
        uint32_t done = 0;
        while (interrupted(error = map_n(KFD_NR_MAP_MEMORY, a.handle, ids, 3, &done)))
            halfway += done > 0;
        ck_assert_int_eq(error, 0);
        for (unsigned k = 0; k < 3; k++)
            ck_assert_ptr_nonnull(gpu_sees(&machine->gpu[k], 0x40000000, PAGE, SIM_VM_READ));
        done = 0;
        while (interrupted(error = map_n(KFD_NR_UNMAP_MEMORY, a.handle, ids, 3, &done)))
            continue;
        ck_assert_int_eq(error, 0);
    }
    ck_assert_uint_gt(halfway, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_hostile");
    TCase *tame = tcase_create("tame");
    tcase_add_checked_fixture(tame, setup_tame, NULL);
    tcase_add_test(tame, a_tame_machine_has_no_spite);
    suite_add_tcase(suite, tame);
    TCase *hostile = tcase_create("hostile");
    tcase_add_checked_fixture(hostile, setup, NULL);
    tcase_add_test(hostile, spite_is_the_same_for_a_seed_and_another_for_another);
    tcase_add_test(hostile, one_in_n_is_about_that);
    tcase_add_test(hostile, an_interrupted_ioctl_did_nothing);
    tcase_add_test(hostile, ioctls_that_do_not_sleep_are_never_interrupted);
    tcase_add_test(hostile, a_mapping_that_was_interrupted_halfway_goes_on_from_there);
    suite_add_tcase(suite, hostile);
    return run_suite(suite);
}
