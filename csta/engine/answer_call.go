package engine

import (
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// answerCall is an Answer Call that waits for the phone.
type answerCall struct {
	conn     *model.Connection
	requests []*Request
	timer    *timer
	// ask has the switch answer the leg; it waits for a phone to ring, since
	// one that does not ring yet has nothing to answer.
	ask func()
}

// answerCall is Answer Call (ECMA-269 17.1.3). Whether a phone lets itself be
// answered shows only when it does, so the response waits for that: this
// service is acknowledged when done (atomic), with an error if the phone does
// not react in time.
func (c *core) answerCall(r *Request, m *ecma.AnswerCall) {
	conn, refusal := c.connection(m.CallToBeAnswered, inState(ecma.StateAlerting, ecma.StateQueued, ecma.StateInitiated), ecma.ErrNoCallToAnswer)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	l := c.answerable(conn)
	if l == nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	if l.answering != nil {
		l.answering.requests = append(l.answering.requests, r)
		c.yields(r)
		return
	}
	pending := &answerCall{conn: conn, requests: []*Request{r}}
	l.answering = pending
	askPhone := l.Info.Direction == switching.Outbound
	guard := func(w wait, within time.Duration) {
		pending.timer = c.awaitFor(w, within, outOfTime(func() {
			c.answerDone(l, pending, ecma.ErrRequestIncompatibleWithDevice)
		}))
	}
	guard(forAnswer, c.opts.AnswerTimeout)
	if askPhone {
		c.yields(r)
	}
	bySwitch := func() {
		c.ops.start(switching.Answer{Leg: l.ID, AskPhone: askPhone}, func(_ switching.Outcome, err error) {
			if err != nil {
				c.answerDone(l, pending, switchError(err, ecma.ErrInvalidConnectionState))
			}
		})
	}
	pending.ask = func() {
		instead := func(why error) {
			if why == nil || mayHaveDone(why) {
				guard(forSecondAnswer, min(c.opts.AnswerTimeout, waits[forSecondAnswer].atMost))
			} else {
				guard(forAnswer, c.opts.AnswerTimeout)
			}
			bySwitch()
		}
		if askPhone && c.onPhone(l, telephone.AnswerCall, instead) {
			c.cancel(pending.timer)
			return
		}
		bySwitch()
	}
	if l.Rings() || !askPhone {
		c.answerNow(l)
	}
}

// answerNow performs the answering that waited for the phone to ring.
func (c *core) answerNow(l *leg) {
	if l.answering != nil && l.answering.ask != nil {
		ask := l.answering.ask
		l.answering.ask = nil
		ask()
	}
}

// answerable finds the leg that answering the connection would answer; nil if
// its state does not allow it.
func (c *core) answerable(conn *model.Connection) *leg {
	l := c.legs[conn.Leg]
	if l == nil || l.Answered() || l.Gone() {
		return nil
	}
	switch conn.State() {
	case ecma.StateAlerting, ecma.StateQueued:
		return l
	case ecma.StateInitiated:
		// A device that is being prompted; one that dials by itself has
		// nothing to answer.
		if l.order.making != nil {
			return l
		}
	}
	return nil
}

// answerProved completes the service before the event that proves it.
func (c *core) answerProved(l *leg) {
	if l.handset != nil && l.Info.Direction == switching.Outbound {
		c.notAloneAnyMore(l.handset.handset)
	}
	c.shown(l, telephone.AnswerCall)
	if l.answering != nil {
		c.answerDone(l, l.answering, nil)
	}
}

// answerRefused: the leg ended instead of being answered.
func (c *core) answerRefused(l *leg) {
	if l.answering != nil {
		c.answerDone(l, l.answering, ecma.ErrInvalidConnectionState)
	}
}

func (c *core) answerDone(l *leg, pending *answerCall, refusal *ecma.Error) {
	if l.answering != pending {
		return
	}
	l.answering = nil
	c.cancel(pending.timer)
	for _, r := range pending.requests {
		if refusal != nil {
			c.refuse(r, refusal)
			continue
		}
		if m := r.Message.(*ecma.AnswerCall); pending.conn.State() != ecma.StateNull {
			pending.conn.Call.Attach(m.CorrelatorData, m.UserData)
		}
		c.respond(r, &ecma.AnswerCallResponse{})
	}
}
