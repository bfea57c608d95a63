/*
 * ring_text.h - packets in a ring as text: what each says. Bytes come from memory that the GPU writes, or an
 * expert: any content is fine, nothing past the given dwords is read.
 */
#ifndef KFDFS_RING_TEXT_H
#define KFDFS_RING_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each writes one packet's text and returns how many dwords it has, at least 1 and at most left (at least 1).
 */
unsigned ring_text_sdma(const uint32_t *p, unsigned left, char *text, size_t size);
unsigned ring_text_pm4(const uint32_t *p, unsigned left, char *text, size_t size);
unsigned ring_text_aql(const uint32_t *p, unsigned left, char *text, size_t size);

/* Is the packet a PM4 indirect buffer, in a ring of its own or in AQL's vendor packet, and where? */
bool ring_text_indirect(const uint32_t *p, unsigned dwords, bool aql, uint64_t *va, unsigned *length);

#endif
