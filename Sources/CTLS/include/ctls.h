/* What Swift cannot say of OpenSSL 3: macros, variadic calls, typed stacks. No state; Swift owns every pointer. */
#ifndef CTLS_H
#define CTLS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* A subject alternative name: bytes of an address (4 or 16), or the text of a DNS name. */
struct ctls_name {
    const uint8_t *bytes;
    size_t length;
    int is_address;
};

/* A fresh key on P-256; NULL where OpenSSL fails. The caller frees it. */
EVP_PKEY *ctls_key(void);

/* A certificate for `subject`, valid from 2000 to 2099, signed by `issuer_key`. With `issuer` NULL it is an authority
   that signs itself, else a leaf for `names`. NULL where OpenSSL fails. The caller frees it. */
X509 *ctls_certificate(EVP_PKEY *subject, const char *common_name, X509 *issuer, EVP_PKEY *issuer_key,
                       const struct ctls_name *names, size_t names_count);

/* A certificate for `subject` that says of its holder what `original` says: its name, its alternative names. Valid
   between these times (Unix seconds), signed by `issuer_key`; with `issuer` NULL it signs itself. NULL where OpenSSL
   fails. The caller frees it. */
X509 *ctls_mirror(X509 *original, EVP_PKEY *subject, X509 *issuer, EVP_PKEY *issuer_key, int64_t not_before,
                  int64_t not_after);

/* The times between which a certificate holds, as Unix seconds. 1 on success. */
int ctls_validity(const X509 *certificate, int64_t *not_before, int64_t *not_after);

/* 1 where the certificate is for this name or address. Without alternative names, its subject's common name may say so
   (`by_subject`), which many clients no longer believe (RFC 9110, 4.3.4; RFC 6125, 6.4.4). */
int ctls_is_for(X509 *certificate, const char *name, int by_subject);

/* The certificates of the chain that was verified (or, `verified` being 0, that the peer sent), the leaf first; NULL
   beyond its end. Not to be freed. */
X509 *ctls_chain(const SSL *ssl, int verified, int index);

/* Contexts for both roles with TLS 1.2 and 1.3 only, no renegotiation, no compression, no session reuse. */
SSL_CTX *ctls_context(int is_server);

/* SSL_set_tlsext_host_name: the name to ask for. */
int ctls_set_server_name(SSL *ssl, const char *name);

/* Lets `ssl` present this certificate, its key and, unless NULL, the authority that signed it. 1 on success. */
int ctls_use(SSL *ssl, X509 *certificate, EVP_PKEY *key, X509 *authority);

/* Makes the handshake fail unless the peer's certificate is for this name or address. 1 on success. */
int ctls_expect_peer(SSL *ssl, const char *name);

/* Lets certificates hold at any time, for this peer. */
void ctls_ignore_times(SSL *ssl);

/* Turns verification of the peer on or off. */
void ctls_set_verify(SSL_CTX *context, int verify);

/* The pointer that callbacks find again by `ctls_owner`. */
void ctls_set_owner(SSL *ssl, void *owner);
void *ctls_owner(const SSL *ssl);

/* SSL_get_error's words, which Swift sees as Int32 macros otherwise. */
int ctls_wants_more(const SSL *ssl, int result);
int ctls_is_closed(const SSL *ssl, int result);

/* True where the text is an IPv4 or IPv6 address; fills `bytes` and gives their number, else 0. */
size_t ctls_address(const char *text, uint8_t bytes[16]);

#endif
