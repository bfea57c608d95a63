/*
 * main.c - options, daemonising, devices, mount, exit codes.
 *
 * Invariant: /dev/kfd belongs to the process that opens it, so it is opened by the daemon itself, before it
 * mounts; the process that was started waits for the daemon's word and ends with 0 only once the mount is
 * there.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/fall.h"
#include "handover/go.h"
#include "handover/handover.h"
#include "handover/restore.h"
#include "handover/take.h"
#include "opening.h"
#include "front/session.h"
#include "options.h"
#include "front/polls.h"
#include "preload.h"
#include "report.h"
#include "reports.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER
#endif
#endif
#ifdef HAS_ADDRESS_SANITIZER
/* The simulator is preloaded in front of the sanitizer's run time, which would stop at that. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "verify_asan_link_order=0";
}
#endif

static void print_help(void)
{
    printf("usage: kfdfs [options] [SOURCE] MOUNTPOINT\n"
           "       kfdfs --sim MODEL[:COUNT][+MODEL...] -- PROGRAM ARG...\n"
           "Shows the GPUs of this machine as directories. Unmount with: fusermount3 -u MOUNTPOINT\n\n"
           "    --sim MODEL...         software GPUs instead of /dev/kfd: mi210 mi300x mi355x rx6900xt\n"
           "                           rx7900xtx radeon8060s rx9070xt none\n"
           "    -o sim=MODEL...        the same\n"
           "    -o timeout=SECONDS     time limit of waits\n"
           "    -o idle=SECONDS        unused queues give their slot back after that (10)\n"
           "    -o private             mounted by root: for root alone\n"
           "    -o sim_ram=SIZE        host memory that software GPUs may use\n"
           "    -o sim_bar=SIZE        how much of their VRAM the CPU sees (all of it by default)\n"
           "    -o sim_simd=LEVEL      sse2, avx2 or avx512: vectors of the host\n"
           "    -o sim_jit=HOW         on, off or always: kernels as the host's machine code\n"
           "    -o sim_kfd=1.MINOR     version of the simulated kernel interface\n"
           "    -o sim_seed=N          seed of their noise\n"
           "    -o sim_hostile         nasty, within what hardware and kernel may do\n"
           "    -o sim_svm             a kernel interface with shared virtual memory\n"
           "    -o sim_serial          work-groups one after the other: the same each time\n"
           "    --report [MOUNTPOINT]  print everything about the state, for a bug report\n"
           "    -f                     stay in the foreground\n"
           "    -d                     the same, and print every request and ioctl\n"
           "    -h   --help            print this\n"
           "    -V   --version         print version\n");
    fs_session_help();
}

static struct fs_handover handover; /* by the image before, if there was one */
static char **arguments;

static gid_t render_group(void)
{
    const struct group *group = getgrnam("render");
    return group ? group->gr_gid : getgid();
}

static int set_mount_options(struct options *options, struct fs_world *world)
{
    /* Of a mount that is ours already nothing may be asked: nobody answers yet. */
    char *mountpoint = handover.taken ? strdup(handover.mountpoint) : realpath(options->mountpoint, NULL);
    if (!mountpoint) {
        fprintf(stderr, "kfdfs: %s: %s\n", options->mountpoint, strerror(errno));
        return -errno;
    }
    struct stat st;
    if (!handover.taken && !stat(mountpoint, &st) && !S_ISDIR(st.st_mode)) {
        fprintf(stderr, "kfdfs: %s is not a directory: a mount point is an empty one\n", mountpoint);
        free(mountpoint);
        return -ENOTDIR;
    }
    world->options.mountpoint = mountpoint;
    world->options.timeout_ns = options->timeout_ns;
    world->options.idle_ns = options->idle_ns;
    world->options.simulated = preload_is_on();
    world->options.trace = options->debug;
    world->options.gid = getgid();
    world->options.known = handover.gpus;
    world->options.n_known = handover.n_gpus;
    world->next_serial = handover.next_serial;
    world->options.untouched = handover.taken && fs_handover_hopeless(&handover);
    if (getuid() == 0 && !options->is_private) {
        world->options.shared = true;
        world->options.gid = render_group();
        fs_text_printf(&options->fuse, "%s%sdefault_permissions", options->fuse.length ? "," : "",
                       options->allow_other ? "" : "allow_other,");
    }
    return options->fuse.failed ? -ENOMEM : 0;
}

/* ---- the daemon ---- */

