/*
 * test_sim_aql.c - the simulated AQL command processor.
 *
 * Packets are dwords written out by hand from the HSA System Architecture specification 1.2 (2.9) and, for
 * the barrier-value packet, hsa_ext_amd.h; kernel descriptors from LLVM's AMDGPUUsage; code assembled by
 * llvm-mc. Where only the command processor matters, a recorder stands in for the compute units.
 */
#include "sim_front.h"
#include "run_suite.h"

static struct front f;

enum {                   /* offsets in the heap */
       OBJECT = 2 << 20, /* kernel descriptor */
       CODE = OBJECT + 0x100,
       KERNARG = OBJECT + 0x2000,
       SIGNALS = 3 << 20,         /* 64 bytes each */
       EVENTS = SIGNALS + 0x1000, /* event slots */
       OUTPUT = 4 << 20,
       SCRATCH = 8 << 20,
       INACTIVE = 31, /* number of the queue's own signal */
       PACKETS = FRONT_RING / 64
};

/* ---- the client's side ---- */

static uint64_t next_packet;

static uint32_t *at32(uint64_t offset)
{
    return front_host(&f, offset);
}

static uint64_t signal_va(unsigned n)
{
    return front_va(SIGNALS + n * 64u);
}

static _Atomic int64_t *signal_value(unsigned n)
{
    return (_Atomic int64_t *)((uint8_t *)front_host(&f, SIGNALS) + n * 64u + 8);
}

static void signal_make(unsigned n, int64_t value, uint32_t event_id)
{
    uint32_t *s = at32(SIGNALS + n * 64u);
    uint64_t mailbox = event_id ? front_va(EVENTS + event_id * 8u) : 0;
    memset(s, 0, 64);
    s[0] = 1; /* a user's */
    s[4] = LO(mailbox);
    s[5] = HI(mailbox);
    s[6] = event_id;
    atomic_store(signal_value(n), value);
}

static uint64_t signal_time(unsigned n, unsigned end)
{
    return ((uint64_t *)front_host(&f, SIGNALS))[n * 8 + 4 + end];
}

static void *shared(unsigned byte) /* of the queue's structure */
{
    return (uint8_t *)front_host(&f, FRONT_POINTERS_AT) + byte;
}

static void rings(void)
{
    atomic_store(f.queue.doorbell, next_packet - 1);
}

/* Body first, header last; the write index counts it. */
static void put_packet(const uint32_t packet[16])
{
    uint32_t *slot = (uint32_t *)f.queue.ring + next_packet % PACKETS * 16;
    memcpy(slot + 1, packet + 1, 60);
    atomic_store((_Atomic uint32_t *)slot, packet[0]);
    atomic_store(f.queue.wptr, ++next_packet);
}

static uint16_t slot_type(uint64_t n)
{
    return atomic_load((_Atomic uint16_t *)(f.queue.ring + n % PACKETS * 64)) & 0xff;
}

/* Barrier-AND (3) or -OR (5) with two dependencies. */
static void put_barrier(unsigned type, uint64_t a, uint64_t b, uint64_t completion)
{
    put_packet((uint32_t[16]){0x1500 | type, 0, LO(a), HI(a), 0, 0, LO(b), HI(b), 0, 0, 0, 0, 0, 0,
                              LO(completion), HI(completion)});
}

/* header 0x1502: dispatch, barrier, system scope both ways */
static uint32_t dispatch[16];

static void put_dispatch(void)
{
    put_packet(dispatch);
}

static void dispatch_init(uint64_t completion)
{
    uint64_t object = front_va(OBJECT), kernarg = front_va(KERNARG);
    uint32_t packet[16] = {0x1502 | 1 << 16,
                           64 | 1 << 16,
                           1,
                           256,
                           1,
                           1,
                           0,
                           0,
                           LO(object),
                           HI(object),
                           LO(kernarg),
                           HI(kernarg),
                           0,
                           0,
                           LO(completion),
                           HI(completion)};
    memcpy(dispatch, packet, sizeof packet);
}

