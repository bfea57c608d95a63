/* buffer_copy.h - copies and room that the kernel asks for. Both answer the request; not under the lock. */
#ifndef KFDFS_FS_BUFFER_COPY_H
#define KFDFS_FS_BUFFER_COPY_H

#include "tree/rows.h"

void fs_buffer_copy(struct fs_request *request, struct fs_file *in, uint64_t in_offset, struct fs_file *out,
                    uint64_t out_offset, uint64_t bytes);
void fs_buffer_allocate(struct fs_request *request, struct fs_file *file, int mode, uint64_t offset,
                        uint64_t bytes);

#endif
