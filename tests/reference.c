/*
 * reference.c - what the kernels of tests/kernels/ must compute, in plain C.
 *
 * usage: reference KERNEL DIR
 * Writes DIR/in0, in1, ... (the buffers before) and DIR/want (the result buffer after). Sizes are fixed here
 * and in mount/kernels.sh. Every value is chosen so that the result is exact, or the kernel forbids
 * contraction and the same operations are done here in the same order (compiled with -ffp-contract=off).
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *dir;
static uint32_t seed = 2463534242u;

static uint32_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static void save(const char *name, const void *bytes, size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void vector_add(void)
{
    enum { N = 100000 };
    static float a[N], b[N], c[N];

    for (int i = 0; i < N; i++) {
        a[i] = (float)rnd() / 65536 - 20000;
        b[i] = (float)rnd() / 1048576;
        c[i] = a[i] + b[i];
    }
    save("in0", a, sizeof a);
    save("in1", b, sizeof b);
    save("want", c, sizeof c);
}

static void saxpy(void)
{
    enum { N = 5000 };
    static float x[N], y[N];

    for (int i = 0; i < N; i++) {
        x[i] = (float)(int32_t)rnd() / 1024;
        y[i] = (float)(int32_t)rnd() / 65536;
    }
    save("in0", x, sizeof x);
    save("in1", y, sizeof y);
    for (int i = 0; i < N; i++)
        y[i] = fmaf(-1.7f, x[i], y[i]);
    save("want", y, sizeof y);
}

static void daxpy(void)
{
    enum { N = 5000 };
    static double x[N], y[N];

    for (int i = 0; i < N; i++) {
        x[i] = (double)(int32_t)rnd() / 3;
        y[i] = (double)(int32_t)rnd() * 1e-5;
    }
    save("in0", x, sizeof x);
    save("in1", y, sizeof y);
    for (int i = 0; i < N; i++)
        y[i] = fma(2.5e-3, x[i], y[i]);
    save("want", y, sizeof y);
}

static void transpose(void)
{
    enum { W = 100, H = 70 };
    static uint32_t in[H][W], out[W][H];

    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            out[x][y] = in[y][x] = rnd();
    save("in0", in, sizeof in);
    save("want", out, sizeof out);
}

static void reduce(void)
{
    enum { N = 10000, GROUP = 256 };
    static uint32_t in[N], sums[(N + GROUP - 1) / GROUP];

    for (int i = 0; i < N; i++)
        sums[i / GROUP] += in[i] = rnd();
    save("in0", in, sizeof in);
    save("want", sums, sizeof sums);
}

static void histogram(void)
{
    enum { N = 200001 };
    static uint8_t in[N];
    static uint32_t bins[256];

    for (int i = 0; i < N; i++)
        bins[in[i] = (uint8_t)((rnd() & rnd()) >> 5)]++;
    save("in0", in, sizeof in);
    save("want", bins, sizeof bins);
}

static void matmul(void)
{
    enum { N = 50 };
    static float a[N][N], b[N][N], c[N][N];

    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (float)(rnd() % 200) - 100; /* sums stay below 2^24: exact in any order */
            b[i][j] = (float)(rnd() % 200) / 8 - 12;
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++)
                c[i][j] += a[i][k] * b[k][j];
    save("in0", a, sizeof a);
    save("in1", b, sizeof b);
    save("want", c, sizeof c);
}

