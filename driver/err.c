/*
 * err.c - the sentence that goes with an error: one per thread, written by whoever detected the fault.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char err_text[2048]; /* it quotes names and lines */

void gpu_err_note(const char *format, ...)
{
    char text[sizeof err_text]; /* the arguments may quote the old sentence */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(err_text, text, sizeof text);
}

const char *gpu_err_text(void)
{
    return err_text;
}

bool gpu_err_is_ioctl(void)
{
    return !strncmp(err_text, "ioctl ", 6); /* kfd_call() begins so */
}

char *err_save(void)
{
    return strdup(err_text);
}

void err_restore(char *saved)
{
    if (saved)
        memcpy(err_text, saved, strlen(saved) + 1);
    free(saved);
}
