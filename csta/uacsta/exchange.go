package uacsta

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
)

// informed takes the answer to a request that carried CSTA.
func (s *session) informed(now time.Time, f flight, r Response) {
	switch {
	case r.Status == 0:
		s.flight = f
		s.noResponse(now)
	case s.line.Mode != NotifyMode && (r.Status == statusNoDialogue || r.Status == 408):
		s.result(now, f, nil, ErrLost)
		s.lost(now, fmt.Sprintf("the phone does not know the session any more (%d)", r.Status))
	case r.Status >= 300:
		s.result(now, f, nil, &StatusError{r.Status})
	case len(r.Body) == 0 && f.tells:
		s.result(now, f, nil, nil)
	case len(r.Body) == 0 && f.response != nil:
		s.result(now, f, f.response, nil)
	case len(r.Body) == 0 && s.line.Mode != NotifyMode:
		// The response may come in an INFO of its own.
		s.flight = f
		s.flight.separate = true
		s.deadline = now.Add(answerTime)
		if f.purpose == forAsk {
			s.deadline = f.ask.deadline
		}
	case len(r.Body) == 0:
		s.result(now, f, nil, ErrMeaningless)
	default:
		m, _, err := ecma.DecodeVerbatim(r.Body)
		s.result(now, f, m, err)
	}
}

// noResponse: the phone did not answer the request under way in time.
func (s *session) noResponse(now time.Time) {
	f := s.flight
	s.flight = flight{}
	s.result(now, f, nil, ErrSilent)
	s.next(now)
}

// result is the end of a request that carried CSTA.
func (s *session) result(now time.Time, f flight, m ecma.Message, err error) {
	var refusal *ecma.Error
	if e, ok := m.(*ecma.Error); ok {
		refusal, m, err = e, nil, e
	}
	switch f.purpose {
	case forProof:
		switch {
		case errors.Is(err, ErrSilent):
			s.fail(now, 0, "accepted the session, but does not speak CSTA")
		default:
			s.proved(now, m, err)
		}
	case forMonitor:
		s.monitored(now, m, err)
	case forCheck:
		if errors.Is(err, ErrSilent) {
			s.lost(now, "the phone does not answer any more")
			return
		}
		s.checkAt = time.Time{}
		if s.expiresAt.IsZero() {
			s.checkAt = now.Add(checkInterval)
		}
	case forAsk:
		if f.tells {
			m = nil
		} else if err == nil && m.Element() != responseTo(f.request.Body) {
			m, err = nil, fmt.Errorf("%w: %s", ErrMeaningless, "an unexpected response")
		}
		if refusal != nil && refusal.Is(ecma.ErrServiceNotSupported) {
			s.lacks(requestIn(f.request.Body))
		}
		s.do(doAnswer{Ask: f.ask.number, Message: m, Err: err})
		switch {
		case err == nil || refusal != nil:
			s.silences = 0
		case s.line.Mode == NotifyMode:
			s.notifyFailed(now, err)
		case errors.Is(err, ErrSilent):
			s.checkAt = now
		}
	}
}

// notifyFailed: for a phone without session a failed request is the only sign
// that it takes none.
func (s *session) notifyFailed(now time.Time, err error) {
	var status *StatusError
	switch {
	case errors.As(err, &status) && (status.Status == statusNoDialogue || status.Status == statusBadEvent || status.Status == statusUnsupportedMedia ||
		status.Status == 405 || status.Status == 501):
		s.fail(now, 0, fmt.Sprintf("the phone takes no uaCSTA by NOTIFY (%d)", status.Status))
	case errors.Is(err, ErrMeaningless):
		s.fail(now, 0, "the phone ignores uaCSTA by NOTIFY")
	case errors.Is(err, ErrSilent):
		// Once is bad luck.
		if s.silences++; s.silences >= silentTries {
			s.fail(now, 0, "the phone does not answer")
		}
	}
}

// monitored takes the answer to MonitorStart.
func (s *session) monitored(now time.Time, m ecma.Message, err error) {
	response, ok := m.(*ecma.MonitorStartResponse)
	var refusal *ecma.Error
	switch {
	case ok:
		s.monitor = response.MonitorCrossRefID
		var ours []ecma.Event
		for _, e := range s.early {
			if ecma.CrossRefOf(e) == s.monitor {
				ours = append(ours, e)
			} else {
				s.do(doCount{strayEvent})
			}
		}
		s.early = ours
		s.opened(now, "")
	case errors.As(err, &refusal) && len(s.names) > 1:
		// Perhaps it wants to be called otherwise.
		s.names = s.names[1:]
		s.startMonitor()
	case errors.As(err, &refusal):
		s.names = []string{"sip:" + s.line.User + "@" + s.line.Domain}
		s.opened(now, "without events: "+refusal.Error())
	case errors.Is(err, ErrSilent), errors.Is(err, ErrLost):
		s.lost(now, "no answer to MonitorStart")
	default:
		s.opened(now, fmt.Sprintf("without events: %v", err))
	}
}

func (s *session) lacks(service string) {
	if s.lacking == nil {
		s.lacking = map[string]bool{}
	}
	s.lacking[service] = true
}

// requestIn is the root element of a document of ours.
func requestIn(doc []byte) string {
	text := string(doc)
	if _, rest, found := strings.Cut(text, "?>"); found {
		text = rest
	}
	text = strings.TrimPrefix(text, "<")
	if end := strings.IndexAny(text, " />"); end >= 0 {
		text = text[:end]
	}
	return text
}

func responseTo(doc []byte) string { return requestIn(doc) + "Response" }

