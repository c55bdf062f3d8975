// Packs bytes into a zlib stream (RFC 1950, 1951), as small as zlib's fastest way makes it, in half the time: for the
// chunks of a recording, which are packed while the program waits. Any inflate reads them.
#ifndef PACK_H
#define PACK_H

#include <stddef.h>
#include <stdint.h>

struct ct_packer;

// NULL without memory. Pages of it are touched as far as they are needed.
struct ct_packer *ct_packer_make(void);
void ct_packer_free(struct ct_packer *packer);

// The longest that `count` bytes can become.
size_t ct_pack_most(size_t count);

// Writes the stream to `room`, which holds `ct_pack_most(count)` bytes, and returns its length. At most 2 GiB.
size_t ct_pack(struct ct_packer *packer, const void *bytes, size_t count, void *room);

#endif
