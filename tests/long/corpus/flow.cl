// Divergent control flow, private arrays and calls
KERNEL(collatz) { uint x = (in[I] & 0xfffu) + 1u, steps = 0; while (x != 1u) { x = x & 1u ? 3u * x + 1u : x / 2u; steps++; } out[I] = steps; }
KERNEL(greatest_common_divisor) { uint a = in[I], b = in[I + n]; while (b) { uint t = a % b; a = b; b = t; } out[I] = a; }
KERNEL(nested_branches)
{
    uint x = in[I], r = 0;
    if (x & 1u) { if (x & 2u) r = x * 3u; else if (x & 4u) r = x / 3u; else r = 9u; }
    else { for (uint k = 0; k < (x >> 4 & 7u); k++) { if (x >> k & 64u) continue; if (k == 5u) break; r += k * x; } }
    out[I] = r;
}
KERNEL(switch_table)
{
    uint x = in[I];
    switch (x % 11u) {
    case 0: x += 5u; break;
    case 1: x *= 7u; break;
    case 3: x ^= 0x1234u; break;
    case 4: x = ~x; break;
    case 5: x >>= 3; break;
    case 7: x <<= 2; break;
    case 9: x = popcount(x); break;
    default: x -= 1u;
    }
    out[I] = x;
}
KERNEL(early_return) { if (in[I] % 3u == 0) return; out[I] = in[I]; if (in[I] % 5u == 0) return; out[I + n] = 1u; }
KERNEL(linear_search) { uint k = 0; while (k < n && (in[k] & 31u) != (in[I + n] & 31u)) k++; out[I] = k; }
KERNEL(binary_search) { uint low = 0, high = 1u << 16; while (high - low > 1u) { uint mid = (low + high) / 2u; if (mid * mid <= in[I] && mid < 65536u) low = mid; else high = mid; } out[I] = low; }
KERNEL(primes) { uint x = (in[I] & 0x3fffu) + 2u, d = 2; while (d * d <= x && x % d) d++; out[I] = (uint)(d * d > x); }
KERNEL(private_insertion_sort)
{
    uint a[16];
    for (uint k = 0; k < 16u; k++)
        a[k] = in[(I * 7u + k) % (4u * n)];
    for (uint k = 1; k < 16u; k++) {
        uint v = a[k], j = k;
        for (; j && a[j - 1u] > v; j--)
            a[j] = a[j - 1u];
        a[j] = v;
    }
    for (uint k = 0; k < 4u; k++)
        out[I * 4u + k] = a[k * 5u];
}
KERNEL(private_permutation)
{
    uchar p[64];
    uint sum = 0;
    for (uint k = 0; k < 64u; k++)
        p[k] = (uchar)k;
    for (uint k = 63; k; k--) {
        uint j = (in[I] * 2654435761u + k * in[I + n]) % (k + 1u);
        uchar t = p[k];
        p[k] = p[j];
        p[j] = t;
    }
    for (uint k = 0; k < 64u; k++)
        sum = sum * 31u + p[k];
    out[I] = sum;
}
KERNEL(private_stack)
{
    uint stack[24], top = 0, sum = 0;
    stack[top++] = in[I] & 63u;
    while (top) {
        uint v = stack[--top];
        sum = sum * 5u + v;
        if (v > 3u) { stack[top++] = v / 2u; stack[top++] = v / 3u; }
    }
    out[I] = sum;
}
KERNEL(private_longs)
{
    ulong f[20];
    f[0] = in[I];
    f[1] = in[I + n];
    for (uint k = 2; k < 20u; k++)
        f[k] = f[k - 1u] + f[(in[I] >> k & 1u) ? k - 2u : 0u];
    PUT_LONG(I, f[19]);
}
KERNEL(state_machine)
{
    uint state = 0, seen = 0;
    for (uint k = 0; k < 32u; k++) {
        uint bit = in[I] >> k & 1u;
        state = state == 0 ? bit : state == 1u ? (bit ? 1u : 2u) : bit ? 3u : 0u;
        if (state == 3u) { seen++; state = 1; }
    }
    out[I] = seen;
}
KERNEL(ackermann_by_stack)
{
    uint stack[64], top = 1, b = in[I] % 5u;
    stack[0] = in[I] / 8u % 3u;
    while (top) {
        uint a = stack[--top];
        if (!a) b++;
        else if (!b) { stack[top++] = a - 1u; b = 1; }
        else { stack[top++] = a - 1u; stack[top++] = a; b--; }
    }
    out[I] = b;
}
