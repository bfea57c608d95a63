/*
 * test_sim_svm.c - shared virtual memory on the simulated /dev/kfd of a kernel that has it: attributes, what
 * GPUs see of the program's memory, and XNACK. What the kernel answers without a GPU was asked of the real
 * one (7.3).
 */
#include "sim_kfd.h"

enum { PREFERRED, PREFETCH, ACCESS, IN_PLACE, NO_ACCESS, SET_FLAGS, CLEAR_FLAGS, GRANULARITY };
enum { READ = SIM_VM_READ, WRITE = SIM_VM_WRITE, EXEC = SIM_VM_EXEC };

static uint8_t *pages;

static void map_pages(void)
{
    pages = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
}

static void setup(void)
{
    machine_acquired("svm");
    map_pages();
}

static void setup_instinct(void)
{
    machine_start("mi300x+mi210", "svm");
    ck_assert_int_eq(acquire(mi300x), 0);
    ck_assert_int_eq(acquire(rx7900), 0); /* the last one */
    map_pages();
}

static void setup_none(void)
{
    machine_start("none", "svm");
    map_pages();
}

static uint64_t va_of(unsigned page)
{
    return (uintptr_t)pages + (uint64_t)page * PAGE;
}

struct call {
    struct kfd_svm svm;
    struct kfd_svm_attribute list[4];
};

static int svm(unsigned op, unsigned page, unsigned n_pages, uint32_t type, uint32_t value, struct call *out)
{
    struct call c = {
        .svm = {.start = va_of(page), .bytes = (uint64_t)n_pages * PAGE, .op = op, .n_attributes = 1},
        .list = {{type, value}}};
    int error = CALL(KFD_NR_SVM, c);
    if (out)
        *out = c;
    return error;
}

static int set(unsigned page, unsigned n_pages, uint32_t type, uint32_t value)
{
    return svm(KFD_SVM_SET, page, n_pages, type, value, NULL);
}

static uint32_t get(unsigned page, unsigned n_pages, uint32_t type)
{
    struct call c;
    ck_assert_int_eq(svm(KFD_SVM_GET, page, n_pages, type, 0, &c), 0);
    return c.list[0].value;
}

/* Which kind of access a GPU has. */
static uint32_t access_of(unsigned page, unsigned n_pages, const struct sim_gpu *gpu)
{
    struct call c;
    ck_assert_int_eq(svm(KFD_SVM_GET, page, n_pages, ACCESS, gpu->gpu_id, &c), 0);
    return c.list[0].type;
}

static int xnack(int32_t mode)
{
    int error = CALL(KFD_NR_SET_XNACK_MODE, mode);
    return error ? error : mode;
}

static int queue_make(const struct sim_gpu *gpu)
{
    buffer_at(gpu, 0x10000000, PAGE, GTT);
    buffer_at(gpu, 0x20000000, 2 * PAGE, GTT);
    struct kfd_create_queue q = {.ring_va = 0x20000000,
                                 .rptr_va = 0x10000000,
                                 .wptr_va = 0x10000008,
                                 .ring_bytes = 2 * PAGE,
                                 .gpu_id = gpu->gpu_id,
                                 .type = KFD_QUEUE_SDMA,
                                 .percentage = 100};
    return CALL(KFD_NR_CREATE_QUEUE, q);
}

/* ---- attributes ---- */

START_TEST(what_was_never_set_has_the_defaults)
{
    ck_assert_uint_eq(get(0, 2, PREFERRED), UINT32_MAX);
    ck_assert_uint_eq(get(0, 2, PREFETCH), UINT32_MAX);
    ck_assert_uint_eq(get(0, 2, SET_FLAGS), 3);
    ck_assert_uint_eq(get(0, 2, CLEAR_FLAGS), ~3u);
    ck_assert_uint_eq(get(0, 2, GRANULARITY), 9);
    ck_assert_uint_eq(access_of(0, 2, mi300x), NO_ACCESS);
}
END_TEST

