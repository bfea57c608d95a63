/*
 * test_isa_kernels.c - kernels that clang compiles for real targets (kernels/language.cl), run wave by wave
 * and compared with C: what both sides share is compiled twice, the rest is written once more here.
 */
#include "isa/dispatch.h"
#include "kernels.h"
#include "run_suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
#include "kernels/language_shared.h"

/* clang-format off */
static struct target targets[] = {
    {"mi300x", "gfx942", "O3", NULL, 0},
    {"rx7900xtx", "gfx1100", "O3", NULL, 0},
#ifndef __SANITIZE_THREAD__ /* the threads are the same on all */
    {"mi300x", "gfx942", "O0", NULL, 0},
    {"rx7900xtx", "gfx1100", "O0", NULL, 0},
    {"mi210", "gfx90a", "O3", NULL, 0},
    {"mi355x", "gfx950", "O3", NULL, 0},
    {"rx6900xt", "gfx1030", "O3", NULL, 0},
    {"radeon8060s", "gfx1151", "O3", NULL, 0},
    {"rx9070xt", "gfx1201", "O3", NULL, 0},
#endif
};
/* clang-format on */
enum { TARGETS = sizeof targets / sizeof targets[0] };

#define ARGS(...) ((const uint64_t[]){__VA_ARGS__}), sizeof((const uint64_t[]){__VA_ARGS__})

#define ck_same(got, expected, what, i)                                                                 \
    ck_assert_msg((got) == (expected), "%s %s, %s %u: 0x%llx instead of 0x%llx", now->mcpu, now->level, \
                  what, (unsigned)(i), (unsigned long long)(got), (unsigned long long)(expected))

START_TEST(vector_add_leaves_the_rest_alone)
{
    machine_setup(&targets[_i]);
    enum { N = 1000 };
    struct buffer a = buffer_floats(N, 1), b = buffer_floats(N, 2), c = buffer_new(N * 4 + 64);
    run("vector_add", 1024, 256, ARGS(a.va, b.va, c.va, N));
    for (unsigned i = 0; i < N; i++)
        ck_assert_float_eq(((float *)c.host)[i], ((float *)a.host)[i] + ((float *)b.host)[i]);
    ck_assert_float_eq(((float *)c.host)[N], 0);
}
END_TEST

START_TEST(integers_of_both_widths_agree_with_c)
{
    machine_setup(&targets[_i]);
    enum { N = 512 };
    struct buffer a = buffer_random(N * 4, 3), b = buffer_random(N * 4, 4), c = buffer_new(N * 4),
                  d = buffer_new(N * 8);
    uint *x = a.host, *y = b.host;
    for (unsigned i = 0; i < N; i += 5)
        y[i] %= 1000, x[i + 1] = (uint) - (int)(x[i + 1] % 50);
    y[7] = 0, x[8] = 0x80000000, y[8] = 0xffffffff;
    run("integers", N, 64, ARGS(a.va, b.va, c.va, d.va));
    for (unsigned i = 0; i < N; i++) {
        ck_same(((uint *)c.host)[i], integer_mix(x[i], y[i]), "32 bits", i);
        ck_same(((ulong *)d.host)[i],
                long_mix((ulong)x[i] << 17 ^ y[i], (ulong)y[i] * (i % 3 ? 1u : 0x10001ul)), "64 bits", i);
    }
}
END_TEST

