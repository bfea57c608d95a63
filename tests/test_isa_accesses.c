/*
 * test_isa_accesses.c - loads, stores and atomics of every kind of memory, each on every target that has it
 * and in its forms of addresses, held against a plain model of memory.
 *
 * Every lane has a place of its own, so no order of lanes matters. Private memory is interleaved: dword n of
 * lane l is dword n * lanes + l.
 */
#include "isa/access.h"
#include "isa/coverage.h"
#include "isa/operands.h"
#include "isa/vector.h"
#include "isa/run_truth.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum address { ADDRESS_VGPR, ADDRESS_SGPR, ADDRESS_BOTH }; /* of global: a pair, or a base and an offset */
enum { SREG_BASE = 22, SREG_RESOURCE = 24, GAP = 64 };

struct form {
    const struct access_row *row;
    unsigned target;
    bool wave32;
    enum address address;
    int offset;
    unsigned offsets[2]; /* of two addresses */
};
static struct code codes[CODE_MAX];
static struct form forms[CODE_MAX];
static unsigned n_codes, n_wrong;

struct memory {
    uint8_t data[DATA_BYTES], scratch[DATA_BYTES], lds[LDS_BYTES];
};

static unsigned number_of(const char *name, unsigned otherwise)
{
    const char *value = getenv(name);
    return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static bool is_atomic(const struct access_row *row)
{
    return row->op == OP_ATOMIC || row->op == OP_ATOMIC_RETURN;
}

static unsigned dwords_of(const struct access_row *row)
{
    unsigned one = (row->bytes + 3) / 4;
    return row->op == OP_LOAD ? one * (row->stride ? 2 : 1) : one;
}

/* ---- text ---- */

static void registers_text(char *to, unsigned reg, unsigned n)
{
    if (n == 1)
        sprintf(to, "v%u", reg);
    else
        sprintf(to, "v[%u:%u]", reg, reg + n - 1);
}

static const char *return_text(unsigned target)
{
    return target == TARGET_1201                          ? " th:TH_ATOMIC_RETURN"
           : target == TARGET_942 || target == TARGET_950 ? " sc0"
                                                          : " glc";
}

static void form_text(const struct form *f, char *to)
{
    const struct access_row *row = f->row;
    char value[24], result[24] = "", address[64], offset[40] = "";
    unsigned n = dwords_of(row);
    bool lds = row->space == SPACE_LDS, two_in_one = row->two && !lds;
    registers_text(value, row->op == OP_LOAD || is_atomic(row) ? (row->op == OP_LOAD ? REG_D : REG_B) : REG_B,
                   two_in_one ? 2 * n : n);
    registers_text(result, REG_D, row->stride ? 2 * n : n);
    if (row->stride)
        sprintf(offset, " offset0:%u offset1:%u", f->offsets[0], f->offsets[1]);
    else if (f->offset)
        sprintf(offset, " offset:%d", f->offset);
    switch (row->space) {
    case SPACE_GLOBAL:
        strcpy(address, f->address == ADDRESS_BOTH ? "v8, " : "v[8:9], ");
        break;
    case SPACE_SCRATCH:
        strcpy(address, f->address == ADDRESS_SGPR ? "off, " : "v8, ");
        break;
    case SPACE_FLAT:
        strcpy(address, "v[8:9]");
        break;
    default:
        strcpy(address, "v8");
    }
    const char *base = row->space == SPACE_GLOBAL    ? (f->address == ADDRESS_BOTH ? "s[22:23]" : "off")
                       : row->space == SPACE_SCRATCH ? (f->address == ADDRESS_VGPR ? "off" : "s22")
                                                     : "";
    bool buffer = row->space == SPACE_BUFFER;
    const char *zero = f->target == TARGET_1201 ? "null" : "0";
    bool back = row->op == OP_ATOMIC_RETURN, rtn = back && !lds;
    char tail[80];
    sprintf(tail, "%s%s", offset, rtn ? return_text(f->target) : "");
    if (buffer)
        sprintf(to, "%s %s, v8, s[24:27], %s offen%s", row->name, value, zero, tail);
    else if (row->op == OP_LOAD)
        sprintf(to, "%s %s, %s%s%s", row->name, value, address, base, tail);
    else if (row->op == OP_STORE || !back)
        sprintf(to, "%s %s%s%s%s%s", row->name, address, row->space == SPACE_FLAT || lds ? ", " : "", value,
                *base ? ", " : "", base);
    else
        sprintf(to, "%s %s, %s%s%s%s%s", row->name, result, address,
                row->space == SPACE_FLAT || lds ? ", " : "", value, *base ? ", " : "", base);
    if (lds && (row->two || (row->op != OP_LOAD && row->stride))) {
        char second[24];
        registers_text(second, REG_C, n);
        strcat(strcat(to, ", "), second);
    }
    if (!buffer && row->op != OP_LOAD)
        strcat(to, tail);
}

static bool form_choose(struct form *f, const struct access_row *row, unsigned target, bool wave32,
                        unsigned turn)
{
    *f = (struct form){.row = row, .target = target, .wave32 = wave32};
    if (row->space == SPACE_GLOBAL)
        f->address = turn & 1 ? ADDRESS_BOTH : ADDRESS_VGPR;
    if (row->space == SPACE_SCRATCH)
        f->address = (enum address)(turn % 3);
    bool may = row->space != SPACE_FLAT || target >= TARGET_1100 || target < TARGET_1030;
    f->offset = turn & 2 && may ? (int)(machine_noise() % 15 * 16) : 0;
    f->offsets[0] = row->stride > 8 ? 0 : turn & 1 ? 5 : 0;
    f->offsets[1] = row->stride > 8 ? 1 : 2;
    return turn == 0 || row->space != SPACE_LDS || turn < 3;
}

/* ---- what it does ---- */

/* Where byte at of a lane's address is. */
static uint8_t *byte_at(struct memory *m, const struct form *f, unsigned lane, uint64_t at)
{
    switch (f->row->space) {
    case SPACE_SCRATCH:
        return &m->scratch[at / 4 * 4 * (f->wave32 ? 32 : 64) + lane * 4 + at % 4];
    case SPACE_LDS:
        return &m->lds[at];
    default:
        return &m->data[at];
    }
}

static uint64_t place_of(const struct form *f, unsigned lane, unsigned shift)
{
    const struct access_row *row = f->row;
    unsigned slot = (lane * 5 + 3) % 64;
    if (row->space == SPACE_SCRATCH)
        return f->address == ADDRESS_SGPR ? 0 : shift * 4;
    if (row->stride > 8)
        return slot * row->bytes;
    /* off their alignment: what the unit allows (unaligned access mode) */
    bool may = !is_atomic(row) && row->space != SPACE_LDS && row->space != SPACE_BUFFER;
    return slot * GAP + (may ? shift : 0);
}

static uint64_t value_get(struct memory *m, const struct form *f, unsigned lane, uint64_t at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)*byte_at(m, f, lane, at + i) << 8 * i;
    return value;
}

