/*
 * rows.h - the names that rows of tables have for their operands.
 */
#ifndef KFDFS_TESTS_ISA_ROWS_H
#define KFDFS_TESTS_ISA_ROWS_H

#include "lane.h"

#define D                     l->d
#define UA                    ((uint32_t)l->a)
#define UB                    ((uint32_t)l->b)
#define UC                    ((uint32_t)l->c)
#define IA                    ((int32_t)l->a)
#define IB                    ((int32_t)l->b)
#define IC                    ((int32_t)l->c)
#define HA                    ((uint32_t)(uint16_t)l->a)
#define HB                    ((uint32_t)(uint16_t)l->b)
#define HC                    ((uint32_t)(uint16_t)l->c)
#define SA                    ((int16_t)l->a)
#define SB                    ((int16_t)l->b)
#define SC                    ((int16_t)l->c)
#define QA                    l->a
#define QB                    l->b
#define QC                    l->c
#define R32                   l->round32
#define R64                   l->round16_64
#define N16(x)                ((uint32_t)(uint16_t)l->x)
#define N32(x)                ((uint32_t)l->x)
#define N64(x)                l->x
#define DA(bits)              n_double(bits, l->a)
#define DB(bits)              n_double(bits, l->b)
#define LESSER(x, y)          ((x) < (y) ? (x) : (y))
#define GREATER(x, y)         ((x) > (y) ? (x) : (y))
#define MIDDLE(x, y, z)       GREATER(LESSER(x, y), LESSER(GREATER(x, y), z))
#define BETWEEN(x, low, high) (uint32_t) LESSER(GREATER(x, low), high)
#define APART(x, y)           ((x) > (y) ? (x) - (y) : (y) - (x))

#endif
