/*
 * test_sim_sdma.c - the simulated copy engines, packet by packet.
 *
 * Packets are dwords written out by hand from vega10_sdma_pkt_open.h (v4) and sdma_v6_0_0_pkt_open.h (v6) as
 * AMD publishes them, in the forms that Linux emits (sdma_v4_0.c, sdma_v6_0.c: emit_copy_buffer,
 * emit_fill_buffer, emit_fence, emit_reg_wait, emit_ib) and kfdtest's SDMAPacket.cpp.
 */
#include <errno.h>

#include "sim_front.h"
#include "run_suite.h"

static struct front f;
#define DATA front_va(FRONT_DATA_AT)

static void start(const char *model)
{
    front_gpu(&f, model);
    front_queue(&f, &f.queue, SIM_QUEUE_SDMA, 0, 3);
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
}

static void setup(void)
{
    start("mi300x");
}

static void setup_v6(void)
{
    start("rx7900xtx");
}

static void setup_poor(void)
{
    setenv("KFDFS_SIM", "none", 1); /* for its options */
    setenv("KFDFS_SIM_OPTS", "ram=8M", 1);
    start("mi300x");
}

static void setup_v7(void)
{
    start("rx9070xt");
}

static void teardown(void)
{
    sim_engine_stop(&f.queue);
}

static uint8_t *data(uint64_t offset)
{
    return front_host(&f, FRONT_DATA_AT + offset);
}

static uint32_t word(uint64_t offset)
{
    return atomic_load((_Atomic uint32_t *)data(offset));
}

static uint64_t word64(uint64_t offset)
{
    return atomic_load((_Atomic uint64_t *)data(offset));
}

static void put64(uint64_t offset, uint64_t value)
{
    atomic_store((_Atomic uint64_t *)data(offset), value);
}

static void copy_packet(uint64_t to, uint64_t from, uint64_t bytes)
{
    front_packet(&f, 0x00000001, (uint32_t)(bytes - 1), 0, LO(from), HI(from), LO(to), HI(to));
}

static void fence_packet(uint64_t to, uint32_t value)
{
    front_packet(&f, 0x00000005, LO(to), HI(to), value);
}

/* The queue has stopped, the packet at that ring offset is not passed, and the report has this in it. */
static void stopped(uint64_t rptr, const char *text)
{
    char report[512];
    front_ring(&f);
    front_until(atomic_load(&f.queue.halted));
    ck_assert_uint_eq(atomic_load(f.queue.rptr), rptr);
    sim_last_report(report, sizeof report);
    ck_assert_msg(strstr(report, text), "'%s' lacks '%s'", report, text);
}

/* ---- each packet ---- */

START_TEST(nop_skips_as_many_dwords_as_it_counts)
{
    front_packet(&f, 0, 0, 0x00030000, 0xffffffff, 0xffffffff, 0xffffffff, 0);
    fence_packet(DATA, 7);
    front_done(&f);
    ck_assert_uint_eq(word(0), 7);
}
END_TEST

START_TEST(copy_linear_moves_bytes_of_any_alignment)
{
    for (unsigned i = 0; i < 5000; i++)
        data(0)[i] = (uint8_t)(i * 31 >> 3);
    memset(data(1 << 16), 0xee, 8192);
    copy_packet(DATA + (1 << 16) + 5, DATA + 3, 4001);
    front_done(&f);
    ck_assert_mem_eq(data((1 << 16) + 5), data(3), 4001);
    ck_assert_uint_eq(*data((1 << 16) + 4), 0xee);
    ck_assert_uint_eq(*data((1 << 16) + 4006), 0xee);
}
END_TEST

START_TEST(copy_broadcast_writes_two_places)
{
    strcpy((char *)data(0), "twice");
    front_packet(&f, 0x08000001, 5, 0, LO(DATA), HI(DATA), LO(DATA + 0x1000), HI(DATA), LO(DATA + 0x2000),
                 HI(DATA));
    fence_packet(DATA + 0x3000, 1);
    front_done(&f);
    ck_assert_str_eq((char *)data(0x1000), "twice");
    ck_assert_str_eq((char *)data(0x2000), "twice");
    ck_assert_uint_eq(word(0x3000), 1);
}
END_TEST

