package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// message makes a message exist.
func (p *Play) message(name string, length time.Duration) {
	p.Helper()
	p.must(p.backend.PutMessage(name, length))
}

// playing and played are what is heard of a message over the queue's
// connection.
func playing(a, q *Watch, message string) {
	a.play.Helper()
	for _, w := range []*Watch{a, q} {
		w.Gets("Play c:Q " + message)
	}
}

func played(a, q *Watch, message string) {
	a.play.Helper()
	for _, w := range []*Watch{a, q} {
		w.Gets("Stop c:Q " + message + " endOfMessageDetected")
	}
}

func durationOf(d string) string { return probe.Element("duration", d) }

const untilDigit = "<termination><dTMFDigitDetected>true</dTMFDigitDetected></termination>"

// Messages are played over and recorded from calls to queues and between
// subscribers.
func Messages() []Scenario {
	scenarios := append(playMessages(), recordMessages()...)
	for i := range scenarios {
		if scenarios[i].Cast == nil {
			scenarios[i].Cast = queueAndTrunk
		}
	}
	return scenarios
}

const (
	// briefly is a message that ends while the scenario waits for it, lasting
	// one that does not.
	briefly = 300 * time.Millisecond
	lasting = 30 * time.Second
)

// inQueue plays a scenario to a caller that waits in the queue, and lets it
// hang up in the end.
func inQueue(do func(p *Play, a, q *Watch, out *Talk)) func(*Play) {
	return func(p *Play) {
		p.Helper()
		a, q, out := waits(p)
		do(p, a, q, out)
		out.HangsUp()
		leavesQueue(a, q, "connected")
	}
}

