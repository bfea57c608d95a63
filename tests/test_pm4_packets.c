/*
 * test_pm4_packets.c - PM4 packets as the driver writes them.
 *
 * Golden dwords from others than the driver's own sources: by hand from PAL's
 * gfx9_plus_merged_f32_mec_pm4_packets.h (field positions of the compute engine's packets) and kfdtest's
 * PM4Packet.cpp; sequences as tinygrad's ops_amd.py composes them; the AQL packet as written out in a test of
 * AMD's HSA encodings (0x00010000, 0xc0023f00, ..., 0x0080000N, 0xa). Registers by Mesa's database.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aql.h"
#include "pm4.h"
#include "run_suite.h"

#define VA      UINT64_C(0x7f0011223340)
#define LOW(x)  ((uint32_t)(x))
#define HIGH(x) ((uint32_t)((uint64_t)(x) >> 32))

static const char *const targets[] = {"gfx90a",  "gfx942",  "gfx950", "gfx1030",
                                      "gfx1100", "gfx1151", "gfx1201"};
enum { TARGETS = sizeof targets / sizeof *targets };

static uint32_t written[256];

static void expect(const uint32_t *end, const uint32_t *golden, size_t n)
{
    ck_assert_uint_eq((size_t)(end - written), n);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(written[i] == golden[i], "dword %zu is 0x%08x, not 0x%08x", i, written[i], golden[i]);
}
#define EXPECT(end, ...) \
    expect(end, (uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

START_TEST(fillers_are_of_one_dword)
{
    EXPECT(pm4_nops(written, 3), 0xffff1000, 0xffff1000, 0xffff1000);
    ck_assert_ptr_eq(pm4_nops(written, 0), written);
}
END_TEST

START_TEST(a_write_goes_to_memory_and_waits_for_its_confirmation)
{
    EXPECT(pm4_write(written, VA, (const uint32_t[]){7, 8, 9}, 3), 0xc0053700, 0x00100500, LOW(VA), HIGH(VA),
           7, 8, 9);
}
END_TEST

START_TEST(waits_are_preemptable_and_know_all_comparisons)
{
    static const uint32_t functions[] = {
        [GPU_EQ] = 3, [GPU_NE] = 4, [GPU_LT] = 1, [GPU_LE] = 2, [GPU_GT] = 6, [GPU_GE] = 5};
    for (unsigned i = 0; i < 6; i++) {
        EXPECT(pm4_wait(written, VA, (enum gpu_compare)i, 0x55, 0xff), 0xc0053c00, 0xd0 | functions[i],
               LOW(VA), HIGH(VA), 0x55, 0xff, 4);
        EXPECT(pm4_wait64(written, VA, (enum gpu_compare)i, 0x123456789a), 0xc0079300, 0xd0 | functions[i],
               LOW(VA), HIGH(VA), 0x3456789a, 0x12, ~0u, ~0u, 4);
    }
}
END_TEST

START_TEST(a_release_stores_what_it_is_told)
{
    const struct target *target = target_by_name(targets[_i]);
    struct pm4_release r = {.data = PM4_DATA_64, .dst = VA, .value = 0x1122334455667788};
    EXPECT(pm4_release(written, target, &r), 0xc0064900, 0x514, 2u << 29, LOW(VA), HIGH(VA), 0x55667788,
           0x11223344, 0);
    r = (struct pm4_release){.data = PM4_DATA_CLOCK, .dst = VA};
    EXPECT(pm4_release(written, target, &r), 0xc0064900, 0x514, 3u << 29, LOW(VA), HIGH(VA), 0, 0, 0);
    r = (struct pm4_release){.data = PM4_DATA_32, .dst = VA, .value = 5, .event_id = 0x77};
    EXPECT(pm4_release(written, target, &r), 0xc0064900, 0x514, 1u << 29 | 2u << 24, LOW(VA), HIGH(VA), 5, 0,
           0x77);
}
END_TEST

/* What a flush must have at least, by kfdtest (gfx9: TC_WB and TC) and tinygrad (from gfx10 on: GL2_WB, SEQ).
 */
START_TEST(a_flush_writes_the_second_level_cache_back)
{
    const struct target *target = target_by_name(targets[_i]);
    struct pm4_release r = {.data = PM4_DATA_32, .dst = VA, .flush = true};
    uint32_t least = _i < 3 ? 1u << 15 | 1u << 17 : 1u << 21 | 1u << 22;
    pm4_release(written, target, &r);
    ck_assert_uint_eq(written[1] & 0xfff, 0x514);
    ck_assert_uint_eq(written[1] & least, least);
}
END_TEST

/* The codes as a header of packets for the compute engine writes them (ATOMIC_ADD_RTN_64,
 * ATOMIC_SWAP_RTN_64). */
