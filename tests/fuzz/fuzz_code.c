/* fuzz_code.c - libFuzzer's entry to everything that reads a code object file: fuzz_code CORPUS_DIRECTORY */
#include "../swallow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    swallow(data, size);
    return 0;
}
