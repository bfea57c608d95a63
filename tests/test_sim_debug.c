/*
 * test_sim_debug.c - DBG_TRAP and GET_QUEUE_WAVE_STATE with GPUs: exceptions, snapshots and suspended queues.
 * What can be asked without a GPU is compared with the real driver by mount/kfd-parity.sh.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sim/front/queue.h"
#include "sim/kernel/kernel.h"
#include "sim_kfd.h"

enum { RING = 2 * PAGE };
static const uint64_t pointers_va = 0x10000000, ring_va = 0x20000000, eop_va = 0x30000000,
                      cwsr_va = 0x40000000, word_va = 0x50000000;

static int ends[2];
static uint32_t sdma_id, aql_id;
static uint64_t doorbell;

static void queues_make(void)
{
    const struct sim_model *m = mi300x->model;
    uint64_t cwsr =
        (((uint64_t)m->cwsr_bytes + m->cwsr_debug_bytes) * m->xccs + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    buffer_at(mi300x, pointers_va, PAGE, GTT);
    buffer_at(mi300x, ring_va, RING, GTT);
    buffer_at(mi300x, eop_va, PAGE, GTT);
    buffer_at(mi300x, cwsr_va, cwsr, GTT);
    buffer_at(mi300x, word_va, PAGE, GTT);
    memset(gpu_sees(mi300x, pointers_va, PAGE, SIM_VM_WRITE), 0, PAGE);
    memset(gpu_sees(mi300x, ring_va, RING, SIM_VM_WRITE), 0, RING);
    memset(gpu_sees(mi300x, cwsr_va, PAGE, SIM_VM_WRITE), 0, PAGE);
    struct kfd_create_queue q = {.ring_va = ring_va,
                                 .rptr_va = pointers_va,
                                 .wptr_va = pointers_va + 8,
                                 .ring_bytes = RING,
                                 .gpu_id = mi300x->gpu_id,
                                 .type = KFD_QUEUE_SDMA,
                                 .percentage = 100};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), 0);
    sdma_id = q.queue_id;
    doorbell = q.doorbell_offset;
    q.type = KFD_QUEUE_AQL;
    q.rptr_va = pointers_va + 128;
    q.wptr_va = pointers_va + 256;
    q.eop_va = eop_va;
    q.eop_bytes = PAGE;
    q.cwsr_va = cwsr_va;
    q.cwsr_bytes = m->cwsr_bytes;
    q.ctl_stack_bytes = m->ctl_stack_bytes;
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), 0);
    aql_id = q.queue_id;
}

static int debug(uint32_t op, struct kfd_debug *a)
{
    a->pid = (uint32_t)getpid();
    a->op = op;
    return CALL(KFD_NR_DBG_TRAP, *a);
}

static void enable(uint64_t exceptions)
{
    struct kfd_runtime_info info;
    struct kfd_debug a = {.enable = {exceptions, (uintptr_t)&info, sizeof info, ends[1]}};
    ck_assert_int_eq(debug(KFD_DEBUG_ENABLE, &a), 0);
}

static void setup(void)
{
    struct kfd_runtime_enable on = {.mode = 1};
    machine_acquired("");
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, on), 0);
    queues_make();
}

static void teardown(void)
{
    struct kfd_debug off = {.pid = (uint32_t)getpid(), .op = KFD_DEBUG_DISABLE};
    struct kfd_destroy_queue d = {.queue_id = sdma_id};
    CALL(KFD_NR_DBG_TRAP, off); /* nothing is suspended any more */
    CALL(KFD_NR_DESTROY_QUEUE, d);
    d.queue_id = aql_id;
    CALL(KFD_NR_DESTROY_QUEUE, d);
}

/* How many exceptions the debugger was told of since the last time. */
static int told(void)
{
    char bytes[64];
    struct pollfd p = {.fd = ends[0], .events = POLLIN};
    return poll(&p, 1, 0) == 1 ? (int)read(ends[0], bytes, sizeof bytes) : 0;
}

static void forget_new(void)
{
    struct kfd_queue_snapshot list[4];
    struct kfd_debug a = {.snapshot = {KFD_EXCEPTION(KFD_EC_QUEUE_NEW), (uintptr_t)list, 4, sizeof list[0]}};
    ck_assert_int_eq(debug(KFD_DEBUG_QUEUE_SNAPSHOT, &a), 0);
    ck_assert_uint_eq(a.snapshot.n, 2);
}

