package conformance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/engine"
)

// recordingBackend is a Backend that hands out what the engine recorded.
type recordingBackend interface {
	WriteRecording(context.Context, io.Writer) error
}

// recordingsVariable names a directory that each scenario's recording is written to.
const recordingsVariable = "CSTA_RECORDINGS"

// recordAnew has the module forget what it recorded before, if the scenario's own
// recording is wanted.
func (p *Play) recordAnew() {
	p.Helper()
	if os.Getenv(recordingsVariable) == "" {
		return
	}
	for _, command := range []string{"record off", "record on"} {
		if _, err := p.backend.Operator(p.within(), command); err != nil {
			p.Fatalf("%s: %v", command, err)
		}
	}
}

// recorded is what was recorded of the scenario, as text; nil if that is not wanted.
func (p *Play) recorded() ([]byte, error) {
	if b, is := p.backend.(recordingBackend); is {
		var text bytes.Buffer
		err := b.WriteRecording(p.within(), &text)
		return text.Bytes(), err
	}
	directory := os.Getenv(recordingsVariable)
	if directory == "" {
		return nil, nil
	}
	answer, err := p.backend.Operator(p.within(), "record dump")
	if err != nil {
		return nil, err
	}
	path, done := strings.CutPrefix(answer, "+OK ")
	if !done {
		return nil, errors.New(answer)
	}
	path, _, _ = strings.Cut(path, " (")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	name := strings.NewReplacer("_", "-", ",", "", "'", "", ":", "").Replace(strings.ToLower(filepath.Base(p.Name())))
	return text, errors.Join(os.Remove(path), os.WriteFile(filepath.Join(directory, name+".jsonl"), text, 0o600))
}

// checkRecording plays what was recorded and compares what clients get of it with what
// they got.
func (p *Play) checkRecording() {
	p.Helper()
	text, err := p.recorded()
	if err != nil {
		p.Errorf("recording: %v", err)
	}
	if text == nil {
		return
	}
	got := map[string][]string{}
	err = engine.Replay(bytes.NewReader(text), slog.New(slog.DiscardHandler), func(r engine.Replayed) {
		if r.Differs != "" {
			p.Errorf("recording: %v: %s", r.At, r.Differs)
		}
		if r.Message != nil && fromEngine(r.Message.Element()) {
			_, address, _ := strings.Cut(r.Session, " ")
			got[address] = append(got[address], string(r.Frame))
		}
	})
	if err != nil {
		p.Errorf("recording: %v", err)
	}
	for _, name := range p.order {
		client := p.clients[name]
		frames := received(client)
		if _, private := p.backend.(recordingBackend); !private {
			for i := range frames {
				frames[i] = pressedDigit.ReplaceAllString(frames[i], "<dtmfChar>0</dtmfChar>")
			}
		}
		again := got[client.Conn().LocalAddr().String()]
		// Of a client that was there before the module was loaded anew, only what came
		// since is recorded.
		if len(again) <= len(frames) && slices.Equal(again, frames[len(frames)-len(again):]) && (len(again) > 0 || len(frames) == 0 || isClosed(client)) {
			continue
		}
		for i := range max(len(again), len(frames)) {
			if i >= len(again) || i >= len(frames) || again[i] != frames[i] {
				p.Errorf("client %s: its recording brings other frames, from the %d.:\n%s\nthan it got:\n%s", name, i+1,
					strings.Join(again[min(i, len(again)):], "\n"), strings.Join(frames[min(i, len(frames)):], "\n"))
				break
			}
		}
	}
}

// pressedDigit is a digit in an event, which is hidden in the recordings of a switch
// that nobody has set up otherwise.
var pressedDigit = regexp.MustCompile(`<dtmfChar>.</dtmfChar>`)

func isClosed(c *probe.Client) bool {
	select {
	case <-c.Closed():
		return true
	default:
		return false
	}
}

// fromEngine tells whether a message of that name comes from the engine alone.
func fromEngine(element string) bool {
	service, response := strings.CutSuffix(element, "Response")
	return strings.HasSuffix(element, "Event") || response && slices.Contains(engine.Services(), service)
}

// received are the frames that a client got from the engine.
func received(c *probe.Client) []string {
	var frames []string
	for _, e := range c.Log() {
		var m *probe.Message
		switch {
		case e.Event != nil:
			m = e.Event.Message
		case e.Response != nil:
			m = e.Response
		default:
			continue
		}
		if fromEngine(m.Name()) {
			frames = append(frames, m.Text)
		}
	}
	return frames
}
