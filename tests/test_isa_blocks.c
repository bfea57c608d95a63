/*
 * test_isa_blocks.c - gfx12's transposing loads and its blocks of registers, held against memory whose every
 * element says where it is.
 *
 * What a transposing load gives is told as its users have it: with the addresses they use, lane l gets eight
 * rows of one column of a tile of 16 times 16, as WMMA wants its B.
 */
#include "isa/coverage.h"
#include "isa/operands.h"
#include "isa/run_truth.h"
#include "isa/vector.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { TILE = 16, BLOCK = 32, SLOT = 256, TARGET = TARGET_1201 };
enum { HALVES, BYTES, BYTES_OFF, STORE_GLOBAL, LOAD_GLOBAL, STORE_SCRATCH, LOAD_SCRATCH, WAVE64, CODES };

static struct code codes[CODES];
static struct state before, got, expect;

static void codes_make(bool wave32)
{
    static const char *const texts[CODES] = {
        [HALVES] = "global_load_tr_b128 v[20:23], v[8:9], off",
        [BYTES] = "global_load_tr_b64 v[20:21], v8, s[22:23] offset:16",
        [BYTES_OFF] = "global_load_tr_b64 v[20:21], v[8:9], off",
        [STORE_GLOBAL] = "global_store_block v[8:9], v[12:43], off offset:4",
        [LOAD_GLOBAL] = "global_load_block v[12:43], v[8:9], off offset:4",
        [STORE_SCRATCH] = "scratch_store_block v8, v[12:43], off offset:8",
        [LOAD_SCRATCH] = "scratch_load_block v[12:43], v8, off offset:8",
        [WAVE64] = "global_load_tr_b64 v20, v[8:9], off",
    };
    for (unsigned i = 0; i < CODES; i++)
        strcpy(codes[i].text, texts[i]);
    ck_assert_msg(machine_assemble(TARGET, wave32, codes, CODES), "llvm-mc-22");
    machine_load(TARGET, codes, CODES);
}

static void address_put(unsigned lane, uint64_t va)
{
    before.vgpr[REG_A][lane] = (uint32_t)va;
    before.vgpr[REG_A + 1][lane] = (uint32_t)(va >> 32);
}

/* Runs it from before, to got; expect is before, for the caller to change. */
static void run(unsigned code, bool wave32)
{
    memcpy(&got, &before, sizeof got);
    memcpy(&expect, &before, sizeof expect);
    ck_assert_uint_ne(codes[code].bytes, 0);
    ck_assert_msg(machine_run(TARGET, wave32, code, &got) == ISA_ENDED, "%s", codes[code].text);
}

static void compare(unsigned code, uint32_t classes)
{
    char name[32];
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned lane = 0; lane < 32; lane++)
            ck_assert_msg(got.vgpr[r][lane] == expect.vgpr[r][lane], "%s: v%u of lane %u is %08x, not %08x",
                          codes[code].text, r, lane, got.vgpr[r][lane], expect.vgpr[r][lane]);
    sscanf(codes[code].text, "%31s", name);
    coverage_add(name, TARGET,
                 COVER_COMPARED | COVER_PLAIN | classes | operands_round_classes(&before, true));
}

START_TEST(a_tile_of_halves_comes_transposed)
{
    codes_make(true);
    for (unsigned k = 0; k < TILE; k++)
        for (unsigned n = 0; n < TILE; n++) {
            uint16_t value = (uint16_t)(k << 8 | n);
            memcpy(machine_data + (k * TILE + n) * 2, &value, 2);
        }
    operands_fill(&before, TARGET, true, 0);
    for (unsigned lane = 0; lane < 32; lane++) /* half a row: rows l % 8 of the lane's half of the tile */
        address_put(lane, DATA_VA + ((lane / 16 * 8 + lane % 8) * TILE + lane / 8 % 2 * 8) * 2);
    run(HALVES, true);
    for (unsigned lane = 0; lane < 32; lane++)
        for (unsigned i = 0; i < 4; i++) {
            unsigned k = lane / 16 * 8 + 2 * i, n = lane % 16;
            expect.vgpr[REG_D + i][lane] = (k << 8 | n) | ((k + 1) << 8 | n) << 16;
        }
    compare(HALVES, 0);
    coverage_save();
}
END_TEST

/* Column n from row k on, four bytes: element k, n is 16 k + n. */
static uint32_t column_of(unsigned k, unsigned n)
{
    uint32_t four = 0;
    for (unsigned i = 0; i < 4; i++)
        four |= ((k + i) * TILE + n) << 8 * i;
    return four;
}

static void bytes_fill(void)
{
    for (unsigned i = 0; i < TILE * TILE; i++)
        machine_data[i] = (uint8_t)i;
}

static unsigned byte_run(unsigned lane) /* half a row of bytes */
{
    return (lane / 8 * 4 + lane % 4) * TILE + lane / 4 % 2 * 8;
}

