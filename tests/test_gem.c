/*
 * test_gem.c - the render node beside KFD, asked by libdrm: dma-bufs of KFD become GEM objects, which the CPU
 * maps and the GPU, at addresses of the program's choice.
 */
#include <amdgpu.h>
#include <amdgpu_drm.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "gpu_test.h"
#include "internal.h"

enum { BYTES = 1 << 16 };
static const uint64_t chosen_va = 0x10000000000;

static amdgpu_device_handle device;
static struct gpu_buffer *buf;
static int dmabuf;

/* The file that KFD has acquired the address space with is the driver's own. */
static void setup(void)
{
    uint32_t major, minor;
    uint64_t handle;
    open_system();
    struct gpu *gpu = gpu_at(sys, 0);
    ck_assert_int_eq(amdgpu_device_initialize(gpu->render, &major, &minor, &device), 0);
    struct kfd_alloc_memory args = {.va = 0x20000000000,
                                    .size = BYTES,
                                    .gpu_id = gpu_info(gpu)->gpu_id,
                                    .flags = KFD_ALLOC_VRAM | KFD_ALLOC_PUBLIC | KFD_ALLOC_WRITABLE};
    OK(kfd_alloc_memory(&sys->kfd, &args));
    handle = args.handle;
    OK(kfd_export_dmabuf(&sys->kfd, handle, &dmabuf));
    buf = make_buffer(gpu, GPU_GTT, BYTES);
}

static void teardown(void)
{
    close(dmabuf);
    amdgpu_device_deinitialize(device);
    close_system();
}

static amdgpu_bo_handle import(void)
{
    struct amdgpu_bo_import_result result;
    ck_assert_int_eq(amdgpu_bo_import(device, amdgpu_bo_handle_type_dma_buf_fd, (uint32_t)dmabuf, &result),
                     0);
    ck_assert_uint_eq(result.alloc_size, BYTES);
    return result.buf_handle;
}

static int va_op(amdgpu_bo_handle bo, uint64_t va, uint32_t operation)
{
    return amdgpu_bo_va_op(bo, 0, BYTES, va, 0, operation);
}

START_TEST(a_dma_buf_is_one_object_of_a_file)
{
    uint32_t a, b, other;
    int fd = gpu_at(sys, 0)->render, second = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(drmPrimeFDToHandle(fd, dmabuf, &a), 0);
    ck_assert_int_eq(drmPrimeFDToHandle(fd, dmabuf, &b), 0);
    ck_assert_uint_eq(a, b);
    ck_assert_int_eq(drmPrimeFDToHandle(second, dmabuf, &other), 0);
    ck_assert_int_eq(drmCloseBufferHandle(fd, a), 0);
    ck_assert_int_lt(drmCloseBufferHandle(fd, a), 0);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(drmCloseBufferHandle(second, other), 0);
    ck_assert_int_lt(drmPrimeFDToHandle(fd, fd, &a), 0);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_lt(drmPrimeFDToHandle(fd, 9999, &a), 0);
    ck_assert_int_eq(errno, EBADF);
    close(second);
    uint64_t handle;
    FAILS(kfd_import_dmabuf(&sys->kfd, gpu_info(gpu_at(sys, 0))->gpu_id, chosen_va, fd, &handle), EINVAL);
}
END_TEST

START_TEST(the_cpu_and_the_gpu_map_one_object)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    amdgpu_bo_handle bo = import();
    void *cpu;
    ck_assert_int_eq(amdgpu_bo_cpu_map(bo, &cpu), 0);
    fill_pattern(buf, BYTES, 3);
    ck_assert_int_eq(va_op(bo, chosen_va, AMDGPU_VA_OP_MAP), 0);
    run(queue,
        &(struct gpu_command){.op = GPU_COPY, .src = gpu_buffer_va(buf), .dst = chosen_va, .bytes = BYTES});
    ck_assert_mem_eq(cpu, gpu_buffer_cpu(buf), BYTES);
    ck_assert_int_eq(va_op(bo, chosen_va, AMDGPU_VA_OP_UNMAP), 0);
    ck_assert_int_eq(amdgpu_bo_free(bo), 0);
    gpu_queue_destroy(queue);
}
END_TEST

START_TEST(what_an_object_mapped_goes_with_it)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    amdgpu_bo_handle bo = import();
    uint64_t seq;
    struct gpu_command write = {.op = GPU_COPY, .src = gpu_buffer_va(buf), .dst = chosen_va, .bytes = 64};
    ck_assert_int_eq(va_op(bo, chosen_va, AMDGPU_VA_OP_MAP), 0);
    run(queue, &write);
    ck_assert_int_eq(amdgpu_bo_free(bo), 0);
    OK(gpu_queue_submit(queue, &write, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), EFAULT);
    gpu_queue_destroy(queue);
}
END_TEST

START_TEST(wrong_mappings_are_refused)
{
    amdgpu_bo_handle bo = import();
    ck_assert_int_eq(va_op(bo, gpu_buffer_va(buf), AMDGPU_VA_OP_MAP), -EINVAL); /* taken */
    ck_assert_int_eq(va_op(bo, 4096, AMDGPU_VA_OP_MAP), -EINVAL);               /* reserved */
    ck_assert_int_eq(va_op(bo, chosen_va + 1, AMDGPU_VA_OP_MAP), -EINVAL);
    ck_assert_int_eq(amdgpu_bo_va_op(bo, 4096, BYTES, chosen_va, 0, AMDGPU_VA_OP_MAP), -EINVAL);
    ck_assert_int_eq(amdgpu_bo_va_op(bo, 0, BYTES, chosen_va, 0, 9), -EINVAL);
    ck_assert_int_eq(va_op(bo, chosen_va, AMDGPU_VA_OP_UNMAP), -ENOENT);
    ck_assert_int_eq(va_op(bo, chosen_va, AMDGPU_VA_OP_MAP), 0);
    ck_assert_int_eq(amdgpu_bo_free(bo), 0);
    struct drm_amdgpu_gem_va args = {.handle = 77, .operation = AMDGPU_VA_OP_MAP, .va_address = chosen_va};
    ck_assert_int_lt(drmCommandWrite(gpu_at(sys, 0)->render, DRM_AMDGPU_GEM_VA, &args, sizeof args), 0);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(an_object_is_exported_again)
{
    amdgpu_bo_handle bo = import();
    uint32_t fd;
    ck_assert_int_eq(amdgpu_bo_export(bo, amdgpu_bo_handle_type_dma_buf_fd, &fd), 0);
    struct kfd_dmabuf_info info = {.fd = fd};
    OK(kfd_dmabuf_info(&sys->kfd, &info));
    ck_assert_uint_eq(info.size, BYTES);
    ck_assert_uint_eq(info.gpu_id, gpu_info(gpu_at(sys, 0))->gpu_id);
    close((int)fd);
    ck_assert_int_eq(amdgpu_bo_free(bo), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gem");
    TCase *one = tcase_create("gem");
    tcase_add_checked_fixture(one, setup, teardown);
    tcase_set_timeout(one, GPU_TEST_LIMIT_S);
    tcase_add_test(one, a_dma_buf_is_one_object_of_a_file);
    tcase_add_test(one, the_cpu_and_the_gpu_map_one_object);
    tcase_add_test(one, what_an_object_mapped_goes_with_it);
    tcase_add_test(one, wrong_mappings_are_refused);
    tcase_add_test(one, an_object_is_exported_again);
    suite_add_tcase(suite, one);
    return run_gpu_suite(suite);
}
