package main

import (
	"log/slog"
	"time"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/bridge_c/ring"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// events is the source of the engine's loop: the ring's records, translated.
type events struct {
	ring    *ring.Reader
	legs    *translate.Translator
	special func(*translate.Record)
	log     *slog.Logger
	lost    uint64
}

func newEvents(legs *translate.Translator, special func(*translate.Record), log *slog.Logger) (*events, error) {
	reader, err := bridge.NewReader()
	if err != nil {
		return nil, err
	}
	return &events{ring: reader, legs: legs, special: special, log: log}, nil
}

// Take implements engine.Source. A panic costs the records that were taken: the engine
// compares with the switch then.
func (e *events) Take(batch []switching.Event) (taken []switching.Event) {
	records, lost := e.ring.Take()
	taken = batch
	defer caught(e.log, "events of the switch", func() { taken = append(batch, missed(1)) })
	err := translate.Each(records, func(record *translate.Record) {
		taken = e.legs.Translate(record, taken)
		e.special(record)
	})
	if err != nil {
		e.log.Error("the bridge wrote a broken record; the rest of its batch is lost", "error", err)
		taken = append(taken, missed(1))
	}
	if lost > e.lost {
		taken = append(taken, missed(lost-e.lost))
		e.lost = lost
	}
	return taken
}

func missed(n uint64) switching.Event {
	return switching.Event{Kind: switching.EventsLost, At: time.Now().UnixNano(), Count: n}
}

// Wait implements engine.Source.
func (e *events) Wait(until time.Time) { e.ring.Wait(until) }

// Interrupt implements engine.Source.
func (e *events) Interrupt() { e.ring.Interrupt() }
