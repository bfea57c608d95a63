#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// y[i] = a * x[i] + y[i], in single and in double precision
kernel void saxpy(uint n, float a, global const float *x, global float *y)
{
    uint i = get_global_id(0);
    if (i < n)
        y[i] = fma(a, x[i], y[i]);
}

kernel void daxpy(uint n, double a, global const double *x, global double *y)
{
    uint i = get_global_id(0);
    if (i < n)
        y[i] = fma(a, x[i], y[i]);
}
