#define WORDS 21

// Every work-item function of libclc but get_work_dim (which it reads from the wrong place), 21 words each
kernel void workitem(global uint *out)
{
    uint x = get_global_id(0) - get_global_offset(0), y = get_global_id(1) - get_global_offset(1),
         z = get_global_id(2) - get_global_offset(2);
    global uint *to = out + WORDS * (x + get_global_size(0) * (y + get_global_size(1) * z));

    for (uint d = 0; d < 3; d++) {
        to[d] = get_global_id(d);
        to[3 + d] = get_local_id(d);
        to[6 + d] = get_group_id(d);
        to[9 + d] = get_global_size(d);
        to[12 + d] = get_local_size(d);
        to[15 + d] = get_num_groups(d);
        to[18 + d] = get_global_offset(d);
    }
}
