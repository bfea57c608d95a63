/*
 * test_sim_event.c - events: their slots, interrupts, what waits see, and faults. The plain answers are
 * compared with the real driver by mount/kfd-parity.sh; here are those that need a GPU, or a race.
 */
#include "sim_kfd.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#define UNSIGNALED UINT64_MAX

static void setup(void)
{
    machine_acquired("");
}

static void setup_old(void)
{
    machine_acquired("kfd=1.11");
}

static uint32_t event_new(uint32_t type, bool auto_reset)
{
    struct kfd_create_event e = {.type = type, .auto_reset = auto_reset};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    return e.event_id;
}

static int event_do(unsigned nr, uint32_t id)
{
    struct kfd_event_arg e = {.event_id = id};
    return CALL(nr, e);
}

static int await(struct kfd_event_data *data, uint32_t n, bool all, uint32_t timeout, uint32_t *result)
{
    struct kfd_wait_events w = {.ptr = (uintptr_t)data, .count = n, .all = all, .timeout_ms = timeout};
    int error = CALL(KFD_NR_WAIT_EVENTS, w);
    *result = w.result;
    return error;
}

static bool is_set(uint32_t id)
{
    struct kfd_event_data data = {.event_id = id};
    uint32_t result;
    ck_assert_int_eq(await(&data, 1, false, 0, &result), 0);
    return result == KFD_WAIT_COMPLETE;
}

static uint64_t *page_map(size_t bytes)
{
    int fd = -1;
    off_t offset = 0;
    ck_assert_int_eq(sim_kfd_mmap(0, kfd_mmap_offset(KFD_MMAP_EVENTS, 0), bytes, &fd, &offset), 0);
    void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    ck_assert_ptr_ne(page, MAP_FAILED);
    return page;
}

/* ---- slots and interrupts ---- */

START_TEST(an_interrupt_sets_the_event_whose_slot_was_written)
{
    uint32_t a = event_new(KFD_EVENT_SIGNAL, true), b = event_new(KFD_EVENT_SIGNAL, true);
    uint64_t *slot = page_map(32768);
    slot[a] = a;
    slot[b] = b;
    sim_event_interrupt(NULL, a);
    ck_assert_uint_eq(slot[a], UNSIGNALED);
    ck_assert_uint_eq(slot[b], b);
    ck_assert(is_set(a));
    ck_assert(!is_set(b));
}
END_TEST

START_TEST(an_interrupt_without_a_written_slot_looks_at_all)
{
    uint32_t a = event_new(KFD_EVENT_SIGNAL, true), b = event_new(KFD_EVENT_SIGNAL, true);
    uint32_t c = event_new(KFD_EVENT_SIGNAL, true);
    static const uint32_t hints[] = {0, 4095, 4096, 0x0fffffff};
    uint64_t *slot = page_map(32768);
    for (unsigned i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        slot[a] = slot[c] = 1;
        sim_event_interrupt(NULL, i ? hints[i] : b);
        ck_assert_uint_eq(slot[a], UNSIGNALED);
        ck_assert(is_set(a));
        ck_assert(!is_set(b));
        ck_assert(is_set(c));
    }
}
END_TEST

START_TEST(an_interrupt_alone_sets_nothing)
{
    sim_event_interrupt(NULL, 1); /* not even a page */
    uint32_t a = event_new(KFD_EVENT_SIGNAL, true);
    sim_event_interrupt(NULL, a);
    ck_assert(!is_set(a));
}
END_TEST

START_TEST(a_written_slot_without_an_event_is_passed_over)
{
    uint32_t a = event_new(KFD_EVENT_SIGNAL, true), b = event_new(KFD_EVENT_SIGNAL, true);
    uint64_t *slot = page_map(32768);
    ck_assert_int_eq(event_do(KFD_NR_DESTROY_EVENT, a), 0);
    slot[a] = slot[b] = 1;
    sim_event_interrupt(NULL, a);
    ck_assert(is_set(b));
    ck_assert_uint_eq(event_new(KFD_EVENT_SIGNAL, true), a);
    ck_assert_uint_eq(slot[a], UNSIGNALED); /* a new event starts unsignaled */
}
END_TEST

