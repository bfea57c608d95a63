/*
 * svm_area.h - the program's own mappings, as the kernel tells them.
 */
#ifndef KFDFS_SIM_SVM_AREA_H
#define KFDFS_SIM_SVM_AREA_H

#include <stdbool.h>
#include <stdint.h>

struct svm_area {
    uint64_t start, end;
    unsigned access; /* SIM_VM_* */
    bool device;     /* memory of a GPU */
};

/* What the CPU has at va. System calls alone: an engine that asks is inside its VM, and must wait for no lock
 * that a thread may hold which is about to unmap. */
bool svm_area_find(uint64_t va, struct svm_area *out);

#endif
