/*
 * test_isa_jit_memory.c - vector loads and stores within traces: they come to what the instructions'
 * functions come to, in registers, memory, LDS and faults.
 *
 * Words: llvm-mc 22 for gfx942 and gfx1100.
 */
#include "isa_vector.h"

#include "run_suite.h"
#include "sim/cu/jit.h"
#include "sim/cu/op_code.h"
#include "sim/memory/vm.h"

enum {
    CODE_VA = 0x100000,
    PAGE = 4096,
    BYTES = 2 * PAGE,
    LDS_BYTES = 1024,
    PRIVATE_BYTES = 64, /* of a lane */
    TIMES = 24,         /* compiling takes its time */
    BLOCK = 6
};
/* Data lie where the lower half of an address begins anew; what is before and behind them is not mapped. */
static const uint64_t data_va = UINT64_C(0x500000000) - PAGE;
static uint32_t code[PAGE / 4] __attribute__((aligned(PAGE))), data[BYTES / 4] __attribute__((aligned(PAGE)));
static uint8_t lds[LDS_BYTES] __attribute__((aligned(64)));
static struct isa_group group = {.lds = lds, .lds_bytes = LDS_BYTES};
static struct sim_vm vm;
static struct isa_cache *cache;

static const uint32_t gfx9[][2] = {
    {0xdc508000, 0x037f0000}, /* global_load_dword v3, v[0:1], off */
    {0xdc548010, 0x047f0000}, /* global_load_dwordx2 v[4:5], v[0:1], off offset:16 */
    {0xdc5c8000, 0x087f0000}, /* global_load_dwordx4 v[8:11], v[0:1], off */
    {0xdc508000, 0x007f0000}, /* global_load_dword v0, v[0:1], off */
    {0xdc548000, 0x007f0000}, /* global_load_dwordx2 v[0:1], v[0:1], off */
    {0xdc508000, 0x03000002}, /* global_load_dword v3, v2, s[0:1] */
    {0xdc509ff8, 0x03000002}, /* global_load_dword v3, v2, s[0:1] offset:-8 */
    {0xdc548000, 0x04000002}, /* global_load_dwordx2 v[4:5], v2, s[0:1] */
    {0xdc548000, 0x02000002}, /* global_load_dwordx2 v[2:3], v2, s[0:1] */
    {0xdc5c8000, 0x00000002}, /* global_load_dwordx4 v[0:3], v2, s[0:1] */
    {0xdc708000, 0x007f0300}, /* global_store_dword v[0:1], v3, off */
    {0xdc748010, 0x007f0400}, /* global_store_dwordx2 v[0:1], v[4:5], off offset:16 */
    {0xdc708000, 0x00000302}, /* global_store_dword v2, v3, s[0:1] */
    {0xdc748000, 0x00000402}, /* global_store_dwordx2 v2, v[4:5], s[0:1] */
    {0xdc500000, 0x03000000}, /* flat_load_dword v3, v[0:1] */
    {0xdc540000, 0x04000000}, /* flat_load_dwordx2 v[4:5], v[0:1] */
    {0xdc700000, 0x00000300}, /* flat_store_dword v[0:1], v3 */
    {0xd86c0000, 0x03000002}, /* ds_read_b32 v3, v2 */
    {0xd86c000c, 0x02000002}, /* ds_read_b32 v2, v2 offset:12 */
    {0xd8ec0008, 0x04000002}, /* ds_read_b64 v[4:5], v2 offset:8 */
    {0xd9fe0000, 0x08000002}, /* ds_read_b128 v[8:11], v2 */
    {0xd81a0000, 0x00000302}, /* ds_write_b32 v2, v3 */
    {0xd89a0008, 0x00000402}, /* ds_write_b64 v2, v[4:5] offset:8 */
    {0xd86e0301, 0x04000002}, /* ds_read2_b32 v[4:5], v2 offset0:1 offset1:3 */
    {0xd8700100, 0x04000002}, /* ds_read2st64_b32 v[4:5], v2 offset1:1 */
    {0xd8ee0300, 0x08000002}, /* ds_read2_b64 v[8:11], v2 offset1:3 */
    {0xd86e0301, 0x02000002}, /* ds_read2_b32 v[2:3], v2 offset0:1 offset1:3 */
    {0xd81c0301, 0x00040302}, /* ds_write2_b32 v2, v3, v4 offset0:1 offset1:3 */
    {0xd89c0300, 0x00080402}, /* ds_write2_b64 v2, v[4:5], v[8:9] offset1:3 */
    {0xd8060000, 0x00000302}, /* ds_inc_u32 v2, v3 */
    {0xd8000010, 0x00000302}, /* ds_add_u32 v2, v3 offset:16 */
    {0xd8400000, 0x04000302}, /* ds_add_rtn_u32 v4, v2, v3 */
    {0xd84c0000, 0x02000302}, /* ds_max_rtn_i32 v2, v2, v3 */
    {0xd87e0008, 0x04000302}, /* ds_bpermute_b32 v4, v2, v3 offset:8 */
    {0xd8000002, 0x00000302}, /* ds_add_u32 v2, v3 offset:2 */
    {0xdc504008, 0x037f0000}, /* scratch_load_dword v3, off, off offset:8 */
    {0xdc544000, 0x04030000}, /* scratch_load_dwordx2 v[4:5], off, s3 */
    {0xdc5c4010, 0x087f0000}, /* scratch_load_dwordx4 v[8:11], off, off offset:16 */
    {0xdc584004, 0x08030000}, /* scratch_load_dwordx3 v[8:10], off, s3 offset:4 */
    {0xdc70400c, 0x007f0300}, /* scratch_store_dword off, v3, off offset:12 */
    {0xdc7c4010, 0x00030800}, /* scratch_store_dwordx4 off, v[8:11], s3 offset:16 */
    {0xdc744004, 0x007f0400}, /* scratch_store_dwordx2 off, v[4:5], off offset:4 */
    {0xdc505ffc, 0x03030000}, /* scratch_load_dword v3, off, s3 offset:-4 */
    {0xe0a08000, 0x00000000}, /* buffer_wbl2 sc1 */
    {0xdc408000, 0x037f0000}, /* global_load_ubyte v3, v[0:1], off */
    {0xdc448000, 0x03000002}, /* global_load_sbyte v3, v2, s[0:1] */
    {0xdc488002, 0x037f0000}, /* global_load_ushort v3, v[0:1], off offset:2 */
    {0xdc4c8000, 0x02000002}, /* global_load_sshort v2, v2, s[0:1] */
    {0xdc608000, 0x007f0300}, /* global_store_byte v[0:1], v3, off */
    {0xdc688006, 0x00000302}, /* global_store_short v2, v3, s[0:1] offset:6 */
    {0xd8740001, 0x03000002}, /* ds_read_u8 v3, v2 offset:1 */
    {0xd8720000, 0x03000002}, /* ds_read_i8 v3, v2 */
    {0xd8780002, 0x03000002}, /* ds_read_u16 v3, v2 offset:2 */
    {0xd8760000, 0x03000002}, /* ds_read_i16 v3, v2 */
    {0xd83c0003, 0x00000302}, /* ds_write_b8 v2, v3 offset:3 */
    {0xd83e0000, 0x00000302}, /* ds_write_b16 v2, v3 */
    {0x68181881},             /* v_add_u32_e32 v12, 1, v12 */
    {0x68060681},             /* v_add_u32_e32 v3, 1, v3 */
    {0x68080881},             /* v_add_u32_e32 v4, 1, v4 */
};
static const uint32_t gfx11[][2] = {
    {0xdc520000, 0x037c0000}, /* global_load_b32 v3, v[0:1], off */
    {0xdc560010, 0x047c0000}, /* global_load_b64 v[4:5], v[0:1], off offset:16 */
    {0xdc5e0000, 0x087c0000}, /* global_load_b128 v[8:11], v[0:1], off */
    {0xdc520000, 0x007c0000}, /* global_load_b32 v0, v[0:1], off */
    {0xdc560000, 0x007c0000}, /* global_load_b64 v[0:1], v[0:1], off */
    {0xdc520000, 0x03000002}, /* global_load_b32 v3, v2, s[0:1] */
    {0xdc521ff8, 0x03000002}, /* global_load_b32 v3, v2, s[0:1] offset:-8 */
    {0xdc560000, 0x04000002}, /* global_load_b64 v[4:5], v2, s[0:1] */
    {0xdc560000, 0x02000002}, /* global_load_b64 v[2:3], v2, s[0:1] */
    {0xdc5e0000, 0x00000002}, /* global_load_b128 v[0:3], v2, s[0:1] */
    {0xdc6a0000, 0x007c0300}, /* global_store_b32 v[0:1], v3, off */
    {0xdc6e0010, 0x007c0400}, /* global_store_b64 v[0:1], v[4:5], off offset:16 */
    {0xdc6a0000, 0x00000302}, /* global_store_b32 v2, v3, s[0:1] */
    {0xdc6e0000, 0x00000402}, /* global_store_b64 v2, v[4:5], s[0:1] */
    {0xdc500000, 0x037c0000}, /* flat_load_b32 v3, v[0:1] */
    {0xdc540000, 0x047c0000}, /* flat_load_b64 v[4:5], v[0:1] */
    {0xdc680000, 0x007c0300}, /* flat_store_b32 v[0:1], v3 */
    {0xd8d80000, 0x03000002}, /* ds_load_b32 v3, v2 */
    {0xd8d8000c, 0x02000002}, /* ds_load_b32 v2, v2 offset:12 */
    {0xd9d80008, 0x04000002}, /* ds_load_b64 v[4:5], v2 offset:8 */
    {0xdbfc0000, 0x08000002}, /* ds_load_b128 v[8:11], v2 */
    {0xd8340000, 0x00000302}, /* ds_store_b32 v2, v3 */
    {0xd9340008, 0x00000402}, /* ds_store_b64 v2, v[4:5] offset:8 */
    {0xd8dc0301, 0x04000002}, /* ds_load_2addr_b32 v[4:5], v2 offset0:1 offset1:3 */
    {0xd8e00100, 0x04000002}, /* ds_load_2addr_stride64_b32 v[4:5], v2 offset1:1 */
    {0xd9dc0300, 0x08000002}, /* ds_load_2addr_b64 v[8:11], v2 offset1:3 */
    {0xd8dc0301, 0x02000002}, /* ds_load_2addr_b32 v[2:3], v2 offset0:1 offset1:3 */
    {0xd8380301, 0x00040302}, /* ds_store_2addr_b32 v2, v3, v4 offset0:1 offset1:3 */
    {0xd9380300, 0x00080402}, /* ds_store_2addr_b64 v2, v[4:5], v[8:9] offset1:3 */
    {0xd80c0000, 0x00000302}, /* ds_inc_u32 v2, v3 */
    {0xd8000010, 0x00000302}, /* ds_add_u32 v2, v3 offset:16 */
    {0xd8800000, 0x04000302}, /* ds_add_rtn_u32 v4, v2, v3 */
    {0xd8980000, 0x02000302}, /* ds_max_rtn_i32 v2, v2, v3 */
    {0xdacc0008, 0x04000302}, /* ds_bpermute_b32 v4, v2, v3 offset:8 */
    {0xd8000002, 0x00000302}, /* ds_add_u32 v2, v3 offset:2 */
    {0xdc510008, 0x037c0000}, /* scratch_load_b32 v3, off, off offset:8 */
    {0xdc550000, 0x04030000}, /* scratch_load_b64 v[4:5], off, s3 */
    {0xdc5d0010, 0x087c0000}, /* scratch_load_b128 v[8:11], off, off offset:16 */
    {0xdc590004, 0x08030000}, /* scratch_load_b96 v[8:10], off, s3 offset:4 */
    {0xdc69000c, 0x007c0300}, /* scratch_store_b32 off, v3, off offset:12 */
    {0xdc750010, 0x00030800}, /* scratch_store_b128 off, v[8:11], s3 offset:16 */
    {0xdc6d0004, 0x007c0400}, /* scratch_store_b64 off, v[4:5], off offset:4 */
    {0xdc511ffc, 0x03030000}, /* scratch_load_b32 v3, off, s3 offset:-4 */
    {0xe0ac0000, 0x00000000}, /* buffer_gl0_inv */
    {0xdc420000, 0x037c0000}, /* global_load_u8 v3, v[0:1], off */
    {0xdc460000, 0x03000002}, /* global_load_i8 v3, v2, s[0:1] */
    {0xdc4a0002, 0x037c0000}, /* global_load_u16 v3, v[0:1], off offset:2 */
    {0xdc4e0000, 0x02000002}, /* global_load_i16 v2, v2, s[0:1] */
    {0xdc620000, 0x007c0300}, /* global_store_b8 v[0:1], v3, off */
    {0xdc660006, 0x00000302}, /* global_store_b16 v2, v3, s[0:1] offset:6 */
    {0xd8e80001, 0x03000002}, /* ds_load_u8 v3, v2 offset:1 */
    {0xd8e40000, 0x03000002}, /* ds_load_i8 v3, v2 */
    {0xd8f00002, 0x03000002}, /* ds_load_u16 v3, v2 offset:2 */
    {0xd8ec0000, 0x03000002}, /* ds_load_i16 v3, v2 */
    {0xd8780003, 0x00000302}, /* ds_store_b8 v2, v3 offset:3 */
    {0xd87c0000, 0x00000302}, /* ds_store_b16 v2, v3 */
    {0x4a181881},             /* v_add_nc_u32_e32 v12, 1, v12 */
    {0x4a060681},             /* v_add_nc_u32_e32 v3, 1, v3 */
    {0x4a080881},             /* v_add_nc_u32_e32 v4, 1, v4 */
};
enum { N_WORDS = sizeof gfx9 / sizeof gfx9[0] };
_Static_assert(sizeof gfx9 == sizeof gfx11, "the same instructions");

