/*
 * mangle.c - argument types by name: OpenCL's from the metadata, HIP's from the mangled symbol.
 *
 * The C++ run-time library demangles; here only words are looked up. A type whose size does not fit its name
 * is not believed.
 */
#include "mangle.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Itanium C++ ABI, section 3.4; in libstdc++ and libc++abi. */
extern char *__cxa_demangle(const char *name, char *buffer, size_t *length, int *status);

static const struct scalar_name {
    const char *name;
    enum gpu_scalar scalar;
    uint32_t size;
} scalar_names[] = {
    {"bool", GPU_SCALAR_U8, 1},
    {"char", GPU_SCALAR_I8, 1},
    {"signed char", GPU_SCALAR_I8, 1},
    {"uchar", GPU_SCALAR_U8, 1},
    {"unsigned char", GPU_SCALAR_U8, 1},
    {"short", GPU_SCALAR_I16, 2},
    {"ushort", GPU_SCALAR_U16, 2},
    {"unsigned short", GPU_SCALAR_U16, 2},
    {"int", GPU_SCALAR_I32, 4},
    {"uint", GPU_SCALAR_U32, 4},
    {"unsigned int", GPU_SCALAR_U32, 4},
    {"long", GPU_SCALAR_I64, 8},
    {"ulong", GPU_SCALAR_U64, 8},
    {"unsigned long", GPU_SCALAR_U64, 8},
    {"long long", GPU_SCALAR_I64, 8},
    {"unsigned long long", GPU_SCALAR_U64, 8},
    {"half", GPU_SCALAR_F16, 2},
    {"_Float16", GPU_SCALAR_F16, 2},
    {"__fp16", GPU_SCALAR_F16, 2},
    {"__bf16", GPU_SCALAR_BF16, 2},
    {"std::bfloat16_t", GPU_SCALAR_BF16, 2},
    {"float", GPU_SCALAR_F32, 4},
    {"double", GPU_SCALAR_F64, 8},
};

char *mangle_demangle(const char *symbol)
{
    char *text = strncmp(symbol, "_Z", 2) == 0 ? __cxa_demangle(symbol, NULL, NULL, NULL) : NULL;
    return text != NULL ? text : strdup(symbol);
}

enum gpu_scalar mangle_scalar(const char *type_name, uint32_t size)
{
    for (size_t i = 0; i < sizeof scalar_names / sizeof *scalar_names; i++)
        if (scalar_names[i].size == size && strcmp(scalar_names[i].name, type_name) == 0)
            return scalar_names[i].scalar;
    bool aggregate = strncmp(type_name, "struct ", 7) == 0 || strncmp(type_name, "union ", 6) == 0;
    if (aggregate || (size != 1 && size != 2 && size != 4 && size != 8))
        return GPU_SCALAR_STRUCT;
    return GPU_SCALAR_UNKNOWN;
}

/* The next parameter of a list, up to the comma or parenthesis that ends it; returns where the next begins,
 * or NULL after the last. Commas inside <>, () and [] separate nothing. */
static const char *next_parameter(const char *at, char *to, size_t size)
{
    int depth = 0;
    size_t length = 0;

    while (isspace((unsigned char)*at))
        at++;
    for (; *at != '\0'; at++) {
        if (depth == 0 && (*at == ',' || *at == ')'))
            break;
        depth += strchr("<([{", *at) != NULL;
        depth -= strchr(">)]}", *at) != NULL;
        if (length + 1 < size)
            to[length++] = *at;
    }
    to[length] = '\0';
    return *at == ',' ? at + 1 : NULL;
}

/* Where the parameter list of the outermost function begins: after the last '(' at depth 0 of <>. */
static const char *parameter_list(const char *demangled)
{
    const char *list = NULL;
    int angle = 0, round = 0;

    for (const char *c = demangled; *c != '\0'; c++) {
        angle += *c == '<';
        angle -= *c == '>';
        if (*c == '(' && angle == 0 && round++ == 0)
            list = c + 1;
        round -= *c == ')' && angle == 0;
    }
    return list;
}

void mangle_types(const char *demangled, struct gpu_arg *args, unsigned n_args)
{
    const char *at = parameter_list(demangled);
    char word[256];

    for (unsigned i = 0; at != NULL && i < n_args; i++) {
        at = next_parameter(at, word, sizeof word);
        if (args[i].kind == GPU_ARG_VALUE && args[i].scalar == GPU_SCALAR_UNKNOWN)
            args[i].scalar = mangle_scalar(word, args[i].size);
    }
}
