/* buffer_files.h - what the kernel asks of a buffer. */
#ifndef KFDFS_FS_BUFFER_FILES_H
#define KFDFS_FS_BUFFER_FILES_H

#include "tree/rows.h"

struct fs_entry;

extern const struct fs_class fs_buffer_class;
/* Names of its extended attributes, each with its NUL; under the lock. */
void fs_buffer_attributes(const struct fs_entry *entry, struct fs_text *names);
/* Value of an extended attribute, or NULL text for unknown ones. Under the lock. */
bool fs_buffer_attribute(const struct fs_entry *entry, const char *name, struct fs_text *value);

#endif
