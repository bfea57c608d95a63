/*
 * buffer_files.c - what the kernel asks of a buffer: read, write, truncate, sync, attributes.
 *
 * Invariant: the CPU's copies run on the FUSE thread without the lock, under a hold; everything by the GPU is
 * a job of kfdfs's own queue, and no thread waits for it. A mapping is handed to memcpy, read(2) and write(2)
 * only, unless it was seen to have pages: on hardware it has none.
 */
#include "files/buffer_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tree/open_files.h"
#include "work/buffer_steps.h"
#include "work/stages.h"
#include "work/staging.h"

static struct fs_entry *entry_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_entry, object);
}

static int cpu_address(const struct fs_entry *buffer, uint8_t **out)
{
    uint8_t *address = buffer->memory ? gpu_buffer_cpu(buffer->memory) : NULL;
    if (!address) {
        char name[256];
        fs_buffer_name(buffer, 0, name, sizeof name);
        return gpu_err(-EOPNOTSUPP, "%s: the CPU cannot reach this memory", name);
    }
    *out = address;
    return 0;
}

/* ---- reading ---- */

/* A reply can be written straight from memory that has pages; a mapping of hardware has none (its page table
 * entries are of the kind VM_PFNMAP), and the FUSE device would refuse it. vmsplice(2) needs pages, too. */
static bool has_pages(struct fs_entry *buffer, void *address)
{
#ifdef __SANITIZE_THREAD__
    /* Its writev() notes that memory was read once it was: after the reply, when the next write may have
     * begun. */
    atomic_store(&buffer->pages, FS_PAGES_NONE);
#endif
    enum fs_pages pages = atomic_load(&buffer->pages);
    int ends[2];
    if (pages == FS_PAGES_UNKNOWN && !pipe2(ends, O_CLOEXEC)) {
        struct iovec first = {.iov_base = address, .iov_len = 1};
        pages = vmsplice(ends[1], &first, 1, SPLICE_F_NONBLOCK) == 1 ? FS_PAGES_THERE : FS_PAGES_NONE;
        atomic_store(&buffer->pages, pages);
        close(ends[0]);
        close(ends[1]);
    }
    return pages == FS_PAGES_THERE;
}

/* Otherwise from memory that has. One such piece for each thread, freed with it. */
static pthread_key_t bounce_key;
static pthread_once_t bounce_once = PTHREAD_ONCE_INIT;
enum { BOUNCE = 1 << 20 };

static void make_bounce_key(void)
{
    pthread_key_create(&bounce_key, free);
}

static void *bounce(size_t bytes)
{
    pthread_once(&bounce_once, make_bounce_key);
    void *memory = bytes <= BOUNCE ? pthread_getspecific(bounce_key) : NULL;
    if (!memory && bytes <= BOUNCE && (memory = malloc(BOUNCE)))
        pthread_setspecific(bounce_key, memory);
    return memory;
}

/* A fault takes the queues, not the bytes; a reset may take them. */
static int step_readable(struct fs_buffer_op *op)
{
    fs_lock(op->world);
    bool unsettled = op->buffer->pool == GPU_VRAM && op->buffer->gpu->unsettled;
    fs_unlock(op->world);
    return unsettled ? gpu_vram_intact(op->buffer->gpu->gpu) : 0;
}

static int step_read(struct fs_buffer_op *op)
{
    struct fs_entry *buffer = op->buffer;
    uint64_t left = op->offset < buffer->size ? buffer->size - op->offset : 0;
    size_t n = left < op->bytes ? left : op->bytes;
    uint8_t *from = NULL;
    int r = n && !op->stage ? cpu_address(buffer, &from) : 0;
    bool direct = n && !r && !op->kept && has_pages(buffer, from);
    void *memory = r ? NULL : op->stage ? fs_stage_memory(op->stage) : direct ? from + op->offset : bounce(n);
    if (r || !memory)
        return r ? r : gpu_err(-ENOMEM, "no memory for a read of %zu bytes", n);
    if (n && !direct && !op->stage)
        memcpy(memory, from + op->offset, n);
    if (!op->kept) {
        struct fs_request *request = op->request;
        op->request = NULL;
        fs_answer_data(request, memory, n);
        return 0;
    }
    fs_lock(op->world);
    fs_finish_data(&op->request, memory, n);
    fs_unlock(op->world);
    return 0;
}

