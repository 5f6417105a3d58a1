package freeswitch

import (
	"os"
	"path/filepath"
	"strings"
)

// LogFile is the instance's log.
func (s *Switch) LogFile() string { return filepath.Join(s.directory, "log", "freeswitch.log") }

// Log is the whole log, one element a line.
func (s *Switch) Log() ([]string, error) {
	text, err := os.ReadFile(s.LogFile())
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n"), nil
}

// badLevels mark what an operator would have to look at.
var badLevels = []string{"[WARNING]", "[ERR]", "[CRIT]", "[ALERT]"}

// LogErrors are the warnings and errors that the module under test logged, and
// those of the switch about it.
func (s *Switch) LogErrors() ([]string, error) {
	lines, err := s.Log()
	if err != nil {
		return nil, err
	}
	var bad []string
	for _, line := range lines {
		for _, level := range badLevels {
			if _, message, ok := strings.Cut(line, level+" "); ok && ours(message) {
				bad = append(bad, line)
				break
			}
		}
	}
	return bad, nil
}

// OwnLog is what the module under test logged, at all levels.
func (s *Switch) OwnLog() ([]string, error) {
	lines, err := s.Log()
	if err != nil {
		return nil, err
	}
	var own []string
	for _, line := range lines {
		if _, message, ok := strings.Cut(line, "] "); ok && ours(message) {
			own = append(own, line)
		}
	}
	return own, nil
}

// ours tells whether a log message, "file:line text", is the module's or about
// it: only the module has files in Go, and its files and applications have csta
// in their names.
func ours(message string) bool {
	source, _, _ := strings.Cut(message, " ")
	file, _, _ := strings.Cut(source, ":")
	return strings.HasSuffix(file, ".go") || strings.Contains(message, "csta_")
}

// tailLines of the log go into an error about the switch.
const tailLines = 15

func (s *Switch) tail() string {
	lines, err := s.Log()
	if err != nil {
		return "\n(no log: " + err.Error() + ")"
	}
	return "\nlog:\n" + strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
