// Integers of 8 to 32 bits, bit tricks, vectors of four
KERNEL(add_sub_mul) { out[I] = (in[I] + in[I + n]) * (in[I + 2 * n] - 77u); }
KERNEL(divide_unsigned) { out[I] = in[I] / ((in[I + n] >> (I & 31u)) | 1u); }
KERNEL(remainder_unsigned) { out[I] = in[I] % ((in[I + n] >> (I & 31u)) | 1u); }
KERNEL(divide_signed) { out[I] = (uint)((int)in[I] / (int)((in[I + n] >> 9) | 1u)); }
KERNEL(remainder_signed) { out[I] = (uint)((int)in[I] % (int)((in[I + n] >> 5) | 1u)); }
KERNEL(divide_by_constants) { out[I] = in[I] / 7u + in[I] / 10u + in[I] / 641u + (uint)((int)in[I] / -3); }
KERNEL(multiply_high) { out[I] = mul_hi(in[I], in[I + n]); }
KERNEL(shifts)
{
    uint s = in[I + n] & 31u;
    out[I] = in[I] << s;
    out[I + n] = in[I] >> s;
    out[I + 2 * n] = (uint)((int)in[I] >> s);
}
KERNEL(rotates) { out[I] = rotate(in[I], in[I + n] & 31u) ^ rotate(in[I], 13u); }
KERNEL(population_count) { out[I] = popcount(in[I]) + 64u * popcount(in[I] & in[I + n]); }
KERNEL(leading_zeros) { out[I] = clz(in[I] >> (I & 31u)); }
KERNEL(reverse_bits)
{
    uint x = in[I];
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;
    out[I] = x >> 16 | x << 16;
}
KERNEL(swap_bytes) { out[I] = in[I] >> 24 | (in[I] >> 8 & 0xff00u) | (in[I] << 8 & 0xff0000u) | in[I] << 24; }
KERNEL(select_bits) { out[I] = bitselect(in[I], in[I + n], in[I + 2 * n]); }
KERNEL(min_max_unsigned) { out[I] = min(in[I], in[I + n]) ^ max(in[I + n], in[I + 2 * n]); }
KERNEL(min_max_signed)
{
    int a = (int)in[I], b = (int)in[I + n];
    out[I] = (uint)(a < b ? a : b);
    out[I + n] = (uint)(a > b ? a : b);
}
KERNEL(median_of_three) { out[I] = max(min(in[I], in[I + n]), min(max(in[I], in[I + n]), in[I + 2 * n])); }
KERNEL(add_saturating) { out[I] = add_sat(in[I], in[I + n]); }
KERNEL(subtract_saturating) { out[I] = sub_sat(in[I], in[I + n]); }
KERNEL(absolute_difference) { out[I] = abs_diff(in[I], in[I + n]); }
KERNEL(halving_add) { out[I] = hadd(in[I], in[I + n]) ^ rhadd(in[I + n], in[I + 2 * n]); }
KERNEL(multiply_24_bits) { out[I] = (in[I] & 0xffffffu) * (in[I + n] & 0xffffffu) + in[I + 2 * n]; }
KERNEL(gray_code)
{
    uint x = in[I] ^ in[I] >> 1, y = x;
    for (uint s = 1; s < 32u; s *= 2u)
        y ^= y >> s;
    out[I] = x;
    out[I + n] = y;
}
KERNEL(morton_code)
{
    uint x = in[I] & 0xffffu;
    x = (x | x << 8) & 0x00ff00ffu;
    x = (x | x << 4) & 0x0f0f0f0fu;
    x = (x | x << 2) & 0x33333333u;
    out[I] = (x | x << 1) & 0x55555555u;
}
KERNEL(parity) { uint x = in[I]; for (uint s = 16; s; s /= 2u) x ^= x >> s; out[I] = x & 1u; }
KERNEL(bit_fields) { uint w = in[I]; out[I] = (w >> 3 & 0x1fu) | (w >> 17 & 0x3ffu) << 7 | (uint)((int)(w << 9) >> 22); }
KERNEL(bytes_signed)
{
    char c = (char)(in[I] & 0x7fu), d = (char)(-(int)(in[I] >> 8 & 0x7fu));
    out[I] = (uint)(c * d) + (uint)(short)(in[I] >> 16 & 0x7fffu);
}
KERNEL(bytes_in_memory)
{
    global const uchar *bytes = (global const uchar *)in;
    global uchar *to = (global uchar *)out;
    for (uint k = 0; k < 4u; k++)
        to[I * 4u + k] = (uchar)(bytes[(n - 1u - I) * 4u + k] + 3u * k);
}
KERNEL(shorts_in_memory)
{
    global const ushort *from = (global const ushort *)in;
    ((global ushort *)out)[I] = (ushort)(from[I] * 3u + from[2u * n - 1u - I]);
}
KERNEL(dot_of_bytes)
{
    uint sum = in[I + 2 * n];
    for (uint k = 0; k < 32u; k += 8u)
        sum += (in[I] >> k & 255u) * (in[I + n] >> k & 255u);
    out[I] = sum;
}
KERNEL(sum_of_absolute_differences)
{
    uint sum = 0;
    for (uint k = 0; k < 32u; k += 8u)
        sum += abs_diff(in[I] >> k & 255u, in[I + n] >> k & 255u);
    out[I] = sum;
}
KERNEL(packed_16_bits)
{
    uint a = in[I], b = in[I + n];
    out[I] = ((a + b) & 0xffffu) | ((a >> 16) + (b >> 16)) << 16;
    out[I + n] = ((a * b) & 0xffffu) | ((a >> 16) * (b >> 16)) << 16;
}
KERNEL(vector_arithmetic)
{
    uint4 a = U4(in[I], in[I + n], in[I + 2 * n], in[I + 3 * n]), b = U4(1, I, n, 7);
    a = a * b + (a >> b % 31u) ^ (b - a);
    for (uint k = 0; k < 4u; k++)
        out[I * 4u + k] = a[k];
}
KERNEL(vector_memory)
{
    uint4 v = ((global const uint4 *)in)[n - 1u - I];
    ((global uint4 *)out)[I] = U4(v[3], v[1], v[0], v[2] + 1u);
}
KERNEL(vector_dynamic_index)
{
    uint4 v = ((global const uint4 *)in)[I];
    out[I] = v[in[(I + 1u) % n] & 3u];
}
KERNEL(carry_chain)
{
    uint carry = 0;
    for (uint k = 0; k < 4u; k++) {
        uint a = in[I * 4u + k], b = in[(n - 1u - I) * 4u + k], s = a + b, t = s + carry;
        carry = (uint)(s < a) | (uint)(t < s);
        out[I * 4u + k] = t;
    }
}
