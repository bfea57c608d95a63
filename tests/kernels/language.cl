// code-object-version=6
// What the OpenCL language has, a kernel for each part of it, for test_isa_kernels.c
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
// libclc has the places of the hidden arguments from another ABI, and no remainders.
#define HIDDEN(type, at, d) (((constant type *)((constant char *)__builtin_amdgcn_implicitarg_ptr() + at))[d])
#define get_work_dim() HIDDEN(ushort, 64, 0)
#define get_global_offset(d) HIDDEN(ulong, 40, d)
#define get_enqueued_local_size(d) ((ulong)HIDDEN(ushort, 12, d))
#define get_local_size(d) (get_group_id(d) < HIDDEN(uint, 0, d) ? HIDDEN(ushort, 12, d) : HIDDEN(ushort, 18, d))
#define get_num_groups(d) (HIDDEN(uint, 0, d) + (HIDDEN(ushort, 18, d) != 0))
#define get_global_id(d) (get_group_id(d) * get_enqueued_local_size(d) + get_local_id(d) + get_global_offset(d))

#include "language_shared.h"

kernel void vector_add(global const float *a, global const float *b, global float *c, uint n) {
    uint i = get_global_id(0);
    if (i < n) c[i] = a[i] + b[i];
}
kernel void integers(global const uint *a, global const uint *b, global uint *c, global ulong *d) {
    uint i = get_global_id(0);
    c[i] = integer_mix(a[i], b[i]);
    d[i] = long_mix((ulong)a[i] << 17 ^ b[i], (ulong)b[i] * (i % 3 ? 1u : 0x10001ul));
}
kernel void builtins(global const uint *a, global const uint *b, global uint *c) {
    uint i = get_global_id(0);
    uint x = a[i]; uint y = b[i];
    c[i * 12 + 0] = mul_hi(x, y);
    c[i * 12 + 1] = (uint)mul_hi((int)x, (int)y);
    c[i * 12 + 2] = popcount(x);
    c[i * 12 + 3] = clz(x);
    c[i * 12 + 4] = rotate(x, y);
    c[i * 12 + 5] = (uint)mad24((int)x << 8 >> 8, (int)y << 8 >> 8, 7);
    c[i * 12 + 6] = abs_diff(x, y);
    c[i * 12 + 7] = add_sat(x, y);
    c[i * 12 + 8] = hadd(x, y);
    c[i * 12 + 9] = bitselect(x, y, 0x0ff0f00fu);
    c[i * 12 + 10] = (uint)max((int)x, (int)y) + min(x, y);
    c[i * 12 + 11] = (uint)clz((ulong)x << 5 | y) + (uint)popcount((ulong)x << 32 | y);
}
kernel void diverge(global const uint *a, global uint *c, global uint *d) {
    uint i = get_global_id(0);
    c[i] = collatz(a[i] % 5000 + 1);
    d[i] = choose(a[i], i * 2654435761u);
    if (i & 1) { for (uint k = 0; k < i % 7; k++) if (a[(i + k) % 64] & 4) d[i] += k; else if (k == 3) break; else continue; }
}
kernel void privates(global const uint *a, global uint *c) {
    uint i = get_global_id(0);
    c[i] = sort_and_sum(a[i]);
}
kernel void calls(global const uint *a, global ulong *c, global uint *d) {
    uint i = get_global_id(0);
    uint side = 0;
    c[i] = deep(a[i], i, a[i] >> 7, (ulong)a[i] << 20, (ulong)i << 33, &side);
    d[i] = side;
}
kernel void floats(global const float *a, global const float *b, global float *c, global double *d, global uint *e) {
    uint i = get_global_id(0);
    c[i] = float_mix(a[i], b[i]);
    d[i] = double_mix((double)a[i] * 1.1, (double)b[i] * 0.7);
    e[i] = mandelbrot(a[i] * 0.02f - 1.5f, b[i] * 0.02f - 1.0f);
}
kernel void maths(global const float *a, global float *c, global double *d) {
    uint i = get_global_id(0);
    float x = a[i]; double y = (double)x;
    c[i * 16 + 0] = sqrt(x); c[i * 16 + 1] = exp(x * 0.1f); c[i * 16 + 2] = log(x); c[i * 16 + 3] = sin(x);
    c[i * 16 + 4] = cos(x); c[i * 16 + 5] = pow(x, 0.3f); c[i * 16 + 6] = floor(x); c[i * 16 + 7] = fmod(x, 1.7f);
    c[i * 16 + 8] = rsqrt(x); c[i * 16 + 9] = trunc(-x); c[i * 16 + 10] = rint(x); c[i * 16 + 11] = ceil(-x);
    c[i * 16 + 12] = fma(x, x, 1.5f); c[i * 16 + 13] = fmin(x, 3.0f); c[i * 16 + 14] = ldexp(x, 5); c[i * 16 + 15] = atan2(x, 2.0f);
    d[i * 8 + 0] = sqrt(y); d[i * 8 + 1] = exp(y * 0.1); d[i * 8 + 2] = log(y); d[i * 8 + 3] = sin(y);
    d[i * 8 + 4] = fma(y, y, 1.5); d[i * 8 + 5] = floor(-y); d[i * 8 + 6] = fmod(y, 1.7); d[i * 8 + 7] = cos(y * 1000.0);
}
kernel void reduce(global const uint *a, global uint *c, local uint *part) {
    uint l = get_local_id(0); uint n = get_local_size(0);
    part[l] = a[get_global_id(0)];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint s = n / 2; s > 0; s /= 2) {
        if (l < s) part[l] += part[l + s];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (l == 0) c[get_group_id(0)] = part[0];
}
kernel void transpose(global const float *in, global float *out, uint width, uint height) {
    local float tile[16][17];
    uint x = get_group_id(0) * 16 + get_local_id(0); uint y = get_group_id(1) * 16 + get_local_id(1);
    if (x < width && y < height) tile[get_local_id(1)][get_local_id(0)] = in[y * width + x];
    barrier(CLK_LOCAL_MEM_FENCE);
    x = get_group_id(1) * 16 + get_local_id(0); y = get_group_id(0) * 16 + get_local_id(1);
    if (x < height && y < width) out[y * height + x] = tile[get_local_id(0)][get_local_id(1)];
}
kernel void histogram(global const uint *a, global uint *bins, global ulong *sums, volatile global int *extremes) {
    local uint part[64];
    uint l = get_local_id(0);
    if (l < 64) part[l] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    uint v = a[get_global_id(0)];
    atomic_inc(&part[v % 64]);
    atom_add(&sums[v % 4], (ulong)v << 10);
    atomic_min(&extremes[0], (int)v); atomic_max(&extremes[1], (int)v); atomic_or(&extremes[2], (int)(v & 0xff)); atomic_xor(&extremes[3], (int)v);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (l < 64) atomic_add(&bins[l], part[l]);
}
kernel void lock_sum(global const float *a, volatile global uint *sum) {
    uint old; uint next;
    do { old = *sum; next = as_uint(as_float(old) + a[get_global_id(0)]); } while (atomic_cmpxchg(sum, old, next) != old);
}
kernel void bytes(global const uchar *a, global const short *b, global uchar *c, global short *d, global uchar4 *e, global const char *f, global int *g) {
    uint i = get_global_id(0);
    c[i] = a[i] + 3; d[i] = b[i] * 3 - a[i];
    uchar4 v = vload4(i, a); e[i] = v.wzyx + (uchar4)(1, 2, 3, 4);
    char3 w = vload3(i, f); vstore3(convert_int3(w) * 1000, i, g);
}
kernel void vectors(global const float4 *a, global float4 *b, global const double2 *c, global double2 *d, global float *e) {
    uint i = get_global_id(0);
    b[i] = a[i].wzyx * 2.0f + a[i]; d[i] = c[i].yx - (double2)(1.0, 2.0);
    float3 t = vload3(i, (global const float *)a); vstore3(t.zxy, i, e);
}
kernel void halves(global const half *a, global half *b, global float *c) {
    uint i = get_global_id(0);
    c[i] = vload_half(i, a); vstore_half(c[i] * 1.5f, i, b);
}
static uint generic_sum(const uint *p, uint n) { uint s = 0; for (uint i = 0; i < n; i++) s += p[i] * (i + 1); return s; }
static void generic_set(uint *p, uint v) { p[0] = v; p[1] += v; ((uchar *)p)[9] = 7; }
kernel void generics(global uint *a, global uint *c) {
    local uint shared[256]; uint mine[4];
    uint i = get_global_id(0); uint l = get_local_id(0);
    for (uint k = 0; k < 4; k++) { shared[l * 4 + k] = i + k; mine[k] = i * k; }
    barrier(CLK_LOCAL_MEM_FENCE);
    uint *p = i % 3 == 0 ? (uint *)(a + i * 4) : i % 3 == 1 ? (uint *)(shared + l * 4) : (uint *)mine;
    generic_set(p, i + 100);
    c[i * 2] = generic_sum(p, 4); c[i * 2 + 1] = p[1];
}
kernel void identify(global ulong *c) {
    ulong at = (get_global_id(2) - get_global_offset(2)) * get_global_size(0) * get_global_size(1) +
               (get_global_id(1) - get_global_offset(1)) * get_global_size(0) + get_global_id(0) - get_global_offset(0);
    ulong h = 0;
    for (uint d = 0; d < 3; d++) {
        h = h * 1000003 + get_global_id(d); h = h * 1000003 + get_local_id(d); h = h * 1000003 + get_group_id(d);
        h = h * 1000003 + get_global_size(d); h = h * 1000003 + get_local_size(d); h = h * 1000003 + get_num_groups(d);
        h = h * 1000003 + get_global_offset(d);
    }
    c[at] = h * 1000003 + get_work_dim();
}
kernel void matmul(global const float *a, global const float *b, global float *c, uint n) {
    uint x = get_global_id(0); uint y = get_global_id(1); float s = 0;
    for (uint k = 0; k < n; k++) s += a[y * n + k] * b[k * n + x];
    c[y * n + x] = s;
}
struct big { uint a; uchar b; double c; ulong d[3]; };
kernel void by_value(struct big s, global ulong *c) {
    c[get_global_id(0)] = s.a + s.b + (ulong)(s.c * 4) + s.d[get_global_id(0) % 3];
}
kernel void hand_over(volatile global uint *flag, global uint *order) {
    uint g = get_group_id(0);
    if (get_local_id(0) == 0) {
        while (atomic_add(flag, 0) != g) ;
        order[g] = g * 3 + 1;
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        atomic_inc(flag);
    }
    barrier(CLK_GLOBAL_MEM_FENCE);
    if (get_local_id(0) == get_local_size(0) - 1) order[get_num_groups(0) + g] = order[g];
}
kernel void lanes(global const uint *a, global uint *c) {
    uint i = get_global_id(0);
    uint id = __builtin_amdgcn_mbcnt_lo(~0u, 0);
    c[i * 4] = __builtin_amdgcn_ds_bpermute((id ^ 5) * 4, a[i]);
    c[i * 4 + 1] = __builtin_amdgcn_ds_swizzle(a[i], 0x041f);
    c[i * 4 + 2] = __builtin_amdgcn_readfirstlane(a[i]);
    c[i * 4 + 3] = __builtin_amdgcn_ds_permute((id ^ 9) * 4, a[i]);
}
/* What is done once must stay so whatever comes behind it: NaNs, and lanes whose memory lies apart. */
#define IN_ORDER() __asm__ volatile("" ::: "memory")
kernel void counted(global uint *count, global const float *a, global const float *far, global float *c) {
    uint i = get_global_id(0);
    count[i] += 1;
    IN_ORDER();
    global const float *p = i & 128 && i & 2 ? far : a;
    c[i] = a[i] * a[i] + p[i];
}
kernel void counted_some(global uint *count, global const float *a, global float *c) {
    uint i = get_global_id(0);
    if (i & 65) count[i] += 2;
    IN_ORDER();
    c[i] = a[i] * a[i];
}
/* Where a row's lanes are depends on the way that was taken. */
kernel void ways(global const uint *a, global uint *c, global uint *d, uint n) {
    uint i = get_global_id(0), k = i, m = i + n;
    uint v = a[i];
    if (v & 1) { k = i + n; d[k] = v; IN_ORDER(); }
    if (v & 2) { m = i; v = a[k + n]; IN_ORDER(); }
    c[k] = v;
    d[m + 2 * n] = v + 1;
}
/* Waves meet as often as each wants and end when they like; one of them takes long in between. */
kernel void rounds(global const uint *often, global uint *c) {
    local uint sum;
    uint i = get_global_id(0), l = get_local_id(0), n = often[i / 64], seen = 0, work = i;
    if (l == 0) sum = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = 0; k < n; k++) {
        if (l / 64 == k % 4) for (uint j = 0; j < 1500; j++) {
            work = work * 1664525 + 1013904223;
            __asm__ volatile("" : "+v"(work) : : "memory"); /* one after the other */
        }
        if (l % 64 == 0) atomic_inc(&sum);
        barrier(CLK_LOCAL_MEM_FENCE);
        seen += sum;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    c[2 * i] = seen; c[2 * i + 1] = work;
}
