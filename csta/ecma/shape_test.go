package ecma

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fits checks a document's element against its shape, and notes the shapes that it saw.
func fits(t *testing.T, path string, e *etree.Element, s *Shape, seen map[*Shape]bool) {
	t.Helper()
	seen[s] = true
	text := textOf(e)
	switch s.Kind {
	case Structure:
		assert.Empty(t, text, path)
		count := map[string]int{}
		for _, child := range e.ChildElements() {
			count[child.Tag]++
			of := s.Child(child.Tag)
			if assert.NotNil(t, of, "%s/%s is not in the shape", path, child.Tag) {
				assert.True(t, of.Repeated || count[child.Tag] == 1, "%s/%s is there more than once", path, child.Tag)
				fits(t, path+"/"+child.Tag, child, of, seen)
			}
		}
		for _, of := range s.Children {
			assert.True(t, !of.Required || count[of.Name] > 0, "%s/%s is required", path, of.Name)
		}
	case Marks:
		for _, child := range e.ChildElements() {
			assert.Equal(t, "true", textOf(child), path)
		}
	case Markup:
	default:
		assert.Empty(t, e.ChildElements(), path)
	}
	switch s.Kind {
	case Boolean:
		assert.Contains(t, []string{"true", "false"}, text, path)
	case Number:
		assert.Regexp(t, `^-?[0-9]+$`, text, path)
	case Enumeration:
		assert.Contains(t, s.Values, text, path)
	case Sign:
		assert.Empty(t, text, path)
	case HexText:
		assert.Regexp(t, `^[0-9A-F]*$`, text, path)
	}
	for _, a := range e.Attr {
		assert.True(t, a.Key == "xmlns" || s.Kind == Identifier && a.Key == "typeOfNumber", "%s@%s", path, a.Key)
	}
}

// The shapes know every element that is written, and nothing that never is.
func TestShapesAreThoseOfWhatIsWritten(t *testing.T) {
	seen := map[*Shape]bool{}
	check := func(doc []byte) {
		tree := etree.NewDocument()
		require.NoError(t, tree.ReadFromBytes(doc))
		s := ShapeOf(tree.Root().Tag)
		require.NotNil(t, s, tree.Root().Tag)
		fits(t, tree.Root().Tag, tree.Root(), s, seen)
	}
	for _, construct := range constructors() {
		check(Append(nil, Edition6, fullMessage(t, construct)))
		if m := construct(); m.Element() != "SystemStatus" {
			check(Append(nil, Edition6, m))
		}
	}
	for _, m := range variants() {
		check(Append(nil, Edition6, m))
	}
	for _, r := range sessionMessages() {
		check(Append(nil, ApplicationSession, r))
	}
	for _, e := range entries {
		check(AppendSecured(nil, Edition6, e.New(), Security{Number: 7, At: time.Now()}))
	}
	for _, file := range exampleFiles(t, "ed6") {
		doc, err := os.ReadFile(file)
		require.NoError(t, err)
		check(doc)
	}
	var unseen []string
	var walk func(path string, s *Shape)
	walk = func(path string, s *Shape) {
		if !seen[s] {
			unseen = append(unseen, path)
			return
		}
		for _, child := range s.Children {
			walk(path+"/"+child.Name, child)
		}
	}
	for _, name := range Roots() {
		walk(name, ShapeOf(name))
	}
	for _, path := range unseen {
		last := path[strings.LastIndexByte(path, '/')+1:]
		if strings.Contains(path, "Filter") || strings.HasPrefix(path, "CSTAErrorCode/") || strings.Contains(path, "/errorValue/") {
			// Their names are compared with the schema elsewhere.
			continue
		}
		// Alternatives, each of which is seen in one message or another.
		assert.Contains(t, []string{"notKnown", "restricted", "notRequired", "notSpecified", "private", "callObject", "deviceID", "simpleCallState", "unknown", "extensions"}, last, path)
	}
}

// sessionMessages are those of ECMA-354, with all there is in them.
func sessionMessages() []Message {
	reason, own := SessionReason{Defined: SessionInvalidSessionID}, SessionReason{Own: "closed for lunch"}
	return []Message{
		&StartApplicationSession{
			ApplicationID: "console", ProtocolVersions: []string{string(Edition6), string(Edition3)}, Duration: IntOf(60),
			Login: SessionLogin{User: "ada", Password: " s3cret ", SessionID: "s1", CleanupDelay: IntOf(5), EventNumbers: True, LastEventNumber: IntOf(7)},
		},
		&StartApplicationSessionPosResponse{SessionID: "s1", ProtocolVersion: string(Edition6), Duration: IntOf(60)},
		&StartApplicationSessionNegResponse{Error: reason}, &StartApplicationSessionNegResponse{Error: own},
		&ResetApplicationSessionTimer{SessionID: "s1", Duration: IntOf(60)}, &ResetApplicationSessionTimerPosResponse{Duration: IntOf(60)},
		&ResetApplicationSessionTimerNegResponse{Error: reason}, &ResetApplicationSessionTimerNegResponse{Error: own},
		&StopApplicationSession{SessionID: "s1", Reason: SessionReason{Defined: SessionEndNormal}}, &StopApplicationSession{SessionID: "s1", Reason: own},
		&StopApplicationSessionPosResponse{}, &StopApplicationSessionNegResponse{Error: reason}, &StopApplicationSessionNegResponse{Error: own},
		&ApplicationSessionTerminated{SessionID: "s1", Reason: SessionReason{Defined: SessionTermSessionTimerExpired}},
		&ApplicationSessionTerminated{SessionID: "s1", Reason: own},
		&TransferMonitorObjects{FromSessionID: "s1", ToSessionID: "s2"}, &TransferMonitorObjectsResponse{},
	}
}
