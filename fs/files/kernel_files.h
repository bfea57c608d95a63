/* kernel_files.h - what a kernel's files read. Under the lock. */
#ifndef KFDFS_FS_KERNEL_FILES_H
#define KFDFS_FS_KERNEL_FILES_H

#include "tree/rows.h"

void fs_kernel_signature(struct fs_object *kernel, struct fs_text *text);
void fs_kernel_info(struct fs_object *kernel, struct fs_text *text);
void fs_kernel_disasm(struct fs_object *kernel, struct fs_text *text);
void fs_kernel_last(struct fs_object *kernel, struct fs_text *text);
int fs_kernel_run(struct fs_object *kernel, const char *text, size_t length, struct fs_work *work);
int fs_kernel_submit(struct fs_object *kernel, const char *text, size_t length, struct fs_work *work);
void fs_kernel_usage(struct fs_object *kernel, struct fs_text *text);
void fs_kernel_target(struct fs_object *kernel, struct fs_text *text); /* of the link with its short name */

struct fs_object *fs_find_kernel(struct fs_object *loaded, const char *name);
void fs_list_kernels(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_short(struct fs_object *loaded, const char *name);
void fs_list_short(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing);

#endif
