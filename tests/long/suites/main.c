/*
 * main.c - runs kernels of public OpenCL suites on each simulated GPU and on PoCL, and compares all buffers.
 *
 * usage: suites TABLE DIRECTORY LEVEL [WORD]      (DIRECTORY has what suites.sh makes of each file of the
 * table: NAME.text and NAME.TARGET.LEVEL.hsaco; WORD: only files with it in their names)
 *
 * Prints a line for each kernel and target that does not agree, a total for each target; fails if there is
 * one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

#include "../../code_file.h"
#include "../../pocl.h"
#include "suites.h"

enum { GPUS = 16, NO_POCL = 77, PRINTED_WORDS = 256 /* of each work-item, as prelude.h has it */ };
static const uint64_t limit_ns = UINT64_C(300000000000);
static const char *directory, *level;

static struct gpu_system *sys;
static struct gpu_code *codes[GPUS];
static unsigned n_run, n_good[GPUS];
static cl_object program;
static char file[512], name[512]; /* its path, and the same without slashes */

/* What a kernel leaves in its buffers. */
struct contents {
    uint8_t *bytes[SUITE_ARGS];
};

static void die(const char *what, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "suites: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void contents_make(const struct suite_run *run, struct contents *contents)
{
    for (unsigned i = 0; i < run->n_args; i++) {
        contents->bytes[i] = NULL;
        if (run->arg[i].kind != SUITE_BUFFER)
            continue;
        contents->bytes[i] = malloc(run->arg[i].bytes + SUITE_GUARD);
        if (!contents->bytes[i])
            die(run->kernel, "no memory");
        suite_fill(&run->arg[i], i, contents->bytes[i]);
    }
}

static void contents_free(const struct suite_run *run, struct contents *contents)
{
    for (unsigned i = 0; i < run->n_args; i++)
        free(contents->bytes[i]);
}

/* ---- a file ---- */

static void file_close(void)
{
    for (unsigned i = 0; i < gpu_count(sys); i++) {
        if (codes[i])
            gpu_code_unload(codes[i]);
        codes[i] = NULL;
    }
    if (program)
        cl.release_program(program);
    program = NULL;
}

static void file_open(const char *path)
{
    char at[8192];
    file_close();
    snprintf(file, sizeof file, "%s", path);
    snprintf(name, sizeof name, "%s", path);
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '_';
    for (unsigned i = 0; i < gpu_count(sys); i++) {
        snprintf(at, sizeof at, "%s/%s.%s.%s.hsaco", directory, name, gpu_info(gpu_at(sys, i))->target,
                 level);
        if (code_load(gpu_at(sys, i), at, &codes[i]))
            printf("not ok %s\n", gpu_err_text());
    }
}

/* ---- PoCL ---- */

/* As late as this: of what checks itself PoCL need know nothing. */
static void pocl_open(void)
{
    char at[8192];
    size_t size;
    if (program)
        return;
    snprintf(at, sizeof at, "%s/%s.text", directory, name);
    char *text = file_read(at, &size);
    if (!text)
        die(at, "cannot be read");
    snprintf(at, sizeof at, "-cl-std=CL2.0 -cl-fp32-correctly-rounded-divide-sqrt -I%s/%.*s/..", directory,
             (int)(strrchr(file, '/') - file), file);
    program = cl_build(text, size, at);
    if (!program)
        die(name, "PoCL does not compile it");
    free(text);
}

static bool pocl_run(const struct suite_run *run, struct contents *contents)
{
    cl_object buffers[SUITE_ARGS] = {0};
    size_t grid[3], group[3];
    unsigned dims = 1;
    int error = 0;
    pocl_open();
    cl_object kernel = cl.kernel(program, run->kernel, &error);
    if (error)
        return false;
    for (unsigned i = 0; i < run->n_args; i++) {
        const struct suite_arg *arg = &run->arg[i];
        size_t bytes = arg->bytes + SUITE_GUARD;
        if (arg->kind == SUITE_BUFFER) {
            buffers[i] = cl.buffer(cl_context, CL_READ_WRITE, bytes, NULL, &error);
            cl.write(cl_queue, buffers[i], CL_BLOCKING, 0, bytes, contents->bytes[i], 0, NULL, NULL);
            error = cl.set(kernel, i, sizeof(cl_object), &buffers[i]);
        } else {
            error = cl.set(kernel, i, arg->bytes, arg->kind == SUITE_VALUE ? arg->value : NULL);
        }
        if (error)
            return false;
    }
    for (unsigned d = 0; d < 3; d++) {
        grid[d] = run->grid[d];
        group[d] = run->group[d];
        dims = grid[d] > 1 ? d + 1 : dims;
    }
    if (cl.run(cl_queue, kernel, dims, NULL, grid, group, 0, NULL, NULL) || cl.finish(cl_queue))
        return false;
    for (unsigned i = 0; i < run->n_args; i++)
        if (buffers[i]) {
            cl.read(cl_queue, buffers[i], CL_BLOCKING, 0, run->arg[i].bytes + SUITE_GUARD, contents->bytes[i],
                    0, NULL, NULL);
            cl.release(buffers[i]);
        }
    return true;
}

/* ---- the simulated GPU ---- */

static int sim_dispatch(struct gpu *gpu, const struct suite_run *run, const struct gpu_kernel *kernel,
                        const uint64_t *values)
{
    static uint8_t kernarg[65536];
    struct gpu_queue *queue; /* of its own: a kernel that fails takes only that with it */
    struct gpu_command command = {.op = GPU_DISPATCH, .kernel = kernel, .kernarg = kernarg};
    uint64_t seq;
    memcpy(command.grid, run->grid, sizeof command.grid);
    memcpy(command.group, run->group, sizeof command.group);
    for (unsigned i = 0; i < run->n_args; i++)
        memcpy(kernarg + kernel->args[i].offset,
               run->arg[i].kind == SUITE_VALUE ? (const void *)run->arg[i].value : &values[i],
               kernel->args[i].size);
    int rc =
        gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_COMPUTE, .engine = -1}, &queue);
    if (rc)
        return rc;
    rc = gpu_queue_submit(queue, &command, 1, NULL, NULL, &seq);
    if (!rc)
        rc = gpu_queue_wait(queue, seq, limit_ns);
    gpu_queue_destroy(queue);
    return rc;
}

