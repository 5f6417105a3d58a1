# Shortens the output of "go test -v": one line a package, everything of a package that
# failed, then what was skipped, grouped by the reason, and one line with the numbers.
{ output = output $0 "\n" }
# Whose lines follow; tests that run side by side take turns.
/^=== (RUN|CONT|NAME) / { current = $3 }
/^ +[^ ]+\.go:[0-9]+: / { why[current] = $0; sub(/^ +[^ ]+: /, "", why[current]) }
/^ *--- PASS: / { passed++ }
/^ *--- FAIL: / { failed++ }
/^ *--- SKIP: / {
	skipped++
	reason = why[$3]
	if (!(reason in tests)) reasons[++kinds] = reason
	tests[reason] = tests[reason] "\n    " $3
	count[reason]++
}
/^ok / { print }
/^ok / || /no test files/ { output = ""; delete why }
/^FAIL\t/ { printf "%s", output; output = ""; broken = 1; delete why }
END {
	# What did not even get to the tests, such as go itself.
	if (!broken && output != "") printf "%s", output
	for (i = 1; i <= kinds; i++) {
		reason = reasons[i]
		names = tests[reason]
		if (count[reason] > shown) {
			split(names, some, "\n")
			names = ""
			for (j = 2; j <= shown + 1; j++) names = names "\n" some[j]
			names = names "\n    and " count[reason] - shown " more"
		}
		print "skipped: " (reason == "" ? "no reason given" : reason) names
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
BEGIN { shown = 5 }
