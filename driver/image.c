/*
 * image.c - reads AMDGPU ELF files by libelf and checks them, so that nothing after it meets a bad offset.
 *
 * Invariant: after image_open() each segment lies inside the file and inside the span, no two of them wrap,
 * and the metadata note is inside the file. Facts: LLVM's AMDGPUUsage, "ELF Code Object" and "Relocation
 * Records".
 */
#include "image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

enum {
    OSABI_AMDGPU_HSA = 64,
    NOTE_AMDGPU_METADATA = 32,
    R_ABS32_LO = 1,
    R_ABS32_HI = 2,
    R_ABS64 = 3,
    R_REL32 = 4,
    R_REL64 = 5,
    R_ABS32 = 6,
    R_REL32_LO = 10,
    R_REL32_HI = 11,
    R_RELATIVE64 = 13,
    MACH_MASK = 0xff,
    V3_XNACK = 0x100,
    V3_SRAMECC = 0x200,
    FEATURE_OFF = 2,
    FEATURE_ON = 3,
};

static const uint64_t SPAN_LIMIT = 4ull << 30; /* relative addressing in code is 32 bits wide */

/* V3 says on or nothing, which is off where the target has the feature and harmless where it has not; since
 * V4 two bits each tell unsupported, any, off, on. LLVM's AMDGPUUsage, "ELF Header". */
static enum image_feature feature_of(uint32_t two_bits)
{
    return two_bits == FEATURE_ON ? IMAGE_ON : two_bits == FEATURE_OFF ? IMAGE_OFF : IMAGE_ANY;
}

static void read_flags(struct image *image, uint32_t flags, unsigned abi)
{
    image->mach = flags & MACH_MASK;
    image->generic_version = abi >= 4 ? flags >> 24 : 0;
    if (abi == 1) {
        image->xnack = flags & V3_XNACK ? IMAGE_ON : IMAGE_OFF;
        image->sramecc = flags & V3_SRAMECC ? IMAGE_ON : IMAGE_OFF;
    } else {
        image->xnack = feature_of(flags >> 8 & 3);
        image->sramecc = feature_of(flags >> 10 & 3);
    }
}

static int check_header(struct image *image)
{
    GElf_Ehdr header;

    if (image->size < EI_NIDENT || memcmp(image->bytes, ELFMAG, SELFMAG) != 0)
        return gpu_err(-ENOEXEC, "not a code object: it does not start like an ELF file");
    if (image->bytes[EI_CLASS] != ELFCLASS64 || image->bytes[EI_DATA] != ELFDATA2LSB)
        return gpu_err(-ENOEXEC, "not a code object: not a 64-bit little-endian ELF file");
    image->elf = elf_memory((char *)(uintptr_t)image->bytes, image->size);
    if (image->elf == NULL || gelf_getehdr(image->elf, &header) == NULL)
        return gpu_err(-ENOEXEC, "damaged code object: %s", elf_errmsg(-1));
    if (header.e_machine != EM_AMDGPU)
        return gpu_err(-ENOEXEC, "not a code object: an ELF file for machine %u, not for an AMD GPU (%u)",
                       header.e_machine, EM_AMDGPU);
    if (header.e_ident[EI_OSABI] != OSABI_AMDGPU_HSA || header.e_type != ET_DYN)
        return gpu_err(-ENOEXEC, "not a loadable HSA code object (OS ABI %u, type %u): was it linked?",
                       header.e_ident[EI_OSABI], header.e_type);
    if (header.e_ident[EI_ABIVERSION] < 1 || header.e_ident[EI_ABIVERSION] > 4)
        return gpu_err(-ENOEXEC, "code object ABI version %u is not one of 1 to 4 (V3 to V6)",
                       header.e_ident[EI_ABIVERSION]);
    read_flags(image, header.e_flags, header.e_ident[EI_ABIVERSION]);
    return 0;
}

