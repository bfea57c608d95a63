/*
 * test_isa_barrier.c - barriers in two steps (gfx12), instruction by instruction, in a group of waves.
 *
 * Words as llvm-mc 22 makes them; what they do: AMD's RDNA4 ISA manual, 5.6, and the instructions' text.
 */
#include <check.h>
#include <string.h>

#include "sim/cu/wave.h"
#include "run_suite.h"

enum { WAVES = 3 };

static const uint32_t SIGNAL = 0xbe804ec1, SIGNAL_TRAP = 0xbe804ec2, SIGNAL_NONE = 0xbe804e80;
static const uint32_t FIRST = 0xbe804fc1, FIRST_TRAP = 0xbe804fc2, FIRST_NONE = 0xbe804f80;
static const uint32_t WAIT = 0xbf94ffff, WAIT_TRAP = 0xbf94fffe;
static const uint32_t STATE = 0xbe8350c1, STATE_TRAP = 0xbe8350c2; /* s_get_barrier_state s3, ... */

static struct isa_wave waves[WAVES];
static struct isa_wave *pointers[WAVES] = {&waves[0], &waves[1], &waves[2]};
static struct isa_group group;

static void group_start(unsigned n_waves)
{
    memset(waves, 0, sizeof waves);
    group = (struct isa_group){.n_waves = n_waves, .waves = pointers};
    for (unsigned i = 0; i < n_waves; i++) {
        waves[i].generation = ISA_GFX12;
        waves[i].lanes = 32;
        waves[i].group = &group;
    }
}

static void execute(unsigned wave, uint32_t word)
{
    struct isa_inst pair, inst = {.pair_storage = &pair};
    struct isa_wave *w = &waves[wave];
    ck_assert_int_eq(isa_decode(w->generation, false, &word, 4, &inst), 0);
    isa_bind(&inst);
    w->next_pc = w->pc + 4;
    if (inst.exec)
        inst.exec(w, &inst);
    else
        w->state = ISA_ILLEGAL;
}

static bool waits(unsigned wave, uint32_t word)
{
    struct isa_wave *w = &waves[wave];
    w->yield = false;
    execute(wave, word);
    ck_assert_int_eq(w->state, ISA_RUNNING);
    ck_assert(w->yield == (w->next_pc == w->pc));
    return w->yield;
}

static uint32_t state_of(unsigned wave, uint32_t word)
{
    waves[wave].sgpr[3] = 0xdeadbeef;
    execute(wave, word);
    return waves[wave].sgpr[3];
}

START_TEST(a_barrier_opens_when_every_wave_has_signalled)
{
    group_start(WAVES);
    for (unsigned round = 0; round < 3; round++) {
        execute(0, FIRST);
        ck_assert(waves[0].scc);
        ck_assert(waits(0, WAIT));
        for (unsigned i = 1; i < WAVES; i++) {
            waves[i].scc = true;
            execute(i, FIRST);
            ck_assert(!waves[i].scc);
            ck_assert_int_eq(waits(0, WAIT), i + 1 < WAVES);
        }
        for (unsigned i = 1; i < WAVES; i++) {
            ck_assert(!waits(i, WAIT));
            ck_assert(waits(i, WAIT)); /* a second time, for the next round */
        }
    }
}
END_TEST

START_TEST(a_wave_may_signal_the_next_round_before_others_have_left_the_last)
{
    group_start(2);
    execute(0, SIGNAL);
    execute(1, SIGNAL);
    ck_assert(!waits(1, WAIT));
    execute(1, SIGNAL);
    ck_assert(waits(1, WAIT));
    ck_assert(!waits(0, WAIT)); /* of the first round */
    ck_assert(waits(0, WAIT));
    execute(0, SIGNAL);
    ck_assert(!waits(0, WAIT));
    ck_assert(!waits(1, WAIT));
}
END_TEST

START_TEST(a_wave_that_did_not_signal_waits_like_the_others)
{
    group_start(WAVES);
    execute(0, SIGNAL);
    execute(0, SIGNAL); /* counts are of signals, not of waves */
    ck_assert(waits(2, WAIT));
    execute(1, SIGNAL);
    for (unsigned i = 0; i < WAVES; i++)
        ck_assert(!waits(i, WAIT));
    ck_assert(waits(2, WAIT));
}
END_TEST

START_TEST(a_wave_that_ended_holds_up_no_barrier)
{
    group_start(2);
    execute(0, SIGNAL);
    ck_assert(waits(0, WAIT));
    waves[1].state = ISA_ENDED;
    ck_assert(!waits(0, WAIT));
}
END_TEST