static void value_put(struct memory *m, const struct form *f, unsigned lane, uint64_t at, unsigned bytes,
                      uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        *byte_at(m, f, lane, at + i) = (uint8_t)(value >> 8 * i);
}

static uint64_t pair_of(const struct state *s, unsigned reg, unsigned lane, unsigned bytes)
{
    return s->vgpr[reg][lane] | (bytes == 8 ? (uint64_t)s->vgpr[reg + 1][lane] << 32 : 0);
}

static void load(struct memory *m, const struct form *f, struct state *s, unsigned lane, uint64_t at,
                 unsigned reg)
{
    const struct access_row *row = f->row;
    for (unsigned done = 0; done < row->bytes; done += 4) {
        unsigned bytes = row->bytes - done < 4 ? row->bytes - done : 4;
        uint32_t value = (uint32_t)value_get(m, f, lane, at + done, bytes),
                 *to = &s->vgpr[reg + done / 4][lane];
        if (row->sign && value >> (bytes * 8 - 1))
            value |= ~0u << (bytes * 8 - 1);
        if (row->half == HALF_LOW)
            value = (*to & 0xffff0000) | (value & 0xffff);
        else if (row->half == HALF_HIGH)
            value = (*to & 0xffff) | value << 16;
        *to = value;
    }
}

