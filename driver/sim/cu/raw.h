/*
 * raw.h - memory that a kernel's lanes, other threads and the CPU see at the same time.
 *
 * Invariant: every aligned dword, and every aligned pair of dwords, is read and written whole, as on
 * hardware; what the lanes of a kernel race about is the kernel's business, so these copies, and no others,
 * are hidden from the thread sanitizer.
 */
#ifndef KFDFS_SIM_RAW_H
#define KFDFS_SIM_RAW_H

#include <stdint.h>

typedef uint16_t raw16 __attribute__((may_alias, aligned(1)));
typedef uint32_t raw32 __attribute__((may_alias, aligned(1)));
typedef uint64_t raw64 __attribute__((may_alias, aligned(1)));
#define RAW __attribute__((no_sanitize("thread")))

#if defined(__SANITIZE_THREAD__)
#define RAW_WATCHED
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RAW_WATCHED
#endif
#endif
#ifdef RAW_WATCHED
#define RAW_ROW volatile /* or the compiler makes a call of memcpy of it, which the sanitizer watches */
#else
#define RAW_ROW
#endif

#endif