START_TEST(the_program_may_give_the_page)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 32768, GTT, &a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    uint64_t *slot = (uint64_t *)gpu_sees(mi300x, 0x100000, 32768, SIM_VM_WRITE);
    struct kfd_create_event e = {.page_offset = a.handle};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    ck_assert_uint_eq(e.slot, 1);
    ck_assert_uint_eq(slot[0], UNSIGNALED);
    ck_assert_uint_eq(slot[4095], UNSIGNALED);
    slot[1] = 1;
    sim_event_interrupt(NULL, 1);
    ck_assert(is_set(1));
    ck_assert_uint_eq(slot[1], UNSIGNALED);
    e = (struct kfd_create_event){.page_offset = a.handle};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), -EINVAL); /* there is one */
    ck_assert_int_eq(free_handle(a.handle), -EPERM);
    int fd;
    off_t offset;
    ck_assert_int_eq(sim_kfd_mmap(0, kfd_mmap_offset(KFD_MMAP_EVENTS, 0), 4096, &fd, &offset), -EINVAL);
}
END_TEST

START_TEST(an_unsuitable_page_is_refused)
{
    struct kfd_alloc_memory small, doorbell;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 16384, GTT, &small), 0);
    ck_assert_int_eq(alloc_at(mi300x, 0x200000, 8192, KFD_MEM_DOORBELL, &doorbell), 0);
    uint64_t bad[] = {small.handle, doorbell.handle, small.handle + 77, 1};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct kfd_create_event e = {.page_offset = bad[i]};
        ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), -EINVAL);
    }
}
END_TEST

START_TEST(there_are_as_many_signals_as_the_mapped_page_has_slots)
{
    for (uint32_t id = 1; id < 256; id++)
        ck_assert_uint_eq(event_new(KFD_EVENT_SIGNAL, true), id);
    struct kfd_create_event e = {0};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), -ENOSPC);
    page_map(4096);
    for (uint32_t id = 256; id < 512; id++)
        ck_assert_uint_eq(event_new(KFD_EVENT_DEBUG, true), id);
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), -ENOSPC);
    ck_assert_int_eq(event_do(KFD_NR_DESTROY_EVENT, 100), 0);
    ck_assert_uint_eq(event_new(KFD_EVENT_SIGNAL, true), 100);
}
END_TEST

/* ---- waits that block ---- */

struct waiter {
    pthread_t thread;
    struct kfd_event_data data[2];
    uint32_t timeout, result, left;
    int error;
    _Atomic int returned;
};

static void *waiter_run(void *arg)
{
    struct waiter *w = arg;
    struct kfd_wait_events a = {.ptr = (uintptr_t)w->data, .count = 2, .all = 1, .timeout_ms = w->timeout};
    w->error = CALL(KFD_NR_WAIT_EVENTS, a);
    w->result = a.result;
    w->left = a.timeout_ms;
    atomic_store(&w->returned, 1);
    return NULL;
}

/* Waits for both events; `token` must be an auto-reset one of its own. */
static void waiter_start(struct waiter *w, uint32_t token, uint32_t id, uint32_t timeout)
{
    *w = (struct waiter){.data = {{.event_id = token}, {.event_id = id}}, .timeout = timeout};
    pthread_create(&w->thread, NULL, waiter_run, w);
    /* Setting an auto-reset event leaves it unset only if somebody waits for it. */
    do
        ck_assert_int_eq(event_do(KFD_NR_SET_EVENT, token), 0);
    while (is_set(token));
}

START_TEST(a_set_event_wakes_every_waiter)
{
    struct waiter w[6];
    uint32_t id = event_new(KFD_EVENT_SIGNAL, false);
    for (unsigned i = 0; i < 6; i++)
        waiter_start(&w[i], event_new(KFD_EVENT_SIGNAL, true), id, i % 2 ? UINT32_MAX : 60000);
    ck_assert_int_eq(event_do(KFD_NR_SET_EVENT, id), 0);
    for (unsigned i = 0; i < 6; i++) {
        pthread_join(w[i].thread, NULL);
        ck_assert_int_eq(w[i].error, 0);
        ck_assert_uint_eq(w[i].result, KFD_WAIT_COMPLETE);
    }
}
END_TEST