/* rsrc1, rsrc2, kernel code properties with preload in the upper half */
static void descriptor(uint32_t rsrc1, uint32_t rsrc2, uint32_t properties)
{
    uint32_t kd[16] = {[4] = CODE - OBJECT, [11] = 0x33, [12] = rsrc1, [13] = rsrc2, [14] = properties};
    memcpy(at32(OBJECT), kd, sizeof kd);
}

/* ---- the recorder ---- */

static struct sim_dispatch seen;
static struct sim_outcome answer;
static _Atomic unsigned computed;

static void record(struct sim_dispatch *d, struct sim_outcome *outcome)
{
    seen = *d;
    *outcome = answer;
    atomic_fetch_add(&computed, 1);
}

static void spin(struct sim_dispatch *d, struct sim_outcome *outcome)
{
    atomic_fetch_add(&computed, 1);
    while (sim_queue_alive(d->queue))
        front_ms(1);
    outcome->end = SIM_END_PREEMPTED;
}

static void prepare(const char *model)
{
    front_gpu(&f, model);
    front_queue(&f, &f.queue, SIM_QUEUE_AQL, 0, 3);
    for (unsigned i = 0; i < PACKETS; i++)
        ((uint32_t *)f.queue.ring)[i * 16] = 1; /* INVALID */
    next_packet = 0;
    *(uint32_t *)shared(136) = 128;
    *(uint32_t *)shared(180) = 2; /* 64-bit pointers */
    *(uint64_t *)shared(192) = signal_va(INACTIVE);
    signal_make(INACTIVE, 0, 9);
    descriptor(0, 16 << 1, 1 << 3);
    dispatch_init(signal_va(0));
    signal_make(0, 1, 0);
    memset(&answer, 0, sizeof answer);
    computed = 0;
}

static void start(void)
{
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
}

static void setup(void)
{
    prepare("mi300x");
    sim_engine_calls.compute = record;
    start();
}

static void setup_rdna(void)
{
    prepare("rx7900xtx");
    sim_engine_calls.compute = record;
    start();
}

static void setup_real(void)
{
    prepare("mi300x");
    start();
}

static void setup_real_rdna(void)
{
    prepare("rx7900xtx");
    start();
}

static void teardown(void)
{
    sim_engine_stop(&f.queue);
}

static void reported(const char *text)
{
    char report[512];
    sim_last_report(report, sizeof report);
    ck_assert_msg(strstr(report, text), "'%s' lacks '%s'", report, text);
}

/* The queue died of the packet at index 0 and said so in its signal, by event 9. */
static void died(int64_t code, const char *text)
{
    rings();
    front_until(atomic_load(signal_value(INACTIVE)) != 0);
    front_until(front_calls.interrupts == 1);
    ck_assert_int_eq(atomic_load(signal_value(INACTIVE)), code);
    ck_assert_uint_eq(front_calls.event_id, 9);
    ck_assert_uint_eq(((uint64_t *)front_host(&f, EVENTS))[9], 9);
    ck_assert(f.queue.halted);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    reported(text);
}

/* ---- packets ---- */

START_TEST(a_barrier_without_dependencies_completes)
{
    put_barrier(3, 0, 0, signal_va(0));
    rings();
    front_until(atomic_load(signal_value(0)) == 0);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 1);
    ck_assert_uint_eq(slot_type(0), 1);
    ck_assert_uint_eq(signal_time(0, 0), 0); /* nobody asked for times */
}
END_TEST

START_TEST(barrier_and_waits_for_all_of_its_signals)
{
    signal_make(1, 1, 0);
    signal_make(2, 2, 0);
    put_barrier(3, signal_va(1), signal_va(2), signal_va(0));
    rings();
    front_ms(3);
    atomic_store(signal_value(1), 0);
    front_ms(3);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    ck_assert_uint_eq(slot_type(0), 3);
    atomic_store(signal_value(2), 0);
    front_until(atomic_load(signal_value(0)) == 0);
}
END_TEST

