package server

import (
	"slices"
	"strconv"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

// registration is one System Register of a client (ECMA-269 14.1): it wants to
// be told of our status, except for the values in the filter.
type registration struct {
	id     string
	status bool
	filter ecma.StatusFilter
	// devices: it wants to hear that the list of devices has changed.
	devices bool
}

func (r *registration) wants(v ecma.SystemStatusValue) bool {
	return r.status && !r.filter.Suppresses(v)
}

// service is one that the server answers itself: whoever reaches it may ask for it.
type service struct {
	// element is the root element of its request.
	element string
	// serve returns the answer, and whether the operator is shown what the module does.
	serve func(*session, ecma.Message) (reply ecma.Message, dump bool)
}

// systemServices is the table of them.
var systemServices = []service{
	system(func(*session, *ecma.SystemStatus) (ecma.Message, bool) { return &ecma.SystemStatusResponse{}, false }),
	system((*session).requestSystemStatus),
	system((*session).systemRegister),
	system((*session).systemRegisterCancel),
	system((*session).changeSysStatFilter),
}

func system[M ecma.Message](serve func(*session, M) (ecma.Message, bool)) service {
	var of M
	return service{of.Element(), func(s *session, m ecma.Message) (ecma.Message, bool) { return serve(s, m.(M)) }}
}

// ownServices are the root elements of their requests.
var ownServices = func() []string {
	var names []string
	for _, own := range systemServices {
		names = append(names, own.element)
	}
	return names
}()

// ownParts are what clients have of the server itself.
var ownParts = slices.Concat(ownServices, pushed)

// DevicesChanged implements engine.Rostered: Switching Function Devices Changed (ECMA-269
// 14.2.4) goes to whoever registered for it.
func (c *client) DevicesChanged() {
	c.mu.Lock()
	var ids []string
	for i := range c.registered {
		if c.registered[i].devices {
			ids = append(ids, c.registered[i].id)
		}
	}
	c.mu.Unlock()
	for _, id := range ids {
		c.Request(c.spokenEdition(), &ecma.SwFunctionDevicesChanged{SysStatRegisterID: id})
	}
}

// pushed are the root elements of the requests that clients get by their registrations.
var pushed = []string{"SwFunctionDevicesChanged"}

// Has tells whether clients are served the requests, or sent the events, of that root
// element.
func Has(element string) bool { return engine.Has(element) || slices.Contains(ownParts, element) }

// serveSystem answers the system services; false if the request is none.
func (s *session) serveSystem(in inbound) bool {
	i := slices.Index(ownServices, in.message.Element())
	if i < 0 {
		return false
	}
	reply, dump := systemServices[i].serve(s, in.message)
	s.answer(in, reply)
	if dump {
		s.srv.dumps.request()
	}
	return true
}

func (s *session) requestSystemStatus(m *ecma.RequestSystemStatus) (reply ecma.Message, dump bool) {
	if m.SysStatRegisterID != "" {
		c := s.client()
		c.mu.Lock()
		known := c.registration(m.SysStatRegisterID) != nil
		c.mu.Unlock()
		if !known {
			return ecma.ErrInvalidCrossRefID, false
		}
	}
	return &ecma.RequestSystemStatusResponse{Status: s.srv.systemStatus()}, true
}

func (s *session) systemRegister(m *ecma.SystemRegister) (reply ecma.Message, dump bool) {
	c := s.client()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.registered) >= maxRegistrations {
		return ecma.ErrRegistrationLimitExceeded, false
	}
	r := registration{
		id:     strconv.FormatUint(s.srv.lastRegistration.Add(1), 10),
		status: m.RequestTypes.SystemStatus == ecma.True,
		filter: m.RequestedStatusFilter,

		devices: m.RequestTypes.SwitchingFunctionDevicesChanged == ecma.True,
	}
	c.registered = append(c.registered, r)
	return &ecma.SystemRegisterResponse{SysStatRegisterID: r.id, ActualStatusFilter: r.filter}, false
}

func (s *session) systemRegisterCancel(m *ecma.SystemRegisterCancel) (reply ecma.Message, dump bool) {
	c := s.client()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.registered {
		if c.registered[i].id == m.SysStatRegisterID {
			c.registered = append(c.registered[:i], c.registered[i+1:]...)
			return &ecma.SystemRegisterCancelResponse{}, false
		}
	}
	return ecma.ErrInvalidCrossRefID, false
}

func (s *session) changeSysStatFilter(m *ecma.ChangeSysStatFilter) (reply ecma.Message, dump bool) {
	c := s.client()
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.registration(m.SysStatRegisterID)
	if r == nil {
		return ecma.ErrInvalidCrossRefID, false
	}
	r.filter = m.RequestedStatusFilter
	return &ecma.ChangeSysStatFilterResponse{ActualStatusFilter: r.filter}, false
}

// registration finds one of the client's; c.mu is held.
func (c *client) registration(id string) *registration {
	for i := range c.registered {
		if c.registered[i].id == id {
			return &c.registered[i]
		}
	}
	return nil
}

// abortRegistrations tells the client that nothing more will come (ECMA-269
// 14.1, System Register Abort, which has no response).
func (c *client) abortRegistrations() {
	c.mu.Lock()
	gone := c.registered
	c.registered = nil
	c.mu.Unlock()
	for i := range gone {
		c.Request(c.spokenEdition(), &ecma.SystemRegisterAbort{SysStatRegisterID: gone[i].id})
	}
}
