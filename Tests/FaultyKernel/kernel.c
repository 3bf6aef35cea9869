// A kernel with faults, for tests: preloaded into the real program, it stands between it and the C library and answers
// system calls by the rules in a page that the test maps too. What no rule meets goes to the real kernel as it is.
// Built by Tests/TestSupport/FaultyKernel.swift, which writes the rules; no part of the product.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// The bits of `calls`; FaultyKernel.swift has the same.
enum {
    RECEIVE = 1 << 0,       // recv
    SEND = 1 << 1,          // send
    ACCEPT = 1 << 2,        // accept4
    CONNECT = 1 << 3,       // connect
    SOCKET = 1 << 4,        // socket, socketpair
    OPEN = 1 << 5,          // open
    READ = 1 << 6,          // read
    WRITE = 1 << 7,         // write
    SYNC = 1 << 8,          // fsync
    RENAME = 1 << 9,        // rename, by its target
    WATCH = 1 << 10,        // epoll_ctl that adds
    WAIT = 1 << 11,         // epoll_wait, poll
    DESCRIPTOR = 1 << 12,   // epoll_create1, eventfd, pipe2, memfd_create, signalfd, timerfd_create, pidfd_open
    FORK = 1 << 13,         // fork
    THREAD = 1 << 14,       // pthread_create
    FOLDER = 1 << 15,       // mkdir
};

// As FaultyKernel.swift writes it. A call that `calls`, `port` and `path` match is counted in `seen`; the rule acts on the
// `first` of them and, `count` in all, on each `every`-th from there.
struct rule {
    uint64_t armed, calls;
    uint64_t port;   // of either end of a TCP connection; 0: any
    uint64_t first, every, count;
    int64_t does;    // an errno; or, negative, how many bytes or events are let through at most
    uint64_t seen, acted;
    char path[184];  // a part of the file's path; empty: any
};
_Static_assert(sizeof(struct rule) == 256, "rules are 256 bytes");
enum { RULES = 16 };

struct page {
    struct rule rules[RULES];
    int64_t ahead;  // seconds by which the wall clock is wrong
};
static struct page *page;

typedef long (*syscall_function)(long, ...);

static long kernel(long number, long a, long b, long c, long d, long e, long f) {
    static syscall_function real;
    if (real == NULL) real = (syscall_function)dlsym(RTLD_NEXT, "syscall");
    return real(number, a, b, c, d, e, f);
}
#define KERNEL1(n, a) kernel(n, (long)(a), 0, 0, 0, 0, 0)
#define KERNEL2(n, a, b) kernel(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define KERNEL3(n, a, b, c) kernel(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define KERNEL4(n, a, b, c, d) kernel(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define KERNEL6(n, a, b, c, d, e, f) kernel(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// The children of the program meet faults only as many generations down as the test asks for.
__attribute__((constructor)) static void start(void) {
    const char *file = getenv("FAULTY_KERNEL"), *depth = getenv("FAULTY_KERNEL_GENERATIONS");
    int generations = depth == NULL ? 1 : atoi(depth);
    if (generations <= 1) {
        unsetenv("LD_PRELOAD");
    } else {
        char text[16];
        snprintf(text, sizeof text, "%d", generations - 1);
        setenv("FAULTY_KERNEL_GENERATIONS", text, 1);
    }
    if (file == NULL) return;
    int descriptor = (int)KERNEL4(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    if (descriptor < 0) abort();
    void *mapped = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    KERNEL1(SYS_close, descriptor);
    if (mapped == MAP_FAILED) abort();
    page = mapped;
}

// At the end of `exit`, after what was left with `atexit`. Other threads go on until the process is gone, so nothing that they use
// may have been taken down: OpenSSL, once it is, answers nobody any more.
__attribute__((destructor)) static void end(void) {
    int (*initialise)(uint64_t, const void *) = (int (*)(uint64_t, const void *))dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto");
    if (page == NULL || initialise == NULL) return;
    dprintf(2, "at the end OpenSSL %s\n", initialise(0, NULL) == 1 ? "stands" : "is taken down");
}

static uint64_t port_of(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) return ntohs(((const struct sockaddr_in *)address)->sin_port);
    if (address->sa_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
    return 0;
}

static int has_port(int descriptor, uint64_t port) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (KERNEL3(SYS_getsockname, descriptor, &storage, &length) == 0 && port_of((struct sockaddr *)&storage) == port)
        return 1;
    length = sizeof storage;
    return KERNEL3(SYS_getpeername, descriptor, &storage, &length) == 0 && port_of((struct sockaddr *)&storage) == port;
}