static void builtins_expected(uint x, uint y, uint e[12])
{
    long mad = (long)((int)(x << 8) >> 8) * ((int)(y << 8) >> 8) + 7;
    ulong wide = (ulong)x << 5 | y;
    e[0] = (uint)(((ulong)x * y) >> 32);
    e[1] = (uint)(((long)(int)x * (int)y) >> 32);
    e[2] = (uint)__builtin_popcount(x);
    e[3] = x ? (uint)__builtin_clz(x) : 32;
    e[4] = (x << (y & 31)) | (x >> ((32 - (y & 31)) & 31));
    e[5] = (uint)mad;
    e[6] = x > y ? x - y : y - x;
    e[7] = x + y < x ? 0xffffffff : x + y;
    e[8] = (uint)(((ulong)x + y) >> 1);
    e[9] = (x & ~0x0ff0f00fu) | (y & 0x0ff0f00fu);
    e[10] = (uint)((int)x > (int)y ? (int)x : (int)y) + (x < y ? x : y);
    e[11] = (wide ? (uint)__builtin_clzl(wide) : 64) + (uint)__builtin_popcountl((ulong)x << 32 | y);
}

START_TEST(integer_builtins_agree_with_c)
{
    machine_setup(&targets[_i]);
    enum { N = 256 };
    struct buffer a = buffer_random(N * 4, 5), b = buffer_random(N * 4, 6), c = buffer_new(N * 48);
    ((uint *)a.host)[3] = 0;
    ((uint *)b.host)[3] = 0;
    run("builtins", N, 128, ARGS(a.va, b.va, c.va));
    for (unsigned i = 0; i < N; i++) {
        uint e[12];
        builtins_expected(((uint *)a.host)[i], ((uint *)b.host)[i], e);
        for (unsigned k = 0; k < 12; k++)
            ck_same(((uint *)c.host)[i * 12 + k], e[k], "builtin", k);
    }
}
END_TEST

START_TEST(lanes_of_a_wave_go_different_ways)
{
    machine_setup(&targets[_i]);
    enum { N = 300 };
    struct buffer a = buffer_random(N * 4, 7), c = buffer_new(N * 4), d = buffer_new(N * 4);
    const uint *x = a.host;
    run("diverge", N, 100, ARGS(a.va, c.va, d.va));
    for (unsigned i = 0; i < N; i++) {
        uint e = choose(x[i], i * 2654435761u);
        for (uint k = 0; (i & 1) && k < i % 7; k++) {
            if (x[(i + k) % 64] & 4)
                e += k;
            else if (k == 3)
                break;
        }
        ck_same(((uint *)c.host)[i], collatz(x[i] % 5000 + 1), "steps", i);
        ck_same(((uint *)d.host)[i], e, "choice", i);
    }
}
END_TEST

START_TEST(private_arrays_live_in_scratch)
{
    machine_setup(&targets[_i]);
    enum { N = 640 };
    struct buffer a = buffer_random(N * 4, 8), c = buffer_new(N * 4);
    run("privates", N, 64, ARGS(a.va, c.va));
    for (unsigned i = 0; i < N; i++)
        ck_same(((uint *)c.host)[i], sort_and_sum(((uint *)a.host)[i]), "item", i);
}
END_TEST

START_TEST(functions_are_called_with_arguments_and_results_on_the_stack)
{
    machine_setup(&targets[_i]);
    enum { N = 200 };
    struct buffer a = buffer_random(N * 4, 9), c = buffer_new(N * 8), d = buffer_new(N * 4);
    const uint *x = a.host;
    run("calls", N, 64, ARGS(a.va, c.va, d.va));
    for (unsigned i = 0; i < N; i++) {
        uint side = 0;
        ulong e = deep(x[i], i, x[i] >> 7, (ulong)x[i] << 20, (ulong)i << 33, &side);
        ck_same(((ulong *)c.host)[i], e, "result", i);
        ck_same(((uint *)d.host)[i], side, "side effect", i);
    }
}
END_TEST

