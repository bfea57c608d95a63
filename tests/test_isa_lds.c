/*
 * test_isa_lds.c - LDS instructions on a hand-made wave, and those that move data between lanes.
 */
#include "isa_memory.h"

/* ---- LDS ---- */

START_TEST(lds_outside_the_groups_part_reads_0_and_drops_writes)
{
    group.lds_bytes = 512;
    memset(lds, 0x77, sizeof lds);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l * 16, vgpr[8][l] = 0x12345678;
    vgpr[0][63] = 0xfffffff0;
    execute(&wave, "ds_read_b32", ds(0));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l < 32 ? 0x77777777 : 0);
    execute(&wave, "ds_write_b32", ds(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned l = 0; l < 63; l++)
        ck_assert_uint_eq(word_at(lds + l * 16), l < 32 ? 0x12345678 : 0x77777777);
    /* begins inside and ends outside */
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 508;
    execute(&wave, "ds_read_b64", ds(0));
    ck_assert_uint_eq(vgpr[17][5], 0);
    execute(&wave, "ds_write_b64", ds(0));
    ck_assert_uint_eq(word_at(lds + 512), 0x77777777);
}
END_TEST

START_TEST(two_address_forms_count_in_elements_or_in_64_of_them)
{
    for (unsigned l = 0; l < 64; l++) {
        vgpr[0][l] = l * 8;
        vgpr[8][l] = l, vgpr[9][l] = 0x100 + l;
        vgpr[12][l] = 0x200 + l, vgpr[13][l] = 0x300 + l;
    }
    execute(&wave, "ds_store_2addr_b32", ds(1 | 0 << 8));
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(lds + l * 8 + 4), l);
        ck_assert_uint_eq(word_at(lds + l * 8), 0x200 + l);
    }
    execute(&wave, "ds_write2st64_b64", ds(1 | 3 << 8));
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(lds + l * 8 + 512), l);
        ck_assert_uint_eq(word_at(lds + l * 8 + 3 * 512 + 4), 0x300 + l);
    }
    execute(&wave, "ds_read2_b64", ds(64 | 192 << 8));
    for (unsigned l = 0; l < 64; l++)
        ck_assert(vgpr[16][l] == l && vgpr[17][l] == 0x100 + l && vgpr[18][l] == 0x200 + l &&
                  vgpr[19][l] == 0x300 + l);
    execute(&wave, "ds_load_2addr_stride64_b32", ds(2 | 6 << 8));
    ck_assert_uint_eq(vgpr[16][9], 9);
    ck_assert_uint_eq(vgpr[17][9], 0x200 + 9);
}
END_TEST

START_TEST(lds_moves_every_width)
{
    for (unsigned i = 0; i < sizeof lds; i++)
        lds[i] = (uint8_t)(i * 5);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l * 20 + 1;
    execute(&wave, "ds_load_b128", ds(2));
    for (unsigned l = 0; l < 64; l++)
        for (unsigned d = 0; d < 4; d++)
            ck_assert_uint_eq(vgpr[16 + d][l], word_at(lds + l * 20 + 3 + d * 4));
    lds[41 + 0] = 0x85;
    execute(&wave, "ds_read_i8", ds(0));
    ck_assert_uint_eq(vgpr[16][2], 0xffffff85);
    vgpr[16][2] = 0xaaaabbbb;
    execute(&wave, "ds_read_u8_d16_hi", ds(0));
    ck_assert_uint_eq(vgpr[16][2], 0x0085bbbb);
    vgpr[8][2] = 0xcafe1234;
    execute(&wave, "ds_write_b16_d16_hi", ds(0));
    ck_assert_uint_eq(lds[41], 0xfe);
    ck_assert_uint_eq(lds[42], 0xca);
}
END_TEST

START_TEST(compare_and_store_takes_its_operands_in_the_generations_order)
{
    static const struct {
        const char *name;
        uint32_t expected;
    } one[] = {{"ds_cmpst_rtn_b32", 22}, {"ds_cmpstore_rtn_b32", 5}};
    for (unsigned i = 0; i < 2; i++) {
        isa_sgpr64_set(&wave, ISA_EXEC, 1);
        vgpr[0][0] = 8, vgpr[8][0] = 5, vgpr[12][0] = 22; /* cmpst: 5 is compared; cmpstore: 5 is stored */
        memcpy(lds + 8, i == 0 ? &(uint32_t){5} : &(uint32_t){22}, 4);
        execute(&wave, one[i].name, ds(0));
        ck_assert_uint_eq(word_at(lds + 8), one[i].expected);
        ck_assert_uint_eq(vgpr[16][0], i == 0 ? 5 : 22);
    }
}
END_TEST

