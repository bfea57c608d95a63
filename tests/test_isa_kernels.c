/*
 * test_isa_kernels.c - kernels that clang compiles for real targets, run wave by wave and compared with C.
 *
 * Everything between the compiler and the processor is done by hand here (segments, descriptor, user SGPRs,
 * hidden arguments), so that the driver is not needed and cannot hide a mistake. SHARED code is compiled
 * twice: by the OpenCL compiler for the GPU and by the C compiler as the reference; the rest is written once
 * more in C. Facts: LLVM AMDGPUUsage, "Kernel Descriptor", "Initial Kernel Execution State", "Code Object V5
 * Metadata".
 */
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <libelf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/cu/compute.h"
#include "sim/models.h"
#include "run_suite.h"

/* ---- code for both sides ---- */

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

#define TEXT(...) #__VA_ARGS__
#define SHARED(name, ...) \
    __VA_ARGS__           \
    static const char name[] = TEXT(__VA_ARGS__) "\n";

/* clang-format off */
SHARED(integer_code,
static uint integer_mix(uint a, uint b) {
    int x = (int)a; int y = (int)b;
    uint r = a * b + (a ^ (b << 3)) - (a >> (b & 31));
    r += (uint)(x >> (b & 15)) * 31u;
    if (b) r += a / b + a % b * 7u;
    if (y != 0 && !(x == (-2147483647 - 1) && y == -1)) r ^= (uint)(x / y) + (uint)(x % y) * 3u;
    r += (uint)(((ulong)a * b) >> 32);
    r += (uint)(((long)x * y) >> 32);
    r ^= (uint)(short)a + (uint)(char)b;
    r += (a & 0xffffu) * (b & 0xffffu);
    r += x < y ? 5u : 9u;
    r ^= a < b ? 0x55u : 0xaa00u;
    r += (uchar)(a + b) + (ushort)(a - b);
    return (r << (a & 31)) | (r >> ((32 - (a & 31)) & 31));
}
static ulong long_mix(ulong a, ulong b) {
    long x = (long)a; long y = (long)b;
    ulong r = a * b + (a ^ (b << 7)) - (a >> (b & 63));
    r += (ulong)(x >> (b & 31)) * 31ul;
    if (b) r += a / b + a % b * 7ul;
    if (y != 0 && y != -1) r ^= (ulong)(x / y) + (ulong)(x % y) * 3ul;
    r += x < y ? 5ul : 9ul;
    r += a <= b ? 77ul : 99ul;
    r ^= (ulong)(int)(a + b) + (uint)(a - b);
    return r;
}
static uint collatz(uint n) {
    uint steps = 0;
    while (n > 1 && steps < 1000) { n = n & 1 ? 3 * n + 1 : n / 2; steps++; }
    return steps;
}
static uint choose(uint k, uint v) {
    switch (k % 11) {
    case 0: return v + 1;
    case 1: return v * 3;
    case 2: return v ^ 0x1234;
    case 3: return v << 2;
    case 4: return v >> 3;
    case 5: return ~v;
    case 6: return v * v;
    case 7: return v - 77;
    case 9: return v | 0x80;
    default: return v & 0xff0f;
    }
}
)

SHARED(private_code,
static uint sort_and_sum(uint seed) {
    uint a[24]; uchar mark[24];
    for (uint i = 0; i < 24; i++) { seed = seed * 1664525u + 1013904223u; a[i] = seed >> 8; mark[i] = (uchar)(seed >> 16); }
    for (uint i = 1; i < 24; i++) {
        uint v = a[i]; uint j = i;
        while (j > 0 && a[j - 1] > v) { a[j] = a[j - 1]; mark[j] ^= mark[j - 1]; j--; }
        a[j] = v;
    }
    uint sum = 0;
    for (uint i = 0; i < 24; i++) sum = sum * 31u + a[i] + mark[(a[i] >> 3) % 24];
    return sum;
}
struct pair { uint first; ulong second; };
static __attribute__((noinline)) struct pair pair_make(uint a, ulong b, uint *out) {
    struct pair p; p.first = a * 2 + 1; p.second = b * 3 + a; *out += a; return p;
}
static __attribute__((noinline)) ulong deep(uint n, uint a, uint b, ulong c, ulong d, uint *out) {
    struct pair p = pair_make(n + a, c + d, out);
    for (uint i = 0; i < n % 5; i++) { struct pair q = pair_make(p.first + i, p.second ^ b, out); p.first += q.first; p.second -= q.second; }
    return p.first + p.second;
}
)

