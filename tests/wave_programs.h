/*
 * wave_programs.h - short programs in machine code for tests of the scheduler, which so need no compiler.
 *
 * Assembled by llvm-mc 22 from the text beside the words. s[0:1] is the address of a buffer; user SGPRs are
 * counted so that the work-group's x, y, z and info are in s2 to s5, or only x in s2.
 */
#ifndef KFDFS_TEST_WAVE_PROGRAMS_H
#define KFDFS_TEST_WAVE_PROGRAMS_H

#include <stdint.h>

/* clang-format off */
static const uint32_t record_gfx942[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0x7e040281, /* v_mov_b32_e32 v2, 1 */
    0xdd098000, 0x03000201, /* global_atomic_add v3, v1, v2, s[0:1] sc0 */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0x24060685, /* v_lshlrev_b32_e32 v3, 5, v3 */
    0xb886f814, /* s_getreg_b32 s6, hwreg(HW_REG_XCC_ID) */
    0xb887f801, /* s_getreg_b32 s7, hwreg(HW_REG_MODE) */
    0x7e080202, /* v_mov_b32_e32 v4, s2 */
    0x7e0a0203, /* v_mov_b32_e32 v5, s3 */
    0x7e0c0204, /* v_mov_b32_e32 v6, s4 */
    0x7e0e0205, /* v_mov_b32_e32 v7, s5 */
    0x7e100206, /* v_mov_b32_e32 v8, s6 */
    0x7e120207, /* v_mov_b32_e32 v9, s7 */
    0xdc708040, 0x00000003, /* global_store_dword v3, v0, s[0:1] offset:64 */
    0xdc7c8044, 0x00000403, /* global_store_dwordx4 v3, v[4:7], s[0:1] offset:68 */
    0xdc748054, 0x00000803, /* global_store_dwordx2 v3, v[8:9], s[0:1] offset:84 */
    0xbf810000, /* s_endpgm */
};
static const uint32_t record_gfx1100[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0x7e040281, /* v_mov_b32_e32 v2, 1 */
    0xdcd64000, 0x03000201, /* global_atomic_add_u32 v3, v1, v2, s[0:1] glc */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0x30060685, /* v_lshlrev_b32_e32 v3, 5, v3 */
    0xbe860080, /* s_mov_b32 s6, 0 */
    0xb887f801, /* s_getreg_b32 s7, hwreg(HW_REG_MODE) */
    0x7e080202, /* v_mov_b32_e32 v4, s2 */
    0x7e0a0203, /* v_mov_b32_e32 v5, s3 */
    0x7e0c0204, /* v_mov_b32_e32 v6, s4 */
    0x7e0e0205, /* v_mov_b32_e32 v7, s5 */
    0x7e100206, /* v_mov_b32_e32 v8, s6 */
    0x7e120207, /* v_mov_b32_e32 v9, s7 */
    0xdc6a0040, 0x00000003, /* global_store_b32 v3, v0, s[0:1] offset:64 */
    0xdc760044, 0x00000403, /* global_store_b128 v3, v[4:7], s[0:1] offset:68 */
    0xdc6e0054, 0x00000803, /* global_store_b64 v3, v[8:9], s[0:1] offset:84 */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t endless_gfx942[] = {
    0xbf82ffff, /* s_branch l */
};
static const uint32_t endless_gfx1100[] = {
    0xbfa0ffff, /* s_branch l */
};
static const uint32_t trap_gfx942[] = {
    0xbf800000, /* s_nop 0 */
    0xbf920005, /* s_trap 5 */
    0xbf810000, /* s_endpgm */
};
static const uint32_t trap_gfx1100[] = {
    0xbf800000, /* s_nop 0 */
    0xbf900005, /* s_trap 5 */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t wait_later_gfx942[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0x7e040281, /* v_mov_b32_e32 v2, 1 */
    0xbf060802, /* s_cmp_eq_u32 s2, s8 */
    0xbf85000a, /* s_cbranch_scc1 give */
    0xbf8e0001, /* s_sleep 1 */
    0xde508000, 0x03000001, /* global_load_dword v3, v1, s[0:1] sc1 */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0x7e120503, /* v_readfirstlane_b32 s9, v3 */
    0xbf068009, /* s_cmp_eq_u32 s9, 0 */
    0xbf85fff9, /* s_cbranch_scc1 l */
    0xdd088004, 0x00000201, /* global_atomic_add v1, v2, s[0:1] offset:4 */
    0xbf810000, /* s_endpgm */
    0xdd088000, 0x00000201, /* global_atomic_add v1, v2, s[0:1] */
    0xbf810000, /* s_endpgm */
};
static const uint32_t wait_later_gfx1100[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0x7e040281, /* v_mov_b32_e32 v2, 1 */
    0xbf060802, /* s_cmp_eq_u32 s2, s8 */
    0xbfa2000a, /* s_cbranch_scc1 give */
    0xbf830001, /* s_sleep 1 */
    0xdc524000, 0x03000001, /* global_load_b32 v3, v1, s[0:1] glc */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0x7e120503, /* v_readfirstlane_b32 s9, v3 */
    0xbf068009, /* s_cmp_eq_u32 s9, 0 */
    0xbfa2fff9, /* s_cbranch_scc1 l */
    0xdcd60004, 0x00000201, /* global_atomic_add_u32 v1, v2, s[0:1] offset:4 */
    0xbfb00000, /* s_endpgm */
    0xdcd60000, 0x00000201, /* global_atomic_add_u32 v1, v2, s[0:1] */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t scratch_gfx942[] = {
    0x7e020202, /* v_mov_b32_e32 v1, s2 */
    0xbe8900ff, 0x0000012c, /* s_mov_b32 s9, 0x12c */
    0xdc704008, 0x007f0100, /* scratch_store_dword off, v1, off offset:8 */
    0x80898109, /* s_sub_u32 s9, s9, 1 */
    0xbf078009, /* s_cmp_lg_u32 s9, 0 */
    0xbf85fffd, /* s_cbranch_scc1 l */
    0xbf8e0001, /* s_sleep 1 */
    0xdc504008, 0x027f0000, /* scratch_load_dword v2, off, off offset:8 */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0x7d940501, /* v_cmp_eq_u32_e32 vcc, v1, v2 */
    0xd1000002, 0x01a90280, /* v_cndmask_b32_e64 v2, 0, 1, vcc */
    0x7e060280, /* v_mov_b32_e32 v3, 0 */
    0xdd088000, 0x00000203, /* global_atomic_add v3, v2, s[0:1] */
    0xbf810000, /* s_endpgm */
};
static const uint32_t scratch_gfx1100[] = {
    0x7e020202, /* v_mov_b32_e32 v1, s2 */
    0xbe8900ff, 0x0000012c, /* s_mov_b32 s9, 0x12c */
    0xdc690008, 0x007c0100, /* scratch_store_b32 off, v1, off offset:8 */
    0x80898109, /* s_sub_u32 s9, s9, 1 */
    0xbf078009, /* s_cmp_lg_u32 s9, 0 */
    0xbfa2fffd, /* s_cbranch_scc1 l */
    0xbf830001, /* s_sleep 1 */
    0xdc510008, 0x027c0000, /* scratch_load_b32 v2, off, off offset:8 */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0x7c940501, /* v_cmp_eq_u32_e32 vcc_lo, v1, v2 */
    0xd5010002, 0x01a90280, /* v_cndmask_b32_e64 v2, 0, 1, vcc_lo */
    0x7e060280, /* v_mov_b32_e32 v3, 0 */
    0xdcd60000, 0x00000203, /* global_atomic_add_u32 v3, v2, s[0:1] */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t noise_gfx942[] = {
    0x24020084, /* v_lshlrev_b32_e32 v1, 4, v0 */
    0x24040082, /* v_lshlrev_b32_e32 v2, 2, v0 */
    0xd86c0000, 0x04000002, /* ds_read_b32 v4, v2 */
    0x7e0c0214, /* v_mov_b32_e32 v6, s20 */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xdc788000, 0x00000401, /* global_store_dwordx3 v1, v[4:6], s[0:1] */
    0xbf810000, /* s_endpgm */
};
static const uint32_t noise_gfx1100[] = {
    0x30020084, /* v_lshlrev_b32_e32 v1, 4, v0 */
    0x30040082, /* v_lshlrev_b32_e32 v2, 2, v0 */
    0xd8d80000, 0x04000002, /* ds_load_b32 v4, v2 */
    0x7e0c0214, /* v_mov_b32_e32 v6, s20 */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xdc720000, 0x00000401, /* global_store_b96 v1, v[4:6], s[0:1] */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t place_gfx942[] = {
    0xb883f804, /* s_getreg_b32 s3, hwreg(HW_REG_HW_ID) */
    0x8e028a02, /* s_lshl_b32 s2, s2, 10 */
    0x24020082, /* v_lshlrev_b32_e32 v1, 2, v0 */
    0x68020202, /* v_add_u32_e32 v1, s2, v1 */
    0x7e040203, /* v_mov_b32_e32 v2, s3 */
    0xdc708000, 0x00000201, /* global_store_dword v1, v2, s[0:1] */
    0xbf810000, /* s_endpgm */
};
static const uint32_t place_gfx1100[] = {
    0xb883f817, /* s_getreg_b32 s3, hwreg(HW_REG_HW_ID1) */
    0x84028a02, /* s_lshl_b32 s2, s2, 10 */
    0x30020082, /* v_lshlrev_b32_e32 v1, 2, v0 */
    0x4a020202, /* v_add_nc_u32_e32 v1, s2, v1 */
    0x7e040203, /* v_mov_b32_e32 v2, s3 */
    0xdc6a0000, 0x00000201, /* global_store_b32 v1, v2, s[0:1] */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t barrier_gfx942[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0x7e040281, /* v_mov_b32_e32 v2, 1 */
    0xd81a0000, 0x00000101, /* ds_write_b32 v1, v1 */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xbf8a0000, /* s_barrier */
    0xd8000000, 0x00000201, /* ds_add_u32 v1, v2 */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xbf8a0000, /* s_barrier */
    0xd86c0000, 0x03000001, /* ds_read_b32 v3, v1 */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xdd088000, 0x00000301, /* global_atomic_add v1, v3, s[0:1] */
    0xbf810000, /* s_endpgm */
};
static const uint32_t barrier_gfx1100[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0x7e040281, /* v_mov_b32_e32 v2, 1 */
    0xd8340000, 0x00000101, /* ds_store_b32 v1, v1 */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xbfbd0000, /* s_barrier */
    0xd8000000, 0x00000201, /* ds_add_u32 v1, v2 */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xbfbd0000, /* s_barrier */
    0xd8d80000, 0x03000001, /* ds_load_b32 v3, v1 */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xdcd60000, 0x00000301, /* global_atomic_add_u32 v1, v3, s[0:1] */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t fault_gfx942[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0xdc508010, 0x01000001, /* global_load_dword v1, v1, s[0:1] offset:16 */
    0xbf810000, /* s_endpgm */
};
static const uint32_t fault_gfx1100[] = {
    0x7e020280, /* v_mov_b32_e32 v1, 0 */
    0xdc520010, 0x01000001, /* global_load_b32 v1, v1, s[0:1] offset:16 */
    0xbfb00000, /* s_endpgm */
};
/* clang-format on */

#endif
