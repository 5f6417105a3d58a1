package engine

import (
	"path"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

const (
	// maxMessages bounds the messages that one PlayMessage plays in turn.
	maxMessages = 16
	// maxRecording bounds a recording without maxDuration, and so the disk
	// space that one request can take.
	maxRecording = 4 * time.Hour
	// defaultFormat is the format of a recording whose name has none; a message
	// without one is looked for with it, too.
	defaultFormat = ".wav"
)

// voice is what plays and records on a leg.
type voice struct {
	playing   *playing
	recording *recording
}

// playing is a Play Message in progress. Its files are played, and reported, one
// after the other.
type playing struct {
	id      string
	files   []string
	conn    ecma.ConnectionID
	begun   bool // the first of files
	pending *pending
}

// has tells whether the message, as a client names it, is among what plays.
func (p *playing) has(message string) bool {
	return slices.Contains(p.files, message) || strings.Join(p.files, " ") == message
}

// recording is a Record Message in progress.
type recording struct {
	file    string
	message string
	conn    ecma.ConnectionID
	begun   bool
	pending *pending
}

// is tells whether the message, as a client names it, is this one: by the name
// that was told, by that which was asked for, or by its file.
func (r *recording) is(message string) bool {
	return message == r.message || message+defaultFormat == r.message || message == r.file
}

// voiceLeg finds the leg for a voice service over a connection.
func (c *core) voiceLeg(r *Request, id ecma.ConnectionID) (*model.Connection, *leg) {
	conn, refusal := c.connection(id, inState(ecma.StateConnected, ecma.StateQueued), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return nil, nil
	}
	l := c.legs[conn.Leg]
	if l == nil || l.Gone() || conn.State() != ecma.StateConnected && conn.State() != ecma.StateQueued {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return nil, nil
	}
	return conn, l
}

// hearsMusic tells whether the party of a connection is on hold. The switch plays
// one thing after the other: a message would wait until the music ends, and be heard
// in the middle of the conversation that goes on then.
func (c *core) hearsMusic(conn *model.Connection) bool {
	if cl := c.calls[conn.Call.ID]; cl != nil && cl.conference != "" {
		// The others go on without the one that holds.
		return false
	}
	for _, other := range conn.Call.Connections {
		if other != conn && other.State() == ecma.StateHold {
			return true
		}
	}
	return false
}

// playMessage is Play Message (ECMA-269 26.1.4). Several names, separated by
// white space or commas, are played in turn.
func (c *core) playMessage(r *Request, m *ecma.PlayMessage) {
	files := strings.FieldsFunc(m.MessageToBePlayed, func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\t' })
	if len(files) == 0 || len(files) > maxMessages {
		c.refuse(r, ecma.ErrInvalidFile)
		return
	}
	for _, f := range files {
		if !switching.ValidFile(f) {
			c.refuse(r, ecma.ErrInvalidFile)
			return
		}
	}
	if m.Duration.Set && m.Duration.Value < 0 {
		c.refuse(r, ecma.ErrInvalidParameterValue)
		return
	}
	conn, l := c.voiceLeg(r, m.OverConnection)
	if l == nil {
		return
	}
	if l.voice.playing != nil {
		c.refuse(r, ecma.ErrResourceBusy)
		return
	}
	if c.hearsMusic(conn) {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	play := &playing{id: c.newUUID(), files: files, conn: conn.ID(), pending: c.pend(r, &ecma.PlayMessageResponse{})}
	l.voice.playing = play
	c.ops.start(switching.Play{
		Leg:         l.ID,
		ID:          play.id,
		Files:       files,
		Limit:       time.Duration(m.Duration.Value) * time.Millisecond,
		StopOnDigit: m.Termination.DTMFDigitDetected == ecma.True,
	}, func(_ switching.Outcome, err error) {
		if err != nil {
			if play.pending.fail(switchError(err, ecma.ErrInvalidConnectionState)) && l.voice.playing == play {
				l.voice.playing = nil
			}
			return
		}
		play.pending.succeed()
	})
}

// recordMessage is Record Message (ECMA-269 26.1.6). maxDuration is in
// milliseconds. Response and events have one name for the message, under which
// it can be played and stopped.
func (c *core) recordMessage(r *Request, m *ecma.RecordMessage) {
	name := strings.TrimSpace(m.Resource)
	if switching.ValidFile(name) && path.Ext(name) == "" {
		// Without it a switch would write two files of a format without a
		// header, one for each direction, and under neither name.
		name += defaultFormat
	}
	limit := time.Duration(m.MaxDuration.Value) * time.Millisecond
	switch {
	case name != "" && !switching.ValidRecording(name):
		c.refuse(r, ecma.ErrInvalidFile)
		return
	case m.MaxDuration.Set && m.MaxDuration.Value <= 0:
		c.refuse(r, ecma.ErrInvalidParameterValue)
		return
	case limit == 0 || limit > maxRecording:
		limit = maxRecording
	}
	conn, l := c.voiceLeg(r, m.CallToBeRecorded)
	if l == nil {
		return
	}
	if l.voice.recording != nil {
		c.refuse(r, ecma.ErrResourceBusy)
		return
	}
	if name == "" {
		name = conn.Call.Name + "-" + c.now.UTC().Format("20060102T150405.000") + defaultFormat
	}
	rec := &recording{message: name, conn: conn.ID(), pending: c.pend(r, &ecma.RecordMessageResponse{ResultingMessage: name})}
	l.voice.recording = rec
	c.ops.start(switching.Record{Leg: l.ID, File: name, Limit: limit}, func(out switching.Outcome, err error) {
		if err != nil {
			if l.voice.recording == rec {
				l.voice.recording = nil
			}
			rec.pending.fail(switchError(err, ecma.ErrInvalidConnectionState))
			return
		}
		rec.file = out.File
		rec.pending.succeed()
	})
}

// stopVoice is Stop (ECMA-269 26.1.11): without a message it ends all that
// plays or records over the connection.
func (c *core) stopVoice(r *Request, m *ecma.Stop) {
	conn, refusal := c.connection(m.Connection, inState(ecma.StateConnected, ecma.StateQueued), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	l := c.legs[conn.Leg]
	if l == nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	meant := func(is func(string) bool) bool {
		for _, name := range [...]string{m.MessageToBeStopped, m.Resource} {
			if name != "" && !is(name) {
				return false
			}
		}
		return true
	}
	var ops []switching.Operation
	if p := l.voice.playing; p != nil && meant(p.has) {
		ops = append(ops, switching.StopPlay{Leg: l.ID})
	}
	if rec := l.voice.recording; rec != nil && rec.file != "" && meant(rec.is) {
		ops = append(ops, switching.StopRecord{Leg: l.ID, File: rec.file})
	}
	if len(ops) == 0 {
		c.refuse(r, ecma.ErrIncorrectMsgState)
		return
	}
	c.respond(r, &ecma.StopResponse{})
	for _, op := range ops {
		c.ops.start(op, func(_ switching.Outcome, err error) {
			if err != nil {
				c.log.Warn("Stop: the switch refused", "leg", l.ID, "error", err)
			}
		})
	}
}

// voiceEvent reports what plays and records (ECMA-269 26.2). Our own requests
// are reported over the connection they named; what the dialplan plays to a
// caller, over the caller's queue or the caller itself.
func (c *core) voiceEvent(l *leg, ev *switching.Event) {
	switch ev.Kind {
	case switching.PlayStarted:
		c.playStarted(l, ev)
	case switching.PlayStopped:
		c.playStopped(l, ev)
	case switching.RecordStarted:
		c.recordStarted(l, ev)
	case switching.RecordStopped:
		c.recordStopped(l, ev)
	}
}

func (c *core) playStarted(l *leg, ev *switching.Event) {
	p := l.voice.playing
	if p == nil || p.id != ev.Data {
		if p != nil || ev.Data != "" || !c.announces(l) {
			return
		}
		p = &playing{files: []string{ev.Name}, conn: voiceConnection(l)}
		l.voice.playing = p
	}
	if p.begun {
		return
	}
	p.begun = true
	if p.pending != nil {
		p.pending.succeed()
	}
	c.model.Tell(l.call.Call, &ecma.PlayEvent{Connection: p.conn, Message: p.files[0]})
}

func (c *core) playStopped(l *leg, ev *switching.Event) {
	p := l.voice.playing
	if p == nil || p.id != ev.Data {
		return
	}
	if p.pending != nil {
		p.pending.succeed()
	}
	message := p.files[0]
	p.files, p.begun = p.files[1:], false
	if ev.Result == switching.Interrupted && len(p.files) > 0 {
		// What ends one of several messages ends all.
		p.files = nil
		c.ops.start(switching.StopPlay{Leg: l.ID}, nil)
	}
	if len(p.files) == 0 {
		l.voice.playing = nil
	}
	if ev.Result != switching.LegEnded {
		c.model.Tell(l.call.Call, &ecma.StopEvent{Connection: p.conn, Message: message, Cause: playEnd(ev.Result)})
	}
}

func (c *core) recordStarted(l *leg, ev *switching.Event) {
	rec := l.voice.recording
	if rec == nil || rec.file != "" && rec.file != ev.Name {
		if rec != nil || !c.announces(l) {
			return
		}
		rec = &recording{message: ev.Name, conn: voiceConnection(l)}
		l.voice.recording = rec
	}
	if rec.begun {
		return
	}
	rec.begun, rec.file = true, ev.Name
	if rec.pending != nil {
		rec.pending.succeed()
	}
	c.model.Tell(l.call.Call, &ecma.RecordEvent{Connection: rec.conn, Message: rec.message})
}

func (c *core) recordStopped(l *leg, ev *switching.Event) {
	rec := l.voice.recording
	if rec == nil || rec.file != ev.Name {
		return
	}
	l.voice.recording = nil
	if ev.Result != switching.LegEnded {
		c.model.Tell(l.call.Call, &ecma.StopEvent{Connection: rec.conn, Message: rec.message, Cause: recordEnd(ev.Result)})
	}
}

// announces tells whether what the dialplan plays on the leg is of interest: a
// caller's that is in a queue or has nobody to talk with.
func (c *core) announces(l *leg) bool {
	return l.queue.conn != nil || l.calling && l.Bridge.Partner == "" && l.conn != nil
}

func voiceConnection(l *leg) ecma.ConnectionID {
	if l.queue.conn != nil {
		return l.queue.conn.ID()
	}
	return l.conn.ID()
}

func playEnd(r switching.Result) ecma.EventCause {
	switch r {
	case switching.NotFound:
		return ecma.CauseResourcesNotAvailable
	case switching.Failed:
		return ecma.CauseBlocked
	}
	return ecma.CauseEndOfMessageDetected
}

func recordEnd(r switching.Result) ecma.EventCause {
	switch r {
	case switching.NotFound:
		return ecma.CauseResourcesNotAvailable
	case switching.Failed:
		return ecma.CauseBlocked
	}
	return ecma.CauseMessageDurationExceeded
}

// voiceEnded answers what still waits when the leg hung up. No Stop event
// follows a hang-up.
func (c *core) voiceEnded(l *leg) {
	if p := l.voice.playing; p != nil && p.pending != nil {
		p.pending.fail(ecma.ErrInvalidConnectionState)
	}
	if rec := l.voice.recording; rec != nil && rec.pending != nil {
		rec.pending.fail(ecma.ErrInvalidConnectionState)
	}
	l.voice = voice{}
}

// voiceMoved: the call leaves the queue over whose connection a message plays:
// that is its end. What is recorded goes on, over the caller's connection.
func (c *core) voiceMoved(l *leg, conn *model.Connection) {
	if p := l.voice.playing; p != nil && p.conn == conn.ID() {
		l.voice.playing = nil
		if p.pending != nil {
			p.pending.succeed()
		}
		if p.begun {
			c.model.Tell(conn.Call, &ecma.StopEvent{Connection: p.conn, Message: p.files[0], Cause: playEnd(switching.Interrupted)})
		}
	}
	if rec := l.voice.recording; rec != nil && rec.conn == conn.ID() && l.conn != nil {
		rec.conn = l.conn.ID()
	}
}

// digitDetected reports a DTMF digit of the leg's endpoint, one event each.
func (c *core) digitDetected(l *leg, digit string) {
	// Glue hands on what was pressed elsewhere, and was told there.
	if l.conn == nil && l.queue.conn == nil || l.Info.Glue || !validDigit(digit) {
		return
	}
	c.model.Tell(l.call.Call, &ecma.DtmfDetectedEvent{OverConnection: voiceConnection(l), DTMFChar: digit})
}

func validDigit(d string) bool {
	return len(d) == 1 && strings.Contains("0123456789*#ABCD", d)
}