START_TEST(what_is_set_is_got_and_no_other_page_has_it)
{
    ck_assert_int_eq(set(4, 4, PREFERRED, mi300x->gpu_id), 0);
    ck_assert_int_eq(set(4, 4, GRANULARITY, 77), 0);
    ck_assert_int_eq(set(4, 4, SET_FLAGS, 4), 0);
    ck_assert_int_eq(set(4, 4, CLEAR_FLAGS, 1), 0);
    ck_assert_uint_eq(get(4, 4, PREFERRED), mi300x->gpu_id);
    ck_assert_uint_eq(get(4, 4, GRANULARITY), 0x3f);
    ck_assert_uint_eq(get(4, 4, SET_FLAGS), 6);
    ck_assert_uint_eq(get(2, 2, SET_FLAGS), 3);
    ck_assert_uint_eq(get(8, 2, PREFERRED), UINT32_MAX);
}
END_TEST

START_TEST(a_part_of_a_range_can_be_set_differently)
{
    ck_assert_int_eq(set(0, 12, PREFERRED, 0), 0);
    ck_assert_int_eq(set(4, 2, PREFERRED, rx7900->gpu_id), 0);
    ck_assert_int_eq(set(4, 2, GRANULARITY, 3), 0);
    ck_assert_uint_eq(get(0, 4, PREFERRED), 0);
    ck_assert_uint_eq(get(4, 2, PREFERRED), rx7900->gpu_id);
    ck_assert_uint_eq(get(6, 6, PREFERRED), 0);
    ck_assert_uint_eq(get(0, 12, PREFERRED), UINT32_MAX); /* they differ */
    ck_assert_uint_eq(get(0, 12, GRANULARITY), 3);        /* the least */
}
END_TEST

START_TEST(flags_of_several_ranges_are_those_of_all_and_of_none)
{
    ck_assert_int_eq(set(0, 2, CLEAR_FLAGS, 2), 0);
    ck_assert_int_eq(set(2, 2, SET_FLAGS, 8), 0);
    ck_assert_uint_eq(get(0, 4, SET_FLAGS), 1);
    ck_assert_uint_eq(get(0, 4, CLEAR_FLAGS), ~11u);
}
END_TEST

START_TEST(access_is_told_by_the_type)
{
    ck_assert_int_eq(set(0, 2, ACCESS, mi300x->gpu_id), 0);
    ck_assert_int_eq(set(0, 2, IN_PLACE, rx7900->gpu_id), 0);
    ck_assert_uint_eq(access_of(0, 2, mi300x), ACCESS);
    ck_assert_uint_eq(access_of(0, 2, rx7900), IN_PLACE);
    ck_assert_int_eq(set(0, 2, NO_ACCESS, mi300x->gpu_id), 0);
    ck_assert_uint_eq(access_of(0, 2, mi300x), NO_ACCESS);
}
END_TEST

START_TEST(wrong_attributes_are_refused)
{
    ck_assert_int_eq(set(0, 1, 8, 0), -EINVAL);
    ck_assert_int_eq(set(0, 1, ACCESS, 0xdead), -EINVAL);
    ck_assert_int_eq(set(0, 1, ACCESS, 0), -EINVAL);
    ck_assert_int_eq(set(0, 1, PREFERRED, 0xdead), -EINVAL);
    ck_assert_int_eq(set(0, 1, PREFETCH, UINT32_MAX), -EINVAL);
    ck_assert_int_eq(svm(2, 0, 1, SET_FLAGS, 0, NULL), -EINVAL);
    ck_assert_int_eq(svm(KFD_SVM_GET, 0, 1, NO_ACCESS, mi300x->gpu_id, NULL), -EINVAL);
    ck_assert_int_eq(svm(KFD_SVM_GET, 0, 1, ACCESS, 0xdead, NULL), -EINVAL);
}
END_TEST

START_TEST(wrong_addresses_are_refused)
{
    struct call c = {.svm = {.start = va_of(0) + 1, .bytes = PAGE, .n_attributes = 1},
                     .list = {{SET_FLAGS, 1}}};
    ck_assert_int_eq(CALL(KFD_NR_SVM, c), -EINVAL);
    c.svm = (struct kfd_svm){.start = va_of(0), .bytes = 0, .n_attributes = 1};
    ck_assert_int_eq(CALL(KFD_NR_SVM, c), -EINVAL);
    c.svm = (struct kfd_svm){.start = PAGE, .bytes = PAGE, .n_attributes = 1}; /* the CPU has nothing there */
    ck_assert_int_eq(CALL(KFD_NR_SVM, c), -EFAULT);
    c.svm = (struct kfd_svm){.start = va_of(15), .bytes = 1ull << 46, .n_attributes = 1};
    ck_assert_int_eq(CALL(KFD_NR_SVM, c), -EFAULT);
}
END_TEST

