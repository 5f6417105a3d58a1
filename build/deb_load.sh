#!/usr/bin/env bash
# deb_load.sh PREFIX...: loads the module of the package in build/out/deb into the FreeSWITCH
# that is installed below each PREFIX (bin, mod, conf), with the package's configuration and
# beside copies of its own, and has the package's cstactl ask it. Needs root: each runs in a
# network of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
((EUID == 0)) || { echo "deb_load.sh needs root"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
for package in freeswitch-mod-csta-socket csta-tools; do
	dpkg-deb -x build/out/deb/"$package"_*_"$(dpkg --print-architecture)".deb "$work/package"
done

# loaded PREFIX: in the network of its own.
loaded() {
	local prefix=$1 own=$work/$(basename "$1") out
	mkdir -p "$own"/{log,db,run}
	cp -a "$prefix/mod" "$prefix/conf" "$own/"
	cp "$work/package/usr/lib/freeswitch/mod/mod_csta_socket.so" "$own/mod/"
	cp "$work/package/etc/freeswitch/autoload_configs/csta_socket.conf.xml" "$own/conf/autoload_configs/"
	ip link set lo up
	"$prefix/bin/freeswitch" -nonat -nf -nc -conf "$own/conf" -mod "$own/mod" -log "$own/log" -db "$own/db" -run "$own/run" >/dev/null 2>&1 </dev/null &
	local switch=$!
	cli() { "$prefix/bin/fs_cli" -H 127.0.0.1 -x "$1"; }
	for ((i = 0; i < 60; i++)); do
		! cli status >/dev/null 2>&1 || break
		kill -0 $switch
		sleep 1
	done
	cli version
	for command in 'load mod_csta_socket' 'unload mod_csta_socket' 'load mod_csta_socket'; do
		out=$(cli "$command")
		[[ $out == *+OK* ]] || { echo "$command: $out"; exit 1; }
	done
	cli 'csta version'
	"$work/package/usr/bin/cstactl" status | grep -x 'status  *normal'
	cli 'shutdown now' >/dev/null
	wait $switch
}

for prefix in "$@"; do
	export -f loaded
	work=$work unshare --net bash -euo pipefail -c 'loaded "$1"' loaded "$prefix"
done
