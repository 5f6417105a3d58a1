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

// voiceState is how far a message is that is played or recorded.
type voiceState uint8

const (
	voiceOrdered voiceState = iota
	voiceRuns
	voiceOver
)

var playStages = []stage[voiceState]{
	voiceOrdered: {"ordered", "the switch plays the message, or the next one", []voiceState{voiceRuns, voiceOver}},
	voiceRuns:    {"plays", "the end of the message", []voiceState{voiceOrdered, voiceOver}},
	voiceOver:    {name: "over"},
}

var recordStages = []stage[voiceState]{
	voiceOrdered: {"ordered", "the switch records", []voiceState{voiceRuns, voiceOver}},
	voiceRuns:    {"records", "the end of the recording", []voiceState{voiceOver}},
	voiceOver:    {name: "over"},
}

// playing is a Play Message under way, or what the dialplan plays, which nobody has asked
// for. Its files are played, and reported, one after the other. When the leg hangs up, it
// is refused if it is not answered yet, and nothing more is told of it.
type playing struct {
	track[voiceState]
	c       *voices
	l       *leg
	id      string
	files   []string
	conn    ecma.ConnectionID
	pending *pending
}

// voices are what is played and recorded, for services and by the dialplan.
type voices struct{ *switchboard }

func (v *voices) playing(l *leg, conn ecma.ConnectionID, files []string, p *pending) *playing {
	l.voice.playing = &playing{track: tracks(v.office, "Play Message", playStages, voiceOrdered), c: v, l: l, files: files, conn: conn, pending: p}
	return l.voice.playing
}

// has tells whether the message, as a client names it, is among what plays.
func (p *playing) has(message string) bool {
	return slices.Contains(p.files, message) || strings.Join(p.files, " ") == message
}

// recording is a Record Message under way, or what the dialplan records. Like playing.
type recording struct {
	track[voiceState]
	c       *voices
	l       *leg
	file    string
	message string
	conn    ecma.ConnectionID
	pending *pending
}

