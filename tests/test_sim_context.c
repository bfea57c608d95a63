/*
 * test_sim_context.c - secondary KFD processes (CREATE_PROCESS, 1.19): each has address spaces, buffers,
 * queues and events of its own, what happens to one leaves the others alone, and it ends with its open file.
 */
#include <poll.h>

#include "sim_kfd.h"
#include "sim/front/engine.h"
#include "sim/kernel/context.h"
#include "sim/kernel/kfd_state.h"

enum {
    RING = 4096,
    FIRST_FILE = 7,
    SECOND_FILE = 8,
    SDMA_FENCE = 5,
    FENCE_BYTES = 16,
    DOORBELL_BITS = 0x1fff
};
#define RING_VA 0x100000ull
#define PTR_VA  0x200000ull
#define DATA_VA 0x300000ull

static bool nobody(uint64_t file)
{
    (void)file;
    return false;
}

static bool first_is_open(uint64_t file)
{
    return file == FIRST_FILE;
}

static struct sim_gpu *view(uint64_t file)
{
    sim_context_enter(file);
    struct sim_gpu *gpu = sim_process_gpu(sim_current(), 0);
    sim_context_leave();
    return gpu;
}

static int create_process(uint64_t file)
{
    kfd_file = file;
    return kfd_call(KFD_NR_CREATE_PROCESS, NULL, 0);
}

/* The primary process and two others, with an address space each. */
static void setup(void)
{
    machine_start("mi300x", "kfd=1.19,ram=1G");
    kfd_file = 0;
    ck_assert_int_eq(acquire(mi300x), 0);
    for (uint64_t file = FIRST_FILE; file <= SECOND_FILE; file++) {
        ck_assert_int_eq(create_process(file), 0);
        ck_assert_int_eq(acquire(mi300x), 0);
    }
}

static void teardown(void)
{
    sim_kfd_closed(nobody); /* which waits for their engines */
}

/* ---- who has what ---- */

START_TEST(an_open_file_gets_a_process_once)
{
    ck_assert_int_eq(create_process(FIRST_FILE), -EINVAL);
    ck_assert_ptr_ne(view(FIRST_FILE), view(SECOND_FILE));
    ck_assert_ptr_ne(view(FIRST_FILE), mi300x);
    ck_assert_ptr_eq(view(99), mi300x); /* any other file is of the primary process */
}
END_TEST

START_TEST(kernels_before_1_19_have_one_process)
{
    machine_start("mi300x", "kfd=1.18");
    ck_assert_int_eq(create_process(FIRST_FILE), -ENOTTY);
}
END_TEST

START_TEST(a_render_node_s_address_space_belongs_to_one_process)
{
    ck_assert_int_eq(create_process(9), 0);
    struct kfd_acquire_vm a = {.drm_fd = (uint32_t)render[0].fd, .gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), -EINVAL); /* the primary one has it */
    a.drm_fd = (uint32_t)render_open(mi300x);
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), 0);
}
END_TEST

START_TEST(one_address_means_other_memory_in_each_process)
{
    uint8_t *bytes[3];
    uint64_t files[3] = {0, FIRST_FILE, SECOND_FILE};
    for (unsigned i = 0; i < 3; i++) {
        kfd_file = files[i];
        buffer_at(mi300x, DATA_VA, PAGE, VRAM);
        bytes[i] = gpu_sees(view(files[i]), DATA_VA, PAGE, SIM_VM_WRITE);
        ck_assert_ptr_nonnull(bytes[i]);
        bytes[i][5] = (uint8_t)(i + 1);
    }
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(bytes[i][5], i + 1);
}
END_TEST

START_TEST(a_handle_is_good_in_its_process_only)
{
    kfd_file = FIRST_FILE;
    uint64_t handle = buffer_at(mi300x, DATA_VA, PAGE, GTT);
    kfd_file = SECOND_FILE;
    ck_assert_int_eq(unmap_from(mi300x, handle), -ENOMEM);
    ck_assert_int_eq(free_handle(handle), -EINVAL);
    kfd_file = FIRST_FILE;
    ck_assert_int_eq(unmap_from(mi300x, handle), 0);
    ck_assert_int_eq(free_handle(handle), 0);
}
END_TEST

/* Offsets are the render node's: those of two processes must not meet. */
START_TEST(every_buffer_has_a_place_of_its_own_in_the_render_node)
{
    struct kfd_alloc_memory a, b;
    int fd[2];
    off_t at[2];
    kfd_file = FIRST_FILE;
    ck_assert_int_eq(alloc_at(mi300x, 0, PAGE, GTT, &a), 0);
    kfd_file = SECOND_FILE;
    ck_assert_int_eq(alloc_at(mi300x, 0, PAGE, GTT, &b), 0);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset, PAGE, &fd[0], &at[0]), 0);
    ck_assert_int_eq(sim_memory_resolve(mi300x, b.mmap_offset, PAGE, &fd[1], &at[1]), 0);
    ck_assert_int_ne(at[0], at[1]);
}
END_TEST

