// Preloaded under valgrind: libdispatch parks the first thread with a mask in read-only memory, and valgrind up to 3.19 ends by
// writing into it. A copy on the stack may be written to.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, 8);
}
