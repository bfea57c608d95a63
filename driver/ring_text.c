/*
 * ring_text.c - decodes SDMA, PM4 and AQL packets into a line each, for people who look at a queue that
 * hangs.
 *
 * It knows more packets than the driver writes, since `packets` takes anything. An unknown one is one dword
 * long and says so. Sources: Linux amdgpu/{vega10_sdma_pkt_open,navi10_sdma_pkt_open,sdma_v6_0_0_pkt_open}.h
 * (SDMA opcodes, sub-opcodes, fields), soc15d.h and nvd.h (PM4 type 3), ROCr inc/hsa.h and hsa_ext_amd.h
 * (AQL). Unproven: sub-opcodes and field masks beyond those of the packets that the driver writes.
 */
#include "ring_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t wide(const uint32_t *p)
{
    return p[0] | (uint64_t)p[1] << 32;
}

static unsigned at_most(uint64_t dwords, unsigned left)
{
    return dwords < left ? (unsigned)dwords : left;
}

static unsigned unknown(const uint32_t *p, const char *kind, char *text, size_t size)
{
    snprintf(text, size, "unknown %s packet 0x%08" PRIx32, kind, *p);
    return 1;
}

static const char *compare_name(unsigned function)
{
    static const char *const names[] = {"always", "<", "<=", "==", "!=", ">=", ">", "reserved"};
    return names[function & 7];
}

/* ---- SDMA ---- */

struct sdma_form {
    unsigned op, sub; /* sub: ANY fits all */
    unsigned dwords;
    void (*write)(const uint32_t *p, char *text, size_t size);
};
enum { ANY = 256 };

static void sdma_copy(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "copy %" PRIu64 " bytes 0x%" PRIx64 " -> 0x%" PRIx64,
             (p[1] & (uint64_t)0x3fffffff) + 1, wide(p + 3), wide(p + 5));
}

static void sdma_fill(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "fill 0x%" PRIx64 " with 0x%08" PRIx32 ", %" PRIu64 " bytes", wide(p + 1), p[3],
             (p[4] & (uint64_t)0x3fffffff) + 1);
}

static void sdma_fence(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "fence 0x%" PRIx64 " = 0x%08" PRIx32, wide(p + 1), p[3]);
}

static void sdma_trap(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "trap %" PRIu32, p[1] & 0x0fffffff);
}

static void sdma_poll(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "poll %s 0x%" PRIx64 " & 0x%" PRIx32 " %s 0x%" PRIx32,
             p[0] >> 31 ? "memory" : "register", wide(p + 1), p[4], compare_name(p[0] >> 28), p[3]);
}

static void sdma_timestamp(const uint32_t *p, char *text, size_t size)
{
    static const char *const kinds[] = {"set", "get local", "get global"};
    unsigned sub = p[0] >> 8 & 0xff;
    snprintf(text, size, "timestamp %s 0x%" PRIx64, sub < 3 ? kinds[sub] : "?", wide(p + 1));
}

static void sdma_atomic(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "atomic op 0x%" PRIx32 " 0x%" PRIx64 " with 0x%" PRIx64, p[0] >> 25, wide(p + 1),
             wide(p + 3));
}

static void sdma_indirect(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "indirect buffer 0x%" PRIx64 ", %" PRIu32 " dwords", wide(p + 1), p[3] & 0xfffff);
}

static void sdma_gcr(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "cache control 0x%" PRIx32, p[2] >> 16 | p[3] << 16);
}

static void sdma_write(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size, "write 0x%" PRIx64 ", %" PRIu32 " dwords: 0x%08" PRIx32 "%s", wide(p + 1),
             (p[3] & 0xfffff) + 1, p[4], (p[3] & 0xfffff) ? " ..." : "");
}

enum { SDMA_NOP = 0, SDMA_WRITE = 2 };

static const struct sdma_form sdma_forms[] = {
    {1, 0, 7, sdma_copy},         {2, 0, 5, sdma_write}, {4, ANY, 6, sdma_indirect}, {5, ANY, 4, sdma_fence},
    {6, ANY, 2, sdma_trap},       {8, 0, 6, sdma_poll},  {10, ANY, 8, sdma_atomic},  {11, ANY, 5, sdma_fill},
    {13, ANY, 3, sdma_timestamp}, {17, 1, 5, sdma_gcr},
};

unsigned ring_text_sdma(const uint32_t *p, unsigned left, char *text, size_t size)
{
    unsigned op = p[0] & 0xff, sub = p[0] >> 8 & 0xff;
    if (op == SDMA_NOP) {
        unsigned n = at_most((p[0] >> 16 & 0x3fff) + 1ull, left);
        while (n < left && !p[n]) /* padding */
            n++;
        snprintf(text, size, "nop, %u dwords", n);
        return n;
    }
    for (size_t i = 0; i < sizeof sdma_forms / sizeof *sdma_forms; i++) {
        const struct sdma_form *form = &sdma_forms[i];
        if (form->op != op || (form->sub != ANY && form->sub != sub) || form->dwords > left)
            continue;
        form->write(p, text, size);
        return op == SDMA_WRITE ? at_most((p[3] & 0xfffff) + 5ull, left) : form->dwords;
    }
    return unknown(p, "SDMA", text, size);
}