START_TEST(floats_and_doubles_agree_with_c_to_the_bit)
{
    machine_setup(&targets[_i]);
    enum { N = 512 };
    struct buffer a = buffer_floats(N, 10), b = buffer_floats(N, 11), c = buffer_new(N * 4),
                  d = buffer_new(N * 8), e = buffer_new(N * 4);
    const float *x = a.host, *y = b.host;
    run("floats", N, 64, ARGS(a.va, b.va, c.va, d.va, e.va));
    for (unsigned i = 0; i < N; i++) {
        float f = float_mix(x[i], y[i]);
        double g = double_mix((double)x[i] * 1.1, (double)y[i] * 0.7);
        /* a / b of OpenCL may be off by 2.5 units in the last place */
        ck_assert_msg(fabsf(((float *)c.host)[i] - f) <= fabsf(f) * 4e-7f, "%s %s float %u: %a, not %a",
                      now->mcpu, now->level, i, ((float *)c.host)[i], f);
        ck_assert_msg(((double *)d.host)[i] == g, "%s %s double %u: %a, not %a", now->mcpu, now->level, i,
                      ((double *)d.host)[i], g);
        ck_same(((uint *)e.host)[i], mandelbrot(x[i] * 0.02f - 1.5f, y[i] * 0.02f - 1.0f), "pixel", i);
    }
}
END_TEST

static void near(double got, double expected, double tolerance, const char *what, unsigned i)
{
    ck_assert_msg(fabs(got - expected) <= tolerance * (1 + fabs(expected)), "%s %s %s %u: %.17g, not %.17g",
                  now->mcpu, now->level, what, i, got, expected);
}

START_TEST(the_maths_library_agrees_with_c)
{
    machine_setup(&targets[_i]);
    enum { N = 64 };
    struct buffer a = buffer_floats(N, 12), c = buffer_new(N * 64), d = buffer_new(N * 64);
    run("maths", N, 64, ARGS(a.va, c.va, d.va));
    for (unsigned i = 0; i < N; i++) {
        float x = ((float *)a.host)[i];
        double y = x;
        const double e[16] = {sqrt(y),        exp((double)(x * 0.1f)),
                              log(y),         sin(y),
                              cos(y),         pow(y, (double)0.3f),
                              floor(y),       fmod(y, (double)1.7f),
                              1 / sqrt(y),    trunc(-y),
                              rint(y),        ceil(-y),
                              fma(y, y, 1.5), fmin(y, 3),
                              y * 32,         atan2(y, 2)};
        const double f[8] = {sqrt(y),        exp(y * 0.1), log(y),       sin(y),
                             fma(y, y, 1.5), floor(-y),    fmod(y, 1.7), cos(y * 1000.0)};
        for (unsigned k = 0; k < 16; k++)
            near(((float *)c.host)[i * 16 + k], e[k], 2e-6, "float function", k);
        for (unsigned k = 0; k < 8; k++)
            near(((double *)d.host)[i * 8 + k], f[k], 1e-14, "double function", k);
    }
}
END_TEST

START_TEST(a_tree_reduction_meets_at_barriers)
{
    machine_setup(&targets[_i]);
    static const uint32_t sizes[] = {64, 256, 1024};
    for (unsigned k = 0; k < 3; k++) {
        uint32_t group = sizes[k], groups = 12;
        struct buffer a = buffer_random(groups * group * 4, 13), c = buffer_new(groups * 4);
        struct geometry g = {{groups * group, 1, 1}, {group, 1, 1}, {0}, 1, group * 4};
        struct {
            uint64_t a, c;
            uint32_t part;
        } args = {a.va, c.va, 0}; /* the dynamic part is all of LDS */
        run_grid("reduce", &g, &args, 20);
        for (unsigned i = 0; i < groups; i++) {
            uint sum = 0;
            for (unsigned j = 0; j < group; j++)
                sum += ((uint *)a.host)[i * group + j];
            ck_same(((uint *)c.host)[i], sum, "sum", i);
        }
    }
}
END_TEST