START_TEST(the_state_has_signals_and_members)
{
    group_start(WAVES);
    ck_assert_uint_eq(state_of(0, STATE), 3 << 4 | 1);
    execute(0, SIGNAL);
    ck_assert_uint_eq(state_of(1, STATE), 1 << 16 | 3 << 4 | 1);
    execute(1, SIGNAL);
    ck_assert_uint_eq(state_of(2, STATE), 2 << 16 | 3 << 4 | 1);
    execute(2, SIGNAL);
    ck_assert_uint_eq(state_of(2, STATE), 3 << 4 | 1);
    ck_assert_uint_eq(state_of(2, STATE_TRAP), 3 << 4 | 1);
    waves[0].state = ISA_ENDED;
    ck_assert_uint_eq(state_of(1, STATE), 2 << 4 | 1);
}
END_TEST

START_TEST(the_trap_handler_has_a_barrier_that_others_do_not_touch)
{
    group_start(2);
    waves[0].scc = true;
    execute(0, SIGNAL_TRAP);
    execute(0, FIRST_TRAP);
    ck_assert(!waves[0].scc);
    ck_assert(!waits(0, WAIT_TRAP));
    ck_assert_uint_eq(state_of(0, STATE_TRAP), 2 << 4 | 1);
    waves[0].privileged = waves[1].privileged = true;
    execute(0, FIRST_TRAP);
    ck_assert(waves[0].scc);
    ck_assert(waits(0, WAIT_TRAP));
    execute(1, SIGNAL_TRAP);
    ck_assert(waits(0, WAIT)); /* that one is another */
    ck_assert(!waits(0, WAIT_TRAP));
    ck_assert(!waits(1, WAIT_TRAP));
}
END_TEST

START_TEST(the_trap_handler_reads_and_writes_whether_the_barrier_is_complete)
{
    static const uint32_t get = 0xb883f804 /* s_getreg_b32 s3, hwreg(HW_REG_WAVE_STATE_PRIV) */,
                          set = 0xb9040084 /* s_setreg_b32 hwreg(HW_REG_WAVE_STATE_PRIV, 2, 1), s4 */;
    group_start(2);
    waves[0].privileged = true;
    ck_assert_uint_eq(state_of(0, get) & 4, 0);
    execute(0, SIGNAL);
    execute(1, SIGNAL);
    ck_assert_uint_eq(state_of(0, get) & 4, 4);
    waves[0].sgpr[4] = 0;
    execute(0, set);
    ck_assert_uint_eq(state_of(0, get) & 4, 0);
    ck_assert(waits(0, WAIT));
    waves[0].sgpr[4] = 1;
    execute(0, set);
    ck_assert(!waits(0, WAIT));
}
END_TEST

START_TEST(barrier_0_is_nothing_and_so_is_any_in_a_group_of_one_wave)
{
    group_start(2);
    waves[0].scc = true;
    execute(0, SIGNAL_NONE);
    execute(0, FIRST_NONE);
    ck_assert(!waves[0].scc);
    ck_assert_uint_eq(state_of(0, STATE), 2 << 4 | 1);
    group_start(1);
    waves[0].scc = true;
    execute(0, FIRST);
    ck_assert(!waves[0].scc);
    ck_assert(!waits(0, WAIT));
    ck_assert(!waits(0, WAIT));
    ck_assert_uint_eq(state_of(0, STATE), 0);
}
END_TEST

/* RDNA4 has none; LLVM knows their encodings. */
static const uint32_t named[] = {
    0xbe804e81, /* s_barrier_signal 1 */
    0xbe804e7d, /* s_barrier_signal m0 */
    0xbe804f7d, /* s_barrier_signal_isfirst m0 */
    0xbe804ec3, /* s_barrier_signal -3 */
    0xbe83507d, /* s_get_barrier_state s3, m0 */
    0xbe835081, /* s_get_barrier_state s3, 1 */
    0xbe80517d, /* s_barrier_init m0 */
    0xbe80527d, /* s_barrier_join m0 */
    0xbf940001, /* s_barrier_wait 1 */
    0xbf950000, /* s_barrier_leave */
};

START_TEST(a_named_barrier_is_refused)
{
    group_start(2);
    waves[0].sgpr[ISA_M0] = 1;
    execute(0, named[_i]);
    ck_assert_int_eq(waves[0].state, ISA_ILLEGAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_barrier");
    TCase *t = tcase_create("isa_barrier");
    tcase_add_test(t, a_barrier_opens_when_every_wave_has_signalled);
    tcase_add_test(t, a_wave_may_signal_the_next_round_before_others_have_left_the_last);
    tcase_add_test(t, a_wave_that_did_not_signal_waits_like_the_others);
    tcase_add_test(t, a_wave_that_ended_holds_up_no_barrier);
    tcase_add_test(t, the_state_has_signals_and_members);
    tcase_add_test(t, the_trap_handler_has_a_barrier_that_others_do_not_touch);
    tcase_add_test(t, the_trap_handler_reads_and_writes_whether_the_barrier_is_complete);
    tcase_add_test(t, barrier_0_is_nothing_and_so_is_any_in_a_group_of_one_wave);
    tcase_add_loop_test(t, a_named_barrier_is_refused, 0, sizeof named / sizeof named[0]);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
