/* isa.cl - the kernels of isa.c. Work-group sizes are fixed: what is not asked for needs no hidden argument. */
#define GROUP(x, y) __attribute__((reqd_work_group_size(x, y, 1)))

GROUP(256, 1) kernel void saxpy(global const float *x, global float *y, float a)
{
    uint i = get_global_id(0);
    y[i] = a * x[i] + y[i];
}

/* One dependent chain of fused multiply-adds per work-item. */
GROUP(256, 1) kernel void fma_chain(global float *x, uint rounds)
{
    uint i = get_global_id(0);
    float a = x[i], b = 0.999f, c = 0.001f * a;
    for (uint k = 0; k < rounds; k++) {
#pragma unroll
        for (uint j = 0; j < 64; j++)
            a = fma(a, b, c);
    }
    x[i] = a;
}

GROUP(16, 16) kernel void matmul(global const float *a, global const float *b, global float *c, uint n)
{
    uint x = get_global_id(0), y = get_global_id(1);
    float sum = 0;
    for (uint k = 0; k < n; k++)
        sum += a[y * n + k] * b[k * n + x];
    c[y * n + x] = sum;
}

GROUP(16, 16) kernel void matmul_tiled(global const float *a, global const float *b, global float *c, uint n)
{
    local float ta[16][16], tb[16][16];
    uint x = get_global_id(0), y = get_global_id(1), lx = get_local_id(0), ly = get_local_id(1);
    float sum = 0;
    for (uint t = 0; t < n; t += 16) {
        ta[ly][lx] = a[y * n + t + lx];
        tb[ly][lx] = b[(t + ly) * n + x];
        barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
        for (uint k = 0; k < 16; k++)
            sum += ta[ly][k] * tb[k][lx];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    c[y * n + x] = sum;
}

GROUP(256, 1) kernel void nbody(global const float4 *body, global float4 *force, uint n)
{
    uint i = get_global_id(0);
    float4 me = body[i];
    float fx = 0, fy = 0, fz = 0;
    for (uint j = 0; j < n; j++) {
        float4 other = body[j];
        float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
        float r = rsqrt(dx * dx + dy * dy + dz * dz + 0.01f);
        float f = other.w * r * r * r;
        fx += f * dx;
        fy += f * dy;
        fz += f * dz;
    }
    force[i] = (float4)(fx, fy, fz, 0);
}

GROUP(16, 16) kernel void mandelbrot(global uint *out, uint width, uint limit)
{
    uint px = get_global_id(0), py = get_global_id(1), n = 0;
    float cx = -2.0f + 3.0f * px / width, cy = -1.5f + 3.0f * py / width, x = 0, y = 0;
    while (n < limit && x * x + y * y < 4.0f) {
        float next = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = next;
        n++;
    }
    out[py * width + px] = n;
}

GROUP(256, 1) kernel void reduction(global const uint *in, global uint *out, uint per_item)
{
    local uint part[256];
    uint l = get_local_id(0), base = get_group_id(0) * 256 * per_item, sum = 0;
    for (uint i = 0; i < per_item; i++)
        sum += in[base + i * 256 + l];
    part[l] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint s = 128; s > 0; s /= 2) {
        if (l < s)
            part[l] += part[l + s];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (l == 0)
        out[get_group_id(0)] = part[0];
}

GROUP(256, 1) kernel void histogram(global const uint *in, global uint *bins, uint per_item)
{
    local uint part[256];
    uint l = get_local_id(0), base = get_group_id(0) * 256 * per_item;
    part[l] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = 0; i < per_item; i++)
        atomic_inc(&part[in[base + i * 256 + l] >> 24]);
    barrier(CLK_LOCAL_MEM_FENCE);
    atomic_add(&bins[l], part[l]);
}

/* A pass of a radix sort by four bits: digits of each block of 256 are counted, the counts summed up, and the
 * numbers moved. */
GROUP(256, 1) kernel void radix_count(global const uint *in, global uint *counts, uint shift, uint blocks)
{
    local uint digits[16];
    uint l = get_local_id(0);
    if (l < 16)
        digits[l] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    atomic_inc(&digits[in[get_global_id(0)] >> shift & 15]);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (l < 16)
        counts[l * blocks + get_group_id(0)] = digits[l];
}

