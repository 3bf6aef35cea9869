// OpenSSL 3 for Swift. Only what Swift cannot say is wrapped here: macros with arguments, variadic calls, typed stacks.
#ifndef WORKCLAIM_CSSL_SHIM_H
#define WORKCLAIM_CSSL_SHIM_H
#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// SSL_OP_BIT(n) is a macro with an argument: Swift imports none of the options built with it.
static const uint64_t CSSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t CSSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t CSSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t CSSL_OP_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
// A signed literal, where OPENSSL_init_crypto takes an unsigned one.
static const uint64_t CSSL_INIT_NO_ATEXIT = OPENSSL_INIT_NO_ATEXIT;

// Macros over SSL_CTX_ctrl and SSL_ctrl.
static inline int cssl_ctx_set_versions(SSL_CTX *ctx, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(ctx, lowest) == 1 && SSL_CTX_set_max_proto_version(ctx, highest) == 1;
}
static inline void cssl_ctx_release_buffers(SSL_CTX *ctx) { SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS); }
static inline void cssl_ctx_no_auto_chain(SSL_CTX *ctx) { SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN); }
static inline void cssl_ctx_session_cache_off(SSL_CTX *ctx) {
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}
static inline int cssl_ctx_add_chain_certificate(SSL_CTX *ctx, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}
static inline int cssl_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }

// Macros over flags of a BIO, and over SSL_ctrl.
static inline void cssl_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void cssl_bio_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

// Macros that split an error code, and a flag beside them.
static inline int cssl_error_is_end_of_pem(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}
static inline int cssl_error_is_unexpected_eof(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

// A variadic call.
static inline EVP_PKEY *cssl_generate_p256(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); }

// A macro made of macros in parentheses.
static const int CSSL_MBSTRING_UTF8 = MBSTRING_UTF8;

// Typed stacks are macros.
static inline int cssl_general_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const GENERAL_NAME *cssl_general_name(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

// Stacks of certificates are macros too.
static inline STACK_OF(X509) *cssl_certificates(void) { return sk_X509_new_null(); }
static inline int cssl_certificates_add(STACK_OF(X509) *certificates, X509 *certificate) {
    return sk_X509_push(certificates, certificate) > 0;
}
static inline void cssl_certificates_free(STACK_OF(X509) *certificates) { sk_X509_free(certificates); }

// C's inet_ntop is declared in glibc's module; here it keeps that module out of the engine.
static inline int cssl_address_text(const uint8_t *octets, size_t count, char *text, unsigned capacity) {
    return inet_ntop(count == 4 ? AF_INET : AF_INET6, octets, text, capacity) != NULL;
}
#endif
