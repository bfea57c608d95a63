/*
 * compile_rows.c - results of vector instructions from their sources, by the rows of compile_vector.def.
 */
#include "compile_vector.h"

/* ---- integers ---- */

#define A           (x->src[0].low)
#define SB          (x->src[1].low)
#define SC          (x->src[2].low)
#define AND(a, b)   B(c, And, a, b)
#define OR(a, b)    B(c, Or, a, b)
#define XOR(a, b)   B(c, Xor, a, b)
#define ADD(a, b)   B(c, Add, a, b)
#define SUB(a, b)   B(c, Sub, a, b)
#define MUL(a, b)   B(c, Mul, a, b)
#define SHL(a, b)   B(c, Shl, a, AND(b, compile_each32(c, 31)))
#define SHR(a, b)   B(c, LShr, a, AND(b, compile_each32(c, 31)))
#define SAR(a, b)   B(c, AShr, a, AND(b, compile_each32(c, 31)))
#define BITS24(a)   AND(a, compile_each32(c, 0xffffff))
#define SIGNED24(a) B(c, AShr, B(c, Shl, a, compile_each32(c, 8)), compile_each32(c, 8))

static LLVMValueRef extreme(struct compile *c, int predicate, LLVMValueRef a, LLVMValueRef b)
{
    return compile_choose(c, B(c, ICmp, predicate, a, b), a, b);
}
#define MIN(a, b)   extreme(c, LLVM_SLT, a, b)
#define MAX(a, b)   extreme(c, LLVM_SGT, a, b)
#define UMIN(a, b)  extreme(c, LLVM_ULT, a, b)
#define UMAX(a, b)  extreme(c, LLVM_UGT, a, b)
#define WITHIN16(a) MAX(MIN(a, compile_each32(c, INT16_MAX)), compile_each32(c, (uint32_t)INT16_MIN))

static LLVMValueRef high_of(struct compile *c, LLVMValueRef a, LLVMValueRef b, bool is_signed)
{
    LLVMValueRef wide = is_signed ? MUL(B(c, SExt, a, c->wide), B(c, SExt, b, c->wide))
                                  : MUL(B(c, ZExt, a, c->wide), B(c, ZExt, b, c->wide));
    return B(c, Trunc, B(c, LShr, wide, compile_each_int(c, c->i64, 32)), c->row);
}

static LLVMValueRef low_bits(struct compile *c, LLVMValueRef n)
{
    LLVMValueRef counted = AND(n, compile_each32(c, 31));
    return SUB(B(c, Shl, compile_each32(c, 1), counted), compile_each32(c, 1));
}

/* n from 0 to 31 bits, sign-extended. */
static LLVMValueRef field_signed(struct compile *c, LLVMValueRef a, LLVMValueRef n)
{
    LLVMValueRef counted = AND(n, compile_each32(c, 31)),
                 none = B(c, ICmp, LLVM_EQ, counted, compile_each32(c, 0));
    LLVMValueRef unused = AND(SUB(compile_each32(c, 32), counted), compile_each32(c, 31));
    return compile_choose(c, none, compile_each32(c, 0), B(c, AShr, B(c, Shl, a, unused), unused));
}

static LLVMValueRef align_bits(struct compile *c, LLVMValueRef a, LLVMValueRef b, LLVMValueRef n)
{
    LLVMValueRef counted = AND(n, compile_each32(c, 31));
    LLVMValueRef high = B(c, Shl, B(c, Shl, a, compile_each32(c, 1)), SUB(compile_each32(c, 31), counted));
    return OR(B(c, LShr, b, counted), high);
}

static LLVMValueRef of_one(struct compile *c, const char *name, LLVMTypeRef type, LLVMValueRef a)
{
    return compile_intrinsic(c, name, &type, 1, &a, 1);
}