START_TEST(an_atomic_is_of_64_bits_and_made_once)
{
    EXPECT(pm4_atomic(written, VA, GPU_ADD, 0x1122334455667788), 0xc0071e00, 0x2f, LOW(VA), HIGH(VA),
           0x55667788, 0x11223344, 0, 0, 0);
    pm4_atomic(written, VA, GPU_SWAP, 1);
    ck_assert_uint_eq(written[1], 0x27);
}
END_TEST

START_TEST(buffers_and_predicates)
{
    EXPECT(pm4_indirect(written, VA, 17), 0xc0023f00, LOW(VA), HIGH(VA), 17 | 1 << 23);
    EXPECT(pm4_predicate(written, 1, 8), 0xc0002300, 0x01000008);
}
END_TEST

START_TEST(a_buffer_in_an_aql_packet_is_the_first_vendor_format)
{
    uint32_t packet[16],
        golden[16] = {0x11500, 0xc0023f00, LOW(VA), HIGH(VA), 7 | 1 << 23, 10, [14] = 0x99887740, 0x7f00};
    memset(packet, 0xee, sizeof packet);
    ck_assert_uint_eq(aql_put_pm4(packet, VA, 7, 0x7f0099887740), golden[0]);
    ck_assert_int_eq(memcmp(packet + 1, golden + 1, 60), 0);
}
END_TEST

/* The dispatch, register by register: every register that is set, and the last value of each. */
static uint32_t registers[0x400];
static bool set[0x400];
static uint32_t direct[4];
static unsigned acquire_dwords;
static uint32_t acquire_bits;
static bool flushed;

static void read_dispatch(const uint32_t *end)
{
    memset(set, 0, sizeof set);
    flushed = false;
    for (const uint32_t *p = written; p < end;) {
        unsigned op = *p >> 8 & 0xff, n = (*p >> 16 & 0x3fff) + 1;
        if (op == 0x76)
            for (unsigned i = 1; i < n; i++) {
                registers[p[1] + i - 1] = p[1 + i];
                set[p[1] + i - 1] = true;
            }
        else if (op == 0x15)
            memcpy(direct, p + 1, sizeof direct);
        else if (op == 0x58) {
            acquire_dwords = n;
            acquire_bits = n == 7 ? p[7] : p[1];
        } else if (op == 0x46)
            flushed = p[1] == 0x407;
        else
            ck_abort_msg("opcode 0x%x in a dispatch", op);
        p += 1 + n;
    }
}

#define REGISTER(number, value)                                                  \
    do {                                                                         \
        ck_assert_msg(set[(number)-0x2c00], "register 0x%x is not set", number); \
        ck_assert_uint_eq(registers[(number)-0x2c00], value);                    \
    } while (0)

START_TEST(a_dispatch_sets_the_registers_of_its_generation)
{
    const struct target *target = target_by_name(targets[_i]);
    static const struct {
        uint32_t rsrc3, acquire;
    } golden[TARGETS] = {{0x2e2d, 0x28c40008}, {0x2e2d, 0x28c40008}, {0x2e2d, 0x28c40008}, {0x2e28, 0xc3a1},
                         {0x2e28, 0xc3a1},     {0x2e28, 0xc3a1},     {0x2e28, 0xc181}};
    struct pm4_dispatch d = {.grid = {100, 6, 1},
                             .group = {64, 2, 1},
                             .code_va = UINT64_C(0x7f0011223300),
                             .rsrc = {0xaa, 0xbb, 0xcc},
                             .tmpring_size = 0x3020,
                             .scratch_va = UINT64_C(0x7e00aabbcc00),
                             .user = {1, 2, 3},
                             .n_user = 3,
                             .wave32 = _i > 2};
    uint32_t *end = pm4_dispatch(written, target, &d);
    ck_assert_uint_le((size_t)(end - written), PM4_DISPATCH_MOST);
    read_dispatch(end);
    ck_assert_uint_eq(acquire_dwords, _i < 3 ? 6 : 7);
    ck_assert_uint_eq(acquire_bits, golden[_i].acquire);
    REGISTER(0x2e0c, 0x00112233);
    REGISTER(0x2e0d, 0x7f);
    REGISTER(0x2e10, 0x00aabbcc);
    REGISTER(0x2e11, 0x7e);
    REGISTER(0x2e12, 0xaa);
    REGISTER(0x2e13, 0xbb);
    REGISTER(golden[_i].rsrc3, 0xcc);
    REGISTER(0x2e18, 0x3020);
    REGISTER(0x2e15, 0);
    for (unsigned i = 0; i < 3; i++) {
        REGISTER(0x2e04 + i, 0);
        REGISTER(0x2e1b + i, 0);
        REGISTER(0x2e40 + i, i + 1);
    }
    ck_assert(!set[0x2e43 - 0x2c00]);
    REGISTER(0x2e07, 64 | 36 << 16);
    REGISTER(0x2e08, 2 | 2 << 16);
    REGISTER(0x2e09, 1 | 1 << 16);
    ck_assert_uint_eq(direct[0], 2);
    ck_assert_uint_eq(direct[1], 3);
    ck_assert_uint_eq(direct[2], 1);
    ck_assert_uint_eq(direct[3], _i > 2 ? 0x8007 : 7);
    ck_assert(flushed);
}
END_TEST

