/*
 * test_isa_shared.c - memory addressed by the lane's number, counters in LDS, loads into it and loads out of
 * it that transpose: each case is a text and what it makes of a wave's state.
 *
 * Facts: sections "DS Instructions" of AMD's MI300, CDNA4, RDNA3 and RDNA4 manuals; that M0 has a
 * counter's address: LLVM (AMDGPUISelDAGToDAG.cpp, SelectDSAppendConsume).
 * Loads to LDS: "Memory Buffer Load to LDS" and "Addressing" of flat memory in MI300's and CDNA4's. Which
 * lane gets which element: see docs/sources.md.
 */
#include "isa/run_truth.h"
#include "isa/special.h"
#include "isa/vector.h"

#include <check.h>
#include <string.h>

enum { BASE = 0x40, OFFSET = 16 };

static bool is_on(const struct context *c, unsigned lane)
{
    return c->exec >> lane & 1;
}

static uint32_t word_at(unsigned byte)
{
    uint32_t word;
    memcpy(&word, machine_lds + byte, sizeof word);
    return word;
}

static void loaded_by_lane(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BASE;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = word_at(BASE + OFFSET + 4 * i);
}

/* What lies there now was stored by the lanes that are on. */
static void stored_by_lane(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BASE;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            ck_assert_uint_eq(word_at(BASE + OFFSET + 4 * i), c->before->vgpr[REG_B][i]);
}

/* Each of two returns what was there before it, to all lanes that are on. */
static void counted(const struct context *c, struct state *s, uint32_t step)
{
    uint32_t after = word_at(BASE + OFFSET);
    s->sgpr[SREG_M0] = BASE;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i)) {
            s->vgpr[REG_D][i] = after - 2 * step;
            s->vgpr[REG_D + 1][i] = after - step;
        }
}

static void appended(const struct context *c, struct state *s)
{
    counted(c, s, (uint32_t)__builtin_popcountll(c->exec));
}

static void consumed(const struct context *c, struct state *s)
{
    counted(c, s, 0 - (uint32_t)__builtin_popcountll(c->exec));
}

static void permuted_from_any(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = c->before->vgpr[REG_B][(c->before->vgpr[REG_A][i] + 8) / 4 % c->lanes];
}

/* ---- loads to LDS: lane by lane in a row, whatever the address that they come from ---- */

enum { TO = 0x40, UNTOUCHED = 0x5a };
/* Of M0 some bits are an offset of dwords; the rest does not count. */
#define TO_LDS         "s_mov_b32 m0, 0xabc40042\nv_and_b32 v8, 0xfc, v8\n"
#define TO_LDS_BUFFER  "s_mov_b32 m0, 0xabc40040\nv_and_b32 v8, 0xfc, v8\n"
#define TO_LDS_SCRATCH "s_mov_b32 m0, 0xabc40042\nv_and_b32 v8, 0x7c, v8\n"

static bool was_stored(const struct context *c, unsigned byte, unsigned bytes, unsigned step, unsigned *lane,
                       unsigned *at)
{
    unsigned first = TO + OFFSET;
    if (byte < first || byte >= first + c->lanes * step)
        return false;
    *lane = (byte - first) / step;
    *at = (byte - first) % step;
    return is_on(c, *lane) && *at < bytes;
}

/* from: of a lane. Afterwards LDS is as if nothing had been there, for the next round. */
static void stored_check(const struct context *c, const uint8_t *(*from)(const struct context *, unsigned),
                         unsigned bytes, bool sign)
{
    unsigned size = bytes < 4 ? 4 : bytes, step = size == 12 ? 16 : size, lane, at;
    for (unsigned byte = 0; byte < LDS_BYTES; byte++) {
        uint8_t expect = UNTOUCHED;
        if (was_stored(c, byte, size, step, &lane, &at)) {
            const uint8_t *source = from(c, lane);
            expect = at < bytes ? source[at] : sign && source[bytes - 1] & 0x80 ? 0xff : 0;
        }
        ck_assert_msg(
            machine_lds[byte] == expect, "%s: LDS at %#x: %#x, not %#x (lanes %u, exec %#lx, bytes %u)",
            isa_targets[c->target].cpu, byte, machine_lds[byte], expect, c->lanes, (long)c->exec, bytes);
    }
    memset(machine_lds, UNTOUCHED, LDS_BYTES);
}