static LLVMValueRef count_zeros(struct compile *c, const char *name, LLVMValueRef a)
{
    LLVMValueRef args[] = {a, compile_int(c, c->i1, 0)};
    LLVMValueRef n = compile_intrinsic(c, name, &c->row, 1, args, 2);
    return compile_choose(c, B(c, ICmp, LLVM_EQ, a, compile_each32(c, 0)), compile_each32(c, UINT32_MAX), n);
}

/* A carry whose bits LLVM knows nothing of: where it knows some of them, LLVM 22 may go round for ever (an
 * addition becomes an or, and an addition again). */
static LLVMValueRef carry_row(struct compile *c, LLVMValueRef in)
{
    LLVMTypeRef type = c->l->FunctionType(c->mask_int, &c->mask_int, 1, 0);
    LLVMValueRef same = c->l->GetInlineAsm(type, "", 0, "=r,0", 4, 0, 0, 0, 0),
                 mask = compile_mask_int(c, in);
    return compile_bits_row(c, compile_mask_bits(c, B(c, Call2, type, same, &mask, 1)));
}

/* a + b + carry, or a - b - carry; in NULL: none. */
static void sum(struct vector *x, LLVMValueRef a, LLVMValueRef b, LLVMValueRef in)
{
    struct compile *c = x->c;
    LLVMValueRef first = ADD(a, b), carry = B(c, ICmp, LLVM_ULT, first, a);
    if (in) {
        LLVMValueRef one = carry_row(c, in), second = ADD(first, one);
        carry = OR(carry, B(c, ICmp, LLVM_ULT, second, one));
        first = second;
    }
    x->result = first;
    x->carry = carry;
}

static void difference(struct vector *x, LLVMValueRef a, LLVMValueRef b, LLVMValueRef in)
{
    struct compile *c = x->c;
    LLVMValueRef first = SUB(a, b), borrow = B(c, ICmp, LLVM_ULT, a, b);
    if (in) {
        LLVMValueRef one = carry_row(c, in);
        borrow = OR(borrow, B(c, ICmp, LLVM_ULT, first, one));
        first = SUB(first, one);
    }
    x->result = first;
    x->carry = borrow;
}

enum shift { LEFT, RIGHT, RIGHT_SIGNED };

static void shift_pair(struct vector *x, enum shift kind)
{
    struct compile *c = x->c;
    LLVMValueRef n = B(c, ZExt, AND(A, compile_each32(c, 63)), c->wide),
                 value = compile_wide_of(c, &x->src[1]);
    compile_wide_result(x, kind == LEFT    ? B(c, Shl, value, n)
                           : kind == RIGHT ? B(c, LShr, value, n)
                                           : B(c, AShr, value, n));
}

/* By a constant: no need of 64-bit lanes. */
static void shift_pair_left(struct vector *x)
{
    struct compile *c = x->c;
    const struct isa_operand *o = &x->inst->src[0];
    unsigned n = (unsigned)o->value & 63;
    LLVMValueRef low = x->src[1].low, high = x->src[1].high;
    if (o->kind != ISA_CONST) {
        shift_pair(x, LEFT);
    } else if (n >= 32) {
        x->result = compile_each32(c, 0);
        x->above = B(c, Shl, low, compile_each32(c, n - 32));
    } else if (n == 0) {
        x->result = low;
        x->above = high;
    } else {
        x->result = B(c, Shl, low, compile_each32(c, n));
        x->above = OR(B(c, Shl, high, compile_each32(c, n)), B(c, LShr, low, compile_each32(c, 32 - n)));
    }
}

/* (a << n) + c, n from 0 to 7. */
static void shift_add_pair(struct vector *x)
{
    struct compile *c = x->c;
    LLVMValueRef n = AND(SB, compile_each32(c, 7)), low = B(c, Shl, x->src[0].low, n),
                 high = B(c, Shl, x->src[0].high, n);
    LLVMValueRef over =
        B(c, LShr, B(c, LShr, x->src[0].low, compile_each32(c, 1)), SUB(compile_each32(c, 31), n));
    x->result = ADD(low, x->src[2].low);
    LLVMValueRef carry = B(c, ICmp, LLVM_ULT, x->result, low);
    x->above = ADD(ADD(OR(high, over), x->src[2].high), compile_bits_row(c, carry));
}

