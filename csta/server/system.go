package server

import (
	"strconv"

	"mod_csta_socket/csta/ecma"
)

// registration is one System Register of a client (ECMA-269 14.1): it wants to
// be told of our status, except for the values in the filter.
type registration struct {
	id     string
	status bool
	filter ecma.StatusFilter
}

func (r *registration) wants(v ecma.SystemStatusValue) bool {
	return r.status && !r.filter.Suppresses(v)
}

// systemServices are the services that the server answers itself, by the root element
// of the request: the answer, and whether the operator is shown what the module does.
var systemServices = map[string]func(*session, ecma.Message) (reply ecma.Message, dump bool){
	"SystemStatus": system(func(*session, *ecma.SystemStatus) ecma.Message { return &ecma.SystemStatusResponse{} }),
	"RequestSystemStatus": func(s *session, m ecma.Message) (ecma.Message, bool) {
		return s.requestSystemStatus(m.(*ecma.RequestSystemStatus))
	},
	"SystemRegister":       system((*session).systemRegister),
	"SystemRegisterCancel": system((*session).systemRegisterCancel),
	"ChangeSysStatFilter":  system((*session).changeSysStatFilter),
}

func system[M ecma.Message](serve func(*session, M) ecma.Message) func(*session, ecma.Message) (ecma.Message, bool) {
	return func(s *session, m ecma.Message) (ecma.Message, bool) { return serve(s, m.(M)), false }
}

// serveSystem answers the system services; false if the request is none.
func (s *session) serveSystem(in inbound) bool {
	serve, ok := systemServices[in.message.Element()]
	if !ok {
		return false
	}
	reply, dump := serve(s, in.message)
	s.answer(in, reply)
	if dump {
		s.srv.dumps.request()
	}
	return true
}

func (s *session) requestSystemStatus(m *ecma.RequestSystemStatus) (reply ecma.Message, dump bool) {
	if m.SysStatRegisterID != "" {
		s.mu.Lock()
		known := s.registration(m.SysStatRegisterID) != nil
		s.mu.Unlock()
		if !known {
			return ecma.ErrInvalidCrossRefID, false
		}
	}
	return &ecma.RequestSystemStatusResponse{Status: s.srv.systemStatus()}, true
}

func (s *session) systemRegister(m *ecma.SystemRegister) ecma.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.registered) >= maxRegistrations {
		return ecma.ErrRegistrationLimitExceeded
	}
	r := registration{
		id:     strconv.FormatUint(s.srv.lastRegistration.Add(1), 10),
		status: m.RequestTypes.SystemStatus == ecma.True,
		filter: m.RequestedStatusFilter,
	}
	s.registered = append(s.registered, r)
	return &ecma.SystemRegisterResponse{SysStatRegisterID: r.id, ActualStatusFilter: r.filter}
}

func (s *session) systemRegisterCancel(m *ecma.SystemRegisterCancel) ecma.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.registered {
		if s.registered[i].id == m.SysStatRegisterID {
			s.registered = append(s.registered[:i], s.registered[i+1:]...)
			return &ecma.SystemRegisterCancelResponse{}
		}
	}
	return ecma.ErrInvalidCrossRefID
}

func (s *session) changeSysStatFilter(m *ecma.ChangeSysStatFilter) ecma.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.registration(m.SysStatRegisterID)
	if r == nil {
		return ecma.ErrInvalidCrossRefID
	}
	r.filter = m.RequestedStatusFilter
	return &ecma.ChangeSysStatFilterResponse{ActualStatusFilter: r.filter}
}

// registration finds one of the session's; s.mu is held.
func (s *session) registration(id string) *registration {
	for i := range s.registered {
		if s.registered[i].id == id {
			return &s.registered[i]
		}
	}
	return nil
}

// abortRegistrations tells the client that nothing more will come (ECMA-269
// 14.1, System Register Abort, which has no response).
func (s *session) abortRegistrations() {
	s.mu.Lock()
	gone := s.registered
	s.registered = nil
	ed := s.edition
	s.mu.Unlock()
	for i := range gone {
		s.Request(ed, &ecma.SystemRegisterAbort{SysStatRegisterID: gone[i].id})
	}
}
