/*
 * test_sim_pm4.c - the simulated PM4 command processor, on every model.
 *
 * Packets are dwords written out by hand from PAL's structures of the compute engine's packets; dispatches as
 * kfdtest's Dispatch.cpp and Mesa's RADV put them together; code assembled by llvm-mc. Where only the command
 * processor matters, a recorder stands in for the compute units.
 */
#include "sim_front.h"
#include "run_suite.h"

static struct front f;

enum { /* offsets in the heap */
       DATA = 2 << 20,
       BUFFER = 3 << 20, /* an indirect buffer */
       CODE = 4 << 20,
       OUTPUT = 5 << 20,
       SIGNAL = 6 << 20,
       RING_DWORDS = FRONT_RING / 4
};

/* ---- the client's side ---- */

static uint64_t put_at; /* dwords */

static uint32_t *at32(uint64_t offset)
{
    return front_host(&f, offset);
}

static uint64_t *at64(uint64_t offset)
{
    return front_host(&f, offset);
}

static void put(const uint32_t *dwords, size_t n)
{
    for (size_t i = 0; i < n; i++, put_at++)
        ((uint32_t *)f.queue.ring)[put_at % RING_DWORDS] = dwords[i];
}
#define PUT(...)   put((uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
#define VA(offset) LO(front_va(offset)), HI(front_va(offset))

static void rings(void)
{
    atomic_store(f.queue.wptr, put_at);
    atomic_store(f.queue.doorbell, put_at);
}

static bool all_read(void)
{
    return atomic_load(f.queue.rptr) == put_at % RING_DWORDS;
}

static void done(void)
{
    rings();
    front_until(all_read() && !f.queue.halted);
}

/* The queue stopped at that packet, and the report names it. */
static void stopped(const char *text)
{
    char report[512];
    rings();
    front_until(f.queue.halted);
    sim_last_report(report, sizeof report);
    ck_assert_msg(strstr(report, text), "'%s' lacks '%s'", report, text);
}