START_TEST(a_copy_onto_overlapping_memory_ends)
{
    copy_packet(DATA + 16, DATA, 4096);
    front_done(&f);
}
END_TEST

START_TEST(a_large_copy_crosses_range_borders)
{
    /* A second mapping, of the same bytes, right behind the first. */
    uint64_t end = FRONT_VA + FRONT_MAPPED;
    ck_assert_int_eq(
        sim_vm_map(&f.gpu.vm, end, 8 << 20, front_host(&f, FRONT_MAPPED), SIM_VM_READ | SIM_VM_WRITE), 0);
    uint8_t *from = front_host(&f, FRONT_MAPPED - (1 << 20)), *to = front_host(&f, 4 << 20);
    for (unsigned i = 0; i < 3 << 20; i++)
        from[i] = (uint8_t)(i ^ i >> 9);
    copy_packet(front_va(4 << 20), end - (1 << 20), 3 << 20);
    front_done(&f);
    ck_assert_int_eq(memcmp(from, to, 3 << 20), 0);
}
END_TEST

/* A box of 3 x 2 x 2 elements of 4 bytes, out of the middle of one block into the middle of another. The
 * fields are where SDMA_PKT_COPY_LINEAR_SUBWIN has them; in version 7 by ROCr's
 * SDMA_PKT_COPY_LINEAR_RECT_GFX12. */
static void move_window(uint32_t pitch_shift)
{
    for (unsigned i = 0; i < 4096; i++)
        data(0)[i] = (uint8_t)(i * 13 >> 2);
    memset(data(0x2000), 0xee, 4096);
    front_packet(&f, 0x40000401, LO(DATA), HI(DATA), 5 | 2 << 16, 1 | 15u << pitch_shift, 127,
                 LO(DATA + 0x2000), HI(DATA), 1 | 3 << 16, 2 | 7u << pitch_shift, 63, 2 | 1 << 16, 1);
    front_done(&f);
    for (unsigned z = 0; z < 2; z++)
        for (unsigned y = 0; y < 2; y++) {
            unsigned from = ((1 + z) * 128 + (2 + y) * 16 + 5) * 4, to = ((2 + z) * 64 + (3 + y) * 8 + 1) * 4;
            ck_assert_mem_eq(data(0x2000 + to), data(from), 12);
            ck_assert_uint_eq(*data(0x2000 + to - 1), 0xee);
            ck_assert_uint_eq(*data(0x2000 + to + 12), 0xee);
        }
}

START_TEST(a_sub_window_moves_a_box)
{
    move_window(13);
}
END_TEST

START_TEST(a_sub_window_wider_than_its_pitch_stops_the_queue)
{
    front_packet(&f, 0x40000401, LO(DATA), HI(DATA), 0, 15u << 13, 127, LO(DATA + 0x2000), HI(DATA), 0,
                 15u << 13, 127, 16, 0);
    stopped(0, "wider than its pitch");
}
END_TEST

START_TEST(write_linear_stores_its_payload)
{
    front_packet(&f, 0x00000002, LO(DATA + 4), HI(DATA), 2, 0x11111111, 0x22222222, 0x33333333);
    front_done(&f);
    ck_assert_uint_eq(word(4), 0x11111111);
    ck_assert_uint_eq(word(8), 0x22222222);
    ck_assert_uint_eq(word(12), 0x33333333);
    ck_assert_uint_eq(word(16), 0);
}
END_TEST

START_TEST(fill_by_dwords_takes_both_ways_to_count)
{
    front_packet(&f, 0x8000000b, LO(DATA), HI(DATA), 0x12345678, 4096 * 4 - 1);       /* bytes - 1 */
    front_packet(&f, 0x8000000b, LO(DATA + (1 << 20)), HI(DATA), 0xabcdef01, 99 * 4); /* (dwords - 1) * 4 */
    front_done(&f);
    for (unsigned i = 0; i < 4096; i++)
        ck_assert_uint_eq(word(i * 4), 0x12345678);
    ck_assert_uint_eq(word(4096 * 4), 0);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_uint_eq(word((1 << 20) + i * 4), 0xabcdef01);
    ck_assert_uint_eq(word((1 << 20) + 400), 0);
}
END_TEST