START_TEST(buffers_and_registered_memory_exclude_each_other)
{
    struct kfd_alloc_memory a;
    uint64_t handle = buffer_at(mi300x, va_of(2), PAGE, VRAM);
    ck_assert_int_eq(set(0, 4, SET_FLAGS, 1), -EADDRINUSE);
    ck_assert_int_eq(unmap_from(mi300x, handle), 0);
    ck_assert_int_eq(set(0, 4, SET_FLAGS, 1), 0);
    ck_assert_int_eq(alloc_at(mi300x, va_of(3), PAGE, VRAM, &a), -EADDRINUSE);
    ck_assert_int_eq(alloc_at(mi300x, va_of(4), PAGE, VRAM, &a), 0);
    a = (struct kfd_alloc_memory){.va = 0x40000000, .bytes = PAGE, .mmap_offset = va_of(3)};
    a.gpu_id = mi300x->gpu_id;
    a.flags = KFD_MEM_USERPTR | KFD_MEM_WRITABLE;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EADDRINUSE);
}
END_TEST

START_TEST(memory_of_a_device_cannot_be_registered)
{
    struct kfd_alloc_memory a;
    int fd;
    off_t at;
    ck_assert_int_eq(alloc_at(mi300x, 0x40000000, PAGE, VRAM, &a), 0);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset, PAGE, &fd, &at), 0);
    ck_assert_ptr_ne(mmap(pages, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, at), MAP_FAILED);
    ck_assert_int_eq(set(0, 1, SET_FLAGS, 1), -EFAULT);
}
END_TEST

/* ---- what GPUs see ---- */

START_TEST(a_gpu_with_access_sees_the_programs_memory)
{
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(1), PAGE, READ));
    ck_assert_int_eq(set(1, 3, ACCESS, mi300x->gpu_id), 0);
    ck_assert_ptr_eq(gpu_sees(mi300x, va_of(1), 3 * PAGE, READ | WRITE), pages + PAGE);
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(1), PAGE, EXEC));
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(0), PAGE, READ));
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(4), PAGE, READ));
    ck_assert_ptr_null(gpu_sees(rx7900, va_of(1), PAGE, READ));
    ck_assert_int_eq(set(1, 3, IN_PLACE, rx7900->gpu_id), 0);
    ck_assert_ptr_eq(gpu_sees(rx7900, va_of(3), PAGE, READ), pages + 3 * PAGE);
}
END_TEST

START_TEST(flags_and_the_cpus_own_rights_bound_what_a_gpu_may)
{
    ck_assert_int_eq(set(0, 3, ACCESS, mi300x->gpu_id), 0);
    ck_assert_int_eq(set(0, 1, SET_FLAGS, 8), 0); /* read only */
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(0), PAGE, WRITE));
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(0), PAGE, READ));
    ck_assert_int_eq(set(1, 1, SET_FLAGS, 16), 0); /* execute */
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(1), PAGE, EXEC));
    ck_assert_int_eq(mprotect(pages + 5 * PAGE, PAGE, PROT_READ), 0);
    ck_assert_int_eq(set(5, 1, ACCESS, mi300x->gpu_id), 0);
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(5), PAGE, WRITE));
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(5), PAGE, READ));
}
END_TEST

START_TEST(what_the_program_unmaps_the_gpus_lose)
{
    ck_assert_int_eq(set(0, 6, ACCESS, mi300x->gpu_id), 0);
    ck_assert(sim_svm_unmap_begin(pages + 2 * PAGE, 2 * PAGE));
    munmap(pages + 2 * PAGE, 2 * PAGE);
    sim_svm_unmap_end();
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(2), PAGE, READ));
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(3), PAGE, READ));
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(1), PAGE, READ));
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(4), 2 * PAGE, READ));
    ck_assert_uint_eq(access_of(4, 2, mi300x), ACCESS);
    ck_assert(!sim_svm_unmap_begin(pages + 8 * PAGE, PAGE));
}
END_TEST

