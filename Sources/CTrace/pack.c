#include "pack.h"

#include <stdlib.h>
#include <string.h>

enum {
    window = 32768,
    match_least = 4,
    match_most = 258,
    // Of a block: literals and matches.
    tokens_most = 1 << 15,
    heads_least = 9,
    heads_most = 15,
    literal_codes = 286,
    distance_codes = 30,
    end_of_block = 256,
};

struct code {
    uint16_t bits;
    uint8_t length;
};

struct ct_packer {
    // Where a word of a hash stood last; one more than it is.
    uint32_t heads[1 << heads_most];
    // Literals as they are; matches as distance << 9 | length.
    uint32_t tokens[tokens_most];
    uint32_t literals[literal_codes], distances[distance_codes];
    struct code literal[literal_codes], distance[distance_codes];
};

struct ct_packer *ct_packer_make(void) { return malloc(sizeof(struct ct_packer)); }
void ct_packer_free(struct ct_packer *packer) { free(packer); }

// Stored blocks of 65,535 bytes are the most that anything takes; words are written whole.
size_t ct_pack_most(size_t count) { return count + 5 * (count / 8192 + 2) + 32; }

static uint32_t word32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static uint64_t word64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static unsigned log2_of(uint32_t value) { return 31 - (unsigned)__builtin_clz(value); }

// Codes of lengths and distances, and how many bits more say which; RFC 1951, 3.2.5.
static unsigned length_code(unsigned length, unsigned *more) {
    unsigned rest = length - 3;
    *more = 0;
    if (rest < 8) return 257 + rest;
    if (length == match_most) return 285;
    unsigned order = log2_of(rest);
    *more = order - 2;
    return 257 + 4 * (order - 1) + ((rest >> (order - 2)) & 3);
}

static unsigned distance_code(unsigned distance, unsigned *more) {
    unsigned rest = distance - 1;
    *more = 0;
    if (rest < 4) return rest;
    unsigned order = log2_of(rest);
    *more = order - 1;
    return 2 * order + ((rest >> (order - 1)) & 1);
}

// Bits go to the stream from the lowest on.
struct bits {
    uint8_t *at;
    uint64_t waiting;
    unsigned count;
};

// At most 56 bits between two flushes.
static inline void put(struct bits *to, uint64_t value, unsigned count) {
    to->waiting |= value << to->count;
    to->count += count;
}

static inline void flush(struct bits *to) {
    memcpy(to->at, &to->waiting, 8);
    to->at += to->count >> 3;
    to->waiting >>= to->count & ~7u;
    to->count &= 7;
}

static void align(struct bits *to) {
    to->count = (to->count + 7) & ~7u;
    flush(to);
}

