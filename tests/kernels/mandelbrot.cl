#pragma OPENCL FP_CONTRACT OFF

// Iterations until a point leaves the circle: neighbours in a wavefront loop for different times
kernel void mandelbrot(global ushort *out, uint width, uint height, float x0, float y0, float step, int limit)
{
    uint px = get_global_id(0), py = get_global_id(1);

    if (px >= width || py >= height)
        return;
    float cx = x0 + (float)px * step, cy = y0 + (float)py * step, x = 0, y = 0;
    int i = 0;
    while (i < limit && x * x + y * y <= 4.0f) {
        float t = x * x - y * y + cx;
        y = 2.0f * x * y + cy;
        x = t;
        i++;
    }
    out[py * width + px] = (ushort)i;
}