/* An indirect buffer that holds these dwords. */
static uint32_t buffer_at(uint64_t offset, const uint32_t *dwords, size_t n)
{
    memcpy(at32(offset), dwords, n * 4);
    return (uint32_t)n;
}
#define BUFFER_AT(offset, ...) \
    buffer_at(offset, (uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
#define VALID (1u << 23)

/* ---- the recorder ---- */

static struct sim_dispatch seen;
static _Atomic unsigned computed;

static void record(struct sim_dispatch *d, struct sim_outcome *outcome)
{
    seen = *d;
    outcome->end = SIM_END_OK;
    atomic_fetch_add(&computed, 1);
}

static const struct sim_model *model;
static bool gfx9, gfx11_on;

static void prepare(unsigned row, enum sim_queue_type type)
{
    model = &sim_models[row];
    gfx9 = model->generation < ISA_GFX10_3;
    gfx11_on = model->generation >= ISA_GFX11;
    front_gpu(&f, model->name);
    front_queue(&f, &f.queue, type, 0, 3);
    sim_engine_calls.compute = record;
    memset(&seen, 0, sizeof seen);
    put_at = 0;
    computed = 0;
}

static void begin(unsigned row)
{
    prepare(row, SIM_QUEUE_PM4);
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
}

static void end(void)
{
    sim_engine_stop(&f.queue);
    sim_vm_fini(&f.gpu.vm);
    sim_heap_fini(&f.gpu.vram);
    munmap(f.gpu.doorbells, 8192);
    close(f.gpu.doorbell_fd);
}

/* ---- packets ---- */

START_TEST(nops_of_every_length_are_passed_over)
{
    begin(_i);
    PUT(0xffff1000, 0x80000000, 0xc0001000, 0xdeadbeef, 0xc0031000, 1, 2, 3, 4, 0xffff1002);
    done();
    end();
}
END_TEST

START_TEST(write_data_stores_dwords_to_memory_and_cache)
{
    begin(_i);
    PUT(0xc0053700, 5 << 8 | 1 << 20, VA(DATA + 4), 11, 22, 33);
    PUT(0xc0033700, 2 << 8, VA(DATA + 32), 44);
    PUT(0xc0043700, 5 << 8 | 1 << 16, VA(DATA + 40), 1, 2); /* both to one address */
    done();
    ck_assert_uint_eq(at32(DATA)[0], 0);
    ck_assert_uint_eq(at32(DATA)[1], 11);
    ck_assert_uint_eq(at32(DATA)[2], 22);
    ck_assert_uint_eq(at32(DATA)[3], 33);
    ck_assert_uint_eq(at32(DATA)[4], 0);
    ck_assert_uint_eq(at32(DATA)[8], 44);
    ck_assert_uint_eq(at32(DATA)[10], 2);
    ck_assert_uint_eq(at32(DATA)[11], 0);
    end();
}
END_TEST

static const struct {
    unsigned function;
    uint64_t value, mask, reference;
    bool holds32, holds64;
} waits[] = {
    {0, 1, ~0ull, 2, true, true},
    {1, 0x100000001, ~0ull, 2, true, false},
    {2, 2, ~0ull, 2, true, true},
    {2, 3, ~0ull, 2, false, false},
    {3, 0xf5, 0xf, 5, true, true},
    {3, 0x200000005, ~0ull, 5, true, false},
    {4, 5, ~0ull, 5, false, false},
    {4, 0x100000005, ~0ull, 5, false, true},
    {5, 0xffffffff, ~0ull, 0x80000000, true, true}, /* unsigned */
    {5, 4, ~0ull, 5, false, false},
    {6, 5, ~0ull, 5, false, false},
    {6, 0x600000000, ~0ull, 5, false, true},
};

static void wait_case(unsigned row, unsigned n, bool wide)
{
    begin(row);
    bool holds = wide ? waits[n].holds64 : waits[n].holds32;
    at64(DATA)[0] = waits[n].value;
    uint32_t control = waits[n].function | 1 << 4 | (n & 1 ? 3 << 6 : 0); /* every second one preemptable */
    if (wide)
        PUT(0xc0079300, control, VA(DATA), LO(waits[n].reference), HI(waits[n].reference), LO(waits[n].mask),
            HI(waits[n].mask), 4);
    else
        PUT(0xc0053c00, control, VA(DATA), LO(waits[n].reference), LO(waits[n].mask), 4);
    if (holds)
        done();
    else {
        rings();
        front_ms(1);
        ck_assert_uint_eq(atomic_load(f.queue.rptr), 0);
    }
    end(); /* and a wait can be preempted */
}

START_TEST(waits_compare_as_their_function_says)
{
    for (unsigned n = 0; n < sizeof waits / sizeof *waits; n++) {
        wait_case(_i, n, false);
        wait_case(_i, n, true);
    }
}
END_TEST

START_TEST(a_wait_ends_when_memory_changes)
{
    begin(_i);
    PUT(0xc0053c00, 3 | 1 << 4 | 3 << 6, VA(DATA), 7, ~0u, 4);
    PUT(0xc0033700, 5 << 8, VA(DATA + 8), 1);
    rings();
    atomic_store((_Atomic uint32_t *)at32(DATA), 7);
    done();
    ck_assert_uint_eq(at32(DATA)[2], 1);
    end();
}
END_TEST

START_TEST(the_host_data_path_is_flushed_by_its_pair_of_registers)
{
    begin(_i);
    PUT(0xc0053c00, 3 | 1 << 6, 0xe26, 0xe27, ~0u, ~0u, 4);
    done();
    PUT(0xc0053c00, 3 | 1 << 6, 0xe28, 0xe29, ~0u, ~0u, 4);
    stopped("registers 0xe28");
    end();
}
END_TEST

START_TEST(waits_that_cannot_be_are_named)
{
    begin(_i);
    PUT(0xc0053c00, 7 | 1 << 4, VA(DATA), 0, 0, 4);
    stopped("function 7");
    end();
    begin(_i);
    PUT(0xc0053c00, 3 | 1 << 4 | 1 << 6, VA(DATA), 0, 0, 4);
    stopped("operation 1");
    end();
    begin(_i);
    PUT(0xc0079300, 3 | 1 << 4, VA(DATA + 4), 0, 0, 0, 0, 4);
    stopped("not 8-byte aligned");
    end();
}
END_TEST

START_TEST(release_mem_writes_each_kind_of_data)
{
    begin(_i);
    uint64_t before = sim_clock(&f.gpu);
    for (unsigned data = 0; data < 5; data++)
        PUT(0xc0064900, 0x514, data << 29, VA(DATA + data * 8), 0x11111111, 0x22222222, 0);
    done();
    ck_assert_uint_eq(at64(DATA)[0], 0);
    ck_assert_uint_eq(at64(DATA)[1], 0x11111111);
    ck_assert_uint_eq(at64(DATA)[2], 0x2222222211111111);
    ck_assert_uint_ge(at64(DATA)[3], before);
    ck_assert_uint_ge(at64(DATA)[4], at64(DATA)[3]);
    ck_assert_uint_le(at64(DATA)[4], sim_clock(&f.gpu));
    ck_assert_uint_eq(front_calls.interrupts, 0);
    PUT(0xc0064900, 0x514, 5u << 29, VA(DATA), 0, 0, 0);
    stopped("data 5");
    end();
}
END_TEST

START_TEST(release_mem_interrupts_as_it_is_told)
{
    static const struct {
        unsigned interrupt, data, times;
    } cases[] = {{0, 1, 0}, {1, 0, 1}, {2, 1, 1}, {3, 1, 0}};
    for (unsigned i = 0; i < 4; i++) {
        begin(_i);
        PUT(0xc0064900, 0x514, cases[i].data << 29 | cases[i].interrupt << 24, VA(DATA), 5, 0, 0x123);
        done();
        ck_assert_uint_eq(front_calls.interrupts, cases[i].times);
        ck_assert_uint_eq(front_calls.event_id, cases[i].times ? 0x123 : 0);
        ck_assert_uint_eq(at32(DATA)[0], cases[i].data ? 5 : 0);
        end();
    }
    begin(_i);
    PUT(0xc0064900, 0x504, 0, VA(DATA), 5, 0, 0);
    stopped("event 0x4");
    end();
}
END_TEST

START_TEST(acquire_mem_has_the_length_of_its_generation)
{
    begin(_i);
    if (gfx9)
        PUT(0xc0055800, 0x28c00000, ~0u, 0xff, 0, 0, 10);
    else
        PUT(0xc0065800, 0, ~0u, 0xff, 0, 0, 10, 0xc3a1);
    done();
    if (gfx9)
        PUT(0xc0065800, 0, ~0u, 0xff, 0, 0, 10, 0xc3a1);
    else
        PUT(0xc0055800, 0x28c00000, ~0u, 0xff, 0, 0, 10);
    stopped("ACQUIRE_MEM of gfx");
    end();
}
END_TEST

START_TEST(copy_data_takes_memory_constants_and_the_clock)
{
    begin(_i);
    uint64_t before = sim_clock(&f.gpu);
    at64(DATA)[0] = 0x8877665544332211;
    PUT(0xc0044000, 1 | 5 << 8, VA(DATA), VA(DATA + 8));            /* memory, 32 bits */
    PUT(0xc0044000, 2 | 2 << 8 | 1 << 16, VA(DATA), VA(DATA + 16)); /* cache, 64 bits */
    PUT(0xc0044000, 5 | 5 << 8, 77, 0, VA(DATA + 24));              /* a constant */
    PUT(0xc0044000, 9 | 5 << 8 | 1 << 16 | 1 << 20, 0, 0, VA(DATA + 32));
    done();
    ck_assert_uint_eq(at64(DATA)[1], 0x44332211);
    ck_assert_uint_eq(at64(DATA)[2], 0x8877665544332211);
    ck_assert_uint_eq(at64(DATA)[3], 77);
    ck_assert_uint_ge(at64(DATA)[4], before);
    PUT(0xc0044000, 5 << 8, 0x2e12, 0, VA(DATA));
    stopped("COPY_DATA from source 0");
    end();
}
END_TEST

START_TEST(atomics_pass_once_or_until_their_comparison_holds)
{
    begin(_i);
    at64(DATA)[0] = 0xfffffffff;
    at32(DATA)[4] = 7;
    PUT(0xc0071e00, 47, VA(DATA), 1, 0, 0, 0, 0);              /* ADD of 64 bits */
    PUT(0xc0071e00, 8 | 1 << 8, VA(DATA + 16), 9, 0, 7, 0, 4); /* CMPSWAP of 32, in a loop */
    done();
    ck_assert_uint_eq(at64(DATA)[0], 0x1000000000);
    ck_assert_uint_eq(at32(DATA)[4], 9);
    PUT(0xc0071e00, 8 | 1 << 8, VA(DATA + 16), 5, 0, 8, 0, 4);
    rings();
    front_ms(1);
    ck_assert_uint_eq(atomic_load((_Atomic uint32_t *)&at32(DATA)[4]), 9);
    atomic_store((_Atomic uint32_t *)&at32(DATA)[4], 8);
    done();
    ck_assert_uint_eq(at32(DATA)[4], 5);
    PUT(0xc0071e00, 31, VA(DATA), 1, 0, 0, 0, 0);
    stopped("operation 0x1f");
    end();
}
END_TEST

START_TEST(dma_data_copies_and_fills)
{
    begin(_i);
    for (unsigned i = 0; i < 5000; i++)
        at32(DATA)[i] = i;
    PUT(0xc0055000, 0, VA(DATA + 4), VA(OUTPUT + 8), 9999);
    PUT(0xc0055000, 2u << 29, 0xabcdef01, 0, VA(OUTPUT + 20000), 6);
    done();
    ck_assert_int_eq(memcmp(at32(OUTPUT + 8), at32(DATA + 4), 9999), 0);
    ck_assert_uint_eq(((uint8_t *)at32(OUTPUT + 8))[9999], 0);
    ck_assert_uint_eq(at64(OUTPUT + 20000)[0], 0xef01abcdef01);
    PUT(0xc0055000, 1u << 29, VA(DATA), VA(OUTPUT), 4);
    stopped("source 1");
    end();
    begin(_i);
    PUT(0xc0055000, 0, 0x5000, 0, VA(OUTPUT), 4);
    rings();
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, 0x5000);
    end();
}
END_TEST

START_TEST(indirect_buffers_run_and_chain)
{
    begin(_i);
    uint32_t second = BUFFER_AT(BUFFER + 4096, 0xc0033700, 5 << 8, VA(DATA + 4), 2);
    uint32_t first = BUFFER_AT(BUFFER, 0xc0033700, 5 << 8, VA(DATA), 1, 0xc0023f00, VA(BUFFER + 4096),
                               second | VALID | 1 << 20, 0xc0033700, 5 << 8, VA(DATA + 8), 3);
    PUT(0xc0023f00, VA(BUFFER), first | VALID);
    PUT(0xc0033700, 5 << 8, VA(DATA + 12), 4);
    done();
    ck_assert_uint_eq(at32(DATA)[0], 1);
    ck_assert_uint_eq(at32(DATA)[1], 2);
    ck_assert_uint_eq(at32(DATA)[2], 0); /* a chain does not come back */
    ck_assert_uint_eq(at32(DATA)[3], 4);
    end();
}
END_TEST

START_TEST(indirect_buffers_that_cannot_be_are_named)
{
    begin(_i);
    PUT(0xc0023f00, VA(BUFFER), 4);
    stopped("valid bit");
    end();
    begin(_i);
    PUT(0xc0023f00, VA(BUFFER), 4 | VALID | 1 << 20);
    stopped("chained in a ring");
    end();
    begin(_i);
    uint32_t n = BUFFER_AT(BUFFER, 0xc0023f00, VA(BUFFER), 4 | VALID);
    PUT(0xc0023f00, VA(BUFFER), n | VALID);
    stopped("inside an indirect buffer");
    end();
    begin(_i);
    n = BUFFER_AT(BUFFER, 0xc0053700, 5 << 8, VA(DATA), 1, 2);
    PUT(0xc0023f00, VA(BUFFER), n | VALID);
    stopped("of which 6 are there");
    end();
    begin(_i);
    PUT(0xc0023f00, 0x5000, 0, 4 | VALID);
    rings();
    front_until(front_calls.faults == 1);
    ck_assert_uint_eq(front_calls.va, 0x5000);
    end();
}
END_TEST

#define STORE(to, value) 0xc0033700, 5 << 8, VA(to), value

START_TEST(pred_exec_skips_in_buffers_and_not_in_rings)
{
    begin(_i);
    PUT(0xc0002300, 0x02000005, STORE(DATA, 1)); /* for XCC 1: a ring does not care */
    uint32_t n = BUFFER_AT(BUFFER, 0xc0002300, 0x02000005, STORE(DATA + 4, 1), 0xc0002300, 0x01000005,
                           STORE(DATA + 8, 1), STORE(DATA + 12, 1));
    PUT(0xc0023f00, VA(BUFFER), n | VALID);
    done();
    ck_assert_uint_eq(at32(DATA)[0], 1);
    ck_assert_uint_eq(at32(DATA)[1], 0);
    ck_assert_uint_eq(at32(DATA)[2], 1);
    ck_assert_uint_eq(at32(DATA)[3], 1);
    end();
}
END_TEST

START_TEST(what_it_does_not_know_stops_the_queue_by_name)
{
    static const struct {
        uint32_t packet[3];
        const char *text;
    } cases[] = {{{0xc0002200, 0}, "opcode 0x22"},
                 {{0x00000000}, "packets of type 0"},
                 {{0xc0004600, 0x416}, "EVENT_WRITE of type 0x16"},
                 {{0xc0013700, 0, 0}, "WRITE_DATA has 4 dwords"},
                 {{0xc0101000}, "of which 3 are there"}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(_i);
        put(cases[i].packet, 3);
        stopped(cases[i].text);
        end();
    }
    begin(_i);
    PUT(0xc0033700, 3 << 8, VA(DATA), 1);
    stopped("destination 3");
    end();
}
END_TEST

START_TEST(cs_partial_flush_is_an_event)
{
    begin(_i);
    PUT(0xc0004600, 7 | 4 << 8);
    done();
    end();
}
END_TEST

/* ---- the ring ---- */

START_TEST(packets_wrap_at_the_rings_end)
{
    begin(_i);
    for (unsigned round = 0; round < 500; round++) { /* 7 dwords: at every phase, also over the end */
        PUT(0xc0053700, 5 << 8, VA(DATA), round, round + 1, round + 2);
        done();
        ck_assert_uint_eq(at32(DATA)[0], round);
        ck_assert_uint_eq(at32(DATA)[2], round + 2);
    }
    ck_assert_uint_lt(atomic_load(f.queue.rptr), RING_DWORDS);
    end();
}
END_TEST

START_TEST(a_write_pointer_that_is_too_far_is_refused)
{
    begin(_i);
    put_at = RING_DWORDS + 1;
    stopped("does not follow");
    end();
}
END_TEST

START_TEST(a_queue_goes_on_where_it_was_stopped)
{
    begin(_i);
    put_at = 0;
    for (unsigned i = 0; i < 2 * RING_DWORDS / 5; i++) {
        PUT(STORE(DATA, i));
        done();
    }
    sim_engine_stop(&f.queue);
    PUT(STORE(DATA, 12345));
    atomic_store(f.queue.wptr, put_at);
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
    front_until(all_read());
    ck_assert_uint_eq(at32(DATA)[0], 12345);
    end();
}
END_TEST

START_TEST(a_queue_for_an_xcc_that_is_not_there_says_so)
{
    prepare(_i, SIM_QUEUE_PM4);
    f.queue.xcc = model->xccs;
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
    stopped("it is for XCC");
    end();
}
END_TEST

/* ---- registers and dispatches ---- */

#define SH(reg, n) 0xc0007600 | (uint32_t)(n) << 16, (reg)-0x2c00

START_TEST(registers_that_a_generation_has_not_are_refused)
{
    static const uint32_t never[] = {0x2c0c, 0x2e00, 0x2e14, 0x2e21, 0x2e50};
    for (unsigned i = 0; i < sizeof never / sizeof *never; i++) {
        begin(_i);
        PUT(SH(never[i], 1), 0);
        stopped("a client may set");
        end();
    }
    begin(_i);
    PUT(SH(gfx9 ? 0x2e2d : 0x2e28, 1), 0);
    done();
    if (model->generation != ISA_GFX90A && !gfx11_on) { /* others have an engine's CU mask there */
        PUT(SH(gfx9 ? 0x2e28 : 0x2e2d, 1), 0);
        stopped("a client may set");
    }
    end();
    begin(_i);
    PUT(0xc0017900, 0x200, 0xe0000000); /* GRBM_GFX_INDEX */
    done();
    PUT(0xc0017900, 0x201, 0);
    stopped("SET_UCONFIG_REG of register 0xc201");
    end();
}
END_TEST

static void set_shader(uint32_t rsrc2)
{
    uint64_t code = front_va(CODE) >> 8, scratch = front_va(OUTPUT) >> 8;
    PUT(SH(0x2e04, 6), 0, 0, 0, 64, 2, 1);
    PUT(SH(0x2e0c, 2), LO(code), HI(code));
    PUT(SH(0x2e10, 2), LO(scratch), HI(scratch));
    PUT(SH(0x2e12, 2), 0x00ac0042, rsrc2);
    PUT(SH(gfx9 ? 0x2e2d : 0x2e28, 1), 0x33);
    PUT(SH(0x2e18, 1), 32 | 3 << 12);
    PUT(SH(0x2e1b, 3), 0, 0, 0);
    for (unsigned i = 0; i < 16; i++)
        PUT(SH(0x2e40 + i, 1), 100 + i);
}

START_TEST(a_dispatch_follows_from_the_registers)
{
    begin(_i);
    set_shader(1 | 5 << 1 | 3 << 15);
    PUT(0xc0031500, 10, 3, 1, 5);
    done();
    ck_assert_uint_eq(computed, 1);
    ck_assert_uint_eq(seen.code_va, front_va(CODE));
    ck_assert_uint_eq(seen.grid[0], 640);
    ck_assert_uint_eq(seen.grid[1], 6);
    ck_assert_uint_eq(seen.grid[2], 1);
    ck_assert_uint_eq(seen.group[0], 64);
    ck_assert_uint_eq(seen.group[1], 2);
    ck_assert_uint_eq(seen.rsrc1, 0x00ac0042);
    ck_assert_uint_eq(seen.rsrc3, 0x33);
    ck_assert_uint_eq(seen.n_user_sgprs, 5);
    ck_assert_uint_eq(seen.user_sgpr[4], 104);
    ck_assert_uint_eq(seen.lds_bytes, 3 * (model->generation == ISA_GFX950 ? 2048 : 512));
    ck_assert_uint_eq(seen.scratch_va, front_va(OUTPUT));
    ck_assert_uint_eq(seen.private_bytes, 3 * (gfx11_on ? 256 : 1024) / 64);
    ck_assert_uint_eq(seen.scratch_waves, 32 * (gfx11_on ? sim_model_engines_per_xcc(model) : 1));
    ck_assert_uint_eq(seen.n_xccs, 1);
    ck_assert_uint_eq(seen.first_xcc, 0);
    ck_assert(!seen.wave32);
    end();
}
END_TEST

START_TEST(grids_count_groups_or_work_items)
{
    begin(_i);
    set_shader(2 << 1);
    PUT(0xc0031500, 100, 3, 1, 0x21); /* work-items */
    done();
    ck_assert_uint_eq(seen.grid[0], 100);
    ck_assert_uint_eq(seen.grid[1], 3);
    ck_assert_uint_eq(seen.private_bytes, 0); /* no scratch without its bit */
    PUT(SH(0x2e07, 3), 64 | 10 << 16, 2 | 2 << 16, 1 | 1 << 16);
    PUT(0xc0031500, 3, 2, 1, 7); /* groups, the last one partial */
    done();
    ck_assert_uint_eq(seen.grid[0], 138);
    ck_assert_uint_eq(seen.grid[1], 4);
    PUT(0xc0031500, 3, 2, 1, 5); /* partial groups are off */
    done();
    ck_assert_uint_eq(seen.grid[0], 192);
    PUT(0xc0031500, 3, 0, 1, 5);
    done();
    ck_assert_uint_eq(computed, 3); /* no groups, nothing to do */
    end();
}
END_TEST

START_TEST(waves_of_32_are_asked_for_in_the_initiator)
{
    begin(_i);
    set_shader(2 << 1);
    PUT(0xc0031500, 1, 1, 1, 5 | 1 << 15);
    if (gfx9) {
        stopped("waves of 32");
    } else {
        done();
        ck_assert(seen.wave32);
    }
    end();
}
END_TEST

START_TEST(dispatches_that_cannot_be_are_named)
{
    static const struct {
        uint32_t reg, value, initiator;
        const char *text;
    } cases[] = {
        {0x2e07, 0, 5, "NUM_THREAD 0x00000000"},     {0x2e07, 2048, 5, "groups of 4096"},
        {0x2e13, 17 << 1, 5, "17 user SGPRs"},       {0x2e13, 0x1ff << 15, 5, "bytes of LDS"},
        {0x2e1b, 1, 5, "starts elsewhere"},          {0x2e04, 1, 1, "starts elsewhere"},
        {0x2e18, 0x3000, 5, "none in TMPRING_SIZE"}, {0x2e07, 64, 4, "does not enable"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(_i);
        set_shader(1);
        PUT(SH(cases[i].reg, 1), cases[i].value);
        PUT(0xc0031500, 1, 1, 1, cases[i].initiator);
        stopped(cases[i].text);
        ck_assert_uint_eq(computed, 0);
        end();
    }
}
END_TEST

/* s_load_dwordx2 s[4:5], s[0:1], 0x0; v_lshlrev_b32 v1, 2, v0; v_mov_b32 v2, 0x1234; s_waitcnt lgkmcnt(0);
 * global_store_dword v1, v2, s[4:5]; s_endpgm, for gfx942 and gfx1100 */
static const uint32_t store_gfx942[] = {0xc0060100, 0x00000000, 0x24020082, 0x7e0402ff, 0x00001234,
                                        0xbf8cc07f, 0xdc708000, 0x00040201, 0xbf810000};
static const uint32_t store_gfx1100[] = {0xf4040100, 0xf8000000, 0x30020082, 0x7e0402ff, 0x00001234,
                                         0xbf89fc07, 0xdc6a0000, 0x00040201, 0xbfb00000};

START_TEST(a_kernel_runs_on_the_xcc_of_its_queue)
{
    const char *names[] = {"mi300x", "rx7900xtx"};
    uint64_t code = front_va(CODE) >> 8, output = front_va(OUTPUT);
    unsigned row = 0;
    while (strcmp(sim_models[row].name, names[_i]))
        row++;
    prepare(row, SIM_QUEUE_PM4);
    sim_engine_calls.compute = sim_compute_run;
    f.queue.xcc = model->xccs - 1;
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
    memcpy(at32(CODE), _i ? store_gfx1100 : store_gfx942, sizeof store_gfx942);
    memcpy(at32(DATA), &output, 8);
    PUT(SH(0x2e07, 3), 64 | 50 << 16, 1 | 1 << 16, 1 | 1 << 16);
    PUT(SH(0x2e0c, 2), LO(code), HI(code));
    PUT(SH(0x2e12, 2), 0x000c0040, 2 << 1 | 1 << 7);
    PUT(SH(0x2e40, 2), VA(DATA));
    PUT(0xc0031500, 1, 1, 1, 7);
    done();
    for (unsigned i = 0; i < 50; i++)
        ck_assert_uint_eq(at32(OUTPUT)[i], 0x1234);
    ck_assert_uint_eq(at32(OUTPUT)[50], 0);
    end();
}
END_TEST

/* ---- PM4 in AQL packets ---- */

static void begin_aql(unsigned row)
{
    prepare(row, SIM_QUEUE_AQL);
    for (unsigned i = 0; i < FRONT_RING / 64; i++)
        ((uint32_t *)f.queue.ring)[i * 16] = 1; /* INVALID */
    at64(SIGNAL)[0] = 1;
    at64(SIGNAL)[1] = 1;
    ck_assert_int_eq(sim_engine_start(&f.queue), 0);
}

static void put_buffer_packet(uint32_t dwords)
{
    uint32_t packet[16] = {0x11500, 0xc0023f00, VA(BUFFER), dwords | VALID, 10, [14] = VA(SIGNAL)};
    memcpy(f.queue.ring, packet, sizeof packet);
    atomic_store(f.queue.wptr, 1);
    atomic_store(f.queue.doorbell, 0);
}

START_TEST(a_buffer_in_an_aql_packet_runs_on_every_xcc)
{
    begin_aql(_i);
    uint32_t n = BUFFER_AT(BUFFER, 0xc0071e00, 47, VA(DATA), 1, 0, 0, 0, 0, 0xc0002300, 0x01000009,
                           0xc0071e00, 47, VA(DATA + 8), 1, 0, 0, 0, 0);
    put_buffer_packet(n);
    front_until(atomic_load((_Atomic uint64_t *)&at64(SIGNAL)[1]) == 0);
    ck_assert_uint_eq(at64(DATA)[0], model->xccs);
    ck_assert_uint_eq(at64(DATA)[1], 1); /* PRED_EXEC picks one */
    end();
}
END_TEST

START_TEST(a_bad_packet_in_an_aql_packets_buffer_stops_the_queue)
{
    char report[512];
    begin_aql(_i);
    put_buffer_packet(BUFFER_AT(BUFFER, 0xc0002200, 0));
    front_until(f.queue.halted);
    sim_last_report(report, sizeof report);
    ck_assert_ptr_nonnull(strstr(report, "opcode 0x22"));
    ck_assert_uint_eq(at64(SIGNAL)[1], 1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_pm4");
    TCase *c = tcase_create("every model");
    int models = 0;
    while (sim_models[models].name)
        models++;
    tcase_set_timeout(c, 60);
    const TTest *const tests[] = {
        nops_of_every_length_are_passed_over,
        write_data_stores_dwords_to_memory_and_cache,
        waits_compare_as_their_function_says,
        a_wait_ends_when_memory_changes,
        the_host_data_path_is_flushed_by_its_pair_of_registers,
        waits_that_cannot_be_are_named,
        release_mem_writes_each_kind_of_data,
        release_mem_interrupts_as_it_is_told,
        acquire_mem_has_the_length_of_its_generation,
        copy_data_takes_memory_constants_and_the_clock,
        atomics_pass_once_or_until_their_comparison_holds,
        dma_data_copies_and_fills,
        indirect_buffers_run_and_chain,
        indirect_buffers_that_cannot_be_are_named,
        pred_exec_skips_in_buffers_and_not_in_rings,
        what_it_does_not_know_stops_the_queue_by_name,
        cs_partial_flush_is_an_event,
        packets_wrap_at_the_rings_end,
        a_write_pointer_that_is_too_far_is_refused,
        a_queue_goes_on_where_it_was_stopped,
        a_queue_for_an_xcc_that_is_not_there_says_so,
        registers_that_a_generation_has_not_are_refused,
        a_dispatch_follows_from_the_registers,
        grids_count_groups_or_work_items,
        waves_of_32_are_asked_for_in_the_initiator,
        dispatches_that_cannot_be_are_named,
        a_buffer_in_an_aql_packet_runs_on_every_xcc,
        a_bad_packet_in_an_aql_packets_buffer_stops_the_queue,
    };
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_loop_test(c, tests[i], 0, models);
    tcase_add_loop_test(c, a_kernel_runs_on_the_xcc_of_its_queue, 0, 2);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
