/*
 * metadata.c - reads the NT_AMDGPU_METADATA note (MessagePack) into kernels and arguments.
 *
 * Invariant: every argument handed out lies inside its kernel's kernarg segment.
 * Facts: LLVM's AMDGPUUsage, "Code Object V3 Metadata" to V5; value kinds as clang 22 writes them.
 */
#include "metadata.h"

#include <errno.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "mangle.h"

static const char *const hidden_names[] = {
    [HIDDEN_BLOCK_COUNT_X] = "hidden_block_count_x",
    [HIDDEN_BLOCK_COUNT_Y] = "hidden_block_count_y",
    [HIDDEN_BLOCK_COUNT_Z] = "hidden_block_count_z",
    [HIDDEN_GROUP_SIZE_X] = "hidden_group_size_x",
    [HIDDEN_GROUP_SIZE_Y] = "hidden_group_size_y",
    [HIDDEN_GROUP_SIZE_Z] = "hidden_group_size_z",
    [HIDDEN_REMAINDER_X] = "hidden_remainder_x",
    [HIDDEN_REMAINDER_Y] = "hidden_remainder_y",
    [HIDDEN_REMAINDER_Z] = "hidden_remainder_z",
    [HIDDEN_GLOBAL_OFFSET_X] = "hidden_global_offset_x",
    [HIDDEN_GLOBAL_OFFSET_Y] = "hidden_global_offset_y",
    [HIDDEN_GLOBAL_OFFSET_Z] = "hidden_global_offset_z",
    [HIDDEN_GRID_DIMS] = "hidden_grid_dims",
    [HIDDEN_DYNAMIC_LDS_SIZE] = "hidden_dynamic_lds_size",
    [HIDDEN_PRIVATE_BASE] = "hidden_private_base",
    [HIDDEN_SHARED_BASE] = "hidden_shared_base",
    [HIDDEN_QUEUE_PTR] = "hidden_queue_ptr",
    [HIDDEN_UNUSED] = "hidden_none",
    [HIDDEN_PRINTF] = "hidden_printf_buffer",
    [HIDDEN_HOSTCALL] = "hidden_hostcall_buffer",
    [HIDDEN_MULTIGRID] = "hidden_multigrid_sync_arg",
    [HIDDEN_HEAP] = "hidden_heap_v1",
    [HIDDEN_DEFAULT_QUEUE] = "hidden_default_queue",
    [HIDDEN_COMPLETION] = "hidden_completion_action",
};

/* ---- MessagePack by key ---- */

static const msgpack_object *find(const msgpack_object *map, const char *key)
{
    size_t length = strlen(key);

    if (map->type != MSGPACK_OBJECT_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object *k = &map->via.map.ptr[i].key;
        if (k->type == MSGPACK_OBJECT_STR && k->via.str.size == length &&
            memcmp(k->via.str.ptr, key, length) == 0)
            return &map->via.map.ptr[i].val;
    }
    return NULL;
}

static uint32_t find_number(const msgpack_object *map, const char *key)
{
    const msgpack_object *o = find(map, key);
    return o != NULL && o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 <= UINT32_MAX
               ? (uint32_t)o->via.u64
               : 0;
}

static bool find_true(const msgpack_object *map, const char *key)
{
    const msgpack_object *o = find(map, key);
    return o != NULL && o->type == MSGPACK_OBJECT_BOOLEAN && o->via.boolean;
}

static const msgpack_object_array *find_array(const msgpack_object *map, const char *key)
{
    const msgpack_object *o = find(map, key);
    return o != NULL && o->type == MSGPACK_OBJECT_ARRAY ? &o->via.array : NULL;
}

/* A copy; "" if there is none; NULL without memory. */
static char *find_string(const msgpack_object *map, const char *key)
{
    const msgpack_object *o = find(map, key);
    return o != NULL && o->type == MSGPACK_OBJECT_STR ? strndup(o->via.str.ptr, o->via.str.size) : strdup("");
}

