#pragma OPENCL EXTENSION cl_khr_fp64 : enable

struct plane {
    float normal[3];
    float offset;
    uchar flags;
    double scale;
    short bias[5];
};

// A struct by value between two scalars: its fields and what follows it must arrive unshifted
kernel void distances(char first, struct plane p, ulong last, global const float *points, global double *out)
{
    uint i = get_global_id(0);
    global const float *v = points + 3 * i;
    float d = v[0] * p.normal[0] + v[1] * p.normal[1] + v[2] * p.normal[2] - p.offset;
    double sum = 0;

    for (int k = 0; k < 5; k++)
        sum += p.bias[k];
    out[i] = (p.flags & 1 ? -d : d) * p.scale + sum + first + (double)last;
}
