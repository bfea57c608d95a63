/*
 * test_sim_doorbell.c - engines wake when a client rings, by trap or by polling, and cost nothing while idle.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sim_front.h"
#include "run_suite.h"

static struct front f;

/* A thread that waits for rings and counts them. */
struct listener {
    struct sim_queue *queue;
    pthread_t thread;
    _Atomic uint64_t heard; /* the last value seen */
    _Atomic uint64_t at;    /* when */
    _Atomic unsigned rings;
    _Atomic bool ended;
};

static void *listen(void *arg)
{
    struct listener *l = arg;
    uint64_t seen = SIM_DOORBELL_UNRUNG;
    while (sim_doorbell_wait(l->queue, seen)) {
        seen = atomic_load(l->queue->doorbell);
        atomic_store(&l->at, sim_engine_now());
        atomic_fetch_add(&l->rings, 1);
        atomic_store(&l->heard, seen);
    }
    atomic_store(&l->ended, true);
    return NULL;
}

static void listener_start(struct listener *l, struct sim_queue *queue)
{
    memset(l, 0, sizeof *l);
    l->queue = queue;
    l->heard = SIM_DOORBELL_UNRUNG;
    ck_assert_int_eq(sim_doorbell_attach(queue), 0);
    ck_assert_int_eq(pthread_create(&l->thread, NULL, listen, l), 0);
}

static void listener_stop(struct listener *l)
{
    atomic_store(&l->queue->stop, true);
    sim_doorbell_kick(l->queue);
    pthread_join(l->thread, NULL);
    sim_doorbell_detach(l->queue);
}

static void ring(uint64_t *page, unsigned index, uint64_t value)
{
    atomic_store((_Atomic uint64_t *)page + index, value);
}

static void setup(void)
{
    front_gpu(&f, "mi300x");
    front_queue(&f, &f.queue, SIM_QUEUE_SDMA, 0, 3);
}

static void setup_polled(void)
{
    setenv("KFDFS_SIM_DOORBELL", "poll", 1);
    setup();
}

/* True where this host can trap; else those tests have nothing to say. */
static bool trapped(void)
{
    for (int i = 0; i < 2000 && !sim_doorbell_armed(&f.gpu); i++)
        front_ms(1);
    if (sim_doorbell_armed(&f.gpu))
        return true;
    fprintf(stderr, "userfaultfd with write protection of shared memory is missing here: not tested\n");
    return false;
}

/* ThreadSanitizer allows no threads after such a fork. */
static bool fork_allowed(void)
{
#if defined(__SANITIZE_THREAD__)
    return false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
    return false;
#endif
#endif
    return true;
}

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- both ways ---- */

START_TEST(a_ring_wakes_the_engine_of_that_doorbell)
{
    struct listener l;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    for (uint64_t i = 0; i < 50; i++) {
        ring(page, 3, i * 64);
        front_until(l.heard == i * 64);
    }
    ck_assert_uint_eq(l.rings, 50);
    listener_stop(&l);
}
END_TEST

START_TEST(the_first_ring_counts_even_if_its_value_is_0)
{
    struct listener l;
    uint64_t *page = front_client(&f);
    listener_start(&l, &f.queue);
    front_ms(20); /* asleep by now */
    ring(page, 3, 0);
    front_until(l.heard == 0);
    listener_stop(&l);
}
END_TEST

START_TEST(rings_after_long_silence_are_heard)
{
    struct listener l;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f), worst = 0, sum = 0;
    for (uint64_t i = 1; i <= 10; i++) {
        front_ms(15);
        uint64_t t = sim_engine_now();
        ring(page, 3, i);
        front_until(l.heard == i);
        uint64_t took = l.at - t;
        worst = took > worst ? took : worst;
        sum += took;
    }
    printf("wake after silence (%s): mean %.1f us, worst %.1f us\n",
           getenv("KFDFS_SIM_DOORBELL") ? "polled" : "trapped", (double)sum / 1e4, (double)worst / 1e3);
    listener_stop(&l);
}
END_TEST

START_TEST(every_queue_of_a_slice_hears_its_own_doorbell)
{
    struct sim_queue q[4];
    struct listener l[4];
    for (unsigned i = 0; i < 4; i++) {
        front_queue(&f, &q[i], SIM_QUEUE_SDMA, i, i * 200); /* on both pages of the slice */
        listener_start(&l[i], &q[i]);
    }
    uint64_t *page = front_client(&f);
    for (uint64_t n = 1; n <= 30; n++) {
        unsigned i = (unsigned)(n * 7 % 4);
        ring(page, i * 200, n);
        front_until(l[i].heard == n);
        if (n % 5 == 0)
            front_ms(3);
    }
    ck_assert_uint_eq(l[0].rings + l[1].rings + l[2].rings + l[3].rings, 30);
    for (unsigned i = 0; i < 4; i++)
        listener_stop(&l[i]);
}
END_TEST

