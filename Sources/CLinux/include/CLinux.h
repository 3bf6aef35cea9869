// What Swift cannot say about Linux: packed epoll events, errno, sockaddr casts, signal handlers, variadics.
// Every function that can fail returns -errno (resolve: see there); nothing here decides anything.
#ifndef WORKCLAIM_CLINUX_H
#define WORKCLAIM_CLINUX_H
#include <stddef.h>
#include <stdint.h>

// Threads

/// The kernel's id of the calling thread. A C function in another file, because pthread_self() is declared const and
/// an optimizer may keep its value across a change of thread.
int32_t clinux_thread_id(void);
/// Starts `entry(context)` on a thread named by at most 15 bytes; `thread` is what join takes.
int32_t clinux_thread_start(uint64_t *thread, const char *name, void (*entry)(void *), void *context);
int32_t clinux_thread_join(uint64_t thread);
int32_t clinux_thread_detach(uint64_t thread);

// Errors

/// The text of -errno, or of what clinux_resolve answers, into `text`.
void clinux_error_text(int32_t error, char *text, size_t capacity);

// Readiness. struct epoll_event is packed and holds a union, which Swift treats as unsafe; this one is plain.

struct clinux_event {
    uint64_t token;
    uint32_t events;
};
enum { CLINUX_READABLE = 1, CLINUX_WRITABLE = 2, CLINUX_FAILED = 4 };
enum { CLINUX_ADD = 1, CLINUX_MODIFY = 2, CLINUX_REMOVE = 3 };
int32_t clinux_epoll_create(void);
/// `interest`: CLINUX_READABLE | CLINUX_WRITABLE, level-triggered.
int32_t clinux_epoll_control(int32_t epoll, int32_t operation, int32_t descriptor, uint32_t interest, uint64_t token);
/// How many events were stored; 0 also after a signal.
int32_t clinux_epoll_wait(int32_t epoll, struct clinux_event *events, int32_t capacity, int32_t milliseconds);
int32_t clinux_eventfd(void);
int32_t clinux_eventfd_raise(int32_t descriptor);
int32_t clinux_eventfd_clear(int32_t descriptor);

// Sockets. All are non-blocking and close-on-exec.

/// An IPv4 (family 4, address in `low`) or IPv6 (family 6) address and port, in host byte order.
struct clinux_address {
    uint64_t high, low;
    uint32_t scope;
    uint16_t port;
    uint8_t family;
};
/// A bound and listening socket; several may share the port (SO_REUSEPORT). That of [::] takes clients of IPv4 too.
int32_t clinux_listen(const struct clinux_address *address, int32_t backlog, uint32_t user_timeout_milliseconds);
int32_t clinux_accept(int32_t listener, struct clinux_address *peer);
/// A socket whose connect is under way; it is writable when that ended, see clinux_socket_error.
int32_t clinux_connect(const struct clinux_address *address);
/// 0, or -errno of an ended connect.
int32_t clinux_socket_error(int32_t socket);
int32_t clinux_local_address(int32_t socket, struct clinux_address *address);
/// TCP_NODELAY, SO_KEEPALIVE and TCP_USER_TIMEOUT: a peer that acknowledges nothing for so long is gone.
int32_t clinux_tune_stream(int32_t socket, uint32_t user_timeout_milliseconds);
/// Bytes received, 0 at the end of the stream.
int64_t clinux_receive(int32_t socket, void *bytes, size_t capacity);
/// As clinux_receive for one byte that stays in the socket.
int64_t clinux_peek(int32_t socket);
int64_t clinux_send(int32_t socket, const void *bytes, size_t count);
int32_t clinux_shutdown_write(int32_t socket);
int32_t clinux_close(int32_t descriptor);
/// Blocks. How many addresses were stored; an error is -errno or, from the resolver, -1000 + EAI_….
int32_t clinux_resolve(const char *host, uint16_t port, struct clinux_address *addresses, int32_t capacity);

// Signals

/// From now on each of `signals` writes its number as one byte to `descriptor`. A handler, not a blocked mask with
/// signalfd: masks are inherited by child processes and by threads started earlier they are missed.
int32_t clinux_signals_to(int32_t descriptor, const int32_t *signals, int32_t count);
int32_t clinux_pipe(int32_t ends[2]);

// Clocks, randomness, files

int64_t clinux_boot_nanoseconds(void);
int64_t clinux_wall_microseconds(void);
int32_t clinux_random(void *bytes, size_t count);

struct clinux_file {
    int64_t size, modified_nanoseconds;
    uint64_t device, inode;
    uint32_t is_regular;
};
int32_t clinux_stat(const char *path, struct clinux_file *file);
/// Entries of a folder besides "." and "..".
int32_t clinux_count_entries(const char *path);
int32_t clinux_open_read(const char *path);
/// Blocks; retried after a signal.
int64_t clinux_read(int32_t descriptor, void *bytes, size_t capacity);

// Child processes