START_TEST(fill_by_bytes_takes_any_alignment)
{
    front_packet(&f, 0x0000000b, LO(DATA + 3), HI(DATA), 0x1234565a, 1000 - 1);
    front_done(&f);
    for (unsigned i = 3; i < 1003; i++)
        ck_assert_uint_eq(*data(i), 0x5a);
    ck_assert_uint_eq(*data(2), 0);
    ck_assert_uint_eq(*data(1003), 0);
}
END_TEST

START_TEST(fill_with_zero_clears)
{
    memset(data(0), 0xff, 3 << 20);
    front_packet(&f, 0x8000000b, LO(DATA + 4), HI(DATA), 0, (2 << 20) - 1);
    front_done(&f);
    ck_assert_uint_eq(word(0), 0xffffffff);
    ck_assert_uint_eq(word(4), 0);
    ck_assert_uint_eq(word(2 << 20), 0);
    ck_assert_uint_eq(word((2 << 20) + 4), 0xffffffff);
}
END_TEST

START_TEST(fence_stores_one_dword_after_the_copies_before_it)
{
    memset(data(0), 0x77, 2 << 20);
    put64(8 << 20, 0xffffffffffffffff);
    copy_packet(DATA + (4 << 20), DATA, 2 << 20);
    fence_packet(DATA + (8 << 20), 0xcafe);
    front_ring(&f);
    front_until(word(8 << 20) == 0xcafe);
    ck_assert_uint_eq(word((4 << 20) + (2 << 20) - 4), 0x77777777);
    ck_assert_uint_eq(word((8 << 20) + 4), 0xffffffff);
    front_done(&f);
}
END_TEST

START_TEST(trap_raises_the_interrupt_of_its_context)
{
    front_packet(&f, 0x00000006, 0xf0000123);
    front_done(&f);
    front_until(front_calls.interrupts == 1);
    ck_assert_uint_eq(front_calls.event_id, 0x123);
}
END_TEST

/* func in 30:28, memory in bit 31; interval 10, retry forever, as the kernel waits. */
static const struct {
    uint32_t func, value, reference;
    bool holds;
} polls[] = {
    {0, 1, 2, true},  {1, 1, 2, true},  {1, 2, 2, false}, {2, 2, 2, true},          {2, 3, 2, false},
    {3, 2, 2, true},  {3, 3, 2, false}, {4, 3, 2, true},  {4, 2, 2, false},         {5, 2, 2, true},
    {5, 1, 2, false}, {6, 3, 2, true},  {6, 2, 2, false}, {5, 0x80000000, 1, true},
};

START_TEST(poll_compares_as_its_function_says)
{
    uint32_t value = polls[_i].value, func = polls[_i].func, reference = polls[_i].reference;
    put64(0, value | 0xff00ff0000000000u);
    front_packet(&f, 0x80000008 | func << 28, LO(DATA), HI(DATA), reference, 0xffffffff, 0x0fff000a);
    fence_packet(DATA + 64, 1);
    if (polls[_i].holds) {
        front_done(&f);
        return;
    }
    front_ring(&f);
    front_ms(5);
    ck_assert_uint_eq(word(64), 0);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
}
END_TEST

START_TEST(poll_masks_the_value_and_waits_until_it_is_stored)
{
    put64(0, 0x100);
    front_packet(&f, 0xb0000008, LO(DATA), HI(DATA), 0x5, 0x00ff, 0x0fff000a);
    fence_packet(DATA + 64, 1);
    front_ring(&f);
    front_ms(3);
    ck_assert_uint_eq(word(64), 0);
    put64(0, 0x205);
    front_until(word(64) == 1);
}
END_TEST

START_TEST(poll_as_hdp_flush_touches_no_memory)
{
    front_packet(&f, 0x34000008, 0x106 << 2, 0x107 << 2, 1, 1, 0x0fff000a); /* the kernel's, with registers */
    front_packet(&f, 0x00000008, 0, 0x80000000, 0, 0, 0);                   /* ROCm's */
    fence_packet(DATA, 1);
    front_done(&f);
    ck_assert_uint_eq(word(0), 1);
}
END_TEST

START_TEST(poll_with_few_retries_gives_up_loudly)
{
    front_packet(&f, 0xb0000008, LO(DATA), HI(DATA), 0x5, 0xffffffff, 0x0003000a);
    stopped(0, "gave up after 3 retries");
}
END_TEST

