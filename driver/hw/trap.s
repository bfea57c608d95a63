// trap.s - the second-level trap handler: what a wave does that trapped. It leaves a record of where and why,
// interrupts the kernel, and halts for good; its queue is dead then.
//
// Entered from the kernel's first-level handler (amdkfd cwsr_trap_handler_gfx{9,10,12}.asm) with
//   ttmp[0:1]    PC[47:0]; the trap's number in ttmp1[23:16], from gfx12 on in ttmp1[31:28]; 0: an exception
//   ttmp11       on gfx9, bits 31:26: what it cleared of IB_STS
//   ttmp12       STATUS, from gfx12 on STATE_PRIV
//   ttmp[14:15]  TMA: here the records, 16 bytes for each doorbell: ttmp0, ttmp1, ttmp3, ttmp2
// and free to use ttmp2 to ttmp6 and ttmp13. A wave that is reported needs its registers no more.
// The interrupt's data is the doorbell's number [9:0] and 1 << (9 + KFD exception code) (amdkfd kfd_debug.c,
// kfd_int_process_v{9,10,11}.c; enum kfd_dbg_trap_exception_code). Assembled by trap.sh.

.set EC_ABORT, 1 << 10
.set EC_TRAP, 1 << 11
.set EC_MATH, 1 << 12
.set EC_ILLEGAL, 1 << 13
.set EC_MEMORY, 1 << 14
.set EC_APERTURE, 1 << 15
.set DOORBELL_MASK, 0x3ff
.set TRAP_ABORT, 2
.set TRAP_DEBUG, 3

.if .amdgcn.gfx_generation_number < 12
  .set HALT_BIT, 13
  .set XNACK_ERROR, 28
  .set MEM_VIOL, 8
  .set ILLEGAL_INST, 11
.else
  .set HALT_BIT, 14
  .set XNACK_ERROR, 12
  .set MEM_VIOL, 4
  .set ILLEGAL_INST, 6
.endif

.macro tell at
.if .amdgcn.gfx_generation_number == 9 && .amdgcn.gfx_generation_minor >= 4
  global_store_dwordx2 v0, v[2:3], ttmp[14:15] offset:\at sc0 sc1
.elseif .amdgcn.gfx_generation_number == 9
  global_store_dwordx2 v0, v[2:3], ttmp[14:15] offset:\at glc slc
.elseif .amdgcn.gfx_generation_number < 12
  global_store_dwordx2 v0, v[2:3], ttmp[14:15] offset:\at
.else
  global_store_b64 v0, v[2:3], ttmp[14:15] offset:\at scope:SCOPE_SYS
.endif
.endm

entry:
.if .amdgcn.gfx_generation_number < 12
  s_getreg_b32 ttmp2, hwreg(HW_REG_TRAPSTS)
  s_bfe_u32 ttmp4, ttmp1, 16 | 8 << 16
.else
  s_getreg_b32 ttmp2, hwreg(HW_REG_WAVE_EXCP_FLAG_PRIV)
  s_lshr_b32 ttmp4, ttmp1, 28
.endif
  s_cbranch_scc0 exception
  s_cmp_eq_u32 ttmp4, TRAP_DEBUG // a debugger's, and there is none
  s_cbranch_scc1 skip
  s_mov_b32 ttmp3, EC_ABORT
  s_cmp_eq_u32 ttmp4, TRAP_ABORT
  s_cbranch_scc1 report
  s_branch unknown

skip:
  s_add_u32 ttmp0, ttmp0, 4
  s_addc_u32 ttmp1, ttmp1, 0
  s_branch leave

exception:
  s_mov_b32 ttmp3, EC_MEMORY
  s_bitcmp1_b32 ttmp2, XNACK_ERROR
  s_cbranch_scc1 report
  s_mov_b32 ttmp3, EC_APERTURE
  s_bitcmp1_b32 ttmp2, MEM_VIOL
  s_cbranch_scc1 report
  s_mov_b32 ttmp3, EC_ILLEGAL
  s_bitcmp1_b32 ttmp2, ILLEGAL_INST
  s_cbranch_scc1 report
  s_mov_b32 ttmp3, EC_MATH // those that happened and are enabled
