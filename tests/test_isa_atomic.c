/*
 * test_isa_atomic.c - atomics in GPU memory on a hand-made wave.
 */
#include "isa_memory.h"

#include <math.h>

/* ---- atomics in GPU memory ---- */

static uint64_t bits64(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static uint32_t bits32(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static uint64_t atomic_once(const char *name, uint64_t old, uint64_t data, uint64_t data2, unsigned bytes,
                            uint64_t *returned)
{
    struct isa_inst inst = global(0);
    uint64_t after = 0;
    inst.glc = returned != NULL;
    isa_sgpr64_set(&wave, ISA_EXEC, 2);
    set_address(1, BASE + 64);
    memcpy(memory + 64, &old, 8);
    vgpr[8][1] = (uint32_t)data;
    vgpr[8 + bytes / 4][1] = (uint32_t)data2;
    if (bytes == 8) {
        vgpr[9][1] = (uint32_t)(data >> 32);
        vgpr[11][1] = (uint32_t)(data2 >> 32);
    }
    vgpr[16][1] = vgpr[17][1] = 0xeeeeeeee;
    execute(&wave, name, inst);
    memcpy(&after, memory + 64, bytes);
    if (returned)
        *returned = bytes == 4 ? vgpr[16][1] : vgpr[16][1] | (uint64_t)vgpr[17][1] << 32;
    else
        ck_assert_uint_eq(vgpr[16][1], 0xeeeeeeee);
    return after;
}

START_TEST(every_32_bit_atomic_does_its_operation_and_returns_the_old_value)
{
    const struct {
        const char *name;
        uint32_t old, data, data2, after;
    } one[] = {
        {"global_atomic_swap", 7, 9, 0, 9},
        {"global_atomic_cmpswap", 7, 9, 7, 9},
        {"global_atomic_cmpswap_b32", 7, 9, 8, 7},
        {"global_atomic_add_u32", 7, 0xffffffff, 0, 6},
        {"global_atomic_sub", 7, 9, 0, 0xfffffffe},
        {"global_atomic_csub_u32", 7, 9, 0, 0},
        {"global_atomic_smin", 0xffffffff, 1, 0, 0xffffffff},
        {"global_atomic_min_u32", 0xffffffff, 1, 0, 1},
        {"global_atomic_max_i32", 0xffffffff, 1, 0, 1},
        {"global_atomic_umax", 0xffffffff, 1, 0, 0xffffffff},
        {"global_atomic_and", 12, 10, 0, 8},
        {"global_atomic_or_b32", 12, 10, 0, 14},
        {"global_atomic_xor", 12, 10, 0, 6},
        {"global_atomic_inc", 7, 7, 0, 0},
        {"global_atomic_inc_u32", 6, 7, 0, 7},
        {"global_atomic_dec", 0, 7, 0, 7},
        {"global_atomic_dec_u32", 9, 7, 0, 7},
        {"global_atomic_dec_u32", 5, 7, 0, 4},
        {"global_atomic_add_f32", bits32(1.5f), bits32(2), 0, bits32(3.5f)},
        {"global_atomic_min_f32", bits32(1.5f), bits32(-2), 0, bits32(-2)},
        {"global_atomic_max_f32", bits32(NAN), bits32(-2), 0, bits32(-2)},
        {"global_atomic_pk_add_f16", 0x3c004000, 0x3c003c00, 0, 0x40004200},
        {"global_atomic_pk_add_f16", 0x00017bff, 0x00017bff, 0, 0x00027c00},
        {"global_atomic_pk_add_bf16", 0x3f804000, 0x3f803f80, 0, 0x40004040},
    };
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        uint64_t returned;
        uint64_t after = atomic_once(one[i].name, one[i].old, one[i].data, one[i].data2, 4, &returned);
        ck_assert_msg(after == one[i].after, "%s leaves 0x%llx", one[i].name, (unsigned long long)after);
        ck_assert_msg(returned == one[i].old, "%s returns 0x%llx", one[i].name, (unsigned long long)returned);
    }
}
END_TEST

START_TEST(every_64_bit_atomic_does_its_operation)
{
    const struct {
        const char *name;
        uint64_t old, data, data2, after;
    } one[] = {
        {"global_atomic_add_x2", 0xffffffff, 1, 0, 0x100000000},
        {"global_atomic_sub_u64", 0, 1, 0, ~0ull},
        {"global_atomic_cmpswap_x2", 5ull << 40, 9ull << 33, 5ull << 40, 9ull << 33},
        {"global_atomic_swap_b64", 1, 0x123456789a, 0, 0x123456789a},
        {"global_atomic_smin_x2", 5, ~0ull, 0, ~0ull},
        {"global_atomic_max_u64", 5, ~0ull, 0, ~0ull},
        {"global_atomic_or_x2", 1ull << 40, 1, 0, (1ull << 40) | 1},
        {"global_atomic_inc_u64", 1ull << 40, 1ull << 40, 0, 0},
        {"global_atomic_add_f64", bits64(0.5), bits64(0.25), 0, bits64(0.75)},
        {"global_atomic_max_f64", bits64(0.5), bits64(0.25), 0, bits64(0.5)},
        {"global_atomic_min_f64", bits64(0.0), bits64(-0.0), 0, bits64(-0.0)},
    };
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        uint64_t returned;
        uint64_t after = atomic_once(one[i].name, one[i].old, one[i].data, one[i].data2, 8, &returned);
        ck_assert_msg(after == one[i].after, "%s leaves 0x%llx", one[i].name, (unsigned long long)after);
        ck_assert_msg(returned == one[i].old, "%s returns 0x%llx", one[i].name, (unsigned long long)returned);
    }
}
END_TEST

