/*
 * bundle.c - finds the device images in a file, whatever they are wrapped in.
 *
 * Wrappings: clang offload bundles, plain ("__CLANG_OFFLOAD_BUNDLE__") or compressed ("CCOB", header versions
 * 1 to 3, zlib or zstd), any number of them one after another; the .hip_fatbin section of a host ELF file;
 * members of an ar archive. Invariant: every image that is handed out lies inside the file or inside a
 * decompressed bundle. The hash in a compressed bundle's header is not checked: what it decompresses to is.
 * Facts: LLVM's ClangOffloadBundler manual ("Bundled Binary File Layout", "Compression and Decompression");
 * headers held against what clang-offload-bundler 22 writes.
 */
#include "bundle.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "gpu.h"

#define PLAIN_MAGIC  "__CLANG_OFFLOAD_BUNDLE__"
#define PACKED_MAGIC "CCOB"
#define AR_MAGIC     "!<arch>\n"
#define FATBIN       ".hip_fatbin"

enum {
    PLAIN_HEADER = 32,
    ENTRY_HEADER = 24,
    AR_HEADER = 60,
    LARGEST = 1 << 30,
    METHOD_ZLIB = 0,
    METHOD_ZSTD = 1
};

struct bytes {
    const uint8_t *at;
    size_t size;
};

static bool starts(struct bytes b, const char *magic)
{
    size_t length = strlen(magic);
    return b.size >= length && memcmp(b.at, magic, length) == 0;
}

static uint64_t number(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    memcpy(&value, at, bytes);
    return value;
}

static struct bytes after(struct bytes b, uint64_t offset)
{
    return (struct bytes){b.at + offset, b.size - offset};
}

/* ---- images ---- */

static int add_image(struct bundle *bundle, struct bytes image, char *id)
{
    struct bundle_image *more = realloc(bundle->images, (bundle->n_images + 1) * sizeof *bundle->images);
    if (more == NULL) {
        free(id);
        return gpu_err(-ENOMEM, "no memory for the list of a file's code objects");
    }
    bundle->images = more;
    more[bundle->n_images++] =
        (struct bundle_image){.bytes = image.at, .size = image.size, .id = id, .group = bundle->n_groups};
    return 0;
}

/* "hipv4-amdgcn-amd-amdhsa--gfx942:xnack-" -> "gfx942:xnack-": behind the kind and a triple, whose fourth
 * part may be missing. What is not like that stays whole. */
static char *target_of(const char *id, size_t length)
{
    const char *target = id;
    unsigned dashes = 0;

    for (const char *c = id; c < id + length && dashes < 5; c++)
        if (*c == '-') {
            dashes++;
            target = c + 1;
        }
    return strndup(target, length - (size_t)(target - id));
}

static int add_entry(struct bundle *bundle, struct bytes all, const uint8_t *entry, uint64_t *end)
{
    uint64_t offset = number(entry, 8), size = number(entry + 8, 8), length = number(entry + 16, 8);
    const char *id = (const char *)entry + ENTRY_HEADER;

    if (offset > all.size || size > all.size - offset)
        return gpu_err(-ENOEXEC, "damaged bundle: %.*s is cut off by the end of the file",
                       (int)(length < 200 ? length : 200), id);
    if (offset + size > *end)
        *end = offset + size;
    if (size == 0 || (length >= 4 && memcmp(id, "host", 4) == 0))
        return 0;
    char *target = target_of(id, length);
    if (target == NULL)
        return gpu_err(-ENOMEM, "no memory for the list of a file's code objects");
    return add_image(bundle, (struct bytes){all.at + offset, size}, target);
}

/* *used: to the end of its last image. */
static int add_plain(struct bundle *bundle, struct bytes all, size_t *used)
{
    uint64_t n = all.size >= PLAIN_HEADER ? number(all.at + 24, 8) : UINT64_MAX, at = PLAIN_HEADER;

    if (n > all.size / ENTRY_HEADER)
        return gpu_err(-ENOEXEC, "damaged bundle: its table of code objects is cut off");
    uint64_t end = PLAIN_HEADER;
    for (uint64_t i = 0; i < n; i++) {
        if (all.size - at < ENTRY_HEADER || number(all.at + at + 16, 8) > all.size - at - ENTRY_HEADER)
            return gpu_err(-ENOEXEC, "damaged bundle: its table of code objects is cut off");
        int r = add_entry(bundle, all, all.at + at, &end);
        if (r < 0)
            return r;
        at += ENTRY_HEADER + number(all.at + at + 16, 8);
    }
    bundle->n_groups++;
    *used = end > at ? end : at;
    return 0;
}

/* ---- compressed bundles ---- */

struct packed { /* a CCOB header */
    unsigned version, method, header_bytes;
    uint64_t total, size; /* total: with the header; 0: not told */
};

