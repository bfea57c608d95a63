/*
 * dispatch.c - see dispatch.h.
 */
#include "sim/cu/op.h"
#include "dispatch.h"

#include "run_suite.h"

#include <elf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* ---- the machine ---- */

struct sim_gpu gpu;
const struct target *now;
uint64_t code_base;
uint8_t *code;
static uint64_t next_va;
enum { ANY = SIM_VM_READ | SIM_VM_WRITE | SIM_VM_EXEC };

struct buffer buffer_new(size_t bytes)
{
    size_t size = (bytes + SIM_PAGE - 1) / SIM_PAGE * SIM_PAGE;
    struct buffer b = {next_va, mmap(NULL, size, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)};
    ck_assert_ptr_ne(b.host, MAP_FAILED);
    ck_assert_int_eq(sim_vm_map(&gpu.vm, b.va, size, b.host, ANY), 0);
    next_va += size + 16 * SIM_PAGE;
    return b;
}

struct buffer buffer_random(size_t bytes, uint64_t seed)
{
    struct buffer b = buffer_new(bytes);
    sim_noise(b.host, bytes, seed);
    return b;
}

struct buffer buffer_floats(size_t n, uint64_t seed)
{
    struct buffer b = buffer_random(n * 4, seed);
    float *f = b.host;
    const uint32_t *u = b.host;
    for (size_t i = 0; i < n; i++)
        f[i] = 0.1f + (float)(u[i] % 99900) / 1000.0f;
    return b;
}

static void relocate(const Elf64_Shdr *section, Elf_Scn *scn)
{
    const Elf64_Rela *rela = elf_getdata(scn, NULL)->d_buf;
    for (size_t i = 0; i < section->sh_size / sizeof *rela; i++) {
        ck_assert_uint_eq(ELF64_R_TYPE(rela[i].r_info), 13); /* R_AMDGPU_RELATIVE64 */
        uint64_t value = code_base + (uint64_t)rela[i].r_addend;
        memcpy(code + rela[i].r_offset, &value, sizeof value);
    }
}

static void code_load(void)
{
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)now->file, now->size);
    size_t n = 0, end = 0;
    elf_getphdrnum(elf, &n);
    const Elf64_Phdr *segment = elf64_getphdr(elf);
    for (size_t i = 0; i < n; i++)
        if (segment[i].p_type == PT_LOAD && segment[i].p_vaddr + segment[i].p_memsz > end)
            end = segment[i].p_vaddr + segment[i].p_memsz;
    struct buffer b = buffer_new(end);
    code = b.host;
    code_base = b.va;
    for (size_t i = 0; i < n; i++)
        if (segment[i].p_type == PT_LOAD)
            memcpy(code + segment[i].p_vaddr, now->file + segment[i].p_offset, segment[i].p_filesz);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        const Elf64_Shdr *section = elf64_getshdr(scn);
        if (section->sh_type == SHT_RELA)
            relocate(section, scn);
    }
    elf_end(elf);
}

uint64_t symbol_find(const char *name)
{
    Elf *elf = elf_memory((char *)now->file, now->size);
    uint64_t value = 0;
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        const Elf64_Shdr *section = elf64_getshdr(scn);
        if (section->sh_type != SHT_DYNSYM)
            continue;
        const Elf64_Sym *symbol = elf_getdata(scn, NULL)->d_buf;
        for (size_t i = 0; i < section->sh_size / sizeof *symbol; i++)
            if (!strcmp(elf_strptr(elf, section->sh_link, symbol[i].st_name), name))
                value = symbol[i].st_value;
    }
    elf_end(elf);
    return value;
}

void machine_setup(const struct target *target)
{
    now = target;
    gpu = (struct sim_gpu){.model = sim_model_find(now->model, strlen(now->model)), .gpu_id = 1};
    ck_assert_ptr_nonnull(gpu.model);
    ck_assert_int_eq(sim_vm_init(&gpu.vm), 0);
    next_va = 0x7e0000000000;
    code_load();
}

/* ---- dispatching ---- */

static void put(uint8_t *at, size_t offset, uint64_t value, size_t bytes)
{
    memcpy(at + offset, &value, bytes);
}

/* The hidden arguments of code object V5, behind the explicit ones. */
static void hidden_fill(uint8_t *at, const struct geometry *g)
{
    for (unsigned d = 0; d < 3; d++) {
        put(at, 4 * d, g->grid[d] / g->group[d], 4);
        put(at, 12 + 2 * d, g->group[d], 2);
        put(at, 18 + 2 * d, g->grid[d] % g->group[d], 2);
        put(at, 40 + 8 * d, g->offset[d], 8);
    }
    put(at, 64, g->dims, 2);
    put(at, 120, g->dynamic_lds, 4);
    put(at, 192, 0x20000, 4);
    put(at, 196, 0x10000, 4);
}