static int add_segment(struct image *image, const GElf_Phdr *p)
{
    if (p->p_filesz > p->p_memsz || p->p_offset > image->size || p->p_filesz > image->size - p->p_offset)
        return gpu_err(-ENOEXEC, "damaged code object: segment at 0x%llx is cut off by the end of the file",
                       (unsigned long long)p->p_vaddr);
    if (p->p_memsz > SPAN_LIMIT || p->p_vaddr > SPAN_LIMIT - p->p_memsz)
        return gpu_err(-ENOEXEC, "damaged code object: segment at 0x%llx of 0x%llx bytes is too large",
                       (unsigned long long)p->p_vaddr, (unsigned long long)p->p_memsz);
    image->segments[image->n_segments++] = (struct image_segment){.va = p->p_vaddr,
                                                                  .file_offset = p->p_offset,
                                                                  .file_bytes = p->p_filesz,
                                                                  .bytes = p->p_memsz,
                                                                  .executable = p->p_flags & PF_X};
    if (p->p_vaddr + p->p_memsz > image->span)
        image->span = p->p_vaddr + p->p_memsz;
    return 0;
}

/* Notes by hand and not by libelf: its iterator wants sections, and a stripped file has none. */
static void find_metadata(struct image *image, const GElf_Phdr *p)
{
    if (p->p_offset > image->size || p->p_filesz > image->size - p->p_offset)
        return;
    const uint8_t *at = image->bytes + p->p_offset, *end = at + p->p_filesz;
    while ((size_t)(end - at) >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, at, sizeof note);
        uint64_t name_bytes = ((uint64_t)note.n_namesz + 3) & ~3ull,
                 bytes = ((uint64_t)note.n_descsz + 3) & ~3ull;
        at += sizeof note;
        if (name_bytes > (size_t)(end - at) || note.n_descsz > (size_t)(end - at) - name_bytes)
            return;
        if (note.n_type == NOTE_AMDGPU_METADATA && note.n_namesz == sizeof "AMDGPU" &&
            memcmp(at, "AMDGPU", sizeof "AMDGPU") == 0) {
            image->metadata = at + name_bytes;
            image->metadata_size = note.n_descsz;
        }
        if (bytes > (size_t)(end - at) - name_bytes)
            return;
        at += name_bytes + bytes;
    }
}

static int read_segments(struct image *image)
{
    size_t n;

    if (elf_getphdrnum(image->elf, &n) != 0)
        return gpu_err(-ENOEXEC, "damaged code object: %s", elf_errmsg(-1));
    image->segments = calloc(n + 1, sizeof *image->segments);
    if (image->segments == NULL)
        return gpu_err(-ENOMEM, "no memory for %zu segments", n);
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr p;
        if (gelf_getphdr(image->elf, (int)i, &p) == NULL)
            return gpu_err(-ENOEXEC, "damaged code object: program header %zu: %s", i, elf_errmsg(-1));
        int r = p.p_type == PT_LOAD ? add_segment(image, &p) : 0;
        if (r < 0)
            return r;
        if (p.p_type == PT_NOTE)
            find_metadata(image, &p);
    }
    if (image->n_segments == 0)
        return gpu_err(-ENOEXEC, "damaged code object: nothing to load in it");
    if (image->metadata == NULL)
        return gpu_err(-ENOEXEC, "damaged code object: no AMDGPU metadata note");
    return 0;
}

int image_open(struct image *image, const void *bytes, size_t size)
{
    *image = (struct image){.bytes = bytes, .size = size};
    if (elf_version(EV_CURRENT) == EV_NONE)
        return gpu_err(-EIO, "libelf: %s", elf_errmsg(-1));
    int r = check_header(image);
    if (r == 0)
        r = read_segments(image);
    if (r < 0)
        image_close(image);
    return r;
}

void image_close(struct image *image)
{
    elf_end(image->elf);
    free(image->segments);
    *image = (struct image){0};
}

/* Calls each(section header, data) for sections of that type until it returns true. */
static bool each_section(const struct image *image, unsigned type,
                         bool (*each)(void *ctx, const struct image *, const GElf_Shdr *, Elf_Data *),
                         void *ctx)
{
    for (Elf_Scn *s = NULL; (s = elf_nextscn(image->elf, s)) != NULL;) {
        GElf_Shdr header;
        if (gelf_getshdr(s, &header) == NULL || header.sh_type != type || header.sh_entsize == 0)
            continue;
        Elf_Data *data = elf_getdata(s, NULL);
        if (data != NULL && data->d_buf != NULL && each(ctx, image, &header, data))
            return true;
    }
    return false;
}

