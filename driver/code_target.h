/*
 * code_target.h - which code runs on which GPU.
 */
#ifndef KFDFS_CODE_TARGET_H
#define KFDFS_CODE_TARGET_H

#include <stdint.h>

#include "hw/targets.h"
#include "image.h"

struct code_target { /* a GPU as it is set up in this process */
    const struct target *target;
    bool sramecc, xnack; /* on; only where the target has them */
};

/* How well the image suits it: 0 if it does not run there, else more the more exactly it was made for it. */
unsigned code_target_rank(const struct code_target *gpu, const struct image *image);

enum { CODE_TARGET_NAME = 48 };
/* Target IDs: "gfx942:sramecc+:xnack-". */
void code_target_name(const struct code_target *gpu, char name[CODE_TARGET_NAME]);
void code_image_name(const struct image *image, char name[CODE_TARGET_NAME]);

#endif
