//go:build linux

package main

import (
	"sync"
)

// fact is one thing that both clients are told of a call.
type fact struct {
	what what
	// call is the UUID of the calling party's leg, which is the callID.
	call string
}

type what uint8

const (
	begun what = iota
	delivered
	established
	callerGone
	calleeGone
)

var factNames = [...]string{"call begins", "other party rings", "other party answers", "caller's leg ends", "called leg ends"}

// arrivals notes when a client was first told of each fact.
type arrivals struct {
	mu   sync.Mutex
	seen map[fact]int64
	// callOf are the calls of the legs, as the switch's events tell them: later
	// events may show another Channel-Call-UUID. Only the reader uses it.
	callOf map[string]string
}

func newArrivals() *arrivals { return &arrivals{seen: map[fact]int64{}, callOf: map[string]string{}} }

func (a *arrivals) note(f fact, at int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, again := a.seen[f]; !again {
		a.seen[f] = at
	}
}

func (a *arrivals) take() map[fact]int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = map[fact]int64{}
	return seen
}

// onDocument reads what a CSTA event tells. Callers have even numbers, called
// parties odd ones.
func (a *arrivals) onDocument(at int64, doc []byte) {
	f := fact{call: between(doc, "<callID")}
	device := between(doc, "<deviceID")
	called := device != "" && device[len(device)-1]%2 == 1
	switch rootOf(doc) {
	case "ServiceInitiatedEvent":
		f.what = begun
	case "DeliveredEvent":
		f.what = delivered
	case "EstablishedEvent":
		f.what = established
	case "ConnectionClearedEvent":
		f.what = callerGone
		if called {
			f.what = calleeGone
		}
	default:
		return
	}
	if (f.what == delivered || f.what == established) && !called {
		// The switch rang the caller's own phone first.
		return
	}
	a.note(f, at)
}

// onEvent reads what an event of the switch tells.
func (a *arrivals) onEvent(at int64, text []byte) {
	f := fact{}
	switch string(header(text, "Event-Name")) {
	case "CHANNEL_CREATE":
		f.what = begun
	case "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA":
		f.what = delivered
	case "CHANNEL_ANSWER":
		f.what = established
	case "CHANNEL_HANGUP":
		f.what = callerGone
	default:
		return
	}
	leg := string(header(text, "Unique-ID"))
	if f.what == begun {
		a.callOf[leg] = string(header(text, "Channel-Call-UUID"))
	}
	f.call = a.callOf[leg]
	calls := f.call == leg
	switch f.what {
	case callerGone:
		delete(a.callOf, leg)
		if !calls {
			f.what = calleeGone
		}
	case begun:
		if !calls {
			return
		}
	default:
		if calls {
			return
		}
	}
	a.note(f, at)
}
