/*
 * machine.c - see machine.h.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const struct target isa_targets[TARGETS] = {
    {"gfx90a", "", ISA_GFX90A, false},
    {"gfx942", "", ISA_GFX940, false},
    {"gfx950", "", ISA_GFX950, false},
    {"gfx1030", "", ISA_GFX10_3, true},
    {"gfx1100", "+real-true16", ISA_GFX11, true},
    {"gfx1151", "+real-true16", ISA_GFX11_5, true},
    {"gfx1201", "", ISA_GFX12, true},
};

enum { SLOT = 64, PAGE = 4096, CODE_BYTES = (CODE_MAX * SLOT + PAGE - 1) / PAGE * PAGE };

static uint8_t code_pages[CODE_BYTES] __attribute__((aligned(4096)));
uint8_t machine_data[DATA_BYTES] __attribute__((aligned(4096)));
uint8_t machine_scratch[DATA_BYTES] __attribute__((aligned(4096)));
uint8_t machine_lds[LDS_BYTES];

static struct sim_vm vm;
static struct isa_cache *cache;
static struct isa_wave wave;
static struct isa_group group;

uint64_t machine_noise(void)
{
    static uint64_t state;
    if (state == 0) {
        const char *seed = getenv("KFDFS_ISA_SEED");
        state = 0x9e3779b97f4a7c15 + (seed ? strtoull(seed, NULL, 10) : 0);
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

void machine_noise_fill(void *to, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t word = machine_noise();
        memcpy((uint8_t *)to + i, &word, bytes - i < 8 ? bytes - i : 8);
    }
}

/* ---- assembling ---- */

/* "; encoding: [0x14,0x00,...]" lines follow the label of their code. */
static void listing_read(FILE *from, struct code *codes, unsigned n)
{
    char *line = NULL;
    size_t room = 0;
    unsigned at = n;
    while (getline(&line, &room, from) > 0) {
        if (line[0] == 'L')
            at = (unsigned)strtoul(line + 1, NULL, 10);
        char *list = strstr(line, "encoding: [");
        if (!list || at >= n)
            continue;
        codes[at].instructions++;
        for (char *p = list + strlen("encoding: ["); *p && p[-1] != ']'; p++) {
            uint32_t byte = (uint32_t)strtoul(p, &p, 16);
            struct code *code = &codes[at];
            if (code->bytes < sizeof code->words)
                code->words[code->bytes / 4] |= byte << code->bytes % 4 * 8;
            code->bytes++;
        }
    }
    free(line);
}

static unsigned lines_of(const char *text)
{
    unsigned n = 1;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

bool machine_assemble(unsigned target, bool wave32, struct code *codes, unsigned n)
{
    char path[] = "/tmp/kfdfs-isa-XXXXXX", command[400];
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return false;
    for (unsigned i = 0; i < n; i++) {
        fprintf(file, "L%u:\n%s\n", i, codes[i].text);
        codes[i].bytes = codes[i].instructions = 0;
        memset(codes[i].words, 0, sizeof codes[i].words);
    }
    fclose(file);
    snprintf(command, sizeof command,
             "llvm-mc-22 -triple=amdgcn -mcpu=%s -mattr=%s%s%s -show-encoding %s 2>/dev/null",
             isa_targets[target].cpu, isa_targets[target].options, *isa_targets[target].options ? "," : "",
             wave32 ? "+wavefrontsize32" : "+wavefrontsize64", path);
    FILE *listing = popen(command, "r");
    if (listing)
        listing_read(listing, codes, n);
    for (unsigned i = 0; i < n; i++)
        if (codes[i].instructions < lines_of(codes[i].text))
            codes[i].bytes = 0;
    int status = listing ? pclose(listing) : -1;
    unlink(path);
    return status != -1 && WEXITSTATUS(status) != 127;
}

/* ---- running ---- */

static void machine_start(void)
{
    if (cache)
        return;
    bool made = sim_vm_init(&vm) == 0 &&
                sim_vm_map(&vm, CODE_VA, sizeof code_pages, code_pages, SIM_VM_READ | SIM_VM_EXEC) == 0 &&
                sim_vm_map(&vm, DATA_VA, DATA_BYTES, machine_data, SIM_VM_READ | SIM_VM_WRITE) == 0 &&
                sim_vm_map(&vm, SCRATCH_VA, DATA_BYTES, machine_scratch, SIM_VM_READ | SIM_VM_WRITE) == 0;
    cache = isa_cache_new();
    if (!made || !cache)
        abort();
    sim_vm_enter(&vm);
}

void machine_end(void)
{
    if (!cache)
        return;
    sim_vm_leave(&vm);
    isa_cache_free(cache);
    cache = NULL;
}

void machine_load(unsigned target, const struct code *codes, unsigned n)
{
    uint32_t end = isa_targets[target].generation >= ISA_GFX11 ? 0xbfb00000 : 0xbf810000; /* s_endpgm */
    machine_start();
    for (unsigned i = 0; i < n; i++) {
        uint32_t slot[SLOT / 4];
        for (unsigned k = 0; k < SLOT / 4; k++)
            slot[k] = end;
        if (codes[i].bytes)
            memcpy(slot, codes[i].words, codes[i].bytes);
        memcpy(code_pages + i * SLOT, slot, SLOT);
    }
    isa_cache_renew(cache);
}

enum isa_state machine_run(unsigned target, bool wave32, unsigned code, struct state *s)
{
    uint64_t start = CODE_VA + code * SLOT;
    static struct isa_wave *waves[] = {&wave};
    group = (struct isa_group){.lds = machine_lds, .lds_bytes = LDS_BYTES, .n_waves = 1, .waves = waves};
    wave.generation = isa_targets[target].generation;
    wave.lanes = wave32 ? 32 : 64;
    wave.pc = start;
    wave.scc = s->scc;
    wave.vgpr = s->vgpr;
    wave.agpr = target <= TARGET_950 ? s->agpr : NULL;
    wave.n_vgprs = N_VGPRS;
    wave.n_agprs = target <= TARGET_950 ? N_AGPRS : 0;
    wave.mode = s->mode;
    wave.vm = &vm;
    wave.group = &group;
    wave.state = ISA_RUNNING;
    wave.scratch_va = SCRATCH_VA;
    wave.scratch_bytes = 512;
    wave.shared_base = (uint64_t)SHARED_BASE_HIGH << 48;
    wave.private_base = (uint64_t)PRIVATE_BASE_HIGH << 48;
    wave.instructions = 0;
    wave.barrier_complete = 0;
    memcpy(wave.sgpr, s->sgpr, sizeof wave.sgpr);
    for (unsigned i = 0; i < 20 && wave.state == ISA_RUNNING; i++)
        isa_run(&wave, cache, 100);
    memcpy(s->sgpr, wave.sgpr, sizeof wave.sgpr);
    s->scc = wave.scc;
    s->mode = wave.mode;
    s->pc = wave.pc - start;
    return wave.state;
}