SHARED(float_code,
static float float_mix(float a, float b) {
    float r = a * b + a - b * 0.5f;
    r += a / b;
    r += a < b ? a * 3.0f : b * 2.0f;
    r += (float)(int)(a * 10.0f) + (float)(uint)(b * 7.0f);
    return r;
}
static double double_mix(double a, double b) {
    double r = a * b + a - b * 0.5;
    r += a / b;
    r += a < b ? a * 3.0 : b * 2.0;
    r += (double)(int)(a * 10.0) + (double)(uint)(b * 7.0) + (double)(long)(a * 1e9) + (double)(ulong)(b * 1e8);
    r += (double)(float)a;
    return r;
}
static uint mandelbrot(float cx, float cy) {
    float x = 0; float y = 0; uint n = 0;
    while (x * x + y * y <= 4.0f && n < 200) { float t = x * x - y * y + cx; y = 2.0f * x * y + cy; x = t; n++; }
    return n;
}
)

/* libclc has the places of the hidden arguments from another ABI, and no remainders. */
static const char cl_head[] = "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n"
"#pragma OPENCL FP_CONTRACT OFF\n"
"#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
"#define HIDDEN(type, at, d) (((constant type *)((constant char *)__builtin_amdgcn_implicitarg_ptr() + at))[d])\n"
"#define get_work_dim() HIDDEN(ushort, 64, 0)\n"
"#define get_global_offset(d) HIDDEN(ulong, 40, d)\n"
"#define get_enqueued_local_size(d) ((ulong)HIDDEN(ushort, 12, d))\n"
"#define get_local_size(d) (get_group_id(d) < HIDDEN(uint, 0, d) ? HIDDEN(ushort, 12, d) : HIDDEN(ushort, 18, d))\n"
"#define get_num_groups(d) (HIDDEN(uint, 0, d) + (HIDDEN(ushort, 18, d) != 0))\n"
"#define get_global_id(d) (get_group_id(d) * get_enqueued_local_size(d) + get_local_id(d) + get_global_offset(d))\n";
/* in pieces: a string may have 4095 characters */
static const char cl_code0[] = TEXT(
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
);
static const char cl_code1[] = TEXT(
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
);
static const char cl_code2[] = TEXT(
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
);
static const char cl_code3[] = TEXT(
kernel void vectors(global const float4 *a, global float4 *b, global const double2 *c, global double2 *d, global float *e) {
    uint i = get_global_id(0);
    b[i] = a[i].wzyx * 2.0f + a[i]; d[i] = c[i].yx - (double2)(1.0, 2.0);
    float3 t = vload3(i, (global const float *)a); vstore3(t.zxy, i, e);
}
kernel void halves(global const half *a, global half *b, global float *c) {
    uint i = get_global_id(0);
    c[i] = vload_half(i, a); vstore_half(c[i] * 1.5f, i, b);
}
);
static const char cl_code4[] = TEXT(
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
);
static const char cl_code5[] = TEXT(
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
);
/* clang-format on */

/* ---- code objects ---- */

struct target {
    const char *model, *mcpu, *level;
    uint8_t *file;
    size_t size;
};
/* clang-format off */
static struct target targets[] = {
    {"mi300x", "gfx942", "-O3", NULL, 0},
    {"rx7900xtx", "gfx1100", "-O3", NULL, 0},
#ifndef __SANITIZE_THREAD__ /* the threads are the same on all */
    {"mi300x", "gfx942", "-O0", NULL, 0},
    {"rx7900xtx", "gfx1100", "-O0", NULL, 0},
    {"mi210", "gfx90a", "-O3", NULL, 0},
    {"mi355x", "gfx950", "-O3", NULL, 0},
    {"rx6900xt", "gfx1030", "-O3", NULL, 0},
    {"radeon8060s", "gfx1151", "-O3", NULL, 0},
    {"rx9070xt", "gfx1201", "-O3", NULL, 0},
#endif
};
/* clang-format on */
enum { TARGETS = sizeof targets / sizeof targets[0] };