START_TEST(an_interrupt_wakes_a_waiter)
{
    struct waiter w;
    uint32_t token = event_new(KFD_EVENT_SIGNAL, true), id = event_new(KFD_EVENT_SIGNAL, true);
    uint64_t *slot = page_map(32768);
    waiter_start(&w, token, id, UINT32_MAX);
    atomic_store((_Atomic uint64_t *)&slot[id], 1);
    sim_event_interrupt(NULL, id);
    pthread_join(w.thread, NULL);
    ck_assert_int_eq(w.error, 0);
    ck_assert(!is_set(id)); /* the waiter used it up */
}
END_TEST

START_TEST(destroying_an_event_fails_its_waiter)
{
    struct waiter w;
    uint32_t token = event_new(KFD_EVENT_SIGNAL, true), id = event_new(KFD_EVENT_SIGNAL, true);
    waiter_start(&w, token, id, UINT32_MAX);
    ck_assert_int_eq(event_do(KFD_NR_DESTROY_EVENT, id), 0);
    pthread_join(w.thread, NULL);
    ck_assert_int_eq(w.error, -EIO);
    ck_assert_uint_eq(w.result, KFD_WAIT_FAIL);
}
END_TEST

static void on_signal(int signal)
{
    (void)signal;
}

static void handle_signals(int flags)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    sigaction(SIGUSR1, &action, NULL);
}

START_TEST(a_signal_interrupts_and_gives_used_events_back)
{
    struct waiter w;
    uint32_t token = event_new(KFD_EVENT_SIGNAL, true), id = event_new(KFD_EVENT_SIGNAL, true);
    handle_signals(0);
    waiter_start(&w, token, id, 60000);
    while (!atomic_load(&w.returned)) /* until one meets it asleep */
        pthread_kill(w.thread, SIGUSR1);
    pthread_join(w.thread, NULL);
    ck_assert_int_eq(w.error, -EINTR);
    ck_assert_uint_eq(w.result, KFD_WAIT_FAIL);
    ck_assert_uint_gt(w.left, 30000);
    ck_assert_uint_le(w.left, 60000);
    ck_assert(is_set(token));
    ck_assert(!is_set(id));
}
END_TEST

START_TEST(an_endless_wait_keeps_its_timeout_when_interrupted)
{
    struct waiter w;
    handle_signals(0);
    waiter_start(&w, event_new(KFD_EVENT_SIGNAL, true), event_new(KFD_EVENT_SIGNAL, true), UINT32_MAX);
    while (!atomic_load(&w.returned))
        pthread_kill(w.thread, SIGUSR1);
    pthread_join(w.thread, NULL);
    ck_assert_int_eq(w.error, -EINTR);
    ck_assert_uint_eq(w.left, UINT32_MAX);
}
END_TEST

START_TEST(a_restarting_signal_does_not_interrupt)
{
    struct waiter w;
    uint32_t token = event_new(KFD_EVENT_SIGNAL, true), id = event_new(KFD_EVENT_SIGNAL, false);
    handle_signals(SA_RESTART);
    waiter_start(&w, token, id, 60000);
    for (unsigned i = 0; i < 500; i++) {
        pthread_kill(w.thread, SIGUSR1);
        sched_yield();
    }
    ck_assert_int_eq(atomic_load(&w.returned), 0);
    ck_assert_int_eq(event_do(KFD_NR_SET_EVENT, id), 0);
    pthread_join(w.thread, NULL);
    ck_assert_int_eq(w.error, 0);
}
END_TEST

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

START_TEST(a_timeout_takes_its_time_and_is_no_error)
{
    struct kfd_event_data data = {.event_id = event_new(KFD_EVENT_SIGNAL, true)};
    uint32_t result = 9;
    uint64_t since = now_ms();
    ck_assert_int_eq(await(&data, 1, false, 30, &result), 0);
    ck_assert_uint_eq(result, KFD_WAIT_TIMEOUT);
    ck_assert_uint_ge(now_ms() - since, 29);
}
END_TEST

