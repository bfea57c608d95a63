// One sum for each work-group, by a tree with barriers; scratch is LDS given at the dispatch
kernel void reduce(global const uint *in, global uint *sums, uint n, local uint *scratch)
{
    uint l = get_local_id(0), i = get_global_id(0);

    scratch[l] = i < n ? in[i] : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint half_size = get_local_size(0) / 2; half_size > 0; half_size /= 2) {
        if (l < half_size)
            scratch[l] += scratch[l + half_size];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (l == 0)
        sums[get_group_id(0)] = scratch[0];
}