START_TEST(a_ring_is_heard_while_another_engine_is_busy)
{
    struct sim_queue busy;
    struct listener l;
    front_queue(&f, &busy, SIM_QUEUE_SDMA, 1, 8);
    ck_assert_int_eq(sim_doorbell_attach(&busy), 0); /* works, and never comes to wait */
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    for (uint64_t i = 1; i <= 20; i++) {
        ring(page, 8, i);
        ring(page, 3, i);
        front_until(l.heard == i);
        front_ms(i % 4);
    }
    sim_doorbell_detach(&busy);
    listener_stop(&l);
}
END_TEST

START_TEST(a_ring_by_an_engine_is_heard)
{
    struct sim_queue other;
    struct listener l, m;
    front_queue(&f, &other, SIM_QUEUE_SDMA, 1, 8);
    listener_start(&l, &f.queue);
    listener_start(&m, &other);
    uint64_t *page = front_client(&f);
    front_ms(10);
    ring(f.gpu.doorbells, 3, 77); /* the simulator's own view is not trapped */
    sim_doorbell_kick(&other);    /* but the engine that did it goes to sleep again some time */
    front_until(l.heard == 77);
    ring(page, 8, 1);
    front_until(m.heard == 1);
    listener_stop(&l);
    listener_stop(&m);
}
END_TEST

START_TEST(a_kick_ends_the_wait_of_a_stopped_or_evicted_queue)
{
    struct listener l;
    listener_start(&l, &f.queue);
    front_client(&f);
    front_ms(10);
    atomic_store(&f.gpu.evicted, true);
    sim_doorbell_kick(&f.queue);
    front_until(l.ended);
    listener_stop(&l);
}
END_TEST

START_TEST(a_queue_that_was_never_mapped_is_still_heard)
{
    struct listener l;
    listener_start(&l, &f.queue);
    front_ms(30);
    ring(f.gpu.doorbells, 3, 5);
    front_until(l.heard == 5);
    ck_assert(!sim_doorbell_armed(&f.gpu));
    listener_stop(&l);
}
END_TEST