static bool target_compile(struct target *target, const char *folder)
{
    char path[64], command[512];
    snprintf(path, sizeof path, "%s/k.hsaco", folder);
    snprintf(command, sizeof command,
             "clang-22 -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=%s -nogpulib -Xclang "
             "-mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn-amd-amdhsa.bc -w %s %s/k.cl -o %s",
             target->mcpu, target->level, folder, path);
    if (system(command) != 0)
        return false;
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    target->size = (size_t)ftell(file);
    rewind(file);
    target->file = malloc(target->size);
    bool whole = target->file && fread(target->file, 1, target->size, file) == target->size;
    fclose(file);
    unlink(path);
    return whole;
}

static bool targets_compile(void)
{
    char folder[] = "/tmp/isa_kernels.XXXXXX", path[64];
    bool good = mkdtemp(folder) != NULL;
    snprintf(path, sizeof path, "%s/k.cl", folder);
    FILE *file = good ? fopen(path, "w") : NULL;
    if (!file)
        return false;
    const char *const parts[] = {cl_head,  integer_code, private_code, float_code, cl_code0,
                                 cl_code1, cl_code2,     cl_code3,     cl_code4,   cl_code5};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
        fprintf(file, "%s\n", parts[i]);
    fclose(file);
    for (unsigned i = 0; i < TARGETS && good; i++)
        good = target_compile(&targets[i], folder);
    unlink(path);
    rmdir(folder);
    return good;
}

/* ---- the machine ---- */

static struct sim_gpu gpu;
static const struct target *now;
static uint64_t next_va, code_base;
static uint8_t *code;
enum { ANY = SIM_VM_READ | SIM_VM_WRITE | SIM_VM_EXEC };

struct buffer {
    uint64_t va;
    void *host;
};

static struct buffer buffer_new(size_t bytes)
{
    size_t size = (bytes + SIM_PAGE - 1) / SIM_PAGE * SIM_PAGE;
    struct buffer b = {next_va, mmap(NULL, size, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)};
    ck_assert_ptr_ne(b.host, MAP_FAILED);
    ck_assert_int_eq(sim_vm_map(&gpu.vm, b.va, size, b.host, ANY), 0);
    next_va += size + 16 * SIM_PAGE;
    return b;
}

static struct buffer buffer_random(size_t bytes, uint64_t seed)
{
    struct buffer b = buffer_new(bytes);
    sim_noise(b.host, bytes, seed);
    return b;
}

/* Floats in (0.1, 100). */
static struct buffer buffer_floats(size_t n, uint64_t seed)
{
    struct buffer b = buffer_random(n * 4, seed);
    float *f = b.host;
    const uint32_t *u = b.host;
    for (size_t i = 0; i < n; i++)
        f[i] = 0.1f + (float)(u[i] % 99900) / 1000.0f;
    return b;
}

static void relocate(const Elf64_Shdr *section, Elf_Scn *scn)
{
    const Elf64_Rela *rela = elf_getdata(scn, NULL)->d_buf;
    for (size_t i = 0; i < section->sh_size / sizeof *rela; i++) {
        ck_assert_uint_eq(ELF64_R_TYPE(rela[i].r_info), 13); /* R_AMDGPU_RELATIVE64 */
        uint64_t value = code_base + (uint64_t)rela[i].r_addend;
        memcpy(code + rela[i].r_offset, &value, sizeof value);
    }
}

static void code_load(void)
{
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)now->file, now->size);
    size_t n = 0, end = 0;
    elf_getphdrnum(elf, &n);
    const Elf64_Phdr *segment = elf64_getphdr(elf);
    for (size_t i = 0; i < n; i++)
        if (segment[i].p_type == PT_LOAD && segment[i].p_vaddr + segment[i].p_memsz > end)
            end = segment[i].p_vaddr + segment[i].p_memsz;
    struct buffer b = buffer_new(end);
    code = b.host;
    code_base = b.va;
    for (size_t i = 0; i < n; i++)
        if (segment[i].p_type == PT_LOAD)
            memcpy(code + segment[i].p_vaddr, now->file + segment[i].p_offset, segment[i].p_filesz);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        const Elf64_Shdr *section = elf64_getshdr(scn);
        if (section->sh_type == SHT_RELA)
            relocate(section, scn);
    }
    elf_end(elf);
}

