/* Kernel metadata and argument types, against what clang wrote and against made-up notes. */
#include <check.h>
#include <errno.h>
#include <msgpack.h>
#include <string.h>

#include "code.h"
#include "code_internal.h"
#include "image.h"
#include "kernels.h"
#include "mangle.h"
#include "metadata.h"
#include "run_suite.h"

static int parse_kernel(const char *name, const char *target, struct metadata *metadata)
{
    struct image image;
    size_t size;
    void *bytes = kernel_bytes(name, target, "O3", &size);

    if (bytes == NULL)
        return 1;
    ck_assert_int_eq(image_open(&image, bytes, size), 0);
    int r = metadata_parse(metadata, image.metadata, image.metadata_size);
    image_close(&image);
    free(bytes);
    return r;
}

START_TEST(arguments_have_the_offsets_sizes_and_types_of_the_source)
{
    struct metadata m;

    if (parse_kernel("structs", "gfx942", &m) > 0)
        return;
    ck_assert_uint_eq(m.n_kernels, 1);
    const struct metadata_kernel *k = &m.kernels[0];
    ck_assert_str_eq(k->name, "distances");
    ck_assert_str_eq(k->symbol, "distances.kd");
    ck_assert_uint_eq(k->n_args, 5);
    ck_assert_int_eq(k->args[0].scalar, GPU_SCALAR_I8);
    ck_assert_int_eq(k->args[1].scalar, GPU_SCALAR_STRUCT);
    ck_assert_uint_eq(k->args[1].offset, 8);
    ck_assert_uint_eq(k->args[1].size, 48);
    ck_assert_int_eq(k->args[2].scalar, GPU_SCALAR_U64);
    ck_assert_uint_eq(k->args[2].offset, 56);
    ck_assert_int_eq(k->args[3].kind, GPU_ARG_POINTER);
    ck_assert_str_eq(k->args[3].type_name, "float*");
    ck_assert_uint_eq(k->wave_size, 64);
    ck_assert_ptr_null(k->unsupported);
    metadata_free(&m);
}
END_TEST

START_TEST(local_pointers_and_required_groups_are_known)
{
    struct metadata m;

    if (parse_kernel("reduce", "gfx1100", &m) > 0)
        return;
    ck_assert_int_eq(m.kernels[0].args[3].kind, GPU_ARG_LOCAL);
    ck_assert_uint_eq(m.kernels[0].args[3].size, 4);
    ck_assert_uint_eq(m.kernels[0].wave_size, 32);
    metadata_free(&m);
    ck_assert_int_eq(parse_kernel("transpose", "gfx1100", &m), 0);
    ck_assert_uint_eq(m.kernels[0].reqd_group[0], 16);
    ck_assert_uint_eq(m.kernels[0].reqd_group[1], 16);
    ck_assert_uint_eq(m.kernels[0].reqd_group[2], 1);
    metadata_free(&m);
}
END_TEST

static void pack_text(msgpack_packer *p, const char *text)
{
    msgpack_pack_str(p, strlen(text));
    msgpack_pack_str_body(p, text, strlen(text));
}

/* One kernel with one argument, described by the caller. */
static int parse_made_up(unsigned offset, unsigned size, const char *kind, struct metadata *metadata)
{
    msgpack_sbuffer buffer;
    msgpack_packer p;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&p, &buffer, msgpack_sbuffer_write);
    msgpack_pack_map(&p, 2);
    pack_text(&p, "amdhsa.version"), msgpack_pack_array(&p, 2), msgpack_pack_int(&p, 1),
        msgpack_pack_int(&p, 1);
    pack_text(&p, "amdhsa.kernels"), msgpack_pack_array(&p, 1), msgpack_pack_map(&p, 4);
    pack_text(&p, ".name"), pack_text(&p, "k"), pack_text(&p, ".symbol"), pack_text(&p, "k.kd");
    pack_text(&p, ".kernarg_segment_size"), msgpack_pack_int(&p, 64);
    pack_text(&p, ".args"), msgpack_pack_array(&p, 1), msgpack_pack_map(&p, 3);
    pack_text(&p, ".offset"), msgpack_pack_unsigned_int(&p, offset);
    pack_text(&p, ".size"), msgpack_pack_unsigned_int(&p, size);
    pack_text(&p, ".value_kind"), pack_text(&p, kind);
    int r = metadata_parse(metadata, buffer.data, buffer.size);
    msgpack_sbuffer_destroy(&buffer);
    return r;
}