static int sim_run(struct gpu *gpu, const struct suite_run *run, const struct gpu_kernel *kernel,
                   struct contents *contents)
{
    struct gpu_buffer *buffers[SUITE_ARGS] = {0};
    uint64_t values[SUITE_ARGS];
    int rc = 0;
    for (unsigned i = 0; i < run->n_args && !rc; i++) {
        size_t bytes = run->arg[i].bytes + SUITE_GUARD;
        values[i] = run->arg[i].bytes;
        if (run->arg[i].kind != SUITE_BUFFER)
            continue;
        rc = gpu_buffer_create(gpu, GPU_GTT, bytes, &buffers[i]);
        rc = rc ? rc : gpu_buffer_reserve(buffers[i], bytes);
        if (rc)
            continue;
        memcpy(gpu_buffer_cpu(buffers[i]), contents->bytes[i], bytes);
        gpu_buffer_cpu_wrote(buffers[i]);
        values[i] = gpu_buffer_va(buffers[i]);
    }
    rc = rc ? rc : sim_dispatch(gpu, run, kernel, values);
    for (unsigned i = 0; i < run->n_args; i++)
        if (buffers[i]) {
            memcpy(contents->bytes[i], gpu_buffer_cpu(buffers[i]), run->arg[i].bytes + SUITE_GUARD);
            gpu_buffer_free(buffers[i]);
        }
    return rc;
}

/* ---- both ---- */

static bool compare(const char *where, const struct suite_run *run, const struct contents *got,
                    const struct contents *expected)
{
    bool good = true;
    char what[256];
    for (unsigned i = 0; i < run->n_args; i++) {
        unsigned n = run->arg[i].kind == SUITE_BUFFER ? suite_differing(run, &run->arg[i], got->bytes[i],
                                                                        expected->bytes[i], what, sizeof what)
                                                      : 0;
        if (n) {
            printf("not ok %s %s %s: argument %u: %u values differ: %s\n", where, name, run->kernel, i, n,
                   what);
            good = false;
        }
    }
    return good;
}

static bool check(unsigned g, const struct suite_run *run, const struct contents *expected)
{
    struct gpu *gpu = gpu_at(sys, g);
    const struct gpu_kernel *kernel = codes[g] ? code_find(codes[g], run->kernel) : NULL;
    const char *target = gpu_info(gpu)->target;
    struct contents got;
    bool good = false;
    contents_make(run, &got);
    if (!kernel || kernel->n_args != run->n_args || kernel->unsupported)
        printf("not ok %s %s %s: %s\n", target, name, run->kernel,
               !kernel               ? "no such kernel"
               : kernel->unsupported ? kernel->unsupported
                                     : "the table has other arguments");
    else if (sim_run(gpu, run, kernel, &got))
        printf("not ok %s %s %s: does not run: %s\n", target, name, run->kernel, gpu_err_text());
    else
        good = compare(target, run, &got, expected);
    contents_free(run, &got);
    return good;
}