static void store(struct memory *m, const struct form *f, const struct state *s, unsigned lane, uint64_t at,
                  unsigned reg)
{
    const struct access_row *row = f->row;
    for (unsigned i = 0; i < row->bytes; i++)
        *byte_at(m, f, lane, at + i) =
            (uint8_t)(s->vgpr[reg + i / 4][lane] >> (i % 4 * 8 + (row->half == HALF_HIGH ? 16 : 0)));
}

static void atomic(struct memory *m, const struct form *f, struct state *s, unsigned lane, uint64_t at,
                   unsigned data, unsigned result)
{
    const struct access_row *row = f->row;
    unsigned second = row->space == SPACE_LDS ? (unsigned)REG_C : REG_B + row->bytes / 4;
    uint64_t old = value_get(m, f, lane, at, row->bytes);
    value_put(m, f, lane, at, row->bytes,
              row->atomic(old, pair_of(s, data, lane, row->bytes), pair_of(s, second, lane, row->bytes)));
    if (row->op != OP_ATOMIC_RETURN)
        return;
    unsigned reg = row->space == SPACE_BUFFER ? data : result; /* buffers: over the data */
    s->vgpr[reg][lane] = (uint32_t)old;
    if (row->bytes == 8)
        s->vgpr[reg + 1][lane] = (uint32_t)(old >> 32);
}

static void form_expect(const struct form *f, struct state *s, struct memory *m, unsigned shift)
{
    const struct access_row *row = f->row;
    uint64_t exec = (s->sgpr[SREG_EXEC] | (uint64_t)s->sgpr[SREG_EXEC + 1] << 32) & machine_lanes(f->wave32);
    uint64_t first_offset = row->stride ? f->offsets[0] * row->stride : (uint64_t)f->offset;
    for (unsigned lane = 0; lane < (f->wave32 ? 32 : 64); lane++) {
        uint64_t at = place_of(f, lane, shift) + first_offset +
                      (row->space == SPACE_SCRATCH && f->address != ADDRESS_VGPR ? 64 : 0);
        if (!(exec >> lane & 1))
            continue;
        uint64_t second = place_of(f, lane, shift) + f->offsets[1] * row->stride;
        if (is_atomic(row)) {
            atomic(m, f, s, lane, at, REG_B, REG_D);
            if (row->stride)
                atomic(m, f, s, lane, second, REG_C, REG_D + row->bytes / 4);
        } else if (row->op == OP_LOAD) {
            load(m, f, s, lane, at, REG_D);
            if (row->stride)
                load(m, f, s, lane, second, REG_D + row->bytes / 4);
        } else {
            store(m, f, s, lane, at, REG_B);
            if (row->stride)
                store(m, f, s, lane, second, REG_C);
        }
    }
}

/* ---- running ---- */

static uint32_t plain_number(void) /* a float that is neither denormal nor a NaN */
{
    return n_to32((double)((int)(machine_noise() % 4000) - 2000) / 16, EVEN);
}

