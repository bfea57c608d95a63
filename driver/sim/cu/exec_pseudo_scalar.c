/*
 * exec_pseudo_scalar.c - gfx12's transcendental functions of scalars: what the vector instruction of that
 * name does, in one lane.
 */
#include "exec_matrix.h"

static void one_lane(struct isa_wave *w, const struct isa_inst *inst, isa_exec_fn *vector)
{
    enum { SOURCE, RESULT, ROWS };
    uint32_t rows[ROWS][VEC_LANES] = {{0}};
    struct isa_wave one = *w;
    struct isa_inst of_vector = *inst;
    one.vgpr = rows;
    one.n_vgprs = ROWS;
    one.lanes = 32;
    isa_sgpr64_set(&one, ISA_EXEC, 1);
    if (inst->src[0].kind != ISA_CONST) {
        rows[SOURCE][0] = isa_read32(w, &inst->src[0]);
        of_vector.src[0].kind = ISA_VGPR;
        of_vector.src[0].reg = SOURCE;
    }
    of_vector.dst.kind = ISA_VGPR;
    of_vector.dst.reg = RESULT;
    vector(&one, &of_vector);
    isa_write32(w, &inst->dst, rows[RESULT][0]);
}

#define PSEUDO(name, type)                                                     \
    static void name##_##type(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                          \
        one_lane(w, inst, isa_v_##name##_##type);                              \
    }
#define PSEUDOS(name) PSEUDO(name, f32) PSEUDO(name, f16)
PSEUDOS(exp)
PSEUDOS(log)
PSEUDOS(rcp)
PSEUDOS(rsq)
PSEUDOS(sqrt)

const struct isa_binding isa_exec_pseudo_scalar[] = {
    {"v_s_exp_f32", exp_f32},
    {"v_s_exp_f16", exp_f16},
    {"v_s_log_f32", log_f32},
    {"v_s_log_f16", log_f16},
    {"v_s_rcp_f32", rcp_f32},
    {"v_s_rcp_f16", rcp_f16},
    {"v_s_rsq_f32", rsq_f32},
    {"v_s_rsq_f16", rsq_f16},
    {"v_s_sqrt_f32", sqrt_f32},
    {"v_s_sqrt_f16", sqrt_f16},
    {NULL, NULL},
};