/* ---- commands ---- */

static struct gpu gpu;

static const struct command *command(struct gpu_command c)
{
    static struct command result;
    static struct timeline timeline;
    static uint8_t page[4096];
    timeline.bo.cpu = page;
    result = (struct command){.c = c, .timeline = c.op == GPU_WAIT_QUEUE ? &timeline : NULL};
    gpu.target = target_by_name("gfx942");
    return &result;
}

START_TEST(what_every_xcc_sees_one_does)
{
    struct gpu_command c = {.op = GPU_SIGNAL, .dst = VA, .value = 9};
    uint32_t *end = pm4_put_command(written, &gpu, command(c), true);
    ck_assert_uint_eq(end - written, 10);
    ck_assert_uint_eq(written[0], 0xc0002300);
    ck_assert_uint_eq(written[1], 0x01000008);
    ck_assert_uint_eq(written[2], 0xc0064900);
    ck_assert_uint_eq(written[3] & (1u << 15), 1u << 15); /* a signal comes after what was done */
    c = (struct gpu_command){.op = GPU_WAIT_MEM, .dst = VA, .compare = GPU_EQ, .value = 9, .mask = ~0u};
    end = pm4_put_command(written, &gpu, command(c), false);
    EXPECT(end, 0xc0053c00, 0xd3, LOW(VA), HIGH(VA), 9, ~0u, 4);
}
END_TEST

START_TEST(a_wait_for_a_queue_compares_64_bits)
{
    struct gpu_command c = {.op = GPU_WAIT_QUEUE, .value = UINT64_C(0x100000002)};
    const struct command *wait = command(c);
    uint64_t va = bo_va(&wait->timeline->bo) + 8;
    uint32_t *end = pm4_put_command(written, &gpu, wait, false);
    /* the timeline counts down from INT64_MAX */
    EXPECT(end, 0xc0079300, 0xd2, LOW(va), HIGH(va), 0xfffffffd, 0x7ffffffe, ~0u, ~0u, 4);
}
END_TEST

START_TEST(a_long_write_goes_in_packets)
{
    static uint32_t data[10000], room[11000];
    for (unsigned i = 0; i < 10000; i++)
        data[i] = i;
    struct gpu_command c = {.op = GPU_WRITE, .dst = VA, .data = data, .bytes = sizeof data};
    uint32_t *end = pm4_put_command(room, &gpu, command(c), true);
    ck_assert_uint_le((size_t)(end - room), pm4_command_dwords(&c));
    unsigned next = 0;
    for (const uint32_t *p = room; p < end;) {
        unsigned n = (p[2] >> 16 & 0x3fff) + 2; /* of the write, with its header */
        uint64_t dst = VA + next * 4;
        ck_assert_uint_eq(p[0], 0xc0002300);
        ck_assert_uint_eq(p[1], 1u << 24 | n);
        ck_assert_uint_eq(p[4], LOW(dst));
        for (unsigned i = 4; i < n; i++)
            ck_assert_uint_eq(p[2 + i], next++);
        p += 2 + n;
    }
    ck_assert_uint_eq(next, 10000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pm4_packets");
    TCase *c = tcase_create("packets");
    tcase_add_test(c, fillers_are_of_one_dword);
    tcase_add_test(c, a_write_goes_to_memory_and_waits_for_its_confirmation);
    tcase_add_test(c, waits_are_preemptable_and_know_all_comparisons);
    tcase_add_loop_test(c, a_release_stores_what_it_is_told, 0, TARGETS);
    tcase_add_loop_test(c, a_flush_writes_the_second_level_cache_back, 0, TARGETS);
    tcase_add_test(c, an_atomic_is_of_64_bits_and_made_once);
    tcase_add_test(c, buffers_and_predicates);
    tcase_add_test(c, a_buffer_in_an_aql_packet_is_the_first_vendor_format);
    tcase_add_loop_test(c, a_dispatch_sets_the_registers_of_its_generation, 0, TARGETS);
    tcase_add_test(c, what_every_xcc_sees_one_does);
    tcase_add_test(c, a_wait_for_a_queue_compares_64_bits);
    tcase_add_test(c, a_long_write_goes_in_packets);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