START_TEST(an_argument_outside_its_segment_is_damage)
{
    struct metadata m;

    ck_assert_int_eq(parse_made_up(60, 8, "by_value", &m), -ENOEXEC);
    ck_assert_int_eq(parse_made_up(0xffffffff, 8, "by_value", &m), -ENOEXEC);
    ck_assert_int_eq(parse_made_up(0, 0, "by_value", &m), -ENOEXEC);
    ck_assert_int_eq(parse_made_up(56, 8, "by_value", &m), 0);
    ck_assert_int_eq(m.kernels[0].args[0].scalar, GPU_SCALAR_UNKNOWN);
    metadata_free(&m);
}
END_TEST

START_TEST(an_lds_pointer_of_another_size_than_4_cannot_be_dispatched)
{
    struct metadata m;

    ck_assert_int_eq(parse_made_up(60, 4, "dynamic_shared_pointer", &m), 0);
    ck_assert_ptr_null(m.kernels[0].unsupported);
    metadata_free(&m);
    ck_assert_int_eq(parse_made_up(63, 1, "dynamic_shared_pointer", &m), 0);
    ck_assert_ptr_nonnull(m.kernels[0].unsupported);
    metadata_free(&m);
}
END_TEST

START_TEST(kinds_that_cannot_be_given_are_named)
{
    struct metadata m;

    ck_assert_int_eq(parse_made_up(0, 8, "image", &m), 0);
    ck_assert_ptr_nonnull(strstr(m.kernels[0].unsupported, "image"));
    metadata_free(&m);
    ck_assert_int_eq(parse_made_up(0, 8, "hidden_new_thing", &m), 0);
    ck_assert_ptr_nonnull(strstr(m.kernels[0].unsupported, "hidden_new_thing"));
    ck_assert_uint_eq(m.kernels[0].n_args, 0);
    metadata_free(&m);
}
END_TEST

START_TEST(bytes_that_are_not_messagepack_are_damage)
{
    struct metadata m;

    ck_assert_int_eq(metadata_parse(&m, "\xc1\xc1", 2), -ENOEXEC);
    ck_assert_int_eq(metadata_parse(&m, "", 0), -ENOEXEC);
    ck_assert_int_eq(metadata_parse(&m, "\x80", 1), -ENOEXEC); /* an empty map */
}
END_TEST

START_TEST(mangled_names_tell_types)
{
    struct gpu_arg args[4] = {{.kind = GPU_ARG_POINTER, .size = 8},
                              {.kind = GPU_ARG_POINTER, .size = 8},
                              {.kind = GPU_ARG_VALUE, .size = 4},
                              {.kind = GPU_ARG_VALUE, .size = 4}};
    char *text = mangle_demangle("_Z5saxpyPKfPffi");

    ck_assert_str_eq(text, "saxpy(float const*, float*, float, int)");
    mangle_types(text, args, 4);
    ck_assert_int_eq(args[2].scalar, GPU_SCALAR_F32);
    ck_assert_int_eq(args[3].scalar, GPU_SCALAR_I32);
    free(text);
    struct gpu_arg one = {.kind = GPU_ARG_VALUE, .size = 8};
    text = mangle_demangle("_Z6kernelIiSt4pairIifEEvT0_Pjm"); /* a template with a pair by value first */
    struct gpu_arg three[3] = {one, {.kind = GPU_ARG_POINTER, .size = 8}, one};
    mangle_types(text, three, 3);
    ck_assert_int_eq(three[2].scalar, GPU_SCALAR_U64);
    free(text);
    text = mangle_demangle("vector_add");
    ck_assert_str_eq(text, "vector_add");
    mangle_types(text, three, 0);
    free(text);
}
END_TEST