START_TEST(barrier_or_waits_for_one_of_its_signals)
{
    signal_make(1, 1, 0);
    signal_make(2, 2, 0);
    put_barrier(5, signal_va(1), signal_va(2), signal_va(0));
    rings();
    front_ms(3);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    atomic_store(signal_value(2), 0);
    front_until(atomic_load(signal_value(0)) == 0);
    put_barrier(5, 0, 0, signal_va(1)); /* none at all: nothing to wait for */
    rings();
    front_until(atomic_load(signal_value(1)) == 0);
}
END_TEST

static const struct {
    uint32_t condition;
    int64_t value, mask, reference;
    bool holds;
} values[] = {
    {0, 0x15, 0xf, 5, true}, {0, 0x15, -1, 5, false}, {1, 4, -1, 5, true}, {1, 5, -1, 5, false},
    {2, -3, -1, -2, true},   {2, 5, -1, 5, false},    {3, 5, -1, 5, true}, {3, -1, -1, 0, false},
};

START_TEST(barrier_value_compares_as_its_condition_says)
{
    signal_make(1, values[_i].value, 0);
    put_packet((uint32_t[16]){2 << 16, 0, LO(signal_va(1)), HI(signal_va(1)), LO(values[_i].reference),
                              HI(values[_i].reference), LO(values[_i].mask), HI(values[_i].mask),
                              values[_i].condition, 0, 0, 0, 0, 0, LO(signal_va(0)), HI(signal_va(0))});
    rings();
    if (values[_i].holds) {
        front_until(atomic_load(signal_value(0)) == 0);
        return;
    }
    front_ms(3);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
}
END_TEST

START_TEST(completion_writes_the_mailbox_and_interrupts)
{
    signal_make(0, 5, 77);
    put_barrier(3, 0, 0, signal_va(0));
    rings();
    front_until(front_calls.interrupts == 1);
    ck_assert_int_eq(atomic_load(signal_value(0)), 4);
    ck_assert_uint_eq(front_calls.event_id, 77);
    ck_assert_uint_eq(((uint64_t *)front_host(&f, EVENTS))[77], 77);
}
END_TEST

START_TEST(profiling_writes_times_of_the_gpu_clock)
{
    uint64_t before = sim_clock(&f.gpu);
    *(uint32_t *)shared(180) = 2 | 8;
    put_dispatch();
    rings();
    front_until(atomic_load(signal_value(0)) == 0);
    ck_assert_uint_ge(signal_time(0, 0), before);
    ck_assert_uint_ge(signal_time(0, 1), signal_time(0, 0));
    ck_assert_uint_le(signal_time(0, 1), sim_clock(&f.gpu));
}
END_TEST

START_TEST(a_packet_that_is_reserved_and_not_written_is_waited_for)
{
    uint32_t later[16] = {0x1503, [14] = LO(signal_va(1)), [15] = HI(signal_va(1))};
    signal_make(1, 1, 0);
    next_packet = 1; /* two writers: the second is faster */
    put_barrier(3, 0, 0, signal_va(0));
    rings();
    front_ms(3);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    memcpy(f.queue.ring + 4, later + 1, 60);
    atomic_store((_Atomic uint32_t *)f.queue.ring, later[0]);
    atomic_store(f.queue.doorbell, 0);
    front_until(atomic_load(signal_value(0)) == 0);
    ck_assert_int_eq(atomic_load(signal_value(1)), 0);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 2);
}
END_TEST

START_TEST(nothing_runs_before_the_doorbell_rings)
{
    put_barrier(3, 0, 0, signal_va(0));
    front_ms(5);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    rings();
    front_until(atomic_load(signal_value(0)) == 0);
}
END_TEST

START_TEST(the_ring_wraps)
{
    signal_make(0, 1000, 0);
    for (unsigned i = 1; i <= 300; i++) {
        if (i % 3)
            put_dispatch();
        else
            put_barrier(3, 0, 0, signal_va(0));
        if (i % 20 == 0) {
            rings();
            front_until(atomic_load(signal_value(0)) == 1000 - (int64_t)i);
        }
    }
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 300);
    ck_assert_uint_eq(computed, 200);
}
END_TEST

