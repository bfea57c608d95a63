#define WORDS 22

// Every work-item function that libclc has, 22 words for each work-item
kernel void workitem(global uint *out)
{
    uint x = get_global_id(0) - get_global_offset(0), y = get_global_id(1) - get_global_offset(1),
         z = get_global_id(2) - get_global_offset(2);
    global uint *to = out + WORDS * (x + get_global_size(0) * (y + get_global_size(1) * z));

    to[0] = get_work_dim();
    for (uint d = 0; d < 3; d++) {
        to[1 + d] = get_global_id(d);
        to[4 + d] = get_local_id(d);
        to[7 + d] = get_group_id(d);
        to[10 + d] = get_global_size(d);
        to[13 + d] = get_local_size(d);
        to[16 + d] = get_num_groups(d);
        to[19 + d] = get_global_offset(d);
    }
}