static void mandelbrot(void)
{
    enum { W = 96, H = 64, LIMIT = 300 };
    static uint16_t out[H][W];

    for (int py = 0; py < H; py++)
        for (int px = 0; px < W; px++) {
            float cx = -2.25f + (float)px * 0.03125f, cy = -1.0f + (float)py * 0.03125f, x = 0, y = 0;
            int i = 0;
            while (i < LIMIT && x * x + y * y <= 4.0f) {
                float t = x * x - y * y + cx;
                y = 2.0f * x * y + cy;
                x = t;
                i++;
            }
            out[py][px] = (uint16_t)i;
        }
    save("want", out, sizeof out);
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void private_sort(void)
{
    enum { ITEMS = 70, N = 128 };
    static uint32_t data[ITEMS][N];

    for (int i = 0; i < ITEMS; i++)
        for (int j = 0; j < N; j++)
            data[i][j] = rnd();
    save("in0", data, sizeof data);
    for (int i = 0; i < ITEMS; i++)
        qsort(data[i], N, sizeof data[i][0], compare);
    save("want", data, sizeof data);
}

struct plane {
    float normal[3];
    float offset;
    uint8_t flags;
    double scale;
    int16_t bias[5];
};

static void distances(void)
{
    enum { N = 1000 };
    static float points[N][3];
    static double out[N];
    struct plane p;

    memset(&p, 0, sizeof p);
    p.normal[0] = 0.5f, p.normal[1] = -2, p.normal[2] = 4, p.offset = 1.25f, p.flags = 1, p.scale = 0.0625;
    for (int k = 0; k < 5; k++)
        p.bias[k] = (int16_t)(k * 1000 - 1500);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++)
            points[i][k] = (float)((int)(rnd() % 4096) - 2048) / 16;
        float d = points[i][0] * 0.5f + points[i][1] * -2 + points[i][2] * 4 - 1.25f; /* exact */
        out[i] = -(double)d * 0.0625 + 2500 + -7 + 1e12;
    }
    save("struct", &p, sizeof p);
    save("in0", points, sizeof points);
    save("want", out, sizeof out);
}

/* The grid of workitem and hidden: the last groups of x and of y are partial. */
static const uint32_t grid[3] = {20, 6, 3}, group[3] = {8, 4, 1};

static void workitem(void)
{
    enum { WORDS = 21 };
    static uint32_t out[3 * 6 * 20][WORDS];

    for (uint32_t i = 0; i < 3 * 6 * 20; i++) {
        const uint32_t id[3] = {i % 20, i / 20 % 6, i / 120};
        for (int d = 0; d < 3; d++) {
            out[i][d] = id[d];
            out[i][3 + d] = id[d] % group[d];
            out[i][6 + d] = id[d] / group[d];
            out[i][9 + d] = grid[d];
            out[i][12 + d] = group[d];
            out[i][15 + d] = (grid[d] + group[d] - 1) / group[d];
        }
    }
    save("want", out, sizeof out);
}

static void hidden(void)
{
    enum { WORDS = 21 };
    static uint32_t out[3 * 6 * 20][WORDS];

    for (uint32_t i = 0; i < 3 * 6 * 20; i++) {
        const uint32_t id[3] = {i % 20, i / 20 % 6, i / 120};
        for (int d = 0; d < 3; d++) {
            out[i][d] = id[d];
            out[i][3 + d] = grid[d];
            out[i][6 + d] = group[d];
            out[i][9 + d] = grid[d] / group[d];
            out[i][12 + d] = grid[d] % group[d];
        }
        out[i][18] = out[i][19] = 3;
        out[i][20] = grid[0];
    }
    save("want", out, sizeof out);
}

static const struct {
    const char *name;
    void (*run)(void);
} kernels[] = {{"vector_add", vector_add}, {"saxpy", saxpy},           {"daxpy", daxpy},
               {"transpose", transpose},   {"reduce", reduce},         {"histogram", histogram},
               {"matmul", matmul},         {"mandelbrot", mandelbrot}, {"private_sort", private_sort},
               {"distances", distances},   {"workitem", workitem},     {"hidden", hidden}};

int main(int argc, char **argv)
{
    dir = argc == 3 ? argv[2] : NULL;
    for (size_t i = 0; dir != NULL && i < sizeof kernels / sizeof *kernels; i++)
        if (strcmp(kernels[i].name, argv[1]) == 0) {
            kernels[i].run();
            return 0;
        }
    fprintf(stderr, "usage: reference KERNEL DIR\n");
    return 2;
}