static void multiply_add_wide(struct vector *x, bool is_signed)
{
    struct compile *c = x->c;
    LLVMValueRef product = is_signed ? MUL(B(c, SExt, A, c->wide), B(c, SExt, SB, c->wide))
                                     : MUL(B(c, ZExt, A, c->wide), B(c, ZExt, SB, c->wide));
    LLVMValueRef addend = compile_wide_of(c, &x->src[2]), all = ADD(product, addend);
    compile_wide_result(x, all);
    if (!is_signed)
        x->carry = B(c, ICmp, LLVM_ULT, all, addend);
}

/* Bytes 0 to 7 of two registers, the sign of one of their halves, 0, or all ones, as each byte of sel says.
 */
static LLVMValueRef bytes_permuted(struct compile *c, LLVMValueRef a, LLVMValueRef b, LLVMValueRef sel)
{
    LLVMValueRef all = compile_each32(c, 0), three = compile_each32(c, 3);
    for (unsigned i = 0; i < 32; i += 8) {
        LLVMValueRef which = AND(B(c, LShr, sel, compile_each32(c, i)), compile_each32(c, 255));
        LLVMValueRef is_sign = B(c, ICmp, LLVM_UGT, which, compile_each32(c, 7));
        LLVMValueRef second = compile_choose(c, is_sign, compile_each32(c, 2), compile_each32(c, 4));
        LLVMValueRef from =
            compile_choose(c, B(c, ICmp, LLVM_NE, AND(which, second), compile_each32(c, 0)), a, b);
        LLVMValueRef at = compile_choose(
            c, is_sign,
            OR(B(c, Shl, AND(which, compile_each32(c, 1)), compile_each32(c, 4)), compile_each32(c, 15)),
            B(c, Shl, AND(which, three), three));
        LLVMValueRef part = B(c, LShr, from, at),
                     sign = SUB(compile_each32(c, 0), AND(part, compile_each32(c, 1)));
        part = compile_choose(c, is_sign, sign, part);
        part =
            compile_choose(c, B(c, ICmp, LLVM_EQ, which, compile_each32(c, 12)), compile_each32(c, 0), part);
        part = compile_choose(c, B(c, ICmp, LLVM_UGT, which, compile_each32(c, 12)), compile_each32(c, 255),
                              part);
        all = OR(all, B(c, Shl, AND(part, compile_each32(c, 255)), compile_each32(c, i)));
    }
    return all;
}

/* Bit n of the table is the result where the bits of the sources spell n. */
static LLVMValueRef bits_by_table(struct vector *x)
{
    struct compile *c = x->c;
    LLVMValueRef all = compile_each32(c, 0);
    for (unsigned n = 0; n < 8; n++) {
        LLVMValueRef a = n & 4 ? A : B(c, Not, A), b = n & 2 ? SB : B(c, Not, SB),
                     last = n & 1 ? SC : B(c, Not, SC);
        if (x->inst->imm >> n & 1)
            all = OR(all, AND(AND(a, b), last));
    }
    return all;
}

static LLVMValueRef below_lane(struct compile *c, unsigned first)
{
    LLVMValueRef all[64];
    for (unsigned i = 0; i < c->lanes; i++) {
        unsigned n = i < first ? 0 : i - first;
        all[i] = compile_int(c, c->i32, n >= 32 ? UINT32_MAX : (1u << n) - 1);
    }
    return c->l->ConstVector(all, c->lanes);
}

/* ---- floats ---- */

#define FA        compile_floats(c, A)
#define FB        compile_floats(c, SB)
#define FC        compile_floats(c, SC)
#define OLD       compile_floats(c, x->old.low)
#define LAST_IS_K (x->inst->src[2].kind == ISA_CONST)

