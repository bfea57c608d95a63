/*
 * start.h - waves that begin in compiled code.
 *
 * The waves of a work-group whose lanes are all active can be run by one compiled function, one after the
 * other (compile_start.c). There they begin with values, those that wave_start() in group.c gives to a wave's
 * registers, and most end there, too. One that leaves the function before its end is made then, in storage
 * that the function was given, and goes on as any other.
 */
#ifndef KFDFS_SIM_START_H
#define KFDFS_SIM_START_H

#include <stdbool.h>
#include <stdint.h>

struct isa_cache;
struct isa_wave;
struct sim_dispatch;
struct sim_group;
struct sim_shape;

enum { START_SGPRS = 128, START_NONE = 255 };

/* What of a dispatch decides which code it is. */
struct start_layout {
    uint64_t known[START_SGPRS / 64]; /* scalar registers that are the same in all waves of a group */
    uint8_t info_at;                  /* SGPR of the work-group info, or START_NONE */
    uint8_t wave_at;                  /* SGPR with the wave's number from bit 25 on, or START_NONE */
    uint8_t dimensions;               /* of work-item ids that there are, less one */
    bool packed;                      /* work-item ids: all in v0 */
};

/* A group on its way through the function, of a host thread. */
struct isa_start {
    uint32_t sgpr[START_SGPRS]; /* where known */
    uint32_t number, end;       /* the next wave; the first one that does not begin here */
    uint32_t place[3], size[2]; /* of the wave's first work-item in the group; of the group */
    uint32_t n_waves;
    bool made; /* the wave of that number is in storage */
    uint64_t next,
        last; /* groups that the thread has taken, to be run after it: up to but not with the last */
    /* for whoever makes it */
    struct sim_group *group;
    const struct sim_shape *shape;
    struct sim_dispatch *dispatch;
};

static inline bool start_layout_same(const struct start_layout *a, const struct start_layout *b)
{
    return a->known[0] == b->known[0] && a->known[1] == b->known[1] && a->info_at == b->info_at &&
           a->wave_at == b->wave_at && a->dimensions == b->dimensions && a->packed == b->packed;
}
/* How many vector registers hold work-item ids. */
static inline unsigned start_rows(const struct start_layout *layout)
{
    return layout->packed ? 1 : layout->dimensions + 1u;
}
void start_layout_of(struct start_layout *layout, const struct sim_dispatch *dispatch);
/* Once for a dispatch. */
void start_prepare(struct isa_start *start, const struct sim_shape *shape, struct sim_dispatch *dispatch);
/* The group's waves from the first on that has not begun; false: none of them can begin here. */
bool start_group_take(struct isa_start *start, struct sim_group *group);
/* The same; they are to be run in that storage, which has all but
 * registers; NULL: none of them can begin here. */
struct isa_wave *start_take(struct isa_start *start, struct sim_group *group);
/* Begins waves of a group, from the first one on that has not begun, and runs them up to their end; the
 * last may have gone on to elsewhere, and be in any state. Once all have ended, the group may have become the
 * thread's next one, and so on. Returns how many instructions that were; 0, and start->made is
 * not set: waves cannot begin here. The caller is inside sim_vm_enter(). */
unsigned start_waves(struct isa_start *start, struct sim_group *group, struct isa_cache *cache);

/* ---- called by compiled code ---- */

/* All waves of the group have begun: makes it the thread's next one. False: there is none, its waves are not
 * to begin here, some are still in storage, or it is time to see to other things. */
bool start_next_group(struct isa_start *start);
/* Puts the wave of start->number into its storage, unless it is there. */
void start_make(struct isa_start *start);
/* What registers hold that nobody has set: a scalar one; a vector register of those behind the ids, by the
 * words of its first lanes and what is to be xored to each. */
uint32_t start_noise(const struct isa_start *start, uint32_t number, uint32_t sgpr);
const uint64_t *start_noise_row(const struct isa_start *start, uint32_t number, uint32_t row);
uint64_t start_noise_change(const struct isa_start *start, uint32_t number, uint32_t row);

#endif