static void packet_fill(uint8_t *at, const struct geometry *g, uint32_t private_bytes, uint32_t group_bytes,
                        uint64_t kernel, uint64_t kernarg)
{
    put(at, 0, 2 | 1 << 9 | 1 << 11, 2);
    put(at, 2, g->dims, 2);
    for (unsigned d = 0; d < 3; d++) {
        put(at, 4 + 2 * d, g->group[d], 2);
        put(at, 12 + 4 * d, g->grid[d], 4);
    }
    put(at, 24, private_bytes, 4);
    put(at, 28, group_bytes, 4);
    put(at, 32, kernel, 8);
    put(at, 40, kernarg, 8);
}

/* The buffer that private memory is accessed through where scratch is not architected, as the command
 * processor makes it: ROCr's registers.h with the index stride filled in on gfx10.3. */
static void scratch_resource(struct sim_dispatch *d, uint64_t bytes)
{
    bool gfx10 = gpu.model->generation == ISA_GFX10_3;
    d->user_sgpr[0] = (uint32_t)d->scratch_va;
    d->user_sgpr[1] = 0x80000000 | (uint32_t)(d->scratch_va >> 32);
    d->user_sgpr[2] = (uint32_t)bytes;
    d->user_sgpr[3] = !gfx10 ? 0x00ea4fac : d->wave32 ? 0x21c14fac : 0x21e14fac;
    d->n_user_sgprs = 4;
}

static void user_sgpr(struct sim_dispatch *d, bool wanted, uint64_t value, unsigned dwords)
{
    for (unsigned i = 0; wanted && i < dwords; i++)
        d->user_sgpr[d->n_user_sgprs++] = i < 2 ? (uint32_t)(value >> 32 * i) : 0;
}

struct sim_outcome dispatch_run(const char *kernel, const struct geometry *geometry, const void *args,
                                size_t args_bytes)
{
    char name[64];
    struct geometry g = *geometry;
    struct buffer kernarg = buffer_new(8192), packet = buffer_new(64), queue = buffer_new(256);
    snprintf(name, sizeof name, "%s.kd", kernel);
    uint64_t at = symbol_find(name);
    ck_assert_msg(at != 0, "no symbol %s", name);
    const uint8_t *kd = code + at;
    uint32_t fixed[2], rsrc[3];
    int64_t entry;
    uint16_t properties, preload;
    memcpy(fixed, kd, 8);
    memcpy(&entry, kd + 16, 8);
    memcpy(rsrc, kd + 44, 12);
    memcpy(&properties, kd + 56, 2);
    memcpy(&preload, kd + 58, 2);
    ck_assert_uint_eq(preload, 0);
    memcpy(kernarg.host, args, args_bytes);
    hidden_fill((uint8_t *)kernarg.host + (args_bytes + 7) / 8 * 8, &g);

    struct sim_dispatch d = {.gpu = &gpu,
                             .grid = {g.grid[0], g.grid[1], g.grid[2]},
                             .group = {g.group[0], g.group[1], g.group[2]},
                             .code_va = code_base + at + (uint64_t)entry,
                             .rsrc1 = rsrc[1],
                             .rsrc2 = rsrc[2],
                             .rsrc3 = rsrc[0],
                             .properties = properties,
                             .wave32 = properties >> 10 & 1,
                             .lds_bytes = fixed[0] + g.dynamic_lds,
                             .private_bytes = fixed[1] + (properties >> 11 & 1 ? 4096 : 0),
                             .packet_va = packet.va,
                             .scratch_waves = 64,
                             .seed = 42};
    packet_fill(packet.host, &g, d.private_bytes, d.lds_bytes, code_base + at, kernarg.va);
    size_t scratch = (size_t)(d.private_bytes * 64 + 1024) * d.scratch_waves * gpu.model->xccs;
    d.scratch_va = buffer_new(scratch).va;
    if (properties & 1)
        scratch_resource(&d, scratch);
    user_sgpr(&d, properties & 2, packet.va, 2);
    user_sgpr(&d, properties & 4, queue.va, 2);
    user_sgpr(&d, properties & 8, kernarg.va, 2);
    user_sgpr(&d, properties & 16, 17, 2);
    user_sgpr(&d, properties & 32, d.scratch_va, 2);
    user_sgpr(&d, properties & 64, d.private_bytes, 1);
    struct sim_outcome outcome;
    sim_compute_run(&d, &outcome);
    return outcome;
}

void run_grid(const char *kernel, const struct geometry *g, const void *args, size_t bytes)
{
    struct sim_outcome outcome = dispatch_run(kernel, g, args, bytes);
    ck_assert_msg(outcome.end == SIM_END_OK, "%s on %s %s: %s", kernel, now->mcpu, now->level, outcome.text);
}

void run(const char *kernel, uint32_t items, uint32_t group, const void *args, size_t bytes)
{
    run_grid(kernel, &(struct geometry){{items, 1, 1}, {group, 1, 1}, {0}, 1, 0}, args, bytes);
}