static int read_packed(struct bytes all, struct packed *out)
{
    static const unsigned headers[] = {[1] = 20, [2] = 24, [3] = 32};
    struct packed p = {.version = all.size >= 8 ? (unsigned)number(all.at + 4, 2) : 0};

    if (p.version < 1 || p.version > 3)
        return gpu_err(-ENOEXEC, "compressed bundle of version %u, kfdfs knows 1 to 3", p.version);
    p.header_bytes = headers[p.version];
    if (all.size < p.header_bytes)
        return gpu_err(-ENOEXEC, "damaged bundle: its header is cut off");
    p.method = (unsigned)number(all.at + 6, 2);
    unsigned width = p.version == 3 ? 8 : 4;
    p.total = p.version == 1 ? 0 : number(all.at + 8, width);
    p.size = number(all.at + (p.version == 1 ? 8 : 8 + width), width);
    if (p.total != 0 && (p.total < p.header_bytes || p.total > all.size))
        return gpu_err(-ENOEXEC, "damaged bundle: it says that it has %llu bytes, there are %zu",
                       (unsigned long long)p.total, all.size);
    if (p.size > LARGEST)
        return gpu_err(-ENOEXEC, "compressed bundle of %llu bytes, kfdfs takes at most %d",
                       (unsigned long long)p.size, LARGEST);
    *out = p;
    return 0;
}

/* Both give the bytes of input that they took, or 0. to has size bytes, all of which must come. */
static size_t unpack_zlib(struct bytes from, uint8_t *to, size_t size)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from.at,
                  .avail_in = (uInt)(from.size < LARGEST ? from.size : LARGEST),
                  .next_out = to,
                  .avail_out = (uInt)size};
    if (inflateInit(&z) != Z_OK)
        return 0;
    bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == size;
    size_t used = z.total_in;
    inflateEnd(&z);
    return whole ? used : 0;
}

static size_t unpack_zstd(struct bytes from, uint8_t *to, size_t size)
{
    size_t used = ZSTD_findFrameCompressedSize(from.at, from.size);
    if (ZSTD_isError(used))
        return 0;
    return ZSTD_decompress(to, size, from.at, used) == size ? used : 0;
}

/* Before memory is taken for it: can so many bytes come out? zlib makes at most 1032 of one. */
static bool plausible(const struct packed *p, struct bytes from)
{
    if (p->method == METHOD_ZLIB)
        return p->size / 1032 <= from.size;
    return ZSTD_getFrameContentSize(from.at, from.size) == p->size;
}

static int unpack(const struct packed *p, struct bytes from, uint8_t **out, size_t *used)
{
    if (p->method != METHOD_ZLIB && p->method != METHOD_ZSTD)
        return gpu_err(-ENOEXEC, "bundle compressed by method %u, kfdfs knows 0 (zlib) and 1 (zstd)",
                       p->method);
    uint8_t *to = plausible(p, from) ? malloc(p->size + 1) : NULL;
    if (to == NULL && plausible(p, from))
        return gpu_err(-ENOMEM, "no memory for a compressed bundle of %llu bytes",
                       (unsigned long long)p->size);
    size_t taken = 0;
    if (to != NULL)
        taken = p->method == METHOD_ZLIB ? unpack_zlib(from, to, p->size) : unpack_zstd(from, to, p->size);
    if (taken == 0) {
        free(to);
        return gpu_err(-ENOEXEC, "damaged bundle: it does not decompress to the %llu bytes that it says",
                       (unsigned long long)p->size);
    }
    *used = taken;
    *out = to;
    return 0;
}

static int keep_unpacked(struct bundle *bundle, void *memory)
{
    void **more = realloc(bundle->unpacked, (bundle->n_unpacked + 1) * sizeof *bundle->unpacked);
    if (more == NULL)
        return gpu_err(-ENOMEM, "no memory for a compressed bundle");
    bundle->unpacked = more;
    more[bundle->n_unpacked++] = memory;
    return 0;
}

static int add_packed(struct bundle *bundle, struct bytes all, size_t *used)
{
    struct packed p;
    size_t taken, inner;
    uint8_t *memory;
    int r = read_packed(all, &p);
    if (r < 0)
        return r;
    struct bytes from = after((struct bytes){all.at, p.total ? p.total : all.size}, p.header_bytes);
    r = unpack(&p, from, &memory, &taken);
    if (r < 0)
        return r;
    r = keep_unpacked(bundle, memory);
    if (r < 0) {
        free(memory);
        return r;
    }
    *used = p.total ? p.total : p.header_bytes + taken;
    struct bytes plain = {memory, p.size};
    if (!starts(plain, PLAIN_MAGIC))
        return gpu_err(-ENOEXEC, "damaged bundle: what is compressed in it is no bundle");
    return add_plain(bundle, plain, &inner);
}

