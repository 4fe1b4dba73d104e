// A thread that Python knows nothing of, as a library for matrices would start it: computes for some milliseconds.
#include <pthread.h>
#include <time.h>

static pthread_t thread;

static void *compute(void *milliseconds) {
    struct timespec now;
    volatile unsigned long sum = 0;
    do {
        for (int i = 0; i < 100000; i++) sum += i;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < (long)milliseconds);
    return 0;
}

void begin(long milliseconds) { pthread_create(&thread, 0, compute, (void *)milliseconds); }

void finish(void) { pthread_join(thread, 0); }