START_TEST(a_matrix_is_transposed_through_lds_with_partial_groups)
{
    machine_setup(&targets[_i]);
    enum { W = 70, H = 41 };
    struct buffer a = buffer_floats(W * H, 14), c = buffer_new(W * H * 4);
    struct geometry g = {{80, 48, 1}, {16, 16, 1}, {0}, 2, 0};
    run_grid("transpose", &g, ARGS(a.va, c.va, W | (uint64_t)H << 32));
    for (unsigned y = 0; y < H; y++)
        for (unsigned x = 0; x < W; x++)
            ck_assert_float_eq(((float *)c.host)[x * H + y], ((float *)a.host)[y * W + x]);
}
END_TEST

START_TEST(atomics_in_lds_and_memory_count_everything)
{
    machine_setup(&targets[_i]);
    enum { N = 4096 };
    struct buffer a = buffer_random(N * 4, 15), bins = buffer_new(256), sums = buffer_new(32),
                  ext = buffer_new(16);
    uint bin[64] = {0};
    ulong sum[4] = {0};
    int e[4] = {0x7fffffff, -0x7fffffff - 1, 0, 0};
    memcpy(ext.host, e, sizeof e);
    for (unsigned i = 0; i < N; i++) {
        uint v = ((uint *)a.host)[i];
        bin[v % 64]++;
        sum[v % 4] += (ulong)v << 10;
        e[0] = (int)v < e[0] ? (int)v : e[0];
        e[1] = (int)v > e[1] ? (int)v : e[1];
        e[2] |= (int)(v & 0xff);
        e[3] ^= (int)v;
    }
    run("histogram", N, 256, ARGS(a.va, bins.va, sums.va, ext.va));
    ck_assert_mem_eq(bins.host, bin, sizeof bin);
    ck_assert_mem_eq(sums.host, sum, sizeof sum);
    ck_assert_mem_eq(ext.host, e, sizeof e);
}
END_TEST

START_TEST(compare_and_swap_loops_end)
{
    machine_setup(&targets[_i]);
    enum { N = 512 };
    struct buffer a = buffer_new(N * 4), sum = buffer_new(4);
    float expected = 0;
    for (unsigned i = 0; i < N; i++)
        expected += ((float *)a.host)[i] = (float)(i % 17);
    run("lock_sum", N, 64, ARGS(a.va, sum.va));
    ck_assert_float_eq(*(float *)sum.host, expected);
}
END_TEST

START_TEST(bytes_and_shorts_are_loaded_and_stored)
{
    machine_setup(&targets[_i]);
    enum { N = 130 };
    struct buffer a = buffer_random(N * 4, 16), b = buffer_random(N * 2, 17), c = buffer_new(N),
                  d = buffer_new(N * 2), e = buffer_new(N * 4), f = buffer_random(N * 3, 18),
                  g = buffer_new(N * 12);
    const uchar *x = a.host;
    run("bytes", N, 64, ARGS(a.va, b.va, c.va, d.va, e.va, f.va, g.va));
    for (unsigned i = 0; i < N; i++) {
        ck_same(((uchar *)c.host)[i], (uchar)(x[i] + 3), "byte", i);
        ck_same(((short *)d.host)[i], (short)(((short *)b.host)[i] * 3 - x[i]), "short", i);
        for (unsigned k = 0; k < 4; k++)
            ck_same(((uchar *)e.host)[i * 4 + k], (uchar)(x[i * 4 + 3 - k] + k + 1), "byte of four", k);
        for (unsigned k = 0; k < 3; k++)
            ck_same(((int *)g.host)[i * 3 + k], ((signed char *)f.host)[i * 3 + k] * 1000, "int of three", k);
    }
}
END_TEST