/* As where translated code is thrown away, or the thread sanitizer's runtime makes room. */
START_TEST(a_thread_within_an_address_space_may_unmap_memory_of_its_own)
{
    ck_assert_int_eq(set(0, 4, ACCESS, mi300x->gpu_id), 0);
    sim_vm_enter(&mi300x->vm);
    ck_assert(sim_vm_entered());
    ck_assert(!sim_svm_unmap_begin(pages + 8 * PAGE, PAGE));
    sim_vm_leave(&mi300x->vm);
    ck_assert(!sim_vm_entered());
}
END_TEST

START_TEST(a_context_save_area_may_be_registered_memory_that_is_always_mapped)
{
    const struct sim_model *m = mi300x->model;
    uint64_t bytes =
        (((uint64_t)m->cwsr_bytes + m->cwsr_debug_bytes) * m->xccs + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    uint8_t *area =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    buffer_at(mi300x, 0x10000000, PAGE, GTT);
    buffer_at(mi300x, 0x20000000, 2 * PAGE, GTT);
    buffer_at(mi300x, 0x30000000, PAGE, GTT);
    struct kfd_create_queue q = {.ring_va = 0x20000000, .rptr_va = 0x10000000, .wptr_va = 0x10000008};
    q.ring_bytes = 2 * PAGE;
    q.gpu_id = mi300x->gpu_id;
    q.type = KFD_QUEUE_AQL;
    q.eop_va = 0x30000000;
    q.eop_bytes = PAGE;
    q.cwsr_va = (uintptr_t)area;
    q.cwsr_bytes = m->cwsr_bytes;
    q.ctl_stack_bytes = m->ctl_stack_bytes;
    struct call c = {.svm = {.start = (uintptr_t)area, .bytes = bytes, .n_attributes = 1},
                     .list = {{ACCESS, mi300x->gpu_id}}};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), -EINVAL);
    ck_assert_int_eq(CALL(KFD_NR_SVM, c), 0);
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), -EINVAL);
    c.list[0] = (struct kfd_svm_attribute){SET_FLAGS, KFD_SVM_ALWAYS_MAPPED};
    ck_assert_int_eq(CALL(KFD_NR_SVM, c), 0);
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), 0);
}
END_TEST

/* ---- XNACK ---- */

START_TEST(xnack_is_off_at_first_and_a_radeon_cannot_have_it)
{
    ck_assert_int_eq(xnack(-1), 0);
    ck_assert_int_eq(xnack(1), -EPERM); /* all GPUs of the process must */
    ck_assert_int_eq(xnack(0), 0);
}
END_TEST

START_TEST(xnack_can_be_had_where_every_gpu_retries)
{
    ck_assert_int_eq(xnack(-1), 0);
    ck_assert_int_eq(xnack(1), 1);
    ck_assert_int_eq(xnack(-1), 1);
    ck_assert_int_eq(xnack(0), 0);
    ck_assert_int_eq(xnack(-1), 0);
}
END_TEST

START_TEST(the_mode_stays_while_there_is_a_queue)
{
    ck_assert_int_eq(queue_make(mi300x), 0);
    ck_assert_int_eq(xnack(1), -EBUSY);
    ck_assert_int_eq(xnack(0), -EBUSY);
    ck_assert_int_eq(xnack(-1), 0);
}
END_TEST

START_TEST(with_xnack_a_gpu_sees_all_that_the_cpu_does)
{
    static uint8_t variable;
    ck_assert_ptr_null(gpu_sees(mi300x, (uintptr_t)&variable, 1, READ));
    ck_assert_int_eq(xnack(1), 1);
    ck_assert_ptr_eq(gpu_sees(mi300x, (uintptr_t)&variable, 1, READ | WRITE), &variable);
    ck_assert_ptr_eq(gpu_sees(rx7900, va_of(3), PAGE, READ | WRITE), pages + 3 * PAGE);
    ck_assert_ptr_null(gpu_sees(mi300x, (uintptr_t)&variable, 1, EXEC));
    ck_assert_ptr_null(gpu_sees(mi300x, (uintptr_t) "text", 1, WRITE));
    ck_assert_ptr_null(gpu_sees(mi300x, PAGE, 1, READ));
    ck_assert_uint_eq(access_of(0, 2, mi300x), ACCESS);
    ck_assert_int_eq(xnack(0), 0);
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(3), PAGE, READ));
}
END_TEST

