/*
 * doorbell_trap.h - catching the first write to a range of shared memory.
 */
#ifndef KFDFS_SIM_DOORBELL_TRAP_H
#define KFDFS_SIM_DOORBELL_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int trap_open(void); /* a descriptor to poll, or -1: cannot be had here */
/* Protects the range; once registered, it need not be again. 0 or -errno: it is gone, or not ours. */
int trap_register(int trap, uintptr_t start, size_t bytes);
int trap_arm(int trap, uintptr_t start, size_t bytes);
/* Lets writers of the range through. */
void trap_lift(int trap, uintptr_t start, size_t bytes);
/* The next write that waits: its address. False: none. */
bool trap_next(int trap, uintptr_t *address);
/* Straight to the kernel: the simulator interposes the program's close(). */
void trap_fd_close(int fd);

#endif
