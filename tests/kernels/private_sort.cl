#define N 128

// Each work-item sorts 128 numbers in an array of its own, indexed by data: that array lives in scratch
kernel void private_sort(global uint *data)
{
    uint mine[N];
    global uint *from = data + get_global_id(0) * N;

    for (int i = 0; i < N; i++)
        mine[i] = from[i];
#pragma unroll 1
    for (int i = 1; i < N; i++) {
        uint value = mine[i];
        int j = i;
#pragma unroll 1
        for (; j > 0 && mine[j - 1] > value; j--)
            mine[j] = mine[j - 1];
        mine[j] = value;
    }
    for (int i = 0; i < N; i++)
        from[i] = mine[i];
}
