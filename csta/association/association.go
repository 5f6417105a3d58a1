package association

// A client that is connected has kept what its host has not acknowledged, and the last of
// what it has: it may know better (Resumption.Last), since who acknowledges may be somebody
// between. That is as much as there is room for, between these.
const (
	leastRecent = 64 << 10
	mostRecent  = 1 << 20
)

// Bounds are those of what is kept for a client that is connected.
type Bounds struct {
	// Acknowledged is how much of the connection's stream its host has acknowledged.
	Acknowledged uint64
	// Recent bounds what is kept of that, Most all that is kept.
	Recent, Most int
}

// Association is one client's. The zero value is Bare. Its owner keeps others from calling
// its methods at the same time.
type Association struct {
	state State
	id    string
	// last is the number of the last message, received that of the last one that the
	// client's host has acknowledged, as far as was asked.
	last, received uint64
	journal        journal
	// look is how many bytes are kept when it is asked again what the host has
	// acknowledged.
	look int
}

// State is what it is in, ID the name of its application session; "" if it has none.
func (a *Association) State() State { return a.state }
func (a *Association) ID() string   { return a.id }

// Last is the number of the last message.
func (a *Association) Last() uint64 { return a.last }

// Kept is how many bytes are kept for the client.
func (a *Association) Kept() int { return a.journal.bytes }

// Start begins an application session.
func (a *Association) Start(id string) {
	a.state.Step(Attached)
	a.id = id
}

// Stop ends the application session; the connection stays.
func (a *Association) Stop() {
	a.state.Step(Bare)
	a.forget()
}

func (a *Association) forget() {
	a.id, a.journal, a.look = "", journal{}, 0
}

// Next gives the next message its number.
func (a *Association) Next() uint64 {
	a.last++
	return a.last
}

// Retract takes back the number of a message that is not sent.
func (a *Association) Retract() { a.last-- }

// Keep keeps the message that got its number last. end is where it ends in the stream of
// the connection.
func (a *Association) Keep(request bool, body []byte, end uint64) {
	a.journal.add(Message{a.last, end, request, body})
}

// Trim keeps what is kept for a client that is connected within bounds, which are asked for
// once in a while.
func (a *Association) Trim(bounds func() Bounds) {
	if a.journal.bytes <= max(leastRecent, a.look) {
		return
	}
	b := bounds()
	a.received = a.journal.upTo(b.Acknowledged, a.received)
	for a.journal.bytes > b.Recent && a.journal.messages[0].Number <= a.received || a.journal.bytes > b.Most {
		a.journal.drop()
	}
	a.look = a.journal.bytes + leastRecent
}

// Part is that the connection has gone. acknowledged is how much of its stream the client's
// host has acknowledged: the rest never came, as far as can be told.
func (a *Association) Part(acknowledged uint64) {
	a.state.Step(Waiting)
	a.received = a.journal.upTo(acknowledged, a.received)
}

// Lose gives up what is kept.
func (a *Association) Lose() {
	a.state.Step(Lost)
	a.journal = journal{}
}

// End is that there is nothing any more. A second time it does nothing.
func (a *Association) End() {
	if a.state == Ended {
		return
	}
	a.state.Step(Ended)
	a.forget()
}

// Resumption is what a client says when it comes back.
type Resumption struct {
	// Last is the number of the last message that it has; known is false if it does not
	// count them, and those that its host has acknowledged are taken for it.
	Last  uint64
	Known bool
}

// Complete tells whether all that a client has missed is kept.
func (a *Association) Complete(r Resumption) bool {
	_, whole := a.missed(r)
	return whole
}

// Missed is how many messages a client has missed; 0 if not all of them are kept.
func (a *Association) Missed(r Resumption) int {
	first, whole := a.missed(r)
	if !whole {
		return 0
	}
	return len(a.journal.messages) - first
}

func (a *Association) missed(r Resumption) (first int, whole bool) {
	if a.state == Lost {
		return 0, false
	}
	if !r.Known {
		r.Last = a.received
	}
	return a.journal.after(r.Last, a.last)
}

// Resume is that the client is back: send queues each message that it has missed on its
// new connection, and tells where it ends in the stream of that.
func (a *Association) Resume(r Resumption, send func(Message) (end uint64)) {
	first, _ := a.missed(r)
	a.state.Step(Attached)
	// Nothing of this stream is acknowledged yet.
	for i := range a.journal.messages {
		m := &a.journal.messages[i]
		m.End = 0
		if i >= first {
			m.End = send(*m)
		}
	}
	a.received, a.look = a.last-uint64(len(a.journal.messages)-first), a.journal.bytes+leastRecent
}
