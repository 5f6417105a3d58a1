package uacsta

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/icholy/digest"

	"mod_csta_socket/csta/ecma"
)

// SIP statuses (RFC 3261 21).
const (
	statusOK                          = 200
	statusUnauthorized                = 401
	statusForbidden                   = 403
	statusProxyAuthenticationRequired = 407
	statusUnsupportedMedia            = 415
	statusIntervalTooBrief            = 423
	statusSessionIntervalTooSmall     = 422
	statusUnavailable                 = 480
	statusNoDialogue                  = 481
	statusBusyHere                    = 486
	statusNotAcceptable               = 488
	statusBadEvent                    = 489
	statusRequestPending              = 491
	statusServerError                 = 500
	statusServiceUnavailable          = 503
	statusBusyEverywhere              = 600
)

// response takes what the phone answered to the request under way. Answers to
// anything else (a BYE, a request given up) mean nothing any more.
func (s *session) response(now time.Time, r Response) {
	if r.Tx == 0 {
		// It did not get our ACK and repeats its 200.
		if s.up && r.CallID == s.callID && r.CSeq == s.inviteCSeq {
			s.acknowledge()
		}
		return
	}
	if r.Tx != s.flight.request.Tx || s.flight.purpose == forNothing {
		return
	}
	if r.Status >= 100 && r.Status < 200 {
		s.provisional(now, r)
		return
	}
	if (r.Status == statusUnauthorized || r.Status == statusProxyAuthenticationRequired) && s.flight.purpose != forProbe && s.authorize(now, r) {
		return
	}
	f := s.flight
	s.flight = flight{}
	switch f.purpose {
	case forProbe:
		s.probed(now, r)
	case forInvite:
		s.invited(now, f, r)
	case forRefresh:
		s.refreshed(now, r)
	case forStop:
		s.bye()
		s.set(Idle, s.why)
	default:
		s.informed(now, f, r)
	}
	s.next(now)
}

// provisional: ringing in answer to an opening INVITE means that the phone
// takes it for a call.
func (s *session) provisional(now time.Time, r Response) {
	if s.flight.purpose != forInvite {
		return
	}
	rings := r.Status > 100 && !s.flight.rang
	if rings {
		s.flight.rang = true
		s.flight.ask.deadline = now
		s.why = fmt.Sprintf("rang (%d)", r.Status)
	}
	if rings || r.Status == 100 && s.state == Closing {
		cancel := s.flight.request
		cancel.Method, cancel.Headers, cancel.Body, cancel.Timeout = methodCancel, nil, nil, answerTime
		s.do(doSend{cancel})
	}
}

// authorize answers a challenge, once per request. The new request has the next
// CSeq (RFC 3261 22.2).
func (s *session) authorize(now time.Time, r Response) bool {
	f := s.flight
	if f.challenged {
		return false
	}
	if s.line.Password == "" || r.Challenge == "" {
		return false
	}
	if realm, _ := digest.ParseChallenge(r.Challenge); realm != nil &&
		(strings.EqualFold(realm.Realm, s.line.Domain) || strings.EqualFold(realm.Realm, s.line.Realm) || s.switchRealm(realm.Realm)) {
		// It would be good for the switch, which this phone need not be.
		s.do(doWarn{fmt.Sprintf("uaCSTA: the phone of %s asks for a password in the switch's name (realm %q); it gets none", s.line.Device, realm.Realm)})
		return false
	}
	if err := s.credentials.accept(r.Status, r.Challenge, s.line.User, s.line.Password); err != nil {
		s.do(doWarn{fmt.Sprintf("uaCSTA: the phone of %s wants to be answered in a way that is not known: %v", s.line.Device, err)})
		return false
	}
	again := f.request
	again.Tx = s.number()
	s.cseq++
	again.CSeq = s.cseq
	switch {
	case again.Method == methodInvite:
		s.inviteCSeq = s.cseq
	case f.purpose == forAsk:
		// Who asks next must not wait for longer because of the challenge.
		again.Timeout = min(answerTime, max(f.ask.deadline.Sub(now), time.Millisecond))
	}
	again.Headers = nil
	for _, h := range f.request.Headers {
		if h.Name != s.credentials.header {
			again.Headers = append(again.Headers, h)
		}
	}
	s.flight = flight{}
	s.begin(f.purpose, again)
	s.flight.ask, s.flight.tells, s.flight.challenged = f.ask, f.tells, true
	return true
}

