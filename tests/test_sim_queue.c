/*
 * test_sim_queue.c - user queues: what CREATE_QUEUE takes and refuses, which engine and doorbell a queue
 * gets, and that its buffers stay while it lives.
 */
#include "sim_kfd.h"
#include "sim/kernel/kfd_state.h"

enum { RING = 4096, DOORBELL_BITS = 0x1fff };
#define RING_VA 0x100000ull
#define PTR_VA  0x200000ull
#define EOP_VA  0x300000ull
#define CWSR_VA 0x10000000ull

static uint64_t ring_handle, ptr_handle, cwsr_handle;

static uint64_t cwsr_total(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    uint64_t bytes = (uint64_t)(m->cwsr_bytes + m->cwsr_debug_bytes) * m->xccs;
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Buffers of the right shape, for one queue or many. */
static void buffers(const struct sim_gpu *gpu)
{
    ring_handle = buffer_at(gpu, RING_VA, RING, GTT);
    ptr_handle = buffer_at(gpu, PTR_VA, PAGE, GTT);
    buffer_at(gpu, EOP_VA, PAGE, VRAM);
    cwsr_handle = buffer_at(gpu, CWSR_VA, cwsr_total(gpu), GTT);
}

static void setup(void)
{
    machine_acquired("");
    buffers(mi300x);
    buffers(rx7900);
}

static void setup_old(void)
{
    machine_acquired("kfd=1.11");
    buffers(mi300x);
}

static struct kfd_create_queue args_of(const struct sim_gpu *gpu, uint32_t type)
{
    bool compute = type == KFD_QUEUE_COMPUTE || type == KFD_QUEUE_AQL;
    return (struct kfd_create_queue){.ring_va = RING_VA,
                                     .wptr_va = PTR_VA + 0x38,
                                     .rptr_va = PTR_VA + 0x80,
                                     .ring_bytes = RING,
                                     .gpu_id = gpu->gpu_id,
                                     .type = type,
                                     .percentage = 100,
                                     .priority = 7,
                                     .eop_va = compute ? EOP_VA : 0,
                                     .eop_bytes = compute ? PAGE : 0,
                                     .cwsr_va = compute ? CWSR_VA : 0,
                                     .cwsr_bytes = compute ? gpu->model->cwsr_bytes : 0,
                                     .ctl_stack_bytes = compute ? gpu->model->ctl_stack_bytes : 0};
}

static int create(struct kfd_create_queue *q)
{
    return kfd_call(KFD_NR_CREATE_QUEUE, q, sizeof *q);
}

static int destroy(uint32_t id)
{
    struct kfd_destroy_queue d = {.queue_id = id};
    return CALL(KFD_NR_DESTROY_QUEUE, d);
}

static uint32_t doorbell_of(const struct kfd_create_queue *q)
{
    return (q->doorbell_offset & DOORBELL_BITS) / 8;
}

/* Expects an error, and nothing left behind: the right arguments then work. */
#define REFUSED(gpu, type, error, ...)                  \
    do {                                                \
        struct kfd_create_queue q = args_of(gpu, type); \
        __VA_ARGS__;                                    \
        ck_assert_int_eq(create(&q), error);            \
        ck_assert_uint_eq(gpu->kfd->n_queues, 0);       \
    } while (0)

/* ---- arguments ---- */

START_TEST(arguments_are_checked_in_the_kernels_order)
{
    uint64_t kernel = 0xffff888000000000;
    uint32_t type = KFD_QUEUE_SDMA;
    REFUSED(mi300x, type, -EINVAL, q.percentage = 101);
    REFUSED(mi300x, type, -EINVAL, q.priority = 16);
    REFUSED(mi300x, type, -EFAULT, q.ring_va = kernel);
    REFUSED(mi300x, type, -EINVAL, q.ring_bytes = 3000);
    REFUSED(mi300x, type, -EFAULT, q.rptr_va = kernel);
    REFUSED(mi300x, type, -EFAULT, q.wptr_va = kernel);
    REFUSED(mi300x, type, -EFAULT, q.eop_va = kernel);
    REFUSED(mi300x, type, -EFAULT, q.cwsr_va = kernel);
    REFUSED(mi300x, type, -KFD_ERROR_NOT_SUPPORTED, q.type = 5);
    REFUSED(mi300x, type, -EINVAL, q.gpu_id = 1);
    REFUSED(mi300x, type, -EFAULT, q.type = 5; q.wptr_va = kernel);
    REFUSED(mi300x, type, -EINVAL, q.percentage = 101; q.ring_va = kernel);
    struct kfd_create_queue q = args_of(mi300x, type);
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(pointer_pages_are_mappings_of_one_page)
{
    buffer_at(mi300x, 0x400000, 2 * PAGE, GTT);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.wptr_va = 0x400038);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.rptr_va = 0x400038);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.wptr_va = 0x500000);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.rptr_va = 0);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.rptr_va = PTR_VA + 4);
}
END_TEST

