/*
 * code_target.c - code is made for a processor, or for a generic one that stands for several, with xnack and
 * sramecc on, off or either: the rules by which ROCr accepts it.
 *
 * Facts: LLVM's AMDGPUUsage, "Target ID" and "Generic Processor Versioning"; what the features of V3 files
 * mean, AMD's comgr (comgr-metadata.cpp).
 */
#include "code_target.h"

#include <stdio.h>

enum { RANK_RUNS = 1, RANK_FEATURE = 1, RANK_EXACT = 4, GENERIC_VERSION = 1 };

static bool allows(enum image_feature wanted, bool on)
{
    return wanted == IMAGE_ANY || (wanted == IMAGE_ON) == on;
}

static bool for_processor(const struct target *target, const struct image *image)
{
    if (image->mach == target->elf_mach)
        return true;
    return target->generic_mach != 0 && image->mach == target->generic_mach &&
           image->generic_version >= GENERIC_VERSION;
}

unsigned code_target_rank(const struct code_target *gpu, const struct image *image)
{
    const struct target *target = gpu->target;
    unsigned rank = RANK_RUNS;

    if (!for_processor(target, image))
        return 0;
    if (target->has_features && (!allows(image->xnack, gpu->xnack) || !allows(image->sramecc, gpu->sramecc)))
        return 0;
    if (image->mach == target->elf_mach)
        rank += RANK_EXACT;
    if (target->has_features)
        rank += RANK_FEATURE * (unsigned)((image->xnack != IMAGE_ANY) + (image->sramecc != IMAGE_ANY));
    return rank;
}

static const char *feature_text(enum image_feature feature, const char *on, const char *off)
{
    return feature == IMAGE_ON ? on : feature == IMAGE_OFF ? off : "";
}

static void write_name(char *to, const char *processor, enum image_feature sramecc, enum image_feature xnack)
{
    snprintf(to, CODE_TARGET_NAME, "%s%s%s", processor, feature_text(sramecc, ":sramecc+", ":sramecc-"),
             feature_text(xnack, ":xnack+", ":xnack-"));
}

void code_target_name(const struct code_target *gpu, char name[CODE_TARGET_NAME])
{
    bool tells = gpu->target->has_features;
    write_name(name, gpu->target->name,
               !tells         ? IMAGE_ANY
               : gpu->sramecc ? IMAGE_ON
                              : IMAGE_OFF,
               !tells       ? IMAGE_ANY
               : gpu->xnack ? IMAGE_ON
                            : IMAGE_OFF);
}

void code_image_name(const struct image *image, char name[CODE_TARGET_NAME])
{
    const struct target *target = target_by_mach(image->mach);
    char number[20];

    snprintf(number, sizeof number, "machine 0x%x", image->mach);
    if (target == NULL)
        write_name(name, number, IMAGE_ANY, IMAGE_ANY);
    else
        write_name(name, target->elf_mach == image->mach ? target->name : target->generic_name,
                   target->has_features ? image->sramecc : IMAGE_ANY,
                   target->has_features ? image->xnack : IMAGE_ANY);
}
