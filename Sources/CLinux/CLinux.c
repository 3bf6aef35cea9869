#define _GNU_SOURCE
#include "CLinux.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int32_t result(int value) { return value < 0 ? -errno : value; }

// Threads

int32_t clinux_thread_id(void) {
    static __thread int32_t id;
    if (id == 0) id = (int32_t)syscall(SYS_gettid);
    return id;
}

struct start {
    void (*entry)(void *);
    void *context;
    char name[16];
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    pthread_setname_np(pthread_self(), start.name);
    start.entry(start.context);
    return NULL;
}

int32_t clinux_thread_start(uint64_t *thread, const char *name, void (*entry)(void *), void *context) {
    struct start *start = malloc(sizeof *start);
    if (start == NULL) return -ENOMEM;
    start->entry = entry;
    start->context = context;
    snprintf(start->name, sizeof start->name, "%s", name);
    pthread_t handle;
    int error = pthread_create(&handle, NULL, run, start);
    if (error != 0) {
        free(start);
        return -error;
    }
    *thread = (uint64_t)handle;
    return 0;
}

int32_t clinux_thread_join(uint64_t thread) { return -pthread_join((pthread_t)thread, NULL); }
int32_t clinux_thread_detach(uint64_t thread) { return -pthread_detach((pthread_t)thread); }

// Errors

void clinux_error_text(int32_t error, char *text, size_t capacity) {
    if (error <= -1000) {
        snprintf(text, capacity, "%s", gai_strerror(error + 1000));
        return;
    }
    char buffer[128];
    snprintf(text, capacity, "%s", strerror_r(-error, buffer, sizeof buffer));
}

// Readiness

int32_t clinux_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int32_t clinux_epoll_control(int32_t epoll, int32_t operation, int32_t descriptor, uint32_t interest, uint64_t token) {
    static const int operations[] = {0, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL};
    struct epoll_event event = {.data.u64 = token};
    if (interest & CLINUX_READABLE) event.events |= EPOLLIN;
    if (interest & CLINUX_WRITABLE) event.events |= EPOLLOUT;
    return result(epoll_ctl(epoll, operations[operation & 3], descriptor, &event));
}

int32_t clinux_epoll_wait(int32_t epoll, struct clinux_event *events, int32_t capacity, int32_t milliseconds) {
    struct epoll_event ready[256];
    int count = epoll_wait(epoll, ready, capacity < 256 ? capacity : 256, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].token = ready[i].data.u64;
        events[i].events = (ready[i].events & EPOLLIN ? CLINUX_READABLE : 0) |
                           (ready[i].events & EPOLLOUT ? CLINUX_WRITABLE : 0) |
                           (ready[i].events & (EPOLLERR | EPOLLHUP) ? CLINUX_FAILED : 0);
    }
    return count;
}

int32_t clinux_eventfd(void) { return result(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
int32_t clinux_eventfd_raise(int32_t descriptor) { return result(eventfd_write(descriptor, 1)); }
int32_t clinux_eventfd_clear(int32_t descriptor) {
    eventfd_t count;
    return result(eventfd_read(descriptor, &count));
}

// Sockets

static socklen_t to_socket(const struct clinux_address *address, struct sockaddr_storage *storage) {
    memset(storage, 0, sizeof *storage);
    if (address->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address->port);
        v4->sin_addr.s_addr = htonl((uint32_t)address->low);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address->port);
    v6->sin6_scope_id = address->scope;
    for (int i = 0; i < 8; i++) {
        v6->sin6_addr.s6_addr[i] = (uint8_t)(address->high >> (56 - 8 * i));
        v6->sin6_addr.s6_addr[8 + i] = (uint8_t)(address->low >> (56 - 8 * i));
    }
    return sizeof *v6;
}

static void from_socket(const struct sockaddr *socket, struct clinux_address *address) {
    memset(address, 0, sizeof *address);
    if (socket->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)socket;
        address->family = 4;
        address->port = ntohs(v4->sin_port);
        address->low = ntohl(v4->sin_addr.s_addr);
    } else if (socket->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)socket;
        // A client of IPv4 at a socket of both.
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            address->family = 4;
            address->port = ntohs(v6->sin6_port);
            for (int i = 12; i < 16; i++) address->low = address->low << 8 | v6->sin6_addr.s6_addr[i];
            return;
        }
        address->family = 6;
        address->port = ntohs(v6->sin6_port);
        address->scope = v6->sin6_scope_id;
        for (int i = 0; i < 8; i++) {
            address->high = address->high << 8 | v6->sin6_addr.s6_addr[i];
            address->low = address->low << 8 | v6->sin6_addr.s6_addr[8 + i];
        }
    }
}