START_TEST(vectors_are_loaded_and_stored)
{
    machine_setup(&targets[_i]);
    enum { N = 96 };
    struct buffer a = buffer_floats(N * 4, 19), b = buffer_new(N * 16), c = buffer_new(N * 16),
                  d = buffer_new(N * 16), e = buffer_new(N * 12);
    const float *x = a.host;
    for (unsigned i = 0; i < N * 2; i++)
        ((double *)c.host)[i] = x[i] * 1.5;
    run("vectors", N, 96, ARGS(a.va, b.va, c.va, d.va, e.va));
    static const unsigned turn[3] = {2, 0, 1};
    for (unsigned i = 0; i < N; i++) {
        for (unsigned k = 0; k < 4; k++)
            ck_assert_float_eq(((float *)b.host)[i * 4 + k], x[i * 4 + 3 - k] * 2.0f + x[i * 4 + k]);
        for (unsigned k = 0; k < 2; k++)
            ck_assert_double_eq(((double *)d.host)[i * 2 + k], ((double *)c.host)[i * 2 + 1 - k] - (k + 1));
        for (unsigned k = 0; k < 3; k++)
            ck_assert_float_eq(((float *)e.host)[i * 3 + k], x[i * 3 + turn[k]]);
    }
}
END_TEST

/* Exact: every value is a multiple of 1/4 below 1000. */
static uint16_t half_of(float f)
{
    int exponent;
    float fraction = frexpf(f, &exponent);
    return f == 0 ? 0 : (uint16_t)((exponent + 14) << 10 | ((int)(fraction * 2048) & 0x3ff));
}

START_TEST(halves_are_converted)
{
    machine_setup(&targets[_i]);
    enum { N = 128 };
    struct buffer a = buffer_new(N * 2), b = buffer_new(N * 2), c = buffer_new(N * 4);
    for (unsigned i = 0; i < N; i++)
        ((uint16_t *)a.host)[i] = half_of((float)i * 0.5f);
    run("halves", N, 64, ARGS(a.va, b.va, c.va));
    for (unsigned i = 0; i < N; i++) {
        ck_assert_float_eq(((float *)c.host)[i], (float)i * 0.5f);
        ck_same(((uint16_t *)b.host)[i], half_of((float)i * 0.75f), "half", i);
    }
}
END_TEST

START_TEST(generic_pointers_reach_memory_lds_and_scratch)
{
    machine_setup(&targets[_i]);
    enum { N = 192 };
    struct buffer a = buffer_random(N * 16, 20), c = buffer_new(N * 8);
    uint before[N * 4];
    memcpy(before, a.host, sizeof before);
    run("generics", N, 64, ARGS(a.va, c.va));
    for (unsigned i = 0; i < N; i++) {
        uint p[4], sum = 0;
        for (unsigned k = 0; k < 4; k++)
            p[k] = i % 3 == 0 ? before[i * 4 + k] : i % 3 == 1 ? i + k : i * k;
        p[0] = i + 100;
        p[1] += i + 100;
        ((uchar *)p)[9] = 7;
        for (unsigned k = 0; k < 4; k++)
            sum += p[k] * (k + 1);
        ck_same(((uint *)c.host)[i * 2], sum, "sum", i);
        ck_same(((uint *)c.host)[i * 2 + 1], p[1], "second", i);
        if (i % 3 == 0)
            ck_assert_mem_eq((uint *)a.host + i * 4, p, sizeof p);
    }
}
END_TEST

static ulong identity(const struct geometry *g, const uint32_t id[3])
{
    ulong h = 0;
    for (unsigned d = 0; d < 3; d++) {
        uint32_t group = id[d] / g->group[d], left = g->grid[d] - group * g->group[d];
        const ulong part[7] = {id[d] + g->offset[d],
                               id[d] % g->group[d],
                               group,
                               g->grid[d],
                               left < g->group[d] ? left : g->group[d],
                               (g->grid[d] + g->group[d] - 1) / g->group[d],
                               g->offset[d]};
        for (unsigned i = 0; i < 7; i++)
            h = h * 1000003 + part[i];
    }
    return h * 1000003 + g->dims;
}

