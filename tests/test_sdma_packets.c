/*
 * test_sdma_packets.c - SDMA packets against golden dwords.
 *
 * The golden dwords were computed with the field macros of tinygrad's generated tables sdma_4_0_0.py (from
 * the kernel's vega10_sdma_pkt_open.h) and sdma_6_0_0.py (sdma_v6_0_0_pkt_open.h), composed as its
 * AMDCopyQueue does. Broadcast and byte fill: kfdtest's SDMACopyDataPacket and SDMAFillDataPacket (the latter
 * takes bytes where size or address are no multiples of 4), fields by vega10_sdma_pkt_open.h's
 * SDMA_PKT_COPY_BROADCAST_LINEAR. Indirect buffers and conditions: what the kernel's sdma_v4_0.c to
 * sdma_v7_0.c write (emit_ib, init_cond_exec). The HDP flush: ROCr's template.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sdma.h"
#include "run_suite.h"

#define DST UINT64_C(0x7f1234567880)
#define SRC UINT64_C(0x7f00fedcba98)

static uint32_t packet[64];

static void expect(const uint32_t *end, const uint32_t *golden, size_t n)
{
    ck_assert_uint_eq((size_t)(end - packet), n);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(packet[i] == golden[i], "dword %zu is 0x%08x, not 0x%08x", i, packet[i], golden[i]);
}
#define EXPECT(end, ...) \
    expect(end, (const uint32_t[]){__VA_ARGS__}, sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

START_TEST(a_copy_counts_from_zero_and_has_its_source_first)
{
    EXPECT(sdma_copy(packet, DST, SRC, 0x3ff000), 0x1, 0x3fefff, 0, 0xfedcba98, 0x7f00, 0x34567880, 0x7f12);
}
END_TEST

/* Fields by SDMA_PKT_COPY_LINEAR_SUBWIN of the kernel's vega10 and v6 packet headers; gfx12: ROCr's
 * SDMA_PKT_COPY_LINEAR_RECT_GFX12. */
START_TEST(a_rectangle_has_its_fields_where_the_family_wants_them)
{
    static const struct {
        const char *target;
        uint32_t src_pitch, dst_pitch;
    } rows[] = {{"gfx90a", 0x1fe000, 0x7fe000},  {"gfx942", 0x1fe000, 0x7fe000},
                {"gfx950", 0x1fe000, 0x7fe000},  {"gfx1030", 0x1fe000, 0x7fe000},
                {"gfx1100", 0x1fe000, 0x7fe000}, {"gfx1151", 0x1fe000, 0x7fe000},
                {"gfx1201", 0xff0000, 0x3ff0000}};
    const struct sdma_rect rect = {.dst = DST,
                                   .src = SRC,
                                   .element = 3,
                                   .width = 100,
                                   .height = 50,
                                   .dst_pitch = 1024,
                                   .src_pitch = 256};
    EXPECT(sdma_copy_rect(packet, target_by_name(rows[_i].target), &rect), 0x60000401, 0xfedcba98, 0x7f00, 0,
           rows[_i].src_pitch, 0, 0x34567880, 0x7f12, 0, rows[_i].dst_pitch, 0, 0x00310063, 0);
}
END_TEST

START_TEST(a_write_carries_its_data)
{
    EXPECT(sdma_write(packet, DST, (const uint32_t[]){1, 2, 3}, 3), 0x2, 0x34567880, 0x7f12, 2, 1, 2, 3);
}
END_TEST

START_TEST(a_fill_is_of_dwords_and_counts_bytes)
{
    EXPECT(sdma_fill(packet, DST, 0xdeadbeef, 0x1000), 0x8000000b, 0x34567880, 0x7f12, 0xdeadbeef, 0xfff);
}
END_TEST

START_TEST(a_fence_is_uncached_from_sdma_5_on)
{
    const struct target *old = target_by_name("gfx942"), *new = target_by_name("gfx1100");
    EXPECT(sdma_fence(packet, old, DST, 0x1234), 0x5, 0x34567880, 0x7f12, 0x1234);
    EXPECT(sdma_fence(packet, new, DST, 0x1234), 0x30005, 0x34567880, 0x7f12, 0x1234);
}
END_TEST

START_TEST(a_trap_carries_its_event)
{
    EXPECT(sdma_trap(packet, 0x123), 0x6, 0x123);
}
END_TEST

