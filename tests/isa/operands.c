/*
 * operands.c - see operands.h.
 */
#include "operands.h"
#include "coverage.h"
#include "vector.h"

#include <math.h>
#include <string.h>

static const uint64_t edges16[] = {0,      1,      2,      15,     16,     17,     0x3ff,  0x400,  0x401,
                                   0x3bff, 0x3c00, 0x3c01, 0x3800, 0x4000, 0x5bff, 0x7bff, 0x7c00, 0x7c01,
                                   0x7e00, 0x7fff, 0x8000, 0x8001, 0x83ff, 0x8400, 0xbc00, 0xb800, 0xfbff,
                                   0xfc00, 0xfd00, 0xfe01, 0xffff, 0xff80, 0x00ff};
static const uint64_t edges32[] = {
    0,          1,          2,          31,         32,         33,         0xff,       0x8000,
    0xffff,     0x10000,    0x7fffff,   0x800000,   0x800001,   0xffffff,   0x1000000,  0x33800000,
    0x38800000, 0x387fc000, 0x3effffff, 0x3f000000, 0x3f800000, 0x3f800001, 0x40490fdb, 0x477fe000,
    0x477ff000, 0x4b000001, 0x4f000000, 0x5f800000, 0x7e800000, 0x7f7fffff, 0x7f800000, 0x7f800001,
    0x7fc00000, 0x7fffffff, 0x80000000, 0x80000001, 0x807fffff, 0x80800000, 0xbf000000, 0xbf800000,
    0xcf000000, 0xff7fffff, 0xff800000, 0xffa00000, 0xffc00001, 0xfffffffe, 0xffffffff, 0x7fff7fff,
    0x80008000, 0x3c003c00};
static const uint64_t edges64[] = {
    0,
    1,
    31,
    63,
    64,
    0xffffffff,
    0x100000000,
    0x000fffffffffffff,
    0x0010000000000000,
    0x36a0000000000000,
    0x3810000000000000,
    0x3fdfffffffffffff,
    0x3fe0000000000000,
    0x3ff0000000000000,
    0x3ff0000000000001,
    0x41e0000000000000,
    0x41f0000000000000,
    0x47efffffe0000000,
    0x47effffff0000000,
    0x7fefffffffffffff,
    0x7ff0000000000000,
    0x7ff0000000000001,
    0x7ff8000000000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0x8010000000000000,
    0xbfe0000000000000,
    0xbff0000000000000,
    0xc1e0000000200000,
    0xfff0000000000000,
    0xfff4000000000000,
    0xfff8000000000001,
    0xfffffffffffffffe,
    0xffffffffffffffff,
};
#define CHOOSE(list) list[machine_noise() % (sizeof list / sizeof *list)]

uint64_t operand_choose(enum type type)
{
    unsigned bits = type_bits(type);
    uint64_t noise = machine_noise(), mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    double small = ((double)(int)(noise >> 8 & 0xffff) - 32768) / (1u << (noise >> 32 & 15));
    switch (noise & 7) {
    case 0:
    case 1:
    case 2:
    case 3:
        return bits == 16 ? CHOOSE(edges16) : bits == 32 ? CHOOSE(edges32) : CHOOSE(edges64);
    case 4: /* numbers that meet each other */
        if (type_float(type))
            return bits == 16 ? n_to16(small, EVEN) : bits == 32 ? n_to32(small, EVEN) : n_bits64(small);
        return (uint64_t)(int64_t)((int)(noise >> 8 & 127) - 64) & mask;
    default:
        return machine_noise() & mask;
    }
}

uint32_t operand_classes(enum type type, uint64_t value)
{
    unsigned bits = type_bits(type);
    uint64_t sign = UINT64_C(1) << (bits - 1), all = sign | (sign - 1);
    if (type == NO)
        return 0;
    if (!type_float(type))
        return value == 0 || value == all || value == sign || value == sign - 1 ? COVER_EXTREME : 0;
    static const uint32_t classes[] = {COVER_NAN | COVER_SIGNALS,
                                       COVER_NAN,
                                       COVER_INFINITE,
                                       0,
                                       COVER_DENORMAL,
                                       COVER_ZERO,
                                       COVER_ZERO,
                                       COVER_DENORMAL,
                                       0,
                                       COVER_INFINITE};
    return classes[n_class(bits, value)];
}

void operands_fill(struct state *s, unsigned target, bool wave32, unsigned round)
{
    static const uint32_t modes[] = {0x3f0, 0x300, 0x3f5, 0x0fa, 0x1f0, 0x00f, 0x2a0, 0x150};
    static struct state noise;
    static bool made;
    if (!made)
        machine_noise_fill(&noise, sizeof noise);
    made = true;
    memcpy(s, &noise, sizeof noise);
    s->scc = round & 1;
    s->pc = 0;
    s->mode = modes[round < 2 ? 0 : machine_noise() % 8];
    if (target == TARGET_1201)
        s->mode &= 0xff;
    for (unsigned i = 0; i < 104; i++)
        s->sgpr[i] = (uint32_t)operand_choose(B32);
    uint64_t lanes = machine_lanes(wave32), exec = lanes,
             last = wave32 ? UINT64_C(1) << 31 : UINT64_C(1) << 63;
    if (round % 8 == 2)
        exec = 0;
    else if (round % 8 == 3)
        exec = last;
    else if (round % 4 == 1)
        exec = machine_noise() & lanes;
    else if (round % 8 == 6)
        exec = lanes & ~last;
    s->sgpr[SREG_EXEC] = (uint32_t)exec;
    s->sgpr[SREG_EXEC + 1] = (uint32_t)(exec >> 32);
    for (unsigned i = SREG_IN; i < SREG_IN + 2; i++)
        s->sgpr[i] = (uint32_t)machine_noise();
    for (unsigned i = SREG_VCC; i < SREG_VCC + 2; i++)
        s->sgpr[i] = (uint32_t)machine_noise();
    s->sgpr[125] = s->sgpr[128] = s->sgpr[129] = 0;
}

uint32_t operands_round_classes(const struct state *s, bool wave32)
{
    uint64_t exec = s->sgpr[SREG_EXEC] | (uint64_t)s->sgpr[SREG_EXEC + 1] << 32;
    uint32_t classes = wave32 ? COVER_WAVE32 : COVER_WAVE64;
    if (exec == 0)
        classes |= COVER_EXEC_NONE;
    else if (exec != machine_lanes(wave32))
        classes |= COVER_EXEC_SOME;
    if ((s->mode & 0xf0) != 0xf0)
        classes |= COVER_FLUSH;
    if (s->mode & 15)
        classes |= COVER_ROUND;
    return classes;
}