START_TEST(every_work_item_knows_its_place)
{
    machine_setup(&targets[_i]);
    const struct geometry shapes[] = {{{10, 7, 5}, {4, 3, 2}, {100, 0, 7}, 3, 0},
                                      {{130, 9, 1}, {64, 4, 1}, {0, 5, 0}, 2, 0},
                                      {{1000, 1, 1}, {333, 1, 1}, {1, 0, 0}, 1, 0}};
    for (unsigned s = 0; s < 3; s++) {
        const struct geometry *g = &shapes[s];
        struct buffer c = buffer_new(8 * g->grid[0] * g->grid[1] * g->grid[2]);
        run_grid("identify", g, ARGS(c.va));
        for (uint32_t z = 0; z < g->grid[2]; z++)
            for (uint32_t y = 0; y < g->grid[1]; y++)
                for (uint32_t x = 0; x < g->grid[0]; x++)
                    ck_same(((ulong *)c.host)[(z * g->grid[1] + y) * g->grid[0] + x],
                            identity(g, (uint32_t[]){x, y, z}), "item at x", x);
    }
}
END_TEST

START_TEST(a_matrix_product_comes_out)
{
    machine_setup(&targets[_i]);
    enum { N = 48 };
    struct buffer a = buffer_floats(N * N, 21), b = buffer_floats(N * N, 22), c = buffer_new(N * N * 4);
    struct geometry g = {{N, N, 1}, {16, 16, 1}, {0}, 2, 0};
    run_grid("matmul", &g, ARGS(a.va, b.va, c.va, N));
    for (unsigned y = 0; y < N; y++)
        for (unsigned x = 0; x < N; x++) {
            float s = 0;
            for (unsigned k = 0; k < N; k++)
                s += ((float *)a.host)[y * N + k] * ((float *)b.host)[k * N + x];
            near(((float *)c.host)[y * N + x], s, 1e-5, "element", y * N + x);
        }
}
END_TEST

START_TEST(structures_are_passed_by_value)
{
    machine_setup(&targets[_i]);
    struct {
        uint a;
        uchar b;
        double c;
        ulong d[3];
        uint64_t out;
    } args = {7, 200, 2.5, {1000, 1ul << 40, 3}, 0};
    struct buffer c = buffer_new(64 * 8);
    args.out = c.va;
    run("by_value", 64, 64, &args, sizeof args);
    for (unsigned i = 0; i < 64; i++)
        ck_same(((ulong *)c.host)[i], 217 + args.d[i % 3], "item", i);
}
END_TEST

START_TEST(a_work_group_may_wait_for_the_one_before_it)
{
    machine_setup(&targets[_i]);
    enum { GROUPS = 40 };
    struct buffer flag = buffer_new(4), order = buffer_new(GROUPS * 8);
    run("hand_over", GROUPS * 128, 128, ARGS(flag.va, order.va));
    for (unsigned i = 0; i < GROUPS; i++) {
        ck_same(((uint *)order.host)[i], i * 3 + 1, "group", i);
        ck_same(((uint *)order.host)[GROUPS + i], i * 3 + 1, "group's last item", i);
    }
}
END_TEST

START_TEST(lanes_exchange_values)
{
    machine_setup(&targets[_i]);
    enum { N = 128 };
    struct buffer a = buffer_random(N * 4, 23), c = buffer_new(N * 16);
    const uint *x = a.host, *y = c.host;
    unsigned lanes = gpu.model->generation >= ISA_GFX10_3 ? 32 : 64;
    run("lanes", N, 64, ARGS(a.va, c.va));
    for (unsigned i = 0; i < N; i++) {
        /* mbcnt_lo counts to 32 only, so that on wave64 the upper half gives addresses of lane 32 */
        unsigned id = i % lanes < 32 ? i % lanes : 32, first = i / lanes * lanes;
        ck_same(y[i * 4], x[first + (id ^ 5)], "bpermute", i);
        ck_same(y[i * 4 + 1], x[i ^ 1], "swizzle", i);
        ck_same(y[i * 4 + 2], x[first], "first lane", i);
        if (lanes == 32)
            ck_same(y[i * 4 + 3], x[i ^ 9], "permute", i);
    }
}
END_TEST