START_TEST(a_poll_that_never_matches_is_preempted)
{
    front_packet(&f, 0xb0000008, LO(DATA), HI(DATA), 0x5, 0xffffffff, 0x0fff000a);
    front_ring(&f);
    front_ms(20);
    uint64_t t = sim_engine_now();
    sim_engine_stop(&f.queue);
    ck_assert_uint_le(sim_engine_now() - t, 1000000000);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
    ck_assert(!f.queue.halted);
    ck_assert_int_eq(sim_engine_start(&f.queue), 0); /* for teardown; it takes the ring up where it was */
}
END_TEST

START_TEST(timestamps_count_the_clock_of_the_gpu)
{
    uint64_t before = sim_clock(&f.gpu);
    front_packet(&f, 0x0000020d, LO(DATA), HI(DATA));
    front_packet(&f, 0x0000000d, 1000, 0); /* local clock := 1000 */
    front_packet(&f, 0x0000010d, LO(DATA + 32), HI(DATA));
    front_packet(&f, 0x0000020d, LO(DATA + 64), HI(DATA));
    front_done(&f);
    uint64_t after = sim_clock(&f.gpu);
    ck_assert_uint_le(before, word64(0));
    ck_assert_uint_le(word64(0), word64(64));
    ck_assert_uint_le(word64(64), after);
    ck_assert_uint_ge(word64(32), 1000);
    ck_assert_uint_lt(word64(32), 1000 + after - before + 1);
}
END_TEST

/* TC_OP codes in 31:25, by their published values. */
static const struct {
    uint32_t op;
    uint64_t old, source, compare, result;
} atomics[] = {
    {47, 0xffffffff, 2, 0, 0x100000001},                  /* ADD_RTN_64 */
    {0x6f, 0xffffffff, 2, 0, 0x100000001},                /* ADD_64 */
    {0x0f, 0x7ffffffff, 2, 0, 0x700000001},               /* ADD_RTN_32: the high half stays */
    {0x4f, 5, 6, 0, 11},                                  /* ADD_32 */
    {0x30, 5, 6, 0, 0xffffffffffffffff},                  /* SUB_RTN_64 */
    {0x10, 5, 6, 0, 0xffffffff},                          /* SUB_RTN_32 */
    {0x31, 5, 0xffffffffffffffff, 0, 0xffffffffffffffff}, /* SMIN_RTN_64 */
    {0x11, 5, 0xffffffff, 0, 0xffffffff},                 /* SMIN_RTN_32 */
    {0x32, 5, 0xffffffffffffffff, 0, 5},                  /* UMIN_RTN_64 */
    {0x12, 0xffffffff, 5, 0, 5},                          /* UMIN_RTN_32 */
    {0x33, 5, 0xffffffffffffffff, 0, 5},                  /* SMAX_RTN_64 */
    {0x13, 0xffffffff, 5, 0, 5},                          /* SMAX_RTN_32 */
    {0x34, 5, 0xffffffffffffffff, 0, 0xffffffffffffffff}, /* UMAX_RTN_64 */
    {0x14, 5, 0xffffffff, 0, 0xffffffff},                 /* UMAX_RTN_32 */
    {0x35, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0, 0x0f000f000f000f00}, /* AND_RTN_64 */
    {0x15, 0x1ff00ff00, 0x0ff00ff0, 0, 0x10f000f00},                       /* AND_RTN_32 */
    {0x36, 0xf000000000000001, 0x0f00000000000002, 0, 0xff00000000000003}, /* OR_RTN_64 */
    {0x16, 1, 2, 0, 3},                                                    /* OR_RTN_32 */
    {0x37, 0xf000000000000003, 0x0f00000000000002, 0, 0xff00000000000001}, /* XOR_RTN_64 */
    {0x17, 3, 2, 0, 1},                                                    /* XOR_RTN_32 */
    {0x38, 7, 7, 0, 0},                                                    /* INC_RTN_64 */
    {0x18, 6, 7, 0, 7},                                                    /* INC_RTN_32 */
    {0x39, 0, 7, 0, 7},                                                    /* DEC_RTN_64 */
    {0x19, 3, 7, 0, 2},                                                    /* DEC_RTN_32 */
    {0x27, 3, 0x700000000, 0, 0x700000000},                                /* SWAP_RTN_64 */
    {0x07, 0x300000003, 8, 0, 0x300000008},                                /* SWAP_RTN_32 */
    {0x28, 0x700000003, 9, 0x700000003, 9},                                /* CMPSWAP_RTN_64, equal */
    {0x28, 0x700000003, 9, 3, 0x700000003},                                /* CMPSWAP_RTN_64, not */
    {0x08, 0x700000003, 9, 3, 0x700000009},                                /* CMPSWAP_RTN_32, equal */
    {0x48, 3, 9, 4, 3},                                                    /* CMPSWAP_32, not */
};

