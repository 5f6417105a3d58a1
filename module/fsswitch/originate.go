package fsswitch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// orderVariable names the Originate that a leg comes of, to who reads the leg's
	// events (translate.VarMark).
	orderVariable = "csta_mark"
	// defaultRinging bounds the ringing of an Originate without a Timeout: the
	// switch's own default.
	defaultRinging = 60 * time.Second
	// cancelAgain is how often a cancelled Originate is looked for: it may be
	// on its way to the switch when its context ends.
	cancelAgain = 20 * time.Millisecond
)

func (s *Switch) originate(ctx context.Context, o switching.Originate) (switching.Outcome, error) {
	call, err := s.call(o)
	if err != nil {
		return switching.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return switching.Outcome{Cause: switching.CauseOriginatorCancel}, fmt.Errorf("call %s: %w", call.Dial, err)
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { s.cancel(o.Leg, done) })
	cause, err := s.calls.Originate(call)
	stop()
	close(done)
	if err == nil {
		return switching.Outcome{}, nil
	}
	out := switching.Outcome{Cause: switching.Cause(cause)}
	if ended := ctx.Err(); ended != nil {
		out.Cause = switching.CauseOriginatorCancel
		err = errors.Join(ended, err)
	}
	return out, fmt.Errorf("call %s, cause %q: %w", call.Dial, cause, err)
}

// cancel lets the Originate of that leg return.
func (s *Switch) cancel(leg string, done <-chan struct{}) {
	again := time.NewTicker(cancelAgain)
	defer again.Stop()
	for {
		err := s.calls.Cancel(leg)
		if errors.Is(err, ErrStopped) {
			return
		}
		select {
		case <-done:
			return
		case <-again.C:
		}
	}
}

// mixCodecs is what has a leg that is called for another one offer its own codecs
// beside the other one's.
const mixCodecs = "media_mix_inbound_outbound_codecs"

// offersAll adds to the operator's variables for glue what has the legs that its far
// half calls offer what they can. The far half has them from the near one and hands
// them on; its own codec is L16, which FreeSWITCH would offer alone, and which no
// phone and no provider takes.
func offersAll(given []Variable) []Variable {
	has := func(name string) bool {
		return slices.ContainsFunc(given, func(v Variable) bool { return v.Name == name })
	}
	if has(mixCodecs) || has("export_vars") {
		return given
	}
	return append([]Variable{{mixCodecs, "true"}, {"export_vars", mixCodecs}}, given...)
}

// call plans an Originate for the bridge.
func (s *Switch) call(o switching.Originate) (Originate, error) {
	if !validWord(o.Leg, maxUUID) {
		return Originate{}, address("leg", o.Leg)
	}
	if o.Then != "" && !switching.ValidNumber(o.Then) {
		return Originate{}, address("number", o.Then)
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultRinging
	}
	_, loopback := s.dialplan()
	var in dialling
	if o.Then != "" || o.Number != "" {
		var err error
		if in, err = s.dialsIn(o.For, ""); err != nil {
			return Originate{}, err
		}
	}
	call := Originate{
		Leg:        o.Leg,
		CallerName: shown(o.CallerName),
		Timeout:    o.Timeout,
		Then:       o.Then,
		Context:    in.context,
		AutoAnswer: o.AutoAnswer,
	}
	if switching.ValidDevice(o.CallerNumber) {
		call.CallerNumber = o.CallerNumber
	}
	switch {
	case o.Device != "" && o.URI == "" && o.Number == "":
		if !switching.ValidDevice(o.Device) {
			return Originate{}, address("device", o.Device)
		}
		user, domain := s.opts.Domains.Split(o.Device)
		call.Several = true
		call.Variables = []Variable{{orderVariable, o.Leg}}
		call.Dial = "user/" + user + "@" + domain
		if domain == "" {
			call.Dial = "user/" + user
		}
	case o.URI != "" && o.Device == "" && o.Number == "":
		dial, ok := trunkDial(o.URI)
		if !ok {
			return Originate{}, address("URI", o.URI)
		}
		call.Dial = dial
	case o.Number != "" && o.Device == "" && o.URI == "":
		if !switching.ValidNumber(o.Number) {
			return Originate{}, address("number", o.Number)
		}
		call.Dial = "loopback/" + o.Number + "/" + in.context
		// What the leg shows when it calls on: the switch would take the name
		// of the dialplan context.
		call.Variables = append([]Variable{
			{"origination_callee_id_number", o.Number}, {"origination_callee_id_name", o.Number},
		}, offersAll(loopback)...)
	default:
		return Originate{}, fmt.Errorf("originate names %q, %q and %q, of which one is wanted: %w",
			o.Device, o.URI, o.Number, switching.ErrInvalidAddress)
	}
	call.Variables = append(call.Variables, in.variables()...)
	return call, nil
}
