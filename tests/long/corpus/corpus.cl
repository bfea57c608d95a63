// All kernels of the corpus. The same text is OpenCL C for the GPU and, by corpus_host.h, C for the CPU.
// A kernel reads in[4 * n] and writes out[4 * n] (zero before); n work-items in groups of GROUP.
#ifdef __OPENCL_C_VERSION__
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF
#define GROUP 64u
#define KERNEL(name) kernel void name(global const uint *in, global uint *out, uint n)
#define NEAR(name) KERNEL(name)
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define U4(a, b, c, d) ((uint4)(a, b, c, d))
#define F4(a, b, c, d) ((float4)(a, b, c, d))
#define HALF(op, a, b) as_ushort((half)(as_half((ushort)(a)) op as_half((ushort)(b))))
#define HALF_LESS(a, b) (as_half((ushort)(a)) < as_half((ushort)(b)))
#define HALF_OF(f) as_ushort((half)(f))
#define FLOAT_OF(h) ((float)as_half((ushort)(h)))
#endif
#undef I // of <complex.h>
#define I ((uint)get_global_id(0))
#define L ((uint)get_local_id(0))
#define G ((uint)get_group_id(0))
#define FLOAT(x) ((float)((int)(x) >> 8) * 0x1p-12f)  // -2048 to 2048, exact
#define DOUBLE(x) ((double)(int)(x) * 0x1p-16)
#define LONG(i) ((ulong)in[2 * (i)] << 32 | in[2 * (i) + 1])
#define PUT_LONG(i, v) (out[2 * (i)] = (uint)(v), out[2 * (i) + 1] = (uint)((v) >> 32))
#include "integer.cl"
#include "float.cl"
#include "wide.cl"
#include "group.cl"
#include "flow.cl"
#include "algorithm.cl"