START_TEST(with_xnack_access_can_be_taken_away)
{
    ck_assert_int_eq(xnack(1), 1);
    ck_assert_int_eq(set(2, 2, NO_ACCESS, mi300x->gpu_id), 0);
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(2), PAGE, READ));
    ck_assert_ptr_nonnull(gpu_sees(rx7900, va_of(2), PAGE, READ));
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(4), PAGE, READ));
    ck_assert(sim_svm_unmap_begin(pages + 4 * PAGE, PAGE));
    munmap(pages + 4 * PAGE, PAGE);
    sim_svm_unmap_end();
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(4), PAGE, READ));
}
END_TEST

START_TEST(registered_memory_follows_the_mode)
{
    ck_assert_int_eq(set(1, 2, ACCESS, mi300x->gpu_id), 0);
    ck_assert_int_eq(xnack(1), 1);
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(1), PAGE, READ));
    ck_assert_int_eq(xnack(0), 0);
    ck_assert_ptr_nonnull(gpu_sees(mi300x, va_of(1), PAGE, READ));
    ck_assert_ptr_null(gpu_sees(mi300x, va_of(3), PAGE, READ));
}
END_TEST

START_TEST(without_a_gpu_answers_are_those_of_the_real_kernel)
{
    ck_assert_int_eq(xnack(-1), 1);
    ck_assert_int_eq(xnack(0), 0);
    ck_assert_int_eq(xnack(1), 1);
    ck_assert_int_eq(xnack(7), 7);
    ck_assert_uint_eq(get(0, 1, PREFERRED), UINT32_MAX);
    ck_assert_uint_eq(get(0, 1, SET_FLAGS), 3);
    ck_assert_uint_eq(get(0, 1, CLEAR_FLAGS), 0xfffffffc);
    ck_assert_uint_eq(get(0, 1, GRANULARITY), 9);
    ck_assert_int_eq(set(0, 1, SET_FLAGS, 3), -EINVAL);
    ck_assert_int_eq(svm(KFD_SVM_GET, 0, 1, ACCESS, 0xdead, NULL), -EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_svm");
    TCase *two = tcase_create("attributes");
    tcase_add_checked_fixture(two, setup, NULL);
    tcase_add_test(two, what_was_never_set_has_the_defaults);
    tcase_add_test(two, what_is_set_is_got_and_no_other_page_has_it);
    tcase_add_test(two, a_part_of_a_range_can_be_set_differently);
    tcase_add_test(two, flags_of_several_ranges_are_those_of_all_and_of_none);
    tcase_add_test(two, access_is_told_by_the_type);
    tcase_add_test(two, wrong_attributes_are_refused);
    tcase_add_test(two, wrong_addresses_are_refused);
    tcase_add_test(two, buffers_and_registered_memory_exclude_each_other);
    tcase_add_test(two, memory_of_a_device_cannot_be_registered);
    tcase_add_test(two, a_gpu_with_access_sees_the_programs_memory);
    tcase_add_test(two, flags_and_the_cpus_own_rights_bound_what_a_gpu_may);
    tcase_add_test(two, what_the_program_unmaps_the_gpus_lose);
    tcase_add_test(two, a_thread_within_an_address_space_may_unmap_memory_of_its_own);
    tcase_add_test(two, a_context_save_area_may_be_registered_memory_that_is_always_mapped);
    tcase_add_test(two, xnack_is_off_at_first_and_a_radeon_cannot_have_it);
    suite_add_tcase(suite, two);
    TCase *instinct = tcase_create("xnack");
    tcase_add_checked_fixture(instinct, setup_instinct, NULL);
    tcase_add_test(instinct, xnack_can_be_had_where_every_gpu_retries);
    tcase_add_test(instinct, the_mode_stays_while_there_is_a_queue);
    tcase_add_test(instinct, with_xnack_a_gpu_sees_all_that_the_cpu_does);
    tcase_add_test(instinct, with_xnack_access_can_be_taken_away);
    tcase_add_test(instinct, registered_memory_follows_the_mode);
    suite_add_tcase(suite, instinct);
    TCase *none = tcase_create("none");
    tcase_add_checked_fixture(none, setup_none, NULL);
    tcase_add_test(none, without_a_gpu_answers_are_those_of_the_real_kernel);
    suite_add_tcase(suite, none);
    return run_suite(suite);
}