static void machine_start(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, PAGE, code, SIM_VM_READ | SIM_VM_EXEC), 0);
    ck_assert_int_eq(sim_vm_map(&vm, data_va, BYTES, data, SIM_VM_READ | SIM_VM_WRITE), 0);
    cache = isa_cache_new();
    ck_assert_ptr_nonnull(cache);
    sim_vm_enter(&vm);
}

static void machine_end(void)
{
    sim_vm_leave(&vm);
    isa_cache_free(cache);
}

/* ---- a block of instructions ---- */

static struct isa_inst block[BLOCK];

static unsigned block_make(void)
{
    unsigned at = 0;
    for (unsigned n = 0; n < BLOCK; n++) {
        static unsigned turn; /* each in turn */
        unsigned any = turn++, chosen = n % 3 == 1 ? N_WORDS - 1 - any % 3 : any % N_WORDS;
        const uint32_t *word = wave.generation == ISA_GFX11 ? gfx11[chosen] : gfx9[chosen];
        block[n] = (struct isa_inst){0};
        isa_decode(wave.generation, wave.lanes == 64, word, 8, &block[n]);
        isa_bind(&block[n]);
        ck_assert(block[n].exec);
        memcpy(&code[at], word, block[n].bytes);
        at += block[n].bytes / 4;
    }
    code[at] = wave.generation == ISA_GFX11 ? 0xbfb00000 : 0xbf810000; /* s_endpgm */
    return at;
}

