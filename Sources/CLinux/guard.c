#define _GNU_SOURCE
#include "CLinux.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int32_t result(int value) { return value < 0 ? -errno : value; }

int32_t clinux_become_guard(const char *name) {
    sigset_t all;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, NULL) < 0) return -errno;
    prctl(PR_SET_NAME, name);
    return result(prctl(PR_SET_CHILD_SUBREAPER, 1));
}

int32_t clinux_child_ends(void) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    return result(signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
}

int32_t clinux_boot_timer(void) { return result(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)); }

int32_t clinux_boot_timer_set(int32_t timer, int64_t nanoseconds) {
    // An instant of zero would disarm the timer.
    if (nanoseconds < 1) nanoseconds = 1;
    struct itimerspec when = {{0, 0}, {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return result(timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL));
}

int32_t clinux_wait_readable(const int32_t descriptors[], int32_t count, int32_t milliseconds) {
    struct pollfd polled[4];
    if (count > 4) return -EINVAL;
    for (int32_t index = 0; index < count; index++) polled[index] = (struct pollfd){descriptors[index], POLLIN, 0};
    int ready;
    do ready = poll(polled, (nfds_t)count, milliseconds);
    while (ready < 0 && errno == EINTR);
    return result(ready);
}

int32_t clinux_takes_bytes(int32_t descriptor) {
    struct pollfd polled = {descriptor, POLLOUT, 0};
    int ready;
    do ready = poll(&polled, 1, 0);
    while (ready < 0 && errno == EINTR);
    if (ready < 0) return -errno;
    return ready == 1 && (polled.revents & POLLOUT) != 0;
}

int32_t clinux_ended_child(void) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return -errno;
    return info.si_pid;
}

int32_t clinux_process_group(int32_t pid) { return result(getpgid(pid)); }

int32_t clinux_session_members(int32_t session, int32_t pids[], int32_t capacity) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) return -errno;
    int32_t count = 0;
    for (struct dirent *entry; count < capacity && (entry = readdir(folder)) != NULL;) {
        int32_t pid = atoi(entry->d_name);
        if (pid > 0 && getsid(pid) == session) pids[count++] = pid;
    }
    closedir(folder);
    return count;
}

int32_t clinux_hurry(void) { return result(setpriority(PRIO_PROCESS, 0, -20)); }

int32_t clinux_record_pair(int32_t ends[2]) {
    return result(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
}

int32_t clinux_close_on_exec(int32_t descriptor) { return result(fcntl(descriptor, F_SETFD, FD_CLOEXEC)); }

int32_t clinux_replace(int32_t descriptor, int32_t replacement) { return result(dup2(replacement, descriptor)); }
