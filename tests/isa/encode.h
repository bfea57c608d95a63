/*
 * encode.h - instructions as words, for tests that make up programs: by the name's opcode in the table that
 * the decoder has, so that no assembler is needed. Every instruction is decoded again.
 */
#ifndef KFDFS_TESTS_ISA_ENCODE_H
#define KFDFS_TESTS_ISA_ENCODE_H

#include <isa/isa.h>

enum { ENCODED_WORDS = 960 };

struct encoded {
    enum isa_generation generation;
    bool wave64;
    uint32_t literal; /* what SRC_LITERAL stands for in the next instruction */
    unsigned n;
    uint32_t word[ENCODED_WORDS];
};

/* Sources as their fields have them: an SGPR's number, or these. */
enum {
    SRC_INT = 128,
    SRC_MINUS_ONE = 193,
    SRC_ONE = 242,
    SRC_LITERAL = 255,
    SRC_VGPR = 256,
    SRC_NONE = 1000
};

/* Names: one or several with '|' between them, of which the first is taken that the generation has. */

/* mask: the SGPRs of a second result; the short form where it does. A comparison's result is dst. */
void encode_vector(struct encoded *e, const char *names, unsigned dst, unsigned mask, unsigned a, unsigned b,
                   unsigned c);
void encode_scalar(struct encoded *e, const char *names, unsigned dst, unsigned a, unsigned b);
/* Bytes from an address in SGPRs on. */
void encode_scalar_load(struct encoded *e, const char *names, unsigned dst, unsigned base, uint32_t offset);
/* saddr SRC_NONE: the address is in two VGPRs. data: what is stored, or where to. */
void encode_global(struct encoded *e, const char *names, unsigned data, unsigned vaddr, unsigned saddr,
                   int offset);
void encode_lds(struct encoded *e, const char *names, unsigned dst, unsigned address, unsigned data0,
                unsigned data1, unsigned offset);
/* Branches: the offset is set once it is known where they lead to. */
unsigned encode_branch(struct encoded *e, const char *names);
void encode_branch_here(struct encoded *e, unsigned branch);
void encode_branch_back(struct encoded *e, const char *names, unsigned to);

/* The decoded instruction at a word; the next one's word. */
unsigned encoded_text(const struct encoded *e, unsigned at, char *to, size_t size);

#endif