START_TEST(a_client_may_unmap_and_map_again_and_map_twice)
{
    struct listener l;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    ring(page, 3, 1);
    front_until(l.heard == 1);
    front_ms(5);
    munmap(page, 8192); /* while protected */
    uint64_t *first = front_client(&f), *second = front_client(&f);
    for (uint64_t i = 2; i < 20; i++) {
        ring(i % 2 ? first : second, 3, i);
        front_until(l.heard == i);
        front_ms(i % 3);
    }
    munmap(first, 8192);
    /* Something else where the mapping was: never protected. */
    uint64_t *heap =
        mmap(first, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    front_ms(5);
    heap[0] = 1;
    ring(second, 3, 100);
    front_until(l.heard == 100);
    heap[600] = 1;
    listener_stop(&l);
}
END_TEST

START_TEST(after_a_fork_parent_and_child_each_have_their_own)
{
    struct listener l;
    if (!fork_allowed())
        return;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    ring(page, 3, 1);
    front_until(l.heard == 1);
    front_ms(5);
    pid_t pid = fork();
    if (pid == 0) { /* starts over, as a process that never had the device */
        struct front mine;
        struct listener k;
        front_gpu(&mine, "rx7900xtx");
        front_queue(&mine, &mine.queue, SIM_QUEUE_SDMA, 0, 3);
        listener_start(&k, &mine.queue);
        uint64_t *own = front_client(&mine);
        ring(own, 3, 9);
        for (int i = 0; i < 5000 && k.heard != 9; i++)
            front_ms(1);
        _exit(k.heard == 9 ? 0 : 1);
    }
    ring(page, 3, 2);
    front_until(l.heard == 2);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    listener_stop(&l);
}
END_TEST

START_TEST(idle_costs_nothing_that_matters)
{
    struct sim_queue q[3];
    struct listener l[3];
    for (unsigned i = 0; i < 3; i++) {
        front_queue(&f, &q[i], SIM_QUEUE_SDMA, i, i);
        listener_start(&l[i], &q[i]);
    }
    uint64_t *page = front_client(&f);
    ring(page, 0, 1);
    front_until(l[0].heard == 1);
    front_ms(150); /* back-off has come to its end */
    uint64_t cpu = cpu_ns(), ticks = sim_doorbell_ticks();
    front_ms(300);
    cpu = cpu_ns() - cpu;
    ticks = sim_doorbell_ticks() - ticks;
    bool polled = getenv("KFDFS_SIM_DOORBELL") || !sim_doorbell_armed(&f.gpu);
    printf("idle (%s): %.3f %% CPU, %llu looks in 300 ms\n", polled ? "polled" : "trapped", (double)cpu / 3e6,
           (unsigned long long)ticks);
    ck_assert_uint_le(ticks, polled ? 60 : 0);
    for (unsigned i = 0; i < 3; i++)
        listener_stop(&l[i]);
}
END_TEST

/* ---- the trap ---- */

START_TEST(an_idle_slice_is_armed_and_its_page_protected)
{
    struct listener l;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    if (trapped()) {
        uint64_t ticks = sim_doorbell_ticks();
        ring(page, 3, 6);
        front_until(l.heard == 6);
        for (int i = 0; i < 1000 && !sim_doorbell_armed(&f.gpu); i++)
            front_ms(1);
        ck_assert(sim_doorbell_armed(&f.gpu));
        ck_assert_uint_le(sim_doorbell_ticks() - ticks, 50);
    }
    listener_stop(&l);
}
END_TEST

START_TEST(a_slice_is_armed_for_its_sleepers_while_another_engine_works_on)
{
    struct sim_queue busy;
    struct listener l;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    if (trapped()) {
        front_queue(&f, &busy, SIM_QUEUE_SDMA, 1, 8);
        ck_assert_int_eq(sim_doorbell_attach(&busy), 0);
        for (uint64_t i = 1; i <= 3; i++) {
            ring(page, 8, i); /* lifts the protection */
            ring(page, 3, i);
            front_until(l.heard == i);
            ck_assert(trapped());
        }
        sim_doorbell_detach(&busy);
    }
    listener_stop(&l);
}
END_TEST

START_TEST(a_ring_of_a_doorbell_without_queue_lets_the_writer_through)
{
    struct listener l;
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    trapped();
    for (int i = 0; i < 10; i++) {
        ring(page, 1000, (uint64_t)i);
        front_ms(2);
    }
    ring(page, 3, 8);
    front_until(l.heard == 8);
    ck_assert_uint_eq(l.rings, 1);
    listener_stop(&l);
}
END_TEST

static void *hammer(void *arg)
{
    uint64_t *page = arg;
    for (uint64_t i = 1; i <= 3000; i++)
        ring(page, 500, i);
    return NULL;
}

START_TEST(many_writers_at_once_lose_no_ring)
{
    struct listener l;
    pthread_t noise[2];
    listener_start(&l, &f.queue);
    uint64_t *page = front_client(&f);
    for (int i = 0; i < 2; i++)
        pthread_create(&noise[i], NULL, hammer, page);
    for (uint64_t i = 1; i <= 300; i++) {
        ring(page, 3, i);
        front_until(l.heard == i);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(noise[i], NULL);
    listener_stop(&l);
}
END_TEST

static void add_common(TCase *c)
{
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_ring_wakes_the_engine_of_that_doorbell);
    tcase_add_test(c, the_first_ring_counts_even_if_its_value_is_0);
    tcase_add_test(c, rings_after_long_silence_are_heard);
    tcase_add_test(c, every_queue_of_a_slice_hears_its_own_doorbell);
    tcase_add_test(c, a_ring_is_heard_while_another_engine_is_busy);
    tcase_add_test(c, a_ring_by_an_engine_is_heard);
    tcase_add_test(c, a_kick_ends_the_wait_of_a_stopped_or_evicted_queue);
    tcase_add_test(c, a_queue_that_was_never_mapped_is_still_heard);
    tcase_add_test(c, a_client_may_unmap_and_map_again_and_map_twice);
    tcase_add_test(c, after_a_fork_parent_and_child_each_have_their_own);
    tcase_add_test(c, idle_costs_nothing_that_matters);
    tcase_add_test(c, many_writers_at_once_lose_no_ring);
}

int main(void)
{
    Suite *suite = suite_create("sim_doorbell");
    TCase *trap = tcase_create("trapped");
    tcase_add_checked_fixture(trap, setup, NULL);
    add_common(trap);
    tcase_add_test(trap, an_idle_slice_is_armed_and_its_page_protected);
    tcase_add_test(trap, a_slice_is_armed_for_its_sleepers_while_another_engine_works_on);
    tcase_add_test(trap, a_ring_of_a_doorbell_without_queue_lets_the_writer_through);
    suite_add_tcase(suite, trap);
    TCase *poll = tcase_create("polled");
    tcase_add_checked_fixture(poll, setup_polled, NULL);
    add_common(poll);
    suite_add_tcase(suite, poll);
    return run_suite(suite);
}