/* ---- arguments ---- */

static enum metadata_hidden hidden_kind(const char *value_kind)
{
    for (unsigned i = 1; i < sizeof hidden_names / sizeof *hidden_names; i++)
        if (strcmp(hidden_names[i], value_kind) == 0)
            return i;
    return HIDDEN_UNKNOWN;
}

static void refuse(struct metadata_kernel *kernel, const char *what, const char *kind)
{
    if (kernel->unsupported == NULL && asprintf(&kernel->unsupported, "%s %s", what, kind) < 0)
        kernel->unsupported = NULL;
}

static void add_visible(struct metadata_kernel *kernel, struct gpu_arg arg, const char *kind)
{
    if (strcmp(kind, "global_buffer") == 0)
        arg.kind = GPU_ARG_POINTER;
    else if (strcmp(kind, "dynamic_shared_pointer") == 0)
        arg.kind = GPU_ARG_LOCAL;
    else
        arg.kind = GPU_ARG_VALUE;
    if (arg.kind == GPU_ARG_VALUE && strcmp(kind, "by_value") != 0)
        refuse(kernel, "it takes an argument of kind", kind);
    if (arg.kind == GPU_ARG_VALUE)
        arg.scalar = mangle_scalar(arg.type_name, arg.size);
    if (arg.kind == GPU_ARG_LOCAL && arg.size != 4)
        refuse(kernel, "it takes an LDS pointer that is not 32 bits wide:", arg.name);
    if (arg.kind == GPU_ARG_POINTER && arg.size != 8)
        refuse(kernel, "it takes a pointer that is not 64 bits wide:", arg.name);
    kernel->args[kernel->n_args++] = arg;
}

static int add_arg(struct metadata_kernel *kernel, const msgpack_object *o)
{
    uint32_t offset = find_number(o, ".offset"), size = find_number(o, ".size");
    char *kind = find_string(o, ".value_kind");
    int r = 0;

    if (kind == NULL)
        return gpu_err(-ENOMEM, "no memory for code object metadata");
    if (o->type != MSGPACK_OBJECT_MAP || size == 0 || offset > kernel->kernarg_bytes ||
        size > kernel->kernarg_bytes - offset) {
        r = gpu_err(-ENOEXEC,
                    "damaged metadata: kernel %s has an argument at %u of %u bytes in a segment of %u",
                    kernel->name, offset, size, kernel->kernarg_bytes);
    } else if (strncmp(kind, "hidden_", 7) == 0) {
        enum metadata_hidden hidden = hidden_kind(kind);
        if (hidden == HIDDEN_UNKNOWN)
            refuse(kernel, "it wants a hidden argument that kfdfs does not know:", kind);
        kernel->hidden[kernel->n_hidden++] = (struct metadata_hidden_arg){hidden, offset, size};
    } else {
        struct gpu_arg arg = {.offset = offset,
                              .size = size,
                              .type_name = find_string(o, ".type_name"),
                              .name = find_string(o, ".name")};
        if (arg.type_name == NULL || arg.name == NULL) {
            free((char *)arg.type_name);
            free((char *)arg.name);
            r = gpu_err(-ENOMEM, "no memory for code object metadata");
        } else {
            add_visible(kernel, arg, kind);
        }
    }
    free(kind);
    return r;
}

static int read_args(struct metadata_kernel *kernel, const msgpack_object *map)
{
    const msgpack_object_array *args = find_array(map, ".args");
    uint32_t n = args != NULL ? args->size : 0;
    int r = 0;

    kernel->args = calloc(n + 1, sizeof *kernel->args);
    kernel->hidden = calloc(n + 1, sizeof *kernel->hidden);
    if (kernel->args == NULL || kernel->hidden == NULL)
        return gpu_err(-ENOMEM, "no memory for %u arguments", n);
    for (uint32_t i = 0; r == 0 && i < n; i++)
        r = add_arg(kernel, &args->ptr[i]);
    return r;
}