.if .amdgcn.gfx_generation_number < 12
  s_getreg_b32 ttmp4, hwreg(HW_REG_MODE, 12, 7)
  s_and_b32 ttmp4, ttmp4, ttmp2
.else
  s_getreg_b32 ttmp4, hwreg(HW_REG_WAVE_TRAP_CTRL, 0, 7)
  s_getreg_b32 ttmp5, hwreg(HW_REG_WAVE_EXCP_FLAG_USER, 0, 7)
  s_and_b32 ttmp4, ttmp4, ttmp5
.endif
  s_cbranch_scc1 report
unknown:
  s_mov_b32 ttmp3, EC_TRAP

report:
.if .amdgcn.gfx_generation_number < 11
  s_mov_b32 exec_lo, 0x80000000 // the answer comes here, with that bit clear
  s_sendmsg sendmsg(MSG_GET_DOORBELL)
no_answer:
  s_nop 7
  s_bitcmp0_b32 exec_lo, 31
  s_cbranch_scc0 no_answer
  s_and_b32 ttmp4, exec_lo, DOORBELL_MASK
.else
  s_sendmsg_rtn_b32 ttmp4, sendmsg(MSG_RTN_GET_DOORBELL)
.if .amdgcn.gfx_generation_number < 12
  s_waitcnt lgkmcnt(0)
.else
  s_wait_kmcnt 0
.endif
  s_and_b32 ttmp4, ttmp4, DOORBELL_MASK
.endif
  s_or_b32 ttmp3, ttmp3, ttmp4
  s_lshl_b32 ttmp4, ttmp4, 4
  s_mov_b64 exec, 1
  v_mov_b32 v0, ttmp4 // a kernel has four registers at least
  v_mov_b32 v2, ttmp0
  v_mov_b32 v3, ttmp1
  tell 0
  v_mov_b32 v2, ttmp3
  v_mov_b32 v3, ttmp2
  tell 8
.if .amdgcn.gfx_generation_number == 9
  s_waitcnt vmcnt(0)
.elseif .amdgcn.gfx_generation_number < 12
  s_waitcnt_vscnt null, 0
.else
  s_wait_storecnt 0
.endif
  s_mov_b32 m0, ttmp3
  s_nop 0
  s_sendmsg sendmsg(MSG_INTERRUPT)

.if .amdgcn.gfx_generation_number == 9 // a halted wave whose PC is at s_endpgm cannot be saved
  s_getpc_b64 ttmp[0:1]
here:
  s_add_u32 ttmp0, ttmp0, parked - here
  s_addc_u32 ttmp1, ttmp1, 0
.endif
  s_bitset1_b32 ttmp12, HALT_BIT

leave:
.if .amdgcn.gfx_generation_number == 9
  s_lshr_b32 ttmp2, ttmp11, 26 - 15
  s_and_b32 ttmp2, ttmp2, 0x1f8000
  s_setreg_b32 hwreg(HW_REG_IB_STS), ttmp2
.endif
  s_and_b32 ttmp1, ttmp1, 0xffff
  s_and_b64 exec, exec, exec // sets EXECZ and VCCZ anew
  s_and_b64 vcc, vcc, vcc
.if .amdgcn.gfx_generation_number < 12
  s_setreg_b32 hwreg(HW_REG_STATUS), ttmp12
.else
  s_lshr_b32 ttmp12, ttmp12, 9 // SCC up to POISON_ERR: a barrier may have completed meanwhile
  s_setreg_b32 hwreg(HW_REG_WAVE_STATE_PRIV, 9, 7), ttmp12
.endif
  s_rfe_b64 ttmp[0:1]

.if .amdgcn.gfx_generation_number == 9
parked:
  s_nop 0
  s_branch parked
.endif
