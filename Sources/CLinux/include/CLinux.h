// What Swift cannot say about Linux: packed epoll events, errno. Every function that can fail returns -errno.
#ifndef WORKCLAIM_CLINUX_H
#define WORKCLAIM_CLINUX_H
#include <stdint.h>

/// The kernel's id of the calling thread. A C function in another file, because pthread_self() is declared const and
/// an optimizer may keep its value across a change of thread.
int32_t clinux_thread_id(void);
#endif
