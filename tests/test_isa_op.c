/*
 * test_isa_op.c - operations: they do what the functions they stand for do, at every level of the host's
 * vectors.
 */
#include "isa_vector.h"

#include "sim/cu/wave.h"
#include "sim/cu/exec_memory.h"
#include "sim/cu/op_code.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

#include <isa/isa_table.h>

enum { CODE_VA = 0x100000, DATA_VA = 0x200000, PAGE = 4096, DATA_PAGES = 16 };
static uint32_t code[PAGE / 4] __attribute__((aligned(PAGE)));
static uint8_t data[DATA_PAGES * PAGE] __attribute__((aligned(PAGE))), lds[4096];
static struct sim_vm vm;
static struct isa_cache *cache;
static struct isa_group group;

/* A page of code to keep constants in. */
static void machine_start(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, PAGE, code, SIM_VM_READ | SIM_VM_EXEC), 0);
    ck_assert_int_eq(sim_vm_map(&vm, DATA_VA, sizeof data, data, SIM_VM_READ | SIM_VM_WRITE), 0);
    code[0] = 0xbf810000; /* s_endpgm */
    cache = isa_cache_new();
    sim_vm_enter(&vm);
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    wave.vm = &vm;
    wave.pc = CODE_VA;
    ck_assert_int_eq(isa_run(&wave, cache, 1), ISA_ENDED);
}

static void machine_end(void)
{
    sim_vm_leave(&vm);
    isa_cache_free(cache);
}

struct outcome {
    uint32_t vgpr[N_VGPRS][64], sgpr[128];
    bool scc;
};

static void outcome_take(struct outcome *o)
{
    memcpy(o->vgpr, vgprs, sizeof o->vgpr);
    memcpy(o->sgpr, wave.sgpr, sizeof o->sgpr);
    o->scc = wave.scc;
}

static void outcome_put(const struct outcome *o)
{
    memcpy(vgprs, o->vgpr, sizeof o->vgpr);
    memcpy(wave.sgpr, o->sgpr, sizeof o->sgpr);
    wave.scc = o->scc;
}

/* Runs it both ways from the same registers; compares what they come to. */
static void both_ways(const struct isa_inst *inst, const char *what)
{
    static struct outcome before, function, operation;
    struct isa_op op;
    outcome_take(&before);
    inst->exec(&wave, inst);
    outcome_take(&function);
    outcome_put(&before);
    op_state_take(&wave, &cache->state);
    op_make(&op, &wave, cache->pages, inst);
    op.run(&wave, &op);
    outcome_take(&operation);
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned i = 0; i < wave.lanes; i++)
            if (function.vgpr[r][i] != operation.vgpr[r][i])
                ck_abort_msg("%s: v%u lane %u: %#x, not %#x (lanes %u, exec %#lx)", what, r, i,
                             operation.vgpr[r][i], function.vgpr[r][i], wave.lanes, (long)isa_exec(&wave));
    for (unsigned i = 0; i < 128; i++)
        if (function.sgpr[i] != operation.sgpr[i])
            ck_abort_msg("%s: s%u: %#x, not %#x", what, i, operation.sgpr[i], function.sgpr[i]);
    if (function.scc != operation.scc)
        ck_abort_msg("%s: scc", what);
    outcome_put(&before);
}

/* Operands by the round: registers, scalars, constants, signs, the result in a source's place. */
static void operands_choose(struct isa_inst *inst, unsigned round)
{
    for (unsigned i = 0; i < 3; i++) {
        struct isa_operand *src = &inst->src[i];
        unsigned kind = (unsigned)noise() % 6;
        if (kind == 0)
            *src = sgpr(20 + 2 * i);
        else if (kind == 1)
            *src = constant(noise());
        src->neg = round % 4 == 1 && noise() & 1;
        src->abs = round % 4 == 1 && noise() & 1;
    }
    if (inst->dst.kind == ISA_VGPR && round % 3 == 0)
        inst->dst = vgpr(noise() & 1 ? A : A + 1);
    if (round % 5 == 0)
        inst->sdst.kind = ISA_NULL;
    inst->clamp = round % 16 == 15;
}