START_TEST(atomic_does_what_its_operation_says)
{
    put64(0, atomics[_i].old);
    uint64_t source = atomics[_i].source, compare = atomics[_i].compare;
    front_packet(&f, 0x0000000a | atomics[_i].op << 25, LO(DATA), HI(DATA), LO(source), HI(source),
                 LO(compare), HI(compare), 0);
    front_done(&f);
    ck_assert_uint_eq(word64(0), atomics[_i].result);
}
END_TEST

START_TEST(atomic_compare_and_swap_loops_until_it_holds)
{
    put64(0, 1);
    front_packet(&f, 0x5001000a, LO(DATA), HI(DATA), 9, 0, 3, 0, 100); /* CMPSWAP_RTN_64 << 25, loop */
    front_ring(&f);
    front_ms(3);
    ck_assert_uint_eq(word64(0), 1);
    put64(0, 3);
    front_until(word64(0) == 9);
    front_done(&f);
}
END_TEST

START_TEST(cond_exe_skips_unless_memory_equals)
{
    put64(0, 1);
    front_packet(&f, 0x00000009, LO(DATA), HI(DATA), 1, 4); /* equal: the fence runs */
    fence_packet(DATA + 64, 10);
    front_packet(&f, 0x00000009, LO(DATA), HI(DATA), 2, 8); /* not: two are skipped */
    fence_packet(DATA + 68, 11);
    fence_packet(DATA + 72, 12);
    fence_packet(DATA + 76, 13);
    front_done(&f);
    ck_assert_uint_eq(word(64), 10);
    ck_assert_uint_eq(word(68), 0);
    ck_assert_uint_eq(word(72), 0);
    ck_assert_uint_eq(word(76), 13);
}
END_TEST

START_TEST(indirect_runs_a_buffer)
{
    uint32_t ib[] = {0x00000005, LO(DATA + 0x100), HI(DATA), 0x99, 0, 0, 0, 0};
    memcpy(data(0), ib, sizeof ib);
    front_packet(&f, 0, 0); /* so that it ends on 8 dwords */
    front_packet(&f, 0x00000004, LO(DATA), HI(DATA), 8, 0, 0);
    fence_packet(DATA + 0x104, 1);
    front_done(&f);
    ck_assert_uint_eq(word(0x100), 0x99);
    ck_assert_uint_eq(word(0x104), 1);
}
END_TEST

START_TEST(indirect_must_end_on_eight_dwords)
{
    front_packet(&f, 0x00000004, LO(DATA), HI(DATA), 8, 0, 0);
    stopped(0, "multiple of 8 dwords");
}
END_TEST

/* ---- the ring ---- */

START_TEST(the_ring_wraps_and_pointers_go_on)
{
    for (unsigned i = 1; i <= 700; i++) { /* 16 bytes each: almost three times around */
        fence_packet(DATA + (i % 16) * 4, i);
        if (i % 100 == 0)
            front_done(&f);
    }
    ck_assert_uint_eq(f.wptr, 11200);
    ck_assert_uint_eq(word(700 % 16 * 4), 700);
}
END_TEST

START_TEST(a_packet_across_the_end_of_the_ring_stops_the_queue)
{
    while (f.wptr < FRONT_RING - 8)
        front_packet(&f, 0);
    front_done(&f);
    fence_packet(DATA, 1);
    stopped(FRONT_RING - 8, "crosses the end");
    ck_assert_uint_eq(word(0), 0);
}
END_TEST

START_TEST(a_packet_past_the_write_pointer_stops_the_queue)
{
    front_packet(&f, 0x00000005, LO(DATA), HI(DATA));
    stopped(0, "3 left");
}
END_TEST