START_TEST(a_barrier_that_waits_for_ever_is_preempted)
{
    signal_make(1, 1, 0);
    put_barrier(3, signal_va(1), 0, signal_va(0));
    rings();
    front_ms(10);
    uint64_t t = sim_engine_now();
    sim_engine_stop(&f.queue);
    ck_assert_uint_le(sim_engine_now() - t, 1000000000);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
    atomic_store(signal_value(1), 0);
    ck_assert_int_eq(sim_engine_start(&f.queue), 0); /* mapped again: goes on without another ring */
    front_until(atomic_load(signal_value(0)) == 0);
}
END_TEST

/* ---- errors ---- */

START_TEST(packets_of_other_types_are_refused_as_bad_packets)
{
    put_packet((uint32_t[16]){0x1504, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); /* agent dispatch */
    died(32, "type 4");
}
END_TEST

START_TEST(vendor_packets_of_other_formats_are_refused)
{
    put_packet((uint32_t[16]){3 << 16, 0xc0023f00, 0, 0, 0, 10});
    died(256, "format 3");
}
END_TEST

START_TEST(a_pm4_packet_that_is_no_indirect_buffer_is_refused)
{
    put_packet((uint32_t[16]){1 << 16, 0xc0023f00, 0, 0, 0, 10});
    died(256, "no INDIRECT_BUFFER");
}
END_TEST

START_TEST(a_dependency_that_is_not_mapped_faults)
{
    put_barrier(3, 0x5000, 0, signal_va(0));
    rings();
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, 0x5000);
}
END_TEST

static const struct {
    unsigned word;
    uint32_t value;
    int64_t code;
    const char *text;
} bad[] = {
    {0, 0x1502, 2, "no dimensions"},
    {1, 0, 2, "size of 0"},
    {3, 0, 2, "size of 0"},
    {4, 2, 2, "is not 1"},
    {1, 1025 | 1 << 16, 64, "1025 work-items"},
    {7, 65537, 4, "65537 bytes of LDS"},
    {8, 0x40, 8, "not 256-byte aligned"}, /* code follows the descriptor at a distance */
    {8, 0x21, 8, "misaligned"},
};

START_TEST(dispatches_that_cannot_be_are_refused_with_their_code)
{
    if (bad[_i].word == 8)
        dispatch[8] += bad[_i].value;
    else
        dispatch[bad[_i].word] = bad[_i].value;
    memcpy(at32(OBJECT + 0x40), at32(OBJECT), 64);
    put_dispatch();
    died(bad[_i].code, bad[_i].text);
    ck_assert_uint_eq(computed, 0);
}
END_TEST

START_TEST(a_null_kernel_object_is_refused)
{
    dispatch[8] = dispatch[9] = 0;
    put_dispatch();
    died(8, "null");
}
END_TEST

START_TEST(a_kernel_object_that_is_not_mapped_faults)
{
    dispatch[8] = 0x40000;
    dispatch[9] = 0;
    put_dispatch();
    rings();
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, 0x40000);
}
END_TEST

START_TEST(a_group_that_needs_more_registers_than_there_are_is_refused)
{
    descriptor(63, 16 << 1, 8); /* 512 VGPRs: one wave a SIMD */
    dispatch[1] = 256 | 1 << 16;
    put_dispatch();
    rings();
    front_until(atomic_load(signal_value(0)) == 0);
    ck_assert_uint_eq(computed, 1);
    signal_make(0, 1, 0);
    dispatch[1] = 257 | 1 << 16;
    put_dispatch();
    rings();
    front_until(atomic_load(signal_value(INACTIVE)) == 128);
    reported("512 VGPRs");
}
END_TEST

START_TEST(waves_of_32_are_refused_where_there_are_none)
{
    descriptor(0, 16 << 1, 1 << 10);
    put_dispatch();
    died(8, "gfx942 has none");
}
END_TEST

START_TEST(a_queue_whose_read_pointer_stands_alone_still_reports)
{
    sim_engine_stop(&f.queue);
    *(uint32_t *)shared(136) = 0;
    start();
    dispatch[7] = 1 << 20;
    put_dispatch();
    rings();
    front_until(f.queue.halted);
    reported("bytes of LDS");
    ck_assert_int_eq(atomic_load(signal_value(INACTIVE)), 0);
}
END_TEST