static LLVMValueRef fused(struct compile *c, LLVMValueRef a, LLVMValueRef b, LLVMValueRef d)
{
    LLVMValueRef args[] = {a, b, d};
    return compile_intrinsic(c, "llvm.fma", &c->floats, 1, args, 3);
}

static LLVMValueRef ones(struct compile *c)
{
    return B(c, BitCast, compile_each32(c, 0x3f800000), c->floats);
}

/* Exact in double, as the row has it. */
static LLVMValueRef root_reciprocal(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef wide = B(c, FPExt, a, c->doubles), root = of_one(c, "llvm.sqrt", c->doubles, wide);
    LLVMValueRef one = B(c, BitCast, compile_each_int(c, c->i64, UINT64_C(0x3ff) << 52), c->doubles);
    return B(c, FPTrunc, B(c, FDiv, one, root), c->floats);
}

static LLVMValueRef byte_float(struct compile *c, LLVMValueRef a, unsigned n)
{
    return B(c, SIToFP, AND(B(c, LShr, a, compile_each32(c, 8 * n)), compile_each32(c, 255)), c->floats);
}

static LLVMValueRef to_integer(struct compile *c, const char *name, LLVMValueRef a)
{
    LLVMTypeRef types[] = {c->row, c->floats};
    return compile_intrinsic(c, name, types, 2, &a, 1);
}

/* Finite and not zero. */
static LLVMValueRef is_scalable(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef size = AND(a, compile_each32(c, 0x7fffffff));
    return B(c, ICmp, LLVM_ULT, SUB(size, compile_each32(c, 1)), compile_each32(c, 0x7f7fffff));
}

/* A denormal number is made a normal one: times 2^24. */
static LLVMValueRef normal_of(struct compile *c, LLVMValueRef a, LLVMValueRef *is_small)
{
    LLVMValueRef by = B(c, BitCast, compile_each32(c, 0x4b800000), c->floats);
    LLVMValueRef moved = compile_row_of(c, B(c, FMul, compile_floats(c, a), by));
    *is_small = B(c, ICmp, LLVM_EQ, AND(a, compile_each32(c, 0x7f800000)), compile_each32(c, 0));
    return compile_choose(c, *is_small, moved, a);
}

/* As frexp() has them. */
static LLVMValueRef exponent_of(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef is_small, normal = normal_of(c, a, &is_small);
    LLVMValueRef exponent = AND(B(c, LShr, normal, compile_each32(c, 23)), compile_each32(c, 255));
    LLVMValueRef bias = compile_choose(c, is_small, compile_each32(c, 150), compile_each32(c, 126));
    return compile_choose(c, is_scalable(c, a), SUB(exponent, bias), compile_each32(c, 0));
}

static LLVMValueRef mantissa_of(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef is_small, normal = normal_of(c, a, &is_small);
    LLVMValueRef fraction = OR(AND(normal, compile_each32(c, 0x807fffff)), compile_each32(c, 0x3f000000));
    return compile_floats(c, compile_choose(c, is_scalable(c, a), fraction, a));
}

/* Exact in double, as the row has it; past these exponents nothing changes. */
static LLVMValueRef scaled(struct compile *c, LLVMValueRef a, LLVMValueRef by)
{
    LLVMValueRef far = compile_each32(c, 400), exponent = MAX(MIN(by, far), compile_each32(c, 0u - 400));
    LLVMValueRef biased = B(c, ZExt, ADD(exponent, compile_each32(c, 1023)), c->wide);
    LLVMValueRef factor = B(c, BitCast, B(c, Shl, biased, compile_each_int(c, c->i64, 52)), c->doubles);
    return B(c, FPTrunc, B(c, FMul, B(c, FPExt, a, c->doubles), factor), c->floats);
}

static LLVMValueRef fraction_of(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef f = B(c, FSub, a, of_one(c, "llvm.floor", c->floats, a)),
                 last = B(c, BitCast, compile_each32(c, 0x3f7fffff), c->floats);
    return compile_choose(c, B(c, FCmp, LLVM_OGE, f, ones(c)), last, f);
}

