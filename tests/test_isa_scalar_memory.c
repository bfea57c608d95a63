/*
 * test_isa_scalar_memory.c - scalar loads, stores and atomics (gfx9): each a text, run on every target that
 * knows it, and what it makes of a wave's state.
 */
#include "isa/special.h"
#include "isa/vector.h"
#include "isa/run_truth.h"

#include <check.h>
#include <string.h>

/* ---- scalar loads ---- */

#define LOADED(name, n)                                        \
    static void name(const struct context *c, struct state *s) \
    {                                                          \
        (void)c;                                               \
        memcpy(&s->sgpr[40], machine_data + 16, (n)*4);        \
    }
LOADED(loaded1, 1)
LOADED(loaded2, 2)
LOADED(loaded3, 3)
LOADED(loaded4, 4)
LOADED(loaded8, 8)
LOADED(loaded16, 16)

static void loaded_at(const struct context *c, struct state *s)
{
    memcpy(&s->sgpr[40], machine_data + c->before->sgpr[24], 8);
}

static void loaded_narrow(struct state *s, unsigned bytes, bool sign)
{
    uint32_t value = 0;
    memcpy(&value, machine_data + 18, bytes);
    s->sgpr[40] =
        bytes == 1 ? (sign ? (uint32_t)(int8_t)value : value) : (sign ? (uint32_t)(int16_t)value : value);
}
#define NARROW(name, bytes, sign)                              \
    static void name(const struct context *c, struct state *s) \
    {                                                          \
        (void)c;                                               \
        loaded_narrow(s, bytes, sign);                         \
    }
NARROW(loaded_u8, 1, false)
NARROW(loaded_i8, 1, true)
NARROW(loaded_u16, 2, false)
NARROW(loaded_i16, 2, true)

/* Of scratch: s24 is 3, and counts in 64 bytes. */
static void loaded_far(const struct context *c, struct state *s)
{
    (void)c;
    s->sgpr[24] = 3;
    memcpy(&s->sgpr[40], machine_data + 192 + 8, 8);
}

/* ---- scalar stores and atomics (gfx9) ---- */

static void stored_far(const struct context *c, struct state *s)
{
    s->sgpr[24] = 2;
    memcpy(&s->sgpr[40], machine_data + 128, 4);
    memcpy(&s->sgpr[41], &c->before->sgpr[20], 8);
    memcpy(&s->sgpr[43], machine_data + 140, 4);
}

/* Eight dwords from byte 8 on before, in s[40:47], and after, in s[48:55]. What was there came by loads,
 * which are held against memory above. */
static uint32_t *stored_begin(const struct context *c, struct state *s)
{
    memcpy(&s->sgpr[40], &c->got->sgpr[40], 32);
    memcpy(&s->sgpr[48], &c->got->sgpr[40], 32);
    return &s->sgpr[48];
}

#define STORED(name, at, n)                                             \
    static void name(const struct context *c, struct state *s)          \
    {                                                                   \
        memcpy(stored_begin(c, s) + (at), &c->before->sgpr[20], (n)*4); \
    }
STORED(stored1, 2, 1)
STORED(stored2, 2, 2)
STORED(stored4, 2, 4)
STORED(stored_early, 0, 1)

/* A resource of 20 bytes: the third dword is the last one in it. */
static void stored_within(const struct context *c, struct state *s)
{
    memcpy(stored_begin(c, s), &c->before->sgpr[20], 12);
    memcpy(&s->sgpr[32], &c->before->sgpr[28], 8);
    s->sgpr[34] = 20;
    s->sgpr[35] = 0;
}