/* ---- what waves get ---- */

START_TEST(a_dispatch_carries_packet_and_descriptor)
{
    descriptor(0x00ac0042, 15 << 1 | 1 << 7, 1 << 3);
    dispatch[0] = 0x1502 | 3u << 16;
    dispatch[1] = 8 | 4 << 16;
    dispatch[2] = 2;
    dispatch[3] = 17;
    dispatch[4] = 5;
    dispatch[5] = 2;
    dispatch[7] = 4096;
    put_barrier(3, 0, 0, 0);
    put_dispatch();
    rings();
    front_until(computed == 1);
    ck_assert_ptr_eq(seen.gpu, &f.gpu);
    ck_assert_ptr_eq(seen.queue, &f.queue);
    ck_assert_uint_eq(seen.group[0], 8);
    ck_assert_uint_eq(seen.group[1], 4);
    ck_assert_uint_eq(seen.group[2], 2);
    ck_assert_uint_eq(seen.grid[0], 17);
    ck_assert_uint_eq(seen.grid[1], 5);
    ck_assert_uint_eq(seen.grid[2], 2);
    ck_assert_uint_eq(seen.code_va, front_va(CODE));
    ck_assert_uint_eq(seen.rsrc1, 0x00ac0042);
    ck_assert_uint_eq(seen.rsrc2, 15 << 1 | 1 << 7);
    ck_assert_uint_eq(seen.rsrc3, 0x33);
    ck_assert_uint_eq(seen.properties, 1 << 3);
    ck_assert_uint_eq(seen.lds_bytes, 4096);
    ck_assert_uint_eq(seen.private_bytes, 0);
    ck_assert(!seen.wave32);
    ck_assert_uint_eq(seen.packet_va, f.queue.ring_va + 64);
    ck_assert_uint_eq(seen.n_user_sgprs, 2);
    ck_assert_uint_eq(seen.user_sgpr[0], LO(front_va(KERNARG)));
    ck_assert_uint_eq(seen.user_sgpr[1], HI(front_va(KERNARG)));
}
END_TEST

START_TEST(user_sgprs_come_in_their_order)
{
    uint32_t *resource = shared(144);
    sim_engine_stop(&f.queue);
    for (unsigned i = 0; i < 4; i++)
        resource[i] = 0xa0 + i;
    *(uint32_t *)shared(140) = 32 | 1 << 12; /* 32 waves of 1 KiB */
    *(uint64_t *)shared(160) = front_va(SCRATCH);
    start(); /* reads them */
    descriptor(0, 16 << 1, 0x7f);
    dispatch[6] = 13;
    for (int i = 0; i < 3; i++)
        put_barrier(3, 0, 0, 0);
    put_dispatch();
    rings();
    front_until(computed == 1);
    uint64_t packet = f.queue.ring_va + 3 * 64, queue = front_va(FRONT_POINTERS_AT),
             kernarg = front_va(KERNARG);
    uint32_t expected[] = {0xa0,
                           0xa1,
                           0xa2,
                           0xa3,
                           LO(packet),
                           HI(packet),
                           LO(queue),
                           HI(queue),
                           LO(kernarg),
                           HI(kernarg),
                           3,
                           0,
                           LO(front_va(SCRATCH)),
                           HI(front_va(SCRATCH)),
                           16};
    ck_assert_uint_eq(seen.n_user_sgprs, 15);
    ck_assert_mem_eq(seen.user_sgpr, expected, sizeof expected);
    ck_assert_uint_eq(seen.private_bytes, 16); /* whole dwords */
    ck_assert_uint_eq(seen.scratch_va, front_va(SCRATCH));
    ck_assert_uint_eq(seen.scratch_waves, 32);
}
END_TEST