func playMessages() []Scenario {
	return []Scenario{
		{Name: "PlayMessage", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("ivr/hello.wav", briefly)
			p.Plays("c:Q", "ivr/hello.wav")
			playing(a, q, "ivr/hello.wav")
			played(a, q, "ivr/hello.wav")
			p.Plays("c:Q", "ivr/hello.wav")
			playing(a, q, "ivr/hello.wav")
			played(a, q, "ivr/hello.wav")
		})},
		{Name: "PlayMessage over the caller's connection", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("hello.wav", briefly)
			p.Plays("c:A", "hello.wav")
			for _, w := range []*Watch{a, q} {
				w.Gets("Play c:A hello.wav", "Stop c:A hello.wav endOfMessageDetected")
			}
		})},
		{Name: "PlayMessage of several messages", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			for _, name := range []string{"you-are.wav", "digits/3.wav", "in-line.wav"} {
				p.message(name, briefly)
			}
			p.Plays("c:Q", "you-are.wav digits/3.wav,in-line.wav")
			for _, name := range []string{"you-are.wav", "digits/3.wav", "in-line.wav"} {
				playing(a, q, name)
				played(a, q, name)
			}
		})},
		{Name: "PlayMessage of several messages, stopped", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("one.wav", lasting)
			p.message("two.wav", lasting)
			p.Plays("c:Q", "one.wav two.wav")
			playing(a, q, "one.wav")
			p.Stops("c:Q")
			played(a, q, "one.wav")
			a.GetsNothing()
			p.Refused("stateIncompatibility/incorrectMsgState", p.stops("c:Q"))
		})},
		{Name: "PlayMessage, one of several missing", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("here.wav", briefly)
			p.Plays("c:Q", "here.wav no-such.wav here.wav")
			playing(a, q, "here.wav")
			played(a, q, "here.wav")
			for _, w := range []*Watch{a, q} {
				w.Gets("Stop c:Q no-such.wav resourcesNotAvailable")
			}
			playing(a, q, "here.wav")
			played(a, q, "here.wav")
		})},
		{Name: "PlayMessage with a duration", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("long.wav", lasting)
			p.Plays("c:Q", "long.wav", durationOf("500"))
			playing(a, q, "long.wav")
			started := time.Now()
			played(a, q, "long.wav")
			if d := time.Since(started); d < 300*time.Millisecond || d > 3*time.Second {
				p.Errorf("the message of 0.5 s played for %v", d)
			}
		})},
		{Name: "PlayMessage ended by a digit", Play: inQueue(func(p *Play, a, q *Watch, out *Talk) {
			p.message("long.wav", lasting)
			p.Plays("c:Q", "long.wav", untilDigit)
			playing(a, q, "long.wav")
			out.Presses("7")
			for _, w := range []*Watch{a, q} {
				w.Gets("DtmfDetected c:Q 7", "Stop c:Q long.wav endOfMessageDetected")
			}
		})},
		{Name: "PlayMessage not ended by a digit", Play: inQueue(func(p *Play, a, q *Watch, out *Talk) {
			p.message("long.wav", lasting)
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			out.Presses("7*")
			out.PressesInMedia("8")
			for _, w := range []*Watch{a, q} {
				w.Gets("DtmfDetected c:Q 7", "DtmfDetected c:Q *", "DtmfDetected c:Q 8")
			}
			p.Stops("c:Q")
			played(a, q, "long.wav")
		})},
		{Name: "PlayMessage of a missing file", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("hello.wav", briefly)
			p.Plays("c:Q", "no-such.wav")
			for _, w := range []*Watch{a, q} {
				w.Gets("Stop c:Q no-such.wav resourcesNotAvailable")
			}
			// It left nothing behind.
			p.Plays("c:Q", "hello.wav")
			playing(a, q, "hello.wav")
			played(a, q, "hello.wav")
		})},
		{Name: "PlayMessage while one plays", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("long.wav", lasting)
			p.message("hello.wav", briefly)
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			p.Refused("systemResourceAvailibility/resourceBusy", p.plays("c:Q", "hello.wav"))
			p.Refused("systemResourceAvailibility/resourceBusy", p.plays("c:A", "hello.wav"))
			a.GetsNothing()
			p.Stops("c:Q", probe.Element("messageToBeStopped", "long.wav"))
			played(a, q, "long.wav")
			p.Plays("c:Q", "hello.wav")
			playing(a, q, "hello.wav")
			played(a, q, "hello.wav")
		})},
		{Name: "PlayMessage, the caller hangs up", Play: func(p *Play) {
			p.message("long.wav", lasting)
			a, q, out := waits(p)
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			out.HangsUp()
			leavesQueue(a, q, "connected")
			p.Refused("operation/invalidCallID", p.plays("c:Q", "long.wav"))
			p.Refused("operation/invalidCallID", p.stops("c:Q"))
		}},
		{Name: "PlayMessage, then the call is sent on", Play: func(p *Play) {
			p.message("long.wav", lasting)
			b := p.Monitor("B")
			a, q, out := waits(p)
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			p.must(p.stepTransfer("c:Q", "B"))
			played(a, q, "long.wav")
			a.Gets("Transfered c:Q c:A,c:B singleStepTransfer connected to=B")
			q.Gets("Transfered c:Q c:A,c:B singleStepTransfer null to=B")
			in := p.Phone("B").Rings()
			agentRings(a, b, "B", "singleStepTransfer")
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "Stop with nothing to stop", Play: inQueue(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("long.wav", lasting)
			p.Refused("stateIncompatibility/incorrectMsgState", p.stops("c:Q"))
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			p.Refused("stateIncompatibility/incorrectMsgState", p.stops("c:Q", probe.Element("messageToBeStopped", "other.wav")))
			a.GetsNothing()
			p.Stops("c:Q")
			played(a, q, "long.wav")
			p.Refused("stateIncompatibility/incorrectMsgState", p.stops("c:Q"))
		})},
		{Name: "PlayMessage in a queue that has not answered", Cast: silentQueue, Play: func(p *Play) {
			p.message("hello.wav", briefly)
			a, q, out := enters(p, "9600")
			p.Plays("c:Q", "hello.wav")
			playing(a, q, "hello.wav")
			played(a, q, "hello.wav")
			p.Snapshot("Q", "c:Q queued connected")
			out.HangsUp()
			leavesQueue(a, q, "queued")
		}},
		{Name: "PlayMessage to a party of a call", Play: func(p *Play) {
			p.message("hello.wav", briefly)
			p.message("long.wav", lasting)
			a, b, out, _ := talk(p)
			p.Plays("c:B", "hello.wav")
			for _, w := range []*Watch{a, b} {
				w.Gets("Play c:B hello.wav", "Stop c:B hello.wav endOfMessageDetected")
			}
			p.Plays("c:A", "long.wav")
			for _, w := range []*Watch{a, b} {
				w.Gets("Play c:A long.wav")
			}
			p.Stops("c:A")
			for _, w := range []*Watch{a, b} {
				w.Gets("Stop c:A long.wav endOfMessageDetected")
			}
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "PlayMessage refused", Play: func(p *Play) {
			a, b, out, _ := ring(p)
			p.Refused("stateIncompatibility/invalidConnectionState", p.plays("c:B", "hello.wav"))
			p.Refused("operation/invalidConnectionID", p.plays("c:C", "hello.wav"))
			p.Refused("operation/invalidCallID", p.plays("nothing:A", "hello.wav"))
			out.HangsUp()
			abandoned(a, b)
		}},
		{Name: "names of messages that must not leave their root", Play: inQueue(hostileMessages)},
	}
}

