#!/usr/bin/env bash
# deb_test.sh [RELEASE]: the packages in build/out/deb, as make deb built them: the same
# packages by a second build, lintian without errors, the arm64 tools under qemu, and
# install, upgrade, remove and purge in a bare Debian (bookworm). Needs root, lintian,
# debootstrap and qemu-user-static. MIRROR is where debootstrap gets packages; TREE is a
# bare Debian that is there already, of which a copy is used. FREESWITCH names prefixes of
# FreeSWITCH that the packaged module is loaded into (deb_load.sh).
#
# FreeSWITCH's own packages are not in Debian: a package of that name takes the place,
# that fills /etc/freeswitch as theirs does, only if there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
release=${1:-bookworm}
out=$PWD/build/out/deb
((EUID == 0)) || { echo "deb_test.sh needs root"; exit 1; }
for tool in lintian debootstrap qemu-aarch64-static; do
	command -v "$tool" >/dev/null || { echo "$tool is missing: apt install lintian debootstrap qemu-user-static"; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
say() { printf '\n== %s\n' "$*"; }

say "the same packages once more"
sums=$(cd "$out" && sha256sum -- *.deb)
cp -r "$out" "$work/first"
build/deb.sh amd64 arm64 >/dev/null
(cd "$out" && sha256sum -c <<<"$sums")

say "lintian"
lintian --allow-root --fail-on error "$out"/*.deb

say "the tools for arm64"
dpkg-deb -x "$out"/csta-tools_*_arm64.deb "$work/arm64"
qemu-aarch64-static "$work/arm64/usr/bin/cstactl" --version

if [[ -n ${FREESWITCH-} ]]; then
	say "the module in FreeSWITCH"
	read -ra prefixes <<<"$FREESWITCH"
	build/deb_load.sh "${prefixes[@]}"
fi

say "the packages' life in Debian, $release"
root=$work/root
if [[ -n ${TREE-} ]]; then
	cp -a "$TREE" "$root"
else
	debootstrap --variant=minbase "$release" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
fi
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

stand_in=$work/freeswitch
mkdir -p "$stand_in/DEBIAN" "$stand_in/usr/share/freeswitch/conf/vanilla/autoload_configs"
echo vanilla >"$stand_in/usr/share/freeswitch/conf/vanilla/autoload_configs/modules.conf.xml"
printf 'Package: freeswitch\nVersion: 1.10.12~release~bookworm\nArchitecture: amd64\nMaintainer: nobody <nobody@localhost>\nDescription: stand-in\n' >"$stand_in/DEBIAN/control"
printf '#!/bin/sh\n[ -d /etc/freeswitch ] || { mkdir /etc/freeswitch; cp -a /usr/share/freeswitch/conf/vanilla/* /etc/freeswitch/; }\n' >"$stand_in/DEBIAN/postinst"
chmod 755 "$stand_in/DEBIAN/postinst"
mkdir "$root/debs"
dpkg-deb --root-owner-group --build "$stand_in" "$root/debs/freeswitch.deb" >/dev/null
cp "$out"/*_amd64.deb "$root/debs/"
# The next version: only its name is new.
for deb in "$out"/*_amd64.deb; do
	dpkg-deb -R "$deb" "$work/next"
	sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
	# nfpm writes an empty line where there are no such files, which only dpkg-deb minds.
	[[ -n $(tr -d '\n' <"$work/next/DEBIAN/conffiles") ]] || rm "$work/next/DEBIAN/conffiles"
	dpkg-deb --root-owner-group --build "$work/next" "$root/debs/next-$(basename "$deb")" >/dev/null
	rm -r "$work/next"
done

conf=/etc/freeswitch/autoload_configs/csta_socket.conf.xml
module=/usr/lib/freeswitch/mod/mod_csta_socket.so
# One call of apt, which chooses the order: the configuration of FreeSWITCH has to come whole.
inside sh -c 'apt-get install -y --no-install-recommends /debs/freeswitch.deb /debs/csta-tools_* /debs/freeswitch-mod* >/dev/null'
inside test -e "$module" -a -e "$conf" -a -e /etc/freeswitch/autoload_configs/modules.conf.xml
inside cstactl --version
inside sh -c "! ldd $module | grep 'not found'"
echo "installed"

sed -i 's/value="3000"/value="3333"/' "$root$conf"
inside sh -c 'dpkg -i /debs/next-* >/dev/null'
inside grep -q 'value="3333"' "$conf"
inside dpkg-query -W -f '${Package} ${Version} ${Status}\n' csta-tools freeswitch-mod-csta-socket | grep -c '+next install ok installed' | grep -qx 2
echo "upgraded, the edited configuration stayed"

inside dpkg --remove freeswitch-mod-csta-socket csta-tools >/dev/null
inside sh -c "! test -e $module && ! test -e /usr/bin/cstactl && grep -q 3333 $conf"
echo "removed, the configuration is still there"

inside dpkg --purge freeswitch-mod-csta-socket csta-tools >/dev/null
inside sh -c "! test -e $conf && test -e /etc/freeswitch/autoload_configs/modules.conf.xml"
test -z "$(find "$root/usr" "$root/etc" "$root/var/lib" -name '*csta*' -print -quit)"
echo "purged, nothing is left but FreeSWITCH's own"
