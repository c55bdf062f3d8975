#define _GNU_SOURCE /* timegm */
#include "ctls.h"

#include <string.h>
#include <time.h>

EVP_PKEY *ctls_key(void) { return EVP_EC_gen("P-256"); }

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return 0;
    int done = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

/* Built as values and never as configuration text: the names come from whoever connects. */
static int add_names(X509 *certificate, const struct ctls_name *names, size_t count) {
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    int done = list != NULL;
    for (size_t i = 0; done && i < count; i++) {
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_STRING *text = names[i].is_address ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
        if (name == NULL || text == NULL || !ASN1_STRING_set(text, names[i].bytes, (int)names[i].length)) {
            GENERAL_NAME_free(name);
            ASN1_STRING_free(text);
            done = 0;
            break;
        }
        GENERAL_NAME_set0_value(name, names[i].is_address ? GEN_IPADD : GEN_DNS, text);
        if (!sk_GENERAL_NAME_push(list, name)) {
            GENERAL_NAME_free(name);
            done = 0;
        }
    }
    done = done && X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0, 0) == 1;
    sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
    return done;
}

static int set_serial(X509 *certificate) {
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) return 0;
    bytes[0] &= 0x7f; /* RFC 5280 4.1.2.2: positive. */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    int done = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

/* Whose it is and until when, so that it can be signed. */
static int add_purpose(X509 *certificate, X509 *signer) {
    return add_extension(certificate, signer, NID_ext_key_usage, "serverAuth,clientAuth") &&
           add_extension(certificate, signer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
}

static int fill(X509 *certificate, EVP_PKEY *subject, const char *common_name, X509 *issuer,
                const struct ctls_name *names, size_t names_count) {
    X509 *signer = issuer != NULL ? issuer : certificate;
    X509_NAME *name = X509_get_subject_name(certificate);
    /* Sandboxes run at recorded times, so the certificates are good at all of them. */
    if (!X509_set_version(certificate, 2) || !set_serial(certificate) ||
        !ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20000101000000Z") ||
        !ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "20991231235959Z") ||
        !X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"Reenact", -1, -1, 0) ||
        !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)common_name, -1, -1, 0) ||
        !X509_set_issuer_name(certificate, X509_get_subject_name(signer)) || !X509_set_pubkey(certificate, subject))
        return 0;
    if (issuer == NULL)
        return add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE") &&
               add_extension(certificate, signer, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign") &&
               add_extension(certificate, signer, NID_subject_key_identifier, "hash") &&
               add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
    return add_extension(certificate, signer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, signer, NID_key_usage, "critical,digitalSignature") &&
           add_purpose(certificate, signer) && add_names(certificate, names, names_count);
}

static int copy_names(X509 *certificate, X509 *original) {
    int place = X509_get_ext_by_NID(original, NID_subject_alt_name, -1);
    return place < 0 || X509_add_ext(certificate, X509_get_ext(original, place), -1);
}

X509 *ctls_mirror(X509 *original, EVP_PKEY *subject, X509 *issuer, EVP_PKEY *issuer_key, int64_t not_before,
                  int64_t not_after) {
    X509 *certificate = X509_new();
    if (certificate == NULL) return NULL;
    X509 *signer = issuer != NULL ? issuer : certificate;
    if (X509_set_version(certificate, 2) && set_serial(certificate) &&
        ASN1_TIME_set(X509_getm_notBefore(certificate), not_before) != NULL &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), not_after) != NULL &&
        X509_set_subject_name(certificate, X509_get_subject_name(original)) &&
        X509_set_issuer_name(certificate, X509_get_subject_name(signer)) && X509_set_pubkey(certificate, subject) &&
        add_purpose(certificate, signer) && copy_names(certificate, original) &&
        X509_sign(certificate, issuer_key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static int unix_seconds(const ASN1_TIME *time, int64_t *seconds) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *seconds = (int64_t)timegm(&parts);
    return 1;
}

int ctls_validity(const X509 *certificate, int64_t *not_before, int64_t *not_after) {
    return unix_seconds(X509_get0_notBefore(certificate), not_before) &&
           unix_seconds(X509_get0_notAfter(certificate), not_after);
}

int ctls_is_for(X509 *certificate, const char *name, int by_subject) {
    uint8_t bytes[16];
    size_t length = ctls_address(name, bytes);
    if (length > 0) return X509_check_ip(certificate, bytes, length, 0) == 1;
    const unsigned flags = by_subject ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
    return X509_check_host(certificate, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | flags, NULL) == 1;
}

X509 *ctls_chain(const SSL *ssl, int verified, int index) {
    STACK_OF(X509) *chain = verified ? SSL_get0_verified_chain(ssl) : SSL_get_peer_cert_chain(ssl);
    return chain == NULL ? NULL : sk_X509_value(chain, index);
}

X509 *ctls_certificate(EVP_PKEY *subject, const char *common_name, X509 *issuer, EVP_PKEY *issuer_key,
                       const struct ctls_name *names, size_t names_count) {
    X509 *certificate = X509_new();
    if (certificate == NULL) return NULL;
    if (fill(certificate, subject, common_name, issuer, names, names_count) &&
        X509_sign(certificate, issuer_key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

SSL_CTX *ctls_context(int is_server) {
    SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    return context;
}

int ctls_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }

int ctls_use(SSL *ssl, X509 *certificate, EVP_PKEY *key, X509 *authority) {
    return SSL_use_certificate(ssl, certificate) == 1 && SSL_use_PrivateKey(ssl, key) == 1 &&
           SSL_clear_chain_certs(ssl) == 1 && (authority == NULL || SSL_add1_chain_cert(ssl, authority) == 1);
}

int ctls_expect_peer(SSL *ssl, const char *name) {
    uint8_t bytes[16];
    size_t length = ctls_address(name, bytes);
    if (length > 0) return X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), bytes, length);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name);
}

void ctls_ignore_times(SSL *ssl) { X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), X509_V_FLAG_NO_CHECK_TIME); }

void ctls_set_verify(SSL_CTX *context, int verify) {
    SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
}

void ctls_set_owner(SSL *ssl, void *owner) { SSL_set_app_data(ssl, owner); }
void *ctls_owner(const SSL *ssl) { return SSL_get_app_data(ssl); }

int ctls_wants_more(const SSL *ssl, int result) {
    int error = SSL_get_error(ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

int ctls_is_closed(const SSL *ssl, int result) { return SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN; }

size_t ctls_address(const char *text, uint8_t bytes[16]) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    if (address == NULL) {
        ERR_clear_error(); /* Not being an address is no error. */
        return 0;
    }
    size_t length = (size_t)ASN1_STRING_length(address);
    if (length > 16) length = 0;
    memcpy(bytes, ASN1_STRING_get0_data(address), length);
    ASN1_OCTET_STRING_free(address);
    return length;
}
