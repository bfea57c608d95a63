/*
 * Files with device code in them: what is found in which wrapping, what is refused, and that damage never
 * gets further than the checks. The bundles are written here, by the layout in LLVM's ClangOffloadBundler
 * manual; tests/mount/code-bundles.sh takes those that LLVM's own tools write.
 */
#include <check.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "gpu.h"
#include "kernels.h"
#include "swallow.h"
#include "run_suite.h"

struct buffer {
    uint8_t at[200000];
    size_t size;
};

static void put(struct buffer *b, const void *bytes, size_t size)
{
    ck_assert(b->size + size <= sizeof b->at);
    if (size > 0)
        memcpy(b->at + b->size, bytes, size);
    b->size += size;
}

static void put_number(struct buffer *b, uint64_t value, unsigned bytes)
{
    put(b, &value, bytes);
}

struct entry {
    const char *id, *bytes;
};

/* All images behind the table, one after the other. */
static void put_bundle(struct buffer *b, const struct entry *entries, unsigned n)
{
    uint64_t offset = 32;

    put(b, "__CLANG_OFFLOAD_BUNDLE__", 24);
    put_number(b, n, 8);
    for (unsigned i = 0; i < n; i++)
        offset += 24 + strlen(entries[i].id);
    for (unsigned i = 0; i < n; i++) {
        put_number(b, offset, 8);
        put_number(b, strlen(entries[i].bytes), 8);
        put_number(b, strlen(entries[i].id), 8);
        put(b, entries[i].id, strlen(entries[i].id));
        offset += strlen(entries[i].bytes);
    }
    for (unsigned i = 0; i < n; i++)
        put(b, entries[i].bytes, strlen(entries[i].bytes));
}

static void put_packed(struct buffer *b, const struct buffer *plain, unsigned version, bool zstd)
{
    static uint8_t packed[300000];
    uLongf size = sizeof packed;
    unsigned header = version == 1 ? 20 : version == 2 ? 24 : 32, width = version == 3 ? 8 : 4;

    if (zstd)
        size = ZSTD_compress(packed, sizeof packed, plain->at, plain->size, 1);
    else
        ck_assert_int_eq(compress(packed, &size, plain->at, plain->size), Z_OK);
    put(b, "CCOB", 4);
    put_number(b, version, 2);
    put_number(b, zstd, 2);
    if (version > 1)
        put_number(b, header + size, width);
    put_number(b, plain->size, width);
    put_number(b, 0x1234567812345678, 8);
    put(b, packed, size);
}

static const struct entry three[] = {{"host-x86_64-unknown-linux-gnu-", ""},
                                     {"hipv4-amdgcn-amd-amdhsa--gfx942:xnack-", "for gfx942"},
                                     {"hip-amdgcn-amd-amdhsa--gfx1100", "for gfx1100"}};

static void check_image(const struct bundle *bundle, unsigned i, unsigned group, const char *id,
                        const char *bytes)
{
    ck_assert_uint_lt(i, bundle->n_images);
    ck_assert_uint_eq(bundle->images[i].group, group);
    ck_assert_str_eq(bundle->images[i].id, id);
    ck_assert_uint_eq(bundle->images[i].size, strlen(bytes));
    ck_assert_mem_eq(bundle->images[i].bytes, bytes, strlen(bytes));
}

static void check_three(const struct buffer *b, unsigned groups)
{
    struct bundle bundle;

    ck_assert_msg(bundle_open(&bundle, b->at, b->size) == 0, "%s", gpu_err_text());
    ck_assert_uint_eq(bundle.n_images, 2 * groups);
    ck_assert_uint_eq(bundle.n_groups, groups);
    for (unsigned g = 0; g < groups; g++) {
        check_image(&bundle, 2 * g, g, "gfx942:xnack-", "for gfx942");
        check_image(&bundle, 2 * g + 1, g, "gfx1100", "for gfx1100");
    }
    bundle_close(&bundle);
}

START_TEST(a_bundle_has_its_images_but_not_the_hosts)
{
    struct buffer b = {0};
    put_bundle(&b, three, 3);
    check_three(&b, 1);
}
END_TEST

START_TEST(compressed_bundles_of_every_version_and_method_have_the_same)
{
    static struct buffer plain, b;

    plain.size = 0;
    put_bundle(&plain, three, 3);
    for (unsigned version = 1; version <= 3; version++)
        for (int zstd = 0; zstd < 2; zstd++) {
            b.size = 0;
            put_packed(&b, &plain, version, zstd);
            check_three(&b, 1);
        }
}
END_TEST