static LLVMValueRef low_high(struct compile *c, LLVMValueRef low, LLVMValueRef high)
{
    return OR(AND(low, compile_each32(c, 0xffff)), B(c, Shl, high, compile_each32(c, 16)));
}

static LLVMValueRef to_bfloat(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef odd = AND(B(c, LShr, a, compile_each32(c, 16)), compile_each32(c, 1));
    LLVMValueRef rounded = ADD(ADD(a, compile_each32(c, 0x7fff)), odd), f = compile_floats(c, a);
    LLVMValueRef bits =
        compile_choose(c, B(c, FCmp, LLVM_UNO, f, f), OR(a, compile_each32(c, 0x400000)), rounded);
    return B(c, LShr, bits, compile_each32(c, 16));
}

/* Towards zero, of numbers. */
static LLVMValueRef half_cut(struct compile *c, LLVMValueRef a)
{
    LLVMValueRef size = AND(a, compile_each32(c, 0x7fffffff)), largest = compile_each32(c, 0x7bff);
    LLVMValueRef normal = B(c, LShr, SUB(size, compile_each32(c, 0x38000000)), compile_each32(c, 13));
    LLVMValueRef by = B(c, BitCast, compile_each32(c, 0x4b800000), c->floats);
    LLVMValueRef small = to_integer(c, "llvm.fptoui.sat", B(c, FMul, compile_floats(c, size), by));
    LLVMValueRef is_infinite = B(c, ICmp, LLVM_EQ, size, compile_each32(c, 0x7f800000));
    compile_may_be_nan(c, compile_floats(c, a));
    normal = compile_choose(c, is_infinite, compile_each32(c, 0x7c00), UMIN(normal, largest));
    LLVMValueRef is_small = B(c, ICmp, LLVM_ULT, size, compile_each32(c, 0x38800000));
    LLVMValueRef sign = AND(B(c, LShr, a, compile_each32(c, 16)), compile_each32(c, 0x8000));
    return OR(compile_choose(c, is_small, small, normal), sign);
}

/* The number of its bit in v_cmp_class's second source: of a float's bits, with so many of exponent and
 * fraction. */
static LLVMValueRef class_of(struct compile *c, LLVMValueRef a, unsigned exponent, unsigned fraction)
{
    uint32_t top = ((1u << exponent) - 1) << fraction, quiet = 1u << (fraction - 1);
    LLVMValueRef size = AND(a, compile_each32(c, top | (quiet * 2 - 1))), infinite = compile_each32(c, top);
    LLVMValueRef is_negative =
        B(c, ICmp, LLVM_NE, AND(a, compile_each32(c, 1u << (exponent + fraction))), compile_each32(c, 0));
    LLVMValueRef is_normal = B(c, ICmp, LLVM_UGE, size, compile_each32(c, quiet * 2));
    LLVMValueRef small = compile_choose(c, B(c, ICmp, LLVM_EQ, size, compile_each32(c, 0)),
                                        compile_each32(c, 0), compile_each32(c, 1));
    LLVMValueRef n = compile_choose(c, is_normal, compile_each32(c, 2), small);
    n = compile_choose(c, B(c, ICmp, LLVM_EQ, size, infinite), compile_each32(c, 3), n);
    n = compile_choose(c, is_negative, SUB(compile_each32(c, 5), n), ADD(n, compile_each32(c, 6)));
    LLVMValueRef is_quiet = B(c, LShr, AND(a, compile_each32(c, quiet)), compile_each32(c, fraction - 1));
    return compile_choose(c, B(c, ICmp, LLVM_UGT, size, infinite), is_quiet, n);
}

static LLVMValueRef class_bit(struct compile *c, LLVMValueRef mask, LLVMValueRef class)
{
    return B(c, Trunc, B(c, LShr, mask, class), c->bits);
}