/* ---- where lanes go ---- */

static uint64_t random_exec(void)
{
    uint64_t all = wave.lanes == 64 ? ~UINT64_C(0) : 0xffffffff;
    switch (noise() % 8) {
    case 0:
        return noise() & all;
    case 1:
        return all << noise() % wave.lanes & all;
    case 2:
        return all >> noise() % wave.lanes;
    case 3:
        return UINT64_C(1) << noise() % wave.lanes;
    case 4:
        return noise() & 1 ? 0 : 0x8001;
    default:
        return all;
    }
}

/* An offset for each lane, mostly inside of n bytes. */
static void offsets_choose(int64_t to[64], unsigned n)
{
    static const unsigned steps[] = {0, 4, 8, 16, 20, 1, 2, 12};
    unsigned step = steps[noise() % 8], kind = noise() % 8;
    int64_t room = (int64_t)n - 64 * (int64_t)step - 64;
    int64_t first = (int64_t)(noise() % (unsigned)(room > 0 ? room : 1));
    first &= kind == 1 || step % 4 ? -1 : -4;
    if (kind == 2)
        first = n - 64 * (int64_t)step;
    for (unsigned i = 0; i < 64; i++)
        to[i] =
            kind == 0 ? (int64_t)(noise() % (n - 64)) : first + (int64_t)((kind == 3 ? 63 - i : i) * step);
    if (kind == 4) /* one goes astray */
        to[noise() % 64] = (int64_t)(noise() % (4 * n)) - n;
    if (noise() % 16 == 0) /* one is 4 GiB further */
        to[noise() % 64] += INT64_C(1) << 32;
    if (kind == 6) /* a block, or a part of it, lies elsewhere, perhaps before the first */
        for (unsigned i = 16, by = (unsigned)(noise() % (2 * n)); i < 32; i++)
            to[i] += 4 * ((int64_t)(by / 4) - n / 4);
    if (kind == 5 && step)
        to[noise() % 64] += 4;
}

