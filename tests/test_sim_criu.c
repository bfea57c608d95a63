/*
 * test_sim_criu.c - CRIU_OP: what a checkpoint would hold, and that queues rest meanwhile. Who may ask is
 * another matter: most of it is asked past that check.
 */
#include <linux/capability.h>

#include "sim_kfd.h"
#include "sim/kernel/kfd_state.h"

enum {
    PROCESS = 8,
    DEVICE = 8,
    BO = 272,
    QUEUE = 120,
    SDMA_MQD = 512,
    EVENT = 64
}; /* kfd_priv.h, v9_structs.h */
#define RING_VA 0x100000ull
#define PTR_VA  0x200000ull

static int criu(struct kfd_criu *a)
{
    pthread_mutex_lock(&sim_kfd.lock);
    int error = sim_criu(a);
    pthread_mutex_unlock(&sim_kfd.lock);
    return error;
}

static struct kfd_criu info(void)
{
    struct kfd_criu a = {.op = KFD_CRIU_PROCESS_INFO};
    ck_assert_int_eq(criu(&a), 0);
    return a;
}

static int unpause(void)
{
    return criu(&(struct kfd_criu){.op = KFD_CRIU_UNPAUSE});
}

static void setup(void)
{
    machine_acquired("");
}

START_TEST(nobody_without_the_capability_may_ask)
{
    struct kfd_criu a = {.op = KFD_CRIU_UNPAUSE};
    ck_assert_int_eq(CALL(KFD_NR_CRIU_OP, a), sim_capable(CAP_CHECKPOINT_RESTORE) ? -EINVAL : -EACCES);
}
END_TEST

START_TEST(a_checkpoint_is_as_large_as_what_there_is)
{
    struct kfd_create_event event = {.type = KFD_EVENT_SIGNAL};
    struct kfd_criu a = info();
    ck_assert_uint_eq(a.n_devices, 2);
    ck_assert_uint_eq(a.n_bos + a.n_objects, 0);
    ck_assert_uint_eq(a.private_bytes, PROCESS + 2 * DEVICE);
    ck_assert_uint_eq(a.pid, (unsigned)getpid());
    buffer_at(mi300x, RING_VA, PAGE, GTT);
    buffer_at(mi300x, PTR_VA, PAGE, GTT);
    struct kfd_create_queue q = {.ring_va = RING_VA,
                                 .wptr_va = PTR_VA,
                                 .rptr_va = PTR_VA + 64,
                                 .ring_bytes = PAGE,
                                 .gpu_id = mi300x->gpu_id,
                                 .type = KFD_QUEUE_SDMA,
                                 .percentage = 100};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), 0);
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, event), 0);
    a = info();
    ck_assert_uint_eq(a.n_bos, 2);
    ck_assert_uint_eq(a.n_objects, 2);
    ck_assert_uint_eq(a.private_bytes, PROCESS + 2 * DEVICE + 2 * BO + QUEUE + SDMA_MQD + EVENT);
}
END_TEST

START_TEST(queues_rest_from_process_info_to_unpause)
{
    ck_assert_int_eq(unpause(), -EINVAL);
    info();
    ck_assert(atomic_load(&mi300x->suspended) && atomic_load(&rx7900->suspended));
    ck_assert_int_eq(unpause(), 0);
    ck_assert(!atomic_load(&mi300x->suspended) && !atomic_load(&rx7900->suspended));
    ck_assert_int_eq(unpause(), -EINVAL);
}
END_TEST

START_TEST(a_checkpoint_is_checked_and_then_refused_by_name)
{
    char room[64], report[200];
    struct kfd_criu a = {.op = KFD_CRIU_CHECKPOINT};
    ck_assert_int_eq(criu(&a), -EINVAL); /* nowhere to go */
    a.devices = a.bos = a.private_data = (uintptr_t)room;
    ck_assert_int_eq(criu(&a), -EINVAL); /* not paused */
    struct kfd_criu now = info();
    ck_assert_int_eq(criu(&a), -EINVAL); /* other counts */
    a.n_devices = now.n_devices;
    a.private_bytes = now.private_bytes;
    ck_assert_int_eq(criu(&a), -EOPNOTSUPP);
    sim_last_report(report, sizeof report);
    ck_assert_ptr_nonnull(strstr(report, "CHECKPOINT is not simulated"));
}
END_TEST

START_TEST(data_of_another_version_is_not_restored)
{
    uint32_t data[2] = {2, 0};
    char devices[64];
    struct kfd_criu a = {.op = KFD_CRIU_RESTORE, .n_devices = 2, .private_bytes = sizeof data};
    ck_assert_int_eq(criu(&a), -EINVAL);
    a.devices = (uintptr_t)devices;
    a.private_data = (uintptr_t)data;
    ck_assert_int_eq(criu(&a), -EINVAL);
    data[0] = 1;
    ck_assert_int_eq(criu(&a), -EOPNOTSUPP);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sim_criu");
    TCase *c = tcase_create("criu");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, nobody_without_the_capability_may_ask);
    tcase_add_test(c, a_checkpoint_is_as_large_as_what_there_is);
    tcase_add_test(c, queues_rest_from_process_info_to_unpause);
    tcase_add_test(c, a_checkpoint_is_checked_and_then_refused_by_name);
    tcase_add_test(c, data_of_another_version_is_not_restored);
    suite_add_tcase(s, c);
    return run_suite(s);
}