static int has_path(int descriptor, const char *part) {
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long count = KERNEL4(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return strstr(path, part) != NULL;
}

// What a call is about; whichever is there.
struct subject {
    int descriptor;
    const char *path;
    const struct sockaddr *address;
};
#define NOTHING (struct subject){-1, NULL, NULL}
#define ON(number) (struct subject){number, NULL, NULL}
#define FILE_AT(name) (struct subject){-1, name, NULL}

static int matches(const struct rule *rule, uint64_t call, struct subject subject) {
    if (!__atomic_load_n(&rule->armed, __ATOMIC_ACQUIRE) || !(rule->calls & call)) return 0;
    if (rule->port != 0) {
        if (subject.address != NULL) return port_of(subject.address) == rule->port;
        return subject.descriptor >= 0 && has_port(subject.descriptor, rule->port);
    }
    if (rule->path[0] == 0) return 1;
    if (subject.path != NULL) return strstr(subject.path, rule->path) != NULL;
    return subject.descriptor >= 0 && has_path(subject.descriptor, rule->path);
}

// An errno, or 0 if the call is to go on, with `*room` made smaller where a rule says so.
static int fault(uint64_t call, struct subject subject, size_t *room) {
    if (page == NULL) return 0;
    int saved = errno, answer = 0;
    for (int index = 0; index < RULES && answer == 0; index++) {
        struct rule *rule = &page->rules[index];
        if (!matches(rule, call, subject)) continue;
        uint64_t number = __atomic_add_fetch(&rule->seen, 1, __ATOMIC_RELAXED);
        if (number < rule->first || (number - rule->first) % rule->every != 0) continue;
        if ((number - rule->first) / rule->every >= rule->count) continue;
        __atomic_add_fetch(&rule->acted, 1, __ATOMIC_RELAXED);
        if (rule->does > 0) answer = (int)rule->does;
        if (rule->does < 0 && room != NULL && *room > (size_t)-rule->does) *room = (size_t)-rule->does;
    }
    errno = saved;
    return answer;
}

#define FAIL_IF(call, subject, room)                  \
    do {                                              \
        int error_ = fault(call, subject, room);      \
        if (error_ != 0) {                            \
            errno = error_;                           \
            return -1;                                \
        }                                             \
    } while (0)

// Sockets

ssize_t recv(int socket, void *bytes, size_t count, int flags) {
    FAIL_IF(RECEIVE, ON(socket), &count);
    return KERNEL6(SYS_recvfrom, socket, bytes, count, flags, 0, 0);
}

ssize_t send(int socket, const void *bytes, size_t count, int flags) {
    FAIL_IF(SEND, ON(socket), &count);
    return KERNEL6(SYS_sendto, socket, bytes, count, flags, 0, 0);
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    FAIL_IF(ACCEPT, ON(listener), NULL);
    return (int)KERNEL4(SYS_accept4, listener, address, length, flags);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    FAIL_IF(CONNECT, ((struct subject){socket, NULL, address}), NULL);
    return (int)KERNEL3(SYS_connect, socket, address, length);
}

int socket(int domain, int type, int protocol) {
    FAIL_IF(SOCKET, NOTHING, NULL);
    return (int)KERNEL3(SYS_socket, domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
    FAIL_IF(SOCKET, NOTHING, NULL);
    return (int)KERNEL4(SYS_socketpair, domain, type, protocol, ends);
}

// Files

static int opened(const char *path, int flags, mode_t mode) {
    FAIL_IF(OPEN, FILE_AT(path), NULL);
    return (int)KERNEL4(SYS_openat, AT_FDCWD, path, flags, mode);
}

#define MODE(mode, flags)                        \
    mode_t mode = 0;                             \
    if ((flags) & (O_CREAT | O_TMPFILE)) {       \
        va_list arguments;                       \
        va_start(arguments, flags);              \
        mode = va_arg(arguments, mode_t);        \
        va_end(arguments);                       \
    }

int open(const char *path, int flags, ...) {
    MODE(mode, flags)
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(mode, flags)
    return opened(path, flags, mode);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    FAIL_IF(READ, ON(descriptor), &count);
    return KERNEL3(SYS_read, descriptor, bytes, count);
}

// Of a full disk too: what there is room for is written, then comes the error.
ssize_t write(int descriptor, const void *bytes, size_t count) {
    FAIL_IF(WRITE, ON(descriptor), &count);
    return KERNEL3(SYS_write, descriptor, bytes, count);
}

int fsync(int descriptor) {
    FAIL_IF(SYNC, ON(descriptor), NULL);
    return (int)KERNEL1(SYS_fsync, descriptor);
}

int rename(const char *from, const char *to) {
    FAIL_IF(RENAME, FILE_AT(to), NULL);
    return (int)KERNEL4(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int mkdir(const char *path, mode_t mode) {
    FAIL_IF(FOLDER, FILE_AT(path), NULL);
    return (int)KERNEL3(SYS_mkdirat, AT_FDCWD, path, mode);
}

// Readiness

int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event) {
    if (operation == EPOLL_CTL_ADD) FAIL_IF(WATCH, ON(descriptor), NULL);
    return (int)KERNEL4(SYS_epoll_ctl, epoll, operation, descriptor, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int capacity, int milliseconds) {
    size_t room = (size_t)capacity;
    FAIL_IF(WAIT, NOTHING, &room);
    return (int)KERNEL6(SYS_epoll_pwait, epoll, events, (int)room, milliseconds, 0, 8);
}

int poll(struct pollfd *polled, nfds_t count, int milliseconds) {
    FAIL_IF(WAIT, NOTHING, NULL);
    struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    return (int)KERNEL6(SYS_ppoll, polled, count, milliseconds < 0 ? NULL : &limit, 0, 8, 0);
}

// Descriptors

int epoll_create1(int flags) {
    FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return (int)KERNEL1(SYS_epoll_create1, flags);
}

int eventfd(unsigned count, int flags) {
    FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return (int)KERNEL2(SYS_eventfd2, count, flags);
}

int pipe2(int ends[2], int flags) {
    FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return (int)KERNEL2(SYS_pipe2, ends, flags);
}

int memfd_create(const char *name, unsigned flags) {
    FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return (int)KERNEL2(SYS_memfd_create, name, flags);
}

int signalfd(int descriptor, const sigset_t *mask, int flags) {
    FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return (int)KERNEL4(SYS_signalfd4, descriptor, mask, 8, flags);
}

int timerfd_create(int clock, int flags) {
    FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return (int)KERNEL2(SYS_timerfd_create, clock, flags);
}

long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    if (number == SYS_pidfd_open) FAIL_IF(DESCRIPTOR, NOTHING, NULL);
    return kernel(number, a, b, c, d, e, f);
}

// Processes and threads

pid_t fork(void) {
    static pid_t (*real)(void);
    if (real == NULL) real = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
    FAIL_IF(FORK, NOTHING, NULL);
    return real();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*entry)(void *), void *context) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    int error = fault(THREAD, NOTHING, NULL);
    return error != 0 ? error : real(thread, attributes, entry, context);
}

// The wall clock, which somebody has set wrong; clocks that only go on are as they are

static int64_t wrong(void) { return page == NULL ? 0 : __atomic_load_n(&page->ahead, __ATOMIC_ACQUIRE); }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)KERNEL2(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += wrong();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    int result = (int)KERNEL2(SYS_gettimeofday, now, zone);
    if (result == 0) now->tv_sec += wrong();
    return result;
}

// OpenSSL's, for the time of certificates.
time_t time(time_t *result) {
    time_t now = KERNEL1(SYS_time, NULL) + wrong();
    if (result != NULL) *result = now;
    return now;
}