START_TEST(kernel_arguments_are_preloaded)
{
    descriptor(0, 16 << 1, 8 | (3 | 2 << 7) << 16); /* 3 dwords from dword 2 on */
    for (uint32_t i = 0; i < 8; i++)
        at32(KERNARG)[i] = 0x100 + i;
    put_dispatch();
    rings();
    front_until(computed == 1);
    ck_assert_uint_eq(seen.n_user_sgprs, 5);
    ck_assert_uint_eq(seen.user_sgpr[2], 0x102);
    ck_assert_uint_eq(seen.user_sgpr[3], 0x103);
    ck_assert_uint_eq(seen.user_sgpr[4], 0x104);
    ck_assert_uint_eq(seen.code_va, front_va(CODE + 256));
}
END_TEST

START_TEST(no_more_sgprs_are_loaded_than_rsrc2_has)
{
    descriptor(0, 3 << 1, 0x0e);
    put_dispatch();
    rings();
    front_until(computed == 1);
    ck_assert_uint_eq(seen.n_user_sgprs, 3);
}
END_TEST

/* ---- scratch ---- */

START_TEST(scratch_that_is_missing_is_asked_for_and_the_dispatch_tried_again)
{
    dispatch[6] = 100;
    put_dispatch();
    rings();
    front_until(front_calls.interrupts == 1);
    ck_assert_uint_eq(front_calls.event_id, 9);
    ck_assert_int_eq(atomic_load(signal_value(INACTIVE)), 1);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0); /* tells which packet wants it */
    ck_assert_uint_eq(computed, 0);
    *(uint32_t *)shared(140) = 64 | 6 << 12; /* a wave needs 6400 bytes: 7 KiB. Not yet enough */
    *(uint64_t *)shared(160) = front_va(SCRATCH);
    atomic_store(signal_value(INACTIVE), 0);
    front_until(front_calls.interrupts == 2);
    *(uint32_t *)shared(140) = 64 | 7 << 12;
    atomic_store(signal_value(INACTIVE), 0);
    front_until(atomic_load(signal_value(0)) == 0);
    ck_assert_uint_eq(computed, 1);
    ck_assert_uint_eq(seen.scratch_va, front_va(SCRATCH));
    ck_assert_uint_eq(seen.scratch_waves, 64);
    ck_assert_uint_eq(seen.private_bytes, 100);
    put_dispatch(); /* there now: nothing is asked */
    rings();
    front_until(computed == 2);
    ck_assert_uint_eq(front_calls.interrupts, 2);
}
END_TEST

START_TEST(a_queue_that_waits_for_scratch_can_be_stopped)
{
    dispatch[6] = 100;
    put_dispatch();
    rings();
    front_until(front_calls.interrupts == 1);
    sim_engine_stop(&f.queue);
    ck_assert_uint_eq(computed, 0);
    start();
}
END_TEST

START_TEST(waves_of_32_say_so_and_their_scratch_counts_in_256_bytes)
{
    descriptor(0, 16 << 1, 1 << 10 | 8);
    dispatch[6] = 20;
    put_dispatch();
    rings();
    front_until(front_calls.interrupts == 1);
    ck_assert_int_eq(atomic_load(signal_value(INACTIVE)), 0x401);
    *(uint32_t *)shared(140) = 8 | 3 << 12; /* 640 bytes; 8 waves on each of 6 shader engines */
    *(uint64_t *)shared(160) = front_va(SCRATCH);
    atomic_store(signal_value(INACTIVE), 0);
    front_until(computed == 1);
    ck_assert(seen.wave32);
    ck_assert_uint_eq(seen.scratch_waves, 48);
}
END_TEST

/* ---- what becomes of a dispatch ---- */

START_TEST(a_fault_of_a_wave_is_reported_with_its_address)
{
    answer = (struct sim_outcome){
        .end = SIM_END_FAULT, .va = 0xdead000, .access = SIM_VM_WRITE, .not_present = true};
    put_dispatch();
    rings();
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, 0xdead000);
    ck_assert_uint_eq(front_calls.access, SIM_VM_WRITE);
    ck_assert(front_calls.not_present);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
}
END_TEST

