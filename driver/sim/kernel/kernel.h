/*
 * kernel.h - the simulated kernel driver: what libc hands to it, and what the hardware tells it.
 */
#ifndef KFDFS_SIM_KERNEL_H
#define KFDFS_SIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sim_gpu;

/* Entry points of preload.c. All return 0 or a negative errno (524 is ENOTSUPP). */
int sim_kfd_open(int flags); /* called at each open of /dev/kfd in this process */
/* file: which open file of the device, as fd.c counts them. */
int sim_kfd_ioctl(uint64_t file, unsigned long request, void *arg);
/* Descriptors of the device were closed: secondary processes whose open file is closed end (context.c). */
void sim_kfd_closed(bool (*is_open)(uint64_t file));
/* Resolves an mmap of /dev/kfd: which descriptor and offset to map instead. */
int sim_kfd_mmap(uint64_t file, uint64_t offset, size_t length, int *fd, off_t *fd_offset);
/* ACQUIRE_VM's drm_fd and others go through this: which GPU a descriptor is the render node of, or NULL. In
 * preload.c. */
struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id);
/* file: which open file of the render node. */
int sim_drm_open(const struct sim_gpu *gpu); /* 0 or -errno */
int sim_drm_ioctl(struct sim_gpu *gpu, uint64_t file, unsigned long request, void *arg);
int sim_drm_mmap(struct sim_gpu *gpu, uint64_t offset, size_t length, int *fd, off_t *fd_offset);
/* Which part of which memfd a render node's mmap offset of a buffer means (memory.c). 0 or -errno. */
int sim_memory_resolve(struct sim_gpu *gpu, uint64_t mmap_offset, size_t length, int *fd, off_t *fd_offset);
/* Does KFD take system memory for VRAM? From 6.12 on it does on an APU whose own share is the smaller one
 * (amdgpu's apu_prefer_gtt). */
bool sim_gpu_vram_is_gtt(const struct sim_gpu *gpu);
uint64_t sim_gpu_vram_bytes(const struct sim_gpu *gpu); /* what its memory bank says */
/* To be called after allocations: starts to watch the budget where more is promised than it allows
 * (budget.c). */
void sim_budget_watch(void);
/* Descriptors of dma-bufs, each known by a number (dmabuf.c); the first is in preload.c. */
void sim_dmabuf_opened(int fd, uint64_t bo);
void sim_dmabuf_copied(uint64_t bo);
void sim_dmabuf_closed(uint64_t bo);
int sim_dmabuf_mmap(uint64_t bo, uint64_t offset, size_t length, int *fd, off_t *fd_offset);
/* Finds the exported memory in pools that were adopted. 0 or -errno. */
int sim_bo_adopt(struct sim_gpu *gpu);
/* Has an earlier image of this process left any? */
bool sim_bo_inherited(void);
/* Does all of its VRAM lie on the bus? */
bool sim_gpu_large_bar(const struct sim_gpu *gpu);
/* Of one hive of XGMI? A GPU always is with itself. */
bool sim_gpus_in_hive(const struct sim_gpu *a, const struct sim_gpu *b);
/* May one GPU reach another's VRAM directly? The topology lists such links, and MAP_MEMORY allows no others
 * (machine.c). */
bool sim_gpus_linked(const struct sim_gpu *from, const struct sim_gpu *owner);
/* In the child of a fork: forget everything but the options; the child's descriptors are dead (EBADF). */
void sim_after_fork(void);

/* Around whatever takes these addresses of the program away (munmap, an mmap over them): the GPUs lose them
 * first, and no engine is inside meanwhile. False: the GPUs know nothing of them, and there is no end to be
 * called. */
bool sim_svm_unmap_begin(const void *address, size_t bytes);
void sim_svm_unmap_end(void);

/* Interrupt from an engine with the event id of a TRAP or signal: looks at the event page as the kernel does.
 */
