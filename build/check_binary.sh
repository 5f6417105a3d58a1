#!/usr/bin/env bash
# check_binary.sh FILE: is the module linked and compiled as hardened as the
# Makefile and bridge_c/cgo.go ask for? Names what is missing, and fails then.
set -euo pipefail
file=$1
missing=0

# A description, the text that is looked through, a pattern.
must() { grep -qE "$3" <<<"$2" || { echo "$file: $1"; missing=1; }; }
must_not() { ! grep -qE "$3" <<<"$2" || { echo "$file: $1"; missing=1; }; }

headers=$(readelf -lW "$file")
dynamic=$(readelf -dW "$file")
symbols=$(readelf --dyn-syms -W "$file")
sections=$(readelf -SW "$file")

must "symbols are bound when they are first used (-z now)" "$dynamic" 'BIND_NOW|Flags:.* NOW'
must "tables of addresses stay writable (-z relro)" "$headers" 'GNU_RELRO'
must "the stack may be executed" "$headers" 'GNU_STACK .* RW '
must_not "code is changed by the loader (TEXTREL)" "$dynamic" 'TEXTREL'
must_not "libraries are looked for in a path of the build (RPATH)" "$dynamic" 'R(UN)?PATH'
must_not "a segment may be written and executed" "$headers" 'LOAD .* RWE '
must "C has no stack protector" "$symbols" '__stack_chk_fail'
must "C has no checks of lengths (_FORTIFY_SOURCE)" "$symbols" '__memcpy_chk'
must "C has no checks of formats (_FORTIFY_SOURCE)" "$symbols" '__snprintf_chk'
must "it is no module of FreeSWITCH" "$symbols" 'mod_csta_socket_module_interface'
must "it has no build ID" "$sections" 'note.gnu.build-id'
if grep -aqF "$PWD" "$file"; then
	echo "$file: names the directory it was built in"
	missing=1
fi
((missing == 0)) || exit 1
echo "$file is hardened"