// incoming takes a request of the phone's. number is what the reply goes to.
func (s *session) incoming(now time.Time, number uint64, in Incoming) {
	reply := func(status int, headers ...Header) { s.do(doReply{number, Reply{Status: status, Headers: headers}}) }
	if !s.up || in.CallID != s.callID || in.ToTag != s.localTag || in.FromTag != s.remoteTag || in.Source.Addr().Unmap() != s.line.Destination.Addr().Unmap() {
		s.do(doCount{forged})
		reply(statusNoDialogue)
		return
	}
	if !s.order.fresh(in.CSeq) {
		s.do(doCount{repeated})
		reply(statusOK)
		return
	}
	switch in.Method {
	case methodBye:
		reply(statusOK)
		s.up = false // There is nothing to say good-bye to.
		if s.state == Closing {
			s.drop(s.why)
			return
		}
		s.lost(now, "the phone ended the session")
	case methodInvite, methodUpdate:
		s.refreshedByPhone(now, number, in)
	case methodInfo:
		s.informedByPhone(now, number, in)
	case methodOptions:
		s.report(s.order.add(now, in.CSeq, nil))
		reply(statusOK, Header{"Allow", allowed}, Header{"Accept", ContentCSTA})
	default:
		s.report(s.order.add(now, in.CSeq, nil))
		reply(405, Header{"Allow", allowed})
	}
}

// refreshedByPhone: the phone refreshes the session.
func (s *session) refreshedByPhone(now time.Time, number uint64, in Incoming) {
	s.report(s.order.add(now, in.CSeq, nil))
	if in.Method == methodInvite && (s.flight.purpose == forRefresh || s.flight.purpose == forInvite) {
		s.do(doReply{number, Reply{Status: statusRequestPending}})
		return
	}
	if carriesSDP(in.ContentType, in.Body) {
		s.do(doReply{number, Reply{Status: statusNotAcceptable}})
		return
	}
	if usableURI(in.Contact) {
		s.target = in.Contact
	}
	r := Reply{Status: statusOK, Headers: []Header{{"Allow", allowed}, {"Supported", "timer"}}}
	if in.SessionExpires != "" {
		value := in.SessionExpires
		if !strings.Contains(value, "refresher=") {
			value += ";refresher=uac"
		}
		s.timer(now, value, true)
		r.Headers = append(r.Headers, Header{"Session-Expires", value}, Header{"Require", "timer"})
	}
	if in.Method == methodInvite {
		r.Body = ecma.AppendVerbatim(nil, ecma.Edition3, &ecma.RequestSystemStatusResponse{Status: ecma.StatusNormal})
	}
	s.do(doReply{number, r})
}

// informedByPhone takes an event, a response that comes late, or a request.
func (s *session) informedByPhone(now time.Time, number uint64, in Incoming) {
	ok := Reply{Status: statusOK}
	if !isCSTA(in.ContentType) {
		s.report(s.order.add(now, in.CSeq, nil))
		if len(in.Body) > 0 {
			ok.Status = statusUnsupportedMedia
			ok.Headers = []Header{{"Accept", ContentCSTA}}
		}
		s.do(doReply{number, ok})
		return
	}
	m, _, err := ecma.DecodeVerbatim(in.Body)
	if refusal := refusalOf(err); refusal != nil {
		s.do(doCount{unreadable})
		s.report(s.order.add(now, in.CSeq, nil))
		s.do(doReply{number, answering(refusal)})
		return
	}
	if err != nil {
		// What we can't read was not for us to judge: many phones send events
		// that are not known here.
		s.do(doCount{unreadable})
		s.report(s.order.add(now, in.CSeq, nil))
		s.do(doReply{number, ok})
		return
	}
	if event, isEvent := m.(ecma.Event); isEvent {
		s.do(doReply{number, ok})
		s.report(s.order.add(now, in.CSeq, event))
		return
	}
	s.report(s.order.add(now, in.CSeq, nil))
	if isFeature(m) {
		s.do(doServe{number, m})
		return
	}
	if answer := served(m); answer != nil {
		ok = answering(answer)
	}
	s.do(doReply{number, ok})
	if _, stopped := m.(*ecma.MonitorStop); stopped && s.state == Open {
		s.monitor = ""
		if s.flight.purpose == forNothing {
			s.startMonitor()
		}
		return
	}
	f := s.flight
	_, refusal := m.(*ecma.Error)
	switch {
	case f.request.Method != methodInfo || !refusal && m.Element() != responseTo(f.request.Body):
	case !f.separate:
		s.flight.response = m
	default:
		s.flight, s.deadline = flight{}, time.Time{}
		s.result(now, f, m, nil)
		s.next(now)
	}
}

// served answers what a phone asks of its application; nil = no answer is
// wanted.
func served(m ecma.Message) ecma.Message {
	switch m := m.(type) {
	case *ecma.SystemStatus:
		return &ecma.SystemStatusResponse{}
	case *ecma.RequestSystemStatus:
		return &ecma.RequestSystemStatusResponse{Status: ecma.StatusNormal}
	case *ecma.SwFunctionDevicesChanged:
		return &ecma.SwFunctionDevicesChangedResponse{}
	case *ecma.SwitchingFunctionDevices:
		return nil
	case *ecma.MonitorStop:
		return &ecma.MonitorStopResponse{}
	case *ecma.Error:
		return nil
	default:
		if strings.HasSuffix(m.Element(), "Response") {
			return nil
		}
		return ecma.ErrServiceNotSupported
	}
}

// report hands events on that belong to the monitor.
func (s *session) report(events []ecma.Event) {
	for _, e := range events {
		switch {
		case s.state == Starting && len(s.early) < maxEarly:
			s.early = append(s.early, e)
		case s.monitor != "" && ecma.CrossRefOf(e) == s.monitor:
			s.do(doReport{e})
		default:
			s.do(doCount{strayEvent})
		}
	}
}