struct symbol_query {
    const char *name;
    bool prefix;
    GElf_Sym found;
};

static bool match_symbol(void *ctx, const struct image *image, const GElf_Shdr *header, Elf_Data *data)
{
    struct symbol_query *query = ctx;
    GElf_Sym symbol;

    for (int i = 0; gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(image->elf, header->sh_link, symbol.st_name);
        if (name == NULL || (query->prefix ? strncmp(name, query->name, strlen(query->name)) != 0
                                           : strcmp(name, query->name) != 0 || symbol.st_shndx == SHN_UNDEF))
            continue;
        query->found = symbol;
        return true;
    }
    return false;
}

int image_symbol(const struct image *image, const char *name, uint64_t bytes, uint64_t *va)
{
    struct symbol_query query = {.name = name};

    if (!each_section(image, SHT_DYNSYM, match_symbol, &query))
        return gpu_err(-ENOEXEC,
                       "damaged code object: its metadata names %s, which is not in its symbol table", name);
    if (image_content(image, query.found.st_value, bytes) == NULL)
        return gpu_err(-ENOEXEC, "damaged code object: %s at 0x%llx lies outside its segments", name,
                       (unsigned long long)query.found.st_value);
    *va = query.found.st_value;
    return 0;
}

bool image_has_symbol_prefix(const struct image *image, const char *prefix)
{
    struct symbol_query query = {.name = prefix, .prefix = true};
    return each_section(image, SHT_DYNSYM, match_symbol, &query) ||
           each_section(image, SHT_SYMTAB, match_symbol, &query);
}

const void *image_content(const struct image *image, uint64_t va, uint64_t bytes)
{
    for (unsigned i = 0; i < image->n_segments; i++) {
        const struct image_segment *s = &image->segments[i];
        if (va >= s->va && va - s->va <= s->file_bytes && bytes <= s->file_bytes - (va - s->va))
            return image->bytes + s->file_offset + (va - s->va);
    }
    return NULL;
}

struct variable_query {
    int (*each)(void *ctx, const char *symbol, uint64_t va, uint64_t bytes);
    void *ctx;
    int result;
};

static bool in_segment(const struct image *image, uint64_t va, uint64_t bytes)
{
    for (unsigned i = 0; i < image->n_segments; i++) {
        const struct image_segment *s = &image->segments[i];
        if (va >= s->va && va - s->va <= s->bytes && bytes <= s->bytes - (va - s->va))
            return true;
    }
    return false;
}

static bool is_descriptor(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".kd") == 0;
}

static bool visit_variables(void *ctx, const struct image *image, const GElf_Shdr *header, Elf_Data *data)
{
    struct variable_query *query = ctx;
    GElf_Sym symbol;

    for (int i = 0; query->result == 0 && gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(image->elf, header->sh_link, symbol.st_name);
        if (GELF_ST_TYPE(symbol.st_info) == STT_OBJECT && symbol.st_shndx != SHN_UNDEF && name != NULL &&
            name[0] != '\0' && strchr(name, '/') == NULL && !is_descriptor(name) && symbol.st_size > 0 &&
            in_segment(image, symbol.st_value, symbol.st_size))
            query->result = query->each(query->ctx, name, symbol.st_value, symbol.st_size);
    }
    return query->result != 0;
}

int image_variables(const struct image *image,
                    int (*each)(void *ctx, const char *symbol, uint64_t va, uint64_t bytes), void *ctx)
{
    struct variable_query query = {.each = each, .ctx = ctx};
    each_section(image, SHT_DYNSYM, visit_variables, &query);
    return query.result;
}