/* ---- kernels ---- */

static int read_kernel(struct metadata_kernel *kernel, const msgpack_object *map)
{
    const msgpack_object_array *group = find_array(map, ".reqd_workgroup_size");

    kernel->name = find_string(map, ".name");
    kernel->symbol = find_string(map, ".symbol");
    if (kernel->name == NULL || kernel->symbol == NULL)
        return gpu_err(-ENOMEM, "no memory for code object metadata");
    if (kernel->name[0] == '\0' || kernel->symbol[0] == '\0')
        return gpu_err(-ENOEXEC, "damaged metadata: a kernel without a name");
    kernel->vgprs = find_number(map, ".vgpr_count");
    kernel->agprs = find_number(map, ".agpr_count");
    kernel->sgprs = find_number(map, ".sgpr_count");
    kernel->lds_bytes = find_number(map, ".group_segment_fixed_size");
    kernel->scratch_bytes = find_number(map, ".private_segment_fixed_size");
    kernel->kernarg_bytes = find_number(map, ".kernarg_segment_size");
    kernel->wave_size = find_number(map, ".wavefront_size");
    kernel->max_group = find_number(map, ".max_flat_workgroup_size");
    kernel->dynamic_stack = find_true(map, ".uses_dynamic_stack");
    for (uint32_t i = 0; group != NULL && i < 3 && i < group->size; i++)
        if (group->ptr[i].type == MSGPACK_OBJECT_POSITIVE_INTEGER)
            kernel->reqd_group[i] = (uint32_t)group->ptr[i].via.u64;
    return read_args(kernel, map);
}

static int read_root(struct metadata *metadata, const msgpack_object *root)
{
    const msgpack_object_array *kernels = find_array(root, "amdhsa.kernels");
    uint32_t n = kernels != NULL ? kernels->size : 0;
    int r = 0;

    if (find_array(root, "amdhsa.version") == NULL)
        return gpu_err(-ENOEXEC, "damaged metadata: no amdhsa.version in it");
    metadata->target = find(root, "amdhsa.target") != NULL ? find_string(root, "amdhsa.target") : NULL;
    metadata->printf = find_array(root, "amdhsa.printf") != NULL;
    metadata->kernels = calloc(n + 1, sizeof *metadata->kernels);
    if (metadata->kernels == NULL)
        return gpu_err(-ENOMEM, "no memory for %u kernels", n);
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        metadata->n_kernels++;
        r = read_kernel(&metadata->kernels[i], &kernels->ptr[i]);
    }
    return r;
}

/* ---- is it whole? ---- */

/* Bytes of an object's head and, by its first byte, of what its length field counts: bytes or more objects.
 */
struct head {
    uint8_t first, last;    /* of the range of first bytes */
    uint8_t mask;           /* of the length in the first byte */
    uint8_t field, fixed;   /* bytes of the length field behind it, of a payload of fixed size */
    uint8_t bytes, objects; /* what each unit of length stands for */
};