START_TEST(an_illegal_instruction_hangs_the_queue_and_only_the_report_tells)
{
    answer = (struct sim_outcome){.end = _i ? SIM_END_TRAP : SIM_END_ILLEGAL, .text = "0xdeadbeef at 0x1234"};
    put_dispatch();
    rings();
    front_until(f.queue.halted);
    reported("0xdeadbeef at 0x1234");
    ck_assert_uint_eq(front_calls.interrupts + front_calls.faults + front_calls.exceptions, 0);
    ck_assert_int_eq(atomic_load(signal_value(INACTIVE)), 0);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
}
END_TEST

START_TEST(a_kernel_that_never_ends_is_preempted)
{
    sim_engine_calls.compute = spin;
    put_dispatch();
    rings();
    front_until(computed == 1);
    sim_engine_stop(&f.queue);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    sim_engine_calls.compute = record;
    start();
}
END_TEST

START_TEST(latency_is_printed)
{
    uint64_t t = sim_engine_now();
    for (int i = 0; i < 200; i++) {
        signal_make(0, 1, 0);
        put_dispatch();
        rings();
        front_until(atomic_load(signal_value(0)) == 0);
    }
    printf("aql: empty dispatch %.1f us round trip\n", (double)(sim_engine_now() - t) / 200e3);
}
END_TEST

/* ---- real compute units ---- */

/* s_load_dwordx2 s[4:5], s[0:1], 0x0; v_lshlrev_b32 v1, 2, v0; v_mov_b32 v2, 0x1234; s_waitcnt lgkmcnt(0);
 * global_store_dword v1, v2, s[4:5]; s_endpgm */
static const uint32_t store_gfx942[] = {0xc0060100, 0x00000000, 0x24020082, 0x7e0402ff, 0x00001234,
                                        0xbf8cc07f, 0xdc708000, 0x00040201, 0xbf810000};
static const uint32_t store_gfx1100[] = {0xf4040100, 0xf8000000, 0x30020082, 0x7e0402ff, 0x00001234,
                                         0xbf89fc07, 0xdc6a0000, 0x00040201, 0xbfb00000};

static void run_store(const uint32_t *code, size_t bytes, uint32_t properties)
{
    uint64_t output = front_va(OUTPUT);
    memcpy(at32(CODE), code, bytes);
    memcpy(at32(KERNARG), &output, 8);
    descriptor(0x000c0040, 2 << 1 | 1 << 7, 1 << 3 | properties);
    dispatch[1] = 64 | 1 << 16;
    dispatch[3] = 50; /* a partial group */
    put_dispatch();
    rings();
    front_until(atomic_load(signal_value(0)) == 0);
    for (unsigned i = 0; i < 50; i++)
        ck_assert_uint_eq(at32(OUTPUT)[i], 0x1234);
    ck_assert_uint_eq(at32(OUTPUT)[50], 0);
}

START_TEST(a_kernel_of_gfx942_stores)
{
    run_store(store_gfx942, sizeof store_gfx942, 0);
}
END_TEST

START_TEST(a_kernel_of_gfx1100_stores)
{
    run_store(store_gfx1100, sizeof store_gfx1100, _i ? 1 << 10 : 0);
}
END_TEST

START_TEST(a_store_to_nowhere_faults_there)
{
    memcpy(at32(CODE), store_gfx942, sizeof store_gfx942);
    memcpy(at32(KERNARG), &(uint64_t){0x66000}, 8);
    descriptor(0x000c0040, 2 << 1 | 1 << 7, 1 << 3);
    put_dispatch();
    rings();
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va & ~0xfffull, 0x66000);
    ck_assert_uint_eq(front_calls.access, SIM_VM_WRITE);
}
END_TEST

START_TEST(an_endless_wave_is_preempted)
{
    at32(CODE)[0] = 0xbf82ffff; /* s_branch to itself */
    put_dispatch();
    rings();
    front_ms(20);
    uint64_t t = sim_engine_now();
    sim_engine_stop(&f.queue);
    ck_assert_uint_le(sim_engine_now() - t, 2000000000);
    ck_assert_int_eq(atomic_load(signal_value(0)), 1);
    at32(CODE)[0] = 0xbf810000; /* s_endpgm, for the run after the restart */
    start();
    front_until(atomic_load(signal_value(0)) == 0);
}
END_TEST