START_TEST(lds_atomics_of_one_address_follow_one_another)
{
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 16, vgpr[8][l] = l + 1;
    execute(&wave, "ds_add_rtn_u32", ds(0));
    uint32_t sum = 0;
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(vgpr[16][l], sum);
        sum += l + 1;
    }
    ck_assert_uint_eq(word_at(lds + 16), sum);
    struct isa_inst inst = ds(0);
    inst.dst = none;
    execute(&wave, "ds_max_u32", inst);
    ck_assert_uint_eq(word_at(lds + 16), sum);
    float f[64];
    for (unsigned l = 0; l < 64; l++)
        f[l] = 0.5f;
    memcpy(vgpr[8], f, sizeof f);
    memset(lds + 16, 0, 4);
    execute(&wave, "ds_add_f32", inst);
    memcpy(f, lds + 16, 4);
    ck_assert_float_eq(f[0], 32);
}
END_TEST

START_TEST(append_and_consume_move_a_counter_by_the_active_lanes)
{
    wave.sgpr[ISA_M0] = 64;
    isa_sgpr64_set(&wave, ISA_EXEC, 0xff00);
    memcpy(lds + 68, &(uint32_t){100}, 4);
    struct isa_inst inst = ds(4);
    inst.src[0] = inst.src[1] = none;
    execute(&wave, "ds_append", inst);
    ck_assert_uint_eq(vgpr[16][8], 100);
    ck_assert_uint_eq(vgpr[16][7], 0xeeeeeeee);
    execute(&wave, "ds_consume", inst);
    ck_assert_uint_eq(vgpr[16][15], 108);
    ck_assert_uint_eq(word_at(lds + 68), 100);
}
END_TEST

START_TEST(lanes_by_number_use_m0)
{
    wave.sgpr[ISA_M0] = 256;
    for (unsigned l = 0; l < 64; l++)
        vgpr[8][l] = l * 3;
    struct isa_inst inst = ds(16);
    inst.src[0] = none;
    execute(&wave, "ds_write_addtid_b32", inst);
    ck_assert_uint_eq(word_at(lds + 272 + 4 * 10), 30);
    execute(&wave, "ds_load_addtid_b32", inst);
    ck_assert_uint_eq(vgpr[16][63], 63 * 3);
}
END_TEST

/* Elements of 4 and 6 bits: 16 by 16, transposed. Of 8 bits: 8 by 8, of even lanes for the first eight, of
 * odd ones for the others. Of 16: 4 by 4, of each fourth lane. */
static unsigned bits_at(const uint8_t *from, unsigned at, unsigned bits)
{
    unsigned value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= (unsigned)(from[(at + i) / 8] >> (at + i) % 8 & 1) << i;
    return value;
}

static unsigned result_at(unsigned lane, unsigned at, unsigned bits)
{
    unsigned value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= (vgpr[16 + (at + i) / 32][lane] >> (at + i) % 32 & 1) << i;
    return value;
}