static void registers_fill(unsigned round)
{
    sources_fill(round);
    for (unsigned i = 0; i < 106; i++)
        wave.sgpr[i] = (uint32_t)noise();
    isa_sgpr64_set(&wave, ISA_VCC, noise());
    uint64_t all = wave.lanes == 64 ? ~UINT64_C(0) : 0xffffffff;
    isa_sgpr64_set(&wave, ISA_EXEC, round % 3 == 1 ? noise() & all : round % 7 == 2 ? 0 : all);
}

static void row_try(const char *name, const struct isa_row *row, unsigned round)
{
    static const uint32_t modes[] = {MODE_USUAL, MODE_USUAL, MODE_KEEP, MODE_FLUSH, MODE_USUAL | 5};
    static const enum isa_generation generations[] = {ISA_GFX940, ISA_GFX11, ISA_GFX12};
    wave_start(generations[round % 3], round & 1 ? 32 : 64, modes[round % 5]);
    struct isa_inst inst = inst_of(name);
    inst.row = row;
    inst.n_src = 3;
    inst.generation = wave.generation;
    isa_bind(&inst); /* some generations have functions of their own */
    registers_fill(round);
    operands_choose(&inst, round);
    both_ways(&inst, name);
}

START_TEST(vector_operations_do_what_their_functions_do)
{
    machine_start();
    for (unsigned n = 0; isa_exec_vector[n].name; n++) {
        struct isa_row row = {.name = isa_exec_vector[n].name};
        if (!vec_code(vec_shapes[n])) /* written by hand: there is only the function */
            continue;
        for (unsigned round = 0; round < 40; round++)
            row_try(isa_exec_vector[n].name, &row, round);
    }
    machine_end();
}
END_TEST

/* The lanes functions alone, with every kind of number in their rows. */
static void levels_compare(const char *name, const struct vec_shape *shape, unsigned round)
{
    static uint32_t in[3][2][64], out[VEC_LEVELS][2][64], carries[VEC_LEVELS][64], carry[64];
    struct isa_inst inst = inst_of(name);
    wave_start(round & 1 ? ISA_GFX11 : ISA_GFX940, 64, round & 2 ? MODE_USUAL : MODE_KEEP);
    struct vec v = vec_of(&wave, &inst);
    for (unsigned i = 0; i < 3 * 2 * 64; i++) {
        uint32_t word = round & 4 ? (uint32_t)noise() : edges[noise() % N_EDGES];
        bool half = shape->src[i / 128] == VEC_U16 || shape->src[i / 128] == VEC_M16;
        in[i / 128][i / 64 % 2][i % 64] = half ? word & 0xffff : word;
        carry[i % 64] = word & 1;
    }
    for (unsigned level = 0; level < VEC_LEVELS; level++) {
        const char *level_name = vec_level_name(level);
        if (vec_level_named(level_name, strlen(level_name)) < 0)
            continue;
        memcpy(out[level], in[2], sizeof out[level]);
        memcpy(carries[level], carry, sizeof carry);
        vec_code_at(shape, level)->lanes(&v, out[level], in[0], in[1], in[2], carry, carries[level]);
        for (unsigned i = 0; i < 64; i++) {
            if (out[level][0][i] != out[0][0][i] || out[level][1][i] != out[0][1][i])
                ck_abort_msg("%s lane %u at %s: %#x %#x, not %#x %#x", name, i, level_name, out[level][1][i],
                             out[level][0][i], out[0][1][i], out[0][0][i]);
            if (carries[level][i] != carries[0][i])
                ck_abort_msg("%s lane %u at %s: carry", name, i, level_name);
        }
    }
}

START_TEST(every_level_of_the_hosts_vectors_comes_to_the_same_bits)
{
    for (unsigned n = 0; isa_exec_vector[n].name; n++)
        if (vec_code(vec_shapes[n]))
            for (unsigned round = 0; round < 16; round++)
                levels_compare(isa_exec_vector[n].name, vec_shapes[n], round);
}
END_TEST

/* ---- scalars ---- */