START_TEST(a_ring_is_a_mapping_of_its_size)
{
    buffer_at(mi300x, 0x400000, 4 * PAGE, GTT);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.ring_bytes = 2 * RING);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.ring_va = 0x400000);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.ring_va = 0x401000);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.ring_va = 0);
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.ring_bytes = 0; /* raised to 1024, which any mapping is long enough for */
    ck_assert_int_eq(create(&q), 0);
    ck_assert_uint_eq(q.ring_bytes, 1024);
}
END_TEST

static void setup_metadata(void)
{
    machine_acquired("kfd=1.22");
    buffers(mi300x);
    buffer_at(mi300x, 0x400000, 5 * RING, GTT);
}

START_TEST(since_1_22_a_second_ring_may_lie_behind_an_aql_ring)
{
    REFUSED(mi300x, KFD_QUEUE_AQL, -EINVAL, q.metadata_bytes = 3000);
    REFUSED(mi300x, KFD_QUEUE_AQL, -EINVAL, q.metadata_bytes = 4 * RING); /* the buffer ends before it */
    REFUSED(mi300x, KFD_QUEUE_AQL, -EINVAL, q.ring_va = 0x400000);
    REFUSED(mi300x, KFD_QUEUE_SDMA, -EINVAL, q.metadata_bytes = 3000);
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.metadata_bytes = 4 * RING; /* of other queues it means nothing */
    ck_assert_int_eq(create(&q), 0);
    q = args_of(mi300x, KFD_QUEUE_AQL);
    q.ring_va = 0x400000;
    q.metadata_bytes = 4 * RING;
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(before_1_22_there_is_no_second_ring)
{
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_AQL);
    q.metadata_bytes = 3000;
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(a_compute_queue_needs_its_save_area_exactly)
{
    uint32_t type = KFD_QUEUE_AQL;
    buffer_at(mi300x, 0x400000, 2 * PAGE, VRAM);
    buffer_at(mi300x, 0x40000000, cwsr_total(mi300x) + PAGE, GTT);
    REFUSED(mi300x, type, -EINVAL, q.eop_bytes = 2 * PAGE);
    REFUSED(mi300x, type, -EINVAL, q.eop_va = 0x400000);
    REFUSED(mi300x, type, -EINVAL, q.eop_va = 0x400000; q.eop_bytes = 2 * PAGE);
    REFUSED(mi300x, type, -EINVAL, q.ctl_stack_bytes += PAGE);
    REFUSED(mi300x, type, -EINVAL, q.cwsr_bytes -= 1);
    REFUSED(mi300x, type, -EINVAL, q.cwsr_bytes += PAGE); /* allowed, but the buffer is then too small */
    REFUSED(mi300x, type, -EINVAL, q.cwsr_va = 0x40000000);
    REFUSED(mi300x, type, -EINVAL, q.cwsr_va = 0);
    struct kfd_create_queue q = args_of(mi300x, type);
    q.eop_va = 0; /* may be left out */
    ck_assert_int_eq(create(&q), 0);
    q = args_of(rx7900, type);
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(an_sdma_queue_needs_neither_eop_nor_save_area)
{
    struct kfd_create_queue q = args_of(rx7900, KFD_QUEUE_SDMA);
    q.eop_va = 0x12345000;
    q.cwsr_va = 0x23456000;
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(pm4_queues_may_name_their_xcc)
{
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_COMPUTE);
    q.percentage = 100 | 7 << 8;
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(from_gfx11_on_the_write_pointer_must_be_on_the_queues_device)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(mi300x, 0x500000, PAGE, GTT, &a), 0);
    ck_assert_int_eq(map_to(rx7900, a.handle), 0);
    REFUSED(rx7900, KFD_QUEUE_SDMA, -EINVAL, q.wptr_va = 0x500000);
    ck_assert_int_eq(alloc_at(rx7900, 0x600000, PAGE, GTT, &a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.wptr_va = 0x600000;
    ck_assert_int_eq(create(&q), 0);
}
END_TEST

START_TEST(older_kernels_do_not_look_at_the_buffers_sizes)
{
    buffer_at(mi300x, 0x400000, 16 * PAGE, GTT);
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.ring_va = 0x402000;
    q.wptr_va = 0x408000;
    q.rptr_va = 0x408008;
    ck_assert_int_eq(create(&q), 0);
    q = args_of(mi300x, KFD_QUEUE_AQL);
    q.cwsr_bytes = q.ctl_stack_bytes = 0;
    ck_assert_int_eq(create(&q), 0);
    q = args_of(mi300x, KFD_QUEUE_SDMA_BY_ENGINE);
    ck_assert_int_eq(create(&q), -KFD_ERROR_NOT_SUPPORTED);
    q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.percentage = 0x164;
    ck_assert_int_eq(create(&q), -EINVAL);
    q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.wptr_va = 0x70000000; /* where nothing is */
    ck_assert_int_eq(create(&q), -EINVAL);
}
END_TEST

/* ---- ids, engines, doorbells ---- */

START_TEST(a_doorbell_offset_names_type_gpu_and_place)
{
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_AQL);
    ck_assert_int_eq(create(&q), 0);
    ck_assert_uint_eq(q.doorbell_offset >> 62, 3);
    ck_assert_uint_eq(q.doorbell_offset >> 46 & 0xffff, mi300x->gpu_id);
    ck_assert_uint_eq(q.doorbell_offset & 0x3fffffffe000, 0);
    ck_assert_uint_eq(doorbell_of(&q), 0);
    struct kfd_create_queue r = args_of(mi300x, KFD_QUEUE_AQL);
    ck_assert_int_eq(create(&r), 0);
    ck_assert_uint_eq(doorbell_of(&r), 1);
    ck_assert_int_eq(destroy(q.queue_id), 0);
    ck_assert_int_eq(create(&q), 0);
    ck_assert_uint_eq(doorbell_of(&q), 0);
}
END_TEST

START_TEST(queue_ids_are_the_lowest_free_ones_of_the_process)
{
    struct kfd_create_queue q[4];
    for (unsigned i = 0; i < 4; i++) {
        q[i] = args_of(i % 2 ? mi300x : rx7900, KFD_QUEUE_SDMA);
        ck_assert_int_eq(create(&q[i]), 0);
        ck_assert_uint_eq(q[i].queue_id, i);
    }
    ck_assert_int_eq(destroy(1), 0);
    ck_assert_int_eq(destroy(1), -EINVAL);
    ck_assert_int_eq(create(&q[1]), 0);
    ck_assert_uint_eq(q[1].queue_id, 1);
    ck_assert_int_eq(destroy(1024), -EINVAL);
    ck_assert_int_eq(destroy(UINT32_MAX), -EINVAL);
}
END_TEST

/* Doorbell of a slot: engine's base 0x100 + 10 each, odd queues 512 further, two queues to a doorbell step;
 * bases of MI300X are rounded up to 4. */
static void expect_slots(struct sim_gpu *gpu, uint32_t type, unsigned engines, unsigned first,
                         unsigned reserved, unsigned align)
{
    for (unsigned slot = reserved * engines; slot < 8 * engines; slot++) {
        struct kfd_create_queue q = args_of(gpu, type);
        unsigned engine = first + slot % engines, index = slot / engines;
        unsigned base = (0x100 + 10 * engine + align - 1) / align * align;
        q.percentage = 0; /* a slot is taken all the same, but no engine runs */
        ck_assert_int_eq(create(&q), 0);
        ck_assert_uint_eq(doorbell_of(&q), base + index % 2 * 512 + index / 2);
    }
    struct kfd_create_queue q = args_of(gpu, type);
    ck_assert_int_eq(create(&q), -ENOMEM);
}

START_TEST(sdma_queues_take_the_engines_in_turn_until_the_slots_are_full)
{
    expect_slots(mi300x, KFD_QUEUE_SDMA, 2, 0, 0, 4);
    expect_slots(mi300x, KFD_QUEUE_SDMA_XGMI, 14, 2, 0, 4);
    expect_slots(rx7900, KFD_QUEUE_SDMA, 2, 0, 2, 1); /* the kernel keeps two of each engine */
}
END_TEST

START_TEST(a_card_without_xgmi_engines_has_no_such_queues)
{
    REFUSED(rx7900, KFD_QUEUE_SDMA_XGMI, -ENOMEM, (void)q);
}
END_TEST

START_TEST(an_engine_can_be_chosen)
{
    struct kfd_create_queue q;
    for (unsigned i = 0; i < 8; i++) {
        q = args_of(mi300x, KFD_QUEUE_SDMA_BY_ENGINE);
        q.sdma_engine = 5;
        q.percentage = 0;
        ck_assert_int_eq(create(&q), 0);
        ck_assert_uint_eq(doorbell_of(&q), 0x134 + i % 2 * 512 + i / 2);
    }
    ck_assert_int_eq(create(&q), -ENOMEM);
    q.sdma_engine = 15;
    ck_assert_int_eq(create(&q), 0);
    q.sdma_engine = 16;
    ck_assert_int_eq(create(&q), -EINVAL);
    q = args_of(rx7900, KFD_QUEUE_SDMA_BY_ENGINE);
    q.sdma_engine = 1;
    ck_assert_int_eq(create(&q), 0);
    q.sdma_engine = 2;
    ck_assert_int_eq(create(&q), -EINVAL);
}
END_TEST

START_TEST(there_is_a_limit_of_queues_on_a_gpu)
{
    struct kfd_create_queue q;
    for (unsigned i = 0; i < 127; i++) {
        q = args_of(rx7900, KFD_QUEUE_AQL);
        q.percentage = 0;
        ck_assert_int_eq(create(&q), 0);
    }
    ck_assert_int_eq(create(&q), -ENOSPC);
    for (unsigned i = 0; i < 255; i++) {
        q = args_of(mi300x, KFD_QUEUE_AQL);
        q.percentage = 0;
        ck_assert_int_eq(create(&q), 0);
        ck_assert_uint_lt(doorbell_of(&q), 0x100);
    }
    ck_assert_int_eq(create(&q), -ENOSPC);
}
END_TEST

/* ---- pinned buffers ---- */

START_TEST(buffers_of_a_queue_can_be_neither_unmapped_nor_freed)
{
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_AQL), other;
    /* setup made the handles of the second GPU last */
    uint64_t first = (uint64_t)mi300x->gpu_id << 32;
    ck_assert_int_eq(create(&q), 0);
    other = args_of(mi300x, KFD_QUEUE_AQL);
    ck_assert_int_eq(create(&other), 0);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(unmap_from(mi300x, first + i), -EBUSY);
        ck_assert_int_eq(free_handle(first + i), -EBUSY);
    }
    ck_assert_int_eq(destroy(q.queue_id), 0);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(unmap_from(mi300x, first + i), -EBUSY);
    ck_assert_int_eq(destroy(other.queue_id), 0);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(unmap_from(mi300x, first + i), 0);
        ck_assert_int_eq(free_handle(first + i), 0);
    }
}
END_TEST