START_TEST(a_write_pointer_beyond_the_ring_stops_the_queue)
{
    f.wptr = FRONT_RING + 4;
    stopped(0, "within a ring of 0x1000 bytes");
}
END_TEST

static const struct {
    uint32_t header;
    const char *text;
} unknown[] = {
    {0x000000ff, "op 255"},      {0x00000501, "op 1 sub-op 5"},
    {0x00000007, "op 7"},        {0x00000308, "op 8 sub-op 3"},
    {0x0000000e, "op 14"},       {0x00000020, "op 32"}, /* v5's DUMMY_TRAP */
    {0x00000011, "op 17"},                              /* v5's GCR_REQ */
    {0x4000000b, "fill size 1"}, {0x0200000a, "ATOMIC operation 0x01"},
};

START_TEST(what_the_engine_does_not_know_stops_the_queue_and_is_named)
{
    fence_packet(DATA, 1);
    front_packet(&f, unknown[_i].header, LO(DATA), HI(DATA), 0, 0, 0, 0, 0);
    stopped(16, unknown[_i].text);
    char report[512];
    sim_last_report(report, sizeof report);
    ck_assert_ptr_nonnull(strstr(report, "ring offset 0x10"));
    ck_assert_uint_eq(word(0), 1);
    front_ring(&f);
    front_ms(2);
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 16);
}
END_TEST

START_TEST(counts_wider_than_the_version_has_them_stop_the_queue)
{
    front_packet(&f, 1, 0x00400000, 0, LO(DATA), HI(DATA), LO(DATA), HI(DATA));
    stopped(0, "4.4.2");
}
END_TEST

START_TEST(misaligned_addresses_stop_the_queue)
{
    fence_packet(DATA + 2, 1);
    stopped(0, "4-byte aligned");
}
END_TEST

/* ---- faults ---- */

static void faulted(uint64_t va, unsigned access, bool not_present)
{
    front_ring(&f);
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, va);
    ck_assert_uint_eq(front_calls.access, access);
    ck_assert(front_calls.not_present == not_present);
    front_until(atomic_load(&f.queue.halted));
}

START_TEST(an_unmapped_source_faults_where_it_begins)
{
    memset(data(0), 0xaa, 4096);
    copy_packet(DATA, FRONT_VA + FRONT_MAPPED - 4096, 8192);
    faulted(FRONT_VA + FRONT_MAPPED, SIM_VM_READ, true);
    ck_assert_uint_eq(word(0), 0); /* the first page was copied */
    ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
}
END_TEST

START_TEST(an_unmapped_target_faults)
{
    copy_packet(0x1000, DATA, 16);
    faulted(0x1000, SIM_VM_WRITE, true);
}
END_TEST

START_TEST(a_read_only_target_faults_as_present)
{
    ck_assert_int_eq(sim_vm_map(&f.gpu.vm, 0x10000, 4096, front_host(&f, FRONT_MAPPED), SIM_VM_READ), 0);
    fence_packet(0x10000, 1);
    faulted(0x10000, SIM_VM_WRITE, false);
}
END_TEST

START_TEST(polls_fills_writes_and_atomics_fault_too)
{
    switch (_i) {
    case 0:
        front_packet(&f, 0xb0000008, 0x2000, 0, 1, 1, 0x0fff000a);
        break;
    case 1:
        front_packet(&f, 0x8000000b, 0x2000, 0, 1, 63);
        break;
    case 2:
        front_packet(&f, 2, 0x2000, 0, 0, 1);
        break;
    case 3:
        front_packet(&f, 0x5e00000a, 0x2000, 0, 1, 0, 0, 0, 0);
        break;
    default:
        front_packet(&f, 0x20d, 0x2000, 0);
        break;
    }
    front_ring(&f);
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, 0x2000);
}
END_TEST

START_TEST(an_indirect_buffer_that_ends_outside_faults_there)
{
    uint64_t end = FRONT_VA + FRONT_MAPPED;
    front_packet(&f, 0, 0);
    front_packet(&f, 0x00000004, LO(end - 32), HI(end), 16, 0, 0);
    front_ring(&f);
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, end);
    ck_assert(front_calls.not_present);
}
END_TEST