static void buffer_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    static const fs_buffer_step steps[] = {step_readable, fs_stage_read, step_read, NULL};
    struct fs_buffer_op *op = fs_buffer_op_create(request, entry_of(file->object), steps);
    if (!op)
        return;
    op->offset = offset;
    op->bytes = bytes;
    fs_buffer_op_start(op);
}

/* ---- writing ---- */

static int step_copy_in(struct fs_buffer_op *op)
{
    uint8_t *to = NULL;
    int r = op->stage || !op->bytes ? 0 : cpu_address(op->buffer, &to);
    if (r || !to)
        return r;
    if (op->source) {
        r = op->source->copy(op->source, to + op->offset);
        op->source = NULL;
    } else {
        memcpy(to + op->offset, op->data, op->bytes);
    }
    gpu_buffer_cpu_wrote(op->buffer->memory);
    return r ? gpu_err(r, "the bytes could not be read") : 0;
}

static void buffer_write(struct fs_request *request, struct fs_file *file, uint64_t offset,
                         struct fs_source *source)
{
    static const fs_buffer_step steps[] = {fs_buffer_usable,
                                           fs_buffer_room,
                                           fs_buffer_zero_gap,
                                           fs_stage_write,
                                           step_copy_in,
                                           fs_buffer_end,
                                           NULL};
    struct fs_buffer_op *op = fs_buffer_op_create(request, entry_of(file->object), steps);
    if (!op)
        return;
    op->offset = offset;
    op->bytes = source->bytes;
    op->end = op->room = offset + source->bytes;
    op->streaming = true;
    op->source = source;
    op->result = (ssize_t)source->bytes;
    fs_buffer_op_start(op);
}

/* ---- size ---- */

static int step_cut(struct fs_buffer_op *op)
{
    struct fs_entry *buffer = op->buffer;
    fs_lock(op->world);
    bool cut = op->end < buffer->size, used = buffer->object.users, open = buffer->opens;
    if (cut && !used)
        buffer->size = op->end;
    fs_unlock(op->world);
    if (cut && used) {
        char name[256];
        fs_buffer_name(buffer, 0, name, sizeof name);
        return gpu_err(-EBUSY, "%s cannot shrink: queued work uses it", name);
    }
    if (cut && buffer->memory &&
        !open) /* what is written over (cp, >) wants the memory back; trim() frees it */
        gpu_buffer_trim(buffer->memory, op->end);
    return 0;
}

static void buffer_resize(struct fs_request *request, struct fs_object *object, struct fs_file *file,
                          uint64_t bytes)
{
    static const fs_buffer_step steps[] = {fs_buffer_usable,   step_cut,      fs_buffer_room,
                                           fs_buffer_zero_new, fs_buffer_end, NULL};
    (void)file;
    struct fs_buffer_op *op = fs_buffer_op_create(request, entry_of(object), steps);
    if (!op)
        return;
    op->end = op->room = bytes;
    op->exclusive = true;
    fs_buffer_op_start(op);
}

/* Gives back what was reserved ahead of a stream of writes; not worth waiting for. */
static void trim(struct fs_entry *buffer)
{
    struct fs_world *world = buffer->object.world;
    struct fs_hold hold = {.buffer = {buffer}, .exclusive = {true}};
    fs_lock(world);
    bool can = buffer->memory && !buffer->opens && !buffer->object.users && fs_hold_take(world, &hold, true);
    fs_unlock(world);
    if (!can)
        return;
    gpu_buffer_trim(buffer->memory, buffer->size);
    fs_lock(world);
    fs_hold_drop(world, &hold);
    fs_unlock(world);
}

