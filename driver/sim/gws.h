/*
 * gws.h - global wave sync: 64 counters of a GPU at which waves of any work-group wait for each other.
 */
#ifndef KFDFS_SIM_GWS_H
#define KFDFS_SIM_GWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SIM_GWS = 64 };

struct sim_gws {
    _Atomic bool given; /* to the process whose GPU this is, by the kernel: all of it or nothing */
    _Atomic bool busy;  /* guards what follows */
    struct sim_gws_resource {
        uint32_t counter; /* 12 bits */
        uint32_t phase;   /* complete barriers: what hardware keeps a bit of */
        uint32_t queued,
            released; /* waves that came to wait at the semaphore, and those of them that may go */
    } resource[SIM_GWS];
};

#endif
