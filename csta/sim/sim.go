// Package sim is a switch made of memory: phones, queues, network interfaces
// and messages that last as long as they should, behind the port of
// csta/switching. It gives the events that FreeSWITCH gives for the same
// actions, in the same order, so that everything above the port can be built,
// tried and tested without one.
//
// Two ways lead in: Switch.Perform, as to any switch, and the phones
// (Switch.Phone, Switch.Network), which are scripted (Behaviour) or moved by
// hand.
package sim

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
)

// Switch is the simulated switch. All methods may be called from any goroutine.
// Whatever one call or one moment brings about is told to the sink in one
// batch, before the call returns.
type Switch struct {
	mu sync.Mutex
	o  Options

	sink  switching.Sink
	batch []switching.Event
	seq   uint64
	// toDrop events are still to be lost, dropped ones were (DropEvents).
	toDrop  int
	dropped uint64

	agenda  agenda
	armedAt time.Time
	disarm  func()

	legs    map[string]*leg
	born    uint64
	graves  []*leg
	phones  map[string]*Phone
	network map[string]*Phone
	stopped bool
	// recorded are the lengths of recordings, by name.
	recorded map[string]time.Duration
	// features are what the dialplan knows of subscribers' features.
	features map[string]switching.Features
	// own are the queues of its own, by name.
	own map[string]*ownQueue
}

// New makes a switch in which all phones are registered and on hook. It tells
// nothing until it has a sink (Attach).
func New(o Options) *Switch {
	s := &Switch{
		o:       o.withDefaults(),
		legs:    make(map[string]*leg),
		phones:  make(map[string]*Phone),
		network: make(map[string]*Phone),

		recorded: make(map[string]time.Duration),
		features: make(map[string]switching.Features),
		own:      make(map[string]*ownQueue),
	}
	for i, name := range s.o.Phones {
		name = s.o.canonical(name)
		s.phones[name] = &Phone{s: s, number: name, registered: true, contact: contactOf(i)}
	}
	return s
}

// Attach gives the events from now on to sink, which must not call the switch
// back from within Events. Events of the past are not repeated: see
// switching.ListLegs. nil detaches.
func (s *Switch) Attach(sink switching.Sink) {
	s.mu.Lock()
	defer s.leave()
	s.sink = sink
}

// Stop ends all calls as a switch does that shuts down. Afterwards every
// operation fails and no phone can call.
func (s *Switch) Stop() {
	s.mu.Lock()
	defer s.leave()
	if s.stopped {
		return
	}
	s.emit(switching.Event{Kind: switching.SwitchStopping})
	s.stopped = true
	for _, l := range s.legsByAge() {
		s.hangUp(l, switching.CauseSystemShutdown)
	}
}

// DropEvents loses the next n events, as a backend does whose buffer is full,
// and then tells of the loss.
func (s *Switch) DropEvents(n int) {
	s.mu.Lock()
	defer s.leave()
	s.toDrop += n
}

// Phone is the subscriber of that name or alias; nil if there is none.
func (s *Switch) Phone(number string) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscriber(number)
}

// Phones are the subscribers, sorted by name.
func (s *Switch) Phones() []*Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.phones), func(a, b *Phone) int { return strings.Compare(a.number, b.number) })
}

// Network is the party of that number outside, behind the network interfaces.
// It exists as soon as it is spoken of.
func (s *Switch) Network(number string) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outsider(number)
}

func (s *Switch) subscriber(number string) *Phone {
	number = s.o.canonical(number)
	if p := s.phones[number]; p != nil {
		return p
	}
	return s.phones[s.o.canonical(s.o.Aliases[number])]
}

func (s *Switch) outsider(number string) *Phone {
	p := s.network[number]
	if p == nil {
		p = &Phone{s: s, number: number, external: true, registered: true, behaviour: s.o.NetworkBehaviour}
		s.network[number] = p
	}
	return p
}

// leave ends what began with s.mu.Lock: it does what is due by now, sets the alarm for what
// is due next and tells the sink, which may move the clock when it has heard.
func (s *Switch) leave() {
	s.bury()
	for {
		t := s.agenda.due(s.o.Clock.Now())
		if t == nil {
			break
		}
		t.run()
		s.bury()
	}
	s.arm()
	s.flush()
	s.mu.Unlock()
}

// after does f, under the lock, d from now; with d = 0 as the next thing.
func (s *Switch) after(d time.Duration, f func()) *task {
	return s.agenda.add(s.o.Clock.Now().Add(d), f)
}

func (s *Switch) arm() {
	next := s.agenda.first()
	if next == nil {
		return
	}
	if s.disarm != nil {
		if !next.at.Before(s.armedAt) {
			return
		}
		s.disarm()
	}
	s.armedAt = next.at
	s.disarm = s.o.Clock.AfterFunc(next.at.Sub(s.o.Clock.Now()), s.alarm)
}

func (s *Switch) alarm() {
	s.mu.Lock()
	defer s.leave()
	s.disarm = nil
}

func (s *Switch) emit(e switching.Event) {
	if s.toDrop > 0 {
		s.seq++
		s.toDrop--
		s.dropped++
		return
	}
	if s.dropped > 0 {
		lost := s.dropped
		s.dropped = 0
		s.emit(switching.Event{Kind: switching.EventsLost, Count: lost})
	}
	s.seq++
	e.Seq = s.seq
	e.At = s.o.Clock.Now().UnixNano()
	s.batch = append(s.batch, e)
}

// maxBatch bounds the memory that the batch keeps between two uses.
const maxBatch = 1024

func (s *Switch) flush() {
	if len(s.batch) == 0 {
		return
	}
	if s.sink != nil {
		s.sink.Events(s.batch)
	}
	clear(s.batch)
	s.batch = s.batch[:0]
	if cap(s.batch) > maxBatch {
		s.batch = nil
	}
}

// randomUUID is a UUID of version 4 (RFC 9562, 5.4).
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