START_TEST(what_a_wave_has_done_is_done_once_whatever_comes_behind_it)
{
    machine_setup(&targets[_i]);
    enum { N = 1024 };
    struct buffer count = buffer_new(N * 4), a = buffer_floats(N, 31), far = buffer_floats(N, 32),
                  c = buffer_new(N * 4);
    for (unsigned i = 256; i < N; i += 1 + i % 97)
        ((uint *)a.host)[i] = 0x7fc00000 | i;
    run("counted", N, 256, ARGS(count.va, a.va, far.va, c.va));
    for (unsigned i = 0; i < N; i++) {
        float x = ((float *)a.host)[i], y = i & 128 && i & 2 ? ((float *)far.host)[i] : x;
        ck_same(((uint *)count.host)[i], 1u, "count", i);
        if (isnan(x))
            ck_assert(isnan(((float *)c.host)[i]));
        else
            near(((float *)c.host)[i], x * x + y, 1e-6, "sum", i);
    }
    run("counted_some", N, 256, ARGS(count.va, a.va, c.va));
    for (unsigned i = 0; i < N; i++)
        ck_same(((uint *)count.host)[i], i & 65 ? 3u : 1u, "count of some", i);
}
END_TEST

/* Waves where all lanes go one way, none does, and some do. */
START_TEST(where_lanes_are_depends_on_the_way_they_went)
{
    machine_setup(&targets[_i]);
    enum { N = 1024 };
    struct buffer a = buffer_random(N * 2 * 4, 33), c = buffer_new(N * 2 * 4), d = buffer_new(N * 4 * 4);
    uint *x = a.host, *e = calloc(N * 6, sizeof *e);
    for (unsigned i = 0; i < N / 2; i++)
        x[i] = (x[i] & ~3u) | (i / 64 & 3);
    for (unsigned i = 0; i < N; i++)
        x[N + i] = 7 * i; /* k + n is below 2 n only where the first way was not taken */
    for (unsigned i = 0; i < N; i++)
        if (x[i] & 1)
            x[i] &= ~2u;
    run("ways", N, 256, ARGS(a.va, c.va, d.va, N));
    for (unsigned i = 0; i < N; i++) {
        uint k = x[i] & 1 ? i + N : i, m = x[i] & 2 ? i : i + N, v = x[i] & 2 ? x[k + N] : x[i];
        if (x[i] & 1)
            e[2 * N + k] = x[i];
        e[k] = v;
        e[2 * N + m + 2 * N] = v + 1;
    }
    for (unsigned i = 0; i < 2 * N; i++)
        ck_same(((uint *)c.host)[i], e[i], "value", i);
    for (unsigned i = 0; i < 4 * N; i++)
        ck_same(((uint *)d.host)[i], e[2 * N + i], "place", i);
    free(e);
}
END_TEST

START_TEST(waves_meet_again_and_again_until_each_ends)
{
    machine_setup(&targets[_i]);
    enum { GROUPS = 6, WAVES = 4, N = GROUPS * WAVES * 64 };
    struct buffer often = buffer_new(GROUPS * WAVES * 4), c = buffer_new(N * 8);
    for (unsigned i = 0; i < GROUPS * WAVES; i++)
        ((uint *)often.host)[i] = (i / WAVES < 2 ? 12 : i * 7 % 20);
    run("rounds", N, WAVES * 64, ARGS(often.va, c.va));
    for (unsigned i = 0; i < N; i++) {
        const uint *all = (const uint *)often.host + i / 64 / WAVES * WAVES;
        uint sum = 0, seen = 0, work = i;
        for (unsigned k = 0; k < all[i / 64 % WAVES]; k++) {
            for (unsigned w = 0; w < WAVES; w++)
                sum += all[w] > k;
            for (unsigned j = 0; i / 64 % WAVES == k % 4 && j < 1500; j++)
                work = work * 1664525 + 1013904223;
            seen += sum;
        }
        ck_same(((uint *)c.host)[2 * i], seen, "sum", i);
        ck_same(((uint *)c.host)[2 * i + 1], work, "work", i);
    }
}
END_TEST