static int stream_socket(const struct clinux_address *address) {
    return socket(address->family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int32_t failed(int descriptor) {
    int error = errno;
    close(descriptor);
    return -error;
}

int32_t clinux_tune_stream(int32_t socket, uint32_t user_timeout_milliseconds) {
    int on = 1;
    if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0 ||
        setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_milliseconds,
                   sizeof user_timeout_milliseconds) < 0)
        return -errno;
    return 0;
}

int32_t clinux_listen(const struct clinux_address *address, int32_t backlog, uint32_t user_timeout_milliseconds) {
    struct sockaddr_storage storage;
    socklen_t length = to_socket(address, &storage);
    int descriptor = stream_socket(address), on = 1, off = 0;
    if (descriptor < 0) return -errno;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0 ||
        (address->family == 6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) ||
        bind(descriptor, (struct sockaddr *)&storage, length) < 0)
        return failed(descriptor);
    // What is accepted inherits it: three calls less for each connection.
    clinux_tune_stream(descriptor, user_timeout_milliseconds);
    return listen(descriptor, backlog) < 0 ? failed(descriptor) : descriptor;
}

int32_t clinux_accept(int32_t listener, struct clinux_address *peer) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    int descriptor;
    do descriptor = accept4(listener, (struct sockaddr *)&storage, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return -errno;
    from_socket((struct sockaddr *)&storage, peer);
    return descriptor;
}

int32_t clinux_connect(const struct clinux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = to_socket(address, &storage);
    int descriptor = stream_socket(address);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&storage, length) < 0 && errno != EINPROGRESS && errno != EINTR)
        return failed(descriptor);
    return descriptor;
}

int32_t clinux_socket_error(int32_t socket) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
    return -error;
}

int32_t clinux_local_address(int32_t socket, struct clinux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(socket, (struct sockaddr *)&storage, &length) < 0) return -errno;
    from_socket((struct sockaddr *)&storage, address);
    return 0;
}

int64_t clinux_receive(int32_t socket, void *bytes, size_t capacity) {
    ssize_t count;
    do count = recv(socket, bytes, capacity, 0);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int64_t clinux_peek(int32_t socket) {
    char byte;
    ssize_t count;
    do count = recv(socket, &byte, 1, MSG_PEEK);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int64_t clinux_send(int32_t socket, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(socket, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int32_t clinux_shutdown_write(int32_t socket) { return result(shutdown(socket, SHUT_WR)); }
int32_t clinux_close(int32_t descriptor) { return result(close(descriptor)); }

int32_t clinux_resolve(const char *host, uint16_t port, struct clinux_address *addresses, int32_t capacity) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int error = getaddrinfo(host, NULL, &hints, &list);
    if (error == EAI_SYSTEM) return -errno;
    if (error != 0) return error - 1000;
    int32_t count = 0;
    for (struct addrinfo *entry = list; entry != NULL && count < capacity; entry = entry->ai_next) {
        from_socket(entry->ai_addr, &addresses[count]);
        addresses[count].port = port;
        if (addresses[count].family != 0) count++;
    }
    freeaddrinfo(list);
    return count;
}

// Signals

static volatile sig_atomic_t signal_descriptor = -1;

static void on_signal(int number) {
    int saved = errno;
    char byte = (char)number;
    // A full pipe already says enough.
    ssize_t ignored = write(signal_descriptor, &byte, 1);
    (void)ignored;
    errno = saved;
}

int32_t clinux_signals_to(int32_t descriptor, const int32_t *signals, int32_t count) {
    signal_descriptor = descriptor;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (int32_t i = 0; i < count; i++)
        if (sigaction(signals[i], &action, NULL) < 0) return -errno;
    return 0;
}

int32_t clinux_pipe(int32_t ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    // The handler must never block; the reader does.
    return result(fcntl(ends[1], F_SETFL, O_NONBLOCK));
}

// Clocks, randomness, files

int64_t clinux_boot_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clinux_wall_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int32_t clinux_random(void *bytes, size_t count) {
    char *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

int32_t clinux_stat(const char *path, struct clinux_file *file) {
    struct stat status;
    if (stat(path, &status) < 0) return -errno;
    file->size = status.st_size;
    file->modified_nanoseconds = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->is_regular = S_ISREG(status.st_mode);
    return 0;
}

int32_t clinux_count_entries(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return -errno;
    int32_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

int32_t clinux_open_read(const char *path) {
    int descriptor;
    do descriptor = open(path, O_RDONLY | O_CLOEXEC);
    while (descriptor < 0 && errno == EINTR);
    return result(descriptor);
}

int64_t clinux_read(int32_t descriptor, void *bytes, size_t capacity) {
    ssize_t count;
    do count = read(descriptor, bytes, capacity);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}
