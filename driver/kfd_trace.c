/*
 * kfd_trace.c - a call as a line for people, by the table of ioctls:
 *
 *   kfd: CREATE_EVENT(type=SIGNAL, auto_reset=1, ...) = 0 (event_id=3, slot=3)
 *   kfd: ACQUIRE_VM(gpu_id=4660, drm_fd=7) = EBUSY
 *
 * Lists that the arguments point to are read from this process's own memory. What a failed call left in its
 * out-fields means nothing and is not shown.
 */
#include "kfd_call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 8 /* elements that are shown */ };

static const char *const svm_types[] = {"PREFERRED_LOC", "PREFETCH_LOC", "ACCESS",    "ACCESS_IN_PLACE",
                                        "NO_ACCESS",     "SET_FLAGS",    "CLR_FLAGS", "GRANULARITY"};

const char *kfd_errno_name(int code)
{
    if (code == KFD_ENOTSUPP)
        return "ENOTSUPP";
    const char *name = strerrorname_np(code);
    return name ? name : "an unknown errno";
}

static uint64_t field_value(const struct kfd_field *f, const uint8_t *args)
{
    uint64_t value = 0;
    memcpy(&value, args + f->at, f->bytes); /* little-endian, as all hosts of this hardware */
    return value;
}

static uint32_t field_count(const struct kfd_field *f, const uint8_t *args)
{
    uint32_t n;
    memcpy(&n, args + f->count_at, sizeof n);
    return n;
}

static void put_word(FILE *out, const struct kfd_word *words, uint32_t value)
{
    while (words->name && words->value != value)
        words++;
    if (words->name)
        fputs(words->name, out);
    else
        fprintf(out, "%" PRIu32, value);
}

static void put_bits(FILE *out, const struct kfd_word *words, uint32_t value)
{
    const char *between = "";
    for (; words->name; words++) {
        if (!(value & words->value))
            continue;
        fprintf(out, "%s%s", between, words->name);
        value &= ~words->value;
        between = "|";
    }
    if (value || !*between)
        fprintf(out, "%s0x%" PRIx32, between, value);
}

static void put_event(FILE *out, const struct kfd_event_data *event)
{
    fprintf(out, "%" PRIu32, event->event_id);
    if (event->last_event_age)
        fprintf(out, " age %" PRIu64, event->last_event_age);
}

static void put_pair(FILE *out, const struct kfd_svm_attribute *a)
{
    if (a->type < sizeof svm_types / sizeof *svm_types)
        fprintf(out, "%s=", svm_types[a->type]);
    else
        fprintf(out, "%" PRIu32 "=", a->type);
    fprintf(out, "0x%" PRIx32, a->value);
}

static void put_list(FILE *out, const struct kfd_field *f, const uint8_t *args)
{
    uint32_t n = field_count(f, args);
    const void *list = f->bytes ? (const void *)(uintptr_t)field_value(f, args) : args + f->at;
    if (!list && n) {
        fputs("NULL", out);
        return;
    }
    putc('[', out);
    for (uint32_t i = 0; i < n && i < LIST_MAX; i++) {
        fputs(i ? ", " : "", out);
        if (f->form == KFD_EVENTS)
            put_event(out, (const struct kfd_event_data *)list + i);
        else if (f->form == KFD_PAIRS)
            put_pair(out, (const struct kfd_svm_attribute *)list + i);
        else
            fprintf(out, "%" PRIu32, ((const uint32_t *)list)[i]);
    }
    fputs(n > LIST_MAX ? ", ...]" : "]", out);
}

static void put_field(FILE *out, const struct kfd_field *f, const uint8_t *args)
{
    const char *dot = strchr(f->name, '.'); /* the union's member is told by the operation */
    fprintf(out, "%s=", dot ? dot + 1 : f->name);
    if (f->form == KFD_LIST || f->form == KFD_PAIRS || f->form == KFD_EVENTS)
        put_list(out, f, args);
    else if (f->form == KFD_WORD)
        put_word(out, f->words, (uint32_t)field_value(f, args));
    else if (f->form == KFD_BITS)
        put_bits(out, f->words, (uint32_t)field_value(f, args));
    else if (f->form == KFD_HEX)
        fprintf(out, "0x%" PRIx64, field_value(f, args));
    else if (f->form == KFD_SIGNED)
        fprintf(out, "%" PRId32, (int32_t)field_value(f, args));
    else
        fprintf(out, "%" PRIu64, field_value(f, args));
}

/* All fields of that way; true if there was one. */
static bool put_fields(FILE *out, const struct kfd_ioctl *row, const void *args, unsigned way,
                       const char *open)
{
    bool any = false;
    for (const struct kfd_field *f = row->fields; f->name; f++) {
        if (!(f->way & way))
            continue;
        fputs(any ? ", " : open, out);
        put_field(out, f, args);
        any = true;
    }
    return any;
}

char *kfd_trace_in(unsigned long request, const void *args)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    const struct kfd_ioctl *row = kfd_ioctl_find(request, args);
    fprintf(out, "kfd: %s", row->name);
    if (!put_fields(out, row, args, KFD_IN, "("))
        putc('(', out);
    putc(')', out);
    return fclose(out) ? NULL : text;
}

void kfd_trace_out(const struct kfd *kfd, char *in, unsigned long request, const void *args, int rc)
{
    char *text = NULL;
    size_t length;
    FILE *out = in ? open_memstream(&text, &length) : NULL;
    if (!out)
        goto end;
    fprintf(out, "%s = ", in);
    if (rc < 0)
        fputs(kfd_errno_name(-rc), out);
    else
        fprintf(out, "%d", rc);
    if (rc >= 0 && put_fields(out, kfd_ioctl_find(request, args), args, KFD_OUT, " ("))
        putc(')', out);
    putc('\n', out);
    if (!fclose(out))
        fputs(text, kfd->trace_to ? kfd->trace_to : stderr); /* one call, so that lines stay whole */
end:
    free(text);
    free(in);
}