static int suspend(uint32_t *ids, uint32_t n)
{
    struct kfd_debug a = {.suspend = {.queues_va = (uintptr_t)ids, .n = n}};
    return debug(KFD_DEBUG_SUSPEND, &a);
}

static int resume(uint32_t *ids, uint32_t n)
{
    struct kfd_debug a = {.resume = {.queues_va = (uintptr_t)ids, .n = n}};
    return debug(KFD_DEBUG_RESUME, &a);
}

START_TEST(the_devices_are_shown_as_their_nodes_are)
{
    struct kfd_device_snapshot d[2];
    struct kfd_debug a = {.snapshot = {0, (uintptr_t)d, 2, sizeof d[0]}};
    enable(0);
    ck_assert_int_eq(debug(KFD_DEBUG_DEVICE_SNAPSHOT, &a), 0);
    ck_assert_uint_eq(a.snapshot.n, 2);
    ck_assert_uint_eq(a.snapshot.entry_bytes, 120);
    ck_assert_uint_eq(d[0].gpu_id, mi300x->gpu_id);
    ck_assert_uint_eq(d[0].gfx_target_version, 90402);
    ck_assert_uint_eq(d[0].xccs, 8);
    ck_assert_uint_eq(d[0].scratch_base, 2ull << 48);
    ck_assert_uint_eq(d[1].gpu_id, rx7900->gpu_id);
    ck_assert_uint_eq(d[1].gfx_target_version, 110000);
}
END_TEST

START_TEST(since_1_21_a_device_has_a_second_word_of_capabilities)
{
    struct kfd_runtime_enable on = {.mode = 1};
    struct kfd_device_snapshot d;
    struct kfd_debug a = {.snapshot = {0, (uintptr_t)&d, 1, sizeof d}};
    machine_start("mi355x", "kfd=1.21");
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, on), 0);
    enable(0);
    ck_assert_int_eq(debug(KFD_DEBUG_DEVICE_SNAPSHOT, &a), 0);
    ck_assert_uint_eq(a.snapshot.entry_bytes, 128);
    ck_assert_uint_eq(d.capability2, 1);
    ck_assert_uint_eq(d.pad, 0);
    struct kfd_debug lds = {.flags = {.flags = 4}}; /* exceptions at LDS addresses: only GC 12.1 has them */
    ck_assert_int_eq(debug(KFD_DEBUG_SET_FLAGS, &lds), -EACCES);
}
END_TEST

START_TEST(precise_operations_are_for_the_gpus_that_have_them)
{
    static const struct {
        const char *machine;
        bool memory, alu;
    } has[] = {
        {"mi210", true, false},     {"mi300x", true, false},   {"mi355x", true, false},
        {"rx6900xt", false, false}, {"rx9070xt", false, true}, {"mi300x+rx9070xt", false, false},
    };
    struct kfd_runtime_enable on = {.mode = 1};
    machine_start(has[_i].machine, "");
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, on), 0);
    enable(0);
    for (uint32_t flags = 1; flags < 4; flags++) {
        bool may = (has[_i].memory || !(flags & 1)) && (has[_i].alu || !(flags & 2));
        struct kfd_debug a = {.flags = {.flags = flags}};
        ck_assert_msg(debug(KFD_DEBUG_SET_FLAGS, &a) == (may ? 0 : -EACCES), "%s: %u", has[_i].machine,
                      flags);
        ck_assert_uint_eq(a.flags.flags, 0); /* what they were */
        a.flags.flags = 0;
        ck_assert_int_eq(debug(KFD_DEBUG_SET_FLAGS, &a), 0);
        ck_assert_uint_eq(a.flags.flags, may ? flags : 0);
    }
}
END_TEST

START_TEST(a_short_entry_is_cut_and_a_short_list_not_overrun)
{
    uint64_t words[4] = {1, 2, 3, 4};
    struct kfd_debug a = {.snapshot = {0, (uintptr_t)words, 1, 16}};
    enable(0);
    ck_assert_int_eq(debug(KFD_DEBUG_DEVICE_SNAPSHOT, &a), 0);
    ck_assert_uint_eq(a.snapshot.n, 2);
    ck_assert_uint_eq(a.snapshot.entry_bytes, 16);
    ck_assert_uint_eq(words[1], 1ull << 48);
    ck_assert_uint_eq(words[2], 3);
}
END_TEST