static void state_fill(const struct form *f, struct state *s, struct memory *m, unsigned shift)
{
    static const uint32_t word3[] = {0x00027000, 0x00027000, 0x00027000, 0x31016fac,
                                     0x31004000, 0x31004000, 0x31004000};
    const struct access_row *row = f->row;
    machine_noise_fill(m, 16384);
    machine_noise_fill(m->scratch, 32768);
    machine_noise_fill(m->lds, LDS_BYTES);
    for (unsigned i = 0; (row->floats || row->halves) && i < 16384; i += 4) {
        uint32_t value = row->halves ? 0x3c003800 + (uint32_t)(machine_noise() & 0x00ff00ff) : plain_number();
        memcpy(m->data + i, &value, 4);
        memcpy(m->lds + i % LDS_BYTES, &value, 4);
    }
    for (unsigned i = 0; i < LANES_MAX; i++) {
        for (unsigned k = 0; k < 4; k++) {
            s->vgpr[REG_B + k][i] = row->halves   ? 0x38003c00 + (uint32_t)(machine_noise() & 0x00ff00ff)
                                    : row->floats ? plain_number()
                                                  : (uint32_t)operand_choose(B32);
            s->vgpr[REG_C + k][i] = row->floats ? plain_number() : (uint32_t)operand_choose(B32);
        }
        uint64_t at = place_of(f, i, shift), va = at;
        if (row->space == SPACE_FLAT || (row->space == SPACE_GLOBAL && f->address == ADDRESS_VGPR))
            va += DATA_VA;
        s->vgpr[REG_A][i] = (uint32_t)va;
        s->vgpr[REG_A + 1][i] =
            row->space == SPACE_FLAT || row->space == SPACE_GLOBAL ? (uint32_t)(va >> 32) : 0;
        if (row->two && machine_noise() & 1) { /* a comparison that holds */
            uint64_t there = value_get(m, f, i, at + (uint64_t)f->offset, row->bytes);
            bool first = row->space == SPACE_LDS && strstr(row->name, "cmpst_");
            unsigned reg = row->space != SPACE_LDS ? REG_B + row->bytes / 4
                           : first                 ? (unsigned)REG_B
                                                   : (unsigned)REG_C;
            s->vgpr[reg][i] = (uint32_t)there;
            if (row->bytes == 8)
                s->vgpr[reg + 1][i] = (uint32_t)(there >> 32);
        }
    }
    s->sgpr[SREG_BASE] = row->space == SPACE_SCRATCH ? 64 : DATA_VA;
    s->sgpr[SREG_BASE + 1] = 0;
    s->sgpr[102] = SCRATCH_VA, s->sgpr[103] = 0; /* gfx90a: the base of private memory */
    s->sgpr[SREG_M0] = UINT32_MAX;
    if (row->space == SPACE_BUFFER) {
        s->sgpr[SREG_RESOURCE] = DATA_VA;
        s->sgpr[SREG_RESOURCE + 1] = 0;
        s->sgpr[SREG_RESOURCE + 2] = DATA_BYTES;
        s->sgpr[SREG_RESOURCE + 3] = word3[f->target];
    }
}

static void difference_tell(const struct form *f, unsigned n, const struct state *got,
                            const struct state *expect, const struct memory *m, enum isa_state ended,
                            unsigned shift)
{
    char message[600];
    unsigned reg = 0, lane = 0, at = 0;
    for (unsigned i = 0; i < N_VGPRS * 64; i++)
        if (got->vgpr[i / 64][i % 64] != expect->vgpr[i / 64][i % 64] && !reg)
            reg = i / 64, lane = i % 64;
    const uint8_t *have = f->row->space == SPACE_LDS       ? machine_lds
                          : f->row->space == SPACE_SCRATCH ? machine_scratch
                                                           : machine_data;
    const uint8_t *want = f->row->space == SPACE_LDS       ? m->lds
                          : f->row->space == SPACE_SCRATCH ? m->scratch
                                                           : m->data;
    while (at < LDS_BYTES - 1 && have[at] == want[at])
        at++;
    snprintf(message, sizeof message,
             "%s on %s, wave%d, shift %u, ended %d: v%u lane %u is %08x, not %08x; byte %u is %02x, not %02x "
             "(exec %08x%08x)",
             codes[n].text, isa_targets[f->target].cpu, f->wave32 ? 32 : 64, shift, ended, reg, lane,
             got->vgpr[reg][lane], expect->vgpr[reg][lane], at, have[at], want[at], got->sgpr[127],
             got->sgpr[126]);
    n_wrong++;
    if (!getenv("KFDFS_ISA_ALL"))
        ck_abort_msg("%s", message);
    static const struct access_row *last;
    if (last != f->row)
        fprintf(stderr, "%s\n", message);
    last = f->row;
}

/* On targets whose memory has ECC, the other half of a register is not promised (LLVM,
 * d16PreservesUnusedBits). */