// hostileFiles would be syntax to a switch, or leave the root of messages.
var hostileFiles = []string{
	"../secret.wav", "ivr/../../secret.wav", "/etc/passwd", "./hello.wav", "ivr//hello.wav", "..", ".", "/",
	"http://127.0.0.1/x.wav", "https://x/y.wav", "shell://ls", "shell_stream://ls", "file_string://a!b", "tone_stream://%(1,1,440)",
	"silence_stream://1000", "local_stream://moh", "phrase:x", "say:x", "{timeout=1}hello.wav", "[x=y]hello.wav",
	"${system(touch /tmp/x)}", "$${hold_music}", "hello.wav@@100", "hello.wav!other.wav", "playback::x", "a|b", "a;b", "a&b",
	"`ls`", "a\\b", "'a'", "\"a\"", "%61.wav", "a%[x]", "hellö.wav", "-hello.wav", "~/x.wav", "a:b.wav",
	strings.Repeat("a", 300), "\u0001",
	// Formats of FreeSWITCH that are no file, as an extension: the first two open
	// themselves until the stack ends.
	"x.file_string", "x.file", "x.FILE_STRING", "x.File", "hello.wav.file", "ivr/x.file_string", ".file", "x.tts", "x.tone_stream",
	"x.silence_stream", "x.local_stream", "x.shell_stream", "x.http", "x.https", "x.http_cache", "x.memcache", "x.shout", "x.shouts",
	"x.av", "x.rtmp", "x.vlc", "x.youtube", "x.mp4", "x.pdf", "x.png", "x.unknown", "x.", "a.b/x", "x.wav/file_string",
	"file://x.wav", "FILE_STRING://a", "av://x", "vlc://x", "tts://x|y|z", "memory://x", "shout://x", "rtmp://x/y",
}

func hostileMessages(p *Play, a, q *Watch, _ *Talk) {
	before, err := p.backend.Legs(p.within())
	p.must(err)
	for _, name := range hostileFiles {
		for what, refused := range map[string]error{
			"played":   p.plays("c:Q", name),
			"recorded": func() error { _, err := p.records("c:Q", name, time.Second); return err }(),
		} {
			switch {
			case refused == nil:
				p.Errorf("%q was %s", name, what)
			case refused.Error() == "refused: operation/invalidFile":
			case name == "\u0001" && refused.Error() == "refused: operation/generic":
				// XML does not allow the character.
			default:
				p.Errorf("%q to be %s: %v", name, what, refused)
			}
		}
	}
	p.Refused("operation/invalidFile", p.plays("c:Q", " , "))
	a.GetsNothing()
	q.GetsNothing()
	after, err := p.backend.Legs(p.within())
	p.must(err)
	if before != after {
		p.Errorf("%d legs were made", after-before)
	}
}

// recording and recorded are what is heard of a recording of the queue's
// connection.
func recording(a, q *Watch, message string) {
	a.play.Helper()
	for _, w := range []*Watch{a, q} {
		w.Gets("Record c:Q " + message)
	}
}