START_TEST(a_queue_that_could_not_be_made_pins_nothing)
{
    REFUSED(rx7900, KFD_QUEUE_AQL, -EINVAL, q.cwsr_va = 0);
    ck_assert_int_eq(unmap_from(rx7900, ring_handle), 0);
    ck_assert_int_eq(unmap_from(rx7900, ptr_handle), 0);
    ck_assert_int_eq(unmap_from(rx7900, cwsr_handle), 0);
}
END_TEST

/* ---- running ---- */

static uint32_t event_new(uint32_t type)
{
    struct kfd_create_event e = {.type = type, .auto_reset = 1};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    return e.event_id;
}

static uint32_t event_wait(uint32_t id, uint32_t timeout)
{
    struct kfd_event_data data = {.event_id = id};
    struct kfd_wait_events w = {.ptr = (uintptr_t)&data, .count = 1, .timeout_ms = timeout};
    ck_assert_int_eq(CALL(KFD_NR_WAIT_EVENTS, w), 0);
    return w.result;
}

#define SLOTS_VA 0x700000ull

/* The program's event page, mapped to a GPU, which must be able to write slots. */
static void event_page(const struct sim_gpu *gpu)
{
    struct kfd_create_event e = {.page_offset = buffer_at(gpu, SLOTS_VA, 32768, GTT)};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
}

