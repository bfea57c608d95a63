/*
 * llvm.h - LLVM's C interface, found at run time.
 *
 * Only what compile*.c uses. The library is loaded when the first code is compiled, so that programs that the
 * simulator is preloaded into do not pay for it, and nothing here needs its headers: the C interface keeps
 * its names and types (LLVM Developer Policy, "C API Changes"). Objects belong to their context or module.
 */
#ifndef KFDFS_SIM_LLVM_H
#define KFDFS_SIM_LLVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct LLVMOpaqueContext *LLVMContextRef;
typedef struct LLVMOpaqueModule *LLVMModuleRef;
typedef struct LLVMOpaqueType *LLVMTypeRef;
typedef struct LLVMOpaqueValue *LLVMValueRef;
typedef struct LLVMOpaqueBasicBlock *LLVMBasicBlockRef;
typedef struct LLVMOpaqueBuilder *LLVMBuilderRef;
typedef struct LLVMOpaqueAttributeRef *LLVMAttributeRef;
typedef struct LLVMTarget *LLVMTargetRef;
typedef struct LLVMOpaqueTargetMachine *LLVMTargetMachineRef;
typedef struct LLVMOpaqueTargetData *LLVMTargetDataRef;
typedef struct LLVMOpaqueExecutionEngine *LLVMExecutionEngineRef;
typedef struct LLVMOpaquePassBuilderOptions *LLVMPassBuilderOptionsRef;
typedef struct LLVMOpaqueError *LLVMErrorRef;

/* llvm-c/Core.h and ExecutionEngine.h */
enum {
    LLVM_EQ = 32,
    LLVM_NE,
    LLVM_UGT,
    LLVM_UGE,
    LLVM_ULT,
    LLVM_ULE,
    LLVM_SGT,
    LLVM_SGE,
    LLVM_SLT,
    LLVM_SLE
};
enum {
    LLVM_FALSE,
    LLVM_OEQ,
    LLVM_OGT,
    LLVM_OGE,
    LLVM_OLT,
    LLVM_OLE,
    LLVM_ONE,
    LLVM_ORD,
    LLVM_UNO,
    LLVM_UEQ,
    LLVM_FUGT,
    LLVM_FUGE,
    LLVM_FULT,
    LLVM_FULE,
    LLVM_UNE,
    LLVM_TRUE
};
enum { LLVM_SEQUENTIAL = 7 }; /* of LLVMAtomicOrdering */

struct LLVMMCJITCompilerOptions {
    unsigned opt_level;
    int code_model; /* 0: default, 1: of JITs */
    int no_frame_pointer_elim, enable_fast_isel;
    void *memory_manager;
};

/* Of a memory manager: memory for a section; all of it is written; it is done with. */
typedef uint8_t *llvm_code_fn(void *memory, uintptr_t size, unsigned alignment, unsigned id,
                              const char *name);
typedef uint8_t *llvm_data_fn(void *memory, uintptr_t size, unsigned alignment, unsigned id, const char *name,
                              int read_only);
typedef int llvm_finish_fn(void *memory, char **why);
typedef void llvm_destroy_fn(void *memory);