START_TEST(a_tile_of_bytes_comes_transposed)
{
    codes_make(true);
    bytes_fill();
    operands_fill(&before, TARGET, true, 0);
    before.sgpr[22] = DATA_VA - 16;
    before.sgpr[23] = 0;
    for (unsigned lane = 0; lane < 32; lane++)
        before.vgpr[REG_A][lane] = byte_run(lane);
    run(BYTES, true);
    for (unsigned lane = 0; lane < 32; lane++)
        for (unsigned i = 0; i < 2; i++)
            expect.vgpr[REG_D + i][lane] = column_of(lane / 16 * 8 + 4 * i, lane % 16);
    compare(BYTES, COVER_OFFSET | COVER_SCALAR);
    coverage_save();
}
END_TEST

START_TEST(lanes_that_are_off_get_nothing)
{
    codes_make(true);
    bytes_fill();
    operands_fill(&before, TARGET, true, 0);
    before.sgpr[SREG_EXEC] = 0xffff0000; /* whole groups of 16 are on */
    for (unsigned lane = 0; lane < 32; lane++)
        address_put(lane, lane < 16 ? 0 : DATA_VA + byte_run(lane));
    run(BYTES_OFF, true);
    for (unsigned lane = 16; lane < 32; lane++)
        for (unsigned i = 0; i < 2; i++)
            expect.vgpr[REG_D + i][lane] = column_of(lane / 16 * 8 + 4 * i, lane % 16);
    compare(BYTES_OFF, 0);
    coverage_save();
}
END_TEST

START_TEST(transposing_loads_of_64_lanes_are_refused)
{
    codes_make(false);
    operands_fill(&before, TARGET, false, 0);
    for (unsigned lane = 0; lane < 64; lane++)
        address_put(lane, DATA_VA);
    memcpy(&got, &before, sizeof got);
    ck_assert_uint_ne(codes[WAVE64].bytes, 0);
    ck_assert_int_eq(machine_run(TARGET, false, WAVE64, &got), ISA_ILLEGAL);
}
END_TEST

/* ---- blocks ---- */

static uint32_t *scratch_at(uint8_t *memory, unsigned lane, unsigned byte)
{
    return (uint32_t *)(void *)(memory + byte / 4 * 4 * 32 + lane * 4);
}

static void block_start(uint32_t chosen, bool scratch)
{
    codes_make(true);
    machine_noise_fill(machine_data, sizeof machine_data);
    machine_noise_fill(machine_scratch, sizeof machine_scratch);
    operands_fill(&before, TARGET, true, 1);
    before.sgpr[SREG_EXEC] = 0x80000f0f;
    before.sgpr[SREG_M0] = chosen;
    for (unsigned lane = 0; lane < 32; lane++)
        address_put(lane, scratch ? 16 : DATA_VA + lane * SLOT);
}

static uint32_t *block_at(uint8_t *memory, unsigned lane, unsigned i, bool scratch)
{
    return scratch ? scratch_at(memory, lane, 16 + 8 + 4 * i)
                   : (uint32_t *)(void *)(memory + lane * SLOT + 4 + 4 * i);
}

static void block_try(unsigned store, unsigned load, bool scratch, uint32_t chosen)
{
    static uint8_t memory[DATA_BYTES];
    uint8_t *real = scratch ? machine_scratch : machine_data;
    block_start(chosen, scratch);
    memcpy(memory, real, sizeof memory);
    run(store, true);
    for (unsigned lane = 0; lane < 32; lane++)
        for (unsigned i = 0; i < BLOCK; i++)
            if (before.sgpr[SREG_EXEC] >> lane & 1 && chosen >> i & 1)
                *block_at(memory, lane, i, scratch) = before.vgpr[REG_B + i][lane];
    compare(store, COVER_OFFSET);
    ck_assert_mem_eq(real, memory, sizeof memory);

    machine_noise_fill(&before.vgpr[REG_B], sizeof before.vgpr[0] * BLOCK);
    run(load, true);
    for (unsigned lane = 0; lane < 32; lane++)
        for (unsigned i = 0; i < BLOCK; i++)
            if (before.sgpr[SREG_EXEC] >> lane & 1 && chosen >> i & 1)
                expect.vgpr[REG_B + i][lane] = *block_at(memory, lane, i, scratch);
    compare(load, COVER_OFFSET);
}

START_TEST(m0_says_which_registers_of_a_block_move_and_memory_has_room_for_all)
{
    static const uint32_t chosen[] = {UINT32_MAX, 0, 1, 0x80000000, 0xa5a50ff0};
    for (unsigned i = 0; i < sizeof chosen / sizeof *chosen; i++) {
        block_try(STORE_GLOBAL, LOAD_GLOBAL, false, chosen[i]);
        block_try(STORE_SCRATCH, LOAD_SCRATCH, true, chosen[i]);
    }
    machine_end();
    coverage_save();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_tile_of_halves_comes_transposed,
                                  a_tile_of_bytes_comes_transposed,
                                  lanes_that_are_off_get_nothing,
                                  transposing_loads_of_64_lanes_are_refused,
                                  m0_says_which_registers_of_a_block_move_and_memory_has_room_for_all,
                                  NULL};
    return run_truth("isa_blocks", 120, tests);
}
