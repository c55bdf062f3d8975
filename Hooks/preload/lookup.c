// Names that the program resolved.
#include "reenact.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

static bool is_name(const char *node) {
    unsigned char room[sizeof(struct in6_addr)];
    if (!node || !*node || strlen(node) > 255 || strchr(node, '%')) return false;
    return inet_pton(AF_INET, node, room) != 1 && inet_pton(AF_INET6, node, room) != 1;
}

EXPORT int getaddrinfo(
    const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
    struct addrinfo **restrict result) {
    int code = NEXT(getaddrinfo)(node, service, hints, result);
    if (!reenact_active() || !is_name(node)) return code;
    int saved = errno;
    struct json j = JSON_UP_TO(8192);
    json_begin(&j, "lookup");
    json_text(&j, ",\"name\":");
    json_string(&j, node, strlen(node));
    json_text(&j, ",\"code\":%d,\"addresses\":[", code);
    char last[INET6_ADDRSTRLEN] = "";
    int count = 0;
    for (struct addrinfo *each = code == 0 ? *result : NULL; each && count < 64; each = each->ai_next) {
        char text[INET6_ADDRSTRLEN];
        const void *address = each->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)each->ai_addr)->sin_addr
                              : each->ai_family == AF_INET6
                                  ? (void *)&((struct sockaddr_in6 *)each->ai_addr)->sin6_addr
                                  : NULL;
        // One address comes once for each socket type.
        if (!address || !inet_ntop(each->ai_family, address, text, sizeof text) || !strcmp(text, last)) continue;
        strcpy(last, text);
        json_text(&j, "%s\"%s\"", count++ ? "," : "", text);
    }
    json_text(&j, "]");
    json_context(&j, reenact_current);
    json_text(&j, "}");
    if (!j.full) reenact_send(j.bytes, j.used);
    json_free(&j);
    errno = saved;
    return code;
}