START_TEST(bundles_follow_one_another_with_padding_between)
{
    static struct buffer plain, b;

    plain.size = b.size = 0;
    put_bundle(&plain, three, 3);
    put(&b, plain.at, plain.size);
    for (int i = 0; i < 4096; i++)
        put_number(&b, 0, 1);
    for (unsigned version = 1; version <= 3; version++)
        for (int zstd = 0; zstd < 2; zstd++) {
            put_packed(&b, &plain, version, zstd);
            put_number(&b, 0xcccc, 2);
        }
    put(&b, plain.at, plain.size);
    check_three(&b, 8);
}
END_TEST

/* An ELF file with a header, a name table and one more section. */
static void put_host_elf(struct buffer *b, const char *name, const struct buffer *content)
{
    char names[64] = "";
    size_t length = 1 + strlen(name) + 1;
    strcpy(names + 1, name);
    Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                         .e_type = ET_DYN,
                         .e_machine = EM_X86_64,
                         .e_version = EV_CURRENT,
                         .e_ehsize = sizeof header,
                         .e_shoff = sizeof header,
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = 3,
                         .e_shstrndx = 1};
    uint64_t at = sizeof header + 3 * sizeof(Elf64_Shdr);
    Elf64_Shdr sections[3] = {
        {0},
        {.sh_type = SHT_STRTAB, .sh_offset = at, .sh_size = length},
        {.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = at + length, .sh_size = content->size}};
    put(b, &header, sizeof header);
    put(b, sections, sizeof sections);
    put(b, names, length);
    put(b, content->at, content->size);
}

START_TEST(a_host_file_has_what_its_hip_fatbin_section_holds)
{
    static struct buffer plain, b;

    plain.size = b.size = 0;
    put_bundle(&plain, three, 3);
    put_packed(&plain, &(struct buffer){0}, 2, true); /* an empty one is damage, and said to be so */
    put_host_elf(&b, ".hip_fatbin", &plain);
    struct bundle bundle;
    ck_assert_int_eq(bundle_open(&bundle, b.at, b.size), -ENOEXEC);
    plain.size = b.size = 0;
    put_bundle(&plain, three, 3);
    put_host_elf(&b, ".hip_fatbin", &plain);
    check_three(&b, 1);
    b.size = 0;
    put_host_elf(&b, ".hip_other", &plain);
    ck_assert_int_eq(bundle_open(&bundle, b.at, b.size), -ENOEXEC);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), ".hip_fatbin"));
}
END_TEST

static void put_member(struct buffer *b, const char *name, const struct buffer *content)
{
    char header[61];
    snprintf(header, sizeof header, "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", name, "0", "0", "0", "644",
             content->size);
    put(b, header, 60);
    put(b, content->at, content->size);
    if (content->size & 1)
        put(b, "\n", 1);
}

START_TEST(an_archive_has_what_its_members_hold)
{
    static struct buffer plain, elf, other, b;

    plain.size = elf.size = other.size = b.size = 0;
    put_bundle(&plain, three, 3);
    put_host_elf(&elf, ".hip_fatbin", &plain);
    put(&other, "symbols", 7);
    put(&b, "!<arch>\n", 8);
    put_member(&b, "/", &other);
    put_member(&b, "a.o/", &elf);
    put_member(&b, "b.hipfb/", &plain);
    check_three(&b, 2);
    struct bundle bundle;
    ck_assert_int_eq(bundle_open(&bundle, b.at, b.size - 10), -ENOEXEC);
}
END_TEST

START_TEST(a_code_object_by_itself_has_no_name)
{
    size_t size;
    uint8_t *bytes = kernel_bytes("vector_add", "gfx942", "O3", &size);
    struct bundle bundle;

    if (bytes == NULL)
        return;
    ck_assert_int_eq(bundle_open(&bundle, bytes, size), 0);
    ck_assert(bundle.n_images == 1 && bundle.n_groups == 1 && bundle.images[0].id == NULL);
    ck_assert(bundle.images[0].bytes == bytes && bundle.images[0].size == size);
    bundle_close(&bundle);
    free(bytes);
}
END_TEST

static void refused(const struct buffer *b, const char *why)
{
    struct bundle bundle;
    ck_assert_int_eq(bundle_open(&bundle, b->at, b->size), -ENOEXEC);
    ck_assert_msg(strstr(gpu_err_text(), why) != NULL, "%s", gpu_err_text());
}