/* ---- what bundles are in ---- */

/* All bundles of a stretch of bytes. Between them is padding, which the linker may fill as it likes. */
static int add_bundles(struct bundle *bundle, struct bytes rest)
{
    while (rest.size > 0) {
        const uint8_t *plain = memmem(rest.at, rest.size, PLAIN_MAGIC, strlen(PLAIN_MAGIC));
        size_t until = plain != NULL ? (size_t)(plain - rest.at) : rest.size, used = 0;
        const uint8_t *packed = memmem(rest.at, until, PACKED_MAGIC, strlen(PACKED_MAGIC));
        if (plain == NULL && packed == NULL)
            return 0;
        rest = after(rest, (size_t)((packed != NULL ? packed : plain) - rest.at));
        int r = packed != NULL ? add_packed(bundle, rest, &used) : add_plain(bundle, rest, &used);
        if (r < 0)
            return r;
        rest = after(rest, used);
    }
    return 0;
}

static bool section_bytes(Elf *elf, struct bytes file, struct bytes *out)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return false;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(s, &header) != NULL ? elf_strptr(elf, names, header.sh_name) : NULL;
        if (name == NULL || strcmp(name, FATBIN) != 0 || header.sh_type == SHT_NOBITS)
            continue;
        if (header.sh_offset > file.size || header.sh_size > file.size - header.sh_offset)
            return false;
        *out = (struct bytes){file.at + header.sh_offset, header.sh_size};
        return true;
    }
    return false;
}

static int add_elf(struct bundle *bundle, struct bytes file)
{
    struct bytes section;
    GElf_Ehdr header;
    Elf *elf = elf_version(EV_CURRENT) != EV_NONE ? elf_memory((char *)(uintptr_t)file.at, file.size) : NULL;
    int r = 0;

    if (elf == NULL || gelf_getehdr(elf, &header) == NULL)
        r = gpu_err(-ENOEXEC, "damaged code object: %s", elf_errmsg(-1));
    else if (header.e_machine == EM_AMDGPU)
        r = add_image(bundle, file, NULL), bundle->n_groups++;
    else if (!section_bytes(elf, file, &section))
        r = gpu_err(-ENOEXEC,
                    "not a code object: an ELF file for machine %u, not for an AMD GPU (%u), with no "
                    "section " FATBIN,
                    header.e_machine, EM_AMDGPU);
    else
        r = add_bundles(bundle, section);
    elf_end(elf);
    return r;
}

static int add_file(struct bundle *bundle, struct bytes file)
{
    if (starts(file, ELFMAG))
        return add_elf(bundle, file);
    if (starts(file, PLAIN_MAGIC) || starts(file, PACKED_MAGIC))
        return add_bundles(bundle, file);
    return gpu_err(-ENOEXEC, "not a code object: it does not start like an ELF file or an offload bundle");
}

/* Members of other kinds (symbol tables, host code without kernels) are passed over. */
static int add_archive(struct bundle *bundle, struct bytes rest)
{
    for (rest = after(rest, strlen(AR_MAGIC)); rest.size >= AR_HEADER;) {
        char digits[11] = {0};
        memcpy(digits, rest.at + 48, 10);
        uint64_t size = strtoull(digits, NULL, 10);
        rest = after(rest, AR_HEADER);
        if (size > rest.size)
            return gpu_err(-ENOEXEC, "damaged archive: a member of %llu bytes is cut off",
                           (unsigned long long)size);
        struct bytes member = {rest.at, size};
        bool taken = starts(member, ELFMAG) || starts(member, PLAIN_MAGIC) || starts(member, PACKED_MAGIC);
        unsigned before = bundle->n_images;
        int r = taken ? add_file(bundle, member) : 0;
        if (r == -ENOMEM || (r < 0 && bundle->n_images != before))
            return r;
        size += size & 1;
        rest = after(rest, size < rest.size ? size : rest.size);
    }
    return 0;
}

int bundle_open(struct bundle *bundle, const void *bytes, size_t size)
{
    struct bytes file = {bytes, size};

    *bundle = (struct bundle){0};
    int r = starts(file, AR_MAGIC) ? add_archive(bundle, file) : add_file(bundle, file);
    if (r == 0 && bundle->n_images == 0)
        r = gpu_err(-ENOEXEC, "not a code object: it holds no code for any GPU");
    if (r < 0)
        bundle_close(bundle);
    return r;
}

void bundle_close(struct bundle *bundle)
{
    for (unsigned i = 0; i < bundle->n_images; i++)
        free(bundle->images[i].id);
    for (unsigned i = 0; i < bundle->n_unpacked; i++)
        free(bundle->unpacked[i]);
    free(bundle->images);
    free(bundle->unpacked);
    *bundle = (struct bundle){0};
}