func (v *voices) recording(l *leg, conn ecma.ConnectionID, message string, p *pending) *recording {
	l.voice.recording = &recording{track: tracks(v.office, "Record Message", recordStages, voiceOrdered), c: v, l: l, message: message, conn: conn, pending: p}
	return l.voice.recording
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
func (v *voices) hearsMusic(conn *model.Connection) bool {
	if cl := v.calls[conn.Call.ID]; cl != nil && cl.conference != "" {
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
func playMessage(c *core, r *Request, m *ecma.PlayMessage) {
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
	if c.voices.hearsMusic(conn) {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	play := c.voices.playing(l, conn.ID(), files, c.pend(r, &ecma.PlayMessageResponse{}))
	play.id = c.newUUID()
	c.ops.start(switching.Play{
		Leg:         l.ID,
		ID:          play.id,
		Files:       files,
		Limit:       time.Duration(m.Duration.Value) * time.Millisecond,
		StopOnDigit: m.Termination.DTMFDigitDetected == ecma.True,
	}, play.accepted)
}

func (p *playing) accepted(_ switching.Outcome, err error) {
	switch {
	case err == nil:
		p.pending.succeed()
	case p.pending.fail(switchError(err, ecma.ErrInvalidConnectionState)) && p.l.voice.playing == p:
		p.over()
	}
}

func (p *playing) over() {
	p.l.voice.playing = nil
	p.goes(voiceOver)
}

// recordMessage is Record Message (ECMA-269 26.1.6). maxDuration is in
// milliseconds. Response and events have one name for the message, under which
// it can be played and stopped.
func recordMessage(c *core, r *Request, m *ecma.RecordMessage) {
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
	rec := c.voices.recording(l, conn.ID(), name, c.pend(r, &ecma.RecordMessageResponse{ResultingMessage: name}))
	c.ops.start(switching.Record{Leg: l.ID, File: name, Limit: limit}, rec.accepted)
}

func (r *recording) accepted(out switching.Outcome, err error) {
	if err != nil {
		if r.l.voice.recording == r {
			r.over()
		}
		r.pending.fail(switchError(err, ecma.ErrInvalidConnectionState))
		return
	}
	r.file = out.File
	r.pending.succeed()
}

func (r *recording) over() {
	r.l.voice.recording = nil
	r.goes(voiceOver)
}

// stopVoice is Stop (ECMA-269 26.1.11): without a message it ends all that
// plays or records over the connection.
func stopVoice(c *core, r *Request, m *ecma.Stop) {
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
	// What the dialplan plays is an application of its own, which the switch does not end
	// for others.
	if p := l.voice.playing; p != nil && p.id != "" && meant(p.has) {
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
		c.ops.start(op, stopping{c, l}.done)
	}
}

// stopping is a Stop that the switch was asked for; it is answered already.
type stopping struct {
	c *core
	l *leg
}

func (s stopping) done(_ switching.Outcome, err error) {
	if err != nil {
		s.c.log.Warn("Stop: the switch refused", "leg", s.l.ID, "error", err)
	}
}

// voiceEvent reports what plays and records (ECMA-269 26.2). Our own requests
// are reported over the connection they named; what the dialplan plays to a
// caller, over the caller's queue or the caller itself.
func (v *voices) voiceEvent(l *leg, ev *switching.Event) {
	p, rec := l.voice.playing, l.voice.recording
	switch ev.Kind {
	case switching.PlayStarted:
		if p == nil && ev.Data == "" && v.announces(l) {
			p = v.playing(l, voiceConnection(l), []string{ev.Name}, nil)
		}
		if p != nil && p.id == ev.Data {
			p.started()
		}
	case switching.PlayStopped:
		if p != nil && p.id == ev.Data {
			p.stopped(ev.Result)
		}
	case switching.RecordStarted:
		if rec == nil && v.announces(l) {
			rec = v.recording(l, voiceConnection(l), ev.Name, nil)
		}
		if rec != nil && (rec.file == "" || rec.file == ev.Name) {
			rec.started(ev.Name)
		}
	case switching.RecordStopped:
		if rec != nil && rec.file == ev.Name {
			rec.stopped(ev.Result)
		}
	}
}

func (p *playing) started() {
	if p.state == voiceRuns {
		return
	}
	p.goes(voiceRuns)
	p.pending.succeed()
	p.c.model.Tell(p.l.call.Call, &ecma.PlayEvent{Connection: p.conn, Message: p.files[0]})
}

func (p *playing) stopped(how switching.Result) {
	p.pending.succeed()
	message := p.files[0]
	p.files = p.files[1:]
	p.goes(voiceOrdered)
	if how == switching.Interrupted && len(p.files) > 0 {
		// What ends one of several messages ends all.
		p.files = nil
		p.c.ops.start(switching.StopPlay{Leg: p.l.ID}, nil)
	}
	if len(p.files) == 0 {
		p.over()
	}
	if how != switching.LegEnded {
		p.c.model.Tell(p.l.call.Call, &ecma.StopEvent{Connection: p.conn, Message: message, Cause: playEnd(how)})
	}
}

func (r *recording) started(file string) {
	if r.state == voiceRuns {
		return
	}
	r.goes(voiceRuns)
	r.file = file
	r.pending.succeed()
	r.c.model.Tell(r.l.call.Call, &ecma.RecordEvent{Connection: r.conn, Message: r.message})
}

func (r *recording) stopped(how switching.Result) {
	r.over()
	if how != switching.LegEnded {
		r.c.model.Tell(r.l.call.Call, &ecma.StopEvent{Connection: r.conn, Message: r.message, Cause: recordEnd(how)})
	}
}

// announces tells whether what the dialplan plays on the leg is of interest: a
// caller's that is in a queue or has nobody to talk with.
func (v *voices) announces(l *leg) bool {
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

// ends answers what still waits when the leg hung up. No Stop event follows a hang-up.
func (v *voice) ends() {
	if v.playing != nil {
		v.playing.pending.fail(ecma.ErrInvalidConnectionState)
	}
	if v.recording != nil {
		v.recording.pending.fail(ecma.ErrInvalidConnectionState)
	}
	*v = voice{}
}

// leaves: the call leaves the queue over whose connection a message plays: that is its
// end. What is recorded goes on, over the caller's connection.
func (v *voice) leaves(queue *model.Connection) {
	if p := v.playing; p != nil && p.conn == queue.ID() {
		runs := p.state == voiceRuns
		p.over()
		p.pending.succeed()
		if runs {
			p.c.model.Tell(queue.Call, &ecma.StopEvent{Connection: p.conn, Message: p.files[0], Cause: playEnd(switching.Interrupted)})
		}
	}
	if rec := v.recording; rec != nil && rec.conn == queue.ID() && rec.l.conn != nil {
		rec.conn = rec.l.conn.ID()
	}
}

// digitDetected reports a DTMF digit of the leg's endpoint, one event each.
func (v *voices) digitDetected(l *leg, digit string) {
	// Glue hands on what was pressed elsewhere, and was told there.
	if l.conn == nil && l.queue.conn == nil || l.Info.Glue || !validDigit(digit) {
		return
	}
	v.model.Tell(l.call.Call, &ecma.DtmfDetectedEvent{OverConnection: voiceConnection(l), DTMFChar: digit})
}

func validDigit(d string) bool {
	return len(d) == 1 && strings.Contains("0123456789*#ABCD", d)
}
