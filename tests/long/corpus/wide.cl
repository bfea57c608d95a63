// 64 bits: integers and double precision
#define PUT_DOUBLE(i, d) do { ulong bits_ = as_ulong(d); PUT_LONG(i, bits_); } while (0)
KERNEL(long_add_multiply) { ulong v = LONG(I) * LONG(n - 1u - I) + LONG(I); PUT_LONG(I, v); }
KERNEL(long_divide) { ulong v = LONG(I) / (LONG(n - 1u - I) >> (I & 63u) | 1u); PUT_LONG(I, v); }
KERNEL(long_remainder) { ulong v = (ulong)((long)LONG(I) % (long)(LONG(n - 1u - I) >> 7 | 1u)); PUT_LONG(I, v); }
KERNEL(long_shifts) { uint s = in[I] & 63u; ulong v = (LONG(I) << s) ^ (LONG(n - 1u - I) >> s) ^ (ulong)((long)LONG(I) >> (s / 2u)); PUT_LONG(I, v); }
KERNEL(long_compare) { ulong a = LONG(I), b = LONG(n - 1u - I); out[I] = (uint)(a < b) | (uint)((long)a < (long)b) << 1 | (uint)(a == b) << 2; }
KERNEL(long_mul_high)
{
    ulong a = LONG(I), b = LONG(n - 1u - I), al = a & 0xffffffffu, bl = b & 0xffffffffu;
    ulong mid = (a >> 32) * bl + (al * bl >> 32), low = al * (b >> 32) + (mid & 0xffffffffu);
    ulong v = (a >> 32) * (b >> 32) + (mid >> 32) + (low >> 32);
    PUT_LONG(I, v);
}
KERNEL(splitmix) { ulong z = LONG(I) + 0x9e3779b97f4a7c15ul; z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul; z = (z ^ z >> 27) * 0x94d049bb133111ebul; z ^= z >> 31; PUT_LONG(I, z); }
KERNEL(fnv_hash) { ulong h = 0xcbf29ce484222325ul; for (uint k = 0; k < 8u; k++) h = (h ^ (in[(I + k) % n] & 255u)) * 0x100000001b3ul; PUT_LONG(I, h); }
KERNEL(modular_power)
{
    ulong base = in[I], power = 1, m = 1000000007ul;
    for (uint e = in[I + n] & 0xfffffu; e; e >>= 1) {
        if (e & 1u)
            power = power * (base % m) % m;
        base = (base % m) * (base % m) % m;
    }
    out[I] = (uint)power;
}
KERNEL(double_arithmetic) { double d = (DOUBLE(in[I]) + 0.1) * DOUBLE(in[I + n]) - DOUBLE(in[I + 2 * n]); PUT_DOUBLE(I, d); }
KERNEL(double_fused) { double d = fma(DOUBLE(in[I]), DOUBLE(in[I + n]), DOUBLE(in[I + 2 * n]) * 0.1); PUT_DOUBLE(I, d); }
KERNEL(double_divide) { double d = DOUBLE(in[I]) / (DOUBLE(in[I + n]) + 0.3); PUT_DOUBLE(I, d); }
KERNEL(double_square_root) { double d = sqrt(fabs(DOUBLE(in[I]))); PUT_DOUBLE(I, d); }
KERNEL(double_convert) { double d = DOUBLE(in[I]); out[I] = as_uint((float)d); out[I + n] = (uint)(int)d; out[I + 2 * n] = (uint)fabs(d); }
KERNEL(double_rounding) { double d = floor(DOUBLE(in[I])) + 0.5 * ceil(DOUBLE(in[I + n])) + 0.25 * rint(DOUBLE(in[I + 2 * n])); PUT_DOUBLE(I, d); }
KERNEL(double_from_long) { double d = (double)(long)LONG(I); PUT_DOUBLE(I, d); }
KERNEL(double_series) { double d = 0; for (uint k = 1; k < 30u; k++) d += 1.0 / ((double)k * (double)k + fabs(DOUBLE(in[I]))); PUT_DOUBLE(I, d); }