#define LLVM_FUNCTIONS(F)                                                                                  \
    F(LLVMContextRef, ContextCreate, (void))                                                               \
    F(void, ContextDispose, (LLVMContextRef))                                                              \
    F(LLVMModuleRef, ModuleCreateWithNameInContext, (const char *, LLVMContextRef))                        \
    F(LLVMValueRef, GetInlineAsm,                                                                          \
      (LLVMTypeRef, const char *, size_t, const char *, size_t, int, int, int, int))                       \
    F(void, SetTarget, (LLVMModuleRef, const char *))                                                      \
    F(void, SetModuleDataLayout, (LLVMModuleRef, LLVMTargetDataRef))                                       \
    F(LLVMBuilderRef, CreateBuilderInContext, (LLVMContextRef))                                            \
    F(void, DisposeBuilder, (LLVMBuilderRef))                                                              \
    F(void, DisposeMessage, (char *))                                                                      \
    F(LLVMTypeRef, IntTypeInContext, (LLVMContextRef, unsigned))                                           \
    F(LLVMTypeRef, HalfTypeInContext, (LLVMContextRef))                                                    \
    F(LLVMTypeRef, FloatTypeInContext, (LLVMContextRef))                                                   \
    F(LLVMTypeRef, DoubleTypeInContext, (LLVMContextRef))                                                  \
    F(LLVMTypeRef, VoidTypeInContext, (LLVMContextRef))                                                    \
    F(LLVMTypeRef, PointerTypeInContext, (LLVMContextRef, unsigned))                                       \
    F(LLVMTypeRef, VectorType, (LLVMTypeRef, unsigned))                                                    \
    F(LLVMTypeRef, ArrayType2, (LLVMTypeRef, uint64_t))                                                    \
    F(LLVMTypeRef, FunctionType, (LLVMTypeRef, LLVMTypeRef *, unsigned, int))                              \
    F(LLVMTypeRef, TypeOf, (LLVMValueRef))                                                                 \
    F(LLVMValueRef, AddFunction, (LLVMModuleRef, const char *, LLVMTypeRef))                               \
    F(LLVMValueRef, GetParam, (LLVMValueRef, unsigned))                                                    \
    F(LLVMAttributeRef, CreateStringAttribute,                                                             \
      (LLVMContextRef, const char *, unsigned, const char *, unsigned))                                    \
    F(LLVMAttributeRef, CreateEnumAttribute, (LLVMContextRef, unsigned, uint64_t))                         \
    F(unsigned, GetEnumAttributeKindForName, (const char *, size_t))                                       \
    F(void, AddAttributeAtIndex, (LLVMValueRef, unsigned, LLVMAttributeRef))                               \
    F(void, AddCallSiteAttribute, (LLVMValueRef, unsigned, LLVMAttributeRef))                              \
    F(LLVMBasicBlockRef, AppendBasicBlockInContext, (LLVMContextRef, LLVMValueRef, const char *))          \
    F(void, PositionBuilderAtEnd, (LLVMBuilderRef, LLVMBasicBlockRef))                                     \
    F(LLVMBasicBlockRef, GetInsertBlock, (LLVMBuilderRef))                                                 \
    F(LLVMValueRef, ConstInt, (LLVMTypeRef, unsigned long long, int))                                      \
    F(LLVMValueRef, ConstReal, (LLVMTypeRef, double))                                                      \
    F(LLVMValueRef, ConstNull, (LLVMTypeRef))                                                              \
    F(LLVMValueRef, ConstAllOnes, (LLVMTypeRef))                                                           \
    F(LLVMValueRef, ConstVector, (LLVMValueRef *, unsigned))                                               \
    F(LLVMValueRef, GetPoison, (LLVMTypeRef))                                                              \
    F(unsigned, LookupIntrinsicID, (const char *, size_t))                                                 \
    F(LLVMValueRef, GetIntrinsicDeclaration, (LLVMModuleRef, unsigned, LLVMTypeRef *, size_t))             \
    F(LLVMTypeRef, IntrinsicGetType, (LLVMContextRef, unsigned, LLVMTypeRef *, size_t))                    \
    F(LLVMValueRef, BuildRet, (LLVMBuilderRef, LLVMValueRef))                                              \
    F(LLVMValueRef, BuildBr, (LLVMBuilderRef, LLVMBasicBlockRef))                                          \
    F(LLVMValueRef, BuildCondBr, (LLVMBuilderRef, LLVMValueRef, LLVMBasicBlockRef, LLVMBasicBlockRef))     \
    F(LLVMValueRef, BuildAlloca, (LLVMBuilderRef, LLVMTypeRef, const char *))                              \
    F(LLVMValueRef, BuildLoad2, (LLVMBuilderRef, LLVMTypeRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildStore, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef))                              \
    F(void, SetAlignment, (LLVMValueRef, unsigned))                                                        \
    F(void, SetVolatile, (LLVMValueRef, int))                                                              \
    F(LLVMValueRef, BuildFence, (LLVMBuilderRef, int, int, const char *))                                  \
    F(LLVMValueRef, BuildGEP2,                                                                             \
      (LLVMBuilderRef, LLVMTypeRef, LLVMValueRef, LLVMValueRef *, unsigned, const char *))                 \
    F(LLVMValueRef, BuildCall2,                                                                            \
      (LLVMBuilderRef, LLVMTypeRef, LLVMValueRef, LLVMValueRef *, unsigned, const char *))                 \
    F(LLVMValueRef, BuildPhi, (LLVMBuilderRef, LLVMTypeRef, const char *))                                 \
    F(void, AddIncoming, (LLVMValueRef, LLVMValueRef *, LLVMBasicBlockRef *, unsigned))                    \
    F(LLVMValueRef, BuildSelect, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, LLVMValueRef, const char *)) \
    F(LLVMValueRef, BuildICmp, (LLVMBuilderRef, int, LLVMValueRef, LLVMValueRef, const char *))            \
    F(LLVMValueRef, BuildFCmp, (LLVMBuilderRef, int, LLVMValueRef, LLVMValueRef, const char *))            \
    F(LLVMValueRef, BuildAdd, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                  \
    F(LLVMValueRef, BuildSub, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                  \
    F(LLVMValueRef, BuildMul, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                  \
    F(LLVMValueRef, BuildAnd, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                  \
    F(LLVMValueRef, BuildOr, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                   \
    F(LLVMValueRef, BuildXor, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                  \
    F(LLVMValueRef, BuildNot, (LLVMBuilderRef, LLVMValueRef, const char *))                                \
    F(LLVMValueRef, BuildShl, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                  \
    F(LLVMValueRef, BuildLShr, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildAShr, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildFAdd, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildFSub, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildFMul, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildFDiv, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))                 \
    F(LLVMValueRef, BuildBitCast, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))               \
    F(LLVMValueRef, BuildTrunc, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))                 \
    F(LLVMValueRef, BuildZExt, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))                  \
    F(LLVMValueRef, BuildSExt, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))                  \
    F(LLVMValueRef, BuildSIToFP, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))                \
    F(LLVMValueRef, BuildUIToFP, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))                \
    F(LLVMValueRef, BuildFPExt, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))                 \
    F(LLVMValueRef, BuildFPTrunc, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))               \
    F(LLVMValueRef, BuildIntToPtr, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))              \
    F(LLVMValueRef, BuildPtrToInt, (LLVMBuilderRef, LLVMValueRef, LLVMTypeRef, const char *))              \
    F(LLVMValueRef, BuildExtractElement, (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, const char *))       \
    F(LLVMValueRef, BuildInsertElement,                                                                    \
      (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, LLVMValueRef, const char *))                            \
    F(LLVMValueRef, BuildShuffleVector,                                                                    \
      (LLVMBuilderRef, LLVMValueRef, LLVMValueRef, LLVMValueRef, const char *))                            \
    F(LLVMValueRef, BuildFreeze, (LLVMBuilderRef, LLVMValueRef, const char *))                             \
    F(void, InitializeX86TargetInfo, (void))                                                               \
    F(void, InitializeX86Target, (void))                                                                   \
    F(void, InitializeX86TargetMC, (void))                                                                 \
    F(void, InitializeX86AsmPrinter, (void))                                                               \
    F(void, LinkInMCJIT, (void))                                                                           \
    F(char *, GetDefaultTargetTriple, (void))                                                              \
    F(char *, GetHostCPUName, (void))                                                                      \
    F(char *, GetHostCPUFeatures, (void))                                                                  \
    F(int, GetTargetFromTriple, (const char *, LLVMTargetRef *, char **))                                  \
    F(LLVMTargetMachineRef, CreateTargetMachine,                                                           \
      (LLVMTargetRef, const char *, const char *, const char *, int, int, int))                            \
    F(LLVMTargetDataRef, CreateTargetDataLayout, (LLVMTargetMachineRef))                                   \
    F(LLVMPassBuilderOptionsRef, CreatePassBuilderOptions, (void))                                         \
    F(void, DisposePassBuilderOptions, (LLVMPassBuilderOptionsRef))                                        \
    F(LLVMErrorRef, RunPasses,                                                                             \
      (LLVMModuleRef, const char *, LLVMTargetMachineRef, LLVMPassBuilderOptionsRef))                      \
    F(char *, GetErrorMessage, (LLVMErrorRef))                                                             \
    F(void, DisposeErrorMessage, (char *))                                                                 \
    F(int, CreateMCJITCompilerForModule,                                                                   \
      (LLVMExecutionEngineRef *, LLVMModuleRef, struct LLVMMCJITCompilerOptions *, size_t, char **))       \
    F(void *, CreateSimpleMCJITMemoryManager,                                                              \
      (void *, llvm_code_fn *, llvm_data_fn *, llvm_finish_fn *, llvm_destroy_fn *))                       \
    F(uint64_t, GetFunctionAddress, (LLVMExecutionEngineRef, const char *))                                \
    F(void, DisposeExecutionEngine, (LLVMExecutionEngineRef))                                              \
    F(void, DisposeModule, (LLVMModuleRef))                                                                \
    F(void, DisposeTargetData, (LLVMTargetDataRef))

struct llvm {
#define LLVM_MEMBER(result, name, parameters) result(*name) parameters;
    LLVM_FUNCTIONS(LLVM_MEMBER)
#undef LLVM_MEMBER
};

/* The library's functions, with the host's target ready; NULL where there is no library, or one that lacks
 * some. */
const struct llvm *llvm_open(void);

/* Around calls of them, by the calling thread. */
void llvm_enter(void);
void llvm_leave(void);

#endif
