#!/usr/bin/env bash
# newcomer.sh [RELEASE...]: what the README says to a newcomer, in a bare Debian of each
# release: the apt line, make run and the hints that it prints, make test, make install.
# What is committed is cloned. Needs root, debootstrap, and some GB below TMPDIR.
#
# From the environment: MIRROR, where debootstrap and apt get packages; http_proxy and
# https_proxy; SSL_CERT_FILE, certificates that are trusted in there as well; GOPROXY and
# GOSUMDB, as go env tells. KEEP=1 leaves the trees. TESTS= leaves make test out.
set -euo pipefail
cd "$(dirname "$0")/.."
mirror=${MIRROR:-http://deb.debian.org/debian}
tests=${TESTS-1}
releases=("$@")
((${#releases[@]})) || releases=(bookworm trixie)
((EUID == 0)) || { echo "newcomer.sh needs root: debootstrap makes devices"; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt install debootstrap"; exit 1; }

above=$(mktemp -d)
[[ -n ${KEEP-} ]] || trap 'rm -rf --one-file-system "$above"' EXIT
proxy=$(go env GOPROXY 2>/dev/null || echo)
sums=$(go env GOSUMDB 2>/dev/null || echo)

# inside USER COMMAND: in the chroot, with its own processes, which end with it.
inside() {
	local certificates=()
	[[ ! -e $root/tmp/certificates.pem ]] || certificates=(SSL_CERT_FILE=/tmp/certificates.pem)
	unshare --mount --pid --fork --kill-child bash -c '
		mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && shift && exec "$@"' \
		inside "$root" chroot "$root" env -i \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} "${certificates[@]}" \
		${proxy:+"GOPROXY=$proxy"} ${sums:+"GOSUMDB=$sums"} \
		setpriv --reuid="$1" --regid="$1" --clear-groups env HOME="$(home "$1")" bash -euo pipefail -c "cd; $2"
}
home() { if [[ $1 == root ]]; then echo /root; else echo "/home/$1"; fi; }

# readme_lines RELEASE: the README's commands for it, without sudo.
readme_lines() {
	awk -v heading="^# Debian .*$1" '$0 ~ heading { on = 1; next } /^(#|```)/ { on = 0 } on' README.md |
		sed "s/sudo //g; s,http://deb.debian.org/debian ,$mirror ,; s/apt install/apt-get install -y --no-install-recommends/; s/apt update/apt-get update/"
}

say() { printf '\n== %s: %s\n' "$release" "$*"; }

for release in "${releases[@]}"; do
	root=$above/$release
	say "a bare system"
	debootstrap --variant=minbase "$release" "$root" "$mirror" >"$above/$release.log" 2>&1 || { tail "$above/$release.log"; exit 1; }
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	[[ ! -r ${SSL_CERT_FILE-} ]] || cp "$SSL_CERT_FILE" "$root/tmp/certificates.pem"
	git bundle create -q "$root/tmp/project.bundle" HEAD
	inside root 'useradd --create-home newcomer; apt-get update -q; apt-get install -qy --no-install-recommends git make >/dev/null'
	inside newcomer 'git clone -q /tmp/project.bundle project'
	chmod 755 "$root/home/newcomer"

	say "make run and make test without anything say what is missing"
	inside newcomer '
		cd project
		for goal in run test; do
			! make $goal >said 2>&1 || { echo "make $goal works without Go"; exit 1; }
			cat said
			grep -q "sudo apt install .*golang-go" said
		done
		rm said'

	lines=$(readme_lines "$release")
	[[ -n $lines ]] || { echo "README.md names no packages for $release"; exit 1; }
	say "make run without a C compiler"
	inside root "${lines//gcc libc6-dev/}" >/dev/null
	inside newcomer '
		cd project
		if command -v gcc; then exit 1; fi
		make run ARGS="--listen 127.0.0.1:0 --control 127.0.0.1:0" >/tmp/run.out 2>/tmp/run.err &
		make=$!
		for ((i = 0; i < 900; i++)); do
			! grep -q "Ctrl-C ends" /tmp/run.out || break
			kill -0 $make || { cat /tmp/run.err; exit 1; }
			sleep 1
		done
		cat /tmp/run.out
		cd /
		hints=0
		while read -r hint; do
			echo "\$ $hint"
			if [[ $hint == *" monitor "* ]]; then
				timeout --preserve-status --signal=INT 1 bash -c "exec $hint"
			else
				sleep 1
				bash -c "$hint"
			fi
			hints=$((hints + 1))
		done < <(sed -n "/^Try/,/^Ctrl-C/s/^  //p" /tmp/run.out)
		((hints >= 6))
		switches() { find /proc/[0-9]*/exe -lname "*/build/out/cstactl" 2>/dev/null | cut -d/ -f3; }
		kill -INT $(switches)
		wait $make
		[[ -z $(switches) ]]
		cd ~/project
		make run ARGS="--listen 127.0.0.1:0 --control 127.0.0.1:0" >/tmp/run.out 2>&1 &
		make=$!
		until grep -q "Ctrl-C ends" /tmp/run.out; do kill -0 $make; sleep 1; done
		kill -TERM $make
		wait $make || true
		[[ -z $(switches) ]] || { echo "make was ended, the switch was not"; exit 1; }'

	say "the README's packages"
	inside root "$lines" >/dev/null
	if [[ -n $tests ]]; then
		say "make test"
		inside newcomer 'cd project && make test | tee /tmp/test.out && tail -n 1 /tmp/test.out | grep -E "^[0-9]+ passed, 0 failed"'
	fi

	say "make, and make install by root"
	inside newcomer 'cd project && make'
	inside root 'cd /home/newcomer/project && make install MODDIR=/opt/fs/mod CONFDIR=/opt/fs/conf
		test -e /opt/fs/mod/mod_csta_socket.so -a -e /opt/fs/conf/autoload_configs/csta_socket.conf.xml
		cstactl --version
		strays=$(find . -user root)
		[[ -z $strays ]] || { echo "left behind by root: $strays"; exit 1; }'
	inside newcomer 'cd project && test -z "$(git status --porcelain)"'
	[[ -n ${KEEP-} ]] || rm -rf --one-file-system "$root"
	say "everything works"
done
