/* Names of a directory of buffers: many, in any order, found, listed in order and taken away. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/names.h"
#include "run_suite.h"

enum { MANY = 3000 };
static struct fs_entry dir, *entries;

static void setup(void)
{
    dir = (struct fs_entry){0};
    entries = calloc(MANY, sizeof *entries);
    for (unsigned i = 0; i < MANY; i++) {
        char name[20];
        snprintf(name, sizeof name, "n%05u", i);
        entries[i].object.name = strdup(name);
        entries[i].object.serial = i + 1;
    }
}

static void teardown(void)
{
    for (unsigned i = 0; i < MANY; i++)
        free(entries[i].object.name);
    free(entries);
}

/* Goes through all of 0 .. MANY - 1 once: 1009 and MANY have no divisor in common. */
static struct fs_entry *in_some_order(unsigned i)
{
    return &entries[i * 1009 % MANY];
}

static unsigned check_order(void)
{
    unsigned n = 0;
    const struct fs_entry *before = NULL;
    for (struct fs_entry *entry = dir.children; entry; before = entry, entry = entry->sibling, n++) {
        ck_assert_ptr_eq(*entry->link, entry);
        ck_assert(!before || strcmp(before->object.name, entry->object.name) < 0);
    }
    return n;
}

static unsigned depth(const struct fs_entry *tree)
{
    if (!tree)
        return 0;
    unsigned before = depth(tree->before), after = depth(tree->after);
    return 1 + (before > after ? before : after);
}

START_TEST(names_are_listed_in_order_however_they_came)
{
    for (unsigned i = 0; i < MANY; i++)
        fs_names_add(&dir, in_some_order(i));
    ck_assert_uint_eq(check_order(), MANY);
}
END_TEST

START_TEST(each_name_is_found_and_no_other)
{
    for (unsigned i = 0; i < MANY; i += 2)
        fs_names_add(&dir, in_some_order(i));
    for (unsigned i = 0; i < MANY; i++) {
        struct fs_entry *entry = in_some_order(i);
        ck_assert_ptr_eq(fs_pool_child(&dir, entry->object.name), i % 2 ? NULL : entry);
    }
    ck_assert_ptr_null(fs_pool_child(&dir, ""));
    ck_assert_ptr_null(fs_pool_child(&dir, "z"));
}
END_TEST

START_TEST(what_is_taken_away_is_gone_and_the_rest_stays)
{
    for (unsigned i = 0; i < MANY; i++)
        fs_names_add(&dir, in_some_order(i));
    for (unsigned i = 0; i < MANY; i += 3)
        fs_names_remove(&dir, in_some_order(i));
    ck_assert_uint_eq(check_order(), MANY - MANY / 3);
    for (unsigned i = 0; i < MANY; i++) {
        struct fs_entry *entry = in_some_order(i);
        ck_assert_ptr_eq(fs_pool_child(&dir, entry->object.name), i % 3 ? entry : NULL);
    }
    while (dir.children)
        fs_names_remove(&dir, dir.children);
    ck_assert_ptr_null(dir.top);
}
END_TEST

START_TEST(names_that_come_in_order_make_no_deep_tree)
{
    for (unsigned i = 0; i < MANY; i++)
        fs_names_add(&dir, &entries[i]);
    ck_assert_uint_eq(check_order(), MANY);
    ck_assert_uint_lt(depth(dir.top), 60);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fs_names");
    TCase *c = tcase_create("names");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, names_are_listed_in_order_however_they_came);
    tcase_add_test(c, each_name_is_found_and_no_other);
    tcase_add_test(c, what_is_taken_away_is_gone_and_the_rest_stays);
    tcase_add_test(c, names_that_come_in_order_make_no_deep_tree);
    suite_add_tcase(s, c);
    return run_suite(s);
}