START_TEST(writing_more_than_the_host_may_give_is_a_hardware_exception)
{
    for (uint64_t at = 8 << 20; at < 24 << 20; at += 4 << 20) {
        front_packet(&f, 0x8000000b, LO(front_va(at)), HI(front_va(at)), 1, (4 << 20) - 1);
        front_packet(&f, 0xb0000008, LO(DATA), HI(DATA), 0, 0xffffffff, 0x0fff000a);
    }
    front_ring(&f);
    front_until(front_calls.exceptions == 1 || atomic_load(f.queue.rptr) == f.wptr);
    front_ms(5); /* the sum is renewed every 2 ms */
    front_packet(&f, 0x8000000b, LO(front_va(24 << 20)), HI(front_va(24 << 20)), 1, (4 << 20) - 1);
    front_ring(&f);
    front_until(front_calls.exceptions == 1);
    front_until(f.queue.halted);
    ck_assert_uint_eq(front_calls.faults, 0);
}
END_TEST

START_TEST(an_evicted_gpu_makes_no_progress)
{
    atomic_store(&f.gpu.evicted, true);
    sim_doorbell_kick(&f.queue);
    fence_packet(DATA, 1);
    front_ring(&f);
    front_ms(5);
    ck_assert_uint_eq(word(0), 0);
}
END_TEST

START_TEST(memory_unmapped_during_a_copy_is_never_touched_afterwards)
{
    /* 4 MiB copies back and forth while the target's mapping goes: either done, or a fault, never a crash. */
    for (unsigned i = 0; i < 8; i++)
        copy_packet(front_va(8 << 20), front_va(16 << 20), 4 << 20);
    front_ring(&f);
    sim_vm_unmap(&f.gpu.vm, FRONT_VA, FRONT_MAPPED);
    front_until(front_calls.faults == 1 || atomic_load(f.queue.rptr) == f.wptr);
}
END_TEST

START_TEST(latency_and_speed_are_printed)
{
    uint64_t t = sim_engine_now(), n = 200;
    for (uint64_t i = 0; i < n; i++) {
        fence_packet(DATA, (uint32_t)i);
        front_done(&f);
    }
    double fence = (double)(sim_engine_now() - t) / (double)n / 1e3;
    uint64_t best = UINT64_MAX, plain = UINT64_MAX;
    for (int i = 0; i < 6; i++) {
        t = sim_engine_now();
        for (int k = 0; k < 4; k++)
            copy_packet(front_va(8 << 20), front_va(16 << 20), 4 << 20);
        front_done(&f);
        uint64_t took = sim_engine_now() - t;
        best = took < best ? took : best;
        t = sim_engine_now();
        for (int k = 0; k < 4; k++)
            memcpy(front_host(&f, 8 << 20), front_host(&f, 16 << 20), 4 << 20);
        took = sim_engine_now() - t;
        plain = took < plain ? took : plain;
    }
    printf("sdma: fence %.1f us round trip; copy of 16 MiB %.2f GB/s, memcpy %.2f GB/s\n", fence,
           16.0 * 1048576 / (double)best, 16.0 * 1048576 / (double)plain);
}
END_TEST

/* ---- version 6 ---- */

START_TEST(version_7_has_wider_windows)
{
    move_window(16);
}
END_TEST

START_TEST(version_6_has_wide_counts_cache_fields_and_gcr)
{
    data(5 << 20)[0] = 1;
    copy_packet(DATA + (8 << 20), DATA, 6 << 20);           /* 23 bits */
    front_packet(&f, 0x00000011, 0, 0x40000000, 1, 0);      /* GCR_REQ as the kernel emits it */
    front_packet(&f, 0x00000111, 0, 0x40000000, 1, 0);      /* and for user queues */
    front_packet(&f, 0x00000020, 0);                        /* DUMMY_TRAP */
    front_packet(&f, 0x00030005, LO(DATA), HI(DATA), 0xfe); /* FENCE with mtype 3, as the kernel emits */
    front_done(&f);
    ck_assert_uint_eq(word(0), 0xfe);
    ck_assert_uint_eq(data(13 << 20)[0], 1);
}
END_TEST

