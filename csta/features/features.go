// Package features keeps what subscribers have the switch do with the calls to
// them, do not disturb and forwarding (ECMA-269 22): how a setting changes, and
// the file that outlives the switch.
package features

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// DefaultRing is how long a subscriber rings before a call is forwarded, if
	// nobody said.
	DefaultRing = 20 * time.Second
	// MinRing and MaxRing bound it.
	MinRing = time.Second
	MaxRing = 300 * time.Second
)

// What is wrong with a change.
var (
	// ErrNumber: calls can't be sent there: it is no number, or the subscriber's
	// own.
	ErrNumber = errors.New("calls cannot be forwarded to this number")
	// ErrNoNumber: forwarding is to be switched on, and nobody ever said where to.
	ErrNoNumber = errors.New("forwarding needs a number")
	// ErrRing: the ring time is out of its bounds.
	ErrRing = fmt.Errorf("a ring time is %v to %v", MinRing, MaxRing)
	// ErrFeature: there is no such feature.
	ErrFeature = errors.New("no such feature")
)

// Apply makes a change of the features of a device, known by its number. The
// zero Features come back unchanged with an error. Nothing was changed if the
// result equals was.
func Apply(device string, was switching.Features, change switching.FeatureChange) (switching.Features, error) {
	now := was
	if change.Feature == switching.DoNotDisturb {
		now.DoNotDisturb = change.On
		return now, nil
	}
	f := now.Forwarding(change.Feature)
	if f == nil {
		return was, ErrFeature
	}
	if change.Number != "" {
		// The number is one of the device's own domain.
		user, _, _ := strings.Cut(device, "@")
		if !switching.ValidNumber(change.Number) || change.Number == user {
			return was, ErrNumber
		}
		f.Number = change.Number
	}
	f.On = change.On
	if !f.On && change.Forget {
		*f = switching.Forwarding{}
	}
	if f.On && f.Number == "" {
		return was, ErrNoNumber
	}
	if change.Feature != switching.ForwardNoAnswer || f.Number == "" {
		return now, nil
	}
	ring := change.Ring
	switch {
	case change.Counted && f.Ring != 0 && ring == time.Duration(switching.Rings(f.Ring))*switching.RingTime:
		// A phone says what it was told, in rings, of a time in seconds.
		ring = f.Ring
	case ring != 0:
	case f.Ring != 0:
		ring = f.Ring
	default:
		ring = DefaultRing
	}
	if ring < MinRing || ring > MaxRing {
		return was, ErrRing
	}
	f.Ring = ring.Round(time.Second)
	return now, nil
}

// valid tells whether features could have come about by Apply.
func valid(device string, f switching.Features) bool {
	for _, name := range switching.Forwardings {
		g := f.Forwarding(name)
		if g.Number == "" {
			if g.On || g.Ring != 0 {
				return false
			}
			continue
		}
		timed := name == switching.ForwardNoAnswer
		if !switching.ValidNumber(g.Number) || g.Number == device || timed != (g.Ring != 0) ||
			timed && (g.Ring < MinRing || g.Ring > MaxRing) {
			return false
		}
	}
	return true
}