START_TEST(a_type_whose_size_does_not_fit_is_not_believed)
{
    ck_assert_int_eq(mangle_scalar("float", 4), GPU_SCALAR_F32);
    ck_assert_int_eq(mangle_scalar("float", 8), GPU_SCALAR_UNKNOWN);
    ck_assert_int_eq(mangle_scalar("", 4), GPU_SCALAR_UNKNOWN);
    ck_assert_int_eq(mangle_scalar("", 12), GPU_SCALAR_STRUCT);
    ck_assert_int_eq(mangle_scalar("struct pair", 8), GPU_SCALAR_STRUCT);
    ck_assert_int_eq(mangle_scalar("float4", 16), GPU_SCALAR_STRUCT);
}
END_TEST

START_TEST(hidden_arguments_are_filled_by_their_offsets)
{
    struct metadata_hidden_arg hidden[] = {{HIDDEN_BLOCK_COUNT_X, 16, 4}, {HIDDEN_BLOCK_COUNT_Y, 20, 4},
                                           {HIDDEN_GROUP_SIZE_X, 24, 2},  {HIDDEN_REMAINDER_X, 26, 2},
                                           {HIDDEN_GRID_DIMS, 28, 2},     {HIDDEN_GLOBAL_OFFSET_X, 32, 8},
                                           {HIDDEN_SHARED_BASE, 40, 4},   {HIDDEN_PRIVATE_BASE, 44, 4},
                                           {HIDDEN_QUEUE_PTR, 48, 8},     {HIDDEN_DYNAMIC_LDS_SIZE, 56, 4}};
    struct gpu_arg args[] = {{.kind = GPU_ARG_LOCAL, .offset = 0, .size = 4},
                             {.kind = GPU_ARG_LOCAL, .offset = 4, .size = 4}};
    struct metadata_kernel meta = {.hidden = hidden, .n_hidden = 10};
    struct code_kernel k = {.meta = &meta,
                            .kernel = {.lds_bytes = 100, .n_args = 2, .args = args, .kernarg_bytes = 64}};
    uint32_t kernarg[16] = {20, 8};
    uint32_t given[16] = {20, 8};
    struct gpu_command c = {.op = GPU_DISPATCH,
                            .kernel = &k.kernel,
                            .grid = {1000, 3, 1},
                            .group = {256, 1, 1},
                            .kernarg = given};
    const struct code_hidden env = {
        .queue_va = 0x123456789000, .shared_base_hi = 0x10000, .private_base_hi = 0x20000};

    memset(kernarg + 2, 0xee, sizeof kernarg - 8);
    code_fill_hidden(&k.kernel, &c, &env, kernarg);
    ck_assert_uint_eq(kernarg[0],
                      112); /* LDS offsets: after the kernel's own 100 bytes, then after 20 more */
    ck_assert_uint_eq(kernarg[1], 144);
    ck_assert_uint_eq(kernarg[4], 3); /* complete groups only */
    ck_assert_uint_eq(kernarg[5], 3);
    ck_assert_uint_eq(kernarg[6], 256 | 232 << 16);
    ck_assert_uint_eq(kernarg[7] & 0xffff, 2);
    ck_assert_uint_eq(kernarg[8] | kernarg[9], 0);
    ck_assert_uint_eq(kernarg[10], 0x10000);
    ck_assert_uint_eq(kernarg[11], 0x20000);
    ck_assert_uint_eq(kernarg[12], 0x56789000);
    ck_assert_uint_eq(kernarg[13], 0x1234);
    ck_assert_uint_eq(code_lds_bytes(&c), 152);
    ck_assert_uint_eq(kernarg[14], 52);
    ck_assert_uint_eq(kernarg[15], 0xeeeeeeee);
    ck_assert_uint_eq(kernarg[2], 0xeeeeeeee);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metadata");
    TCase *tc = tcase_create("metadata");

    tcase_add_test(tc, arguments_have_the_offsets_sizes_and_types_of_the_source);
    tcase_add_test(tc, local_pointers_and_required_groups_are_known);
    tcase_add_test(tc, an_argument_outside_its_segment_is_damage);
    tcase_add_test(tc, an_lds_pointer_of_another_size_than_4_cannot_be_dispatched);
    tcase_add_test(tc, kinds_that_cannot_be_given_are_named);
    tcase_add_test(tc, bytes_that_are_not_messagepack_are_damage);
    tcase_add_test(tc, mangled_names_tell_types);
    tcase_add_test(tc, a_type_whose_size_does_not_fit_is_not_believed);
    tcase_add_test(tc, hidden_arguments_are_filled_by_their_offsets);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
