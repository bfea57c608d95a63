/*
 * prelude.h - comes before the text of a suite's file, on both sides: no contraction of products and sums,
 * and printf() as words in memory that can be compared.
 *
 * Each work-item notes the line of every printf() it reaches and the values it would print. PRINTED is how
 * many work-items there may be; what a work-item notes beyond PRINTED_WORDS is only counted.
 */
#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#ifdef PRINTED
enum { PRINTED_WORDS = 255 };
typedef struct {
    uint n;
    uint word[PRINTED_WORDS];
} printed_item;
global printed_item printed[PRINTED];

static size_t printed_index(void)
{
    return get_global_id(0) + get_global_size(0) * (get_global_id(1) + get_global_size(1) * get_global_id(2));
}

static void printed_word(uint word)
{
    global printed_item *to = &printed[printed_index()];
    if (to->n < PRINTED_WORDS)
        to->word[to->n] = word;
    to->n++;
}

#define PRINTED_AS static void __attribute__((overloadable)) printed_value
#define PRINTED_VECTORS(type)                     \
    PRINTED_AS(type##2 x)                         \
    {                                             \
        printed_value(x.x), printed_value(x.y);   \
    }                                             \
    PRINTED_AS(type##3 x)                         \
    {                                             \
        printed_value(x.xy), printed_value(x.z);  \
    }                                             \
    PRINTED_AS(type##4 x)                         \
    {                                             \
        printed_value(x.lo), printed_value(x.hi); \
    }                                             \
    PRINTED_AS(type##8 x)                         \
    {                                             \
        printed_value(x.lo), printed_value(x.hi); \
    }                                             \
    PRINTED_AS(type##16 x)                        \
    {                                             \
        printed_value(x.lo), printed_value(x.hi); \
    }
#define PRINTED_TYPE(type, ...) \
    PRINTED_AS(type x)          \
    {                           \
        __VA_ARGS__;            \
    }                           \
    PRINTED_VECTORS(type)
PRINTED_TYPE(char, printed_word((uint)x))
PRINTED_TYPE(uchar, printed_word(x))
PRINTED_TYPE(short, printed_word((uint)x))
PRINTED_TYPE(ushort, printed_word(x))
PRINTED_TYPE(int, printed_word((uint)x))
PRINTED_TYPE(uint, printed_word(x))
PRINTED_TYPE(long, printed_word((uint)x), printed_word((uint)(x >> 32)))
PRINTED_TYPE(ulong, printed_word((uint)x), printed_word((uint)(x >> 32)))
PRINTED_TYPE(float, printed_word(isnan(x) ? 0x7fc00000 : as_uint(x)))
#ifdef cl_khr_fp64
PRINTED_TYPE(double, printed_value(isnan(x) ? 0x7ff8000000000000 : as_long(x)))
#endif
PRINTED_AS(constant const char *x)
{
    while (*x)
        printed_word((uchar)*x++);
}
PRINTED_AS(const char *x)
{
    while (*x)
        printed_word((uchar)*x++);
}

#define PRINTED_1(x)
#define PRINTED_2(f, x)                                    , printed_value(x)
#define PRINTED_3(f, x, ...)                               , printed_value(x) PRINTED_2(f, __VA_ARGS__)
#define PRINTED_4(f, x, ...)                               , printed_value(x) PRINTED_3(f, __VA_ARGS__)
#define PRINTED_5(f, x, ...)                               , printed_value(x) PRINTED_4(f, __VA_ARGS__)
#define PRINTED_6(f, x, ...)                               , printed_value(x) PRINTED_5(f, __VA_ARGS__)
#define PRINTED_7(f, x, ...)                               , printed_value(x) PRINTED_6(f, __VA_ARGS__)
#define PRINTED_8(f, x, ...)                               , printed_value(x) PRINTED_7(f, __VA_ARGS__)
#define PRINTED_9(f, x, ...)                               , printed_value(x) PRINTED_8(f, __VA_ARGS__)
#define PRINTED_10(f, x, ...)                              , printed_value(x) PRINTED_9(f, __VA_ARGS__)
#define PRINTED_N(n, ...)                                  PRINTED_##n(__VA_ARGS__)
#define PRINTED_PICK(a, b, c, d, e, f, g, h, i, j, n, ...) n
#define PRINTED_COUNT(...)                                 PRINTED_PICK(__VA_ARGS__, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define PRINTED_CALL(n, ...)                               PRINTED_N(n, __VA_ARGS__)
#define printf(...)                                        (printed_word(__LINE__) PRINTED_CALL(PRINTED_COUNT(__VA_ARGS__), __VA_ARGS__), 0)

#define PRINTED_KERNEL(name)                                                     \
    kernel void printed_##name(global printed_item *out)                         \
    {                                                                            \
        printed[printed_index()].n = 0;                                          \
        name();                                                                  \
        out[printed_index()].n = printed[printed_index()].n;                     \
        for (uint i = 0; i < PRINTED_WORDS; i++)                                 \
            if (i < printed[printed_index()].n)                                  \
                out[printed_index()].word[i] = printed[printed_index()].word[i]; \
    }
#else
#define printf(...) 0
#endif