/* FENCE of the event's id into its slot, and TRAP: as hardware programming guides have them, 6 dwords at
 * `at`; pads with NOPs to 32 bytes and rings. */
static void submit(struct sim_gpu *gpu, const struct kfd_create_queue *q, uint64_t at, uint32_t event)
{
    uint32_t packet[8] = {5 | 3 << 16, (uint32_t)(SLOTS_VA + event * 8), 0, event, 6, event};
    if (gpu == mi300x)
        packet[0] = 5;
    memcpy(gpu_sees(gpu, RING_VA, RING, SIM_VM_WRITE) + at % RING, packet, sizeof packet);
    _Atomic uint64_t *wptr = (_Atomic uint64_t *)gpu_sees(gpu, q->wptr_va, 8, SIM_VM_WRITE);
    atomic_store(wptr, at + sizeof packet);
    atomic_store((_Atomic uint64_t *)&gpu->doorbells[doorbell_of(q)], at + sizeof packet);
}

START_TEST(packets_of_a_new_queue_run_and_interrupt)
{
    struct sim_gpu *gpus[] = {mi300x, rx7900};
    event_page(mi300x);
    uint32_t id = event_new(KFD_EVENT_SIGNAL);
    struct kfd_alloc_memory a = {.handle = (uint64_t)mi300x->gpu_id << 32 | 4};
    ck_assert_int_eq(map_to(rx7900, a.handle), 0);
    for (unsigned i = 0; i < 2; i++) {
        struct kfd_create_queue q = args_of(gpus[i], KFD_QUEUE_SDMA);
        ck_assert_int_eq(create(&q), 0);
        submit(gpus[i], &q, 0, id);
        ck_assert_uint_eq(event_wait(id, 30000), KFD_WAIT_COMPLETE);
        submit(gpus[i], &q, 32, id);
        ck_assert_uint_eq(event_wait(id, 30000), KFD_WAIT_COMPLETE);
        ck_assert_int_eq(destroy(q.queue_id), 0);
    }
}
END_TEST