/* ---- PM4 ---- */

struct pm4_form {
    unsigned op, payload; /* payload: dwords that write() looks at */
    const char *name;
    void (*write)(const uint32_t *body, const char *name, char *text, size_t size);
};

static void pm4_name(const uint32_t *body, const char *name, char *text, size_t size)
{
    (void)body;
    snprintf(text, size, "%s", name);
}

static void pm4_dispatch(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s %" PRIu32 "x%" PRIu32 "x%" PRIu32 " initiator 0x%" PRIx32, name, body[0],
             body[1], body[2], body[3]);
}

static void pm4_write_data(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s 0x%" PRIx64 " = 0x%08" PRIx32, name, wide(body + 1), body[3]);
}

static void pm4_wait(const uint32_t *body, const char *name, char *text, size_t size)
{
    if (!(body[0] >> 4 & 3)) {
        snprintf(text, size, "%s register 0x%" PRIx32 " & 0x%" PRIx32 " %s 0x%" PRIx32, name, body[1],
                 body[4], compare_name(body[0]), body[3]);
        return;
    }
    snprintf(text, size, "%s 0x%" PRIx64 " & 0x%" PRIx32 " %s 0x%" PRIx32, name, wide(body + 1), body[4],
             compare_name(body[0]), body[3]);
}

static void pm4_wait64(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s 0x%" PRIx64 " & 0x%" PRIx64 " %s 0x%" PRIx64, name, wide(body + 1),
             wide(body + 5), compare_name(body[0]), wide(body + 3));
}

static void pm4_indirect(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s 0x%" PRIx64 ", %" PRIu32 " dwords", name, wide(body), body[2] & 0xfffff);
}

static void pm4_release(const uint32_t *body, const char *name, char *text, size_t size)
{
    static const char *const selects[] = {"nothing", "32 bits", "64 bits", "clock"};
    unsigned select = body[1] >> 29;
    snprintf(text, size, "%s 0x%" PRIx64 " = %s 0x%" PRIx64 "%s", name, wide(body + 2),
             select < 4 ? selects[select] : "?", wide(body + 4), body[1] >> 24 & 7 ? ", interrupt" : "");
}

static void pm4_register(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s 0x%" PRIx32 " = 0x%08" PRIx32, name, 0x2c00 + (body[0] & 0xffff), body[1]);
}

static void pm4_user_register(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s 0x%" PRIx32 " = 0x%08" PRIx32, name, 0xc000 + (body[0] & 0xffff), body[1]);
}

static void pm4_atomic_mem(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s 0x%" PRIx64 " operation 0x%" PRIx32 " with 0x%" PRIx64 "%s", name,
             wide(body + 1), body[0] & 0x7f, wide(body + 3), body[0] >> 8 & 0xf ? ", again and again" : "");
}

/* What a packet takes from or puts to: an address, a register, or something else, by a number. */
static void pm4_place(unsigned select, const uint32_t *at, char *text, size_t size)
{
    if (select == 1 || select == 2 || select == 5)
        snprintf(text, size, "0x%" PRIx64, wide(at));
    else if (select == 0)
        snprintf(text, size, "register 0x%" PRIx32, at[0]);
    else
        snprintf(text, size, "%s", select == 9 ? "clock" : "?");
}

static void pm4_copy_data(const uint32_t *body, const char *name, char *text, size_t size)
{
    char from[32], to[32];
    pm4_place(body[0] & 0xf, body + 1, from, sizeof from);
    pm4_place(body[0] >> 8 & 0xf, body + 3, to, sizeof to);
    snprintf(text, size, "%s %s -> %s, %s bits", name, from, to, body[0] >> 16 & 1 ? "64" : "32");
}

static void pm4_dma_data(const uint32_t *body, const char *name, char *text, size_t size)
{
    char from[32];
    bool fills = (body[0] >> 29 & 3) == 2;
    snprintf(from, sizeof from, fills ? "fill with 0x%08" PRIx64 : "0x%" PRIx64,
             fills ? body[1] : wide(body + 1));
    snprintf(text, size, "%s %s -> 0x%" PRIx64 ", %" PRIu32 " bytes", name, from, wide(body + 3),
             body[5] & 0x3ffffff);
}

static void pm4_predicate(const uint32_t *body, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s XCCs 0x%02" PRIx32 ", %" PRIu32 " dwords", name, body[0] >> 24,
             body[0] & 0x3fff);
}

