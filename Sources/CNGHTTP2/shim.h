// nghttp2 for Swift. Debian 12 has 1.52: mem_recv, mem_send and data_provider exist, their "2" forms do not.
#ifndef WORKCLAIM_CNGHTTP2_SHIM_H
#define WORKCLAIM_CNGHTTP2_SHIM_H
#include <nghttp2/nghttp2.h>
#endif