START_TEST(what_cannot_be_read_is_refused_with_its_reason)
{
    static struct buffer plain, b;

    plain.size = b.size = 0;
    put_bundle(&plain, three, 3);
    put_packed(&b, &plain, 2, true);
    b.at[4] = 9;
    refused(&b, "version 9");
    b.at[4] = 2;
    b.at[6] = 7;
    refused(&b, "method 7");
    b.at[6] = 0;
    refused(&b, "does not decompress");
    b.at[6] = 1;
    b.at[12]++;
    refused(&b, "does not decompress");
    b.at[12]--;
    b.at[15] = 0x7f;
    refused(&b, "at most");
    b.at[15] = 0;
    b.at[8]++;
    refused(&b, "there are");
    plain.at[24] = 200;
    refused(&plain, "cut off");
    plain.at[24] = 1;
    refused(&plain, "no code for any GPU");
    plain.at[24] = 3;
    plain.size--;
    refused(&plain, "gfx1100 is cut off");
}
END_TEST

START_TEST(every_truncation_is_refused_or_harmless)
{
    static struct buffer plain, b;
    struct bundle bundle;

    plain.size = b.size = 0;
    put_bundle(&plain, three, 3);
    put_packed(&b, &plain, 3, false);
    put(&b, plain.at, plain.size);
    for (size_t cut = 0; cut < b.size; cut++) {
        uint8_t *part = malloc(cut + 1);
        memcpy(part, b.at, cut);
        int r = bundle_open(&bundle, part, cut);
        ck_assert(r == 0 || r == -ENOEXEC);
        if (r == 0)
            bundle_close(&bundle);
        free(part);
    }
}
END_TEST

static uint32_t seed;
static uint32_t noise(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* Real kernels in every wrapping, a few bytes changed, mostly in headers. */
START_TEST(random_damage_is_refused_or_harmless)
{
    static struct buffer plain, files[4];
    size_t size;
    uint8_t *bytes = kernel_bytes("saxpy", "gfx1100", "O3", &size);

    if (bytes == NULL)
        return;
    plain.size = 0;
    plain.size = 0;
    put(&plain, "__CLANG_OFFLOAD_BUNDLE__", 24);
    put_number(&plain, 1, 8);
    put_number(&plain, 32 + 24 + 30, 8);
    put_number(&plain, size, 8);
    put_number(&plain, 30, 8);
    put(&plain, "hip-amdgcn-amd-amdhsa--gfx1100", 30);
    put(&plain, bytes, size);
    memset(files, 0, sizeof files);
    put(&files[0], plain.at, plain.size);
    put_packed(&files[1], &plain, 2, true);
    put_host_elf(&files[2], ".hip_fatbin", &plain);
    put(&files[3], "!<arch>\n", 8);
    put_member(&files[3], "a.o/", &files[2]);
    seed = 4711;
    for (unsigned i = 0; i < 4; i++)
        ck_assert_msg(swallow(files[i].at, files[i].size) == 0, "%u: %s", i, gpu_err_text());
    for (unsigned round = 0; round < 4000; round++) {
        const struct buffer *file = &files[round % 4];
        uint8_t *copy = malloc(file->size);
        memcpy(copy, file->at, file->size);
        for (unsigned n = 0; n < 1 + round % 3; n++)
            copy[noise() % (round / 4 % 2 ? 512 : file->size)] = (uint8_t)noise();
        int r = swallow(copy, file->size);
        ck_assert_msg(r == 0 || r == -ENOEXEC || r == -ENOMEM, "round %u: %d", round, r);
        free(copy);
    }
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bundle");
    TCase *tc = tcase_create("bundle");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_bundle_has_its_images_but_not_the_hosts);
    tcase_add_test(tc, compressed_bundles_of_every_version_and_method_have_the_same);
    tcase_add_test(tc, bundles_follow_one_another_with_padding_between);
    tcase_add_test(tc, a_host_file_has_what_its_hip_fatbin_section_holds);
    tcase_add_test(tc, an_archive_has_what_its_members_hold);
    tcase_add_test(tc, a_code_object_by_itself_has_no_name);
    tcase_add_test(tc, what_cannot_be_read_is_refused_with_its_reason);
    tcase_add_test(tc, every_truncation_is_refused_or_harmless);
    tcase_add_test(tc, random_damage_is_refused_or_harmless);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