START_TEST(scalar_operations_do_what_their_functions_do)
{
    static const struct isa_row row = {.name = "s_nop"};
    machine_start();
    for (const struct isa_op_binding *b = isa_ops_scalar; b->exec; b++)
        for (unsigned round = 0; round < 30; round++) {
            wave_start(ISA_GFX940, 64, MODE_USUAL);
            registers_fill(round);
            wave.scc = round & 1;
            struct isa_inst inst = {.exec = b->exec,
                                    .row = &row,
                                    .bytes = 4,
                                    .format = ISA_SOP2,
                                    .n_src = 2,
                                    .imm = (int16_t)noise(),
                                    .dst = sgpr(round % 4 ? 30 : ISA_EXEC),
                                    .src = {sgpr(20), noise() & 1 ? sgpr(22) : constant(noise())}};
            inst.dst.dwords = inst.src[0].dwords = 1 + (round >> 1 & 1);
            both_ways(&inst, "a scalar");
        }
    machine_end();
}
END_TEST

/* ---- memory ---- */

struct form {
    const char *name;
    isa_exec_fn *exec;
    bool load, local, two;
    bool atomic; /* load: which returns what was there */
};
static const struct form forms[] = {
    {"load_u8", isa_load_u8, true, false, false, false},
    {"load_i8", isa_load_i8, true, false, false, false},
    {"load_i16", isa_load_i16, true, false, false, false},
    {"load_b32", isa_load_b32, true, false, false, false},
    {"load_b64", isa_load_b64, true, false, false, false},
    {"load_b96", isa_load_b96, true, false, false, false},
    {"load_b128", isa_load_b128, true, false, false, false},
    {"store_b8", isa_store_b8, false, false, false, false},
    {"store_b16", isa_store_b16, false, false, false, false},
    {"store_b32", isa_store_b32, false, false, false, false},
    {"store_b64", isa_store_b64, false, false, false, false},
    {"store_b96", isa_store_b96, false, false, false, false},
    {"store_b128", isa_store_b128, false, false, false, false},
    {"ds_load_u8", isa_ds_load_u8, true, true, false, false},
    {"ds_load_i16", isa_ds_load_i16, true, true, false, false},
    {"ds_load_b32", isa_ds_load_b32, true, true, false, false},
    {"ds_load_b64", isa_ds_load_b64, true, true, false, false},
    {"ds_load_b128", isa_ds_load_b128, true, true, false, false},
    {"ds_store_b8", isa_ds_store_b8, false, true, false, false},
    {"ds_store_b32", isa_ds_store_b32, false, true, false, false},
    {"ds_store_b96", isa_ds_store_b96, false, true, false, false},
    {"ds_load2_b32", isa_ds_load2_b32, true, true, true, false},
    {"ds_load2st64_b32", isa_ds_load2st64_b32, true, true, true, false},
    {"ds_load2_b64", isa_ds_load2_b64, true, true, true, false},
    {"ds_store2_b32", isa_ds_store2_b32, false, true, true, false},
    {"ds_store2st64_b64", isa_ds_store2st64_b64, false, true, true, false},
    {"atomic_add_u32", isa_atomic_add_u32, false, false, false, true},
    {"atomic_swap_b32", isa_atomic_swap_b32, true, false, false, true},
    {"atomic_cmpswap_b32", isa_atomic_cmpswap_b32, true, false, false, true},
    {"atomic_max_i32", isa_atomic_max_i32, true, false, false, true},
    {"ds_add_u32", isa_ds_add_u32, false, true, false, true},
    {"ds_add_rtn_u32", isa_ds_add_u32, true, true, false, true},
    {"ds_inc_u32", isa_ds_inc_u32, true, true, false, true},
    {"ds_min_u32", isa_ds_min_u32, true, true, false, true},
    {"ds_swap_b32", isa_ds_swap_b32, true, true, false, true},
};

/* A lane's address: side by side, the same for all, in a few places, or anywhere; now and then one that
 * nothing backs. */