START_TEST(the_queues_are_shown_as_they_were_made)
{
    struct kfd_queue_snapshot q[3];
    struct kfd_debug a = {.snapshot = {0, (uintptr_t)q, 3, sizeof q[0]}};
    enable(0);
    ck_assert_int_eq(debug(KFD_DEBUG_QUEUE_SNAPSHOT, &a), 0);
    ck_assert_uint_eq(a.snapshot.n, 2);
    ck_assert_uint_eq(q[0].queue_id, sdma_id);
    ck_assert_uint_eq(q[0].type, KFD_QUEUE_SDMA);
    ck_assert_uint_eq(q[0].ring_va, ring_va);
    ck_assert_uint_eq(q[0].exceptions, KFD_EXCEPTION(KFD_EC_QUEUE_NEW));
    ck_assert_uint_eq(q[1].queue_id, aql_id);
    ck_assert_uint_eq(q[1].type, KFD_QUEUE_AQL);
    ck_assert_uint_eq(q[1].cwsr_va, cwsr_va);
    ck_assert_uint_eq(q[1].cwsr_bytes, mi300x->model->cwsr_bytes);
}
END_TEST

START_TEST(a_new_queue_is_told_of_and_not_suspended_before_it_was_seen)
{
    uint32_t ids[] = {sdma_id, 99};
    enable(KFD_EXCEPTION(KFD_EC_QUEUE_NEW));
    ck_assert_int_eq(suspend(ids, 2), 0);
    ck_assert_uint_eq(ids[0], sdma_id | 1u << 31);
    ck_assert_uint_eq(ids[1], 99 | 1u << 31);
    struct kfd_debug a = {.event = {.exceptions = KFD_EXCEPTION(KFD_EC_QUEUE_NEW)}};
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EVENT, &a), 0);
    ck_assert_uint_eq(a.event.queue_id, sdma_id);
    ck_assert_uint_eq(a.event.gpu_id, mi300x->gpu_id);
    ck_assert_uint_eq(a.event.exceptions, KFD_EXCEPTION(KFD_EC_QUEUE_NEW));
    ids[0] = sdma_id;
    ck_assert_int_eq(suspend(ids, 1), 1);
    ck_assert_uint_eq(ids[0], sdma_id);
}
END_TEST

/* An SDMA fence: writes a word. */
static void submit_fence(uint32_t value)
{
    uint32_t *ring = (uint32_t *)gpu_sees(mi300x, ring_va, RING, SIM_VM_WRITE);
    _Atomic uint64_t *wptr = (_Atomic uint64_t *)gpu_sees(mi300x, pointers_va + 8, 8, SIM_VM_WRITE);
    uint64_t at = atomic_load(wptr);
    uint32_t packet[4] = {5, (uint32_t)word_va, (uint32_t)(word_va >> 32), value};
    memcpy((uint8_t *)ring + at % RING, packet, sizeof packet);
    atomic_store(wptr, at + sizeof packet);
    atomic_store((_Atomic uint64_t *)&mi300x->doorbells[(doorbell & 0x1fff) / 8], at + sizeof packet);
}

static uint32_t word(void)
{
    return atomic_load((_Atomic uint32_t *)gpu_sees(mi300x, word_va, 4, SIM_VM_READ));
}

static void word_wait(uint32_t value)
{
    while (word() != value)
        usleep(200);
}

START_TEST(a_suspended_queue_does_nothing_until_it_is_resumed)
{
    uint32_t ids[] = {sdma_id};
    enable(0);
    forget_new();
    submit_fence(1);
    word_wait(1);
    ck_assert_int_eq(suspend(ids, 1), 1);
    ck_assert_int_eq(suspend(ids, 1), 1); /* again */
    submit_fence(2);
    usleep(20000);
    ck_assert_uint_eq(word(), 1);
    ck_assert_int_eq(resume(ids, 1), 1);
    word_wait(2);
}
END_TEST

START_TEST(the_end_of_debugging_resumes_queues)
{
    uint32_t ids[] = {sdma_id};
    struct kfd_debug a = {0};
    enable(0);
    forget_new();
    ck_assert_int_eq(suspend(ids, 1), 1);
    submit_fence(7);
    ck_assert_int_eq(debug(KFD_DEBUG_DISABLE, &a), 0);
    word_wait(7);
}
END_TEST

