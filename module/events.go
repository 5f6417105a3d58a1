package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// stopReader bounds the wait for the reader's goroutine, which never blocks but
// in the ring.
const stopReader = 2 * time.Second

// eventReader carries the switch's events from the ring to the engine.
type eventReader struct {
	ring    *bridge.Reader
	legs    *translate.Translator
	sink    switching.Sink
	special func(*translate.Record)
	log     *slog.Logger

	lost  uint64
	batch []switching.Event
	done  chan struct{}
}

func startEvents(legs *translate.Translator, sink switching.Sink, special func(*translate.Record), log *slog.Logger) (*eventReader, error) {
	ring, err := bridge.NewReader()
	if err != nil {
		return nil, err
	}
	r := &eventReader{ring: ring, legs: legs, sink: sink, special: special, log: log, done: make(chan struct{})}
	go r.run()
	return r, nil
}

// stop ends the reader and waits for it.
func (r *eventReader) stop() error {
	if err := r.ring.Close(); err != nil {
		return fmt.Errorf("close the event ring: %w", err)
	}
	select {
	case <-r.done:
		return nil
	case <-time.After(stopReader):
		return errors.New("the reader of the event ring does not end")
	}
}

// run reads until stop. A panic costs the batch: the engine compares with the
// switch then.
func (r *eventReader) run() {
	defer close(r.done)
	for !r.closed() {
		r.sink.Events([]switching.Event{{Kind: switching.EventsLost, At: time.Now().UnixNano(), Count: 1}})
	}
}

// closed reads until the ring is closed, or false after a panic.
func (r *eventReader) closed() (closed bool) {
	defer caught(r.log, "event reader", func() { closed = false })
	for {
		records, lost, err := r.ring.Next()
		if errors.Is(err, os.ErrClosed) {
			return true
		}
		if err != nil {
			r.log.Error("the switch's events cannot be read any more", "error", err)
			return true
		}
		r.forward(records, lost)
		// The ring's reader lingers in C for what may follow. On a switch with
		// few cores Go has only one to itself: the engine and the sessions'
		// writers come first.
		runtime.Gosched()
	}
}

// forward translates one batch of records.
func (r *eventReader) forward(records []byte, lost uint64) {
	r.batch = r.batch[:0]
	err := translate.Each(records, func(record *translate.Record) {
		r.batch = r.legs.Translate(record, r.batch)
		r.special(record)
	})
	if err != nil {
		r.log.Error("the bridge wrote a broken record; the rest of its batch is lost", "error", err)
		r.batch = append(r.batch, switching.Event{Kind: switching.EventsLost, At: time.Now().UnixNano(), Count: 1})
	}
	if lost != r.lost {
		r.batch = append(r.batch, switching.Event{Kind: switching.EventsLost, At: time.Now().UnixNano(), Count: lost - r.lost})
		r.lost = lost
	}
	if len(r.batch) > 0 {
		r.sink.Events(r.batch)
	}
}