static int update(uint32_t id, uint64_t ring, uint32_t bytes, uint32_t percentage, uint32_t priority)
{
    struct kfd_update_queue u = {ring, id, bytes, percentage, priority};
    return CALL(KFD_NR_UPDATE_QUEUE, u);
}

START_TEST(arguments_of_update_are_checked)
{
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    ck_assert_int_eq(create(&q), 0);
    uint32_t id = q.queue_id;
    ck_assert_int_eq(update(id, RING_VA, RING, 101, 7), -EINVAL);
    ck_assert_int_eq(update(id, RING_VA, RING, 100, 16), -EINVAL);
    ck_assert_int_eq(update(id, 0xffff888000000000, RING, 100, 7), -EFAULT);
    ck_assert_int_eq(update(id, RING_VA, 3000, 100, 7), -EINVAL);
    ck_assert_int_eq(update(id + 1, RING_VA, RING, 100, 7), -EFAULT);
    ck_assert_int_eq(update(id, RING_VA, 2 * RING, 100, 7), -EFAULT); /* no such mapping */
    ck_assert_int_eq(update(id, 0x12345000, RING, 100, 7), -EFAULT);
    ck_assert_int_eq(update(id, RING_VA, RING, 100, 15), 0);
    ck_assert_int_eq(unmap_from(mi300x, (uint64_t)mi300x->gpu_id << 32), -EBUSY);
}
END_TEST

START_TEST(a_queue_without_ring_or_share_rests_until_it_gets_one)
{
    event_page(mi300x);
    uint32_t id = event_new(KFD_EVENT_SIGNAL);
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    q.percentage = 0;
    ck_assert_int_eq(create(&q), 0);
    submit(mi300x, &q, 0, id);
    ck_assert_uint_eq(event_wait(id, 20), KFD_WAIT_TIMEOUT);
    ck_assert_int_eq(update(q.queue_id, RING_VA, RING, 100, 7), 0);
    submit(mi300x, &q, 0, id);
    ck_assert_uint_eq(event_wait(id, 30000), KFD_WAIT_COMPLETE);
    ck_assert_int_eq(update(q.queue_id, 0, 0, 100, 7), 0);
    submit(mi300x, &q, 32, id);
    ck_assert_uint_eq(event_wait(id, 20), KFD_WAIT_TIMEOUT);
    ck_assert_int_eq(destroy(q.queue_id), 0);
}
END_TEST