/* ---- events ---- */

static uint32_t event_make(uint64_t file, uint32_t type)
{
    struct kfd_create_event e = {.type = type, .auto_reset = 1};
    kfd_file = file;
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    return e.event_id;
}

static bool event_is_set(uint64_t file, uint32_t id)
{
    struct kfd_event_data data = {.event_id = id};
    struct kfd_wait_events w = {.ptr = (uintptr_t)&data, .count = 1};
    kfd_file = file;
    ck_assert_int_eq(CALL(KFD_NR_WAIT_EVENTS, w), 0);
    return w.result == KFD_WAIT_COMPLETE;
}

START_TEST(events_are_of_one_process)
{
    uint32_t first = event_make(FIRST_FILE, KFD_EVENT_SIGNAL);
    struct kfd_event_arg set = {.event_id = first};
    kfd_file = SECOND_FILE;
    ck_assert_int_eq(CALL(KFD_NR_SET_EVENT, set), -EINVAL);
    uint32_t second = event_make(SECOND_FILE, KFD_EVENT_SIGNAL);
    ck_assert_uint_eq(first, second);             /* ids begin anew */
    sim_event_interrupt(view(FIRST_FILE), first); /* its slot is not written: no event */
    ck_assert(!event_is_set(FIRST_FILE, first));
    kfd_file = FIRST_FILE;
    ck_assert_int_eq(CALL(KFD_NR_SET_EVENT, set), 0);
    ck_assert(!event_is_set(SECOND_FILE, second));
    ck_assert(event_is_set(FIRST_FILE, first));
}
END_TEST

START_TEST(an_interrupt_is_for_the_process_whose_engine_raised_it)
{
    uint32_t primary = event_make(0, KFD_EVENT_SIGNAL), first = event_make(FIRST_FILE, KFD_EVENT_SIGNAL);
    int fd;
    off_t offset;
    ck_assert_uint_eq(primary, first);
    ck_assert_int_eq(sim_kfd_mmap(FIRST_FILE, kfd_mmap_offset(KFD_MMAP_EVENTS, 0), PAGE, &fd, &offset), 0);
    _Atomic uint64_t *slots = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    ck_assert_ptr_ne(slots, MAP_FAILED);
    atomic_store(&slots[first], first);
    sim_event_interrupt(mi300x, first);
    ck_assert(!event_is_set(FIRST_FILE, first));
    sim_event_interrupt(view(FIRST_FILE), first);
    ck_assert(!event_is_set(0, primary));
    ck_assert(event_is_set(FIRST_FILE, first));
    munmap((void *)slots, PAGE);
}
END_TEST

/* ---- queues ---- */

struct user { /* an SDMA queue of a process */
    uint64_t file;
    struct kfd_create_queue args;
    uint8_t *ring, *data;
    _Atomic uint64_t *wptr, *rptr;
    uint64_t *doorbells;
    uint64_t written;
};

static struct user user_make(uint64_t file)
{
    struct user u = {.file = file};
    int fd;
    off_t offset;
    kfd_file = file;
    buffer_at(mi300x, RING_VA, RING, GTT);
    buffer_at(mi300x, PTR_VA, PAGE, GTT);
    buffer_at(mi300x, DATA_VA, PAGE, GTT);
    struct sim_gpu *gpu = view(file);
    u.ring = gpu_sees(gpu, RING_VA, RING, SIM_VM_WRITE);
    u.data = gpu_sees(gpu, DATA_VA, PAGE, SIM_VM_WRITE);
    uint8_t *pointers = gpu_sees(gpu, PTR_VA, PAGE, SIM_VM_WRITE);
    memset(pointers, 0, PAGE);
    memset(u.data, 0, PAGE);
    u.wptr = (_Atomic uint64_t *)pointers;
    u.rptr = (_Atomic uint64_t *)(pointers + 64);
    u.args = (struct kfd_create_queue){.ring_va = RING_VA,
                                       .wptr_va = PTR_VA,
                                       .rptr_va = PTR_VA + 64,
                                       .ring_bytes = RING,
                                       .gpu_id = mi300x->gpu_id,
                                       .type = KFD_QUEUE_SDMA,
                                       .percentage = 100};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, u.args), 0);
    ck_assert_int_eq(sim_kfd_mmap(file, u.args.doorbell_offset & ~(uint64_t)DOORBELL_BITS, KFD_DOORBELL_SLICE,
                                  &fd, &offset),
                     0);
    u.doorbells = mmap(NULL, KFD_DOORBELL_SLICE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    ck_assert_ptr_ne(u.doorbells, MAP_FAILED);
    sim_mapped(fd, offset, u.doorbells, KFD_DOORBELL_SLICE);
    return u;
}