static uint64_t atomic_result(const char *op, unsigned bits, uint64_t old, uint64_t data, uint64_t compared)
{
    unsigned unused = 64 - bits;
    int64_t x = (int64_t)(old << unused) >> unused, y = (int64_t)(data << unused) >> unused;
    switch (op[0] << 8 | op[1]) {
    case 's' << 8 | 'w':
        return data;
    case 'c' << 8 | 'm':
        return old == compared ? data : old;
    case 'a' << 8 | 'd':
        return old + data;
    case 's' << 8 | 'u':
        return old - data;
    case 's' << 8 | 'm':
        return op[2] == 'i' ? (x < y ? old : data) : (x > y ? old : data);
    case 'u' << 8 | 'm':
        return op[2] == 'i' ? (old < data ? old : data) : (old > data ? old : data);
    case 'a' << 8 | 'n':
        return old & data;
    case 'o' << 8 | 'r':
        return old | data;
    case 'x' << 8 | 'o':
        return old ^ data;
    case 'i' << 8 | 'n':
        return old >= data ? 0 : old + 1;
    default: /* dec */
        return old == 0 || old > data ? data : old - 1;
    }
}

/* The third dword, or the third and the fourth; what was there goes to the data's registers. */
static void scalar_atomic(const struct context *c, struct state *s, const char *op, unsigned dwords)
{
    uint32_t *memory = stored_begin(c, s) + 2;
    uint64_t old = memory[0], data = c->before->sgpr[20], compared = c->before->sgpr[20 + dwords], result;
    if (dwords == 2) {
        old |= (uint64_t)memory[1] << 32;
        data |= (uint64_t)c->before->sgpr[21] << 32;
        compared |= (uint64_t)c->before->sgpr[23] << 32;
    }
    result = atomic_result(op, 32 * dwords, old, data, compared);
    memcpy(memory, &result, 4 * dwords);
    memcpy(&s->sgpr[20], &old, 4 * dwords);
}

