package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/rights"
)

// What somebody may ask for who has no right is what a switch can do, and nothing else.
func TestWhatAnybodyMayAskFor(t *testing.T) {
	var free []string
	for _, name := range Services() {
		if needs, served := Needs(name); served && rights.None.Allow(needs) {
			free = append(free, name)
		}
	}
	require.Equal(t, []string{"GetCSTAFeatures", "GetSwitchingFunctionCaps"}, free)
	_, served := Needs("JoinCall")
	require.False(t, served)
}

// Events count as sent because some code makes them, and no others.
func TestEventsSentAreThoseThatAreMade(t *testing.T) {
	made := map[string]bool{}
	for _, pattern := range []string{"*.go", "../model/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range regexp.MustCompile(`ecma\.(\w+Event)\{`).FindAllSubmatch(source, -1) {
				made[string(found[1])] = true
			}
		}
	}
	announced := map[string]bool{}
	for _, ev := range sent {
		announced[ev.Element()] = true
	}
	require.Equal(t, made, announced)
}

// serving is a client whose session answers a service itself.
type serving struct {
	client
	answer ecma.Message
}

func (*serving) Serves() []string { return []string{"SystemStatus"} }

func (s *serving) Respond(_ uint16, _ ecma.Edition, m ecma.Message) { s.answer = m }

// GetCSTAFeatures answers what the table has, and what the session serves itself.
func TestFeaturesAreThoseOfTheTable(t *testing.T) {
	b := newBench(t)
	s := &serving{}
	b.core.openSession(s)
	b.core.request(&Request{Session: s, Edition: ecma.Edition6, Message: &ecma.GetCSTAFeatures{}})
	answer := s.answer.(*ecma.GetCSTAFeaturesResponse)
	require.Len(t, answer.Services, len(services)+len(pushed)+1)
	require.Contains(t, answer.Services, ecma.Feature{List: "systemStatServList", Name: "systemStatus"})
	require.Len(t, answer.Events, len(sent))
}