enum {
    /// The child leads a process group of its own, which a signal can reach as a whole.
    CLINUX_SPAWN_GROUP = 1,
    /// SIGKILL when the *thread* that spawned it ends (PR_SET_PDEATHSIG): spawn from a thread that lives as long as the process.
    CLINUX_SPAWN_DIES_WITH_PARENT = 2,
    /// The child leads a session of its own: nobody in it can join a process group outside.
    CLINUX_SPAWN_SESSION = 4,
};
/// The child's pid once exec has succeeded. `argv` and `envp` end with a null; without `envp` the environment is ours.
/// `descriptors` become 0, 1, 2 and so on.
int32_t clinux_spawn(const char *path, char *const argv[], char *const envp[], const int32_t descriptors[],
                     int32_t descriptor_count, int32_t flags);
/// A descriptor that is readable once the child has ended; valid while it is not reaped.
int32_t clinux_pidfd(int32_t pid);
/// 1 and how the child ended (128 + signal as a shell's exit code), or 0 while it runs. Never blocks.
int32_t clinux_reap(int32_t pid, int32_t *exit_code, int32_t *signal_number);
/// Blocks until the child has ended, and reaps it.
int32_t clinux_await_end(int32_t pid);
/// `pid` negative: the process group.
int32_t clinux_kill(int32_t pid, int32_t signal_number);
int32_t clinux_open_null(void);
int32_t clinux_open_append(const char *path);
/// An anonymous file with these bytes, at its start.
int32_t clinux_memory_file(const void *bytes, size_t count);
/// A pipe for a child's output: the read end, ours, does not block; the write end does.
int32_t clinux_output_pipe(int32_t ends[2]);

// A guard: a process that ends everything which descends from it

/// Blocks every signal that can be blocked; orphans among the descendants become children of this process. `name` is
/// what ps shows, at most 15 bytes.
int32_t clinux_become_guard(const char *name);
/// A descriptor that is readable when a child has ended, until it is read; SIGCHLD must be blocked.
int32_t clinux_child_ends(void);
/// A descriptor that is readable from an instant of CLOCK_BOOTTIME on.
int32_t clinux_boot_timer(void);
int32_t clinux_boot_timer_set(int32_t timer, int64_t nanoseconds);
/// Until one of at most 4 descriptors is readable or closed; for ever if `milliseconds` is negative. Retried after a signal.
int32_t clinux_wait_readable(const int32_t descriptors[], int32_t count, int32_t milliseconds);
/// 1 if a write of a few bytes does not block; PIPE_BUF bytes where it is a pipe.
int32_t clinux_takes_bytes(int32_t descriptor);
/// A child that has ended and waits to be reaped; 0: all run; -ECHILD: there is none.
int32_t clinux_ended_child(void);
int32_t clinux_process_group(int32_t pid);
/// Those of this machine that are in the session; how many were stored.
int32_t clinux_session_members(int32_t session, int32_t pids[], int32_t capacity);
/// The highest priority that this process may give itself.
int32_t clinux_hurry(void);
/// Two connected sockets that keep records apart (SOCK_SEQPACKET), close-on-exec and non-blocking.
int32_t clinux_record_pair(int32_t ends[2]);
int32_t clinux_close_on_exec(int32_t descriptor);
/// `descriptor` is from now on what `replacement` is.
int32_t clinux_replace(int32_t descriptor, int32_t replacement);

// Files written

/// Fails if anything is there.
int32_t clinux_create(const char *path, uint32_t mode);
/// Retried after a signal; may write less.
int64_t clinux_write(int32_t descriptor, const void *bytes, size_t count);
/// -ESPIPE if it is none that has a length.
int64_t clinux_length(int32_t descriptor);
/// What is behind `length` goes.
int32_t clinux_cut(int32_t descriptor, int64_t length);
int32_t clinux_sync(int32_t descriptor);
int32_t clinux_rename(const char *from, const char *to);
int32_t clinux_unlink(const char *path);
int32_t clinux_make_folder(const char *path, uint32_t mode);
/// The folder and all below it; links are removed, not followed.
int32_t clinux_remove_tree(const char *path);
/// The path of this program's file; how long it is.
int32_t clinux_own_executable(char *path, size_t capacity);
int32_t clinux_is_terminal(int32_t descriptor);
/// Unmaps the pages of code and constants, which come back when they are needed, and gives free heap back.
void clinux_release_start(void);

// Asks for pages of 2 MiB within `count` bytes from `start`; a kernel that has none is no error.
void clinux_advise_large(void *start, size_t count);
/// `NAME=VALUE` of the environment, by index; null after the last.
const char *clinux_environment(size_t index);
int32_t clinux_own_pid(void);
/// 0 if the path is a file that this process may execute.
int32_t clinux_check_program(const char *path);
/// The soft limit of open files becomes the hard one; how many that is. Programs that are started get back the one that was.
int64_t clinux_raise_descriptor_limit(void);
int64_t clinux_descriptor_limit(void);
/// For a child between fork and exec.
void clinux_restore_descriptor_limit(void);
/// Those that this process may use.
int32_t clinux_processors(void);
/// What this program was built from and by; empty if nobody has said so.
const char *clinux_commit(void);
const char *clinux_compiler(void);
/// The version of glibc.
const char *clinux_libc(void);
#endif
