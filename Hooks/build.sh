#!/bin/bash
# build.sh OUTDIR: the preloaded library, and the hooks of each runtime beside it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: build.sh OUTDIR}
mkdir -p "$out"
${CC:-gcc} -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
    -ftls-model=initial-exec -Wno-deprecated-declarations -Wno-nonnull-compare \
    -o "$out/libreenact-preload.so.new" "$here"/preload/*.c -ldl
# Renamed into place: a running program keeps the library that it mapped.
mv "$out/libreenact-preload.so.new" "$out/libreenact-preload.so"
for part in python node; do
    [ -d "$here/$part" ] || continue
    rm -rf "${out:?}/$part"
    cp -R "$here/$part" "$out/$part"
    find "$out/$part" -name __pycache__ -prune -exec rm -rf {} +
done
