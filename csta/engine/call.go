package engine

import (
	"cmp"
	"slices"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// call is what the engine knows of a call beside the model.
type call struct {
	*model.Call
	legs []*leg
	// reached is set once the far end, or the failure to reach it, was
	// reported, so that the end of the calling leg need not report it.
	reached bool
	// initiated is the called device that the response to Make Predictive Call
	// named.
	initiated ecma.DeviceID
	// failedAt is who was reported to have failed without having rung.
	failedAt ecma.DeviceID
	// cause is that of the next Delivered and Established: newCall, or what
	// brought the call to where it goes now.
	cause ecma.EventCause
	// born is the number of the call, counted from the engine's start.
	born uint64
	// destination is where a diversion sent the call; absent: the number
	// originally called.
	destination ecma.DeviceID
	// conference is the room its legs are in, if any.
	conference string
	// met is set once its calling party talked to somebody.
	met bool
	// leaving are the two who are left of a conference, on their way out of the room.
	leaving *lastTwo
	// lone: a consulting device is alone in it, without a leg.
	lone bool
	// givenUp is set when a service ended it for the party that called.
	givenUp bool
	// tenant is the domain whose call it is where no leg tells: that of who made it, or of
	// whom an outside caller came to. "": the default one.
	tenant string
}

// goal is the device that the call is on its way to.
func (cl *call) goal() ecma.DeviceID {
	if cl.destination.IsZero() {
		return cl.Called
	}
	return cl.destination
}

// whereabouts is the number that brings another party where the call of a leg is now,
// dialled for its device: the one first dialled, unless the call was sent on since.
func (cl *call) whereabouts(l *leg, dialled string) string {
	return cmp.Or(numberIn(domainOfLeg(l), cl.goal()), dialled)
}

// calledBy makes the caller that a leg shows the calling party.
func (cl *call) calledBy(info *switching.LegInfo) {
	cl.Calling, cl.Withheld = dialled(info.Caller, ""), info.Withheld
}

// forget takes a connection that has ended off the legs behind it: what becomes of
// them is not told.
func (cl *call) forget(conn *model.Connection) {
	for _, l := range cl.legs {
		if l.conn == conn {
			l.conn, l.left = nil, true
		}
	}
}

// meet notes that the parties of a call are on their way to a conference room.
func (cl *call) meet(room string, now time.Time) {
	cl.conference = room
	for _, l := range cl.legs {
		l.Changed = now
	}
}

// holdsIn tells whether a device holds the call.
func holdsIn(cl *call) bool {
	return slices.ContainsFunc(cl.Connections, func(conn *model.Connection) bool { return conn.State() == ecma.StateHold })
}

// pickedIn is the leg that was picked off in a call.
func pickedIn(cl *call) *leg {
	for _, l := range cl.legs {
		if l.taken.off && l.conn != nil {
			return l
		}
	}
	return nil
}

// side is one of the two calls and the device's connection in it.
type side struct {
	call *call
	conn *model.Connection
}

// far is the other party's leg of a side; nil if it has gone.
func (s side) far(own *leg) *leg {
	for _, l := range s.call.legs {
		if l != own && !l.Gone() && !l.Info.Glue && !l.left {
			return l
		}
	}
	return nil
}

// causeOfOrigin is the cause of Originated.
func causeOfOrigin(cl *call) ecma.EventCause {
	if cl.cause == ecma.CauseConsultation {
		return ecma.CauseConsultation
	}
	return ecma.CauseNewCall
}