START_TEST(bad_lists_are_refused)
{
    struct kfd_event_data data[2] = {{.event_id = event_new(KFD_EVENT_SIGNAL, false)}, {.event_id = 777}};
    uint32_t result = 0;
    ck_assert_int_eq(await(data, 2, false, 0, &result), -EINVAL);
    ck_assert_uint_eq(result, KFD_WAIT_FAIL);
    ck_assert_int_eq(await(NULL, 1, false, 0, &result), -EFAULT);
    ck_assert_int_eq(await(data, 74899, false, 0, &result), -ENOMEM);
    ck_assert_int_eq(await(data, UINT32_MAX, false, 0, &result), -ENOMEM);
}
END_TEST

START_TEST(an_age_that_is_not_the_events_completes_at_once)
{
    struct kfd_event_data data = {.event_id = event_new(KFD_EVENT_SIGNAL, true), .last_event_age = 1};
    uint32_t result = 9;
    ck_assert_int_eq(await(&data, 1, false, 0, &result), 0);
    ck_assert_uint_eq(result, KFD_WAIT_TIMEOUT); /* a new event has age 1 */
    ck_assert_int_eq(event_do(KFD_NR_SET_EVENT, data.event_id), 0);
    ck_assert(is_set(data.event_id));
    ck_assert_int_eq(await(&data, 1, false, 0, &result), 0);
    ck_assert_uint_eq(result, KFD_WAIT_COMPLETE);
    ck_assert_uint_eq(data.last_event_age, 2);
    ck_assert_int_eq(await(&data, 1, false, 0, &result), 0);
    ck_assert_uint_eq(result, KFD_WAIT_TIMEOUT);
}
END_TEST

START_TEST(before_1_14_ages_mean_nothing)
{
    struct kfd_event_data data = {.event_id = event_new(KFD_EVENT_SIGNAL, true), .last_event_age = 77};
    uint32_t result = 9;
    ck_assert_int_eq(await(&data, 1, false, 0, &result), 0);
    ck_assert_uint_eq(result, KFD_WAIT_TIMEOUT);
    ck_assert_uint_eq(data.last_event_age, 77);
}
END_TEST

/* Each set of an auto-reset event is one wake-up, whoever of two gets it. */
enum { ROUNDS = 500 };

static void *ponger(void *arg)
{
    const uint32_t *id = arg;
    struct kfd_event_data data = {.event_id = id[0]};
    uint32_t result;
    for (unsigned i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(await(&data, 1, false, 60000, &result), 0);
        ck_assert_uint_eq(result, KFD_WAIT_COMPLETE);
        ck_assert_int_eq(event_do(KFD_NR_SET_EVENT, id[1]), 0);
    }
    return NULL;
}

START_TEST(two_threads_play_ping_pong_without_losing_the_ball)
{
    uint32_t id[2] = {event_new(KFD_EVENT_SIGNAL, true), event_new(KFD_EVENT_SIGNAL, true)}, result;
    struct kfd_event_data data = {.event_id = id[1]};
    pthread_t thread;
    pthread_create(&thread, NULL, ponger, id);
    for (unsigned i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(event_do(KFD_NR_SET_EVENT, id[0]), 0);
        ck_assert_int_eq(await(&data, 1, false, 60000, &result), 0);
        ck_assert_uint_eq(result, KFD_WAIT_COMPLETE);
    }
    pthread_join(thread, NULL);
}
END_TEST

/* ---- faults ---- */