/* ---- doubles, and halves that are rounded once ---- */

#define DOUBLE(n) B(c, BitCast, compile_wide_of(c, &x->src[n]), c->doubles)
#define DA        DOUBLE(0)
#define DB        DOUBLE(1)
#define DC        DOUBLE(2)
#define DOLD      B(c, BitCast, compile_wide_of(c, &x->old), c->doubles)
#define LONG(f)   B(c, FPExt, f, c->doubles)

static LLVMValueRef fused_doubles(struct compile *c, LLVMValueRef a, LLVMValueRef b, LLVMValueRef d)
{
    LLVMValueRef args[] = {a, b, d};
    return compile_intrinsic(c, "llvm.fma", &c->doubles, 1, args, 3);
}

static void double_result(struct vector *x, LLVMValueRef value)
{
    compile_may_be_nan(x->c, value);
    compile_wide_result(x, value);
}

/* Of halves as floats: the product is exact in double, and the sum's rounding does no harm (vector.h). */
static void half_fused(struct vector *x, LLVMValueRef a, LLVMValueRef b, LLVMValueRef d)
{
    struct compile *c = x->c;
    compile_wide_result(x, B(c, FAdd, B(c, FMul, LONG(a), LONG(b)), d));
}

static LLVMValueRef double_to_integer(struct compile *c, const char *name, LLVMValueRef a)
{
    LLVMTypeRef types[] = {c->row, c->doubles};
    return compile_intrinsic(c, name, types, 2, &a, 1);
}

/* ---- division ---- */

/* What is not of the common kind is run again by the operations' functions, as NaNs are. */
static void seldom(struct compile *c, LLVMValueRef bits)
{
    compile_may_be_nan(c, compile_floats(c, B(c, SExt, bits, c->row)));
}

static LLVMValueRef exponent_bits(struct compile *c, LLVMValueRef top, unsigned bits)
{
    return AND(B(c, LShr, top, compile_each32(c, 31 - bits)), compile_each32(c, (1u << bits) - 1));
}

/* Nothing to be scaled: limits as in exec_vop3.c's division_plan, of exponents as they are stored. */
static void scale_not(struct vector *x, LLVMValueRef b, LLVMValueRef d, unsigned bits, const int limits[4])
{
    struct compile *c = x->c;
    LLVMValueRef below = exponent_bits(c, b, bits), above = exponent_bits(c, d, bits),
                 apart = SUB(above, below);
    LLVMValueRef odd = B(c, ICmp, LLVM_EQ, below, compile_each32(c, 0));
    odd = OR(odd, B(c, ICmp, LLVM_SGE, below, compile_each32(c, (uint32_t)limits[0])));
    odd = OR(odd, B(c, ICmp, LLVM_SGE, apart, compile_each32(c, (uint32_t)limits[1])));
    odd = OR(odd, B(c, ICmp, LLVM_SLE, apart, compile_each32(c, (uint32_t)limits[2])));
    odd = OR(odd, B(c, ICmp, LLVM_SLE, above, compile_each32(c, (uint32_t)limits[3])));
    seldom(c, odd);
    x->carry = c->l->ConstNull(c->bits);
}

static void scale_float(struct vector *x)
{
    static const int limits[] = {253, 96, -126, 23};
    scale_not(x, SB, SC, 8, limits);
    compile_float_result(x, compile_floats(x->c, A));
}

static void scale_double(struct vector *x)
{
    static const int limits[] = {2045, 768, -1022, 53};
    struct compile *c = x->c;
    scale_not(x, x->src[1].high, x->src[2].high, 11, limits);
    double_result(x, DA);
}

/* The quotient with its sign, of numbers that are finite and not zero; what falls below the smallest number
 * otherwise. */
