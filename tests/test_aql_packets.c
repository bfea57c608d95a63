/*
 * test_aql_packets.c - AQL packets, and the sizes of the context save area.
 *
 * Golden dwords: by hand from the field offsets of tinygrad's generated hsa.py (hsa_kernel_dispatch_packet_s,
 * hsa_barrier_and_packet_s, hsa_amd_barrier_value_packet_s) and the HSA runtime specification 2.9 (header:
 * type [7:0], barrier 8, acquire [10:9], release [12:11]; 2 is system scope). Save areas: the sizes that
 * Linux amdkfd/kfd_queue.c computes for these cards; the R9700's are what a real one publishes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aql.h"
#include "run_suite.h"

#define KERNEL   UINT64_C(0x7f0011223340)
#define KERNARG  UINT64_C(0x7f0099887740)
#define SIGNAL   UINT64_C(0x7f00aabbcc40)
#define OTHER    UINT64_C(0x7f00ddeeff80)
#define LOW(x)   ((uint32_t)(x))
#define HIGH(x)  ((uint32_t)((x) >> 32))
#define DISPATCH 0x1502u
#define BARRIER  0x1503u
#define VENDOR   0x1500u

static uint32_t packet[16];

static void expect(uint32_t head, const uint32_t golden[16])
{
    ck_assert_uint_eq(head, golden[0]);
    for (int i = 1; i < 16; i++)
        ck_assert_msg(packet[i] == golden[i], "dword %d is 0x%08x, not 0x%08x", i, packet[i], golden[i]);
}

START_TEST(a_dispatch_has_its_fields_where_the_processor_looks)
{
    const struct aql_dispatch d = {{1000, 20, 3}, {64, 4, 2}, 512, 8192, KERNEL, KERNARG, SIGNAL};
    memset(packet, 0xee, sizeof packet);
    expect(aql_put_dispatch(packet, &d),
           (uint32_t[16]){DISPATCH | 3 << 16, 64 | 4 << 16, 2, 1000, 20, 3, 512, 8192, LOW(KERNEL),
                          HIGH(KERNEL), LOW(KERNARG), HIGH(KERNARG), 0, 0, LOW(SIGNAL), HIGH(SIGNAL)});
    ck_assert_uint_eq(packet[0], 0xeeeeeeee);
}
END_TEST

START_TEST(a_dispatch_counts_its_dimensions)
{
    struct aql_dispatch d = {{64, 1, 1}, {64, 1, 1}, 0, 0, KERNEL, 0, 0};
    ck_assert_uint_eq(aql_put_dispatch(packet, &d) >> 16, 1);
    d.grid[1] = 2;
    ck_assert_uint_eq(aql_put_dispatch(packet, &d) >> 16, 2);
    d.group[2] = 2;
    ck_assert_uint_eq(aql_put_dispatch(packet, &d) >> 16, 3);
}
END_TEST

START_TEST(a_barrier_waits_for_what_is_before_it)
{
    memset(packet, 0xee, sizeof packet);
    expect(aql_put_barrier(packet, SIGNAL), (uint32_t[16]){BARRIER, [14] = LOW(SIGNAL), [15] = HIGH(SIGNAL)});
}
END_TEST

START_TEST(a_barrier_value_is_the_second_vendor_format)
{
    memset(packet, 0xee, sizeof packet);
    expect(aql_put_barrier_value(packet, OTHER, AQL_GTE, -2, 0xff, SIGNAL),
           (uint32_t[16]){VENDOR | 2 << 16, 0, LOW(OTHER), HIGH(OTHER), 0xfffffffe, 0xffffffff, 0xff, 0,
                          3, [14] = LOW(SIGNAL), HIGH(SIGNAL)});
}
END_TEST

/* ---- context save area ---- */