static void addresses_choose(void)
{
    int64_t to[64];
    bool in_lds = noise() % 8 == 0;
    uint64_t base = in_lds ? wave.shared_base : data_va + (noise() & 1 ? PAGE : 0);
    unsigned n = in_lds ? LDS_BYTES : noise() % 3 ? PAGE : BYTES;
    offsets_choose(to, n);
    for (unsigned i = 0; i < 64; i++)
        lane_set(0, i, base + (uint64_t)to[i]);
    offsets_choose(to, LDS_BYTES);
    for (unsigned i = 0; i < 64; i++)
        vgprs[2][i] = (uint32_t)to[i];
    isa_sgpr64_set(&wave, 0, data_va + (noise() & 1 ? 0 : PAGE));
    wave.sgpr[3] = noise() % 8 == 0 ? (uint32_t)noise() : (uint32_t)(noise() % 16 * 4);
    wave.sgpr[3] += noise() % 8 ? 0 : (uint32_t)(noise() % 4);
    isa_sgpr64_set(&wave, ISA_EXEC, random_exec());
    for (unsigned i = 0; i < 64 && noise() % 4 == 0; i++)
        if (!(isa_exec(&wave) >> i & 1))
            lane_set(0, i, noise()), vgprs[2][i] = (uint32_t)noise();
}