static const struct pm4_form pm4_forms[] = {
    {0x10, 0, "NOP", pm4_name},
    {0x15, 4, "DISPATCH_DIRECT", pm4_dispatch},
    {0x1e, 8, "ATOMIC_MEM", pm4_atomic_mem},
    {0x23, 1, "PRED_EXEC", pm4_predicate},
    {0x37, 4, "WRITE_DATA", pm4_write_data},
    {0x3c, 6, "WAIT_REG_MEM", pm4_wait},
    {0x3f, 3, "INDIRECT_BUFFER", pm4_indirect},
    {0x40, 5, "COPY_DATA", pm4_copy_data},
    {0x46, 1, "EVENT_WRITE", pm4_name},
    {0x49, 7, "RELEASE_MEM", pm4_release},
    {0x50, 6, "DMA_DATA", pm4_dma_data},
    {0x58, 6, "ACQUIRE_MEM", pm4_name},
    {0x76, 2, "SET_SH_REG", pm4_register},
    {0x79, 2, "SET_UCONFIG_REG", pm4_user_register},
    {0x93, 8, "WAIT_REG_MEM64", pm4_wait64},
};

unsigned ring_text_pm4(const uint32_t *p, unsigned left, char *text, size_t size)
{
    unsigned type = p[0] >> 30, op = p[0] >> 8 & 0xff, payload = (p[0] >> 16 & 0x3fff) + 1;
    if (type == 2 || (type == 3 && op == 0x10 && payload == 0x4000)) {
        snprintf(text, size, "NOP");
        return 1;
    }
    for (size_t i = 0; type == 3 && i < sizeof pm4_forms / sizeof *pm4_forms; i++) {
        const struct pm4_form *form = &pm4_forms[i];
        if (form->op != op || form->payload > payload || payload >= left)
            continue;
        form->write(p + 1, form->name, text, size);
        return payload + 1;
    }
    return unknown(p, "PM4", text, size);
}

/* ---- AQL ---- */

enum { AQL_DWORDS = 16 };

static void aql_dispatch(const uint32_t *p, char *text, size_t size)
{
    snprintf(text, size,
             "dispatch grid=%" PRIu32 ",%" PRIu32 ",%" PRIu32 " group=%u,%u,%u kernel=0x%" PRIx64
             " arguments=0x%" PRIx64 " lds=%" PRIu32 " private=%" PRIu32 " signal=0x%" PRIx64,
             p[3], p[4], p[5], p[1] & 0xffff, p[1] >> 16, p[2] & 0xffff, wide(p + 8), wide(p + 10), p[7],
             p[6], wide(p + 14));
}

static void aql_barrier(const uint32_t *p, const char *kind, char *text, size_t size)
{
    int n = snprintf(text, size, "barrier-%s", kind);
    for (unsigned i = 0; i < 5; i++)
        if (wide(p + 2 + 2 * i) && n >= 0 && (size_t)n < size)
            n += snprintf(text + n, size - (size_t)n, " 0x%" PRIx64, wide(p + 2 + 2 * i));
    if (n >= 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, " signal=0x%" PRIx64, wide(p + 14));
}

static void aql_vendor(const uint32_t *p, char *text, size_t size)
{
    static const char *const conditions[] = {"==", "!=", "<", ">="};
    char inner[200];
    unsigned format = p[0] >> 16 & 0xff;
    if (format == 2) {
        unsigned condition = p[8];
        snprintf(text, size, "barrier-value 0x%" PRIx64 " & 0x%" PRIx64 " %s %" PRId64 " signal=0x%" PRIx64,
                 wide(p + 2), wide(p + 6), condition < 4 ? conditions[condition] : "?", (int64_t)wide(p + 4),
                 wide(p + 14));
    } else if (format == 1) {
        ring_text_pm4(p + 1, 9, inner, sizeof inner);
        snprintf(text, size, "pm4 %s signal=0x%" PRIx64, inner, wide(p + 14));
    } else {
        snprintf(text, size, "unknown vendor packet of format %u", format);
    }
}

/* The processor makes a packet invalid when it takes it, and leaves the rest as it was: what has work-items
 * and a kernel was a dispatch. */
static void aql_taken(const uint32_t *p, char *text, size_t size)
{
    int n = snprintf(text, size, "taken: ");
    if (p[1] && p[3] && wide(p + 8))
        aql_dispatch(p, text + n, size - (size_t)n);
    else
        snprintf(text, size, "taken");
}

unsigned ring_text_aql(const uint32_t *p, unsigned left, char *text, size_t size)
{
    if (left < AQL_DWORDS)
        return unknown(p, "AQL", text, size);
    switch (p[0] & 0xff) {
    case 0:
        aql_vendor(p, text, size);
        break;
    case 1:
        aql_taken(p, text, size);
        break;
    case 2:
        aql_dispatch(p, text, size);
        break;
    case 3:
        aql_barrier(p, "and", text, size);
        break;
    case 5:
        aql_barrier(p, "or", text, size);
        break;
    default:
        snprintf(text, size, "unknown AQL packet of type %u", p[0] & 0xff);
    }
    return AQL_DWORDS;
}

bool ring_text_indirect(const uint32_t *p, unsigned dwords, bool aql, uint64_t *va, unsigned *length)
{
    if (aql && (dwords < AQL_DWORDS || (p[0] & 0xff) != 0 || (p[0] >> 16 & 0xff) != 1))
        return false;
    p += aql;
    if (dwords < 4 || p[0] >> 30 != 3 || (p[0] >> 8 & 0xff) != 0x3f)
        return false;
    *va = wide(p + 1);
    *length = p[3] & 0xfffff;
    return true;
}