static const struct {
    const char *card, *target;
    unsigned simds, simd_per_cu, arrays, arrays_per_engine, xccs;
    uint32_t stack, ctx, debug;
    uint64_t total;
} areas[] = {
    {"MI210", "gfx90a", 416, 4, 8, 1, 1, 0x9000, 0x3c91000, 0x20000, 0x3cb1000},
    {"110-CU gfx90a", "gfx90a", 440, 4, 8, 1, 1, 0x9000, 0x400f000, 0x20000, 0x402f000},
    {"MI300X", "gfx942", 1216, 4, 32, 1, 8, 0x3000, 0x1621000, 0xbe00, 0xb167000},
    {"MI300A", "gfx942", 912, 4, 24, 1, 6, 0x3000, 0x1621000, 0xbe00, 0x850e000},
    {"MI350X", "gfx950", 1024, 4, 32, 1, 8, 0x3000, 0x15a3000, 0xa000, 0xad68000},
    {"RX 6900 XT", "gfx1030", 160, 2, 8, 2, 1, 0x7000, 0x1a97000, 0x14000, 0x1aab000},
    {"RX 7900 XTX", "gfx1100", 192, 2, 12, 2, 1, 0xa000, 0x2bea000, 0x18000, 0x2c02000},
    {"RX 7600", "gfx1102", 64, 2, 4, 2, 1, 0x4000, 0xaa4000, 0x8000, 0xaac000},
    {"RX 9060 XT", "gfx1200", 64, 2, 4, 2, 1, 0x4000, 0xea4000, 0x8000, 0xeac000},
    {"R9700", "gfx1201", 128, 2, 8, 2, 1, 28672, 30699520, 0x10000, 0x1d57000},
};

START_TEST(a_save_area_is_as_large_as_the_kernel_wants)
{
    struct topology_node node = {.simd_count = areas[_i].simds,
                                 .simd_per_cu = areas[_i].simd_per_cu,
                                 .array_count = areas[_i].arrays,
                                 .simd_arrays_per_engine = areas[_i].arrays_per_engine,
                                 .num_xcc = areas[_i].xccs};
    struct cwsr_sizes sizes;
    cwsr_sizes(&node, target_by_name(areas[_i].target), &sizes);
    ck_assert_msg(sizes.stack_bytes == areas[_i].stack, "%s: control stack 0x%x", areas[_i].card,
                  sizes.stack_bytes);
    ck_assert_msg(sizes.ctx_bytes == areas[_i].ctx, "%s: context 0x%x", areas[_i].card, sizes.ctx_bytes);
    ck_assert_msg(sizes.debug_bytes == areas[_i].debug, "%s: debug 0x%x", areas[_i].card, sizes.debug_bytes);
    ck_assert_uint_eq(sizes.total_bytes, areas[_i].total);
}
END_TEST

START_TEST(published_sizes_come_before_computed_ones)
{
    struct topology_node node = {.simd_count = 192,
                                 .simd_per_cu = 2,
                                 .array_count = 12,
                                 .simd_arrays_per_engine = 2,
                                 .num_xcc = 1,
                                 .cwsr_size = 0x3000000,
                                 .ctl_stack_size = 0xb000};
    struct cwsr_sizes sizes;
    cwsr_sizes(&node, target_by_name("gfx1100"), &sizes);
    ck_assert_uint_eq(sizes.ctx_bytes, 0x3000000);
    ck_assert_uint_eq(sizes.stack_bytes, 0xb000);
    ck_assert_uint_eq(sizes.total_bytes, 0x3000000 + 0x18000);
}
END_TEST

START_TEST(each_xcc_has_a_header_that_finds_the_debug_memory)
{
    struct cwsr_sizes sizes = {.ctx_bytes = 0x1000, .debug_bytes = 0x40};
    uint8_t *area = calloc(4, 0x1000);
    cwsr_fill_headers(area, &sizes, 3, OTHER, 5);
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t *header = (const uint32_t *)(area + i * 0x1000);
        ck_assert_uint_eq(i * 0x1000 + header[4], 0x3000); /* the same place for all */
        ck_assert_uint_eq(header[5], 3 * 0x40);
        ck_assert_uint_eq(header[6], LOW(OTHER));
        ck_assert_uint_eq(header[7], HIGH(OTHER));
        ck_assert_uint_eq(header[8], 5);
    }
    free(area);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("aql_packets");
    TCase *tcase = tcase_create("golden");
    tcase_add_test(tcase, a_dispatch_has_its_fields_where_the_processor_looks);
    tcase_add_test(tcase, a_dispatch_counts_its_dimensions);
    tcase_add_test(tcase, a_barrier_waits_for_what_is_before_it);
    tcase_add_test(tcase, a_barrier_value_is_the_second_vendor_format);
    tcase_add_loop_test(tcase, a_save_area_is_as_large_as_the_kernel_wants, 0, sizeof areas / sizeof *areas);
    tcase_add_test(tcase, published_sizes_come_before_computed_ones);
    tcase_add_test(tcase, each_xcc_has_a_header_that_finds_the_debug_memory);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
