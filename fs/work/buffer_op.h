/*
 * buffer_op.h - one change or use of a buffer's bytes, step by step; a step may wait for the GPU without a
 * thread.
 */
#ifndef KFDFS_FS_BUFFER_OP_H
#define KFDFS_FS_BUFFER_OP_H

#include "state/holds.h"
#include "state/request.h"
#include "work/jobs.h"

struct fs_stage;

struct fs_buffer_op;
/* 0: done, on to the next step. 1: a job is under way, whose end goes on. Negative: the end of all. */
typedef int (*fs_buffer_step)(struct fs_buffer_op *op);

struct fs_buffer_op {
    struct fs_hold hold; /* [0]: buffer, [1]: source of a copy */
    struct fs_later later;
    struct fs_world *world;
    struct fs_request *request;
    struct fs_entry *buffer, *from;
    const fs_buffer_step *steps; /* ended by NULL */
    unsigned step;
    uint64_t offset, bytes, from_offset;
    uint64_t end;             /* the buffer must have at least that many bytes afterwards */
    uint64_t room;            /* and memory for that many beforehand */
    bool keep_size;           /* room only */
    bool streaming;           /* more will follow: take room ahead */
    bool exclusive;           /* was asked for */
    bool kept;                /* the request is registered as waiting */
    struct fs_source *source; /* until the first wait */
    void *data;               /* after it */
    struct fs_stage *stage;   /* through which the bytes go, or NULL */
    struct gpu_buffer *fresh; /* larger window, while its bytes are copied */
    ssize_t result;
};

/* For the caller to fill in the rest, from offset to streaming, and start. NULL: the request was refused. */
struct fs_buffer_op *fs_buffer_op_create(struct fs_request *request, struct fs_entry *buffer,
                                         const fs_buffer_step *steps);
/* It is freed at its end. */
void fs_buffer_op_start(struct fs_buffer_op *op);

int fs_buffer_usable(
    struct fs_buffer_op *op); /* a step: checks the GPU, and takes the hold again if it must change */

/* Starts a job of the buffer's own GPU or another; the op goes on when it is done. Returns 1 or an error. */
int fs_buffer_job(struct fs_buffer_op *op, struct fs_gpu *gpu, const struct fs_own_command *commands,
                  unsigned n);
/* "gpu0/vram/a+0x100"; takes the lock. */
void fs_buffer_name(const struct fs_entry *buffer, uint64_t offset, char *text, size_t size);

#endif
