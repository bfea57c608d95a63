/*
 * jit_exit.c - where a trace is left: for another operation of the page, for another page, to go round, or
 * with the wave stopped. The code of exits lies behind the trace.
 */
#include "jit.h"

void jit_left_add(struct jit *j, uint32_t n)
{
    if (n)
        x86_op(&j->x, 0x81, false, 0, JIT_STATE_OF(left)), x86_u32(&j->x, n);
}

void jit_leave(struct jit *j)
{
    static const uint8_t code[] = {0xc5, 0xf8, 0x77,             /* vzeroupper */
                                   0x41, 0x5e, 0x41, 0x5d, 0x5b, /* pop r14, r13, rbx */
                                   0xc3};
    x86_bytes(&j->x, code, sizeof code);
}

static struct jit_exit *exit_new(struct jit *j, int condition)
{
    if (j->n_exits == JIT_EXITS) {
        j->x.full = true;
        j->n_exits = 0;
    }
    jit_mask_flush(j); /* which leaves the flags as they are */
    struct jit_exit *e = &j->exits[j->n_exits++];
    *e = (struct jit_exit){.jump = x86_jump(&j->x, condition), .rest = j->done, .masked = j->masked};
    memcpy(e->slots, j->slots, sizeof e->slots);
    return e;
}

void jit_exit_add(struct jit *j, int condition, const struct isa_op *to)
{
    exit_new(j, condition)->to = to;
}

/* To where it is no operation of the page. */
void jit_exit_away(struct jit *j, int condition, uint64_t pc)
{
    struct jit_exit *e = exit_new(j, condition);
    e->away = true;
    e->pc = pc;
}

/* Goes on at an operation of the page: in its trace, where it has one and the wave may run on. */
static void go_on(struct jit *j, const struct isa_op *to)
{
    struct x86 *x = &j->x;
    x86_move(x, RAX, (uintptr_t)to);
    x86_op(x, 0x83, false, 7, JIT_STATE_OF(left)), x86_bytes(x, "", 1);
    unsigned stop = x86_jump(x, CC_LE), none = 0;
    if (to == j->head) {
        x86_jump_to(x, X86_ALWAYS, j->body);
    } else {
        x86_op(x, X86_MOV, true, RCX, x86_mem(RAX, offsetof(struct isa_op, native)));
        x86_op(x, X86_TEST, true, RCX, x86_reg(RCX));
        none = x86_jump(x, CC_E);
        x86_op(x, 0xff, false, 4, x86_reg(RCX));
    }
    x86_land(x, stop, x->n);
    if (none)
        x86_land(x, none, x->n);
    jit_leave(j);
}

/* Round again, with rows where they are. */
static void go_round(struct jit *j, struct jit_exit *e)
{
    const struct jit_loop *loop = &j->loops[e->masked];
    x86_op(&j->x, 0x83, false, 7, JIT_STATE_OF(left)), x86_bytes(&j->x, "", 1);
    unsigned stop = x86_jump(&j->x, CC_LE);
    jit_slots_change(j, e->slots, loop->slots);
    x86_jump_to(&j->x, X86_ALWAYS, loop->entry);
    x86_land(&j->x, stop, j->x.n);
    jit_slots_store(j, e->slots);
    x86_move(&j->x, RAX, (uintptr_t)j->head);
    jit_leave(j);
}

/* The pc, and in RAX that there is no operation. */
static void wave_stop_at(struct jit *j, uint64_t pc)
{
    x86_move(&j->x, RAX, pc);
    x86_op(&j->x, X86_STORE, true, RAX, x86_mem(JIT_WAVE, offsetof(struct isa_wave, pc)));
    x86_op(&j->x, X86_XOR, false, RAX, x86_reg(RAX));
}

static void exit_write(struct jit *j, struct jit_exit *e, unsigned total)
{
    x86_land(&j->x, e->jump, j->x.n);
    jit_left_add(j, total - e->rest);
    if (e->away) {
        jit_slots_store(j, e->slots);
        wave_stop_at(j, e->pc);
        jit_leave(j);
    } else if (!e->to) {
        jit_leave(j);
    } else if (e->to == j->head && j->loops[e->masked].made) {
        go_round(j, e);
    } else {
        jit_slots_store(j, e->slots);
        go_on(j, e->to);
    }
}

void jit_exits_write(struct jit *j, unsigned total)
{
    for (unsigned i = 0; i < j->n_exits; i++)
        exit_write(j, &j->exits[i], total);
}

void jit_stop(struct jit *j, const struct isa_op *op, enum isa_state state)
{
    struct x86 *x = &j->x;
    const struct op_state *s = j->w->ops;
    uint64_t pc = op_pc(s, op) + op->inst->bytes;
    const struct isa_op *next = code_near(s, pc);
    if (next && state != ISA_ENDED)
        op_leads(next);
    jit_slots_store(j, j->slots);
    jit_slots_forget(j);
    x86_op(x, 0xc7, false, 0, x86_mem(JIT_WAVE, offsetof(struct isa_wave, state))), x86_u32(x, state);
    wave_stop_at(j, pc);
    jit_exit_add(j, X86_ALWAYS, NULL);
}