START_TEST(an_unmapped_address_ends_the_dispatch_with_the_place)
{
    machine_setup(&targets[_i]);
    struct buffer a = buffer_floats(1024, 1), c = buffer_new(4096);
    const uint64_t args[] = {a.va, 0x12345000, c.va, 1000};
    struct geometry g = {{1024, 1, 1}, {256, 1, 1}, {0}, 1, 0};
    struct sim_outcome outcome = dispatch_run("vector_add", &g, args, sizeof args);
    ck_assert_int_eq(outcome.end, SIM_END_FAULT);
    ck_assert_uint_eq(outcome.va & ~0xfffull, 0x12345000);
    ck_assert_uint_eq(outcome.access, SIM_VM_READ);
    ck_assert(outcome.not_present);
    ck_assert(outcome.pc >= code_base);
}
END_TEST

START_TEST(an_unknown_instruction_ends_the_dispatch_with_its_bytes)
{
    machine_setup(&targets[_i]);
    struct buffer c = buffer_new(4096);
    uint64_t at = symbol_find("identify.kd");
    int64_t entry;
    memcpy(&entry, code + at + 16, 8);
    memcpy(code + at + entry, &(uint32_t){0xfeffffff}, 4);
    const uint64_t args[] = {c.va};
    struct geometry g = {{64, 1, 1}, {64, 1, 1}, {0}, 1, 0};
    struct sim_outcome outcome = dispatch_run("identify", &g, args, sizeof args);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_uint_eq(outcome.pc, code_base + at + (uint64_t)entry);
    ck_assert_msg(strstr(outcome.text, "0xfeffffff"), "%s", outcome.text);
}
END_TEST

int main(void)
{
    for (unsigned i = 0; i < TARGETS; i++) {
        struct target *t = &targets[i];
        t->file = kernel_bytes("language", t->mcpu, t->level, &t->size);
        if (!t->file)
            return 77;
    }
    const TTest *const tests[] = {
        vector_add_leaves_the_rest_alone,
        integers_of_both_widths_agree_with_c,
        integer_builtins_agree_with_c,
        lanes_of_a_wave_go_different_ways,
        private_arrays_live_in_scratch,
        functions_are_called_with_arguments_and_results_on_the_stack,
        floats_and_doubles_agree_with_c_to_the_bit,
        the_maths_library_agrees_with_c,
        a_tree_reduction_meets_at_barriers,
        a_matrix_is_transposed_through_lds_with_partial_groups,
        atomics_in_lds_and_memory_count_everything,
        compare_and_swap_loops_end,
        bytes_and_shorts_are_loaded_and_stored,
        vectors_are_loaded_and_stored,
        halves_are_converted,
        generic_pointers_reach_memory_lds_and_scratch,
        every_work_item_knows_its_place,
        a_matrix_product_comes_out,
        structures_are_passed_by_value,
        a_work_group_may_wait_for_the_one_before_it,
        lanes_exchange_values,
        what_a_wave_has_done_is_done_once_whatever_comes_behind_it,
        where_lanes_are_depends_on_the_way_they_went,
        waves_meet_again_and_again_until_each_ends,
        an_unmapped_address_ends_the_dispatch_with_the_place,
        an_unknown_instruction_ends_the_dispatch_with_its_bytes,
    };
    const char *only = getenv("KFDFS_ISA_TARGETS"); /* the first few: to compile all takes long */
    Suite *suite = suite_create("isa_kernels");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 200);
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, tests[i], 0, only && atoi(only) < TARGETS ? atoi(only) : TARGETS);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
