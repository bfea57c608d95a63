/*
 * kfd_call.h - how the wrappers call the kernel, and the table that says what each ioctl's arguments are.
 */
#ifndef KFDFS_KFD_CALL_H
#define KFDFS_KFD_CALL_H

#include "kfd_debug.h"

/* 0 or more as the kernel has it, or a negative errno with its sentence: "ioctl NAME (WHAT) failed: ERRNO".
 */
int kfd_call(const struct kfd *kfd, unsigned long request, void *args, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

const char *kfd_errno_name(int code);

enum kfd_form { KFD_DECIMAL, KFD_SIGNED, KFD_HEX, KFD_WORD, KFD_BITS, KFD_LIST, KFD_PAIRS, KFD_EVENTS };
enum { KFD_IN = 1, KFD_OUT = 2 };

struct kfd_word { /* a value's name, or a bit's; the list ends with NULL */
    uint32_t value;
    const char *name;
};

struct kfd_field {
    const char *name;
    uint16_t at;
    uint8_t bytes, way; /* KFD_IN, KFD_OUT or both */
    enum kfd_form form;
    const struct kfd_word *words; /* of KFD_WORD and KFD_BITS */
    uint16_t count_at;            /* of lists: where their count is, a dword; `at` has their address */
};

enum { KFD_ONE_OP = UINT16_MAX };

struct kfd_ioctl {
    const char *name; /* as the kernel has it, without AMDKFD_IOC_ */
    uint8_t nr;
    uint8_t minor; /* of the interface that brought it */
    bool refused;  /* the kernel knows the number and refuses every call */
    uint16_t bytes;
    uint16_t op_at; /* rows that differ by an operation: where it is; or KFD_ONE_OP */
    uint32_t op;
    const struct kfd_field *fields; /* ends without a name */
};

extern const struct kfd_ioctl kfd_ioctls[]; /* ends without a name */
/* The row of a call; never NULL: unknown ones are called so. */
const struct kfd_ioctl *kfd_ioctl_find(unsigned long request, const void *args);

/* Before and after a call: "NAME(field=value, ...)" and " = 0 (field=value, ...)" become one line. */
char *kfd_trace_in(unsigned long request, const void *args);
void kfd_trace_out(const struct kfd *kfd, char *in, unsigned long request, const void *args, int rc);

#endif