/* Address of a symbol in the file, 0: none. */
static uint64_t symbol_find(const char *name)
{
    Elf *elf = elf_memory((char *)now->file, now->size);
    uint64_t value = 0;
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        const Elf64_Shdr *section = elf64_getshdr(scn);
        if (section->sh_type != SHT_DYNSYM)
            continue;
        const Elf64_Sym *symbol = elf_getdata(scn, NULL)->d_buf;
        for (size_t i = 0; i < section->sh_size / sizeof *symbol; i++)
            if (!strcmp(elf_strptr(elf, section->sh_link, symbol[i].st_name), name))
                value = symbol[i].st_value;
    }
    elf_end(elf);
    return value;
}

static void machine_setup(int i)
{
    now = &targets[i];
    gpu = (struct sim_gpu){.model = sim_model_find(now->model, strlen(now->model)), .gpu_id = 1};
    ck_assert_ptr_nonnull(gpu.model);
    ck_assert_int_eq(sim_vm_init(&gpu.vm), 0);
    next_va = 0x7e0000000000;
    code_load();
}

/* ---- dispatching ---- */

struct geometry {
    uint32_t grid[3], group[3];
    uint64_t offset[3];
    uint32_t dims, dynamic_lds;
};

static void put(uint8_t *at, size_t offset, uint64_t value, size_t bytes)
{
    memcpy(at + offset, &value, bytes);
}

/* The hidden arguments of code object V5, behind the explicit ones. */
static void hidden_fill(uint8_t *at, const struct geometry *g)
{
    for (unsigned d = 0; d < 3; d++) {
        put(at, 4 * d, g->grid[d] / g->group[d], 4);
        put(at, 12 + 2 * d, g->group[d], 2);
        put(at, 18 + 2 * d, g->grid[d] % g->group[d], 2);
        put(at, 40 + 8 * d, g->offset[d], 8);
    }
    put(at, 64, g->dims, 2);
    put(at, 120, g->dynamic_lds, 4);
    put(at, 192, 0x20000, 4);
    put(at, 196, 0x10000, 4);
}

static void packet_fill(uint8_t *at, const struct geometry *g, uint32_t private_bytes, uint32_t group_bytes,
                        uint64_t kernel, uint64_t kernarg)
{
    put(at, 0, 2 | 1 << 9 | 1 << 11, 2);
    put(at, 2, g->dims, 2);
    for (unsigned d = 0; d < 3; d++) {
        put(at, 4 + 2 * d, g->group[d], 2);
        put(at, 12 + 4 * d, g->grid[d], 4);
    }
    put(at, 24, private_bytes, 4);
    put(at, 28, group_bytes, 4);
    put(at, 32, kernel, 8);
    put(at, 40, kernarg, 8);
}

/* The buffer that private memory is accessed through where scratch is not architected, as the command
 * processor makes it: ROCr's registers.h with the index stride filled in on gfx10.3. */
static void scratch_resource(struct sim_dispatch *d, uint64_t bytes)
{
    bool gfx10 = gpu.model->generation == ISA_GFX10_3;
    d->user_sgpr[0] = (uint32_t)d->scratch_va;
    d->user_sgpr[1] = 0x80000000 | (uint32_t)(d->scratch_va >> 32);
    d->user_sgpr[2] = (uint32_t)bytes;
    d->user_sgpr[3] = !gfx10 ? 0x00ea4fac : d->wave32 ? 0x21c14fac : 0x21e14fac;
    d->n_user_sgprs = 4;
}

static void user_sgpr(struct sim_dispatch *d, bool wanted, uint64_t value, unsigned dwords)
{
    for (unsigned i = 0; wanted && i < dwords; i++)
        d->user_sgpr[d->n_user_sgprs++] = i < 2 ? (uint32_t)(value >> 32 * i) : 0;
}

