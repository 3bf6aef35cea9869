#include "CLinux.h"
#include <gnu/libc-version.h>

// A build that knows who made it links stronger definitions of these two (Image/stamp.c): so a commit changes no source
// and no compilation.
__attribute__((weak)) const char *clinux_commit(void) { return ""; }
__attribute__((weak)) const char *clinux_compiler(void) { return ""; }

const char *clinux_libc(void) { return gnu_get_libc_version(); }
