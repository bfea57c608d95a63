// code-object-version=6
#define WORDS 21

// What a kernel is told without asking: the dispatch packet, hidden arguments, and ids, 21 words each
kernel void hidden(global uint *out)
{
    constant uchar *packet = __builtin_amdgcn_dispatch_ptr();
    constant uchar *args = __builtin_amdgcn_implicitarg_ptr();
    constant ushort *sizes = (constant ushort *)(args + 12);
    uint x = __builtin_amdgcn_workgroup_id_x() * sizes[0] + __builtin_amdgcn_workitem_id_x();
    uint y = __builtin_amdgcn_workgroup_id_y() * sizes[1] + __builtin_amdgcn_workitem_id_y();
    uint z = __builtin_amdgcn_workgroup_id_z() * sizes[2] + __builtin_amdgcn_workitem_id_z();
    uint width = __builtin_amdgcn_grid_size_x(), height = __builtin_amdgcn_grid_size_y();
    global uint *to = out + WORDS * (x + width * (y + height * z));

    to[0] = x, to[1] = y, to[2] = z;
    to[3] = width, to[4] = height, to[5] = __builtin_amdgcn_grid_size_z();
    to[6] = __builtin_amdgcn_workgroup_size_x(); // as asked for, in the last, partial group too
    to[7] = __builtin_amdgcn_workgroup_size_y();
    to[8] = __builtin_amdgcn_workgroup_size_z();
    for (uint d = 0; d < 3; d++) {
        to[9 + d] = ((constant uint *)args)[d]; // complete groups
        to[12 + d] = sizes[3 + d];              // and what is left over
        to[15 + d] = ((constant ulong *)(args + 40))[d];
    }
    to[18] = ((constant ushort *)(args + 64))[0];  // dimensions of the grid
    to[19] = ((constant ushort *)packet)[1] & 3;   // and in the packet
    to[20] = ((constant uint *)packet)[3];
}
