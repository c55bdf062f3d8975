// Writing JSON. A piece that does not fit is left out as a whole and `full` is set, so that what is there stays valid.
#include "reenact.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool reserve(struct json *j, size_t more) {
    if (j->used + more <= j->room) return true;
    if (j->used + more > j->limit || j->fixed) {
        j->full = true;
        return false;
    }
    size_t room = j->room ? j->room * 2 : 512;
    while (room < j->used + more) room *= 2;
    if (room > j->limit) room = j->limit;
    char *bytes = realloc(j->bytes, room);
    if (!bytes) {
        j->full = true;
        return false;
    }
    j->bytes = bytes;
    j->room = room;
    return true;
}

bool json_raw(struct json *j, const char *text, size_t length) {
    if (!reserve(j, length)) return false;
    memcpy(j->bytes + j->used, text, length);
    j->used += length;
    return true;
}

bool json_text(struct json *j, const char *format, ...) {
    char room[512];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(room, sizeof room, format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= sizeof room) {
        j->full = true;
        return false;
    }
    return json_raw(j, room, (size_t)length);
}

// The length of the UTF-8 sequence at `s`, 0 where it is malformed.
static size_t sequence(const unsigned char *s, size_t left) {
    unsigned char c = s[0];
    if (c < 0x80) return 1;
    if (c >= 0xc2 && c < 0xe0) return left >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
    if (c >= 0xe0 && c < 0xf0) {
        if (left < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80) return 0;
        if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] >= 0xa0)) return 0;
        return 3;
    }
    if (c >= 0xf0 && c < 0xf5) {
        if (left < 4 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80) return 0;
        if ((c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] >= 0x90)) return 0;
        return 4;
    }
    return 0;
}

bool json_string(struct json *j, const char *text, size_t length) {
    size_t start = j->used;
    bool good = json_raw(j, "\"", 1);
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; good && i < length;) {
        unsigned char c = s[i];
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            good = json_raw(j, escaped, 2);
            i++;
        } else if (c < 0x20) {
            good = json_text(j, "\\u%04x", c);
            i++;
        } else {
            size_t step = sequence(s + i, length - i);
            good = step ? json_raw(j, text + i, step) : json_raw(j, "\xef\xbf\xbd", 3);
            i += step ? step : 1;
        }
    }
    if (good && json_raw(j, "\"", 1)) return true;
    j->used = start;
    return false;
}

bool json_hex(struct json *j, const void *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    if (!reserve(j, length * 2 + 10)) return false;
    json_raw(j, "{\"b\":\"", 6);
    const unsigned char *s = bytes;
    for (size_t i = 0; i < length; i++) {
        j->bytes[j->used++] = digits[s[i] >> 4];
        j->bytes[j->used++] = digits[s[i] & 15];
    }
    return json_raw(j, "\"}", 2);
}

// A REAL 1.0 is not an INTEGER 1, but many readers of JSON take 1.0 for 1: what has no fraction says what it is.
bool json_double(struct json *j, double value) {
    if (!isfinite(value)) return json_text(j, "{\"f\":\"%s\"}", value < 0 ? "-inf" : value > 0 ? "inf" : "nan");
    bool is_whole = value >= 0x1p62 || value <= -0x1p62 || value == (double)(long long)value;
    if (is_whole) return json_text(j, "{\"f\":%.17g}", value);
    return json_text(j, "%.17g", value);
}

void json_begin(struct json *j, const char *type) {
    json_text(
        j, "{\"t\":\"%s\",\"pid\":%d,\"tid\":%d,\"time\":%llu", type, (int)getpid(), reenact_tid(),
        (unsigned long long)reenact_monotonic());
}

void json_context(struct json *j, struct reenact_context context) {
    if (context.ino)
        json_text(
            j, ",\"in\":{\"ino\":%llu,\"off\":%llu}", (unsigned long long)context.ino,
            (unsigned long long)context.off);
}

void json_free(struct json *j) {
    if (!j->fixed) free(j->bytes);
    j->bytes = NULL;
    j->used = j->room = 0;
}