static void half_forgive(const struct form *f, struct state *got, const struct state *expect)
{
    uint32_t mask = f->row->half == HALF_LOW ? 0xffff : 0xffff0000;
    if (f->row->op != OP_LOAD || f->row->half == HALF_NONE || f->target > TARGET_950)
        return;
    for (unsigned i = 0; i < LANES_MAX; i++)
        got->vgpr[REG_D][i] = (got->vgpr[REG_D][i] & mask) | (expect->vgpr[REG_D][i] & ~mask);
}

static void code_try(unsigned n, unsigned rounds)
{
    static struct state before, got, expect;
    static struct memory m;
    const struct form *f = &forms[n];
    for (unsigned round = 0; round < rounds; round++) {
        unsigned shift = round & 1 ? 1 + machine_noise() % 15 : 0;
        operands_fill(&before, f->target, f->wave32, round);
        before.mode = f->target == TARGET_1201 ? 0xf0 : 0x3f0;
        state_fill(f, &before, &m, shift);
        memcpy(machine_data, m.data, sizeof machine_data);
        memcpy(machine_scratch, m.scratch, sizeof machine_scratch);
        memcpy(machine_lds, m.lds, sizeof machine_lds);
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        enum isa_state ended = machine_run(f->target, f->wave32, n, &got);
        form_expect(f, &expect, &m, shift);
        half_forgive(f, &got, &expect);
        bool same = ended == ISA_ENDED && memcmp(got.sgpr, expect.sgpr, 128 * 4) == 0 &&
                    got.scc == expect.scc && memcmp(machine_data, m.data, sizeof machine_data) == 0 &&
                    memcmp(machine_scratch, m.scratch, sizeof machine_scratch) == 0 &&
                    memcmp(machine_lds, m.lds, sizeof machine_lds) == 0;
        for (unsigned r = 0; same && r < N_VGPRS; r++)
            same = memcmp(got.vgpr[r], expect.vgpr[r], f->wave32 ? 128 : 256) == 0;
        if (!same) {
            difference_tell(f, n, &got, &expect, &m, ended, shift);
            return;
        }
        uint32_t classes = COVER_COMPARED | COVER_PLAIN | operands_round_classes(&before, f->wave32);
        classes &= ~(uint32_t)(COVER_FLUSH | COVER_ROUND);
        coverage_add(f->row->name, f->target,
                     classes | (f->offset || f->row->stride ? COVER_OFFSET : 0) |
                         (shift ? COVER_MISALIGNED : 0) | (f->address ? COVER_SCALAR : 0));
    }
}

static void target_try(unsigned target, bool wave32)
{
    unsigned turns = number_of("KFDFS_ISA_TURNS", 4), rounds = number_of("KFDFS_ISA_ROUNDS", 4);
    n_codes = 0;
    for (const struct access_row *row = truth_accesses; row->name; row++)
        for (unsigned turn = 0; turn < turns && n_codes < CODE_MAX; turn++) {
            if (!form_choose(&forms[n_codes], row, target, wave32, turn))
                continue;
            form_text(&forms[n_codes], codes[n_codes].text);
            n_codes++;
        }
    ck_assert_msg(machine_assemble(target, wave32, codes, n_codes), "llvm-mc-22");
    machine_load(target, codes, n_codes);
    for (unsigned n = 0; n < n_codes; n++)
        if (codes[n].bytes)
            code_try(n, rounds);
        else if (getenv("KFDFS_ISA_REFUSED"))
            fprintf(stderr, "refused on %s: %s\n", isa_targets[target].cpu, codes[n].text);
}

START_TEST(every_load_store_and_atomic_does_what_the_manual_says)
{
    for (unsigned target = 0; target < TARGETS; target++)
        target_try(target, isa_targets[target].wave32);
    machine_end();
    coverage_save();
    ck_assert_msg(n_wrong == 0, "%u differences", n_wrong);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_load_store_and_atomic_does_what_the_manual_says, NULL};
    return run_truth("isa_accesses", 3600, tests);
}
