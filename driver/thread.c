/*
 * thread.c - threads of the driver, which take no signals.
 */
#include "internal.h"

/* Signals are the program's; only what a thread does wrong itself is that thread's, or the kernel would let
 * no handler see it. */
static void block(sigset_t *blocked)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigfillset(blocked);
    for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(blocked, own[i]);
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
    sigset_t all, old;
    block(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* the thread inherits it */
    int rc = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!rc)
        pthread_setname_np(*thread, name);
    return -rc;
}