static void *destroy(void *arg)
{
    struct kfd_destroy_queue d = {.queue_id = sdma_id};
    atomic_store((_Atomic int *)arg, 1);
    int error = CALL(KFD_NR_DESTROY_QUEUE, d);
    atomic_store((_Atomic int *)arg, error ? error : 2);
    return NULL;
}

START_TEST(a_suspended_queue_is_destroyed_when_it_is_resumed)
{
    uint32_t ids[] = {sdma_id};
    _Atomic int state = 0;
    pthread_t thread;
    enable(KFD_EXCEPTION(KFD_EC_DEVICE));
    forget_new();
    ck_assert_int_eq(suspend(ids, 1), 1);
    pthread_create(&thread, NULL, destroy, (void *)&state);
    usleep(20000);
    ck_assert_int_lt(atomic_load(&state), 2);
    ck_assert_int_eq(resume(ids, 1), 1);
    pthread_join(thread, NULL);
    ck_assert_int_eq(atomic_load(&state), 2);
    struct kfd_debug a = {.event = {.exceptions = KFD_EXCEPTION(KFD_EC_DEVICE)}};
    ck_assert_int_ge(told(), 1);
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EVENT, &a), 0);
    ck_assert_uint_eq(a.event.gpu_id, mi300x->gpu_id);
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EVENT, &a), -EAGAIN);
}
END_TEST

START_TEST(a_fault_goes_to_the_debugger_and_the_process_keeps_its_queues_until_it_says)
{
    struct kfd_memory_exception fault = {0};
    enable(KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION));
    told();
    sim_event_memory_fault(mi300x, 0x123456789, SIM_VM_WRITE, true);
    ck_assert_int_eq(told(), 1);
    ck_assert(!atomic_load(&mi300x->evicted));
    struct kfd_debug a = {.event = {0}};
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EVENT, &a), 0);
    ck_assert_uint_eq(a.event.exceptions, KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION));
    a = (struct kfd_debug){
        .exception = {(uintptr_t)&fault, sizeof fault, mi300x->gpu_id, KFD_EC_MEMORY_VIOLATION, 1}};
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EXCEPTION, &a), 0);
    ck_assert_uint_eq(a.exception.info_bytes, sizeof fault);
    ck_assert_uint_eq(fault.va, 0x123456000);
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EXCEPTION, &a), -ENODATA);
    a = (struct kfd_debug){.event = {KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION), mi300x->gpu_id, 0}};
    ck_assert_int_eq(debug(KFD_DEBUG_SEND_EVENT, &a), 0);
    ck_assert(atomic_load(&mi300x->evicted));
}
END_TEST

START_TEST(a_fault_that_no_debugger_wants_is_the_processs)
{
    enable(KFD_EXCEPTION(KFD_EC_QUEUE_NEW));
    sim_event_memory_fault(mi300x, 0x123456789, SIM_VM_WRITE, true);
    ck_assert(atomic_load(&mi300x->evicted));
}
END_TEST

START_TEST(exceptions_of_waves_go_to_the_debugger_that_wants_them)
{
    struct kfd_debug a = {.event = {.exceptions = 0}};
    enable(KFD_EXCEPTION(4));
    forget_new();
    told();
    unsigned index = 0;
    struct kfd_queue_snapshot q[2];
    while (!sim_queue_exception(mi300x, index, 1u << 3)) /* the doorbell of the AQL queue */
        index++;
    ck_assert_int_eq(told() > 0, 1);
    ck_assert_int_eq(debug(KFD_DEBUG_QUERY_EVENT, &a), 0);
    ck_assert_uint_eq(a.event.queue_id, aql_id);
    a = (struct kfd_debug){.snapshot = {0, (uintptr_t)q, 2, sizeof q[0]}};
    ck_assert_int_eq(debug(KFD_DEBUG_QUEUE_SNAPSHOT, &a), 0);
    ck_assert_uint_eq(q[1].exceptions, KFD_EXCEPTION(4));
    ck_assert_uint_eq(q[0].exceptions, 0);
}
END_TEST

START_TEST(what_hardware_must_do_is_refused_and_reported)
{
    char text[200];
    struct kfd_debug a = {.launch_mode = {.mode = 1}};
    enable(0);
    ck_assert_int_eq(debug(KFD_DEBUG_SET_LAUNCH_MODE, &a), -ENODEV);
    sim_last_report(text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "DBG_TRAP"));
    a = (struct kfd_debug){.watch = {.gpu_id = mi300x->gpu_id}};
    ck_assert_int_eq(debug(KFD_DEBUG_SET_WATCH, &a), -ENODEV);
    a = (struct kfd_debug){.launch_mode = {.mode = 0}};
    ck_assert_int_eq(debug(KFD_DEBUG_SET_LAUNCH_MODE, &a), 0);
    a = (struct kfd_debug){.pid = (uint32_t)getppid(), .op = KFD_DEBUG_ENABLE};
    ck_assert_int_eq(CALL(KFD_NR_DBG_TRAP, a), -ESRCH);
}
END_TEST