static struct sim_outcome dispatch_run(const char *kernel, const struct geometry *geometry, const void *args,
                                       size_t args_bytes)
{
    char name[64];
    struct geometry g = *geometry;
    struct buffer kernarg = buffer_new(8192), packet = buffer_new(64), queue = buffer_new(256);
    snprintf(name, sizeof name, "%s.kd", kernel);
    uint64_t at = symbol_find(name);
    ck_assert_msg(at != 0, "no symbol %s", name);
    const uint8_t *kd = code + at;
    uint32_t fixed[2], rsrc[3];
    int64_t entry;
    uint16_t properties, preload;
    memcpy(fixed, kd, 8);
    memcpy(&entry, kd + 16, 8);
    memcpy(rsrc, kd + 44, 12);
    memcpy(&properties, kd + 56, 2);
    memcpy(&preload, kd + 58, 2);
    ck_assert_uint_eq(preload, 0);
    memcpy(kernarg.host, args, args_bytes);
    hidden_fill((uint8_t *)kernarg.host + (args_bytes + 7) / 8 * 8, &g);

    struct sim_dispatch d = {.gpu = &gpu,
                             .grid = {g.grid[0], g.grid[1], g.grid[2]},
                             .group = {g.group[0], g.group[1], g.group[2]},
                             .code_va = code_base + at + (uint64_t)entry,
                             .rsrc1 = rsrc[1],
                             .rsrc2 = rsrc[2],
                             .rsrc3 = rsrc[0],
                             .properties = properties,
                             .wave32 = properties >> 10 & 1,
                             .lds_bytes = fixed[0] + g.dynamic_lds,
                             .private_bytes = fixed[1] + (properties >> 11 & 1 ? 4096 : 0),
                             .packet_va = packet.va,
                             .scratch_waves = 64,
                             .seed = 42};
    packet_fill(packet.host, &g, d.private_bytes, d.lds_bytes, code_base + at, kernarg.va);
    size_t scratch = (size_t)(d.private_bytes * 64 + 1024) * d.scratch_waves * gpu.model->xccs;
    d.scratch_va = buffer_new(scratch).va;
    if (properties & 1)
        scratch_resource(&d, scratch);
    user_sgpr(&d, properties & 2, packet.va, 2);
    user_sgpr(&d, properties & 4, queue.va, 2);
    user_sgpr(&d, properties & 8, kernarg.va, 2);
    user_sgpr(&d, properties & 16, 17, 2);
    user_sgpr(&d, properties & 32, d.scratch_va, 2);
    user_sgpr(&d, properties & 64, d.private_bytes, 1);
    struct sim_outcome outcome;
    sim_compute_run(&d, &outcome);
    return outcome;
}

static void run_grid(const char *kernel, const struct geometry *g, const void *args, size_t bytes)
{
    struct sim_outcome outcome = dispatch_run(kernel, g, args, bytes);
    ck_assert_msg(outcome.end == SIM_END_OK, "%s on %s %s: %s", kernel, now->mcpu, now->level, outcome.text);
}

static void run(const char *kernel, uint32_t items, uint32_t group, const void *args, size_t bytes)
{
    run_grid(kernel, &(struct geometry){{items, 1, 1}, {group, 1, 1}, {0}, 1, 0}, args, bytes);
}

#define ARGS(...) ((const uint64_t[]){__VA_ARGS__}), sizeof((const uint64_t[]){__VA_ARGS__})

#define ck_same(got, expected, what, i)                                                                 \
    ck_assert_msg((got) == (expected), "%s %s, %s %u: 0x%llx instead of 0x%llx", now->mcpu, now->level, \
                  what, (unsigned)(i), (unsigned long long)(got), (unsigned long long)(expected))

/* ---- tests ---- */

START_TEST(vector_add_leaves_the_rest_alone)
{
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
    enum { N = 640 };
    struct buffer a = buffer_random(N * 4, 8), c = buffer_new(N * 4);
    run("privates", N, 64, ARGS(a.va, c.va));
    for (unsigned i = 0; i < N; i++)
        ck_same(((uint *)c.host)[i], sort_and_sum(((uint *)a.host)[i]), "item", i);
}
END_TEST

START_TEST(functions_are_called_with_arguments_and_results_on_the_stack)
{
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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
    machine_setup(_i);
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

START_TEST(an_unmapped_address_ends_the_dispatch_with_the_place)
{
    machine_setup(_i);
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
    machine_setup(_i);
    struct buffer c = buffer_new(4096);
    uint64_t at = symbol_find("identify.kd");
    int64_t entry;
    memcpy(&entry, code + at + 16, 8);
    put(code + at + entry, 0, 0xfeffffff, 4);
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
    if (system("command -v clang-22 ld.lld-22 >/dev/null && test -e /usr/lib/clc/amdgcn-amd-amdhsa.bc") !=
        0) {
        puts("skipped: clang-22, lld-22 or libclc-22 is not installed");
        return 77;
    }
    if (!targets_compile()) {
        puts("the kernels do not compile");
        return 1;
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
        an_unmapped_address_ends_the_dispatch_with_the_place,
        an_unknown_instruction_ends_the_dispatch_with_its_bytes,
    };
    Suite *suite = suite_create("isa_kernels");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, tests[i], 0, TARGETS);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
