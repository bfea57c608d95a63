/*
 * exec_vector.c - the names of the vector ALU instructions and their functions, out of the exec_vop*.def
 * rows, and which level of the host's vectors runs them.
 *
 * The halves of a VOPD have no functions of their own: each does what the instruction of that name without
 * dual does (wave.c sees to it that both read before either writes).
 */
#include "op.h"

#include <pthread.h>
#include <stdlib.h>

/* ---- rows ---- */

#define FLOAT ROW

enum { FILE_VOP1, FILE_VOP2, FILE_VOPC, FILE_VOP3, FILE_VOP3P, FILES };

#define ALIAS(name, of)
#define OWN(name)
#define ROW(name, ...) AT_##name,
enum {
#include "exec_vop1.def"
};
enum {
#include "exec_vop2.def"
};
enum {
#include "exec_vopc.def"
};
enum {
#include "exec_vop3.def"
};
enum {
#include "exec_vop3p.def"
};
#undef ROW
#undef OWN

/* Functions written by hand have no code at any level. */
#define OWN(name) static const struct vec_shape name##_shape = {.file = FILES};
#define ROW(name, flags, D, A, B, C, ...)                                  \
    static const struct vec_shape name##_shape = {                         \
        VEC_##D, {VEC_##A, VEC_##B, VEC_##C}, flags, ROW_FILE, AT_##name}; \
    void isa_##name(struct isa_wave *w, const struct isa_inst *inst)       \
    {                                                                      \
        vec_execute(w, inst, &name##_shape);                               \
    }
#define ROW_FILE FILE_VOP1
#include "exec_vop1.def"
#undef ROW_FILE
#define ROW_FILE FILE_VOP2
#include "exec_vop2.def"
#undef ROW_FILE
#define ROW_FILE FILE_VOPC
#include "exec_vopc.def"
#undef ROW_FILE
#define ROW_FILE FILE_VOP3
#include "exec_vop3.def"
#undef ROW_FILE
#define ROW_FILE FILE_VOP3P
#include "exec_vop3p.def"
#undef ROW_FILE
#undef ROW
#undef ALIAS
#undef OWN

const struct isa_binding isa_exec_vector[] = {
#define ROW(name, ...)  {#name, isa_##name},
#define ALIAS(name, of) {#name, isa_##of},
#define OWN(name)       {#name, isa_##name},
#include "exec_vop.def"
    {NULL, NULL}};
#undef ROW
#undef ALIAS
#undef OWN

const struct vec_shape *const vec_shapes[] = {
#define ROW(name, ...)  &name##_shape,
#define ALIAS(name, of) &of##_shape,
#define OWN(name)       &name##_shape,
#include "exec_vop.def"
    NULL};

/* ---- levels ---- */

#define LEVEL(level)                                                                         \
    extern const struct vec_code vec_vop1_##level[], vec_vop2_##level[], vec_vopc_##level[], \
        vec_vop3_##level[], vec_vop3p_##level[];                                             \
    extern isa_op_fn *const op_memory_##level[OP_MEMORY_KINDS][OP_MEMORY_SIZES];             \
    static const struct vec_code *const files_##level[FILES] = {                             \
        vec_vop1_##level, vec_vop2_##level, vec_vopc_##level, vec_vop3_##level, vec_vop3p_##level};
LEVEL(sse2)
#ifdef VEC_WIDE
LEVEL(avx2)
LEVEL(avx512)
#endif

static const struct {
    const char *name;
    const struct vec_code *const *files;
    isa_op_fn *const (*memory)[OP_MEMORY_SIZES];
} levels[] = {
    [VEC_SSE2] = {"sse2", files_sse2, op_memory_sse2},
#ifdef VEC_WIDE
    [VEC_AVX2] = {"avx2", files_avx2, op_memory_avx2},
    [VEC_AVX512] = {"avx512", files_avx512, op_memory_avx512},
#endif
};
enum { N_LEVELS = sizeof levels / sizeof levels[0] };

static bool host_has(unsigned level)
{
#ifdef VEC_WIDE
    __builtin_cpu_init();
    if (level >= VEC_AVX2 && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        return false;
    if (level == VEC_AVX512 && !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")))
        return false;
#endif
    return level < N_LEVELS;
}

int vec_level_named(const char *name, size_t length)
{
    for (unsigned i = 0; i < N_LEVELS; i++)
        if (strlen(levels[i].name) == length && !memcmp(levels[i].name, name, length))
            return host_has(i) ? (int)i : -1;
    return -1;
}

const char *vec_level_name(enum vec_level level)
{
    return (unsigned)level < N_LEVELS ? levels[level].name : "";
}

static enum vec_level level_chosen;

static void level_choose(void)
{
    const char *options = getenv("KFDFS_SIM_OPTS"), *at = options ? strstr(options, "simd=") : NULL;
    int named = at ? vec_level_named(at + 5, strcspn(at + 5, ",")) : -1;
    while (level_chosen + 1 < N_LEVELS && host_has(level_chosen + 1))
        level_chosen++;
    if (named >= 0)
        level_chosen = (enum vec_level)named;
}

enum vec_level vec_level(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, level_choose);
    return level_chosen;
}

const struct vec_code *vec_code_at(const struct vec_shape *shape, enum vec_level level)
{
    return shape->file == FILES ? NULL : &levels[level].files[shape->file][shape->row];
}

const struct vec_code *vec_code(const struct vec_shape *shape)
{
    return vec_code_at(shape, vec_level());
}

isa_op_fn *op_memory(enum op_memory_kind kind, unsigned bytes)
{
    enum op_memory_size size = bytes == 4 ? OP_DWORD : bytes == 8 ? OP_PAIR : bytes == 16 ? OP_FOUR : OP_ANY;
    return levels[vec_level()].memory[kind][size];
}
