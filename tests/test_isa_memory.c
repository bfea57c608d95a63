/*
 * test_isa_memory.c - loads and stores on a hand-made wave: addresses, sizes, lanes, mappings, private
 * memory, buffers.
 */
#include "isa_memory.h"

/* ---- loads and stores ---- */

START_TEST(neighbouring_lanes_load_neighbouring_dwords)
{
    set_addresses(64, 4);
    execute(&wave, "global_load_dword", global(-4));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], word_at(memory + 60 + l * 4));
}
END_TEST

START_TEST(lanes_that_are_switched_off_load_and_store_nothing)
{
    uint8_t before[BYTES];
    memcpy(before, memory, BYTES);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, l % 2 ? 0 : BASE + l * 4); /* the odd ones would fault */
    isa_sgpr64_set(&wave, ISA_EXEC, 0x5555555555555555);
    execute(&wave, "global_load_b32", global(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l % 2 ? 0xeeeeeeee : word_at(memory + l * 4));
    execute(&wave, "global_store_b32", global(0));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(word_at(memory + l * 4), l % 2 ? word_at(before + l * 4) : 0xeeeeeeee);
}
END_TEST

START_TEST(scattered_and_unaligned_lanes_load_any_width)
{
    static const struct {
        const char *name;
        unsigned dwords;
    } width[] = {{"global_load_dword", 1},
                 {"global_load_dwordx2", 2},
                 {"global_load_b96", 3},
                 {"global_load_b128", 4}};
    for (unsigned i = 0; i < 4; i++) {
        set_addresses(3, 113);
        execute(&wave, width[i].name, global(0));
        for (unsigned l = 0; l < 64; l++)
            for (unsigned d = 0; d < width[i].dwords; d++)
                ck_assert_uint_eq(vgpr[16 + d][l], word_at(memory + 3 + l * 113 + d * 4));
        ck_assert_uint_eq(vgpr[16 + width[i].dwords][0], 0xeeeeeeee);
    }
}
END_TEST

START_TEST(a_load_may_overwrite_its_own_address)
{
    set_addresses(0, 16);
    struct isa_inst inst = global(0);
    inst.dst = reg(V, 0);
    execute(&wave, "global_load_dwordx4", inst);
    for (unsigned l = 0; l < 64; l++)
        for (unsigned d = 0; d < 4; d++)
            ck_assert_uint_eq(vgpr[d][l], word_at(memory + l * 16 + d * 4));
}
END_TEST

START_TEST(short_loads_extend_or_keep_the_other_half)
{
    memory[0] = 0x80, memory[1] = 0xff;
    static const struct {
        const char *name;
        uint32_t expected;
    } one[] = {
        {"global_load_ubyte", 0x80},
        {"global_load_sbyte", 0xffffff80},
        {"global_load_ushort", 0xff80},
        {"global_load_sshort", 0xffffff80},
        {"global_load_ubyte_d16", 0xeeee0080},
        {"global_load_d16_i8", 0xeeeeff80},
        {"global_load_short_d16", 0xeeeeff80},
        {"global_load_d16_hi_u8", 0x0080eeee},
        {"global_load_sbyte_d16_hi", 0xff80eeee},
        {"global_load_d16_hi_b16", 0xff80eeee},
    };
    set_addresses(0, 0);
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        vgpr[16][5] = 0xeeeeeeee;
        execute(&wave, one[i].name, global(0));
        ck_assert_msg(vgpr[16][5] == one[i].expected, "%s gives 0x%x", one[i].name, vgpr[16][5]);
    }
}
END_TEST

START_TEST(stores_write_their_size_and_no_more)
{
    static const struct {
        const char *name;
        unsigned bytes, from;
    } one[] = {{"global_store_byte", 1, 0},        {"global_store_b16", 2, 0},
               {"global_store_dword", 4, 0},       {"global_store_dwordx2", 8, 0},
               {"global_store_b96", 12, 0},        {"global_store_dwordx4", 16, 0},
               {"global_store_byte_d16_hi", 1, 2}, {"global_store_short_d16_hi", 2, 2}};
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        uint8_t data[16];
        memset(memory, 0x11, BYTES);
        set_addresses(1, 32);
        for (unsigned b = 0; b < 16; b++)
            data[b] = (uint8_t)(0xa0 + b);
        for (unsigned l = 0; l < 64; l++)
            for (unsigned d = 0; d < 4; d++)
                vgpr[8 + d][l] = word_at(data + d * 4);
        execute(&wave, one[i].name, global(0));
        for (unsigned l = 0; l < 64; l++) {
            const uint8_t *at = memory + 1 + l * 32;
            ck_assert_mem_eq(at, data + one[i].from, one[i].bytes);
            ck_assert_uint_eq(at[-1], 0x11);
            ck_assert_uint_eq(at[one[i].bytes], 0x11);
        }
    }
}
END_TEST

