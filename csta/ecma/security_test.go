package ecma

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecurity(t *testing.T) {
	sec := Security{1234567890123456789, time.Date(2026, 11, 30, 20, 15, 4, 5e6, time.UTC)}
	const said = "<extensions><security><messageSequenceNumber>1234567890123456789</messageSequenceNumber>" +
		"<timeStamp>2026-11-30T20:15:04.005Z</timeStamp></security></extensions>"
	assert.Less(t, len(said), securityRoom)
	xmllint, _ := exec.LookPath("xmllint")
	files := []string{"--noout", "--schema", filepath.Join("testdata", "xsd", "csta-ed6.xsd")}
	dir := t.TempDir()
	for _, construct := range constructors() {
		m := fullMessage(t, construct)
		plain := string(Append(nil, Edition6, m))
		require.Equal(t, plain, string(AppendSecured(nil, Edition6, m, Security{})))
		doc := AppendSecured([]byte("x"), Edition6, m, sec)
		require.Equal(t, byte('x'), doc[0])
		doc = doc[1:]
		name := m.Element()
		require.Equal(t, strings.Replace(plain, "/>", "></"+name+">", len(childless(plain, name))), strings.Replace(string(doc), said, "", 1))
		got, ok := SecurityOf(doc)
		require.True(t, ok)
		require.True(t, sec.At.Equal(got.At))
		require.Equal(t, sec.Number, got.Number)
		_, ok = SecurityOf([]byte(plain))
		require.False(t, ok)
		again, _, err := Decode(doc)
		require.NoError(t, err)
		require.IsType(t, m, again)
		if _, event := m.(Event); event && xmllint != "" {
			file := filepath.Join(dir, m.Element()+".xml")
			require.NoError(t, os.WriteFile(file, doc, 0o600))
			files = append(files, file)
		}
	}
	assert.Equal(t, `<?xml version="1.0" encoding="UTF-8"?><StopResponse>`+said+`</StopResponse>`, string(AppendSecured(nil, "", &StopResponse{}, sec)))
	if xmllint != "" {
		out, err := exec.Command(xmllint, files...).CombinedOutput()
		assert.NoError(t, err, "%s", out)
	}
}

// childless is not empty if a message has no children.
func childless(doc, name string) string {
	if strings.Count(doc, "<") == 2 && strings.HasSuffix(doc, "/>") {
		return name[:1]
	}
	return ""
}

// FuzzSecurity reads what anybody may send a client.
func FuzzSecurity(f *testing.F) {
	f.Add([]byte(`<X><extensions><security><messageSequenceNumber>7</messageSequenceNumber><timeStamp>2026-11-30T20:15:04Z</timeStamp></security></extensions></X>`))
	f.Add([]byte(`security>messageSequenceNumber>1timeStamp>security>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if sec, ok := SecurityOf(doc); ok {
			require.LessOrEqual(t, sec.Number, uint64(1<<63-1))
		}
	})
}