/* Has the engine write a number to an address. */
static void user_fence(struct user *u, uint64_t va, uint32_t value)
{
    uint32_t packet[4] = {SDMA_FENCE, (uint32_t)va, (uint32_t)(va >> 32), value};
    memcpy(u->ring + u->written % RING, packet, sizeof packet);
    u->written += FENCE_BYTES;
    atomic_store(u->wptr, u->written);
    atomic_store((_Atomic uint64_t *)&u->doorbells[(u->args.doorbell_offset & DOORBELL_BITS) / 8],
                 u->written);
}

static void until_word(const struct user *u, uint32_t value)
{
    while (atomic_load((_Atomic uint32_t *)u->data) != value)
        poll(NULL, 0, 1);
}

START_TEST(queues_of_two_processes_run_side_by_side)
{
    struct user a = user_make(FIRST_FILE), b = user_make(SECOND_FILE);
    ck_assert_uint_eq(a.args.queue_id, b.args.queue_id);
    ck_assert_uint_ne(a.args.doorbell_offset & DOORBELL_BITS,
                      b.args.doorbell_offset & DOORBELL_BITS); /* slots are the engine's */
    user_fence(&a, DATA_VA, 11);
    user_fence(&b, DATA_VA, 12);
    until_word(&a, 11);
    until_word(&b, 12);
}
END_TEST

START_TEST(a_fault_of_one_process_leaves_the_others_alone)
{
    struct user primary = user_make(0), a = user_make(FIRST_FILE), b = user_make(SECOND_FILE);
    uint32_t event[3] = {event_make(0, KFD_EVENT_MEMORY), event_make(FIRST_FILE, KFD_EVENT_MEMORY),
                         event_make(SECOND_FILE, KFD_EVENT_MEMORY)};
    user_fence(&a, 0x7000000, 1); /* nothing is there */
    while (!event_is_set(FIRST_FILE, event[1]))
        poll(NULL, 0, 1);
    ck_assert(!event_is_set(0, event[0]));
    ck_assert(!event_is_set(SECOND_FILE, event[2]));
    ck_assert(atomic_load(&view(FIRST_FILE)->evicted));
    user_fence(&primary, DATA_VA, 21);
    user_fence(&b, DATA_VA, 22);
    until_word(&primary, 21);
    until_word(&b, 22);
}
END_TEST

START_TEST(a_reset_takes_the_queues_of_all_processes)
{
    uint32_t event[2] = {event_make(0, KFD_EVENT_HW_EXCEPTION),
                         event_make(FIRST_FILE, KFD_EVENT_HW_EXCEPTION)};
    sim_reset(mi300x, &(struct sim_reset){.cause = KFD_HW_HANG});
    ck_assert(atomic_load(&mi300x->evicted) && atomic_load(&view(FIRST_FILE)->evicted));
    ck_assert(event_is_set(0, event[0]) && event_is_set(FIRST_FILE, event[1]));
}
END_TEST

/* ---- what is the primary process's alone ---- */

START_TEST(memory_of_the_program_is_refused)
{
    static char page[2 * SIM_PAGE];
    struct kfd_alloc_memory a = {.va = DATA_VA,
                                 .bytes = PAGE,
                                 .gpu_id = 1, /* looked at later */
                                 .flags = KFD_MEM_USERPTR | KFD_MEM_WRITABLE,
                                 .mmap_offset = (uintptr_t)page};
    kfd_file = FIRST_FILE;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EOPNOTSUPP);
    a.bytes = 0;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EINVAL);
    kfd_file = 0;
    a.bytes = PAGE;
    a.gpu_id = mi300x->gpu_id;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), 0);
}
END_TEST

START_TEST(shared_virtual_memory_and_debugging_are_refused)
{
    struct kfd_svm svm = {.op = 9};
    struct kfd_debug debug = {.op = 99};
    kfd_file = FIRST_FILE;
    ck_assert_int_eq(CALL(KFD_NR_SVM, svm), -EOPNOTSUPP);
    ck_assert_int_eq(CALL(KFD_NR_DBG_TRAP, debug), -EOPNOTSUPP);
    kfd_file = 0;
    ck_assert_int_eq(CALL(KFD_NR_SVM, svm), -EPERM); /* not built in */
    ck_assert_int_ne(CALL(KFD_NR_DBG_TRAP, debug), -EOPNOTSUPP);
}
END_TEST

