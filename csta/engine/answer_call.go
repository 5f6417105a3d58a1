package engine

import (
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// answerState is how far an Answer Call is.
type answerState uint8

const (
	answerUnheard answerState = iota
	answerAsked
	answerOrdered
	answerOver
)

var answerStages = []stage[answerState]{
	answerUnheard: {"to ring", "the phone rings", []answerState{answerAsked, answerOrdered, answerOver}},
	answerAsked:   {"asked", "the phone answers, or does not", []answerState{answerOrdered, answerOver}},
	answerOrdered: {"ordered", "the switch has the phone answer", []answerState{answerOver}},
	answerOver:    {name: "over"},
}

// answerService is an Answer Call that waits for the phone: first that it rings, since
// one that does not ring yet has nothing to answer. A leg that ends meanwhile has it
// refused (answerRefused).
type answerService struct {
	course[answerState]
	l        *leg
	conn     *model.Connection
	requests []*Request
	timer    *timer
}

// answerCall is Answer Call (ECMA-269 17.1.3). Whether a phone lets itself be
// answered shows only when it does, so the response waits for that: this
// service is acknowledged when done (atomic), with an error if the phone does
// not react in time.
func answerCall(c *core, r *Request, m *ecma.AnswerCall) {
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
	a := &answerService{course: begins(c, "Answer Call", answerStages, answerUnheard), l: l, conn: conn, requests: []*Request{r}}
	l.answering = a
	a.guard(forAnswer, c.opts.AnswerTimeout)
	if a.asksPhone() {
		c.yields(r)
	}
	if l.Rings() || !a.asksPhone() {
		l.answerNow()
	}
}

// asksPhone tells whether a phone is to answer, and not the switch itself.
func (a *answerService) asksPhone() bool { return a.l.Info.Direction == switching.Outbound }

func (a *answerService) guard(w wait, within time.Duration) { a.timer = a.c.expectFor(w, within, a) }

func (a *answerService) late(wait) bool {
	a.over(ecma.ErrRequestIncompatibleWithDevice)
	return true
}

// ask has the leg answered.
func (a *answerService) ask() {
	if a.asksPhone() && a.c.handsets.onPhone(a.l, telephone.AnswerCall, a) {
		a.goes(answerAsked)
		a.c.cancel(a.timer)
		return
	}
	a.bySwitch()
}

func (a *answerService) notByPhone(_ telephone.Service, why error) {
	if a.state != answerAsked {
		// Another phone of the device has answered.
		return
	}
	if why == nil || mayHaveDone(why) {
		a.guard(forSecondAnswer, min(a.c.opts.AnswerTimeout, waits[forSecondAnswer].atMost))
	} else {
		a.guard(forAnswer, a.c.opts.AnswerTimeout)
	}
	a.bySwitch()
}

func (a *answerService) bySwitch() {
	a.goes(answerOrdered)
	a.c.ops.start(switching.Answer{Leg: a.l.ID, AskPhone: a.asksPhone()}, a.ordered)
}

func (a *answerService) ordered(_ switching.Outcome, err error) {
	if err != nil {
		a.over(switchError(err, ecma.ErrInvalidConnectionState))
	}
}

// answerNow performs the answering that waited for the phone to ring.
func (l *leg) answerNow() {
	if a := l.answering; a != nil && a.state == answerUnheard {
		a.ask()
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

// answerRefused: the leg ended instead of being answered.
func (l *leg) answerRefused() {
	if l.answering != nil {
		l.answering.over(ecma.ErrInvalidConnectionState)
	}
}

// over answers all who asked.
func (a *answerService) over(refusal *ecma.Error) {
	if a.l.answering != a {
		return
	}
	a.l.answering = nil
	a.goes(answerOver)
	a.c.cancel(a.timer)
	for _, r := range a.requests {
		if refusal != nil {
			a.c.refuse(r, refusal)
			continue
		}
		if m := r.Message.(*ecma.AnswerCall); a.conn.State() != ecma.StateNull {
			a.conn.Call.Attach(m.CorrelatorData, m.UserData)
		}
		a.c.respond(r, &ecma.AnswerCallResponse{})
	}
}