static uint64_t address_choose(const struct form *form, unsigned round, unsigned lane)
{
    uint64_t base = form->local ? 64 : DATA_VA, size = form->local ? sizeof lds : sizeof data;
    switch ((round & 3) | (round >> 6 & 3) << 2) {
    case 0:
        return base + lane * 4;
    case 1:
        return base + 128;
    case 3:
        return form->local ? noise() % (size + 16) : base + lane * 16;
    case 4:
        return base + lane * 8;
    case 5: /* two rows of a picture */
        return base + lane % 16 * 4 + lane / 16 * 272;
    case 6: /* places near each other, in any order */
        return base + lane / 8 * 64 + noise() % 16 * 4;
    case 7:
        return base + (63 - lane) * 4;
    case 8: /* near the end: what lies behind a lane's bytes is not there */
        return (form->local ? 0 : DATA_VA) + size - 48;
    case 13:
        return (form->local ? 0 : DATA_VA) + size - 304 + lane * 4;
    case 9: /* side by side but for one */
        return base + lane * 4 + (lane == 37 || lane == 5 ? 400 : 0);
    case 10:
        return base + lane * 12;
    case 11: /* bytes */
        return base + lane;
    default:
        return base + noise() % (size - 1200);
    }
}

static void memory_try(const struct form *form, unsigned round)
{
    static uint8_t data_before[sizeof data], data_after[sizeof data], lds_before[sizeof lds],
        lds_after[sizeof lds];
    static const struct isa_row row = {.name = "s_nop"};
    struct isa_op op;
    struct outcome before, function;
    bool scalar_base = !form->local && round & 8;
    wave_start(ISA_GFX940, round & 16 ? 32 : 64, MODE_USUAL);
    wave.vm = &vm;
    wave.group = &group;
    wave.tlb_generation = UINT64_MAX;
    wave.shared_base = 1ull << 48;
    wave.private_base = 2ull << 48;
    registers_fill(round / 2);
    for (unsigned i = 0; i < 64; i++)
        lane_set(A, i,
                 (address_choose(form, round, i) - (scalar_base ? DATA_VA : 0)) &
                     (form->atomic ? ~UINT64_C(3) : ~UINT64_C(0)));
    isa_sgpr64_set(&wave, 20, DATA_VA);
    struct isa_inst inst = {.exec = form->exec,
                            .row = &row,
                            .bytes = 8,
                            .format = form->local  ? ISA_DS
                                      : round & 32 ? ISA_FLAT
                                                   : ISA_GLOBAL,
                            .n_src = 3,
                            .offset = form->two ? (int)(noise() & 0x3f3f) : (int)(noise() % 32),
                            .dst = form->load ? vgpr(round & 1 ? A : D) : (struct isa_operand){0}};
    inst.src[0] = vgpr(A);
    inst.glc = form->load;
    if (form->atomic)
        inst.offset &= ~3;
    if (form->local) {
        inst.src[1] = vgpr(B);
        inst.src[2] = vgpr(C);
    } else {
        inst.src[1] = scalar_base ? sgpr(20) : (struct isa_operand){0};
        inst.src[2] = vgpr(B);
    }
    outcome_take(&before);
    memcpy(data_before, data, sizeof data);
    memcpy(lds_before, lds, sizeof lds);
    inst.exec(&wave, &inst);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    outcome_take(&function);
    memcpy(data_after, data, sizeof data);
    memcpy(lds_after, lds, sizeof lds);
    memcpy(data, data_before, sizeof data);
    memcpy(lds, lds_before, sizeof lds);
    outcome_put(&before);
    op_state_take(&wave, &cache->state);
    op_make(&op, &wave, cache->pages, &inst);
    ck_assert_msg(op.run != op_general, "%s is no operation", form->name);
    op.run(&wave, &op);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    ck_assert_msg(!memcmp(data, data_after, sizeof data), "%s: memory differs", form->name);
    ck_assert_msg(!memcmp(lds, lds_after, sizeof lds), "%s: LDS differs", form->name);
    for (unsigned r = 0; r < N_VGPRS; r++)
        if (memcmp(function.vgpr[r], vgprs[r], wave.lanes * 4))
            ck_abort_msg("%s: v%u differs in round %u", form->name, r, round);
}

START_TEST(loads_and_stores_do_what_their_functions_do)
{
    machine_start();
    group = (struct isa_group){.lds = lds, .lds_bytes = sizeof lds};
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)noise();
    for (unsigned i = 0; i < sizeof lds; i++)
        lds[i] = (uint8_t)noise();
    for (unsigned n = 0; n < sizeof forms / sizeof forms[0]; n++)
        for (unsigned round = 0; round < 256; round++)
            memory_try(&forms[n], round);
    machine_end();
}
END_TEST