START_TEST(a_poll_compares_memory_for_ever)
{
    static const struct {
        enum gpu_compare compare;
        uint32_t header;
    } rows[] = {{GPU_LT, 0x90000008}, {GPU_LE, 0xa0000008}, {GPU_EQ, 0xb0000008},
                {GPU_NE, 0xc0000008}, {GPU_GE, 0xd0000008}, {GPU_GT, 0xe0000008}};
    EXPECT(sdma_poll(packet, DST, rows[_i].compare, 7, 0xff), rows[_i].header, 0x34567880, 0x7f12, 7, 0xff,
           0x0fff0004);
}
END_TEST

START_TEST(a_timestamp_is_of_the_global_clock)
{
    EXPECT(sdma_timestamp(packet, DST), 0x20d, 0x34567880, 0x7f12);
}
END_TEST

START_TEST(an_atomic_is_of_64_bits)
{
    static const struct {
        enum gpu_atomic op;
        uint32_t header;
    } rows[] = {{GPU_SWAP, 0x4e00000a}, {GPU_ADD, 0x5e00000a}, {GPU_SUB, 0x6000000a}, {GPU_MIN, 0x6400000a},
                {GPU_MAX, 0x6800000a},  {GPU_AND, 0x6a00000a}, {GPU_OR, 0x6c00000a},  {GPU_XOR, 0x6e00000a}};
    EXPECT(sdma_atomic(packet, DST, rows[_i].op, 0x1122334455667788), rows[_i].header, 0x34567880, 0x7f12,
           0x55667788, 0x11223344, 0, 0, 0);
}
END_TEST

/* The bits of gcr_cntl as PM4's ACQUIRE_MEM has them in the kernel's nvd.h: GLK_WB 6, GLK_INV 7, GLV_INV 8,
 * GL1_INV 9, GL2_INV 14, GL2_WB 15; the packet holds the low 16 of them in the upper half of its third dword.
 */
START_TEST(a_cache_request_names_the_levels)
{
    EXPECT(sdma_gcr(packet, false), 0x111, 0, 0x80400000, 0, 0);
    EXPECT(sdma_gcr(packet, true), 0x111, 0, 0xc3c00000, 0, 0);
}
END_TEST

START_TEST(a_copy_to_two_places_has_the_second_behind_the_first)
{
    EXPECT(sdma_copy_broadcast(packet, DST, UINT64_C(0x7f5500112200), SRC, 0x200000), 0x08000001, 0x1fffff, 0,
           0xfedcba98, 0x7f00, 0x34567880, 0x7f12, 0x00112200, 0x7f55);
}
END_TEST

START_TEST(a_fill_of_bytes_has_no_unit)
{
    EXPECT(sdma_fill_bytes(packet, DST + 1, 0xa5, 7), 0xb, 0x34567881, 0x7f12, 0xa5a5a5a5, 6);
}
END_TEST

START_TEST(an_indirect_buffer_is_of_the_own_address_space_and_counts_dwords)
{
    EXPECT(sdma_indirect(packet, DST, 0x123), 0x4, 0x34567880, 0x7f12, 0x123, 0, 0);
}
END_TEST

START_TEST(a_condition_has_its_reference_before_its_count)
{
    EXPECT(sdma_cond(packet, DST, 1, 14), 0x9, 0x34567880, 0x7f12, 1, 14);
}
END_TEST

START_TEST(an_hdp_flush_is_rocrs_template)
{
    EXPECT(sdma_hdp_flush(packet), 0x8, 0, 0x80000000, 0, 0, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sdma_packets");
    TCase *tcase = tcase_create("golden");
    tcase_add_test(tcase, a_copy_counts_from_zero_and_has_its_source_first);
    tcase_add_loop_test(tcase, a_rectangle_has_its_fields_where_the_family_wants_them, 0, 7);
    tcase_add_test(tcase, a_write_carries_its_data);
    tcase_add_test(tcase, a_fill_is_of_dwords_and_counts_bytes);
    tcase_add_test(tcase, a_fence_is_uncached_from_sdma_5_on);
    tcase_add_test(tcase, a_trap_carries_its_event);
    tcase_add_loop_test(tcase, a_poll_compares_memory_for_ever, 0, 6);
    tcase_add_test(tcase, a_timestamp_is_of_the_global_clock);
    tcase_add_loop_test(tcase, an_atomic_is_of_64_bits, 0, 8);
    tcase_add_test(tcase, a_cache_request_names_the_levels);
    tcase_add_test(tcase, a_copy_to_two_places_has_the_second_behind_the_first);
    tcase_add_test(tcase, a_fill_of_bytes_has_no_unit);
    tcase_add_test(tcase, an_indirect_buffer_is_of_the_own_address_space_and_counts_dwords);
    tcase_add_test(tcase, a_condition_has_its_reference_before_its_count);
    tcase_add_test(tcase, an_hdp_flush_is_rocrs_template);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
