// LDS, barriers, atomics: what work-items of a group do together
KERNEL(lds_reverse) { local uint tile[GROUP]; tile[L] = in[I]; BARRIER; out[I] = tile[GROUP - 1u - L]; }
KERNEL(reduce_sum)
{
    local uint t[GROUP];
    t[L] = in[I];
    for (uint s = GROUP / 2u; s; s /= 2u) { BARRIER; if (L < s) t[L] += t[L + s]; }
    if (L == 0)
        out[G] = t[0];
}
KERNEL(reduce_min)
{
    local uint t[GROUP];
    t[L] = in[I];
    for (uint s = GROUP / 2u; s; s /= 2u) { BARRIER; if (L < s) t[L] = min(t[L], t[L + s]); }
    if (L == 0)
        out[G] = t[0];
}
KERNEL(reduce_xor_long)
{
    local ulong t[GROUP];
    t[L] = LONG(I);
    for (uint s = GROUP / 2u; s; s /= 2u) { BARRIER; if (L < s) t[L] ^= t[L + s] * 3u; }
    if (L == 0)
        PUT_LONG(G, t[0]);
}
KERNEL(reduce_float)
{
    local float t[GROUP];
    t[L] = FLOAT(in[I]);
    for (uint s = GROUP / 2u; s; s /= 2u) { BARRIER; if (L < s) t[L] += t[L + s]; }
    if (L == 0)
        out[G] = as_uint(t[0]);
}
KERNEL(reduce_double)
{
    local double t[GROUP];
    t[L] = DOUBLE(in[I]) * 0.1;
    for (uint s = GROUP / 2u; s; s /= 2u) { BARRIER; if (L < s) t[L] += t[L + s]; }
    if (L == 0)
        PUT_LONG(G, as_ulong(t[0]));
}
KERNEL(scan_inclusive)
{
    local uint t[GROUP];
    t[L] = in[I];
    for (uint s = 1; s < GROUP; s *= 2u) {
        BARRIER;
        uint v = L >= s ? t[L - s] : 0u;
        BARRIER;
        t[L] += v;
    }
    out[I] = t[L];
}
KERNEL(scan_up_and_down)
{
    local uint t[GROUP];
    t[L] = in[I] & 0xffffu;
    for (uint s = 1; s < GROUP; s *= 2u) { BARRIER; if ((L + 1u) % (2u * s) == 0) t[L] += t[L - s]; }
    BARRIER;
    if (L == GROUP - 1u)
        t[L] = 0;
    for (uint s = GROUP / 2u; s; s /= 2u) {
        BARRIER;
        if ((L + 1u) % (2u * s) == 0) { uint v = t[L - s]; t[L - s] = t[L]; t[L] += v; }
    }
    BARRIER;
    out[I] = t[L];
}
KERNEL(transpose_tile) { local uint t[GROUP + 8]; t[(L % 8u) * 9u + L / 8u] = in[I]; BARRIER; out[I] = t[(L / 8u) * 9u + L % 8u]; }
KERNEL(bitonic_sort)
{
    local uint t[GROUP];
    t[L] = in[I];
    for (uint k = 2; k <= GROUP; k *= 2u)
        for (uint j = k / 2u; j; j /= 2u) {
            BARRIER;
            uint p = L ^ j;
            if (p > L && (t[L] > t[p]) == ((L & k) == 0)) { uint v = t[L]; t[L] = t[p]; t[p] = v; }
        }
    BARRIER;
    out[I] = t[L];
}
KERNEL(odd_even_sort)
{
    local uint t[GROUP];
    t[L] = in[I];
    for (uint k = 0; k < GROUP; k++) {
        BARRIER;
        if ((L & 1u) == (k & 1u) && L + 1u < GROUP && t[L] > t[L + 1]) { uint v = t[L]; t[L] = t[L + 1]; t[L + 1] = v; }
    }
    BARRIER;
    out[I] = t[L];
}
KERNEL(radix_sort)
{
    local uint t[GROUP];
    t[L] = in[I] & 0xffffu;
    for (uint b = 0; b < 16u; b++) {
        BARRIER;
        uint v = t[L], zeros = 0, before = 0;
        for (uint k = 0; k < GROUP; k++) {
            uint zero = ~t[k] >> b & 1u;
            zeros += zero;
            before += k < L ? zero : 0u;
        }
        BARRIER;
        t[v >> b & 1u ? zeros + L - before : before] = v;
    }
    BARRIER;
    out[I] = t[L];
}
KERNEL(histogram_lds)
{
    local uint bins[GROUP];
    bins[L] = 0;
    BARRIER;
    for (uint k = 0; k < 4u; k++)
        atomic_add(&bins[in[I + k * n] % GROUP], 1u);
    BARRIER;
    out[I] = bins[L];
}
KERNEL(histogram_global) { atomic_add(&out[in[I] >> 24], 1u); atomic_inc(&out[n + (in[I] & 7u)]); }
KERNEL(atomics_global)
{
    atomic_add(&out[0], in[I]);
    atomic_sub(&out[1], in[I]);
    atomic_or(&out[2], 1u << (in[I] & 15u));
    atomic_xor(&out[3], in[I]);
    atomic_max(&out[4], in[I]);
    atomic_and(&out[5], in[I]);
    atomic_min(&out[6], in[I]);
}
KERNEL(atomics_lds)
{
    local uint t[4];
    if (L < 4u)
        t[L] = L == 2u ? ~0u : 0u;
    BARRIER;
    atomic_add(&t[0], in[I]);
    atomic_max(&t[1], in[I]);
    atomic_and(&t[2], in[I] | 0xff00u << (L & 15u));
    atomic_xor(&t[3], in[I]);
    BARRIER;
    if (L < 4u)
        out[G * 4u + L] = t[L];
}
KERNEL(atomic_compare_loop)
{
    uint seen = 0, old;
    do {
        old = seen;
        seen = atomic_cmpxchg(&out[I % 8u], old, old + (in[I] & 0xffffu) * 2u);
    } while (seen != old);
}
KERNEL(atomic_exchange_sum) { uint old = atomic_xchg(&out[I], in[I]); atomic_add(&out[n], old + 1u); }
KERNEL(matrix_tiles)
{
    local float a[GROUP], b[GROUP];
    a[L] = FLOAT(in[I]);
    b[L] = FLOAT(in[I + n]);
    BARRIER;
    float sum = 0;
    for (uint k = 0; k < 8u; k++)
        sum += a[L / 8u * 8u + k] * b[k * 8u + L % 8u];
    out[I] = as_uint(sum);
}
KERNEL(jacobi_steps)
{
    local float t[2][GROUP];
    t[0][L] = FLOAT(in[I]);
    t[1][L] = t[0][L];
    for (uint k = 0; k < 16u; k++) {
        BARRIER;
        if (L && L < GROUP - 1u)
            t[1u - (k & 1u)][L] = 0.25f * t[k & 1u][L - 1u] + 0.5f * t[k & 1u][L] + 0.25f * t[k & 1u][L + 1u];
    }
    BARRIER;
    out[I] = as_uint(t[0][L]);
}
KERNEL(life_steps)
{
    local uint t[GROUP];
    t[L] = in[I] & 1u;
    for (uint k = 0; k < 10u; k++) {
        uint sum = 0;
        BARRIER;
        for (uint d = 1; d < 9u; d++)
            sum += t[((L / 8u + 7u + (d + 4u) % 9u / 3u) % 8u) * 8u + (L % 8u + 7u + (d + 4u) % 9u % 3u) % 8u];
        uint next = (uint)(sum == 3u || (sum == 2u && t[L]));
        BARRIER;
        t[L] = next;
    }
    out[I] = t[L];
}
KERNEL(number_transform)
{ // an FFT modulo 257 with the root 81 of order 64: exact
    local uint t[GROUP];
    uint r = (L & 1u) << 5 | (L & 2u) << 3 | (L & 4u) << 1 | (L & 8u) >> 1 | (L & 16u) >> 3 | (L & 32u) >> 5;
    t[r] = in[I] % 257u;
    for (uint half_ = 1; half_ < GROUP; half_ *= 2u) {
        BARRIER;
        if (!(L & half_)) {
            uint w = 1, root = 81;
            for (uint k = 0; k < (L & (half_ - 1u)) * (GROUP / 2u / half_); k++)
                w = w * root % 257u;
            uint a = t[L], b = t[L + half_] * w % 257u;
            t[L] = (a + b) % 257u;
            t[L + half_] = (a + 257u - b) % 257u;
        }
    }
    BARRIER;
    out[I] = t[L];
}
KERNEL(pointer_jumping)
{
    local uint next[GROUP], far[GROUP];
    next[L] = L ? in[I] % L : 0u;
    far[L] = (uint)(L != 0);
    for (uint k = 0; k < 6u; k++) {
        BARRIER;
        uint to = next[next[L]], steps = far[L] + far[next[L]];
        BARRIER;
        next[L] = to;
        far[L] = steps;
    }
    out[I] = far[L];
}
KERNEL(bytes_in_lds)
{
    local uchar t[GROUP * 4];
    for (uint k = 0; k < 4u; k++)
        t[L + k * GROUP] = (uchar)(in[I] >> (8u * k));
    BARRIER;
    out[I] = t[L * 4u] | (uint)t[L * 4u + 1u] << 8 | (uint)t[L * 4u + 2u] << 16 | (uint)t[L * 4u + 3u] << 24;
}