START_TEST(a_queue_can_move_to_another_ring)
{
    uint64_t handle = buffer_at(mi300x, 0x800000, 2 * RING, GTT);
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    ck_assert_int_eq(create(&q), 0);
    ck_assert_int_eq(update(q.queue_id, 0x800000, 2 * RING, 100, 7), 0);
    ck_assert_int_eq(unmap_from(mi300x, handle), -EBUSY);
    ck_assert_int_eq(unmap_from(mi300x, (uint64_t)mi300x->gpu_id << 32), 0); /* the old ring */
    ck_assert_int_eq(destroy(q.queue_id), 0);
    ck_assert_int_eq(unmap_from(mi300x, handle), 0);
}
END_TEST

START_TEST(cu_masks_are_checked)
{
    uint32_t mask[64] = {0xffffffff, 0x3, 0x1};
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_AQL), r = args_of(rx7900, KFD_QUEUE_AQL);
    ck_assert_int_eq(create(&q), 0);
    ck_assert_int_eq(create(&r), 0);
    struct kfd_set_cu_mask m = {q.queue_id, 96, (uintptr_t)mask};
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), 0);
    m.queue_id = r.queue_id;
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), -EINVAL); /* half a pair */
    m.bits = 64;
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), 0);
    m.bits = 0;
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), -EINVAL);
    m.bits = 33;
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), -EINVAL);
    m = (struct kfd_set_cu_mask){r.queue_id, 32, 8};
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), -EFAULT);
    m = (struct kfd_set_cu_mask){99, 32, (uintptr_t)mask};
    ck_assert_int_eq(CALL(KFD_NR_SET_CU_MASK, m), -EFAULT);
}
END_TEST

START_TEST(wave_state_is_of_a_queue_that_stands_and_gws_of_some_gpus)
{
    struct kfd_create_queue q = args_of(rx7900, KFD_QUEUE_AQL);
    uint8_t area[64];
    ck_assert_int_eq(create(&q), 0);
    struct kfd_wave_state w = {.queue_id = q.queue_id, .ctl_stack_va = (uintptr_t)area};
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, w), -EINVAL); /* running */
    ck_assert_int_eq(update(q.queue_id, RING_VA, RING, 0, 7), 0);
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, w), 0);
    w.queue_id = 99;
    ck_assert_int_eq(CALL(KFD_NR_GET_WAVE_STATE, w), -EFAULT);
    struct kfd_alloc_gws g = {.queue_id = q.queue_id, .count = 1, .first = 77};
    ck_assert(!rx7900->gws.given);
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), 0);
    ck_assert_uint_eq(g.first, 0);
    ck_assert(rx7900->gws.given);
    struct kfd_destroy_queue d = {.queue_id = q.queue_id};
    ck_assert_int_eq(CALL(KFD_NR_DESTROY_QUEUE, d), 0);
    ck_assert(!rx7900->gws.given);
    g.queue_id = 99;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_QUEUE_GWS, g), -EINVAL);
}
END_TEST

START_TEST(runtime_enable_comes_before_the_first_queue)
{
    struct kfd_create_queue q = args_of(mi300x, KFD_QUEUE_SDMA);
    struct kfd_runtime_enable r = {.mode = 1};
    ck_assert_int_eq(create(&q), 0);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), -EEXIST);
    ck_assert_int_eq(destroy(q.queue_id), 0);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), 0);
}
END_TEST

START_TEST(a_fault_takes_all_queues_of_that_gpu_and_later_ones)
{
    event_page(mi300x);
    uint32_t id = event_new(KFD_EVENT_SIGNAL), memory = event_new(KFD_EVENT_MEMORY);
    struct kfd_create_queue before = args_of(mi300x, KFD_QUEUE_SDMA), other = args_of(rx7900, KFD_QUEUE_SDMA);
    ck_assert_int_eq(create(&before), 0);
    ck_assert_int_eq(create(&other), 0);
    submit(mi300x, &before, 0, id);
    ck_assert_uint_eq(event_wait(id, 30000), KFD_WAIT_COMPLETE);
    /* A fence to nowhere: the engine itself faults. */
    uint32_t packet[4] = {5, 0xdead000, 0, 1};
    memcpy(gpu_sees(mi300x, RING_VA, RING, SIM_VM_WRITE) + 32, packet, sizeof packet);
    atomic_store((_Atomic uint64_t *)gpu_sees(mi300x, before.wptr_va, 8, SIM_VM_WRITE), 48);
    atomic_store((_Atomic uint64_t *)&mi300x->doorbells[doorbell_of(&before)], 48);
    ck_assert_uint_eq(event_wait(memory, 30000), KFD_WAIT_COMPLETE);
    struct kfd_create_queue after = args_of(mi300x, KFD_QUEUE_SDMA);
    ck_assert_int_eq(create(&after), 0);
    submit(mi300x, &after, 0, id);
    ck_assert_uint_eq(event_wait(id, 30), KFD_WAIT_TIMEOUT);
    ck_assert_int_eq(map_to(rx7900, (uint64_t)mi300x->gpu_id << 32 | 4), 0);
    submit(rx7900, &other, 0, id);
    ck_assert_uint_eq(event_wait(id, 30000), KFD_WAIT_COMPLETE);
    ck_assert_int_eq(destroy(before.queue_id), 0);
    ck_assert_int_eq(destroy(after.queue_id), 0);
}
END_TEST

