/*
 * language_shared.h - functions that are compiled twice: by the OpenCL compiler for the GPU (language.cl),
 * and by the C compiler as the reference (test_isa_kernels.c).
 */
static uint integer_mix(uint a, uint b)
{
    int x = (int)a;
    int y = (int)b;
    uint r = a * b + (a ^ (b << 3)) - (a >> (b & 31));
    r += (uint)(x >> (b & 15)) * 31u;
    if (b)
        r += a / b + a % b * 7u;
    if (y != 0 && !(x == (-2147483647 - 1) && y == -1))
        r ^= (uint)(x / y) + (uint)(x % y) * 3u;
    r += (uint)(((ulong)a * b) >> 32);
    r += (uint)(((long)x * y) >> 32);
    r ^= (uint)(short)a + (uint)(char)b;
    r += (a & 0xffffu) * (b & 0xffffu);
    r += x < y ? 5u : 9u;
    r ^= a < b ? 0x55u : 0xaa00u;
    r += (uchar)(a + b) + (ushort)(a - b);
    return (r << (a & 31)) | (r >> ((32 - (a & 31)) & 31));
}
static ulong long_mix(ulong a, ulong b)
{
    long x = (long)a;
    long y = (long)b;
    ulong r = a * b + (a ^ (b << 7)) - (a >> (b & 63));
    r += (ulong)(x >> (b & 31)) * 31ul;
    if (b)
        r += a / b + a % b * 7ul;
    if (y != 0 && y != -1)
        r ^= (ulong)(x / y) + (ulong)(x % y) * 3ul;
    r += x < y ? 5ul : 9ul;
    r += a <= b ? 77ul : 99ul;
    r ^= (ulong)(int)(a + b) + (uint)(a - b);
    return r;
}
static uint collatz(uint n)
{
    uint steps = 0;
    while (n > 1 && steps < 1000) {
        n = n & 1 ? 3 * n + 1 : n / 2;
        steps++;
    }
    return steps;
}
static uint choose(uint k, uint v)
{
    switch (k % 11) {
    case 0:
        return v + 1;
    case 1:
        return v * 3;
    case 2:
        return v ^ 0x1234;
    case 3:
        return v << 2;
    case 4:
        return v >> 3;
    case 5:
        return ~v;
    case 6:
        return v * v;
    case 7:
        return v - 77;
    case 9:
        return v | 0x80;
    default:
        return v & 0xff0f;
    }
}

static uint sort_and_sum(uint seed)
{
    uint a[24];
    uchar mark[24];
    for (uint i = 0; i < 24; i++) {
        seed = seed * 1664525u + 1013904223u;
        a[i] = seed >> 8;
        mark[i] = (uchar)(seed >> 16);
    }
    for (uint i = 1; i < 24; i++) {
        uint v = a[i];
        uint j = i;
        while (j > 0 && a[j - 1] > v) {
            a[j] = a[j - 1];
            mark[j] ^= mark[j - 1];
            j--;
        }
        a[j] = v;
    }
    uint sum = 0;
    for (uint i = 0; i < 24; i++)
        sum = sum * 31u + a[i] + mark[(a[i] >> 3) % 24];
    return sum;
}
struct pair {
    uint first;
    ulong second;
};
static __attribute__((noinline)) struct pair pair_make(uint a, ulong b, uint *out)
{
    struct pair p;
    p.first = a * 2 + 1;
    p.second = b * 3 + a;
    *out += a;
    return p;
}
static __attribute__((noinline)) ulong deep(uint n, uint a, uint b, ulong c, ulong d, uint *out)
{
    struct pair p = pair_make(n + a, c + d, out);
    for (uint i = 0; i < n % 5; i++) {
        struct pair q = pair_make(p.first + i, p.second ^ b, out);
        p.first += q.first;
        p.second -= q.second;
    }
    return p.first + p.second;
}

static float float_mix(float a, float b)
{
    float r = a * b + a - b * 0.5f;
    r += a / b;
    r += a < b ? a * 3.0f : b * 2.0f;
    r += (float)(int)(a * 10.0f) + (float)(uint)(b * 7.0f);
    return r;
}
static double double_mix(double a, double b)
{
    double r = a * b + a - b * 0.5;
    r += a / b;
    r += a < b ? a * 3.0 : b * 2.0;
    r += (double)(int)(a * 10.0) + (double)(uint)(b * 7.0) + (double)(long)(a * 1e9) +
         (double)(ulong)(b * 1e8);
    r += (double)(float)a;
    return r;
}
static uint mandelbrot(float cx, float cy)
{
    float x = 0;
    float y = 0;
    uint n = 0;
    while (x * x + y * y <= 4.0f && n < 200) {
        float t = x * x - y * y + cx;
        y = 2.0f * x * y + cy;
        x = t;
        n++;
    }
    return n;
}