GROUP(256, 1) kernel void radix_scan(global uint *counts, uint n)
{
    local uint sums[256];
    uint l = get_local_id(0), per_item = n / 256, sum = 0;
    for (uint i = 0; i < per_item; i++)
        sum += counts[l * per_item + i];
    sums[l] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint s = 1; s < 256; s *= 2) {
        uint before = l >= s ? sums[l - s] : 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        sums[l] += before;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    uint at = sums[l] - sum;
    for (uint i = 0; i < per_item; i++) {
        uint count = counts[l * per_item + i];
        counts[l * per_item + i] = at;
        at += count;
    }
}

GROUP(256, 1) kernel void radix_move(global const uint *in, global uint *out, global const uint *counts, uint shift,
                                     uint blocks)
{
    local uint sums[256];
    uint l = get_local_id(0), value = in[get_global_id(0)], digit = value >> shift & 15, place = 0;
    for (uint d = 0; d < 16; d++) {
        sums[l] = digit == d;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint s = 1; s < 256; s *= 2) {
            uint before = l >= s ? sums[l - s] : 0;
            barrier(CLK_LOCAL_MEM_FENCE);
            sums[l] += before;
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        if (digit == d)
            place = sums[l] - 1;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    out[counts[digit * blocks + get_group_id(0)] + place] = value;
}

/* A stage of Stockham's FFT; the roots of unity come from a table. */
GROUP(256, 1) kernel void fft_stage(global const float2 *in, global float2 *out, global const float2 *root,
                                    uint half_n, uint span)
{
    uint i = get_global_id(0), k = i & (span - 1);
    float2 a = in[i], b = in[i + half_n], w = root[k * (half_n / span)];
    float2 t = (float2)(b.x * w.x - b.y * w.y, b.x * w.y + b.y * w.x);
    uint at = ((i - k) << 1) + k;
    out[at] = a + t;
    out[at + span] = a - t;
}

GROUP(64, 4) kernel void stencil(global const float *in, global float *out, uint width, uint height)
{
    uint x = get_global_id(0), y = get_global_id(1), at = y * width + x;
    if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
        out[at] = in[at];
        return;
    }
    out[at] = 0.5f * in[at] + 0.125f * (in[at - 1] + in[at + 1] + in[at - width] + in[at + width]);
}

constant uint sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* One block of 16 words per work-item. */
GROUP(256, 1) kernel void sha256(global const uint *in, global uint *out)
{
    uint i = get_global_id(0), w[16];
    uint a = 0x6a09e667, b = 0xbb67ae85, c = 0x3c6ef372, d = 0xa54ff53a, e = 0x510e527f, f = 0x9b05688c,
         g = 0x1f83d9ab, h = 0x5be0cd19;
    for (uint t = 0; t < 16; t++)
        w[t] = in[i * 16 + t];
#pragma unroll
    for (uint t = 0; t < 64; t++) {
        if (t >= 16) {
            uint x = w[(t + 1) & 15], y = w[(t + 14) & 15];
            w[t & 15] += w[(t + 9) & 15] + (rotate(x, 25u) ^ rotate(x, 14u) ^ x >> 3) +
                         (rotate(y, 15u) ^ rotate(y, 13u) ^ y >> 10);
        }
        uint t1 = h + (rotate(e, 26u) ^ rotate(e, 21u) ^ rotate(e, 7u)) + ((e & f) ^ (~e & g)) + sha_k[t] + w[t & 15];
        uint t2 = (rotate(a, 30u) ^ rotate(a, 19u) ^ rotate(a, 10u)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    out[i * 8 + 0] = a + 0x6a09e667, out[i * 8 + 1] = b + 0xbb67ae85;
    out[i * 8 + 2] = c + 0x3c6ef372, out[i * 8 + 3] = d + 0xa54ff53a;
    out[i * 8 + 4] = e + 0x510e527f, out[i * 8 + 5] = f + 0x9b05688c;
    out[i * 8 + 6] = g + 0x1f83d9ab, out[i * 8 + 7] = h + 0x5be0cd19;
}

GROUP(64, 1) kernel void tiny(global uint *out)
{
    out[get_global_id(0)] = 1;
}
