/*
 * group.h - storage of a running work-group, and the state that its waves start in.
 */
#ifndef KFDFS_SIM_GROUP_H
#define KFDFS_SIM_GROUP_H

#include "compute.h"
#include "spin.h"
#include "start.h"
#include "wave.h"

enum {
    SIM_GROUP_ITEMS = 1024, /* largest work-group (HSA limit that every target states) */
    SIM_GROUP_WAVES = SIM_GROUP_ITEMS / 32,
};

struct sim_group { /* reused for one work-group after the other */
    struct isa_group isa;
    struct isa_wave *waves[SIM_GROUP_WAVES]; /* of these n_waves are in use, once one is made */
    struct sim_spin spins[SIM_GROUP_WAVES];  /* of each wave */
    struct isa_wave *storage;
    unsigned allocated;              /* waves that have registers */
    unsigned begun, made;            /* waves that have begun, in the order of their numbers; in storage */
    uint32_t size[3];                /* work-items */
    uint32_t lds_capacity;           /* of isa.lds */
    uint32_t slots[SIM_GROUP_WAVES]; /* scratch slot of each wave */
    bool has_slots;
    uint64_t instructions; /* executed since it last had its turn */
    struct sim_group *next;
};

void sim_group_free(struct sim_group *group);

/* What a dispatch says about all its groups, worked out once. */
struct sim_shape {
    uint64_t groups[3], n_groups;
    unsigned lanes, max_waves; /* of a full group */
    uint32_t lds_bytes;        /* allocated to a group */
    uint32_t slot_bytes;       /* scratch of a wave, 0: none */
    unsigned n_vgprs, n_agprs;
    uint64_t resident;    /* groups that the GPU's compute units hold at once */
    unsigned xccs;        /* that share the groups */
    struct isa_wave wave; /* what all waves begin with, up to the registers */
    struct start_layout layout;
};
/* 0, or -EINVAL with the reason in why. */
int sim_shape_init(struct sim_shape *shape, const struct sim_dispatch *dispatch, char *why, size_t size);

/* How many waves the work-group at an index has: those at the edge of the grid may have fewer. */
unsigned sim_group_waves(const struct sim_shape *shape, const struct sim_dispatch *dispatch, uint64_t index);
/* Gives it the work-group at that index, whose waves are then to begin. slots has been filled if there is
 * scratch. 0 or -ENOMEM. */
int sim_group_start(struct sim_group *group, const struct sim_shape *shape, struct sim_dispatch *dispatch,
                    uint64_t index);
/* Makes the wave that begins next, ready to run. */
void sim_group_begin_wave(struct sim_group *group, const struct sim_shape *shape,
                          struct sim_dispatch *dispatch);
/* Waves that had not begun, up to one, have ended without having been made. */
void sim_group_end_waves(struct sim_group *group, unsigned end);
/* Makes the wave of that number; those before it that had not begun have ended. */
void sim_group_make_wave(struct sim_group *group, const struct sim_shape *shape,
                         struct sim_dispatch *dispatch, unsigned number);

#endif