START_TEST(an_unknown_instruction_is_named)
{
    at32(CODE)[0] = 0xbfffffff;
    put_dispatch();
    rings();
    front_until(f.queue.halted);
    reported("bfffffff");
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

int main(void)
{
    Suite *suite = suite_create("sim_aql");
    TCase *c = tcase_create("packets");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_barrier_without_dependencies_completes);
    tcase_add_test(c, barrier_and_waits_for_all_of_its_signals);
    tcase_add_test(c, barrier_or_waits_for_one_of_its_signals);
    tcase_add_loop_test(c, barrier_value_compares_as_its_condition_says, 0, COUNT(values));
    tcase_add_test(c, completion_writes_the_mailbox_and_interrupts);
    tcase_add_test(c, profiling_writes_times_of_the_gpu_clock);
    tcase_add_test(c, a_packet_that_is_reserved_and_not_written_is_waited_for);
    tcase_add_test(c, nothing_runs_before_the_doorbell_rings);
    tcase_add_test(c, the_ring_wraps);
    tcase_add_test(c, a_barrier_that_waits_for_ever_is_preempted);
    tcase_add_test(c, packets_of_other_types_are_refused_as_bad_packets);
    tcase_add_test(c, vendor_packets_of_other_formats_are_refused);
    tcase_add_test(c, a_pm4_packet_that_is_no_indirect_buffer_is_refused);
    tcase_add_test(c, a_dependency_that_is_not_mapped_faults);
    tcase_add_loop_test(c, dispatches_that_cannot_be_are_refused_with_their_code, 0, COUNT(bad));
    tcase_add_test(c, a_null_kernel_object_is_refused);
    tcase_add_test(c, a_kernel_object_that_is_not_mapped_faults);
    tcase_add_test(c, a_group_that_needs_more_registers_than_there_are_is_refused);
    tcase_add_test(c, waves_of_32_are_refused_where_there_are_none);
    tcase_add_test(c, a_queue_whose_read_pointer_stands_alone_still_reports);
    tcase_add_test(c, a_dispatch_carries_packet_and_descriptor);
    tcase_add_test(c, user_sgprs_come_in_their_order);
    tcase_add_test(c, kernel_arguments_are_preloaded);
    tcase_add_test(c, no_more_sgprs_are_loaded_than_rsrc2_has);
    tcase_add_test(c, scratch_that_is_missing_is_asked_for_and_the_dispatch_tried_again);
    tcase_add_test(c, a_queue_that_waits_for_scratch_can_be_stopped);
    tcase_add_test(c, a_fault_of_a_wave_is_reported_with_its_address);
    tcase_add_loop_test(c, an_illegal_instruction_hangs_the_queue_and_only_the_report_tells, 0, 2);
    tcase_add_test(c, a_kernel_that_never_ends_is_preempted);
    tcase_add_test(c, latency_is_printed);
    suite_add_tcase(suite, c);
    TCase *rdna = tcase_create("packets, gfx1100");
    tcase_set_timeout(rdna, 60);
    tcase_add_checked_fixture(rdna, setup_rdna, teardown);
    tcase_add_test(rdna, waves_of_32_say_so_and_their_scratch_counts_in_256_bytes);
    suite_add_tcase(suite, rdna);
    TCase *real = tcase_create("kernels");
    tcase_add_checked_fixture(real, setup_real, teardown);
    tcase_set_timeout(real, 60);
    tcase_add_test(real, a_kernel_of_gfx942_stores);
    tcase_add_test(real, a_store_to_nowhere_faults_there);
    tcase_add_test(real, an_endless_wave_is_preempted);
    tcase_add_test(real, an_unknown_instruction_is_named);
    suite_add_tcase(suite, real);
    TCase *real_rdna = tcase_create("kernels, gfx1100");
    tcase_add_checked_fixture(real_rdna, setup_real_rdna, teardown);
    tcase_set_timeout(real_rdna, 60);
    tcase_add_loop_test(real_rdna, a_kernel_of_gfx1100_stores, 0, 2);
    suite_add_tcase(suite, real_rdna);
    return run_suite(suite);
}