/* ---- both ways ---- */

struct outcome {
    uint32_t vgpr[N_VGPRS][64], data[BYTES / 4];
    uint8_t lds[LDS_BYTES];
    enum isa_state state;
    uint64_t fault_va;
    unsigned done;
};

static void outcome_take(struct outcome *o, unsigned done)
{
    memcpy(o->vgpr, vgprs, sizeof o->vgpr);
    memcpy(o->data, data, sizeof o->data);
    memcpy(o->lds, lds, sizeof o->lds);
    o->state = wave.state;
    o->fault_va = wave.fault_va;
    o->done = done;
}

static void outcome_put(const struct outcome *o)
{
    memcpy(vgprs, o->vgpr, sizeof o->vgpr);
    memcpy(data, o->data, sizeof o->data);
    memcpy(lds, o->lds, sizeof o->lds);
    wave.state = ISA_RUNNING;
    wave.fault_va = 0;
}

static unsigned one_by_one(void)
{
    for (unsigned n = 0; n < BLOCK; n++) {
        block[n].exec(&wave, &block[n]);
        if (wave.state != ISA_RUNNING)
            return n;
    }
    wave.state = ISA_ENDED;
    return BLOCK + 1;
}

static void complain(unsigned round, const char *what, unsigned n, unsigned lane, uint64_t is,
                     uint64_t wanted)
{
    for (unsigned i = 0; i < BLOCK; i++) {
        char text[256];
        isa_text(&block[i], 0, text, sizeof text);
        fprintf(stderr, "  %s\n", text);
    }
    for (unsigned i = 0; i < wave.lanes; i++)
        fprintf(stderr, " %lx/%x", (unsigned long)lane_get(0, i), vgprs[2][i]);
    ck_abort_msg("round %u, exec %#lx: %s %u lane %u is %#lx, not %#lx", round,
                 (unsigned long)isa_exec(&wave), what, n, lane, (unsigned long)is, (unsigned long)wanted);
}