START_TEST(what_is_not_simulated_there_says_so)
{
    struct kfd_runtime_enable r = {.mode = KFD_RUNTIME_ENABLE};
    char report[200];
    kfd_file = FIRST_FILE;
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), -EOPNOTSUPP);
    sim_last_report(report, sizeof report);
    ck_assert_str_eq(report, "ioctl 0x25 is not simulated in a secondary process");
}
END_TEST

/* ---- the end ---- */

static uint64_t vram_used(void)
{
    return sim_bo_vram_used(mi300x, false);
}

START_TEST(a_process_ends_with_its_file)
{
    uint64_t before = vram_used();
    struct user a = user_make(FIRST_FILE), b = user_make(SECOND_FILE);
    buffer_at(mi300x, 0x10000000, 1 << 20, VRAM); /* of the second */
    event_make(SECOND_FILE, KFD_EVENT_SIGNAL);
    uint32_t slot = b.args.doorbell_offset & DOORBELL_BITS;
    ck_assert_uint_eq(vram_used(), before + (1 << 20));
    sim_kfd_closed(first_is_open);
    ck_assert_uint_eq(vram_used(), before);
    ck_assert_ptr_eq(view(SECOND_FILE), mi300x); /* the number means nothing now */
    user_fence(&a, DATA_VA, 31);
    until_word(&a, 31);
    /* Another begins with nothing, and gets the place on the engine that is free again. */
    ck_assert_int_eq(create_process(SECOND_FILE), 0);
    struct kfd_event_arg set = {.event_id = 1};
    ck_assert_int_eq(CALL(KFD_NR_SET_EVENT, set), -EINVAL);
    ck_assert_int_eq(acquire(mi300x), 0);
    ck_assert_ptr_null(gpu_sees(view(SECOND_FILE), DATA_VA, 4, SIM_VM_READ));
    b = user_make(SECOND_FILE);
    ck_assert_uint_eq(b.args.doorbell_offset & DOORBELL_BITS, slot);
    user_fence(&b, DATA_VA, 32);
    until_word(&b, 32);
}
END_TEST

START_TEST(an_ioctl_under_way_keeps_its_process)
{
    kfd_file = SECOND_FILE;
    buffer_at(mi300x, DATA_VA, PAGE, VRAM);
    uint64_t used = vram_used();
    sim_context_enter(SECOND_FILE);
    sim_kfd_closed(nobody);
    ck_assert_uint_eq(vram_used(), used);
    sim_context_leave();
    ck_assert_uint_lt(vram_used(), used);
}
END_TEST

START_TEST(a_process_that_faulted_is_followed_by_a_sound_one)
{
    struct user a = user_make(FIRST_FILE);
    user_fence(&a, 0x7000000, 1);
    while (!atomic_load(&view(FIRST_FILE)->evicted))
        poll(NULL, 0, 1);
    sim_kfd_closed(nobody);
    ck_assert_int_eq(create_process(FIRST_FILE), 0);
    ck_assert_int_eq(acquire(mi300x), 0);
    a = user_make(FIRST_FILE);
    user_fence(&a, DATA_VA, 41);
    until_word(&a, 41);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sim_context");
    TCase *c = tcase_create("contexts");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_open_file_gets_a_process_once);
    tcase_add_test(c, a_render_node_s_address_space_belongs_to_one_process);
    tcase_add_test(c, one_address_means_other_memory_in_each_process);
    tcase_add_test(c, a_handle_is_good_in_its_process_only);
    tcase_add_test(c, every_buffer_has_a_place_of_its_own_in_the_render_node);
    tcase_add_test(c, events_are_of_one_process);
    tcase_add_test(c, an_interrupt_is_for_the_process_whose_engine_raised_it);
    tcase_add_test(c, queues_of_two_processes_run_side_by_side);
    tcase_add_test(c, a_fault_of_one_process_leaves_the_others_alone);
    tcase_add_test(c, a_reset_takes_the_queues_of_all_processes);
    tcase_add_test(c, memory_of_the_program_is_refused);
    tcase_add_test(c, shared_virtual_memory_and_debugging_are_refused);
    tcase_add_test(c, what_is_not_simulated_there_says_so);
    tcase_add_test(c, a_process_ends_with_its_file);
    tcase_add_test(c, an_ioctl_under_way_keeps_its_process);
    tcase_add_test(c, a_process_that_faulted_is_followed_by_a_sound_one);
    suite_add_tcase(s, c);
    TCase *old = tcase_create("old");
    tcase_add_test(old, kernels_before_1_19_have_one_process);
    suite_add_tcase(s, old);
    return run_suite(s);
}