START_TEST(a_scalar_base_takes_a_32_bit_unsigned_index)
{
    struct isa_inst inst = global(16);
    inst.src[1] = reg(S, 4);
    isa_sgpr64_set(&wave, 4, BASE - 0xfffffff0ull);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 0xfffffff0u + (l < 16 ? 0 : 0), vgpr[1][l] = 0xbad;
    execute(&wave, "global_load_dword", inst);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    ck_assert_uint_eq(vgpr[16][9], word_at(memory + 16));
}
END_TEST

START_TEST(accumulation_registers_hold_data_too)
{
    struct isa_inst inst = global(0);
    inst.dst = reg(A, 3);
    set_addresses(0, 8);
    execute(&wave, "global_load_dwordx2", inst);
    ck_assert_uint_eq(agpr[4][7], word_at(memory + 7 * 8 + 4));
}
END_TEST

START_TEST(wave32_leaves_the_upper_lanes_alone)
{
    setup_wave(&wave, 32, ISA_GFX11);
    set_addresses(0, 4);
    execute(&wave, "global_load_b32", global(0));
    ck_assert_uint_eq(vgpr[16][31], word_at(memory + 31 * 4));
    ck_assert_uint_eq(vgpr[16][32], 0xeeeeeeee);
    execute(&wave, "global_store_b32", global(SIM_PAGE));
    ck_assert_uint_eq(word_at(memory + SIM_PAGE + 31 * 4), 0xeeeeeeee);
    ck_assert_uint_ne(word_at(memory + SIM_PAGE + 32 * 4), 0xeeeeeeee);
}
END_TEST

/* ---- mappings ---- */

START_TEST(an_access_may_straddle_two_ranges)
{
    static _Alignas(SIM_PAGE) uint8_t low[SIM_PAGE], high[SIM_PAGE];
    const uint64_t at = 0x40000000;
    memset(low, 0x12, sizeof low);
    memset(high, 0x34, sizeof high);
    sim_vm_leave(&vm);
    ck_assert_int_eq(sim_vm_map(&vm, at, SIM_PAGE, low, SIM_VM_READ | SIM_VM_WRITE), 0);
    ck_assert_int_eq(sim_vm_map(&vm, at + SIM_PAGE, SIM_PAGE, high, SIM_VM_READ | SIM_VM_WRITE), 0);
    sim_vm_enter(&vm);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, at + SIM_PAGE - 6);
    execute(&wave, "global_load_dwordx4", global(0));
    ck_assert_uint_eq(vgpr[16][0], 0x12121212);
    ck_assert_uint_eq(vgpr[17][0], 0x34341212);
    ck_assert_uint_eq(vgpr[18][63], 0x34343434);
    vgpr[8][63] = 0xddccbbaa;
    isa_sgpr64_set(&wave, ISA_EXEC, 1ull << 63);
    execute(&wave, "global_store_dword", global(4));
    ck_assert_uint_eq(low[SIM_PAGE - 2], 0xaa);
    ck_assert_uint_eq(low[SIM_PAGE - 1], 0xbb);
    ck_assert_uint_eq(high[0], 0xcc);
    ck_assert_uint_eq(high[1], 0xdd);
}
END_TEST

START_TEST(the_first_active_lane_outside_every_mapping_is_the_fault)
{
    set_addresses(0, 4);
    set_address(3, 0x1000); /* not active */
    set_address(40, BASE + BYTES - 2);
    set_address(41, 0x2000);
    isa_sgpr64_set(&wave, ISA_EXEC, ~(1ull << 3));
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE + BYTES);
    ck_assert_uint_eq(wave.fault_access, SIM_VM_READ);
    ck_assert(wave.fault_not_present);
}
END_TEST

START_TEST(writing_what_may_only_be_read_is_a_fault_of_another_kind)
{
    const uint64_t at = 0x50000000;
    sim_vm_leave(&vm);
    ck_assert_int_eq(sim_vm_map(&vm, at, SIM_PAGE, memory, SIM_VM_READ), 0);
    sim_vm_enter(&vm);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, at + l * 4);
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    execute(&wave, "global_store_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, at);
    ck_assert_uint_eq(wave.fault_access, SIM_VM_WRITE);
    ck_assert(!wave.fault_not_present);
}
END_TEST