/* ---- GET_QUEUE_WAVE_STATE ---- */

START_TEST(a_queue_that_stands_still_without_waves_has_an_empty_save_area)
{
    uint32_t header[4];
    struct kfd_wave_state s = {.ctl_stack_va = cwsr_va, .queue_id = aql_id};
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, s), -EINVAL); /* it runs */
    struct kfd_update_queue u = {.ring_va = ring_va, .queue_id = aql_id, .ring_bytes = RING};
    ck_assert_int_eq(CALL(KFD_NR_UPDATE_QUEUE, u), 0);
    uint8_t *area = malloc((size_t)mi300x->model->cwsr_bytes * 8 + 64);
    s.ctl_stack_va = (uintptr_t)area;
    s.ctl_stack_used = s.save_area_used = 77;
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, s), 0);
    ck_assert_uint_eq(s.ctl_stack_used, 0);
    ck_assert_uint_eq(s.save_area_used, 0);
    memcpy(header, area + 7ull * mi300x->model->cwsr_bytes, sizeof header); /* of the last XCC */
    ck_assert_uint_eq(header[0], mi300x->model->ctl_stack_bytes);
    ck_assert_uint_eq(header[1], 0);
    ck_assert_uint_eq(header[2], mi300x->model->ctl_stack_bytes);
    ck_assert_uint_eq(header[3], 0);
    s.ctl_stack_va = 8;
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, s), -EFAULT);
    s.queue_id = sdma_id;
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, s), -EINVAL);
    free(area);
}
END_TEST

START_TEST(one_queue_of_a_process_has_global_wave_sync)
{
    struct kfd_alloc_gws g = {.queue_id = aql_id, .count = 64, .first = 77};
    struct kfd_alloc_gws other = {.queue_id = sdma_id, .count = 64};
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), 0);
    ck_assert_uint_eq(g.first, 0);
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), -EBUSY);
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, other), -EBUSY);
    g.count = 0;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), 0);
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), -EINVAL);
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, other), 0);
    struct kfd_destroy_queue d = {.queue_id = sdma_id};
    ck_assert_int_eq(CALL(KFD_NR_DESTROY_QUEUE, d), 0);
    g.count = 1;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_debug");
    TCase *one = tcase_create("debug");
    tcase_add_checked_fixture(one, setup, teardown);
    tcase_add_test(one, the_devices_are_shown_as_their_nodes_are);
    tcase_add_test(one, a_short_entry_is_cut_and_a_short_list_not_overrun);
    tcase_add_test(one, the_queues_are_shown_as_they_were_made);
    tcase_add_test(one, a_new_queue_is_told_of_and_not_suspended_before_it_was_seen);
    tcase_add_test(one, a_suspended_queue_does_nothing_until_it_is_resumed);
    tcase_add_test(one, the_end_of_debugging_resumes_queues);
    tcase_add_test(one, a_suspended_queue_is_destroyed_when_it_is_resumed);
    tcase_add_test(one, a_fault_goes_to_the_debugger_and_the_process_keeps_its_queues_until_it_says);
    tcase_add_test(one, a_fault_that_no_debugger_wants_is_the_processs);
    tcase_add_test(one, exceptions_of_waves_go_to_the_debugger_that_wants_them);
    tcase_add_test(one, what_hardware_must_do_is_refused_and_reported);
    tcase_add_test(one, a_queue_that_stands_still_without_waves_has_an_empty_save_area);
    tcase_add_test(one, one_queue_of_a_process_has_global_wave_sync);
    suite_add_tcase(suite, one);
    TCase *later = tcase_create("1.21");
    tcase_add_test(later, since_1_21_a_device_has_a_second_word_of_capabilities);
    suite_add_tcase(suite, later);
    TCase *precise = tcase_create("precise");
    tcase_add_loop_test(precise, precise_operations_are_for_the_gpus_that_have_them, 0, 6);
    suite_add_tcase(suite, precise);
    return run_suite(suite);
}