/* The MessagePack specification, "Formats". */
static const struct head heads[] = {
    {0x00, 0x7f, 0, 0, 0, 0, 0},    {0x80, 0x8f, 0x0f, 0, 0, 0, 2}, {0x90, 0x9f, 0x0f, 0, 0, 0, 1},
    {0xa0, 0xbf, 0x1f, 0, 0, 1, 0}, {0xc0, 0xc3, 0, 0, 0, 0, 0},    {0xc4, 0xc4, 0, 1, 0, 1, 0},
    {0xc5, 0xc5, 0, 2, 0, 1, 0},    {0xc6, 0xc6, 0, 4, 0, 1, 0},    {0xc7, 0xc7, 0, 1, 1, 1, 0},
    {0xc8, 0xc8, 0, 2, 1, 1, 0},    {0xc9, 0xc9, 0, 4, 1, 1, 0},    {0xca, 0xca, 0, 0, 4, 0, 0},
    {0xcb, 0xcb, 0, 0, 8, 0, 0},    {0xcc, 0xcc, 0, 0, 1, 0, 0},    {0xcd, 0xcd, 0, 0, 2, 0, 0},
    {0xce, 0xce, 0, 0, 4, 0, 0},    {0xcf, 0xcf, 0, 0, 8, 0, 0},    {0xd0, 0xd0, 0, 0, 1, 0, 0},
    {0xd1, 0xd1, 0, 0, 2, 0, 0},    {0xd2, 0xd2, 0, 0, 4, 0, 0},    {0xd3, 0xd3, 0, 0, 8, 0, 0},
    {0xd4, 0xd4, 0, 0, 2, 0, 0},    {0xd5, 0xd5, 0, 0, 3, 0, 0},    {0xd6, 0xd6, 0, 0, 5, 0, 0},
    {0xd7, 0xd7, 0, 0, 9, 0, 0},    {0xd8, 0xd8, 0, 0, 17, 0, 0},   {0xd9, 0xd9, 0, 1, 0, 1, 0},
    {0xda, 0xda, 0, 2, 0, 1, 0},    {0xdb, 0xdb, 0, 4, 0, 1, 0},    {0xdc, 0xdc, 0, 2, 0, 0, 1},
    {0xdd, 0xdd, 0, 4, 0, 0, 1},    {0xde, 0xde, 0, 2, 0, 0, 2},    {0xdf, 0xdf, 0, 4, 0, 0, 2},
    {0xe0, 0xff, 0, 0, 0, 0, 0}};

static const struct head *head_of(uint8_t first)
{
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (first >= heads[i].first && first <= heads[i].last)
            return &heads[i];
    return NULL; /* 0xc1, never used */
}

/* The library takes memory for as many objects as a length says before it looks for them. So all lengths are
 * held against the bytes that are there first. */
static bool is_whole(const uint8_t *at, size_t size)
{
    for (uint64_t wanted = 1; wanted > 0; wanted--) {
        const struct head *head = wanted <= size ? head_of(*at) : NULL;
        if (head == NULL || (size_t)1 + head->field + head->fixed > size)
            return false;
        uint64_t length = *at & head->mask;
        for (unsigned i = 0; i < head->field; i++)
            length = length << 8 | at[1 + i];
        uint64_t skip = (uint64_t)1 + head->field + head->fixed + length * head->bytes;
        if (skip > size)
            return false;
        wanted += length * head->objects;
        at += skip;
        size -= skip;
    }
    return true;
}

int metadata_parse(struct metadata *metadata, const void *note, size_t size)
{
    msgpack_unpacked unpacked;
    size_t offset = 0;
    int r;

    *metadata = (struct metadata){0};
    msgpack_unpacked_init(&unpacked);
    if (!is_whole(note, size) ||
        msgpack_unpack_next(&unpacked, note, size, &offset) != MSGPACK_UNPACK_SUCCESS)
        r = gpu_err(-ENOEXEC, "damaged code object: its metadata is not MessagePack");
    else
        r = read_root(metadata, &unpacked.data);
    msgpack_unpacked_destroy(&unpacked);
    if (r < 0)
        metadata_free(metadata);
    return r;
}

static void free_kernel(struct metadata_kernel *kernel)
{
    for (unsigned i = 0; i < kernel->n_args; i++) {
        free((char *)kernel->args[i].type_name);
        free((char *)kernel->args[i].name);
    }
    free(kernel->args);
    free(kernel->hidden);
    free(kernel->name);
    free(kernel->symbol);
    free(kernel->unsupported);
}

void metadata_free(struct metadata *metadata)
{
    for (unsigned i = 0; i < metadata->n_kernels; i++)
        free_kernel(&metadata->kernels[i]);
    free(metadata->kernels);
    free(metadata->target);
    *metadata = (struct metadata){0};
}
