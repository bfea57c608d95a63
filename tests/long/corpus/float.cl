// Half and single precision: to the bit, but for what is NEAR
KERNEL(float_arithmetic) { out[I] = as_uint((FLOAT(in[I]) + FLOAT(in[I + n])) * FLOAT(in[I + 2 * n]) - 0.1f); }
KERNEL(float_fused) { out[I] = as_uint(fma(FLOAT(in[I]), FLOAT(in[I + n]), FLOAT(in[I + 2 * n]))); }
KERNEL(float_divide) { out[I] = as_uint(FLOAT(in[I]) / (FLOAT(in[I + n]) + 0.00001f)); }
KERNEL(float_square_root) { out[I] = as_uint(sqrt(fabs(FLOAT(in[I])))); }
KERNEL(float_rounding)
{
    float x = FLOAT(in[I]) * 0.01f;
    out[I] = as_uint(floor(x));
    out[I + n] = as_uint(ceil(x));
    out[I + 2 * n] = as_uint(trunc(x));
    out[I + 3 * n] = as_uint(rint(x));
}
KERNEL(float_min_max) { out[I] = as_uint(fmin(FLOAT(in[I]), fmax(FLOAT(in[I + n]), FLOAT(in[I + 2 * n])))); }
KERNEL(float_compare)
{
    float a = as_float(in[I]), b = as_float(in[I + n]); // NaNs, infinities and denormals are among them
    if (I % 5u == 0)
        b = a;
    out[I] = (uint)(a < b) | (uint)(a <= b) << 1 | (uint)(a == b) << 2 | (uint)(a != b) << 3 | (uint)(a >= b) << 4 |
             (uint)(a > b) << 5;
}
KERNEL(float_from_integers) { out[I] = as_uint((float)in[I]); out[I + n] = as_uint((float)(int)in[I]); out[I + 2 * n] = as_uint((float)(in[I] & 255u)); }
KERNEL(float_to_integers) { out[I] = (uint)(int)FLOAT(in[I]); out[I + n] = (uint)fabs(FLOAT(in[I]) * 1000.0f); }
KERNEL(float_denormals) { out[I] = as_uint(as_float(in[I] & 0x807fffffu) + as_float(in[I + n] & 0x80ffffffu)); }
KERNEL(float_scale) { out[I] = as_uint(ldexp(FLOAT(in[I]), (int)(in[I + n] & 127u) - 64)); }
KERNEL(float_copysign) { out[I] = as_uint(copysign(FLOAT(in[I]), FLOAT(in[I + n]))); }
KERNEL(float_horner)
{
    float x = FLOAT(in[I]) * 0x1p-11f, sum = 0;
    for (uint k = 0; k < 12u; k++)
        sum = sum * x + (float)k;
    out[I] = as_uint(sum);
}
KERNEL(float_vectors)
{
    float4 a = F4(FLOAT(in[I]), FLOAT(in[I + n]), 1.0f, 2.0f), b = a * a + a;
    for (uint k = 0; k < 4u; k++)
        out[I * 4u + k] = as_uint(b[k]);
}
KERNEL(complex_multiply)
{
    float a = FLOAT(in[I]), b = FLOAT(in[I + n]), c = FLOAT(in[I + 2 * n]), d = FLOAT(in[I + 3 * n]);
    out[I] = as_uint(a * c - b * d);
    out[I + n] = as_uint(a * d + b * c);
}
KERNEL(newton_root)
{
    float x = fabs(FLOAT(in[I])) + 1.0f, y = x;
    for (uint k = 0; k < 8u; k++)
        y = 0.5f * (y + x / y);
    out[I] = as_uint(y);
}
KERNEL(logistic_map)
{
    float x = (float)(in[I] >> 8) * 0x1p-24f;
    for (uint k = 0; k < 50u; k++)
        x = 3.7f * x * (1.0f - x);
    out[I] = as_uint(x);
}
KERNEL(half_add) { out[I] = HALF(+, HALF_OF(FLOAT(in[I])), HALF_OF(FLOAT(in[I + n]))); }
KERNEL(half_multiply) { out[I] = HALF(*, HALF_OF(FLOAT(in[I]) * 0.01f), HALF_OF(FLOAT(in[I + n]) * 0.01f)); }
KERNEL(half_subtract_small) { out[I] = HALF(-, in[I] & 0x87ffu, in[I + n] & 0x87ffu); }
KERNEL(half_convert) { out[I] = as_uint(FLOAT_OF(in[I] & 0x7bffu)) ^ HALF_OF(FLOAT(in[I]) * 0x1p-20f); }
KERNEL(half_compare) { out[I] = (uint)HALF_LESS(in[I] & 0xbbffu, in[I + n] & 0xbbffu); }
KERNEL(half_sum)
{
    uint sum = 0;
    for (uint k = 0; k < 16u; k++)
        sum = HALF(+, sum, HALF_OF(FLOAT(in[(I + k) % n]) * 0.01f));
    out[I] = sum;
}
NEAR(sines) { out[I] = as_uint(2.0f + sin(FLOAT(in[I]))); }
NEAR(cosines) { out[I] = as_uint(2.0f + cos(FLOAT(in[I]) * 0.01f)); }
NEAR(exponentials) { out[I] = as_uint(exp(FLOAT(in[I]) * 0.01f)); out[I + n] = as_uint(exp2(FLOAT(in[I + n]) * 0.01f)); }
NEAR(logarithms) { out[I] = as_uint(5.0f + log2(fabs(FLOAT(in[I])) + 1.0f)); }
NEAR(powers) { out[I] = as_uint(pow(fabs(FLOAT(in[I])) + 0.5f, 1.7f)); }
NEAR(arc_tangents) { out[I] = as_uint(5.0f + atan2(FLOAT(in[I]), FLOAT(in[I + n]))); }
NEAR(hyperbolic) { out[I] = as_uint(2.0f + tanh(FLOAT(in[I]) * 0.001f)); }
NEAR(cube_roots) { out[I] = as_uint(cbrt(FLOAT(in[I]))); }
NEAR(hypotenuses) { out[I] = as_uint(hypot(FLOAT(in[I]), FLOAT(in[I + n]))); }