static void *make_and_destroy(void *arg)
{
    for (unsigned i = 0; i < 30; i++) {
        struct kfd_create_queue q = args_of(arg, KFD_QUEUE_SDMA);
        ck_assert_int_eq(create(&q), 0);
        ck_assert_int_eq(destroy(q.queue_id), 0);
    }
    return NULL;
}

START_TEST(threads_may_make_and_destroy_queues_while_faults_happen)
{
    pthread_t thread[2];
    pthread_create(&thread[0], NULL, make_and_destroy, mi300x);
    pthread_create(&thread[1], NULL, make_and_destroy, rx7900);
    for (unsigned i = 0; i < 50; i++)
        sim_event_memory_fault(mi300x, 0x1000, SIM_VM_READ, true);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    ck_assert_uint_eq(mi300x->kfd->n_queues, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_queue");
    TCase *old = tcase_create("1.11");
    tcase_add_checked_fixture(old, setup_old, NULL);
    tcase_add_test(old, older_kernels_do_not_look_at_the_buffers_sizes);
    suite_add_tcase(suite, old);
    TCase *metadata = tcase_create("1.22");
    tcase_add_checked_fixture(metadata, setup_metadata, NULL);
    tcase_add_test(metadata, since_1_22_a_second_ring_may_lie_behind_an_aql_ring);
    suite_add_tcase(suite, metadata);
    TCase *tc = tcase_create("queue");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, arguments_are_checked_in_the_kernels_order);
    tcase_add_test(tc, pointer_pages_are_mappings_of_one_page);
    tcase_add_test(tc, a_ring_is_a_mapping_of_its_size);
    tcase_add_test(tc, before_1_22_there_is_no_second_ring);
    tcase_add_test(tc, a_compute_queue_needs_its_save_area_exactly);
    tcase_add_test(tc, an_sdma_queue_needs_neither_eop_nor_save_area);
    tcase_add_test(tc, pm4_queues_may_name_their_xcc);
    tcase_add_test(tc, from_gfx11_on_the_write_pointer_must_be_on_the_queues_device);
    tcase_add_test(tc, a_doorbell_offset_names_type_gpu_and_place);
    tcase_add_test(tc, queue_ids_are_the_lowest_free_ones_of_the_process);
    tcase_add_test(tc, sdma_queues_take_the_engines_in_turn_until_the_slots_are_full);
    tcase_add_test(tc, a_card_without_xgmi_engines_has_no_such_queues);
    tcase_add_test(tc, an_engine_can_be_chosen);
    tcase_add_test(tc, there_is_a_limit_of_queues_on_a_gpu);
    tcase_add_test(tc, buffers_of_a_queue_can_be_neither_unmapped_nor_freed);
    tcase_add_test(tc, a_queue_that_could_not_be_made_pins_nothing);
    tcase_add_test(tc, packets_of_a_new_queue_run_and_interrupt);
    tcase_add_test(tc, arguments_of_update_are_checked);
    tcase_add_test(tc, a_queue_without_ring_or_share_rests_until_it_gets_one);
    tcase_add_test(tc, a_queue_can_move_to_another_ring);
    tcase_add_test(tc, cu_masks_are_checked);
    tcase_add_test(tc, wave_state_is_of_a_queue_that_stands_and_gws_of_some_gpus);
    tcase_add_test(tc, runtime_enable_comes_before_the_first_queue);
    tcase_add_test(tc, a_fault_takes_all_queues_of_that_gpu_and_later_ones);
    tcase_add_test(tc, threads_may_make_and_destroy_queues_while_faults_happen);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