START_TEST(an_atomic_that_is_not_asked_to_returns_nothing)
{
    ck_assert_uint_eq(atomic_once("global_atomic_add", 1, 2, 0, 4, NULL), 3);
}
END_TEST

START_TEST(an_unaligned_atomic_is_a_fault)
{
    set_addresses(2, 4);
    execute(&wave, "global_atomic_add", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE + 2);
    ck_assert(!wave.fault_not_present);
}
END_TEST

static void *add_much(void *unused)
{
    (void)unused;
    static uint32_t more[ROWS][64];
    struct isa_wave w;
    setup_wave(&w, 64, ISA_GFX940);
    w.vgpr = more;
    for (unsigned l = 0; l < 64; l++) {
        more[0][l] = (uint32_t)(BASE + 128);
        more[1][l] = (uint32_t)((BASE + 128) >> 32);
        more[8][l] = 1;
    }
    for (unsigned i = 0; i < 500; i++)
        execute(&w, "global_atomic_add", global(0));
    return NULL;
}

START_TEST(atomics_of_waves_on_two_threads_and_of_the_cpu_add_up)
{
    pthread_t other;
    _Atomic uint32_t *counter = (_Atomic uint32_t *)(memory + 128);
    *counter = 0;
    ck_assert_int_eq(pthread_create(&other, NULL, add_much, NULL), 0);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, BASE + 128), vgpr[8][l] = 1;
    for (unsigned i = 0; i < 500; i++) {
        execute(&wave, "global_atomic_add", global(0));
        atomic_fetch_add(counter, 1);
    }
    pthread_join(other, NULL);
    ck_assert_uint_eq(*counter, 2 * 500 * 64 + 500);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_32_bit_atomic_does_its_operation_and_returns_the_old_value,
        every_64_bit_atomic_does_its_operation,
        an_atomic_that_is_not_asked_to_returns_nothing,
        an_unaligned_atomic_is_a_fault,
        atomics_of_waves_on_two_threads_and_of_the_cpu_add_up,
    };
    return run_memory("isa_atomic", tests, sizeof tests / sizeof tests[0]);
}