START_TEST(version_6_has_no_packets_of_version_4)
{
    front_packet(&f, 0x00000010, 0); /* GPUVM_INV there */
    stopped(0, "op 16");
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

int main(void)
{
    Suite *suite = suite_create("sim_sdma");
    TCase *c = tcase_create("version 4.4.2");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, nop_skips_as_many_dwords_as_it_counts);
    tcase_add_test(c, copy_linear_moves_bytes_of_any_alignment);
    tcase_add_test(c, copy_broadcast_writes_two_places);
    tcase_add_test(c, a_copy_onto_overlapping_memory_ends);
    tcase_add_test(c, a_large_copy_crosses_range_borders);
    tcase_add_test(c, a_sub_window_moves_a_box);
    tcase_add_test(c, a_sub_window_wider_than_its_pitch_stops_the_queue);
    tcase_add_test(c, write_linear_stores_its_payload);
    tcase_add_test(c, fill_by_dwords_takes_both_ways_to_count);
    tcase_add_test(c, fill_by_bytes_takes_any_alignment);
    tcase_add_test(c, fill_with_zero_clears);
    tcase_add_test(c, fence_stores_one_dword_after_the_copies_before_it);
    tcase_add_test(c, trap_raises_the_interrupt_of_its_context);
    tcase_add_loop_test(c, poll_compares_as_its_function_says, 0, COUNT(polls));
    tcase_add_test(c, poll_masks_the_value_and_waits_until_it_is_stored);
    tcase_add_test(c, poll_as_hdp_flush_touches_no_memory);
    tcase_add_test(c, poll_with_few_retries_gives_up_loudly);
    tcase_add_test(c, a_poll_that_never_matches_is_preempted);
    tcase_add_test(c, timestamps_count_the_clock_of_the_gpu);
    tcase_add_loop_test(c, atomic_does_what_its_operation_says, 0, COUNT(atomics));
    tcase_add_test(c, atomic_compare_and_swap_loops_until_it_holds);
    tcase_add_test(c, cond_exe_skips_unless_memory_equals);
    tcase_add_test(c, indirect_runs_a_buffer);
    tcase_add_test(c, indirect_must_end_on_eight_dwords);
    tcase_add_test(c, the_ring_wraps_and_pointers_go_on);
    tcase_add_test(c, a_packet_across_the_end_of_the_ring_stops_the_queue);
    tcase_add_test(c, a_packet_past_the_write_pointer_stops_the_queue);
    tcase_add_test(c, a_write_pointer_beyond_the_ring_stops_the_queue);
    tcase_add_loop_test(c, what_the_engine_does_not_know_stops_the_queue_and_is_named, 0, COUNT(unknown));
    tcase_add_test(c, counts_wider_than_the_version_has_them_stop_the_queue);
    tcase_add_test(c, misaligned_addresses_stop_the_queue);
    tcase_add_test(c, an_unmapped_source_faults_where_it_begins);
    tcase_add_test(c, an_unmapped_target_faults);
    tcase_add_test(c, a_read_only_target_faults_as_present);
    tcase_add_loop_test(c, polls_fills_writes_and_atomics_fault_too, 0, 5);
    tcase_add_test(c, an_indirect_buffer_that_ends_outside_faults_there);
    tcase_add_test(c, an_evicted_gpu_makes_no_progress);
    tcase_add_test(c, memory_unmapped_during_a_copy_is_never_touched_afterwards);
    tcase_add_test(c, latency_and_speed_are_printed);
    suite_add_tcase(suite, c);
    TCase *v6 = tcase_create("version 6.0");
    tcase_set_timeout(v6, 60);
    tcase_add_checked_fixture(v6, setup_v6, teardown);
    tcase_add_test(v6, version_6_has_wide_counts_cache_fields_and_gcr);
    tcase_add_test(v6, version_6_has_no_packets_of_version_4);
    suite_add_tcase(suite, v6);
    TCase *v7 = tcase_create("version 7.0");
    tcase_add_checked_fixture(v7, setup_v7, teardown);
    tcase_add_test(v7, version_7_has_wider_windows);
    suite_add_tcase(suite, v7);
    TCase *poor = tcase_create("little host memory");
    tcase_set_timeout(poor, 60);
    tcase_add_checked_fixture(poor, setup_poor, teardown);
    tcase_add_test(poor, writing_more_than_the_host_may_give_is_a_hardware_exception);
    suite_add_tcase(suite, poor);
    return run_suite(suite);
}
