/*
 * capability.c - what the calling thread may do, by its Linux capabilities.
 *
 * Facts: capable(), checkpoint_restore_ns_capable() and perfmon_capable() ask for a capability in the initial
 * user namespace; the two narrow ones are a part of CAP_SYS_ADMIN (include/linux/capability.h).
 */
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kfd_state.h"

#define INITIAL_USER_NAMESPACE 0xeffffffdu /* inode; include/linux/proc_ns.h */

static bool has_capability(const struct __user_cap_data_struct *data, unsigned capability)
{
    return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

bool sim_capable(unsigned capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    struct stat st;
    memset(data, 0, sizeof data);
    if (stat("/proc/self/ns/user", &st) || st.st_ino != INITIAL_USER_NAMESPACE)
        return false;
    if (syscall(SYS_capget, &header, data))
        return false;
    return has_capability(data, capability) || has_capability(data, CAP_SYS_ADMIN);
}
