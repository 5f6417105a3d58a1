package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// consultOnPhone has the phone consult by itself. It tells whether that is tried;
// otherwise is run if the phone has done nothing for certain.
func (c *core) consultOnPhone(r *Request, m *ecma.ConsultationCall, l *leg, to ecma.DeviceID, otherwise func()) bool {
	at := l.handset
	if at == nil {
		c.wake(l.device)
		return false
	}
	// With another call at the phone nobody can tell what it would make of this.
	if len(at.legs) != 1 || at.call == nil && at.tells || at.dialing != nil || l.hold.holding != nil || !c.mayAsk(l, telephone.ConsultationCall) {
		return false
	}
	d := &duo{first: l, consults: true}
	p := c.pend(r, nil)
	request := telephone.Request{Service: telephone.ConsultationCall, Number: numberIn(domainOfLeg(l), to)}
	if at.call != nil {
		request.Call = at.call.id
	}
	dialing := &dialing{
		cause:  ecma.CauseConsultation,
		begins: func(second *leg) { c.consults(d, p, m, second) },
		otherwise: func() {
			switch {
			case p.done:
			case d.holds:
				c.consultsNobody(d, p)
			default:
				d.dissolve()
				if c.sessions[r.Session] != nil {
					otherwise()
				}
			}
		},
		fails: func() { c.consultsNobody(d, p) },
	}
	l.duo, d.task = d, &duoTask{service: telephone.ConsultationCall, p: p, lines: lines{duo: d}, dialing: dialing}
	p.yields()
	c.dial(at.handset, request, dialing)
	return true
}

// consults: the phone's second leg is there. It may have gone on without a hold of
// the first, or that is only to be heard of.
func (c *core) consults(d *duo, p *pending, m *ecma.ConsultationCall, second *leg) {
	first := d.first
	if p.done || second.conn == nil || first.conn == nil || first.conn.State() != ecma.StateConnected {
		c.consultsNobody(d, p)
		return
	}
	d.second, second.duo, d.task = second, d, nil
	second.call.cause = ecma.CauseConsultation
	second.call.Attach(m.CorrelatorData, m.UserData)
	p.ok = &ecma.ConsultationCallResponse{InitiatedCall: second.conn.ID()}
	p.succeed()
	c.heldForService(first)
	c.model.Hold(first.conn, ecma.CauseConsultation)
	c.noteDown(first)
	c.await(forPhonesHold, func() bool {
		if first.duo != d || d.holds || d.task != nil || first.conn == nil || first.conn.State() != ecma.StateHold || first.hold.bySwitch {
			return false
		}
		c.log.Debug("the phone consults and does not hold", "device", first.device.Number, "leg", first.ID)
		c.takenUp(first)
		return true
	})
}

// consultsNobody: the phone has not dialled, and it would do harm to do it in its
// place. If it holds, that is told, and undone.
func (c *core) consultsNobody(d *duo, p *pending) {
	first := d.first
	d.dissolve()
	p.fail(ecma.ErrRequestIncompatibleWithConnection)
	if d.holds && !first.Gone() && first.conn != nil && first.conn.State() == ecma.StateConnected {
		c.model.Hold(first.conn, ecma.CauseNormal)
		c.retrieve(first, c.answeredAlready())
	}
}

// staysAlone keeps the consulting device in its second call when the other party
// has gone, or could not be reached. It tells whether it was that.
func (c *core) staysAlone(l *leg, cl *call, cause switching.Cause) bool {
	d := l.duo
	if d == nil || !d.consults || l != d.second || d.task != nil || l.queue.conn != nil ||
		d.first.Gone() || d.first.conn == nil || d.first.conn.State() != ecma.StateHold ||
		l.Answered() && !cl.met || !l.Answered() && !failure(cause) && !cl.reached || cause == switching.CauseOriginatorCancel ||
		(side{call: cl}).far(l) != nil {
		return false
	}
	d.lone = side{cl, l.conn}
	cl.lone = true
	l.conn.Leg = d.first.ID
	d.second, l.duo = nil, nil
	return true
}

// endLone ends the device's part in a call in which it is alone.
func (c *core) endLone(d *duo) {
	cl := d.lone.call
	c.model.Clear(d.lone.conn, ecma.CauseNormalClearing)
	d.lone, cl.lone = side{}, false
	c.endIfEmpty(cl)
	d.dissolve()
}

// leaveLone does so, and takes the first call up again.
func (c *core) leaveLone(d *duo) {
	first := d.first
	c.endLone(d)
	if first.conn != nil && first.conn.State() == ecma.StateHold && first.hold.retrieving == nil {
		c.retrieve(first, c.answeredAlready())
	}
}

// notAloneAnyMore: a phone has another call now.
func (c *core) notAloneAnyMore(h *handset) {
	for _, l := range h.legs {
		if l.duo != nil && l.duo.lone.call != nil {
			c.endLone(l.duo)
		}
	}
}

// backToFirst: the user has taken the first call up.
func (c *core) backToFirst(l *leg) {
	if d := l.duo; l == d.first && d.lone.call != nil {
		c.endLone(d)
	}
}
