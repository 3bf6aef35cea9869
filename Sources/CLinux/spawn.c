#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and exec only async-signal-safe calls are made: other threads may have held any lock.
static void become(const char *path, char *const argv[], char *const envp[], const int32_t descriptors[],
                   int32_t descriptor_count, int32_t flags, pid_t parent, int report) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; number++)
        if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (flags & CLINUX_SPAWN_GROUP) setpgid(0, 0);
    if (flags & CLINUX_SPAWN_SESSION) setsid();
    if (flags & CLINUX_SPAWN_DIES_WITH_PARENT) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);  // the parent died before prctl
    }
    // The report's place may be one that is about to be taken.
    if (report < descriptor_count) {
        report = fcntl(report, F_DUPFD_CLOEXEC, descriptor_count);
        if (report < 0) _exit(127);
    }
    for (int index = 0; index < descriptor_count; index++) {
        // dup2 onto itself would leave close-on-exec set.
        int moved = descriptors[index] == index ? fcntl(index, F_SETFD, 0) : dup2(descriptors[index], index);
        if (moved < 0) goto failed;
    }
    // Last: what was moved may lie above the limit.
    clinux_restore_descriptor_limit();
    execve(path, argv, envp ? envp : environ);
failed:;
    int error = errno;
    ssize_t written = write(report, &error, sizeof error);
    (void)written;
    _exit(127);
}

int32_t clinux_spawn(const char *path, char *const argv[], char *const envp[], const int32_t descriptors[],
                     int32_t descriptor_count, int32_t flags) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        int error = errno;
        close(report[0]);
        close(report[1]);
        return -error;
    }
    if (child == 0) become(path, argv, envp, descriptors, descriptor_count, flags, parent, report[1]);
    if (flags & CLINUX_SPAWN_GROUP) setpgid(child, child);  // whoever comes first; the group exists when we return
    close(report[1]);
    int error = 0;
    ssize_t count;
    do count = read(report[0], &error, sizeof error);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == sizeof error) {
        waitpid(child, NULL, 0);
        return -error;
    }
    return child;
}

int32_t clinux_pidfd(int32_t pid) {
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    if (descriptor < 0) return -errno;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
}

int32_t clinux_reap(int32_t pid, int32_t *exit_code, int32_t *signal_number) {
    int status = 0;
    pid_t result;
    do result = waitpid(pid, &status, WNOHANG);
    while (result < 0 && errno == EINTR);
    if (result <= 0) return result < 0 ? -errno : 0;
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + *signal_number;
    return 1;
}

int32_t clinux_await_end(int32_t pid) {
    pid_t result;
    do result = waitpid(pid, NULL, 0);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int32_t clinux_kill(int32_t pid, int32_t signal_number) { return kill(pid, signal_number) < 0 ? -errno : 0; }

int32_t clinux_open_null(void) {
    int descriptor;
    do descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t clinux_open_append(const char *path) {
    int descriptor;
    do descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t clinux_memory_file(const void *bytes, size_t count) {
    int descriptor = memfd_create("stdin", MFD_CLOEXEC);
    if (descriptor < 0) return -errno;
    size_t done = 0;
    while (done < count) {
        ssize_t written = write(descriptor, (const char *)bytes + done, count - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            int error = errno;
            close(descriptor);
            return -error;
        }
        done += (size_t)written;
    }
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

int32_t clinux_output_pipe(int32_t ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    // Ours alone: a child that writes faster than we read must wait, not fail.
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}
