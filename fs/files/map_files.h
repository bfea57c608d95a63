/* map_files.h - how GPUs, their memory and the processes that use them hang together. Under the lock. */
#ifndef KFDFS_FS_MAP_FILES_H
#define KFDFS_FS_MAP_FILES_H

#include "tree/rows.h"

void fs_peers(struct fs_object *root, struct fs_text *text);
void fs_topology_picture(struct fs_object *root, struct fs_text *text);
void fs_gpu_maps(struct fs_object *gpu, struct fs_text *text);

struct fs_object *fs_find_process(struct fs_object *gpu, const char *name);
void fs_list_processes(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);
void fs_processes_free(struct fs_gpu *gpu);
void fs_process_vram(struct fs_object *process, struct fs_text *text);
void fs_process_sdma(struct fs_object *process, struct fs_text *text);
void fs_process_evicted(struct fs_object *process, struct fs_text *text);
void fs_process_cus(struct fs_object *process, struct fs_text *text);
void fs_process_queues(struct fs_object *process, struct fs_text *text);
void fs_process_command(struct fs_object *process, struct fs_text *text);

#endif
