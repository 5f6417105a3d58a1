package engine

import (
	"log/slog"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// loop is what a desk may ask of the loop. A desk serves what needs no call in motion:
// it knows sessions, devices, monitors and what it keeps itself, and neither legs nor
// services under way. What it asks for has nothing to do with calls, so that no
// rebuilding ends it.
type loop interface {
	// respond and refuse answer a request, unless it was answered before or its session
	// has gone.
	respond(r *Request, m ecma.Message)
	refuse(r *Request, e *ecma.Error)
	// asker is the session of a request that waits for its answer; nil: it does not any
	// more.
	asker(r *Request) *session
	// push sends a request of ours to a session that has not gone.
	push(s *session, ed ecma.Edition, m ecma.Message)
	// inquire starts an operation of the switch and tells done what it brought.
	inquire(op switching.Operation, done result)
	// lasting tells who waits when a wait's time has run out.
	lasting(w wait, who waiter)
	// clock is the time of what is being handled.
	clock() time.Time
}

// office is what every desk has at hand.
type office struct {
	loop
	opts  *Options
	model *model.Model
	log   *slog.Logger
	// record keeps the last inputs, and what stood before it changed; nil: nothing does.
	record *recorder
	// counters are what operators see counted.
	counters Counters
	// members are who is in groups of the directory, as far as it was asked for.
	members map[member]membership
}

// canonical is a subscriber's identifier as the model keeps it: without the
// default domain.
func (o *office) canonical(device string) string {
	number, domain, ok := strings.Cut(device, "@")
	if ok && strings.EqualFold(domain, o.opts.DefaultDomain) {
		return number
	}
	return device
}

// deviceID is an identifier from a request as the model keeps it. Types of
// number other than deviceNumber are ways to write a number that one dials.
func (o *office) deviceID(d ecma.DeviceID) ecma.DeviceID {
	if d.Type == ecma.DeviceNumber {
		d.Number = o.canonical(d.Number)
		return d
	}
	return ecma.Subscriber(o.canonical(d.Number))
}

// destination is a device that a request wants called, by the number that one dials
// for it: for a queue the one that it is named after. A network interface has none,
// and stays what it is.
func (o *office) destination(d ecma.DeviceID) ecma.DeviceID {
	to := o.deviceID(d)
	if to.Type == ecma.DeviceNumber {
		if name, queue := strings.CutPrefix(to.Number, ecma.QueuePrefix); queue {
			return ecma.Subscriber(name)
		}
	}
	return to
}

// subscriber asks the switch who a subscriber is and goes on with its own
// identifier (which an alias stands for). A device the switch does not know is
// refused with unknown. Devices that have connections are known without asking.
func (o *office) subscriber(r *Request, d ecma.DeviceID, unknown *ecma.Error, then func(switching.DeviceStatus)) {
	if !switching.ValidDevice(d.Number) {
		o.refuse(r, unknown)
		return
	}
	o.inquire(switching.LookUpDevice{Device: d.Number}, func(out switching.Outcome, err error) {
		switch {
		case o.asker(r) == nil:
			// The calls that it was about were forgotten meanwhile.
		case err != nil:
			o.log.Warn("the switch can't tell about a device", "device", d.Number, "error", err)
			o.refuse(r, switchError(err, unknown))
		case !out.Device.Known && !out.Device.Registered:
			o.refuse(r, unknown)
		default:
			st := out.Device
			st.Device = o.canonical(st.Device)
			if st.Device == "" {
				st.Device = d.Number
			}
			if !o.sees(o.asker(r).grant, ecma.Subscriber(st.Device)) {
				// It was named by an alias.
				o.refuse(r, unknown)
				return
			}
			then(st)
		}
	})
}