func recorded(a, q *Watch, message string) {
	a.play.Helper()
	for _, w := range []*Watch{a, q} {
		w.Gets("Stop c:Q " + message + " messageDurationExceeded")
	}
}

// speaks is inQueue with a caller that sends sound: a recording without any is
// empty.
func speaks(do func(p *Play, a, q *Watch, out *Talk)) func(*Play) {
	return func(p *Play) {
		p.Phone("A").Behaves(Behaviour{Speaks: true})
		inQueue(do)(p)
	}
}

// lasted checks the length of a recording, where there is a file.
func (p *Play) lasted(file string, least, most time.Duration) {
	p.Helper()
	length, known, err := p.backend.Recorded(file)
	p.must(err)
	if known && (length < least || length > most) {
		p.Errorf("%s has %v of sound, want %v to %v", file, length, least, most)
	}
}

func recordMessages() []Scenario {
	return []Scenario{
		{Name: "RecordMessage for a time", Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			file := p.Records("c:Q", "notes/one.wav", time.Second)
			if file != "notes/one.wav" {
				p.Errorf("the recording is %q", file)
			}
			recording(a, q, "notes/one.wav")
			started := time.Now()
			recorded(a, q, "notes/one.wav")
			if d := time.Since(started); d < 800*time.Millisecond || d > 3*time.Second {
				p.Errorf("the recording of 1 s took %v", d)
			}
			p.lasted(file, 800*time.Millisecond, 1500*time.Millisecond)
		})},
		{Name: "RecordMessage with a name of the switch's", Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			file := p.Records("c:Q", "", 500*time.Millisecond)
			if filepath.Ext(file) != ".wav" {
				p.Errorf("the recording is %q", file)
			}
			recording(a, q, file)
			recorded(a, q, file)
			p.lasted(file, 300*time.Millisecond, time.Second)
		})},
		{Name: "RecordMessage stopped", Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			file := p.Records("c:Q", "notes/two.wav", lasting)
			recording(a, q, "notes/two.wav")
			p.Refused("systemResourceAvailibility/resourceBusy", func() error {
				_, err := p.records("c:Q", "notes/three.wav", lasting)
				return err
			}())
			time.Sleep(500 * time.Millisecond)
			p.Stops("c:Q", probe.Element("resource", file))
			recorded(a, q, "notes/two.wav")
			p.lasted(file, 300*time.Millisecond, 3*time.Second)
			p.Refused("stateIncompatibility/incorrectMsgState", p.stops("c:Q"))
		})},
		{Name: "RecordMessage, the caller hangs up", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{Speaks: true})
			a, q, out := waits(p)
			p.Records("c:Q", "four.wav", lasting)
			recording(a, q, "four.wav")
			out.HangsUp()
			leavesQueue(a, q, "connected")
		}},
		{Name: "RecordMessage and PlayMessage at once", Play: speaks(func(p *Play, a, q *Watch, out *Talk) {
			p.message("long.wav", lasting)
			p.Records("c:Q", "five.wav", lasting)
			recording(a, q, "five.wav")
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			out.Presses("5")
			for _, w := range []*Watch{a, q} {
				w.Gets("DtmfDetected c:Q 5")
			}
			p.Stops("c:Q", probe.Element("messageToBeStopped", "five.wav"))
			recorded(a, q, "five.wav")
			p.Stops("c:Q")
			played(a, q, "long.wav")
		})},
		{Name: "RecordMessage of a party of a call", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{Speaks: true})
			p.Phone("B").Behaves(Behaviour{Speaks: true})
			a, b, out, _ := talk(p)
			file := p.Records("c:B", "talk.wav", time.Second)
			for _, w := range []*Watch{a, b} {
				w.Gets("Record c:B talk.wav", "Stop c:B talk.wav messageDurationExceeded")
			}
			p.lasted(file, 700*time.Millisecond, 1500*time.Millisecond)
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "RecordMessage to a file that can't be written", Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			p.blocked("readonly")
			_, err := p.records("c:Q", "readonly/six.wav", time.Second)
			p.Refused("operation/invalidFile", err)
			a.GetsNothing()
			// It left nothing behind.
			p.Records("c:Q", "six.wav", 500*time.Millisecond)
			recording(a, q, "six.wav")
			recorded(a, q, "six.wav")
		})},
		{Name: "RecordMessage to the name of a message", Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("prompts/welcome.wav", briefly)
			for _, name := range []string{"prompts/welcome.wav", "prompts/welcome", "prompts/welcome.gsm"} {
				_, err := p.records("c:Q", name, time.Second)
				p.Refused("operation/invalidFile", err)
			}
			a.GetsNothing()
			p.lasted("prompts/welcome.wav", briefly, briefly)
			p.Plays("c:Q", "prompts/welcome.wav")
			playing(a, q, "prompts/welcome.wav")
			played(a, q, "prompts/welcome.wav")
		})},
		{Name: "RecordMessage twice to one name, and PlayMessage of it", Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			for range 2 {
				file := p.Records("c:Q", "notes/twice.wav", lasting)
				recording(a, q, file)
				time.Sleep(500 * time.Millisecond)
				p.Stops("c:Q", probe.Element("messageToBeStopped", file))
				recorded(a, q, file)
				p.Plays("c:Q", file)
				playing(a, q, file)
				played(a, q, file)
			}
		})},
		{Name: "RecordMessage of two parties to one name", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{Speaks: true})
			p.Phone("B").Behaves(Behaviour{Speaks: true})
			a, b, out, _ := talk(p)
			p.Records("c:A", "both.wav", lasting)
			for _, w := range []*Watch{a, b} {
				w.Gets("Record c:A both.wav")
			}
			_, err := p.records("c:B", "both.wav", lasting)
			p.Refused("systemResourceAvailibility/resourceBusy", err)
			time.Sleep(500 * time.Millisecond)
			p.Stops("c:A")
			for _, w := range []*Watch{a, b} {
				w.Gets("Stop c:A both.wav messageDurationExceeded")
			}
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "RecordMessage beside directories of sampling rates", RealOnly: noFiles, Play: speaks(func(p *Play, a, q *Watch, _ *Talk) {
			p.message("rated/8000/welcome.wav", briefly)
			for _, name := range []string{"rated/welcome.wav", "rated/8000/welcome.wav", "rated/welcome.mp3"} {
				_, err := p.records("c:Q", name, time.Second)
				p.Refused("operation/invalidFile", err)
			}
			a.GetsNothing()
			p.lasted("rated/8000/welcome.wav", briefly, briefly)
			file := p.Records("c:Q", "rated/note.wav", 500*time.Millisecond)
			recording(a, q, file)
			recorded(a, q, file)
			p.lasted("rated/8000/note.wav", 300*time.Millisecond, time.Second)
			p.Plays("c:Q", file)
			playing(a, q, file)
			played(a, q, file)
		})},
		{Name: "RecordMessage refused", Play: inQueue(func(p *Play, a, _ *Watch, _ *Talk) {
			_, err := p.records("c:B", "x.wav", time.Second)
			p.Refused("operation/invalidConnectionID", err)
			_, err = p.records("nothing:Q", "x.wav", time.Second)
			p.Refused("operation/invalidCallID", err)
			p.Refused("operation/invalidParameterValue", p.Ask("RecordMessage",
				p.connectionElement("callToBeRecorded", "c:Q")+"<resource>x.wav</resource><maxDuration>0</maxDuration>"))
			a.GetsNothing()
		})},
	}
}

// noFiles is why the simulated switch does not play what is about files.
const noFiles = "it has no files"

// blocked makes a name that can't be a directory of recordings: on a switch
// with files, a file stands there.
func (p *Play) blocked(name string) {
	p.Helper()
	real, ok := p.backend.(*Real)
	if !ok {
		return
	}
	file := filepath.Join(real.Switch.Sounds(), name)
	p.must(os.WriteFile(file, nil, 0o600))
	p.Cleanup(func() { _ = os.Remove(file) })
}
