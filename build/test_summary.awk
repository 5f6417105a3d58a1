# Shortens the output of "go test -v": one line a package, the tests that were
# skipped with their reasons, and everything of a package that failed.
{ output = output $0 "\n" }
/^=== RUN/ { reason = "" }
/^ +[^ ]+\.go:[0-9]+: / { reason = $0; sub(/^ +[^ ]+: /, "", reason) }
/^ *--- SKIP: / { print "skipped " $3 ": " reason }
/^ok / { print }
/^ok / || /no test files/ { output = "" }
/^FAIL\t/ { printf "%s", output; output = ""; failed = 1 }
END { if (failed) print "tests FAILED" }