static int open_gpus(struct fs_world *world)
{
    int r = fs_world_open(world);
    if (!r)
        return 0;
    if (r == -ENOENT && !world->options.simulated)
        fprintf(stderr, "kfdfs: there is no /dev/kfd: load the amdgpu driver, or try software GPUs with "
                        "kfdfs --sim mi300x MOUNTPOINT\n");
    else
        fprintf(stderr, "kfdfs: %s\n", gpu_err_text());
    return r;
}

/* Tells the waiting parent that the mount is there, and lets go of the terminal. */
static void go_to_background(int told)
{
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        if (null > 2)
            close(null);
    }
    if (write(told, "", 1) != 1) { /* the parent was killed: nobody to tell */
    }
    close(told);
}

/* The kernel sends it to a process whose GPU consumed poisoned data, beside the events that tell the rest
 * (amdkfd/kfd_events.c). A fault of our own still ends us. */
static void take_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code <= 0) /* sent, not caused */
        return;
    fs_handover_fall_back(number);
    signal(number, SIG_DFL);
    raise(number);
}

static int serve(struct fs_world *world, const struct options *options, int told)
{
    struct fs_session *session = NULL;
    struct sigaction bus_error = {.sa_sigaction = take_bus_error, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGBUS, &bus_error, NULL);
    int r = open_gpus(world);
    if (!r && handover.taken && !world->options.untouched)
        fs_handover_retry(&handover, world, arguments);
    if (!r && handover.taken && (r = fs_handover_restore(&handover, world)))
        fprintf(stderr, "kfdfs: %s\n", gpu_err_text());
    if (!r && world->options.simulated)
        fs_reports_start(world);
    if (!r)
        r = fs_session_open(world, options->fuse.data ? options->fuse.data : "", options->debug, &session);
    if (!r)
        r = handover.taken ? fs_session_adopt(session, handover.session_fd, world->options.mountpoint)
                           : fs_session_mount(session, world->options.mountpoint);
    if (!r && (r = fs_handover_prepare(world, fs_session_fd(session), arguments)))
        fprintf(stderr, "kfdfs: %s\n", gpu_err_text());
    if (r)
        fs_handover_fall_back(0);
    else
        fs_handover_settle(&handover);
    free(handover.bytes);
    if (!r) {
        if (told >= 0)
            go_to_background(told);
        r = fs_session_loop(session);
    }
    fs_handover_stop();
    fs_world_stop(world);
    fs_poll_stop(world);
    if (session)
        fs_session_unmount(session);
    fs_reports_stop();
    fs_world_close(world);
    fs_session_close(session);
    return r;
}

/* The daemon's exit status, or 0 once it serves. */
static int wait_for_word(int from)
{
    char word;
    ssize_t n;
    while ((n = read(from, &word, 1)) < 0 && errno == EINTR)
        continue;
    return n == 1 ? 0 : 1; /* the end without a word: it said why on stderr */
}

static int run(struct fs_world *world, const struct options *options)
{
    int ends[2];
    if (options->foreground || handover.taken)
        return serve(world, options, -1) ? 1 : 0;
    if (pipe2(ends, O_CLOEXEC)) {
        perror("kfdfs: pipe");
        return 1;
    }
    pid_t pid = fork();
    if (pid < 0) {
        perror("kfdfs: fork");
        return 1;
    }
    if (pid) {
        close(ends[1]);
        free(world->options.mountpoint);
        return wait_for_word(ends[0]);
    }
    close(ends[0]);
    setsid();
    if (chdir("/")) {
        perror("kfdfs: /");
        return 1;
    }
    return serve(world, options, ends[1]) ? 1 : 0;
}

int main(int argc, char **argv)
{
    static struct fs_world world;
    struct options options;
    int status = 1;
    arguments = argv;
    if (argc == 3 && !strcmp(argv[1], "--takes"))
        return fs_handover_takes(argv[2]);
    if (fs_handover_take(&handover, argv)) {
        fprintf(stderr, "kfdfs: %s\n", gpu_err_text());
        fs_handover_fall_back(0);
        return 1;
    }
    if (options_parse(argc, argv, &options))
        return 2;
    if (options.help) {
        print_help();
        status = 0;
    } else if (options.version) {
        printf("kfdfs %s\n", KFDFS_VERSION);
        fs_session_version();
        status = 0;
    } else if (options.report) {
        status = fs_report(options.mountpoint);
    } else if (options.program) {
        preload_exec(options.sim, options.sim_options.data, options.program[0], options.program);
    } else if (options.sim && !preload_is_on()) {
        preload_exec_self(options.sim, options.sim_options.data, argv);
    } else if (!set_mount_options(&options, &world)) {
        status = run(&world, &options);
    }
    options_free(&options);
    return status;
}
