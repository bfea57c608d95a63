/* info_files.h - what the root's and a GPU's own files read. Under the lock. */
#ifndef KFDFS_FS_INFO_FILES_H
#define KFDFS_FS_INFO_FILES_H

#include "tree/rows.h"

void fs_readme(struct fs_object *root, struct fs_text *text);
void fs_version(struct fs_object *root, struct fs_text *text);
void fs_gpus(struct fs_object *root, struct fs_text *text);
void fs_gpu_info(struct fs_object *gpu, struct fs_text *text);
void fs_gpu_status(struct fs_object *gpu, struct fs_text *text);

struct fs_object *fs_find_gpu(struct fs_object *root, const char *name);
void fs_list_gpus(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_by_pci(struct fs_object *root, const char *name);
void fs_list_by_pci(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_by_id(struct fs_object *root, const char *name);
void fs_list_by_id(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing);
void fs_gpu_target(struct fs_object *gpu, struct fs_text *text); /* of by-pci/ and by-id/ */

#endif
