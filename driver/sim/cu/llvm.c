/*
 * llvm.c - finds LLVM's shared library and its functions.
 *
 * A process may end while a thread of it is within LLVM, whose objects would be destroyed then, before or
 * after that thread could be told. So they are not: what it registers for the end (__cxa_atexit of the C++
 * ABI, which the library finds here first) is not done. Nothing of it need be.
 */
#include "llvm.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static struct llvm functions;
static bool found;
static _Thread_local bool inside;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED /* whose own one it is */
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#ifndef SANITIZED
typedef int at_exit_fn(void (*destroy)(void *), void *object, void *library);
__attribute__((visibility("default"))) at_exit_fn __cxa_atexit;

int __cxa_atexit(void (*destroy)(void *), void *object, void *library)
{
    static at_exit_fn *next;
    void *symbol = next || inside ? NULL : dlsym(RTLD_NEXT, "__cxa_atexit");
    if (symbol)
        memcpy(&next, &symbol, sizeof next);
    return inside || !next ? 0 : next(destroy, object, library);
}
#endif

void llvm_enter(void)
{
    inside = true;
}

void llvm_leave(void)
{
    inside = false;
}

static void *library_open(void)
{
    static const char *const names[] = {"libLLVM.so.22.1", "libLLVM-22.so.1", "libLLVM-22.so"};
    void *library = NULL;
    for (unsigned i = 0; !library && i < sizeof names / sizeof names[0]; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

static void find(void)
{
    void *library, *symbol = NULL;
    llvm_enter();
    library = library_open();
    llvm_leave();
    if (!library)
        return;
#define LLVM_FIND(result, name, parameters)       \
    if (!(symbol = dlsym(library, "LLVM" #name))) \
        return;                                   \
    memcpy(&functions.name, &symbol, sizeof symbol);
    LLVM_FUNCTIONS(LLVM_FIND)
#undef LLVM_FIND
    llvm_enter();
    functions.InitializeX86TargetInfo();
    functions.InitializeX86Target();
    functions.InitializeX86TargetMC();
    functions.InitializeX86AsmPrinter();
    functions.LinkInMCJIT();
    llvm_leave();
    found = true;
}

const struct llvm *llvm_open(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find);
    return found ? &functions : NULL;
}
