package conformance

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// Recordings go to a directory of their own, replace each other there, and are
// played by the name that the client gave; sounds stay as they are.
func TestRecordingsDirectoryOnFreeSWITCH(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recordings")
	b := ownSwitch(t, freeswitch.Options{
		DialplanFiles: shippedDialplan(), PublicDialplanFiles: []string{shipped("public", "csta_inbound.xml")},
		Parameters: map[string]string{"recordings-dir": dir},
	})
	Run(t, b, Scenario{Name: "a directory of recordings", Cast: queueAndTrunk, Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
		p.message("prompts/welcome.wav", briefly)
		_, err := p.records("c:Q", "prompts/welcome.wav", time.Second)
		p.Refused("operation/invalidFile", err)
		p.lasted("prompts/welcome.wav", briefly, briefly)

		require.NoError(t, os.MkdirAll(filepath.Join(dir, "notes"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "notes", "one.wav"), []byte("of last year"), 0o600))
		for range 2 {
			file := p.Records("c:Q", "notes/one.wav", lasting)
			require.Equal(t, "notes/one.wav", file)
			recording(a, q, file)
			time.Sleep(500 * time.Millisecond)
			p.Stops("c:Q", probe.Element("messageToBeStopped", file))
			recorded(a, q, file)
			p.Plays("c:Q", file)
			playing(a, q, file)
			played(a, q, file)
		}
		file := p.Records("c:Q", "", 500*time.Millisecond)
		recording(a, q, file)
		recorded(a, q, file)
		p.Plays("c:Q", file+" prompts/welcome.wav")
		for _, name := range []string{file, "prompts/welcome.wav"} {
			playing(a, q, name)
			played(a, q, name)
		}
	})})
	text, err := os.ReadFile(filepath.Join(dir, "notes", "one.wav"))
	require.NoError(t, err)
	length, err := waveLength(text)
	require.NoError(t, err)
	assert.Greater(t, length, 200*time.Millisecond)
	assert.NoDirExists(t, filepath.Join(b.Switch.Sounds(), "notes"))

	// What would be a directory of sounds is refused, and the old one stays.
	require.NoError(t, b.Switch.SetParameters(map[string]string{"recordings-dir": filepath.Dir(b.Switch.Sounds())}))
	answer, err := b.Operator(t.Context(), "reload")
	require.NoError(t, err)
	assert.Contains(t, answer, "-ERR not everything could be changed")
	assert.Contains(t, answer, dir+" stays")
}