static const uint8_t *from_data(const struct context *c, unsigned lane)
{
    return machine_data + (c->before->vgpr[REG_A][lane] & 0xfc) + OFFSET;
}

/* A lane's dwords of scratch lie as many dwords apart as there are lanes. */
static const uint8_t *from_scratch(const struct context *c, unsigned lane)
{
    unsigned dword = ((c->before->vgpr[REG_A][lane] & 0x7c) + OFFSET) / 4;
    return machine_scratch + (dword * c->lanes + lane) * 4;
}

static void address_masked(const struct context *c, struct state *s, uint32_t m0, uint32_t mask)
{
    s->sgpr[SREG_M0] = m0;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_A][i] &= mask;
}

#define STORED(name, m0, mask, from, bytes, sign)              \
    static void name(const struct context *c, struct state *s) \
    {                                                          \
        address_masked(c, s, m0, mask);                        \
        stored_check(c, from, bytes, sign);                    \
    }
#define STORED_OF(name, bytes, sign)                                \
    STORED(name##_global, 0xabc40042, 0xfc, from_data, bytes, sign) \
    STORED(name##_buffer, 0xabc40040, 0xfc, from_data, bytes, sign)
#define STORED_OF_ALL(name, bytes, sign) \
    STORED_OF(name, bytes, sign)         \
    STORED(name##_scratch, 0xabc40042, 0x7c, from_scratch, bytes, sign)
STORED_OF_ALL(ubyte, 1, false)
STORED_OF_ALL(sbyte, 1, true)
STORED_OF_ALL(ushort, 2, false)
STORED_OF_ALL(sshort, 2, true)
STORED_OF_ALL(dword, 4, false)
STORED_OF(dwordx3, 12, false)
STORED_OF(dwordx4, 16, false)

#define LDS_ROWS(end)                                                                                        \
    {"global_load_lds_" #end, TO_LDS "global_load_lds_" #end " v8, s[28:29] offset:16", end##_global, 0, 0}, \
    {                                                                                                        \
        "buffer_load_" #end, TO_LDS_BUFFER "buffer_load_" #end " v8, s[8:11], 0 offen offset:16 lds",        \
            end##_buffer, 0, 0                                                                               \
    }
#define LDS_ROW_SCRATCH(end)                                                                    \
    {                                                                                           \
        "scratch_load_lds_" #end, TO_LDS_SCRATCH "scratch_load_lds_" #end " v8, off offset:16", \
            end##_scratch, 0, 0                                                                 \
    }

static const struct special to_lds[] = {
    LDS_ROWS(ubyte),        LDS_ROWS(sbyte),         LDS_ROWS(ushort),        LDS_ROWS(sshort),
    LDS_ROWS(dword),        LDS_ROWS(dwordx3),       LDS_ROWS(dwordx4),       LDS_ROW_SCRATCH(ubyte),
    LDS_ROW_SCRATCH(sbyte), LDS_ROW_SCRATCH(ushort), LDS_ROW_SCRATCH(sshort), LDS_ROW_SCRATCH(dword),
};

START_TEST(loads_to_lds_put_lanes_in_a_row)
{
    machine_noise_fill(machine_scratch, sizeof machine_scratch);
    memset(machine_lds, UNTOUCHED, LDS_BYTES);
    specials_try(to_lds, sizeof to_lds / sizeof *to_lds);
}
END_TEST

/* ---- loads that transpose (gfx950): what 16 lanes read, one after the other, is dealt out to them in turn
 * ---- */

static bool bit_read(const struct context *c, unsigned lane, unsigned bit)
{
    unsigned at = (c->before->vgpr[REG_A][lane] & 0x7f0) + OFFSET + bit / 8;
    return is_on(c, lane) && machine_lds[at] >> bit % 8 & 1;
}

static void transposed(const struct context *c, struct state *s, unsigned bits, unsigned n)
{
    for (unsigned lane = 0; lane < c->lanes; lane++) {
        if (!is_on(c, lane))
            continue;
        s->vgpr[REG_A][lane] &= 0x7f0;
        for (unsigned d = 0; d < bits * n / 32; d++)
            s->vgpr[REG_D + d][lane] = 0;
        for (unsigned i = 0; i < n * bits; i++) {
            unsigned place = (i / bits * 16 + lane % 16) * bits + i % bits; /* among the bits of all 16 */
            uint32_t bit = bit_read(c, lane / 16 * 16 + place / (n * bits), place % (n * bits));
            s->vgpr[REG_D + i / 32][lane] |= bit << i % 32;
        }
    }
}

static void transposed_b4(const struct context *c, struct state *s)
{
    transposed(c, s, 4, 16);
}

static void transposed_b6(const struct context *c, struct state *s)
{
    transposed(c, s, 6, 16);
}

static void transposed_b8(const struct context *c, struct state *s)
{
    transposed(c, s, 8, 8);
}

static void transposed_b16(const struct context *c, struct state *s)
{
    transposed(c, s, 16, 4);
}

/* ---- memory by the lane's number ---- */

static uint32_t data_at(unsigned byte)
{
    uint32_t word;
    memcpy(&word, machine_data + byte, sizeof word);
    return word;
}

static void data_loaded_by_lane(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = data_at(OFFSET + 4 * i);
}

/* Read back, for lanes that are off too. */
static void data_stored_by_lane(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i)) {
            ck_assert_uint_eq(data_at(OFFSET + 4 * i), c->before->vgpr[REG_B][i]);
            s->vgpr[REG_D][i] = c->before->vgpr[REG_B][i];
        }
}

#define M0_IS_BASE "s_movk_i32 m0, 0x40\n"
#define AT_LANE(name, text, change)         \
    {                                       \
        name, M0_IS_BASE text, change, 0, 0 \
    }
#define TRANSPOSED(name, to, change)                                                 \
    {                                                                                \
        name, "v_and_b32 v8, 0x7f0, v8\n" name " " to ", v8 offset:16", change, 0, 0 \
    }
#define TWICE(name, change)                                                          \
    {                                                                                \
        name, M0_IS_BASE name " v20 offset:16\n" name " v21 offset:16", change, 0, 0 \
    }

static const struct special specials[] = {
    AT_LANE("ds_read_addtid_b32", "ds_read_addtid_b32 v20 offset:16", loaded_by_lane),
    AT_LANE("ds_load_addtid_b32", "ds_load_addtid_b32 v20 offset:16", loaded_by_lane),
    AT_LANE("ds_write_addtid_b32", "ds_write_addtid_b32 v12 offset:16", stored_by_lane),
    AT_LANE("ds_store_addtid_b32", "ds_store_addtid_b32 v12 offset:16", stored_by_lane),
    TWICE("ds_append", appended),
    TWICE("ds_consume", consumed),
    {"global_load_dword_addtid", "global_load_dword_addtid v20, s[28:29] offset:16", data_loaded_by_lane, 0,
     0},
    {"global_load_addtid_b32", "global_load_addtid_b32 v20, s[28:29] offset:16", data_loaded_by_lane, 0, 0},
    {"global_store_dword_addtid",
     "global_store_dword_addtid v12, s[28:29] offset:16\nglobal_load_dword_addtid v20, s[28:29] offset:16",
     data_stored_by_lane, 0, 0},
    {"global_store_addtid_b32",
     "global_store_addtid_b32 v12, s[28:29] offset:16\nglobal_load_addtid_b32 v20, s[28:29] offset:16",
     data_stored_by_lane, 0, 0},
    TRANSPOSED("ds_read_b64_tr_b4", "v[20:21]", transposed_b4),
    TRANSPOSED("ds_read_b96_tr_b6", "v[20:22]", transposed_b6),
    TRANSPOSED("ds_read_b64_tr_b8", "v[20:21]", transposed_b8),
    TRANSPOSED("ds_read_b64_tr_b16", "v[20:21]", transposed_b16),
    {"ds_bpermute_fi_b32", "ds_bpermute_fi_b32 v20, v8, v12 offset:8", permuted_from_any, 0, 0},
};

START_TEST(shared_memory_by_lane_and_its_counters_do_what_the_manual_says)
{
    machine_noise_fill(machine_lds, sizeof machine_lds);
    specials_try(specials, sizeof specials / sizeof *specials);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {shared_memory_by_lane_and_its_counters_do_what_the_manual_says,
                                  loads_to_lds_put_lanes_in_a_row, NULL};
    return run_truth("isa_shared", 600, tests);
}
