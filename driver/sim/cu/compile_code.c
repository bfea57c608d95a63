/*
 * compile_code.c - a module of LLVM's becomes machine code: memory for it, and what perf(1) is told of it.
 *
 * Invariant: memory is never writable and executable at once. It holds one region and stays; everything else
 * that LLVM made goes.
 *
 * perf reads /tmp/perf-PID.map: start, size and name of a piece of code per line, numbers in hexadecimal
 * (Linux, tools/perf/Documentation/jit-interface.txt).
 */
#include "compile_parts.h"
#include "jit.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, SECTIONS = 16, ROOM = 16 << 20 };

struct memory { /* of one region, while it is made; sections near to each other, as the code expects */
    uint8_t *bytes;
    size_t used;
    struct {
        uint8_t *bytes;
        size_t size;
        bool code;
    } section[SECTIONS];
    unsigned n;
};

static uint8_t *section_add(struct memory *m, size_t size, bool code)
{
    size = (size + PAGE - 1) / PAGE * PAGE;
    if (!m->bytes) {
        void *bytes =
            mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (bytes == MAP_FAILED)
            return NULL;
        m->bytes = bytes;
    }
    if (m->n == SECTIONS || size > ROOM - m->used)
        return NULL;
    uint8_t *at = m->bytes + m->used;
    m->section[m->n].bytes = at;
    m->section[m->n].size = size;
    m->section[m->n++].code = code;
    m->used += size;
    return at;
}

/* LLVM asks for no more than a page's alignment. */
static uint8_t *code_give(void *memory, uintptr_t size, unsigned alignment, unsigned id, const char *name)
{
    (void)alignment, (void)id, (void)name;
    return section_add(memory, size, true);
}

static uint8_t *data_give(void *memory, uintptr_t size, unsigned alignment, unsigned id, const char *name,
                          int read_only)
{
    (void)alignment, (void)id, (void)name, (void)read_only;
    return section_add(memory, size, false);
}

/* Returns whether something went wrong. */
static int memory_finish(void *memory, char **why)
{
    struct memory *m = memory;
    (void)why;
    for (unsigned i = 0; i < m->n; i++)
        if (mprotect(m->section[i].bytes, m->section[i].size,
                     m->section[i].code ? PROT_READ | PROT_EXEC : PROT_READ))
            return 1;
    return 0;
}

static void memory_keep(void *memory)
{
    (void)memory;
}

/* What is not needed: the rest, or all. */
static void memory_trim(struct memory *m, size_t used)
{
    if (m->bytes && used < ROOM)
        munmap(m->bytes + used, ROOM - used);
}

static void tell(const struct region *region, const struct memory *m)
{
    char name[64], text[256];
    const struct region_op *head = region_at(region, (int32_t)region->head);
    snprintf(name, sizeof name, "/tmp/perf-%d.map", (int)getpid());
    FILE *file = jit_tells() && head ? fopen(name, "ae") : NULL;
    if (!file)
        return;
    isa_text(&head->inst, head->slot * 4u, text, sizeof text);
    for (unsigned i = 0; i < m->n; i++)
        if (m->section[i].code)
            fprintf(file, "%" PRIxPTR " %zx %s at 0x%x of its page, %u operations%s\n",
                    (uintptr_t)m->section[i].bytes, m->section[i].size, text, head->slot * 4u, region->n,
                    region->starts   ? ", begins"
                    : region->masked ? ", some lanes"
                                     : "");
    fclose(file);
}

bool compile_to_code(struct compile *c, struct compiled *to)
{
    struct memory memory = {.n = 0};
    struct LLVMMCJITCompilerOptions options = {.opt_level = jit_quick() ? 0 : 2, .code_model = 1};
    LLVMExecutionEngineRef engine;
    LLVMModuleRef module = c->module;
    char *why = NULL;
    options.memory_manager =
        c->l->CreateSimpleMCJITMemoryManager(&memory, code_give, data_give, memory_finish, memory_keep);
    c->module = NULL; /* the engine's */
    if (c->l->CreateMCJITCompilerForModule(&engine, module, &options, sizeof options, &why)) {
        c->l->DisposeMessage(why);
        return false;
    }
    uint64_t at = c->l->GetFunctionAddress(engine, "region");
    memcpy(&to->run, &at, sizeof to->run);
    c->l->DisposeExecutionEngine(engine);
    memory_trim(&memory, at ? memory.used : 0);
    if (at)
        tell(c->region, &memory);
    return at;
}