START_TEST(a_memory_fault_tells_where_and_why)
{
    struct kfd_event_data data = {.event_id = event_new(KFD_EVENT_MEMORY, false)};
    uint32_t other = event_new(KFD_EVENT_MEMORY, true), hw = event_new(KFD_EVENT_HW_EXCEPTION, true), result;
    ck_assert(!is_set(data.event_id));
    sim_event_memory_fault(mi300x, 0x123456789, SIM_VM_WRITE, true);
    ck_assert_int_eq(await(&data, 1, false, UINT32_MAX, &result), 0);
    ck_assert_uint_eq(data.memory.va, 0x123456000);
    ck_assert_uint_eq(data.memory.gpu_id, mi300x->gpu_id);
    ck_assert_uint_eq(data.memory.not_present, 1);
    ck_assert_uint_eq(data.memory.read_only, 0);
    ck_assert_uint_eq(data.memory.error_type, 0);
    ck_assert(is_set(other));
    ck_assert(!is_set(hw));
    sim_event_memory_fault(mi300x, 0x1000, SIM_VM_WRITE, false);
    ck_assert_int_eq(await(&data, 1, false, UINT32_MAX, &result), 0);
    ck_assert_uint_eq(data.memory.not_present, 0);
    ck_assert_uint_eq(data.memory.read_only, 1);
    sim_event_memory_fault(mi300x, 0x1000, SIM_VM_EXEC, false);
    ck_assert_int_eq(await(&data, 1, false, UINT32_MAX, &result), 0);
    ck_assert_uint_eq(data.memory.no_execute, 1);
}
END_TEST

START_TEST(a_fault_is_of_one_gpu)
{
    ck_assert(!atomic_load(&mi300x->evicted));
    sim_event_memory_fault(mi300x, 0x1000, SIM_VM_READ, true);
    ck_assert(atomic_load(&mi300x->evicted));
    ck_assert(!atomic_load(&rx7900->evicted));
}
END_TEST

START_TEST(a_hardware_exception_tells_its_cause)
{
    struct kfd_event_data data = {.event_id = event_new(KFD_EVENT_HW_EXCEPTION, true)};
    uint32_t memory = event_new(KFD_EVENT_MEMORY, true), result;
    sim_event_hw_exception(rx7900, 0, 1, true);
    ck_assert_int_eq(await(&data, 1, false, UINT32_MAX, &result), 0);
    ck_assert_uint_eq(data.hw.reset_cause, 1);
    ck_assert_uint_eq(data.hw.memory_lost, 1);
    ck_assert_uint_eq(data.hw.gpu_id, rx7900->gpu_id);
    ck_assert(!is_set(memory));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_event");
    TCase *old = tcase_create("1.11");
    tcase_add_checked_fixture(old, setup_old, NULL);
    tcase_add_test(old, before_1_14_ages_mean_nothing);
    suite_add_tcase(suite, old);
    TCase *tc = tcase_create("event");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, an_interrupt_sets_the_event_whose_slot_was_written);
    tcase_add_test(tc, an_interrupt_without_a_written_slot_looks_at_all);
    tcase_add_test(tc, an_interrupt_alone_sets_nothing);
    tcase_add_test(tc, a_written_slot_without_an_event_is_passed_over);
    tcase_add_test(tc, the_program_may_give_the_page);
    tcase_add_test(tc, an_unsuitable_page_is_refused);
    tcase_add_test(tc, there_are_as_many_signals_as_the_mapped_page_has_slots);
    tcase_add_test(tc, a_set_event_wakes_every_waiter);
    tcase_add_test(tc, an_interrupt_wakes_a_waiter);
    tcase_add_test(tc, destroying_an_event_fails_its_waiter);
    tcase_add_test(tc, a_signal_interrupts_and_gives_used_events_back);
    tcase_add_test(tc, an_endless_wait_keeps_its_timeout_when_interrupted);
    tcase_add_test(tc, a_restarting_signal_does_not_interrupt);
    tcase_add_test(tc, a_timeout_takes_its_time_and_is_no_error);
    tcase_add_test(tc, bad_lists_are_refused);
    tcase_add_test(tc, an_age_that_is_not_the_events_completes_at_once);
    tcase_add_test(tc, two_threads_play_ping_pong_without_losing_the_ball);
    tcase_add_test(tc, a_memory_fault_tells_where_and_why);
    tcase_add_test(tc, a_fault_is_of_one_gpu);
    tcase_add_test(tc, a_hardware_exception_tells_its_cause);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
