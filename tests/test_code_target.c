/* Which code runs on which GPU: every pair of feature settings by the table in LLVM's AMDGPUUsage, "Target
 * ID". */
#include <check.h>
#include <string.h>

#include "code_target.h"
#include "run_suite.h"

static struct image image_of(uint32_t mach, enum image_feature sramecc, enum image_feature xnack)
{
    return (struct image){.mach = mach, .sramecc = sramecc, .xnack = xnack};
}

static unsigned rank(const char *name, bool sramecc, bool xnack, struct image image)
{
    const struct code_target gpu = {.target = target_by_name(name), .sramecc = sramecc, .xnack = xnack};
    return code_target_rank(&gpu, &image);
}

enum { GFX90A = 0x3f, GFX942 = 0x4c, GFX1100 = 0x41, GFX9_4_GENERIC = 0x5f, GFX11_GENERIC = 0x54 };

START_TEST(a_feature_that_code_names_must_be_as_the_gpu_has_it)
{
    for (int on = 0; on < 2; on++)
        for (enum image_feature f = IMAGE_ANY; f <= IMAGE_ON; f++) {
            bool runs = f == IMAGE_ANY || (f == IMAGE_ON) == on;
            ck_assert_int_eq(rank("gfx90a", on, false, image_of(GFX90A, f, IMAGE_ANY)) > 0, runs);
            ck_assert_int_eq(rank("gfx90a", false, on, image_of(GFX90A, IMAGE_ANY, f)) > 0, runs);
        }
}
END_TEST

START_TEST(where_there_are_no_features_they_do_not_matter)
{
    ck_assert_uint_gt(rank("gfx1100", false, false, image_of(GFX1100, IMAGE_ON, IMAGE_OFF)), 0);
}
END_TEST

START_TEST(code_of_another_processor_does_not_run)
{
    ck_assert_uint_eq(rank("gfx942", true, false, image_of(GFX90A, IMAGE_ANY, IMAGE_ANY)), 0);
    ck_assert_uint_eq(rank("gfx1101", true, false, image_of(GFX1100, IMAGE_ANY, IMAGE_ANY)), 0);
    ck_assert_uint_eq(rank("gfx90a", true, false, image_of(GFX9_4_GENERIC, IMAGE_ANY, IMAGE_ANY)), 0);
}
END_TEST

START_TEST(generic_code_runs_on_all_that_it_stands_for_if_it_has_a_version)
{
    struct image image = image_of(GFX11_GENERIC, IMAGE_ANY, IMAGE_ANY);
    ck_assert_uint_eq(rank("gfx1100", false, false, image), 0);
    image.generic_version = 1;
    ck_assert_uint_gt(rank("gfx1100", false, false, image), 0);
    ck_assert_uint_gt(rank("gfx1151", false, false, image), 0);
    ck_assert_uint_eq(rank("gfx1201", false, false, image), 0);
    image.mach = GFX9_4_GENERIC;
    ck_assert_uint_gt(rank("gfx942", true, false, image), 0);
    ck_assert_uint_gt(rank("gfx950", true, false, image), 0);
    image.xnack = IMAGE_ON;
    ck_assert_uint_eq(rank("gfx950", true, false, image), 0);
}
END_TEST

START_TEST(the_more_exact_code_is_the_better_one)
{
    struct image generic = image_of(GFX9_4_GENERIC, IMAGE_ANY, IMAGE_OFF);
    generic.generic_version = 1;
    unsigned ranks[] = {rank("gfx942", true, false, generic),
                        rank("gfx942", true, false, image_of(GFX942, IMAGE_ANY, IMAGE_ANY)),
                        rank("gfx942", true, false, image_of(GFX942, IMAGE_ON, IMAGE_ANY)),
                        rank("gfx942", true, false, image_of(GFX942, IMAGE_ON, IMAGE_OFF))};
    for (unsigned i = 1; i < 4; i++)
        ck_assert_uint_gt(ranks[i], ranks[i - 1]);
}
END_TEST

START_TEST(names_are_target_ids)
{
    char name[CODE_TARGET_NAME];
    const struct {
        struct image image;
        const char *name;
    } images[] = {{image_of(GFX942, IMAGE_ANY, IMAGE_ANY), "gfx942"},
                  {image_of(GFX90A, IMAGE_ON, IMAGE_OFF), "gfx90a:sramecc+:xnack-"},
                  {image_of(GFX1100, IMAGE_OFF, IMAGE_OFF), "gfx1100"},
                  {image_of(GFX11_GENERIC, IMAGE_ANY, IMAGE_ANY), "gfx11-generic"},
                  {image_of(0x20, IMAGE_ANY, IMAGE_ANY), "machine 0x20"}};
    for (unsigned i = 0; i < sizeof images / sizeof *images; i++) {
        code_image_name(&images[i].image, name);
        ck_assert_str_eq(name, images[i].name);
    }
    const struct code_target gpu = {.target = target_by_name("gfx950"), .sramecc = true};
    code_target_name(&gpu, name);
    ck_assert_str_eq(name, "gfx950:sramecc+:xnack-");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("code_target");
    TCase *tc = tcase_create("code_target");

    tcase_add_test(tc, a_feature_that_code_names_must_be_as_the_gpu_has_it);
    tcase_add_test(tc, where_there_are_no_features_they_do_not_matter);
    tcase_add_test(tc, code_of_another_processor_does_not_run);
    tcase_add_test(tc, generic_code_runs_on_all_that_it_stands_for_if_it_has_a_version);
    tcase_add_test(tc, the_more_exact_code_is_the_better_one);
    tcase_add_test(tc, names_are_target_ids);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
