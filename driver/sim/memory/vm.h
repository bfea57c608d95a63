/*
 * vm.h - a GPU address space of one process: which addresses lie on which host memory.
 */
#ifndef KFDFS_SIM_VM_H
#define KFDFS_SIM_VM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_VM_READ = 1, SIM_VM_WRITE = 2, SIM_VM_EXEC = 4 };

struct sim_range {
    uint64_t start, end; /* GPU addresses, pages */
    uint8_t *host;       /* of start */
    unsigned access;     /* SIM_VM_* */
};

struct sim_vm {               /* of one process on one GPU */
    pthread_rwlock_t lock;    /* engines hold it for reading while they use host pointers; prefers writers */
    struct sim_range *ranges; /* sorted, never overlapping */
    size_t n_ranges, capacity;
    _Atomic uint64_t generation; /* anew with every map and unmap, and never one that any VM has had */
    /* Where nothing is mapped: the range that the kernel maps there on the fault, or NULL; it is the calling
     * thread's, until its next call. Changes while no engine runs. NULL: what faults is not retried. */
    const struct sim_range *(*retry)(struct sim_vm *vm, uint64_t va);
};
int sim_vm_init(struct sim_vm *vm);
void sim_vm_fini(struct sim_vm *vm);
int sim_vm_map(struct sim_vm *vm, uint64_t va, uint64_t bytes, void *host,
               unsigned access);                                   /* -EEXIST, -ENOMEM */
void sim_vm_unmap(struct sim_vm *vm, uint64_t va, uint64_t bytes); /* waits for engines that are inside */
/* For changes that several calls make: waits for engines that are inside, and keeps others out. */
void sim_vm_close(struct sim_vm *vm);
int sim_vm_put(struct sim_vm *vm, uint64_t va, uint64_t bytes, void *host, unsigned access); /* a map */
void sim_vm_cut(struct sim_vm *vm, uint64_t va, uint64_t bytes);                             /* an unmap */
void sim_vm_open(struct sim_vm *vm);
void sim_vm_enter(struct sim_vm *vm);
void sim_vm_leave(struct sim_vm *vm);
bool sim_vm_entered(void); /* is the calling thread in one? It must not close any then */
/* Inside enter/leave: the range that holds va, or NULL. */
const struct sim_range *sim_vm_find(struct sim_vm *vm, uint64_t va);
/* Inside enter/leave, or closed: is anything mapped there? */
bool sim_vm_overlaps(const struct sim_vm *vm, uint64_t va, uint64_t bytes);
/* Inside enter/leave: host address of bytes at va if they lie in one range that allows the access, else NULL.
 */
void *sim_vm_host(struct sim_vm *vm, uint64_t va, uint64_t bytes, unsigned access);

#endif