static LLVMValueRef sign_fixed(struct vector *x, LLVMValueRef a, LLVMValueRef b, LLVMValueRef d,
                               unsigned bits, int least)
{
    struct compile *c = x->c;
    LLVMValueRef all = compile_each32(c, (1u << bits) - 1), below = exponent_bits(c, b, bits),
                 above = exponent_bits(c, d, bits);
    LLVMValueRef odd = OR(B(c, ICmp, LLVM_EQ, below, all), B(c, ICmp, LLVM_EQ, above, all));
    /* 0, and denormal numbers */
    odd = OR(odd, B(c, ICmp, LLVM_EQ, UMIN(below, above), compile_each32(c, 0)));
    odd = OR(odd, B(c, ICmp, LLVM_SLT, SUB(above, below), compile_each32(c, (uint32_t)least)));
    seldom(c, odd);
    return OR(AND(a, compile_each32(c, 0x7fffffff)), AND(XOR(b, d), compile_each32(c, 0x80000000)));
}

static void fix_double(struct vector *x)
{
    struct compile *c = x->c;
    compile_may_be_nan(c, DA);
    x->result = A;
    x->above = sign_fixed(x, x->src[0].high, x->src[1].high, x->src[2].high, 11, -1075);
}

/* Numbers alone: where an operand is a NaN, it is run again. -0 is less than 0. */
static LLVMValueRef nearer(struct compile *c, LLVMValueRef x, LLVMValueRef y, bool smaller)
{
    LLVMValueRef a = compile_floats(c, x), b = compile_floats(c, y);
    compile_may_be_nan(c, a);
    compile_may_be_nan(c, b);
    LLVMValueRef a_first = B(c, FCmp, smaller ? LLVM_OLT : LLVM_OGT, a, b),
                 equal = B(c, FCmp, LLVM_OEQ, a, b);
    LLVMValueRef ends = smaller ? OR(x, y) : AND(x, y); /* of equal ones: differ in the sign of 0 alone */
    return compile_choose(c, equal, ends, compile_choose(c, a_first, x, y));
}
#define FMIN(a, b) nearer(c, a, b, true)
#define FMAX(a, b) nearer(c, a, b, false)

static LLVMValueRef middle(struct compile *c, LLVMValueRef x, LLVMValueRef y, LLVMValueRef z)
{
    LLVMValueRef top = compile_floats(c, FMAX(FMAX(x, y), z));
    LLVMValueRef is_x = B(c, FCmp, LLVM_OEQ, top, compile_floats(c, x)),
                 is_y = B(c, FCmp, LLVM_OEQ, top, compile_floats(c, y));
    return compile_choose(c, is_x, FMAX(y, z), compile_choose(c, is_y, FMAX(x, z), FMAX(x, y)));
}

/* ---- which has which ---- */

#define VALUE(name, ...)                  \
    static void name(struct vector *x)    \
    {                                     \
        struct compile *c = x->c;         \
        (void)c, x->result = __VA_ARGS__; \
    }
#define FLOAT(name, ...)                      \
    static void name(struct vector *x)        \
    {                                         \
        struct compile *c = x->c;             \
        compile_float_result(x, __VA_ARGS__); \
    }
#define SUM(name, ...)                      \
    static void name(struct vector *x)      \
    {                                       \
        struct compile *c = x->c;           \
        compile_sum_result(x, __VA_ARGS__); \
    }
#define DOES(name, ...)                \
    static void name(struct vector *x) \
    {                                  \
        struct compile *c = x->c;      \
        (void)c, __VA_ARGS__;          \
    }
#include "compile_vector.def"
#undef VALUE
#undef FLOAT
#undef SUM
#undef DOES

struct template
{
    isa_exec_fn *exec;
    void (*write)(struct vector * x);
};

#define VALUE(name, ...) {isa_##name, name},
#define FLOAT            VALUE
#define SUM              VALUE
#define DOES             VALUE
static const struct template templates[] = {
#include "compile_vector.def"
};

compile_vector_fn *compile_vector_row(isa_exec_fn *exec)
{
    for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
        if (templates[i].exec == exec)
            return templates[i].write;
    return NULL;
}