// probed takes the answer to OPTIONS. Only silence and "busy" count: a phone
// that does not know OPTIONS, or refuses it, may still take the session, and
// the operator says that this one does.
func (s *session) probed(now time.Time, r Response) {
	s.accepts = strings.Contains(strings.ToLower(r.Accept), ContentCSTA)
	switch r.Status {
	case 0:
		s.silent(now, r.Reason)
	case statusUnavailable, statusBusyHere, statusServiceUnavailable, statusBusyEverywhere:
		s.fail(now, s.pauseFor(r), fmt.Sprintf("busy (%d to OPTIONS)", r.Status))
	default:
		s.silences = 0
		s.set(Opening, "")
		s.invite(forInvite)
	}
}

// silent: no answer at all. After a few tries only the phone's next REGISTER
// gives hope.
func (s *session) silent(now time.Time, reason string) {
	s.silences++
	why := "the phone does not answer"
	if reason != "" {
		why += " (" + reason + ")"
	}
	if s.silences >= silentTries {
		s.fail(now, 0, why)
		return
	}
	s.fail(now, retryPause*time.Duration(s.silences), why)
}

// invited takes the final answer to the opening INVITE.
func (s *session) invited(now time.Time, f flight, r Response) {
	accepted := r.Status >= 200 && r.Status < 300
	if accepted {
		s.learn(r)
		s.acknowledge()
	}
	sdp := accepted && carriesSDP(r.ContentType, r.Body)
	switch {
	case f.rang || sdp:
		why := s.why
		if sdp {
			why = "answered as if it were a call"
		}
		s.rang(why)
	case s.state == Closing:
		s.bye()
		s.set(Idle, s.why)
	case accepted:
		s.accepted(now, r)
	case r.Status == 0:
		s.silent(now, r.Reason)
	default:
		s.refused(now, r)
	}
}

// learn takes the dialogue's other half from a positive answer.
func (s *session) learn(r Response) {
	if !s.up {
		s.remoteTag, s.up = r.ToTag, true
		if len(r.Routes) > 0 {
			s.routes = r.Routes
		}
	}
	if usableURI(r.Contact) {
		s.target = r.Contact
	}
}

// accepted: there is a dialogue; now the phone has to prove that it speaks CSTA.
func (s *session) accepted(now time.Time, r Response) {
	s.timer(now, r.SessionExpires, false)
	if len(r.Body) == 0 {
		s.set(Proving, "")
		s.begin(forProof, s.csta(methodInfo, &ecma.RequestSystemStatus{}))
		return
	}
	m, _, err := ecma.DecodeVerbatim(r.Body)
	s.proved(now, m, err)
}

// proved takes the answer to the RequestSystemStatus of the opening.
func (s *session) proved(now time.Time, m ecma.Message, err error) {
	switch status, ok := m.(*ecma.RequestSystemStatusResponse); {
	case err != nil:
		s.fail(now, 0, "accepted the session, but does not speak CSTA: "+err.Error())
	case !ok:
		s.fail(now, 0, "accepted the session, but answers with "+m.Element())
	case status.Status != ecma.StatusNormal && status.Status != ecma.StatusEnabled:
		s.fail(now, s.pause(), "its CSTA service is "+string(status.Status))
	default:
		s.startMonitor()
	}
}

// startMonitor asks for the phone's events, under the first of its names.
func (s *session) startMonitor() {
	s.set(Starting, "")
	s.begin(forMonitor, s.csta(methodInfo, &ecma.MonitorStart{Object: ecma.MonitorObject{Device: s.self()}}))
}

