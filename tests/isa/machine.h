/*
 * machine.h - instructions as text, assembled by LLVM, each run by itself on a wave whose registers are
 * known.
 */
#ifndef KFDFS_TESTS_ISA_MACHINE_H
#define KFDFS_TESTS_ISA_MACHINE_H

#include "sim/cu/wave.h"

#include "lane.h"

enum { CODE_MAX = 60000, N_VGPRS = 64, N_AGPRS = 32, LANES_MAX = 64, LDS_BYTES = 8192, DATA_BYTES = 65536 };
enum {
    DATA_VA = 0x1000000,
    CODE_VA = 0x4000000,
    SCRATCH_VA = 0x2000000,
    SHARED_BASE_HIGH = 1, /* generic addresses of LDS: in the upper dword */
    PRIVATE_BASE_HIGH = 2,
};
enum { NONE_BYTES = 0 };

/* What a target is called, how it is assembled and which of the driver's generations it is. */
struct target {
    const char *cpu, *options;
    enum isa_generation generation;
    bool wave32; /* what its code is usually made for */
};
extern const struct target isa_targets[TARGETS];

struct code { /* one instruction, or a line for each; bytes 0: LLVM does not know them all there */
    char text[200];
    uint32_t words[12];
    unsigned bytes, instructions;
};

/* Everything an instruction may change. */
struct state {
    uint32_t vgpr[N_VGPRS][LANES_MAX], agpr[N_AGPRS][LANES_MAX], sgpr[130];
    bool scc;
    uint32_t mode;
    uint64_t pc; /* relative to the instruction */
};

/* All at once. False: no llvm-mc. */
bool machine_assemble(unsigned target, bool wave32, struct code *codes, unsigned n);
/* Lays out the codes that were assembled, each followed by the end of a program. */
void machine_load(unsigned target, const struct code *codes, unsigned n);
/* Runs one of them from a state, which becomes what it left; the wave's state says how it ended. */
enum isa_state machine_run(unsigned target, bool wave32, unsigned code, struct state *s);
void machine_end(void);

extern uint8_t machine_lds[LDS_BYTES], machine_data[DATA_BYTES], machine_scratch[DATA_BYTES];

uint64_t machine_noise(void);
void machine_noise_fill(void *to, size_t bytes);
static inline uint64_t machine_lanes(bool wave32)
{
    return wave32 ? UINT32_MAX : UINT64_MAX;
}

#endif
