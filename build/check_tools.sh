#!/usr/bin/env bash
# check_tools.sh TOOL...: says what is missing of go, cc and xmllint, and how to get
# it; then it fails. GO is the go command.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
go=${GO:-go}
needed=$(sed -n 's/^go \([0-9.]*\)$/\1/p' go.mod)
# From this version on the go command fetches the one that go.mod names.
fetching=1.21

packages=()
status=0
missing() {
	echo "$1" >&2
	[[ -z ${2-} ]] || packages+=("$2")
	status=1
}

# newer A B: A is at least B.
newer() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

# Debian 12's own Go is too old, its backports have one that fetches.
go_package() {
	local release=
	[[ ! -r /etc/os-release ]] || release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	case $release in
	bookworm) echo "golang-go/bookworm-backports golang-src/bookworm-backports" ;;
	*) echo golang-go ;;
	esac
}

check_go() {
	local version
	if ! command -v "$go" >/dev/null; then
		missing "Go $needed or later is missing; https://go.dev/dl/ has it, and Debian, which fetches it on demand" "$(go_package)"
		return
	fi
	version=$(GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null)
	version=${version#go}
	if newer "$version" "$needed"; then
		return
	fi
	if ! newer "$version" "$fetching"; then
		missing "Go ${version:-(of unknown version)} is too old, $needed or later is needed: https://go.dev/dl/, or Debian's" "$(go_package)"
	elif ! version=$("$go" version 2>&1); then
		missing "Go $needed is needed, and can't be fetched: $version"
	fi
}

check_cc() {
	local cc
	cc=$("$go" env CC 2>/dev/null)
	cc=${cc:-gcc}
	if ! command -v "${cc%% *}" >/dev/null; then
		missing "a C compiler ($cc) is missing" gcc
		[[ -e /usr/include/stdio.h ]] || missing "the C library's headers are missing" libc6-dev
	elif ! echo '#include <stdio.h>' | $cc -E - >/dev/null 2>&1; then
		missing "the C library's headers are missing" libc6-dev
	fi
}

check_xmllint() {
	command -v xmllint >/dev/null || missing "xmllint is missing, by which messages are checked against ECMA-323's schemas" libxml2-utils
}

for tool in "$@"; do
	case $tool in
	go) check_go ;;
	cc) check_cc ;;
	xmllint) check_xmllint ;;
	*) missing "check_tools.sh does not know $tool" ;;
	esac
done
if ((${#packages[@]})); then
	echo "On Debian: sudo apt install ${packages[*]}" >&2
	if [[ ${packages[*]} == *backports* ]]; then
		echo "(backports: echo deb http://deb.debian.org/debian bookworm-backports main | sudo tee /etc/apt/sources.list.d/backports.list; sudo apt update)" >&2
	fi
fi
exit $status