static void outcome_compare(const struct outcome *o, unsigned round)
{
    if (wave.state != o->state || wave.fault_va != o->fault_va || wave.instructions != o->done)
        complain(round, "state (fault_va, done)", wave.state, o->state, wave.fault_va, o->fault_va);
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned i = 0; i < wave.lanes; i++)
            if (vgprs[r][i] != o->vgpr[r][i])
                complain(round, "v", r, i, vgprs[r][i], o->vgpr[r][i]);
    for (unsigned i = 0; i < BYTES / 4; i++)
        if (data[i] != o->data[i])
            complain(round, "data", i, 0, data[i], o->data[i]);
    for (unsigned i = 0; i < LDS_BYTES; i++)
        if (lds[i] != o->lds[i])
            complain(round, "lds", i, 0, lds[i], o->lds[i]);
}

static void registers_fill(void)
{
    for (unsigned r = 0; r < 16; r++)
        for (unsigned i = 0; i < 64; i++)
            vgprs[r][i] = (uint32_t)noise();
    for (unsigned i = 0; i < BYTES / 4; i++)
        data[i] = (uint32_t)noise();
    for (unsigned i = 0; i < LDS_BYTES; i++)
        lds[i] = (uint8_t)noise();
    addresses_choose();
}

static void wave_make(unsigned round)
{
    static struct isa_wave before;
    before = wave;
    wave_start(round & 1 ? ISA_GFX11 : ISA_GFX940, round % 4 == 1 ? 32 : 64, MODE_USUAL);
    wave.tlb_generation = before.tlb_generation;
    wave.tlb_next = before.tlb_next;
    memcpy(wave.tlb, before.tlb, sizeof wave.tlb);
    wave.vm = &vm;
    wave.group = &group;
    wave.shared_base = UINT64_C(1) << 48;
    wave.private_base = UINT64_C(2) << 48;
    wave.scratch_bytes = PRIVATE_BYTES;
    wave.scratch_va =
        data_va + (round % 3 == 0 ? BYTES - 8 * 256 : round % 3 * 1024); /* some is not mapped */
    if (round % 5 == 0)
        wave.tlb_generation = UINT64_MAX;
}

static void compare_runs(unsigned round)
{
    static struct outcome before, expect;
    registers_fill();
    outcome_take(&before, 0);
    unsigned done = one_by_one();
    outcome_take(&expect, done);
    outcome_put(&before);
    wave.pc = CODE_VA;
    wave.instructions = 0;
    isa_run(&wave, cache, 1000);
    outcome_compare(&expect, round);
}

START_TEST(loads_and_stores_within_traces_come_to_what_their_functions_come_to)
{
    machine_start();
    const char *turns = getenv("KFDFS_ISA_TURNS");
    unsigned times = TIMES * (turns ? (unsigned)atoi(turns) : 1);
    for (unsigned round = 0; round < times; round++) {
        wave_make(round);
        block_make();
        isa_cache_renew(cache);
        for (unsigned run = 0; run < 8; run++) {
            wave.state = ISA_RUNNING;
            wave.fault_va = 0;
            compare_runs(round);
        }
    }
    machine_end();
}
END_TEST

int main(void)
{
    if (!getenv("KFDFS_SIM_OPTS"))
        setenv("KFDFS_SIM_OPTS", "jit=always", 1);
    Suite *suite = suite_create("isa_jit_memory");
    TCase *t = tcase_create("jit");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, loads_and_stores_within_traces_come_to_what_their_functions_come_to);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