#define ATOMICS(X) X(swap) X(add) X(sub) X(smin) X(umin) X(smax) X(umax) X(and) X(or) X(xor) X(inc) X(dec)
#define ATOMIC(op)                                                     \
    static void atomic_##op(const struct context *c, struct state *s)  \
    {                                                                  \
        scalar_atomic(c, s, #op, 1);                                   \
    }                                                                  \
    static void atomic2_##op(const struct context *c, struct state *s) \
    {                                                                  \
        scalar_atomic(c, s, #op, 2);                                   \
    }
ATOMICS(ATOMIC)
ATOMIC(cmpswap)

/* The comparison of the second cmpswap holds: its data is what memory had. */
static void atomic_equal(const struct context *c, struct state *s)
{
    uint32_t *memory = stored_begin(c, s) + 2;
    s->sgpr[20] = s->sgpr[21] = memory[0];
    memory[0] = c->before->sgpr[20];
}

/* Just past the 20 bytes of the resource. */
static void atomic_beyond(const struct context *c, struct state *s)
{
    stored_within(c, s);
    memcpy(&s->sgpr[48], &c->got->sgpr[40], 32);
    s->sgpr[20] = 0;
}

static void atomic_within(const struct context *c, struct state *s)
{
    stored_within(c, s);
    memcpy(&s->sgpr[48], &c->got->sgpr[40], 32);
    s->sgpr[20] = s->sgpr[50];
    s->sgpr[50] = c->before->sgpr[20];
}

#define STORE(name, text, change)                                                                         \
    {                                                                                                     \
        name, "s_load_dwordx8 s[40:47], s[28:29], 0x8\n" text "\ns_load_dwordx8 s[48:55], s[28:29], 0x8", \
            change, 0, 0                                                                                  \
    }
#define RESOURCE "s_mov_b64 s[32:33], s[28:29]\ns_movk_i32 s34, 20\ns_mov_b32 s35, 0\n"
#define ATOMIC_ROWS(op)                                                                                 \
    STORE("s_atomic_" #op, "s_atomic_" #op " s20, s[28:29], 0x10 glc", atomic_##op),                    \
        STORE("s_atomic_" #op "_x2", "s_atomic_" #op "_x2 s[20:21], s[28:29], 0x10 glc", atomic2_##op), \
        STORE("s_buffer_atomic_" #op, "s_buffer_atomic_" #op " s20, s[8:11], 0x10 glc", atomic_##op),   \
        STORE("s_buffer_atomic_" #op "_x2", "s_buffer_atomic_" #op "_x2 s[20:21], s[8:11], 0x10 glc",   \
              atomic2_##op),

static const struct special specials[] = {
    {"s_load_dword", "s_load_dword s40, s[28:29], 0x10", loaded1, 0, 0},
    {"s_load_b32", "s_load_b32 s40, s[28:29], 0x10", loaded1, 0, 0},
    {"s_load_dwordx2", "s_load_dwordx2 s[40:41], s[28:29], 0x10", loaded2, 0, 0},
    {"s_load_dwordx2", "s_load_dwordx2 s[40:41], s[28:29], s24", loaded_at, 0, 0},
    {"s_load_b64", "s_load_b64 s[40:41], s[28:29], 0x10", loaded2, 0, 0},
    {"s_load_b64", "s_load_b64 s[40:41], s[28:29], s24", loaded_at, 0, 0},
    {"s_load_b64", "s_load_b64 s[40:41], s[28:29], s24 offset:0x0", loaded_at, 0, 0},
    {"s_load_b96", "s_load_b96 s[40:42], s[28:29], 0x10", loaded3, 0, 0},
    {"s_load_dwordx4", "s_load_dwordx4 s[40:43], s[28:29], 0x10", loaded4, 0, 0},
    {"s_load_b128", "s_load_b128 s[40:43], s[28:29], 0x10", loaded4, 0, 0},
    {"s_load_dwordx8", "s_load_dwordx8 s[40:47], s[28:29], 0x10", loaded8, 0, 0},
    {"s_load_b256", "s_load_b256 s[40:47], s[28:29], 0x10", loaded8, 0, 0},
    {"s_load_dwordx16", "s_load_dwordx16 s[40:55], s[28:29], 0x10", loaded16, 0, 0},
    {"s_load_b512", "s_load_b512 s[40:55], s[28:29], 0x10", loaded16, 0, 0},
    {"s_load_u8", "s_load_u8 s40, s[28:29], 0x12", loaded_u8, 0, 0},
    {"s_load_i8", "s_load_i8 s40, s[28:29], 0x12", loaded_i8, 0, 0},
    {"s_load_u16", "s_load_u16 s40, s[28:29], 0x12", loaded_u16, 0, 0},
    {"s_load_i16", "s_load_i16 s40, s[28:29], 0x12", loaded_i16, 0, 0},
    {"s_buffer_load_dword", "s_buffer_load_dword s40, s[8:11], 0x10", loaded1, 0, 0},
    {"s_buffer_load_b32", "s_buffer_load_b32 s40, s[8:11], 0x10", loaded1, 0, 0},
    {"s_buffer_load_dwordx2", "s_buffer_load_dwordx2 s[40:41], s[8:11], 0x10", loaded2, 0, 0},
    {"s_buffer_load_b64", "s_buffer_load_b64 s[40:41], s[8:11], 0x10", loaded2, 0, 0},
    {"s_buffer_load_dwordx4", "s_buffer_load_dwordx4 s[40:43], s[8:11], 0x10", loaded4, 0, 0},
    {"s_buffer_load_b128", "s_buffer_load_b128 s[40:43], s[8:11], 0x10", loaded4, 0, 0},
    {"s_buffer_load_dwordx8", "s_buffer_load_dwordx8 s[40:47], s[8:11], 0x10", loaded8, 0, 0},
    {"s_buffer_load_b256", "s_buffer_load_b256 s[40:47], s[8:11], 0x10", loaded8, 0, 0},
    {"s_buffer_load_dwordx16", "s_buffer_load_dwordx16 s[40:55], s[8:11], 0x10", loaded16, 0, 0},
    {"s_buffer_load_b512", "s_buffer_load_b512 s[40:55], s[8:11], 0x10", loaded16, 0, 0},
    {"s_buffer_load_b96", "s_buffer_load_b96 s[40:42], s[8:11], 0x10", loaded3, 0, 0},
    {"s_buffer_load_u8", "s_buffer_load_u8 s40, s[8:11], 0x12", loaded_u8, 0, 0},
    {"s_buffer_load_i8", "s_buffer_load_i8 s40, s[8:11], 0x12", loaded_i8, 0, 0},
    {"s_buffer_load_u16", "s_buffer_load_u16 s40, s[8:11], 0x12", loaded_u16, 0, 0},
    {"s_buffer_load_i16", "s_buffer_load_i16 s40, s[8:11], 0x12", loaded_i16, 0, 0},
    {"s_scratch_load_dword", "s_scratch_load_dword s40, s[28:29], 0x10", loaded1, 0, 0},
    {"s_scratch_load_dwordx2", "s_movk_i32 s24, 3\ns_scratch_load_dwordx2 s[40:41], s[28:29], s24 offset:0x8",
     loaded_far, 0, 0},
    {"s_scratch_load_dwordx4", "s_scratch_load_dwordx4 s[40:43], s[28:29], 0x10", loaded4, 0, 0},
    STORE("s_scratch_store_dword", "s_scratch_store_dword s20, s[28:29], 0x10", stored1),
    {"s_scratch_store_dwordx2",
     "s_movk_i32 s24, 2\ns_scratch_store_dwordx2 s[20:21], s[28:29], s24 offset:0x4\n"
     "s_load_dwordx4 s[40:43], s[28:29], 0x80",
     stored_far, 0, 0},
    STORE("s_scratch_store_dwordx4", "s_scratch_store_dwordx4 s[20:23], s[28:29], 0x10", stored4),
    STORE("s_store_dword", "s_store_dword s20, s[28:29], 0x10", stored1),
    STORE("s_store_dword", "s_store_dword s20, s[28:29], 0xb", stored_early),
    STORE("s_store_dwordx2", "s_store_dwordx2 s[20:21], s[28:29], 0x10", stored2),
    STORE("s_store_dwordx4", "s_store_dwordx4 s[20:23], s[28:29], 0x10", stored4),
    STORE("s_buffer_store_dword", "s_buffer_store_dword s20, s[8:11], 0x10", stored1),
    STORE("s_buffer_store_dwordx2", "s_buffer_store_dwordx2 s[20:21], s[8:11], 0x10", stored2),
    STORE("s_buffer_atomic_cmpswap", "s_buffer_atomic_cmpswap s[20:21], s[8:11], 0x10 glc", atomic_cmpswap),
    STORE("s_buffer_atomic_cmpswap_x2", "s_buffer_atomic_cmpswap_x2 s[20:23], s[8:11], 0x10 glc",
          atomic2_cmpswap),
    {"s_dcache_discard_x2", "s_dcache_discard_x2 s[28:29], 0x0", NULL, 0, 0},
    STORE("s_buffer_store_dwordx4", RESOURCE "s_buffer_store_dwordx4 s[20:23], s[32:35], 0x8", stored_within),
    STORE("s_atomic_cmpswap", "s_atomic_cmpswap s[20:21], s[28:29], 0x10 glc", atomic_cmpswap),
    STORE("s_atomic_cmpswap", "s_mov_b32 s21, s42\ns_atomic_cmpswap s[20:21], s[28:29], 0x10 glc",
          atomic_equal),
    STORE("s_atomic_cmpswap_x2", "s_atomic_cmpswap_x2 s[20:23], s[28:29], 0x10 glc", atomic2_cmpswap),
    STORE("s_buffer_atomic_swap", RESOURCE "s_buffer_atomic_swap s20, s[32:35], 0x14 glc", atomic_beyond),
    STORE("s_buffer_atomic_swap", RESOURCE "s_buffer_atomic_swap s20, s[32:35], 0x10 glc", atomic_within),
    ATOMICS(ATOMIC_ROWS)};

START_TEST(scalar_memory_is_read_and_written_as_the_manual_has_it)
{
    specials_try(specials, sizeof specials / sizeof *specials);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {scalar_memory_is_read_and_written_as_the_manual_has_it, NULL};
    return run_truth("isa_scalar_memory", 600, tests);
}