uint32_t image_code_bytes(const struct image *image, const char *name, uint64_t va)
{
    struct symbol_query query = {.name = name};
    uint64_t bytes = 0;

    if (each_section(image, SHT_DYNSYM, match_symbol, &query) && query.found.st_value == va)
        bytes = query.found.st_size;
    for (unsigned i = 0; i < image->n_segments; i++) {
        const struct image_segment *s = &image->segments[i];
        if (va >= s->va && va - s->va < s->file_bytes && (bytes == 0 || bytes > s->file_bytes - (va - s->va)))
            bytes = s->file_bytes - (va - s->va);
    }
    return (uint32_t)bytes;
}

bool image_executable(const struct image *image, uint64_t va)
{
    for (unsigned i = 0; i < image->n_segments; i++)
        if (image->segments[i].executable && va >= image->segments[i].va &&
            va - image->segments[i].va < image->segments[i].bytes)
            return true;
    return false;
}

/* ---- relocation ---- */

struct relocation {
    uint8_t *memory;
    uint64_t base;
    int error;
};

static int symbol_address(const struct image *image, const GElf_Shdr *rela_header, const GElf_Rela *rela,
                          uint64_t base, uint64_t *address)
{
    Elf_Scn *table = elf_getscn(image->elf, rela_header->sh_link);
    GElf_Shdr header;
    GElf_Sym symbol;

    if (GELF_R_SYM(rela->r_info) == 0) {
        *address = 0;
        return 0;
    }
    if (table == NULL || gelf_getshdr(table, &header) == NULL ||
        gelf_getsym(elf_getdata(table, NULL), (int)GELF_R_SYM(rela->r_info), &symbol) == NULL)
        return gpu_err(-ENOEXEC, "damaged code object: relocation of a symbol that is not there");
    const char *name = elf_strptr(image->elf, header.sh_link, symbol.st_name);
    if (symbol.st_shndx == SHN_UNDEF && GELF_ST_BIND(symbol.st_info) != STB_WEAK)
        return gpu_err(-ENOEXEC, "code object needs %s, which it does not define", name != NULL ? name : "?");
    *address = symbol.st_shndx == SHN_UNDEF ? 0 : base + symbol.st_value;
    return 0;
}

static int relocate(const struct image *image, const GElf_Shdr *header, const GElf_Rela *rela,
                    const struct relocation *to)
{
    unsigned type = GELF_R_TYPE(rela->r_info);
    unsigned bytes = type == R_ABS64 || type == R_REL64 || type == R_RELATIVE64 ? 8 : 4;
    uint64_t symbol = 0, value, place = to->base + rela->r_offset;

    if (rela->r_offset > image->span || image->span - rela->r_offset < bytes)
        return gpu_err(-ENOEXEC, "damaged code object: relocation at 0x%llx lies outside its segments",
                       (unsigned long long)rela->r_offset);
    int r = symbol_address(image, header, rela, to->base, &symbol);
    if (r < 0)
        return r;
    value = symbol + (uint64_t)rela->r_addend;
    switch (type) {
    case R_ABS32_LO:
    case R_ABS64:
    case R_ABS32:
        break;
    case R_ABS32_HI:
        value >>= 32;
        break;
    case R_REL32:
    case R_REL64:
    case R_REL32_LO:
        value -= place;
        break;
    case R_REL32_HI:
        value = (value - place) >> 32;
        break;
    case R_RELATIVE64:
        value = to->base + (uint64_t)rela->r_addend;
        break;
    default:
        return gpu_err(-ENOEXEC, "code object has a relocation of type %u, which kfdfs does not know", type);
    }
    memcpy(to->memory + rela->r_offset, &value, bytes);
    return 0;
}

static bool relocate_section(void *ctx, const struct image *image, const GElf_Shdr *header, Elf_Data *data)
{
    struct relocation *to = ctx;
    GElf_Rela rela;

    if (!(header->sh_flags & SHF_ALLOC)) /* left over from a link with --emit-relocs: already applied */
        return false;
    for (int i = 0; to->error == 0 && gelf_getrela(data, i, &rela) != NULL; i++)
        to->error = relocate(image, header, &rela, to);
    return to->error != 0;
}

int image_relocate(const struct image *image, uint8_t *memory, uint64_t base)
{
    struct relocation to = {.memory = memory, .base = base};
    each_section(image, SHT_RELA, relocate_section, &to);
    return to.error;
}
