// OpenSSL 3 for Swift. Only what Swift cannot say is wrapped here, each with its reason.
#ifndef WORKCLAIM_CSSL_SHIM_H
#define WORKCLAIM_CSSL_SHIM_H
#include <openssl/ssl.h>
#endif