static bool differs(const struct suite_run *run, const struct contents *contents)
{
    struct contents before;
    bool differs = false;
    contents_make(run, &before);
    for (unsigned i = 0; i < run->n_args; i++)
        if (run->arg[i].kind == SUITE_BUFFER)
            differs |= memcmp(before.bytes[i], contents->bytes[i], run->arg[i].bytes) != 0;
    contents_free(run, &before);
    return differs;
}

static bool expect_pocl(const struct suite_run *run, struct contents *expected)
{
    bool ran = pocl_run(run, expected);
    if (!ran || !differs(run, expected)) {
        printf("not ok PoCL %s %s: %s\n", name, run->kernel, ran ? "writes nothing" : "does not run");
        return false;
    }
    return true;
}

/* No work-item prints a word; what was in memory behind their number stays. */
static bool expect_silence(const struct suite_run *run, struct contents *expected)
{
    for (size_t at = 0; at < run->arg[0].bytes; at += PRINTED_WORDS * sizeof(uint32_t))
        memset(expected->bytes[0] + at, 0, sizeof(uint32_t));
    return true;
}

static void run_line(char *line, bool (*expect)(const struct suite_run *run, struct contents *expected))
{
    struct suite_run *run = malloc(sizeof *run);
    struct contents expected;
    if (!run || !suite_parse(line, run))
        exit(EXIT_FAILURE);
    contents_make(run, &expected);
    n_run++;
    if (expect(run, &expected))
        for (unsigned i = 0; i < gpu_count(sys); i++)
            n_good[i] += check(i, run, &expected);
    fflush(stdout);
    contents_free(run, &expected);
    free(run);
}

/* Every kernel of the file that suites.sh has made one with printf()'s words as its argument. */
static void prints_line(const char *geometry, bool checks)
{
    char line[1024];
    unsigned before = n_run;
    uint32_t grid[3] = {1, 1, 1};
    sscanf(geometry, "%" SCNu32 "x%" SCNu32 "x%" SCNu32, &grid[0], &grid[1], &grid[2]);
    for (unsigned i = 0; codes[0] && i < gpu_code_kernels(codes[0]); i++) {
        const char *kernel = gpu_code_kernel(codes[0], i)->symbol;
        if (strncmp(kernel, "printed_", 8) != 0)
            continue;
        snprintf(line, sizeof line, "%s %.*s i%u[7,7]", kernel, (int)strcspn(geometry, " \n"), geometry,
                 grid[0] * grid[1] * grid[2] * PRINTED_WORDS);
        run_line(line, checks ? expect_silence : expect_pocl);
    }
    if (n_run == before) {
        printf("not ok %s: no kernel that prints\n", name);
        n_run++;
    }
}

static void table_run(const char *path, const char *word)
{
    char line[4096];
    bool wanted = false;
    FILE *table = fopen(path, "r");
    if (!table)
        die(path, "cannot be read");
    while (fgets(line, sizeof line, table)) {
        char found[512];
        if (sscanf(line, "file %511s", found) == 1) {
            wanted = !word || strstr(found, word);
            if (wanted)
                file_open(found);
        } else if (wanted && strncmp(line, "run ", 4) == 0) {
            run_line(line + 4, expect_pocl);
        } else if (wanted && (strncmp(line, "prints ", 7) == 0 || strncmp(line, "checks ", 7) == 0)) {
            prints_line(line + 7, *line == 'c');
        }
    }
    fclose(table);
    file_close();
}

int main(int argc, char **argv)
{
    bool good = true;
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: suites TABLE DIRECTORY LEVEL [WORD]\n");
        return 2;
    }
    directory = argv[2];
    level = argv[3];
    if (!cl_open()) {
        fprintf(stderr, "suites: no PoCL\n");
        return NO_POCL;
    }
    if (gpu_system_open(&(struct gpu_options){0}, &sys) || gpu_count(sys) > GPUS)
        die("/dev/kfd", gpu_err_text());
    table_run(argv[1], argc > 4 ? argv[4] : NULL);
    for (unsigned i = 0; i < gpu_count(sys); i++) {
        printf("%s %s: %u of %u kernels agree\n", gpu_info(gpu_at(sys, i))->target, level, n_good[i], n_run);
        good = good && n_run && n_good[i] == n_run;
    }
    gpu_system_close(sys);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
