package conformance

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/ecma"
)

// Survival are the stories of clients that lose their connections and come back.
func Survival() []Scenario {
	return []Scenario{
		{Name: "a client is cut off a hundred times", Play: cutOff},
		{Name: "another application does not get the session", Play: sessionOfAnother},
	}
}

// cuts is how often it is cut off.
const cuts = 100

// lasting opens an application session that outlives its connection.
func (p *Play) lasting(addr string, o client.SessionOptions) *client.Session {
	p.Helper()
	s, err := client.OpenSession(p.within(), addr, o)
	p.must(err)
	p.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

// journal is what a session hears.
type journal struct {
	mu      sync.Mutex
	heard   []string
	resumed atomic.Int64
}

func (j *journal) listen(s *client.Session) {
	for e := range s.Events() {
		text := probe.Shared(e.Raw)
		if e.Resumption != nil {
			j.resumed.Add(1)
			if e.Resumption.Complete {
				continue
			}
			text = "events were lost"
		}
		j.mu.Lock()
		j.heard = append(j.heard, text)
		j.mu.Unlock()
	}
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.heard...)
}

// cutOff compares what a client hears that is cut off again and again, whether the server
// is told or not, with what one hears that never is.
func cutOff(p *Play) {
	way, err := probe.NewCutter(p.backend.Address())
	p.must(err)
	p.Cleanup(way.Close)
	a, b := p.Phone("A"), p.Phone("B")
	var steady, cut journal
	for _, one := range []struct {
		at string
		j  *journal
	}{{p.backend.Address(), &steady}, {way.Address(), &cut}} {
		s := p.lasting(one.at, client.SessionOptions{})
		for _, role := range []string{"A", "B"} {
			_, err := s.MonitorStart(p.within(), ecma.Subscriber(p.number(role)), ecma.MonitorFilter{})
			p.must(err)
		}
		go one.j.listen(s)
	}
	stop, cutting := make(chan struct{}), sync.WaitGroup{}
	var done atomic.Int64
	cutting.Go(func() {
		for i := range cuts {
			before := cut.resumed.Load()
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(rand.IntN(100)) * time.Millisecond): // #nosec G404 -- any moment
			}
			way.Cut(i%3 != 0)
			for waited := time.Duration(0); cut.resumed.Load() == before && waited < patience; waited += time.Millisecond {
				time.Sleep(time.Millisecond)
			}
			done.Add(1)
		}
	})
	for done.Load() < cuts {
		out := a.Dials("B")
		in := b.Rings()
		in.Answers()
		out.Connected()
		out.HangsUp()
		in.Ended()
		// The way is narrow.
		time.Sleep(50 * time.Millisecond)
	}
	close(stop)
	cutting.Wait()
	p.eventually(func() bool { return len(cut.all()) >= len(steady.all()) }, func() string { return "events are missing" })
	want, got := steady.all(), cut.all()
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			p.Fatalf("event %d was\n%s\nand not\n%s", i, got[i], want[i])
		}
	}
	if len(want) != len(got) || len(want) == 0 {
		p.Fatalf("%d events instead of %d", len(got), len(want))
	}
}

// sessionOfAnother: who knows the ID of a session gets it only if it is his.
func sessionOfAnother(p *Play) {
	p.admits(application("mine", "devices", p.number("A")), application("other", "devices", "*"))
	way, err := probe.NewCutter(p.backend.Address())
	p.must(err)
	p.Cleanup(way.Close)
	mine := p.lasting(way.Address(), client.SessionOptions{Login: client.Login{User: "mine", Password: "minemine"}})
	_, err = mine.MonitorStart(p.within(), ecma.Subscriber(p.number("A")), ecma.MonitorFilter{})
	p.must(err)
	id := mine.ID()
	way.Leads("127.0.0.1:1")
	way.Cut(true)
	thief := p.lasting(p.backend.Address(), client.SessionOptions{Login: client.Login{User: "other", Password: "otherother"}})
	_, err = thief.Request(p.within(), &ecma.TransferMonitorObjects{FromSessionID: id, ToSessionID: thief.ID()})
	if err == nil {
		p.Fatalf("monitors of another application were taken over")
	}
	way.Leads(p.backend.Address())
	ctx := p.within()
	has, err := mine.GetMonitors(ctx)
	for errors.Is(err, client.ErrInterrupted) {
		// It notices only now that it was cut off.
		has, err = mine.GetMonitors(ctx)
	}
	p.must(err)
	if len(has.Monitors) != 1 || mine.ID() != id {
		p.Fatalf("the session has not come back: %v", has.Monitors)
	}
	p.admitsAll()
}