START_TEST(an_atomic_off_its_alignment_faults_before_it_changes_anything)
{
    static const struct isa_row row = {.name = "s_nop"};
    struct isa_op op;
    machine_start();
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    wave.vm = &vm;
    for (unsigned i = 0; i < 64; i++)
        lane_set(A, i, DATA_VA + i * 4 + (i == 0 ? 2 : 0));
    memset(data, 0, sizeof data);
    reg_fill(B, 7);
    struct isa_inst inst = {.exec = isa_atomic_add_u32,
                            .row = &row,
                            .bytes = 8,
                            .format = ISA_GLOBAL,
                            .n_src = 3,
                            .src = {vgpr(A), {0}, vgpr(B)}};
    op_state_take(&wave, &cache->state);
    op_make(&op, &wave, cache->pages, &inst);
    ck_assert_ptr_null(op.run(&wave, &op));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, DATA_VA + 2);
    for (unsigned i = 0; i < 64 * 4; i++)
        ck_assert_uint_eq(data[i], 0);
    machine_end();
}
END_TEST

/* ---- scalar memory ---- */

START_TEST(scalar_loads_do_what_their_function_does)
{
    static const struct isa_row row = {.name = "s_load_b32"};
    static const uint8_t sizes[] = {1, 2, 3, 4, 8, 16};
    struct isa_op op;
    machine_start();
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)noise();
    for (unsigned round = 0; round < 64; round++) {
        struct outcome before, function;
        wave_start(ISA_GFX11, 32, MODE_USUAL);
        wave.vm = &vm;
        struct isa_inst inst = {.row = &row,
                                .bytes = 8,
                                .format = ISA_SMEM,
                                .n_src = 2,
                                .offset = (int)(noise() % 64) - 32,
                                .dst = sgpr(round & 1 ? 20 : 40),
                                .src = {sgpr(20), round & 2 ? sgpr(22) : constant(noise() % 256)}};
        inst.dst.dwords = sizes[round % 6];
        inst.src[0].dwords = 2;
        isa_bind(&inst);
        isa_sgpr64_set(&wave, 20, DATA_VA + 64 + noise() % 1000);
        wave.sgpr[22] = noise() % 1000;
        outcome_take(&before);
        inst.exec(&wave, &inst);
        ck_assert_int_eq(wave.state, ISA_RUNNING);
        outcome_take(&function);
        outcome_put(&before);
        op_state_take(&wave, &cache->state);
        op_make(&op, &wave, cache->pages, &inst);
        ck_assert_msg(op.run != op_general, "is no operation");
        op.run(&wave, &op);
        ck_assert_msg(!memcmp(function.sgpr, wave.sgpr, sizeof function.sgpr), "SGPRs differ in round %u",
                      round);
    }
    machine_end();
}
END_TEST

START_TEST(a_load_past_the_end_faults_before_it_changes_a_register)
{
    static const struct isa_row row = {.name = "s_nop"};
    struct isa_op op;
    machine_start();
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    wave.vm = &vm;
    wave.tlb_generation = UINT64_MAX;
    for (unsigned i = 0; i < 64; i++)
        lane_set(A, i, DATA_VA + sizeof data - 64 + i * 4);
    reg_fill(D, 7);
    struct isa_inst inst = {.exec = isa_load_b32,
                            .row = &row,
                            .bytes = 8,
                            .format = ISA_GLOBAL,
                            .n_src = 2,
                            .dst = vgpr(D),
                            .src = {vgpr(A)}};
    op_state_take(&wave, &cache->state);
    op_make(&op, &wave, cache->pages, &inst);
    ck_assert_ptr_null(op.run(&wave, &op));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, DATA_VA + sizeof data);
    machine_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_op");
    TCase *t = tcase_create("op");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, vector_operations_do_what_their_functions_do);
    tcase_add_test(t, every_level_of_the_hosts_vectors_comes_to_the_same_bits);
    tcase_add_test(t, scalar_operations_do_what_their_functions_do);
    tcase_add_test(t, loads_and_stores_do_what_their_functions_do);
    tcase_add_test(t, an_atomic_off_its_alignment_faults_before_it_changes_anything);
    tcase_add_test(t, scalar_loads_do_what_their_function_does);
    tcase_add_test(t, a_load_past_the_end_faults_before_it_changes_a_register);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