static int by_count(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

// Lengths of a prefix code that makes what was counted short, none longer than `most`; those that never come get none.
// At least two get one, since a decoder may want a whole code.
static void lengths_for(const uint32_t *counts, unsigned symbols, unsigned most, struct code *codes) {
    uint64_t order[literal_codes];
    uint32_t weight[2 * literal_codes];
    uint16_t parent[2 * literal_codes];
    unsigned used = 0;
    for (unsigned i = 0; i < symbols; i++) {
        codes[i].length = 0;
        if (counts[i] != 0) order[used++] = (uint64_t)counts[i] << 16 | i;
    }
    for (unsigned i = 0; used < 2; i++) {
        if (counts[i] == 0) order[used++] = 1u << 16 | i;
    }
    qsort(order, used, sizeof *order, by_count);
    for (unsigned i = 0; i < used; i++) weight[i] = (uint32_t)(order[i] >> 16);
    // Huffman's own way: the two lightest become one, leaves and inner nodes from a queue each.
    unsigned leaf = 0, inner = used, next = used;
    for (; next < 2 * used - 1; next++) {
        unsigned pair[2];
        for (int i = 0; i < 2; i++) {
            int takes_leaf = leaf < used && (inner >= next || weight[leaf] <= weight[inner]);
            pair[i] = takes_leaf ? leaf++ : inner++;
            parent[pair[i]] = (uint16_t)next;
        }
        weight[next] = weight[pair[0]] + weight[pair[1]];
    }
    // Depths, from the root down; `weight` is not needed any more.
    uint32_t *depth = weight;
    unsigned of_length[64] = {0};
    depth[2 * used - 2] = 0;
    for (unsigned i = 2 * used - 2; i-- > 0;) {
        depth[i] = depth[parent[i]] + 1;
        if (i < used) of_length[depth[i] < most ? depth[i] : most]++;
    }
    // Those that were cut off take more than there is: others get longer until it fits.
    uint32_t total = 0;
    for (unsigned i = 1; i <= most; i++) total += of_length[i] << (most - i);
    while (total > 1u << most) {
        of_length[most]--;
        for (unsigned i = most - 1; i > 0; i--) {
            if (of_length[i] == 0) continue;
            of_length[i]--;
            of_length[i + 1] += 2;
            break;
        }
        total--;
    }
    unsigned at = used;
    for (unsigned length = 1; length <= most; length++) {
        for (unsigned i = 0; i < of_length[length]; i++) codes[order[--at] & 0xffff].length = (uint8_t)length;
    }
}

// The bits that go with the lengths; RFC 1951, 3.2.2, the highest bit first in the stream.
static void bits_for(struct code *codes, unsigned symbols) {
    unsigned of_length[16] = {0}, next[16] = {0}, code = 0;
    for (unsigned i = 0; i < symbols; i++) of_length[codes[i].length]++;
    of_length[0] = 0;
    for (unsigned length = 1; length < 16; length++) next[length] = code = (code + of_length[length - 1]) << 1;
    for (unsigned i = 0; i < symbols; i++) {
        unsigned length = codes[i].length, forward = length == 0 ? 0 : next[length]++, back = 0;
        for (unsigned bit = 0; bit < length; bit++) back |= (forward >> bit & 1) << (length - 1 - bit);
        codes[i].bits = (uint16_t)back;
    }
}

// The lengths of both codes, run by run; RFC 1951, 3.2.7.
struct description {
    uint8_t symbols[literal_codes + distance_codes], more[literal_codes + distance_codes];
    unsigned count, literals, distances, codes;
    struct code code[19];
};

static const uint8_t description_order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

static unsigned bits_beside(unsigned symbol) { return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0; }

static void add(struct description *d, uint32_t *counts, unsigned symbol, unsigned more) {
    d->symbols[d->count] = (uint8_t)symbol;
    d->more[d->count++] = (uint8_t)more;
    counts[symbol]++;
}

static void describe(const struct ct_packer *p, struct description *d) {
    uint8_t lengths[literal_codes + distance_codes];
    uint32_t counts[19] = {0};
    d->count = 0;
    d->literals = literal_codes;
    while (d->literals > 257 && p->literal[d->literals - 1].length == 0) d->literals--;
    d->distances = distance_codes;
    while (d->distances > 1 && p->distance[d->distances - 1].length == 0) d->distances--;
    unsigned total = d->literals + d->distances;
    for (unsigned i = 0; i < total; i++) {
        lengths[i] = i < d->literals ? p->literal[i].length : p->distance[i - d->literals].length;
    }
    for (unsigned i = 0; i < total;) {
        unsigned run = 1, length = lengths[i];
        while (i + run < total && lengths[i + run] == length) run++;
        unsigned left = run;
        if (length == 0) {
            for (; left >= 11; left -= left < 138 ? left : 138) add(d, counts, 18, (left < 138 ? left : 138) - 11);
            if (left >= 3) add(d, counts, 17, left - 3), left = 0;
        } else {
            add(d, counts, length, 0);
            for (left--; left >= 3; left -= left < 6 ? left : 6) add(d, counts, 16, (left < 6 ? left : 6) - 3);
        }
        for (; left > 0; left--) add(d, counts, length, 0);
        i += run;
    }
    lengths_for(counts, 19, 7, d->code);
    bits_for(d->code, 19);
    d->codes = 19;
    while (d->codes > 4 && d->code[description_order[d->codes - 1]].length == 0) d->codes--;
}

static uint64_t size_of(const struct ct_packer *p, const struct description *d) {
    uint64_t size = 3 + 14 + 3 * d->codes;
    for (unsigned i = 0; i < d->count; i++) size += d->code[d->symbols[i]].length + bits_beside(d->symbols[i]);
    for (unsigned i = 0; i < literal_codes; i++) {
        unsigned more = i < 265 || i == 285 ? 0 : (i - 261) / 4;
        size += (uint64_t)p->literals[i] * (p->literal[i].length + more);
    }
    for (unsigned i = 0; i < distance_codes; i++) {
        size += (uint64_t)p->distances[i] * (p->distance[i].length + (i < 4 ? 0 : i / 2 - 1));
    }
    return size;
}

static void put_tokens(struct bits *to, const struct ct_packer *p, unsigned count) {
    struct bits out = *to;
    for (unsigned i = 0; i < count; i++) {
        uint32_t token = p->tokens[i];
        if (token < 256) {
            put(&out, p->literal[token].bits, p->literal[token].length);
            flush(&out);
            continue;
        }
        unsigned length = token & 511, distance = token >> 9, more;
        struct code code = p->literal[length_code(length, &more)];
        put(&out, code.bits, code.length);
        put(&out, (length - 3) & ((1u << more) - 1), more);
        code = p->distance[distance_code(distance, &more)];
        put(&out, code.bits, code.length);
        put(&out, (distance - 1) & ((1u << more) - 1), more);
        flush(&out);
    }
    put(&out, p->literal[end_of_block].bits, p->literal[end_of_block].length);
    flush(&out);
    *to = out;
}

static void put_stored(struct bits *to, const uint8_t *bytes, size_t count, int is_last) {
    do {
        size_t part = count < 65535 ? count : 65535;
        put(to, is_last && part == count, 3);
        align(to);
        put(to, part | (~part & 0xffff) << 16, 32);
        flush(to);
        memcpy(to->at, bytes, part);
        to->at += part;
        bytes += part, count -= part;
    } while (count > 0);
}

static void put_block(
    struct bits *to, struct ct_packer *p, unsigned tokens, const uint8_t *bytes, size_t count, int is_last) {
    p->literals[end_of_block] = 1;
    lengths_for(p->literals, literal_codes, 15, p->literal);
    lengths_for(p->distances, distance_codes, 15, p->distance);
    struct description d;
    describe(p, &d);
    if (size_of(p, &d) > 8 * (uint64_t)count + 48) {
        put_stored(to, bytes, count, is_last);
    } else {
        bits_for(p->literal, literal_codes);
        bits_for(p->distance, distance_codes);
        put(to, (unsigned)is_last | 2 << 1, 3);
        put(to, (d.literals - 257) | (d.distances - 1) << 5 | (d.codes - 4) << 10, 14);
        flush(to);
        for (unsigned i = 0; i < d.codes; i++) {
            put(to, d.code[description_order[i]].length, 3);
            flush(to);
        }
        for (unsigned i = 0; i < d.count; i++) {
            put(to, d.code[d.symbols[i]].bits, d.code[d.symbols[i]].length);
            put(to, d.more[i], bits_beside(d.symbols[i]));
            flush(to);
        }
        put_tokens(to, p, tokens);
    }
    memset(p->literals, 0, sizeof p->literals);
    memset(p->distances, 0, sizeof p->distances);
}

static uint32_t adler(const uint8_t *bytes, size_t count) {
    uint32_t a = 1, b = 0;
    while (count > 0) {
        size_t part = count < 5552 ? count : 5552;
        count -= part;
        for (; part >= 8; part -= 8, bytes += 8) {
            b += 8 * a + 8 * bytes[0] + 7 * bytes[1] + 6 * bytes[2] + 5 * bytes[3] + 4 * bytes[4] + 3 * bytes[5]
                + 2 * bytes[6] + bytes[7];
            a += bytes[0] + bytes[1] + bytes[2] + bytes[3] + bytes[4] + bytes[5] + bytes[6] + bytes[7];
        }
        for (; part > 0; part--) a += *bytes++, b += a;
        a %= 65521, b %= 65521;
    }
    return b << 16 | a;
}

static unsigned common(const uint8_t *one, const uint8_t *other, unsigned most) {
    unsigned length = 0;
    while (length + 8 <= most) {
        uint64_t differing = word64(one + length) ^ word64(other + length);
        if (differing != 0) return length + (unsigned)__builtin_ctzll(differing) / 8;
        length += 8;
    }
    while (length < most && one[length] == other[length]) length++;
    return length;
}

static inline unsigned place(const uint8_t *at, unsigned shift) { return (word32(at) * 0x9e3779b1u) >> shift; }

// Literals and matches from `from` on, until the block is full or the end is reached.
static size_t find(
    struct ct_packer *p, const uint8_t *bytes, size_t from, size_t count, unsigned shift, unsigned *tokens) {
    unsigned made = 0;
    size_t at = from;
    // The longer nothing is found, the fewer places are looked at.
    unsigned misses = 0;
    while (at + 8 <= count && made + 64 < tokens_most) {
        unsigned head = place(bytes + at, shift);
        uint32_t word = word32(bytes + at);
        uint32_t known = p->heads[head];
        p->heads[head] = (uint32_t)at + 1;
        if (known == 0 || at - (known - 1) > window || word32(bytes + known - 1) != word) {
            unsigned step = 1 + (misses++ >> 6);
            if (step > 32) step = 32;
            for (; step > 0 && at < count; step--, at++) {
                p->tokens[made++] = bytes[at];
                p->literals[bytes[at]]++;
            }
            continue;
        }
        misses = 0;
        unsigned distance = (unsigned)(at - (known - 1)), more;
        unsigned most = count - at < match_most ? (unsigned)(count - at) : match_most;
        unsigned length = match_least + common(bytes + at + match_least, bytes + known + 3, most - match_least);
        p->tokens[made++] = distance << 9 | length;
        p->literals[length_code(length, &more)]++;
        p->distances[distance_code(distance, &more)]++;
        // Of the places within, two are remembered.
        for (size_t inside = at + 1; inside < at + 3 && inside + 8 <= count; inside++) {
            p->heads[place(bytes + inside, shift)] = (uint32_t)inside + 1;
        }
        at += length;
    }
    for (; count - at < 8 && at < count && made < tokens_most; at++) {
        p->tokens[made++] = bytes[at];
        p->literals[bytes[at]]++;
    }
    *tokens = made;
    return at;
}

size_t ct_pack(struct ct_packer *p, const void *from, size_t count, void *room) {
    const uint8_t *bytes = from;
    struct bits to = {room, 0, 0};
    // A window of 32 KiB, the fastest way.
    put(&to, 0x0178, 16);
    flush(&to);
    unsigned size = heads_least;
    while (size < heads_most && (size_t)1 << size < count) size++;
    memset(p->heads, 0, sizeof *p->heads << size);
    memset(p->literals, 0, sizeof p->literals);
    memset(p->distances, 0, sizeof p->distances);
    size_t at = 0;
    do {
        unsigned tokens = 0;
        size_t end = find(p, bytes, at, count, 32 - size, &tokens);
        put_block(&to, p, tokens, bytes + at, end - at, end == count);
        at = end;
    } while (at < count);
    align(&to);
    uint32_t check = __builtin_bswap32(adler(bytes, count));
    memcpy(to.at, &check, 4);
    return (size_t)(to.at + 4 - (uint8_t *)room);
}
