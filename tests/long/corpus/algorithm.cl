// Whole algorithms
KERNEL(crc32)
{
    uint crc = ~0u;
    for (uint k = 0; k < 4u; k++) {
        crc ^= in[I * 4u + k];
        for (uint b = 0; b < 32u; b++)
            crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
    }
    out[I] = ~crc;
}
KERNEL(adler32) { uint a = 1, b = 0; for (uint k = 0; k < 64u; k++) { a = (a + (in[(I + k / 4u) % n] >> k % 4u * 8u & 255u)) % 65521u; b = (b + a) % 65521u; } out[I] = b << 16 | a; }
KERNEL(murmur_finish) { uint h = in[I]; h ^= h >> 16; h *= 0x85ebca6bu; h ^= h >> 13; h *= 0xc2b2ae35u; out[I] = h ^ h >> 16; }
KERNEL(xorshift) { uint x = in[I] | 1u; for (uint k = 0; k < 100u; k++) { x ^= x << 13; x ^= x >> 17; x ^= x << 5; } out[I] = x; }
KERNEL(permuted_congruential) { ulong s = LONG(I); uint r = 0; for (uint k = 0; k < 20u; k++) { uint x = (uint)((s >> 18 ^ s) >> 27); r += rotate(x, 32u - (uint)(s >> 59) & 31u); s = s * 6364136223846793005ul + 1442695040888963407ul; } out[I] = r; }
KERNEL(sha256)
{
    const uint first[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    uint w[64], h[8], key = 0x428a2f98u;
    for (uint k = 0; k < 16u; k++)
        w[k] = in[(I + k * 61u) % (4u * n)];
    for (uint k = 16; k < 64u; k++) {
        uint a = w[k - 15u], b = w[k - 2u];
        w[k] = w[k - 16u] + w[k - 7u] + (rotate(a, 25u) ^ rotate(a, 14u) ^ a >> 3) + (rotate(b, 15u) ^ rotate(b, 13u) ^ b >> 10);
    }
    for (uint k = 0; k < 8u; k++)
        h[k] = first[k];
    for (uint k = 0; k < 64u; k++) { // the rounds of SHA-256, their constants by a generator
        uint t = h[7] + (rotate(h[4], 26u) ^ rotate(h[4], 21u) ^ rotate(h[4], 7u)) + bitselect(h[6], h[5], h[4]) + key + w[k];
        uint u = (rotate(h[0], 30u) ^ rotate(h[0], 19u) ^ rotate(h[0], 10u)) + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));
        for (uint j = 7; j; j--)
            h[j] = h[j - 1u];
        h[4] += t;
        h[0] = t + u;
        key = key * 1664525u + 1013904223u;
    }
    for (uint k = 0; k < 4u; k++)
        out[I * 4u + k] = h[k] + first[k] + h[k + 4u];
}
KERNEL(chacha_rounds)
{
    uint a = in[I], b = in[I + n], c = in[I + 2 * n], d = in[I + 3 * n];
    for (uint k = 0; k < 10u; k++) {
        a += b; d = rotate(d ^ a, 16u); c += d; b = rotate(b ^ c, 12u);
        a += b; d = rotate(d ^ a, 8u); c += d; b = rotate(b ^ c, 7u);
    }
    out[I] = a; out[I + n] = b; out[I + 2 * n] = c; out[I + 3 * n] = d;
}
KERNEL(tiny_encryption) { uint v = in[I], w = in[I + n], s = 0; for (uint k = 0; k < 32u; k++) { s += 0x9e3779b9u; v += ((w << 4) + 1u) ^ (w + s) ^ ((w >> 5) + 2u); w += ((v << 4) + 3u) ^ (v + s) ^ ((v >> 5) + 4u); } out[I] = v; out[I + n] = w; }
KERNEL(string_search)
{
    global const uchar *text = (global const uchar *)in;
    uint best = 0;
    for (uint at = 0; at + 4u < 200u; at++) {
        uint k = 0;
        while (k < 4u && (text[at + k] & 3u) == (in[I] >> (2u * k) & 3u))
            k++;
        best = max(best, k << 8 | (255u - at));
    }
    out[I] = best;
}
KERNEL(edit_distance)
{
    uint row[9];
    for (uint k = 0; k < 9u; k++)
        row[k] = k;
    for (uint i = 0; i < 8u; i++) {
        uint corner = row[0];
        row[0] = i + 1u;
        for (uint k = 1; k < 9u; k++) {
            uint cost = (uint)((in[I] >> 2u * i & 3u) != (in[I + n] >> 2u * k & 3u));
            uint v = min(corner + cost, min(row[k], row[k - 1u]) + 1u);
            corner = row[k];
            row[k] = v;
        }
    }
    out[I] = row[8];
}
KERNEL(convolution) { uint sum = 0; for (uint k = 0; k < 9u; k++) sum += in[(I + k) % n] * (k * k + 1u); out[I] = sum; }
KERNEL(stencil_in_plane)
{
    uint x = I % 16u, y = I / 16u;
    float sum = -4.0f * FLOAT(in[I]);
    sum += x ? FLOAT(in[I - 1u]) : 0.0f;
    sum += x < 15u ? FLOAT(in[I + 1u]) : 0.0f;
    sum += y ? FLOAT(in[I - 16u]) : 0.0f;
    sum += I + 16u < n ? FLOAT(in[I + 16u]) : 0.0f;
    out[I] = as_uint(sum);
}
KERNEL(n_body)
{
    float x = FLOAT(in[I]), y = FLOAT(in[I + n]), fx = 0, fy = 0;
    for (uint k = 0; k < 64u; k++) {
        float dx = FLOAT(in[k]) - x, dy = FLOAT(in[k + n]) - y, r = dx * dx + dy * dy + 1.0f, s = 1.0f / (r * sqrt(r));
        fx += dx * s;
        fy += dy * s;
    }
    out[I] = as_uint(fx);
    out[I + n] = as_uint(fy);
}
KERNEL(fixed_mandelbrot)
{
    int cx = (int)(in[I] % 12288u) - 8192, cy = (int)(in[I + n] % 8192u) - 4096, x = 0, y = 0;
    uint k = 0;
    for (; k < 100u && x * x + y * y < 4 * 4096 * 4096; k++) {
        int t = (x * x - y * y) / 4096 + cx;
        y = x * y / 2048 + cy;
        x = t;
    }
    out[I] = k;
}
KERNEL(sorting_network)
{
    uint a = in[I], b = in[I + n], c = in[I + 2 * n], d = in[I + 3 * n], t;
    t = min(a, b); b = max(a, b); a = t;
    t = min(c, d); d = max(c, d); c = t;
    t = min(a, c); c = max(a, c); a = t;
    t = min(b, d); d = max(b, d); b = t;
    t = min(b, c); c = max(b, c); b = t;
    out[I] = a; out[I + n] = b; out[I + 2 * n] = c; out[I + 3 * n] = d;
}
KERNEL(matrix_inverse)
{
    float a = FLOAT(in[I]), b = FLOAT(in[I + n]), c = FLOAT(in[I + 2 * n]), d = FLOAT(in[I + 3 * n]), det = a * d - b * c;
    out[I] = as_uint(d / det); out[I + n] = as_uint(-b / det); out[I + 2 * n] = as_uint(-c / det); out[I + 3 * n] = as_uint(a / det);
}
KERNEL(queens) // how many ways to place six, the first row given
{
    uint used[6], row = 1, ways = 0, k = 0;
    used[0] = in[I] % 6u;
    while (row) {
        uint ok = (uint)(k < 6u);
        for (uint j = 0; ok && j < row; j++)
            if (used[j] == k || abs_diff(used[j], k) == row - j)
                ok = 0;
        if (ok && row == 5u) { ways++; k++; }
        else if (ok) { used[row++] = k; k = 0; }
        else if (k < 6u) k++;
        else { row--; k = used[row] + 1u; }
    }
    out[I] = ways;
}