START_TEST(an_unmap_is_seen_by_a_wave_that_has_used_the_range)
{
    set_addresses(0, 4);
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    sim_vm_leave(&vm);
    sim_vm_unmap(&vm, BASE, SIM_PAGE);
    sim_vm_enter(&vm);
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE);
}
END_TEST

START_TEST(a_scalar_lookup_fails_at_the_end_of_its_range)
{
    ck_assert_ptr_eq(isa_memory(&wave, BASE + 8, 64, SIM_VM_READ), memory + 8);
    ck_assert_ptr_null(isa_memory(&wave, BASE + BYTES - 4, 8, SIM_VM_READ));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE + BYTES);
}
END_TEST

/* ---- private memory ---- */

START_TEST(private_dwords_of_the_lanes_lie_side_by_side)
{
    struct isa_inst inst = private(0);
    inst.src[0] = none;
    inst.src[1] = reg(S, 2);
    wave.sgpr[2] = 24;
    inst.offset = -8;
    for (unsigned l = 0; l < 64; l++)
        vgpr[8][l] = 0x1000 + l, vgpr[9][l] = 0x2000 + l;
    execute(&wave, "scratch_store_dwordx2", inst);
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(scratch + (16 / 4 * 64 + l) * 4), 0x1000 + l);
        ck_assert_uint_eq(word_at(scratch + (20 / 4 * 64 + l) * 4), 0x2000 + l);
    }
    execute(&wave, "scratch_load_b64", inst);
    ck_assert_uint_eq(vgpr[17][63], 0x2000 + 63);
}
END_TEST

START_TEST(private_bytes_and_unaligned_dwords_go_through_the_interleaving)
{
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l % 8, vgpr[8][l] = 0x04030201;
    struct isa_inst inst = private(40);
    inst.src[1] = reg(S, 2);
    wave.sgpr[2] = (uint32_t)-8;
    execute(&wave, "scratch_store_dword", inst);
    for (unsigned l = 0; l < 64; l++)
        for (unsigned b = 0; b < 4; b++) {
            unsigned o = 32 + l % 8 + b;
            ck_assert_uint_eq(scratch[(o / 4 * 64 + l) * 4 + o % 4], b + 1);
        }
    inst.offset = 42;
    execute(&wave, "scratch_load_ubyte", inst);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], 3);
}
END_TEST

START_TEST(a_wave32_interleaves_32_lanes)
{
    setup_wave(&wave, 32, ISA_GFX11);
    struct isa_inst inst = private(12);
    inst.src[0] = none;
    for (unsigned l = 0; l < 32; l++)
        vgpr[8][l] = 0x7000 + l;
    execute(&wave, "scratch_store_b32", inst);
    for (unsigned l = 0; l < 32; l++)
        ck_assert_uint_eq(word_at(scratch + (12 / 4 * 32 + l) * 4), 0x7000 + l);
}
END_TEST

START_TEST(private_memory_ends_where_the_dispatch_said)
{
    static const int outside[] = {-4, 256, 254};
    struct isa_inst inst = private(252);
    inst.src[0] = none;
    execute(&wave, "scratch_store_dword", inst);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned i = 0; i < 3; i++) {
        wave.state = ISA_RUNNING;
        inst.offset = outside[i];
        execute(&wave, "scratch_store_dword", inst);
        ck_assert_int_eq(wave.state, ISA_FAULTED);
        ck_assert_uint_eq(wave.fault_access, SIM_VM_WRITE);
    }
}
END_TEST

START_TEST(a_generic_address_decides_lane_by_lane)
{
    for (unsigned l = 0; l < 64; l++) {
        set_address(l, l % 3 == 0 ? BASE + l * 4 : l % 3 == 1 ? (1ull << 48) + l * 8 : (2ull << 48) + 16);
        vgpr[8][l] = 0x5000 + l;
    }
    execute(&wave, "flat_store_dword", flat(4));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned l = 0; l < 64; l++) {
        const uint8_t *at = l % 3 == 0   ? memory + l * 4 + 4
                            : l % 3 == 1 ? lds + l * 8 + 4
                                         : scratch + (20 / 4 * 64 + l) * 4;
        ck_assert_uint_eq(word_at(at), 0x5000 + l);
    }
    execute(&wave, "flat_load_b32", flat(4));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], 0x5000 + l);
}
END_TEST

