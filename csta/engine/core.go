package engine

import (
	"log/slog"
	"runtime/debug"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/model"
)

// core is the engine without goroutines: a list of inputs gives a list of
// outputs.
type core struct {
	*office
	*audience
	*requests
	*clockwork
	*switchboard
	asks *questions
	// dumps is told when something went wrong; nil: nobody is.
	dump     func(Trouble)
	measured measures
	// starting is set until the first list of legs came, or failed: requests
	// that come before wait, so that nobody is told of calls that exist already
	// as of new ones.
	starting bool
	early    []*Request
	// The desks.
	snapshots    *snapshots
	capabilities *capabilities
	features     *featureBook
	roster       *roster
	permissions  *permissions
	// The rules for what the switch and phones tell, each kind on those above it; rules
	// hands the facts to them.
	handsets   *handsets
	trunks     *trunks
	queues     *queues
	holds      *holds
	strays     *strays
	forwards   *forwards
	pickups    *pickups
	progress   *progress
	joins      *joins
	voices     *voices
	endings    *endings
	arrivals   *arrivals
	rules      *rules
	comparison *comparison
}

// session is what the core keeps of a session.
type session struct {
	Session
	// number tells how many were opened up to it.
	number   uint64
	monitors map[string]*model.Monitor
	dirty    bool
	// timed is the Session if it measures, since what it will be told.
	timed Timed
	since int64
	order order
	// serves are the services that it answers itself (Serving).
	serves []string
	// originates counts the session's that have a worker or wait for one, unless it is one
	// of an application's (usage).
	originates int
	// grant is what it may do; nil: everything.
	grant *applications.Grant
	// streams are the lists on their way to it.
	streams []*stream
	// parted: its client has lost its connection, and may come back.
	parted bool
	// gone is set once it is closed.
	gone bool
}

func newCore(opts Options, ops operations, log *slog.Logger) *core {
	c := &core{
		office:    &office{opts: &opts, log: log, members: map[member]membership{}},
		asks:      &questions{},
		clockwork: &clockwork{now: time.Now()},
	}
	c.audience = newAudience(c.office)
	c.requests = newRequests(c.office, c.audience, c.serve)
	c.office.loop, c.model = c, model.New(c.audience)
	if opts.CallNumbers {
		c.model.Calls.Number()
	}
	registrations := newRegistrations(c.office)
	c.switchboard = newSwitchboard(c.office, registrations, &monitoring{c.office, registrations})
	c.ops.by = ops
	c.handsets = &handsets{switchboard: c.switchboard, clockwork: c.clockwork, asks: c.asks}
	c.features = newFeatureBook(c.office, c.handsets)
	c.handsets.features = c.features
	c.roster = newRoster(c.office, c.registrations)
	c.applyRules()
	c.permissions = &permissions{c.office, c.audience, c.requests, c.monitoring, c, c.roster}
	c.audience.unseen, c.audience.subscribes = c.permissions.unseen, c.registrations.subscribes
	c.snapshots = &snapshots{c.office}
	c.capabilities = &capabilities{c.office}
	return c
}

// applyRules makes the rules for what the switch tells, each kind on those above it.
func (c *core) applyRules() {
	c.rules = newRules(c.switchboard, c.clockwork)
	c.trunks = &trunks{c.switchboard, c.roster}
	c.queues = &queues{switchboard: c.switchboard, clockwork: c.clockwork, roster: c.roster}
	c.holds = &holds{c.switchboard, c.rules.settler, c.handsets, c}
	c.strays = &strays{c.switchboard, c.clockwork}
	c.forwards = &forwards{c.switchboard}
	c.pickups = &pickups{c.switchboard, c.clockwork, c.handsets, c.queues}
	c.progress = &progress{c.switchboard, c.handsets, c.trunks, c.queues, c.forwards}
	c.joins = &joins{c.switchboard, c.clockwork, c.handsets, c.queues, c.holds, c.strays, c.pickups}
	c.queues.transfers = c.joins
	c.voices = &voices{c.switchboard}
	c.endings = &endings{c.switchboard, c.rules, c.rules.settler, c.handsets, c.trunks, c.queues, c.holds, c.forwards, c.pickups, c.joins, c}
	c.comparison = &comparison{switchboard: c.switchboard, clockwork: c.clockwork, rules: c.rules, settler: c.rules.settler, strays: c.strays, restores: c}
	c.arrivals = &arrivals{c.switchboard, c.rules, c.rules.settler, c.roster, c.handsets, c.forwards, c.endings, c.comparison}
	c.comparison.arrivals = c.arrivals
	rs := c.rules
	rs.features, rs.trunks, rs.queues, rs.holds, rs.forwards, rs.progress = c.features, c.trunks, c.queues, c.holds, c.forwards, c.progress
	rs.joins, rs.voices, rs.endings, rs.arrivals, rs.comparison, rs.keys = c.joins, c.voices, c.endings, c.arrivals, c.comparison, c
}

// guard tells whether there was no panic.
func (c *core) guard(f func()) (whole bool) {
	defer func() {
		if r := recover(); r != nil {
			whole = false
			c.log.Error("engine: panic", "panic", r, "stack", string(debug.Stack()))
			c.counters.Panics++
			c.rebuild()
		}
	}()
	f()
	return true
}

func (c *core) closeSession(s Session) {
	known := c.sessions[s]
	if known == nil {
		return
	}
	c.forgetSession(known, s)
	c.forgetRequests(s)
	c.monitoring.endAll(known)
}

// tellChangedDevices tells sessions that the list of devices is another one, if it is.
// It is done with the audits, so that whoever asks again does so once a minute.
func (c *core) tellChangedDevices() {
	if !c.roster.changed {
		return
	}
	c.roster.changed = false
	for _, s := range c.sessions {
		if rostered, wants := s.Session.(Rostered); wants {
			rostered.DevicesChanged()
			c.touch(s)
		}
	}
}