// opened: the phone takes requests. why says what is missing.
func (s *session) opened(now time.Time, why string) {
	s.openedAt, s.silences = now, 0
	s.set(Open, why)
	early := s.early
	s.early = nil
	s.report(early)
}

// refused takes a negative answer to the opening INVITE.
func (s *session) refused(now time.Time, r Response) {
	why := fmt.Sprintf("%d %s", r.Status, r.Reason)
	switch r.Status {
	case statusUnsupportedMedia, statusNotAcceptable, 606, 405, 501:
		s.fail(now, 0, "no uaCSTA in the phone, or not switched on ("+why+")")
	case 400, statusForbidden:
		s.fail(now, 0, "the phone does not trust us ("+why+"): see its settings for the requests it accepts")
	case statusUnauthorized, statusProxyAuthenticationRequired:
		if s.line.Password == "" {
			s.fail(now, 0, "the phone asks for a password ("+why+"), and it has no uacsta-password, or nobody authenticated for it")
		} else {
			s.fail(now, 0, "the phone does not accept uacsta-password ("+why+")")
		}
	case 404, 410:
		s.fail(now, 0, "the phone does not know its own contact ("+why+")")
	case statusSessionIntervalTooSmall:
		least := seconds(r.MinSE)
		if least <= s.expires || least > mostExpires {
			s.fail(now, 0, "no agreement about the session timer ("+why+" "+r.MinSE+")")
			return
		}
		s.expires = least
		s.newDialogue()
		s.set(Opening, "")
		s.invite(forInvite)
	case statusNoDialogue:
		s.fail(now, s.pause(), "it was restarting ("+why+")")
	default:
		s.fail(now, s.pauseFor(r), "the phone does not want it now ("+why+")")
	}
}

// pauseFor is the pause that the phone asks for, or ours.
func (s *session) pauseFor(r Response) time.Duration {
	ours := s.pause()
	if r.RetryAfter > 0 {
		return min(max(r.RetryAfter, time.Second), longestPause)
	}
	return ours
}

// timer reads Session-Expires of an answer to us (theirs: of a request of the
// phone, answered by us) and sets who refreshes the session when. Without one
// the phone is asked now and then whether it is still there.
func (s *session) timer(now time.Time, value string, theirs bool) {
	s.refreshAt, s.expiresAt, s.checkAt = time.Time{}, time.Time{}, time.Time{}
	expires := seconds(value)
	if expires == 0 {
		s.checkAt = now.Add(checkInterval)
		return
	}
	expires = min(max(expires, leastExpires), mostExpires)
	// uac and uas are the sides of this very request.
	ours := strings.Contains(strings.ToLower(value), "refresher=uas") == theirs
	if ours {
		s.refreshAt = now.Add(expires / 2)
	}
	// RFC 4028 10: the one who waits gives up a little before the end.
	s.expiresAt = now.Add(expires - min(32*time.Second, expires/3))
}

// seconds reads a delta-seconds with parameters behind it; 0 = none.
func seconds(value string) time.Duration {
	digits, _, _ := strings.Cut(value, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// refreshed takes the answer to a refreshing INVITE.
func (s *session) refreshed(now time.Time, r Response) {
	switch {
	case r.Status >= 200 && r.Status < 300:
		s.learn(r)
		s.acknowledge()
		s.timer(now, r.SessionExpires, false)
	case r.Status == statusRequestPending:
		s.refreshAt = now.Add(glarePause)
	case r.Status == statusSessionIntervalTooSmall && seconds(r.MinSE) > s.expires && seconds(r.MinSE) <= mostExpires:
		s.expires = seconds(r.MinSE)
		s.refreshAt = now
	case r.Status == 0 || r.Status == statusNoDialogue || r.Status == 408:
		s.lost(now, fmt.Sprintf("the refresh failed (%d)", r.Status))
	default:
		// The session stands until its time is over (RFC 4028 7.4).
		s.refreshAt = now.Add(firstPause)
	}
}