START_TEST(transposing_loads_give_columns_to_rows_of_16_lanes)
{
    static const struct {
        const char *name;
        unsigned bits, n;
    } loads[] = {{"ds_read_b64_tr_b4", 4, 16},
                 {"ds_read_b96_tr_b6", 6, 16},
                 {"ds_read_b64_tr_b8", 8, 8},
                 {"ds_read_b64_tr_b16", 16, 4}};
    enum { STEP = 20, OFFSET = 4, OFF = 37 };
    wave.generation = ISA_GFX950;
    for (unsigned i = 0; i < sizeof lds; i++)
        lds[i] = (uint8_t)(i * i * 7 + i / 3);
    for (unsigned t = 0; t < 4; t++) {
        const unsigned bits = loads[t].bits, n = loads[t].n, apart = 16 / n;
        struct isa_inst inst = ds(OFFSET);
        for (unsigned l = 0; l < 64; l++)
            vgpr[0][l] = (63 - l) * STEP, vgpr[16][l] = 0x55;
        isa_sgpr64_set(&wave, ISA_EXEC, ~(UINT64_C(1) << OFF));
        execute(&wave, loads[t].name, inst);
        ck_assert_uint_eq(vgpr[16][OFF], 0x55);
        for (unsigned l = 0; l < 64; l++)
            for (unsigned i = 0; i < n && l != OFF; i++) {
                unsigned from = l / 16 * 16 + i * apart + l % 16 / n, element = l % n;
                unsigned expect =
                    from == OFF ? 0 : bits_at(lds + OFFSET + (63 - from) * STEP, element * bits, bits);
                ck_assert_msg(result_at(l, i * bits, bits) == expect, "%s lane %u element %u", loads[t].name,
                              l, i);
            }
    }
}
END_TEST

START_TEST(a_load_can_end_in_lds)
{
    wave.sgpr[ISA_M0] = 128;
    set_addresses(0, 12);
    struct isa_inst inst = global(4);
    inst.dst = none;
    execute(&wave, "global_load_lds_dword", inst);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(word_at(lds + 128 + 4 + l * 4), word_at(memory + 4 + l * 12));
}
END_TEST

/* ---- between lanes ---- */

START_TEST(swizzle_has_four_ways_to_name_a_lane)
{
    struct isa_inst inst = ds(0);
    inst.src[0] = reg(V, 8);
    for (unsigned l = 0; l < 64; l++)
        vgpr[8][l] = 100 + l;
    inst.offset = 0x401f; /* xor with 16 */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][3], 119);
    ck_assert_uint_eq(vgpr[16][35], 151);
    inst.offset = 0x801b; /* reverse each four */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][4], 107);
    ck_assert_uint_eq(vgpr[16][63], 160);
    inst.offset = 0xc020; /* rotate by one */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][30], 131);
    ck_assert_uint_eq(vgpr[16][31], 100);
    inst.offset = 0xe000; /* bit reversal */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][1], 116);
    isa_sgpr64_set(&wave, ISA_EXEC, 1);
    execute(&wave, "ds_swizzle_b32", (inst.offset = 0x401f, inst));
    ck_assert_uint_eq(vgpr[16][0], 0); /* from a lane that is off */
}
END_TEST

START_TEST(permutes_push_and_pull)
{
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = (l + 1) * 4, vgpr[8][l] = 500 + l;
    execute(&wave, "ds_permute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][0], 563);
    ck_assert_uint_eq(vgpr[16][33], 532);
    execute(&wave, "ds_bpermute_b32", ds(4));
    ck_assert_uint_eq(vgpr[16][0], 502);
    ck_assert_uint_eq(vgpr[16][62], 500);
    isa_sgpr64_set(&wave, ISA_EXEC, 3);
    execute(&wave, "ds_bpermute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][0], 501);
    ck_assert_uint_eq(vgpr[16][1], 0);
}
END_TEST

START_TEST(before_gfx12_a_wave64_of_rdna_permutes_within_halves)
{
    setup_wave(&wave, 64, ISA_GFX11);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = (l ^ 32) * 4, vgpr[8][l] = 500 + l;
    execute(&wave, "ds_bpermute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][5], 505);
    ck_assert_uint_eq(vgpr[16][40], 540);
    wave.generation = ISA_GFX12;
    execute(&wave, "ds_bpermute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][5], 537);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lds_outside_the_groups_part_reads_0_and_drops_writes,
        two_address_forms_count_in_elements_or_in_64_of_them,
        lds_moves_every_width,
        compare_and_store_takes_its_operands_in_the_generations_order,
        lds_atomics_of_one_address_follow_one_another,
        append_and_consume_move_a_counter_by_the_active_lanes,
        lanes_by_number_use_m0,
        transposing_loads_give_columns_to_rows_of_16_lanes,
        a_load_can_end_in_lds,
        swizzle_has_four_ways_to_name_a_lane,
        permutes_push_and_pull,
        before_gfx12_a_wave64_of_rdna_permutes_within_halves,
    };
    return run_memory("isa_lds", tests, sizeof tests / sizeof tests[0]);
}
