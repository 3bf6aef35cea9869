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

// Macros over SSL_CTX_ctrl and SSL_ctrl.
static inline int cssl_ctx_set_versions(SSL_CTX *ctx, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(ctx, lowest) == 1 && SSL_CTX_set_max_proto_version(ctx, highest) == 1;
}
static inline void cssl_ctx_release_buffers(SSL_CTX *ctx) { SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS); }
static inline void cssl_ctx_session_cache_off(SSL_CTX *ctx) {
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}
static inline int cssl_ctx_add_chain_certificate(SSL_CTX *ctx, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}
static inline int cssl_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }

// Macros over BIO_ctrl. `empty` is what a read of an empty memory BIO returns: -1 "try again", 0 "the end".
static inline void cssl_bio_set_empty(BIO *bio, int empty) { BIO_set_mem_eof_return(bio, empty); }

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

// Stacks of certificates are macros too. 1: the chain, its leaf first, leads to the anchor and is for servers.
static inline int cssl_is_believed(X509 *const *chain, int count, X509 *anchor) {
    int verdict = 0;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    int ready = store != NULL && context != NULL && between != NULL && X509_STORE_add_cert(store, anchor) == 1;
    for (int i = 1; ready && i < count; i++) ready = sk_X509_push(between, chain[i]) > 0;
    if (ready && X509_STORE_CTX_init(context, store, chain[0], between) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
        verdict = X509_verify_cert(context) == 1;
    }
    // Takes no reference of its own to what is in it.
    sk_X509_free(between);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return verdict;
}
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
