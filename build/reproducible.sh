#!/usr/bin/env bash
# reproducible.sh MAKE: builds the tracked files, as they are now, twice, in two
# directories and with an empty cache each, and compares. It takes twice as long
# as a first build.
set -euo pipefail
make=$1
above=$(mktemp -d)
trap 'rm -rf "$above"' EXIT

for place in a another/place; do
	mkdir -p "$above/$place/tree"
	git ls-files -z | xargs -0 tar c | tar x -C "$above/$place/tree"
	GOCACHE="$above/$place/cache" "$make" -s -C "$above/$place/tree" build VERSION=reproducible
done
for file in mod_csta_socket.so cstactl; do
	cmp "$above/a/tree/build/out/$file" "$above/another/place/tree/build/out/$file"
	sha256sum <"$above/a/tree/build/out/$file" | sed "s/-/$file/"
done
echo "both builds are the same"