/* ---- buffers ---- */

/* s[4:7]: the resource, v0 (v1): index and offset, s8: soffset */
static struct isa_inst buffer(int offset)
{
    return (struct isa_inst){.format = ISA_MUBUF,
                             .offset = offset,
                             .offen = true,
                             .src = {reg(V, 0), reg(S, 4), reg(S, 8), reg(V, 8)},
                             .dst = reg(V, 16)};
}

static void set_resource(uint64_t base, uint32_t high, uint32_t records, uint32_t word3)
{
    wave.sgpr[4] = (uint32_t)base;
    wave.sgpr[5] = (uint32_t)(base >> 32) | high;
    wave.sgpr[6] = records;
    wave.sgpr[7] = word3;
    wave.sgpr[8] = 0;
}

START_TEST(a_raw_buffer_reads_0_past_its_end)
{
    set_resource(BASE, 0, 100, 0);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l * 4;
    execute(&wave, "buffer_load_dword", buffer(8));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l * 4 + 12 <= 100 ? word_at(memory + 8 + l * 4) : 0);
    uint32_t beyond = word_at(memory + 100);
    execute(&wave, "buffer_store_dwordx2", buffer(8));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    ck_assert_uint_eq(word_at(memory + 96), 0xeeeeeeee);
    ck_assert_uint_eq(word_at(memory + 100), beyond);
}
END_TEST

START_TEST(an_indexed_buffer_steps_by_its_stride)
{
    struct isa_inst inst = buffer(4);
    inst.idxen = true;
    inst.offen = false;
    set_resource(BASE, 24u << 16, 50, 0);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l;
    wave.sgpr[8] = 100;
    execute(&wave, "buffer_load_b32", inst);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l < 50 ? word_at(memory + 100 + l * 24 + 4) : 0);
}
END_TEST

/* The private segment buffer of gfx90a: swizzled by lanes, word 3 as ROCr writes it. */
START_TEST(a_scratch_buffer_interleaves_the_lanes)
{
    set_resource(SCRATCH, 0x80000000, sizeof scratch, 0x00ea4fac);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 8, vgpr[8][l] = 0x6000 + l, vgpr[9][l] = 0x9000 + l;
    execute(&wave, "buffer_store_dwordx2", buffer(4));
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(scratch + (12 / 4 * 64 + l) * 4), 0x6000 + l);
        ck_assert_uint_eq(word_at(scratch + (16 / 4 * 64 + l) * 4), 0x9000 + l);
    }
    execute(&wave, "buffer_load_dword", buffer(8));
    ck_assert_uint_eq(vgpr[16][33], 0x9000 + 33);
}
END_TEST

START_TEST(no_name_is_bound_twice)
{
    for (const struct isa_binding *b = isa_exec_memory; b->name; b++)
        for (const struct isa_binding *c = b + 1; c->name; c++)
            ck_assert_str_ne(b->name, c->name);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        neighbouring_lanes_load_neighbouring_dwords,
        lanes_that_are_switched_off_load_and_store_nothing,
        scattered_and_unaligned_lanes_load_any_width,
        a_load_may_overwrite_its_own_address,
        short_loads_extend_or_keep_the_other_half,
        stores_write_their_size_and_no_more,
        a_scalar_base_takes_a_32_bit_unsigned_index,
        accumulation_registers_hold_data_too,
        wave32_leaves_the_upper_lanes_alone,
        an_access_may_straddle_two_ranges,
        the_first_active_lane_outside_every_mapping_is_the_fault,
        writing_what_may_only_be_read_is_a_fault_of_another_kind,
        an_unmap_is_seen_by_a_wave_that_has_used_the_range,
        a_scalar_lookup_fails_at_the_end_of_its_range,
        private_dwords_of_the_lanes_lie_side_by_side,
        private_bytes_and_unaligned_dwords_go_through_the_interleaving,
        a_wave32_interleaves_32_lanes,
        private_memory_ends_where_the_dispatch_said,
        a_generic_address_decides_lane_by_lane,
        a_raw_buffer_reads_0_past_its_end,
        an_indexed_buffer_steps_by_its_stride,
        a_scratch_buffer_interleaves_the_lanes,
        no_name_is_bound_twice,
    };
    return run_memory("isa_memory", tests, sizeof tests / sizeof tests[0]);
}
