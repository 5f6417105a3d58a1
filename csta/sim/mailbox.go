package sim

import (
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// mailboxPause is how long the dialplan waits with a caller before it calls the
	// mailbox.
	mailboxPause = 100 * time.Millisecond
	// mailboxTime is how long the mailbox listens.
	mailboxTime = 2 * time.Second
)

// mailbox is what FreeSWITCH's own dialplan does for a caller who reached nobody:
// answer, sleep, bridge loopback/app=voicemail:….
func (s *Switch) mailbox(l *leg) {
	s.answers(l)
	l.pause = s.after(mailboxPause, func() {
		l.pause = nil
		s.callMailbox(l)
	})
}

// endPause: the leg has something else to do.
func (s *Switch) endPause(l *leg) {
	if l.pause != nil {
		s.agenda.remove(l.pause)
		l.pause = nil
	}
}

// callMailbox joins a leg with the near half of a pair of glue legs whose far half runs
// the mailbox: that one's thread is faster than the news of its birth.
func (s *Switch) callMailbox(l *leg) {
	info := switching.LegInfo{Originator: l.id}
	info.Caller, info.CallerName = s.callerID(l)
	near, far := s.newGlue("", info)
	s.tellCreated(near)
	for _, kind := range []switching.Kind{switching.LegEarlyMedia, switching.LegAnswered} {
		s.tell(kind, far)
	}
	s.tellCreated(far)
	s.tell(switching.LegAnswered, near)
	near.answered, far.answered = true, true
	s.join(l, near)
	far.scripted(s.after(mailboxTime, func() { s.hangUp(far, switching.CauseNormalClearing) }))
}
