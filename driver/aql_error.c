/*
 * aql_error.c - what the codes mean with which a compute queue stops: those of the command processor, in the
 * queue's inactive signal (ROCr amd_aql_queue.cpp, DynamicQueueEventsHandler), and the kernel's exceptions,
 * in the save area's error word (Linux uapi kfd_ioctl.h, enum kfd_dbg_trap_exception_code).
 */
#include "aql.h"

struct reason {
    uint64_t bits;
    const char *text;
};

static const struct reason inactive_reasons[] = {
    {2, "a dispatch has bad dimensions"},
    {4, "a dispatch asks for more group memory than there is"},
    {8, "a dispatch has no valid code"},
    {32, "the processor met a packet that it does not know"},
    {256, "the processor met a vendor packet that it does not know"},
    {64, "a work-group is too large"},
    {128, "a kernel needs more registers than there are"},
    {0x20000000, "a kernel accessed memory outside of every aperture"},
    {0x40000000, "a kernel has an illegal instruction"},
    {0x80000000, "a kernel trapped"},
    {0},
};

#define EXCEPTION(code) (UINT64_C(1) << ((code)-1)) /* KFD_EC_MASK */
static const struct reason exception_reasons[] = {
    {EXCEPTION(1), "a kernel aborted"},
    {EXCEPTION(2), "a kernel trapped"},
    {EXCEPTION(3), "a kernel had a math error"},
    {EXCEPTION(4), "a kernel has an illegal instruction"},
    {EXCEPTION(5), "a kernel accessed memory that it may not"},
    {EXCEPTION(6), "a kernel accessed memory outside of every aperture"},
    {EXCEPTION(16), "a dispatch has bad dimensions"},
    {EXCEPTION(17), "a dispatch asks for more group memory than there is"},
    {EXCEPTION(18), "a dispatch has no valid code"},
    {EXCEPTION(19) | EXCEPTION(20), "the processor met a packet that it does not know"},
    {EXCEPTION(21), "a work-group is too large"},
    {EXCEPTION(22), "a kernel needs more registers than there are"},
    {EXCEPTION(23), "the processor met a vendor packet that it does not know"},
    {EXCEPTION(30), "its waves could not be preempted"},
    {0},
};

#define EXCEPTION_QUEUE_NEW EXCEPTION(31) /* a queue was made: no error */

static const char *find(const struct reason *reasons, uint64_t code)
{
    for (; reasons->bits; reasons++)
        if (code & reasons->bits)
            return reasons->text;
    return "the driver does not know why";
}

const char *aql_inactive_reason(uint64_t code)
{
    return find(inactive_reasons, code);
}

const char *aql_exception_reason(uint64_t mask)
{
    mask &= ~EXCEPTION_QUEUE_NEW;
    return mask ? find(exception_reasons, mask) : NULL;
}