void sim_event_interrupt(struct sim_gpu *gpu, uint32_t event_id);
/* Faults: evicts every queue of the process on that GPU, sets the MEMORY events. access: what was tried. */
void sim_event_memory_fault(struct sim_gpu *gpu, uint64_t va, unsigned access, bool not_present);
/* What the DRM driver keeps of the last one: zeroes if there was none. */
void sim_event_last_fault(struct sim_gpu *gpu, uint64_t *va, uint32_t *status);
/* Sets the HW_EXCEPTION events. cause: 0 hang, 1 ECC; memory_lost as the kernel says it. */
void sim_event_hw_exception(struct sim_gpu *gpu, unsigned reset_type, unsigned cause, bool memory_lost);

/* As kfd_signal_reset_event(): what processes are told of a GPU that was reset. */
enum { KFD_HW_HANG, KFD_HW_ECC };
void sim_event_reset_gpu(struct sim_gpu *gpu, unsigned cause);
void sim_event_lose_queues(struct sim_gpu *gpu); /* of this process, for good */
/* The kernel resets a GPU, and with it its hive (reset.c). */
struct sim_reset {
    unsigned cause;
    bool keeps_memory; /* mode 2 */
    unsigned ms;       /* until the device can be opened again */
};
void sim_reset(struct sim_gpu *gpu, const struct sim_reset *how);
bool sim_reset_under_way(void);
struct sim_machine;
void sim_reset_start(struct sim_machine *machine); /* what an image of the process before has left */
void sim_bo_lose_vram(struct sim_gpu *gpu);        /* noise in all of it */
/* As kfd_signal_poison_consumed_event(), but for the signal. */
void sim_event_poison(struct sim_gpu *gpu);

/* SMI events (smi.c): what a GPU's clients are told. */
void sim_smi_fault(const struct sim_gpu *gpu);
void sim_smi_reset(struct sim_gpu *gpu, bool after, const char *cause);
enum sim_evict_trigger { EVICT_TTM = 2, EVICT_SUSPEND, EVICT_CRIU_CHECKPOINT, EVICT_CRIU_RESTORE };
void sim_smi_evict(const struct sim_gpu *gpu, enum sim_evict_trigger trigger);
void sim_smi_restore(const struct sim_gpu *gpu);
/* Takes this process's queues off a GPU until as many ends have come; SMI events tell of both (evict.c). */
void sim_evict(struct sim_gpu *gpu, enum sim_evict_trigger trigger);
void sim_evict_end(struct sim_gpu *gpu);
void sim_evict_crowd(struct sim_gpu *gpu, bool on); /* memory is short, or no more: each is told once */
/* The program has unmapped these registered addresses (pages), and so the GPU has lost them. */
void sim_smi_unmapped(const struct sim_gpu *gpu, uint64_t start, uint64_t end);
void sim_smi_throttle(struct sim_gpu *gpu, uint64_t why);
/* A new descriptor for the program. 0 or -errno. */
int sim_smi_open(const struct sim_gpu *gpu, uint32_t *fd);
/* A write to such a descriptor: bytes taken, or -errno. */
int sim_smi_write(unsigned client, const void *from, size_t bytes);
void sim_smi_made(int fd, unsigned client); /* preload.c */
void sim_smi_forget(void);

/* What a program writes to a GPU's inject file (inject.c). 0 or -errno. */
int sim_inject(struct sim_gpu *gpu, const char *bytes, size_t length);
extern const char sim_inject_usage[];
void sim_inject_start(void);         /* what an image of the process before has asked for; with a machine */
int sim_inject_refuses(unsigned nr); /* 0, or the -errno that this ioctl is to fail with */

/* A wave of the queue with that doorbell tells of exceptions (bit code - 1). False: nobody asked to be told.
 */
bool sim_queue_exception(struct sim_gpu *gpu, unsigned doorbell, uint32_t exceptions);

#endif