static int buffer_open(struct fs_file *file)
{
    fs_entry_keep(entry_of(file->object));
    entry_of(file->object)->opens++;
    return 0;
}

static void buffer_release(struct fs_file *file)
{
    struct fs_entry *buffer = entry_of(file->object);
    fs_lock(file->world);
    buffer->opens--;
    fs_unlock(file->world);
    if ((file->flags & O_ACCMODE) != O_RDONLY)
        trim(buffer);
    fs_lock(file->world);
    fs_entry_unkeep(buffer);
    fs_unlock(file->world);
}

/* ---- the rest ---- */

static void buffer_sync(struct fs_request *request, struct fs_file *file)
{
    struct fs_world *world = file->world;
    fs_lock(world);
    struct fs_work *work = fs_work_create(world);
    int r = work ? fs_buffer_wait(entry_of(file->object), work) : gpu_err(-ENOMEM, "no memory for a wait");
    if (r) {
        fs_refuse(&request, r);
    } else {
        work->until_done = true;
        work->request = request;
        if (work->pending > 1)
            fs_keep(&work->request);
    }
    if (work)
        fs_work_end(work, 0, NULL);
    fs_unlock(world);
}

static void buffer_stat(struct fs_object *object, struct stat *st)
{
    const struct fs_entry *entry = entry_of(object);
    st->st_mode = (entry->dir ? S_IFDIR : S_IFREG) | entry->mode;
    st->st_uid = entry->uid;
    st->st_gid = entry->gid;
    st->st_nlink = entry->linked ? 1 + entry->dir + entry->subdirs : 0;
    st->st_atim = entry->atime;
    st->st_mtim = entry->mtime;
    st->st_ctim = entry->ctime;
    st->st_size = (off_t)entry->size;
    /* Not fewer blocks than bytes: cp takes a file with holes apart instead of asking for a copy. */
    st->st_blocks = (st->st_size + 511) / 512;
}

static void buffer_change(struct fs_object *object, const struct stat *st, int what)
{
    struct fs_entry *entry = entry_of(object);
    if (what & FS_SET_MODE)
        entry->mode = st->st_mode & 07777;
    if (what & FS_SET_UID)
        entry->uid = st->st_uid;
    if (what & FS_SET_GID)
        entry->gid = st->st_gid;
    if (what & FS_SET_ATIME)
        entry->atime = st->st_atim;
    if (what & FS_SET_MTIME)
        entry->mtime = st->st_mtim;
    clock_gettime(CLOCK_REALTIME, &entry->ctime);
}

void fs_buffer_attributes(const struct fs_entry *entry, struct fs_text *names)
{
    static const char always[] = "user.gpu_va\0user.gpu_window", losses[] = "user.gpu_losses";
    if (!entry->memory)
        return;
    fs_text_add(names, always, sizeof always);
    fs_text_add(names, losses, entry->losses ? sizeof losses : 0);
}

bool fs_buffer_attribute(const struct fs_entry *entry, const char *name, struct fs_text *value)
{
    if (!entry->memory)
        return false;
    if (!strcmp(name, "user.gpu_va"))
        fs_text_printf(value, "0x%llx", (unsigned long long)gpu_buffer_va(entry->memory));
    else if (!strcmp(name, "user.gpu_window"))
        fs_text_printf(value, "%llu", (unsigned long long)gpu_buffer_window(entry->memory));
    else if (!strcmp(name, "user.gpu_losses") && entry->losses)
        fs_text_printf(value, "%u", entry->losses);
    else
        return false;
    return true;
}

const struct fs_class fs_buffer_class = {.open = buffer_open,
                                         .read = buffer_read,
                                         .write = buffer_write,
                                         .resize = buffer_resize,
                                         .sync = buffer_sync,
                                         .release = buffer_release,
                                         .stat = buffer_stat,
                                         .change = buffer_change};
