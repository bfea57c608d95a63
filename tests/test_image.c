/* Code object files: what is refused, how, and that damage never gets further than the checks. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"
#include "swallow.h"
#include "run_suite.h"

START_TEST(a_compiled_kernel_is_taken_on_every_target_and_level)
{
    const char *targets[] = {"gfx942", "gfx1100"}, *levels[] = {"O0", "O3"};

    for (int t = 0; t < 2; t++)
        for (int l = 0; l < 2; l++) {
            size_t size;
            void *bytes = kernel_bytes("transpose", targets[t], levels[l], &size);
            if (bytes == NULL)
                return;
            ck_assert_msg(swallow(bytes, size) == 0, "%s", gpu_err_text());
            free(bytes);
        }
}
END_TEST

START_TEST(text_is_not_a_code_object)
{
    ck_assert_int_eq(swallow("hello\n", 6), -ENOEXEC);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "not a code object"));
    ck_assert_int_eq(swallow("", 0), -ENOEXEC);
}
END_TEST

START_TEST(a_program_of_the_host_is_refused_by_its_machine)
{
    char bytes[4096];
    FILE *file = fopen("/proc/self/exe", "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);

    fclose(file);
    ck_assert_int_eq(swallow(bytes, size), -ENOEXEC);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "machine 62"));
}
END_TEST

START_TEST(every_truncation_is_refused_or_harmless)
{
    size_t size;
    uint8_t *bytes = kernel_bytes("vector_add", "gfx942", "O3", &size);

    if (bytes == NULL)
        return;
    for (size_t cut = 0; cut < size; cut += cut < 4096 ? 1 : 7) {
        uint8_t *part = malloc(cut + 1); /* so that a sanitizer sees a read past the end */
        memcpy(part, bytes, cut);
        int r = swallow(part, cut);
        ck_assert(r == 0 || r == -ENOEXEC);
        if (cut < 0xa00) /* headers, metadata and descriptor lie below */
            ck_assert_int_eq(r, -ENOEXEC);
        free(part);
    }
    free(bytes);
}
END_TEST

START_TEST(random_damage_is_refused_or_harmless)
{
    size_t size;
    uint8_t *bytes = kernel_bytes("saxpy", "gfx1100", "O0", &size);
    uint32_t seed = 12345;

    if (bytes == NULL)
        return;
    for (int round = 0; round < 3000; round++) {
        uint8_t *copy = malloc(size);
        memcpy(copy, bytes, size);
        for (int n = 0; n < 4; n++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % (round % 2 ? 0xb00 : size)] = (uint8_t)(seed >> 3);
        }
        int r = swallow(copy, size);
        ck_assert(r == 0 || r == -ENOEXEC || r == -ENOMEM);
        free(copy);
    }
    free(bytes);
}
END_TEST

START_TEST(a_missing_symbol_is_named)
{
    size_t size;
    uint8_t *bytes = kernel_bytes("vector_add", "gfx942", "O3", &size);
    struct image image;
    uint64_t va = 77;

    if (bytes == NULL)
        return;
    ck_assert_int_eq(image_open(&image, bytes, size), 0);
    ck_assert_int_eq(image_symbol(&image, "nonesuch.kd", 64, &va), -ENOEXEC);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "nonesuch.kd"));
    ck_assert_uint_eq(va, 77);
    ck_assert_int_eq(image_symbol(&image, "vector_add.kd", 64, &va), 0);
    ck_assert(image_has_symbol_prefix(&image, "vector_"));
    ck_assert(!image_has_symbol_prefix(&image, "__ockl_"));
    image_close(&image);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image");
    TCase *tc = tcase_create("image");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_compiled_kernel_is_taken_on_every_target_and_level);
    tcase_add_test(tc, text_is_not_a_code_object);
    tcase_add_test(tc, a_program_of_the_host_is_refused_by_its_machine);
    tcase_add_test(tc, every_truncation_is_refused_or_harmless);
    tcase_add_test(tc, random_damage_is_refused_or_harmless);
    tcase_add_test(tc, a_missing_symbol_is_named);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
