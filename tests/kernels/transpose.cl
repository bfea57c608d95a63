#define TILE 16

// out = in transposed, through a tile of LDS; one extra column avoids bank conflicts
kernel __attribute__((reqd_work_group_size(TILE, TILE, 1))) void
transpose(global const uint *in, global uint *out, uint width, uint height)
{
    local uint tile[TILE][TILE + 1];
    uint lx = get_local_id(0), ly = get_local_id(1);
    uint x = get_group_id(0) * TILE + lx, y = get_group_id(1) * TILE + ly;

    if (x < width && y < height)
        tile[ly][lx] = in[y * width + x];
    barrier(CLK_LOCAL_MEM_FENCE);
    x = get_group_id(1) * TILE + lx;
    y = get_group_id(0) * TILE + ly;
    if (x < height && y < width)
        out[y * height + x] = tile[lx][ly];
}
