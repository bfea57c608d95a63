/*
 * compile_parts.h - what the parts of compile.c share: registers, and how a function is left.
 */
#ifndef KFDFS_SIM_COMPILE_PARTS_H
#define KFDFS_SIM_COMPILE_PARTS_H

#include "compile.h"

bool compile_to_code(struct compile *c, struct compiled *to); /* the module; it is gone then */
void compile_go_head(struct compile *c);                      /* to the first operation */
LLVMTypeRef compile_vector_of(struct compile *c, LLVMTypeRef type);
LLVMBasicBlockRef compile_branch_if(struct compile *c, LLVMValueRef condition);
LLVMValueRef compile_place_get(struct compile *c, LLVMTypeRef type, LLVMValueRef place);
void compile_place_set(struct compile *c, LLVMValueRef place, LLVMValueRef value);
LLVMValueRef compile_mask_sgprs(struct compile *c, unsigned sgpr);
int64_t compile_sgpr_home(unsigned n);
void compile_row_store(struct compile *c, unsigned row, LLVMValueRef value);
void compile_scc_store(struct compile *c, LLVMValueRef value);
void compile_noise_fill(struct compile *c);
void compile_registers_store(struct compile *c, const struct region_set *set);
void compile_registers_load(struct compile *c, const struct region_set *set);
LLVMValueRef compile_op_at(struct compile *c, int32_t slot);
void compile_left_store(struct compile *c, unsigned done);
void compile_leave_with(struct compile *c, LLVMValueRef next);
void compile_leave(struct compile *c, int32_t slot);
LLVMValueRef compile_all_active(struct compile *c);
LLVMValueRef compile_pc(struct compile *c, int32_t slot);
void compile_leave_for(struct compile *c, LLVMValueRef pc);
LLVMValueRef compile_own_call(struct compile *c);
/* Waves that begin (compile_start.c): their registers; where the function is entered; on to the next one,
 * where one ends; before one is put into the wave's memory; a load that was done for all of them: false: it
 * was not.
 */
void compile_start_places(struct compile *c);
void compile_start_enter(struct compile *c);
void compile_start_next(struct compile *c);
void compile_start_make(struct compile *c);
bool compile_start_fetched(struct compile *c);
void compile_start_free(struct compile *c);

#endif
