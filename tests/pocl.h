/*
 * pocl.h - OpenCL on the CPU, as PoCL has it: the few calls of OpenCL 1.2 that tests need (Khronos, cl.h),
 * found at run time.
 */
#ifndef KFDFS_TEST_POCL_H
#define KFDFS_TEST_POCL_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef void *cl_object;
enum { CL_CPU = 2, CL_READ_WRITE = 1, CL_BLOCKING = 1, CL_BUILD_LOG = 0x1183 };

static struct {
    int (*platforms)(unsigned, cl_object *, unsigned *);
    int (*devices)(cl_object, uint64_t, unsigned, cl_object *, unsigned *);
    cl_object (*context)(const intptr_t *, unsigned, const cl_object *, void *, void *, int *);
    cl_object (*queue)(cl_object, cl_object, uint64_t, int *);
    cl_object (*buffer)(cl_object, uint64_t, size_t, void *, int *);
    cl_object (*program)(cl_object, unsigned, const char **, const size_t *, int *);
    int (*build)(cl_object, unsigned, const cl_object *, const char *, void *, void *);
    int (*build_info)(cl_object, cl_object, unsigned, size_t, void *, size_t *);
    cl_object (*kernel)(cl_object, const char *, int *);
    int (*set)(cl_object, unsigned, size_t, const void *);
    int (*run)(cl_object, cl_object, unsigned, const size_t *, const size_t *, const size_t *, unsigned,
               const void *, void *);
    int (*write)(cl_object, cl_object, unsigned, size_t, size_t, const void *, unsigned, const void *,
                 void *);
    int (*read)(cl_object, cl_object, unsigned, size_t, size_t, void *, unsigned, const void *, void *);
    int (*finish)(cl_object);
    int (*release)(cl_object);
    int (*release_program)(cl_object);
} cl;
static cl_object cl_context, cl_queue, cl_device;

/* False: there is no PoCL. */
static inline bool cl_open(void)
{
    static const char *const names[] = {"clGetPlatformIDs",       "clGetDeviceIDs",
                                        "clCreateContext",        "clCreateCommandQueue",
                                        "clCreateBuffer",         "clCreateProgramWithSource",
                                        "clBuildProgram",         "clGetProgramBuildInfo",
                                        "clCreateKernel",         "clSetKernelArg",
                                        "clEnqueueNDRangeKernel", "clEnqueueWriteBuffer",
                                        "clEnqueueReadBuffer",    "clFinish",
                                        "clReleaseMemObject",     "clReleaseProgram"};
    void *library = dlopen("libOpenCL.so.1", RTLD_NOW);
    cl_object platform;
    int error = 0;
    for (unsigned i = 0; library && i < sizeof names / sizeof names[0]; i++) {
        void *symbol = dlsym(library, names[i]);
        memcpy((char *)&cl + i * sizeof symbol, &symbol, sizeof symbol);
    }
    if (!library || !cl.release_program || cl.platforms(1, &platform, NULL) ||
        cl.devices(platform, CL_CPU, 1, &cl_device, NULL))
        return false;
    cl_context = cl.context(NULL, 1, &cl_device, NULL, NULL, &error);
    cl_queue = error ? NULL : cl.queue(cl_context, cl_device, 0, &error);
    return !error;
}

/* The program, or NULL. */
static inline cl_object cl_build(const char *text, size_t size, const char *options)
{
    int error;
    cl_object program = cl.program(cl_context, 1, &text, &size, &error);
    return error || cl.build(program, 1, &cl_device, options, NULL, NULL) ? NULL : program;
}

#endif
