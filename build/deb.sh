#!/usr/bin/env bash
# deb.sh ARCH...: Debian packages for amd64 and arm64 into build/out. GO is the go
# command, NFPM the version of nfpm, DEBVERSION and MAINTAINER what the packages say.
#
# The tools are built for any of them by Go alone. The module is C, too: for another
# architecture than this machine's that needs Debian's cross compiler; without it, its
# package is left out and that is said.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@${NFPM:-v2.43.0}
out=$PWD/build/out/deb
epoch=$(git log -1 --format=%ct)
# The newest release in CHANGELOG.md, and what came since then.
release=$(sed -n 's/^## \[\([0-9.]*\)\].*/\1/p' CHANGELOG.md | head -n 1)
version=${DEBVERSION:-$release+git$(TZ=UTC0 git log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd.%h)}
MAINTAINER=${MAINTAINER:-$(git log -1 --format='%an <%ae>')}
export VERSION=$version MAINTAINER SOURCE_DATE_EPOCH=$epoch

declare -A triplet=([amd64]=x86_64-linux-gnu [arm64]=aarch64-linux-gnu)

# documented STAGE PACKAGE GOPACKAGE: what every package has to say of itself.
documented() {
	local doc=$1/usr/share/doc/$2
	install -d "$doc"
	printf '%s (%s) unstable; urgency=medium\n\n  * CHANGELOG.md tells what changed.\n\n -- %s  %s\n' \
		"$2" "$version" "$MAINTAINER" "$(LC_ALL=C date -u -R -d "@$epoch")" | gzip -9n >"$doc/changelog.gz"
	gzip -9n <CHANGELOG.md >"$doc/CHANGELOG.md.gz"
	cat >"$doc/copyright" <<-END
		Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
		Upstream-Name: mod_csta_socket

		Files: *
		Copyright: $(date -u -d "@$epoch" +%Y) the contributors to mod_csta_socket
		License: MPL-2.0
		Comment: The libraries that are linked in, and their licences, are in
		 libraries.gz beside this file.

		License: MPL-2.0
		 On Debian systems the text of the Mozilla Public License 2.0 is in
		 /usr/share/common-licenses/MPL-2.0.
	END
	libraries "$3" | gzip -9n >"$doc/libraries.gz"
}

# libraries GOPACKAGE: the licences of the modules that are linked into it, and Go's.
libraries() {
	printf '== Go\n\n'
	cat "$("$go" env GOROOT)/LICENSE"
	"$go" list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' "$1" | sort -u |
		while read -r path release dir; do
			printf '\n== %s %s\n\n' "$path" "$release"
			find "$dir" -maxdepth 1 \( -iname 'LICENSE*' -o -iname 'COPYING*' -o -iname 'NOTICE*' \) -print0 | sort -z | xargs -0 cat
		done
}

pages() { gzip -9n <"$1" >"$2/$(basename "$1").gz"; }

# packed PACKAGE ARCH STAGE
packed() {
	STAGE=$3 ARCH=$2 CONFIGURATION=$PWD/conf/autoload_configs/csta_socket.conf.xml \
		GOFLAGS='' "$go" run "$nfpm" package --config "packaging/$1.yaml" --packager deb --target "$out/$1_${version}_$2.deb"
}

tools() {
	local arch=$1 stage=$work/csta-tools-$1 share=$work/csta-tools-$1/usr/share
	CGO_ENABLED=0 GOARCH=$arch "$go" build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version -buildid=" \
		-o "$work/cstactl-$arch" ./csta/cmd/cstactl
	install -D -m 755 "$work/cstactl-$arch" "$stage/usr/bin/cstactl"
	install -d "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/vendor-completions" "$share/fish/vendor_completions.d"
	for page in build/out/man/*.1; do pages "$page" "$share/man/man1"; done
	cp build/out/completions/bash "$share/bash-completion/completions/cstactl"
	cp build/out/completions/zsh "$share/zsh/vendor-completions/_cstactl"
	cp build/out/completions/fish "$share/fish/vendor_completions.d/cstactl.fish"
	install -d "$share/lintian/overrides"
	printf '# Go links its programs so.\ncsta-tools: statically-linked-binary [usr/bin/cstactl]\n' >"$share/lintian/overrides/csta-tools"
	documented "$stage" csta-tools ./csta/cmd/cstactl
	install -D -m 644 python/csta.py "$share/doc/csta-tools/examples/csta.py"
	packed csta-tools "$arch" "$stage"
}

module() {
	local arch=$1 stage=$work/module-$1 cc=${triplet[$1]}-gcc doc
	if ! command -v "$cc" >/dev/null; then
		echo "freeswitch-mod-csta-socket for $arch is left out: $cc is missing (Debian: gcc-${triplet[$1]}, libc6-dev-$arch-cross)"
		return
	fi
	GOARCH=$arch CC=$cc make -s GO="$go" VERSION="$version" OUT="$work/built-$arch" STRIP='-s -w' module
	install -D -m 644 "$work/built-$arch/mod_csta_socket.so" "$stage/usr/lib/freeswitch/mod/mod_csta_socket.so"
	install -d "$stage/usr/share/man/man8"
	pages docs/mod_csta_socket.8 "$stage/usr/share/man/man8"
	documented "$stage" freeswitch-mod-csta-socket ./module
	doc=$stage/usr/share/doc/freeswitch-mod-csta-socket
	cp README.md SECURITY.md "$doc"
	cp docs/{applications,configuration,getting-started,installation,json,operations,recipes,security,services,from-*}.md "$doc"
	install -d "$doc/examples"
	cp -r conf/dialplan conf/directory "$doc/examples"
	packed freeswitch-mod-csta-socket "$arch" "$stage"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
rm -rf "$out"
mkdir -p "$out"
make -s GO="$go" documents
for arch in "$@"; do
	[[ -n ${triplet[$arch]-} ]] || { echo "deb.sh knows ${!triplet[*]}, not $arch"; exit 1; }
	tools "$arch"
	module "$arch"
done
(cd "$out" && sha256sum -- *.deb)
