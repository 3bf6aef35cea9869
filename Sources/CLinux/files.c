#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int32_t result(int value) { return value < 0 ? -errno : value; }

int32_t clinux_create(const char *path, uint32_t mode) {
    int descriptor;
    do descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, (mode_t)mode);
    while (descriptor < 0 && errno == EINTR);
    return result(descriptor);
}

int64_t clinux_write(int32_t descriptor, const void *bytes, size_t count) {
    ssize_t written;
    do written = write(descriptor, bytes, count);
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

int64_t clinux_length(int32_t descriptor) {
    off_t length = lseek(descriptor, 0, SEEK_END);
    return length < 0 ? -errno : length;
}

int32_t clinux_cut(int32_t descriptor, int64_t length) {
    int value;
    do value = ftruncate(descriptor, length);
    while (value < 0 && errno == EINTR);
    return result(value);
}

int32_t clinux_sync(int32_t descriptor) {
    int value;
    do value = fsync(descriptor);
    while (value < 0 && errno == EINTR);
    return result(value);
}
int32_t clinux_rename(const char *from, const char *to) { return result(rename(from, to)); }
int32_t clinux_unlink(const char *path) { return result(unlink(path)); }
int32_t clinux_make_folder(const char *path, uint32_t mode) { return result(mkdir(path, (mode_t)mode)); }

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

int32_t clinux_remove_tree(const char *path) { return result(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS)); }

int32_t clinux_own_executable(char *path, size_t capacity) {
    ssize_t count = readlink("/proc/self/exe", path, capacity - 1);
    if (count < 0) return -errno;
    path[count] = 0;
    return (int32_t)count;
}

int32_t clinux_check_program(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0) return -errno;
    if (S_ISDIR(status.st_mode)) return -EISDIR;
    if (!S_ISREG(status.st_mode)) return -EACCES;
    return access(path, X_OK) < 0 ? -errno : 0;
}

int32_t clinux_is_terminal(int32_t descriptor) { return isatty(descriptor); }

int32_t clinux_own_pid(void) { return getpid(); }

const char *clinux_environment(size_t index) { return environ == NULL ? NULL : environ[index]; }

// What children get back; unset: as this process has it.
static struct rlimit first_limit;
static int has_first_limit;

int64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur == limit.rlim_max) return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
    if (!__atomic_load_n(&has_first_limit, __ATOMIC_ACQUIRE)) {
        first_limit = limit;
        __atomic_store_n(&has_first_limit, 1, __ATOMIC_RELEASE);
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

void clinux_restore_descriptor_limit(void) {
    if (__atomic_load_n(&has_first_limit, __ATOMIC_ACQUIRE)) setrlimit(RLIMIT_NOFILE, &first_limit);
}

int64_t clinux_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int32_t clinux_processors(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) < 0 ? 1 : CPU_COUNT(&set);
}
