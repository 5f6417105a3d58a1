package engine

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// What a session may do is looked at here, once for all services, before a request is
// served: the right that the table of services asks for, the devices that the request
// names, the numbers that it wants called, the limits.

// sessionGranted: a session may do that from now on.
type sessionGranted struct {
	session Session
	grant   *applications.Grant
}

func (in sessionGranted) take(c *core) {
	if s := c.sessions[in.session]; s != nil {
		c.permissions.grant(s, in.grant)
	}
}

// permissions is the desk that looks at what sessions may do.
type permissions struct {
	*office
	audience   *audience
	requests   *requests
	monitoring *monitoring
	calls      standingCalls
	roster     *roster
}

// standingCalls are the calls there are, as far as permissions need them.
type standingCalls interface {
	// connection finds the connection that a request names.
	connection(id ecma.ConnectionID, fits func(*model.Connection) bool, none *ecma.Error) (*model.Connection, *ecma.Error)
	// predicted is the connection of a predictive call that its party is called for.
	predicted(call string, party ecma.DeviceID) *model.Connection
	// domainFor is the domain whose numbers a service for a connection is about.
	domainFor(conn *model.Connection) string
	// underWay tells whether a call is up, or will be.
	underWay(call string) bool
}

// grant says what a session may do from now on.
func (p *permissions) grant(s *session, g *applications.Grant) {
	if s.grant.Equal(g) {
		return
	}
	if p.record != nil {
		before := s.line()
		p.record.change(formerly{Granted: &before})
	}
	was := s.grant
	s.grant = g
	p.withdraw(s)
	if was != nil && g != nil && was.Application != g.Application {
		p.cutBack(s, slices.Collect(maps.Values(s.monitors)))
	}
}

// withdraw ends the monitors of a session that it may not have any more, and tells its
// client.
func (p *permissions) withdraw(s *session) {
	var lost []*model.Monitor
	for _, m := range s.monitors {
		if !p.mayKeep(s, m) {
			lost = append(lost, m)
		}
	}
	slices.SortFunc(lost, func(a, b *model.Monitor) int { return cmp.Compare(numberOf(a), numberOf(b)) })
	for _, m := range lost {
		p.takeAway(m)
	}
}

// mayKeep tells whether a session may have a monitor.
func (p *permissions) mayKeep(s *session, m *model.Monitor) bool {
	if !s.grant.Allows(services["MonitorStart"].needs) {
		return false
	}
	if m.Device != nil {
		return p.sees(s.grant, m.Device.ID)
	}
	return p.seesCall(s.grant, m.Call)
}

// takeAway ends a monitor by the switching function (Monitor Stop, ECMA-269 15.1.3).
func (p *permissions) takeAway(m *model.Monitor) {
	s := m.Owner.(*session)
	p.monitoring.end(m)
	s.Request(m.Edition, &ecma.MonitorStop{MonitorCrossRefID: m.CrossRefID})
	p.audience.touch(s)
}

// unseen ends the monitor of a call in which there is no device any more that the
// session may see: what becomes of the others is not its business.
func (p *permissions) unseen(m *model.Monitor) {
	p.lasting(forTurn, seesNobody{p, m})
}

// seesNobody is a monitor of whose call its session may see no device.
type seesNobody struct {
	p *permissions
	m *model.Monitor
}

func (n seesNobody) late(wait) bool {
	if s := n.m.Owner.(*session); s.monitors[n.m.CrossRefID] == n.m && !n.p.mayKeep(s, n.m) {
		n.p.takeAway(n.m)
	}
	return true
}

// member is somebody about whom the directory was asked whether he is in a group.
type member struct {
	group  applications.Group
	device string
}

// membership is the answer, and how long it counts.
type membership struct {
	is    bool
	until time.Time
}

// maxMembers bounds what is remembered of who is in no group.
const maxMembers = 1 << 16

// learnMembers asks the switch which of the devices that a request is about are in groups
// of the session's grant, as far as that is not known, and goes on.
func (p *permissions) learnMembers(s *session, r *Request, then func()) {
	var groups []applications.Group
	if s.grant != nil {
		groups = s.grant.Devices.Groups()
	}
	if len(groups) == 0 {
		then()
		return
	}
	for _, device := range p.subscribersOf(r.Message) {
		for _, group := range groups {
			who := member{group, device}
			if !p.of(device, group) || p.clock().Before(p.members[who].until) {
				continue
			}
			p.inquire(switching.FindInGroup{Group: group.Name, Among: []string{device}}, func(out switching.Outcome, err error) {
				if err != nil {
					p.log.Warn("the switch can't tell who is in a group", "group", group.Name, "error", err)
					p.noteMember(who, p.members[who].is, membershipRetry)
				} else {
					p.noteMember(who, out.Device.Device == device, membershipTime)
				}
				if p.asker(r) == s {
					p.learnMembers(s, r, then)
				}
			})
			return
		}
	}
	then()
}

// noteMember keeps what the directory said, for that time. Who is in a group no more is
// taken from those who see him by it.
func (p *permissions) noteMember(who member, is bool, lasts time.Duration) {
	if len(p.members) >= maxMembers {
		maps.DeleteFunc(p.members, func(_ member, m membership) bool { return !m.is })
	}
	was := p.members[who].is
	p.members[who] = membership{is, p.clock().Add(lasts)}
	if !was || is {
		return
	}
	for _, s := range p.byAge() {
		if s.grant != nil && slices.Contains(s.grant.Devices.Groups(), who.group) {
			p.withdraw(s)
		}
	}
}

// byAge are the sessions in the order in which they were opened.
func (p *permissions) byAge() []*session {
	return slices.SortedFunc(maps.Values(p.audience.sessions), func(a, b *session) int { return cmp.Compare(a.number, b.number) })
}

// subscribersOf are the subscribers that a request is about, and those in the calls that it
// names.
func (p *permissions) subscribersOf(m ecma.Message) []string {
	var list []string
	add := func(d ecma.DeviceID) {
		if d.Type != ecma.DeviceNumber && switching.ValidDevice(d.Number) && !slices.Contains(list, d.Number) {
			list = append(list, d.Number)
		}
	}
	about := named(m)
	for _, d := range about.devices {
		add(p.deviceID(*d))
	}
	for _, id := range about.connections {
		if !id.Device.IsZero() {
			add(p.deviceID(id.Device))
		}
		if cl := p.model.Calls.Find(id.CallID); cl != nil {
			for _, conn := range cl.Connections {
				add(conn.Device.ID)
			}
		}
	}
	return list
}

// admit goes on with a request that its session may make, and refuses any other.
func (p *permissions) admit(r *Request, served service, then func()) {
	s := p.asker(r)
	if s == nil || s.grant == nil {
		then()
		return
	}
	understand(s.grant.Speaks(), r.Message)
	p.learnMembers(s, r, func() { p.admitKnowing(s, r, served, then) })
}

// admitKnowing does the rest, when it is known who is in groups.
func (p *permissions) admitKnowing(s *session, r *Request, served service, then func()) {
	if refusal := p.objection(s, r, served); refusal != nil {
		p.refuse(r, refusal)
		return
	}
	p.mayCall(s, r, func() {
		// It may have been taken away meanwhile.
		if refusal := p.objection(s, r, served); refusal != nil {
			p.refuse(r, refusal)
			return
		}
		if refusal := p.tooMuch(s, r); refusal != nil {
			p.refuse(r, refusal)
			return
		}
		then()
	})
}

// objection is why a session may not make a request, whatever that wants called; nil: it
// may. A device that it may not see is answered as one that is not there.
func (p *permissions) objection(s *session, r *Request, served service) *ecma.Error {
	switch {
	case s.grant == nil:
		return nil
	case s.grant.Allows(served.needs):
	case !s.grant.Named():
		return ecma.ErrSecurityViolation
	default:
		return ecma.ErrPrivilegeViolationSpecifiedDevice
	}
	about := named(r.Message)
	for _, d := range about.devices {
		if !p.mayName(s, r.Message, d) {
			return unknownDevice(r.Message, d)
		}
	}
	for _, id := range about.connections {
		if refusal := p.hidden(s, *id); refusal != nil {
			return refusal
		}
	}
	return nil
}

// unknownDevice is the answer for a device of a request that is not there.
func unknownDevice(m ecma.Message, d *ecma.DeviceID) *ecma.Error {
	switch m := m.(type) {
	case *ecma.MakeCall:
		return ecma.ErrInvalidCallingDeviceID
	case *ecma.MakePredictiveCall:
		if d == &m.CallingDevice {
			return ecma.ErrInvalidCallingDeviceID
		}
	}
	return ecma.ErrInvalidDeviceID
}

// mayName tells whether a session may name a device that a request is about. A client may
// leave out the type of a queue or a network interface; if only that can be meant, it is
// put in.
func (p *permissions) mayName(s *session, m ecma.Message, d *ecma.DeviceID) bool {
	id := p.deviceID(*d)
	if id.Type == ecma.DeviceNumber || !looksInternal(id.Number) {
		return p.sees(s.grant, id)
	}
	internal := ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber}
	if p.sees(s.grant, internal) {
		d.Number, d.Type = internal.Number, internal.Type
		return true
	}
	switch m.(type) {
	case *ecma.MakeCall, *ecma.MakePredictiveCall:
		// They mean the queue in any case.
		return false
	}
	return p.sees(s.grant, id) && p.model.Devices.Find(internal) == nil
}

// hidden is the answer for a connection that a session may not see; nil if it may, or if
// there is none: the service has its own answer for that.
func (p *permissions) hidden(s *session, id ecma.ConnectionID) *ecma.Error {
	if id.CallID == "" {
		if !id.Device.IsZero() && !p.mayName(s, nil, &id.Device) {
			return ecma.ErrInvalidDeviceID
		}
		return nil
	}
	cl := p.model.Calls.Named(id.CallID)
	if cl == nil {
		return nil
	}
	if !p.seesCall(s.grant, cl) {
		return ecma.ErrInvalidCallID
	}
	if id.Device.IsZero() {
		return nil
	}
	conn, refusal := p.calls.connection(id, nil, nil)
	switch {
	case refusal != nil, p.sees(s.grant, conn.Device.ID):
		return nil
	case p.calls.predicted(cl.ID, p.deviceID(id.Device)) == conn && p.sees(s.grant, cl.Calling):
		// The party that the calling device, which it sees, is called for.
		return nil
	}
	return ecma.ErrInvalidConnectionID
}

// about is what a request names: devices and connections that it is about. Pointers are
// into the request.
type about struct {
	devices     []*ecma.DeviceID
	connections []*ecma.ConnectionID
}

// notSteered are the fields of requests with devices that nothing is done to: they are
// called, are no devices, or are found among those that the session may see.
var notSteered = map[string]bool{
	"Called": true, "ConsultedDevice": true, "TransferredTo": true, "ForwardDN": true, "DeflectCall.NewDestination": true, "PickGroup": true,
	"RequestedDeviceID": true,
}

// named finds out what a request names by its fields, so that a service that comes to
// the table is looked at, too.
func named(m ecma.Message) (a about) {
	v := reflect.ValueOf(m).Elem()
	a.add(v, v.Type().Name())
	return a
}

func (a *about) add(v reflect.Value, of string) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if !v.Type().Field(i).IsExported() || notSteered[name] || notSteered[of+"."+name] {
			continue
		}
		switch field := v.Field(i).Addr().Interface().(type) {
		case *ecma.ConnectionID:
			if !field.IsZero() {
				a.connections = append(a.connections, field)
			}
		case *ecma.DeviceID:
			if !field.IsZero() {
				a.devices = append(a.devices, field)
			}
		case *[]ecma.DeviceID:
			for i := range *field {
				a.devices = append(a.devices, &(*field)[i])
			}
		case *ecma.MonitorObject:
			a.add(v.Field(i), of)
		}
	}
}

// wanted is what a request wants called, and in whose domain; zero if it is nothing, or not
// one thing, which its service refuses.
func (p *permissions) wanted(m ecma.Message) (called ecma.DeviceID, domain string) {
	at := func(id ecma.ConnectionID) string {
		conn, refusal := p.calls.connection(id, func(*model.Connection) bool { return true }, ecma.ErrInvalidConnectionID)
		if refusal != nil {
			return domainOf(p.deviceID(id.Device))
		}
		return p.calls.domainFor(conn)
	}
	switch m := m.(type) {
	case *ecma.MakeCall:
		return m.Called, domainOf(p.deviceID(m.CallingDevice))
	case *ecma.MakePredictiveCall:
		return m.Called, domainOf(p.deviceID(m.CallingDevice))
	case *ecma.ConsultationCall:
		return m.ConsultedDevice, at(m.ExistingCall)
	case *ecma.SingleStepTransferCall:
		return m.TransferredTo, at(m.ActiveCall)
	case *ecma.SetForwarding:
		return m.ForwardDN, domainOf(p.deviceID(m.Device))
	case *ecma.DeflectCall:
		if len(m.NewDestination) == 1 {
			return m.NewDestination[0], at(m.CallToBeDiverted)
		}
	}
	return ecma.DeviceID{}, ""
}

// mayCall goes on if the session may have called what its request wants called: numbers
// of the switch's own, and outside numbers that its grant has.
func (p *permissions) mayCall(s *session, r *Request, then func()) {
	called, domain := p.wanted(r.Message)
	if called.IsZero() || s.grant == nil {
		then()
		return
	}
	if strings.HasPrefix(called.Number, trunkAddress) {
		if switching.ValidURI(called.Number) && !s.grant.Reaches(called.Number, p.opts.Trunks) {
			p.refuse(r, ecma.ErrPrivilegeViolationCalledDevice)
			return
		}
		then()
		return
	}
	to := p.destinationIn(called, domain)
	if p.names(s.grant, to) || s.grant.Called(to) || p.ownQueue(s.grant, to) {
		then()
		return
	}
	p.ifOutside(r, to, func(outside bool) {
		if outside {
			p.refuse(r, ecma.ErrPrivilegeViolationCalledDevice)
			return
		}
		then()
	})
}

// ownQueue tells whether a number is that of a queue that a grant has, or the queue itself.
// Nobody but the dialplan knows its queues: one is there once a call was at it.
func (p *permissions) ownQueue(g *applications.Grant, to ecma.DeviceID) bool {
	if to.Type != ecma.DeviceNumber {
		to = ecma.Queue(to.Number)
	}
	return g.Sees(to) && p.roster.remembers(to)
}

// trunkAddress is what addresses begin with that go past the dialplan.
const trunkAddress = "sofia/"

// ifOutside tells whether a number that is to be called is an outside one: one that no
// subscriber of the switch has in the domain where it is dialled. It asks the switch.
func (p *permissions) ifOutside(r *Request, to ecma.DeviceID, then func(outside bool)) {
	if to.Type == ecma.DeviceNumber || !switching.ValidDevice(to.Number) {
		then(true)
		return
	}
	p.inquire(switching.LookUpDevice{Device: to.Number}, func(out switching.Outcome, err error) {
		switch {
		case p.asker(r) == nil:
		case err != nil:
			p.log.Warn("the switch can't tell about a number", "error", err)
			p.refuse(r, switchError(err, ecma.ErrPrivilegeViolationCalledDevice))
		default:
			// Who has registered without being in the directory may have done so by any
			// name.
			then(!out.Device.Known)
		}
	})
}

// usage is what the sessions of an application do together.
type usage struct {
	// calls are those that it has begun, by their identifiers; those that are gone are
	// forgotten when they are counted.
	calls map[string]bool
	// second counts the calls begun since then.
	second time.Time
	begun  int
	// originates counts those that have a worker or wait for one.
	originates int
}

// beginsCall tells whether a request begins a call, startsMonitor whether it starts a
// monitor; callBegun is the call that an answer names.
func beginsCall(m ecma.Message) bool {
	switch m.(type) {
	case *ecma.MakeCall, *ecma.MakePredictiveCall, *ecma.ConsultationCall:
		return true
	}
	return false
}

func startsMonitor(m ecma.Message) bool {
	_, is := m.(*ecma.MonitorStart)
	return is
}

func callBegun(m ecma.Message) string {
	switch m := m.(type) {
	case *ecma.MakeCallResponse:
		return m.CallingDevice.CallID
	case *ecma.MakePredictiveCallResponse:
		return m.InitiatedCall.CallID
	case *ecma.ConsultationCallResponse:
		return m.InitiatedCall.CallID
	}
	return ""
}

// usageOf is an application's.
func (q *requests) usageOf(application string) *usage {
	u := q.usage[application]
	if u == nil {
		u = &usage{calls: map[string]bool{}}
		q.usage[application] = u
	}
	return u
}

// begins notes a call that an application has begun.
func (q *requests) begins(s *session, answer ecma.Message) {
	if s.grant == nil || s.grant.Limits.Calls == 0 {
		return
	}
	if id := callBegun(answer); id != "" {
		q.usageOf(s.grant.Application).calls[id] = true
	}
}

// tooMuch is why a request goes beyond what the application's sessions may do together;
// nil: it does not.
func (p *permissions) tooMuch(s *session, r *Request) *ecma.Error {
	if s.grant == nil {
		return nil
	}
	limits := s.grant.Limits
	if m, is := r.Message.(*ecma.MonitorStart); is {
		return p.tooManyMonitors(s, r, m)
	}
	if !beginsCall(r.Message) || limits.Calls == 0 && limits.CallsPerSecond == 0 {
		return nil
	}
	u := p.requests.usageOf(s.grant.Application)
	if limits.Calls > 0 {
		for id := range u.calls {
			if !p.calls.underWay(id) {
				delete(u.calls, id)
			}
		}
		if len(u.calls)+p.askedBeside(s, r, beginsCall) >= limits.Calls {
			return ecma.ErrResourceLimitExceeded
		}
	}
	if limits.CallsPerSecond > 0 {
		if p.clock().Sub(u.second) >= time.Second {
			u.second, u.begun = p.clock(), 0
		}
		if u.begun >= limits.CallsPerSecond {
			return ecma.ErrResourceBusy
		}
		u.begun++
	}
	return nil
}

// askedBeside counts the requests of that kind of the session's application, beside r,
// that have got no answer yet.
func (p *permissions) askedBeside(s *session, r *Request, of func(ecma.Message) bool) (n int) {
	for other := range p.requests.unanswered {
		if by := p.audience.sessions[other.Session]; other != r && of(other.Message) && by != nil && by.of(s.grant.Application) {
			n++
		}
	}
	return n
}

// tooManyMonitors is tooMuch for Monitor Start. Monitors of sessions whose clients have lost
// their connections make room for one of a client that is there: one that has begun anew, and
// does not know of the session that it had, would have to wait for the end of that. A client
// that comes back hears which of its monitors have ended.
func (p *permissions) tooManyMonitors(s *session, r *Request, m *ecma.MonitorStart) *ecma.Error {
	if beside := p.monitorsBeside(m); !s.mayWatch(beside) {
		// If there is none that makes room, it is refused when the object is known for sure.
		p.makesRoom(firstParted(s, beside))
	}
	most := p.mostMonitors(s)
	if most == 0 {
		return nil
	}
	over := p.monitorsOf(s) + p.askedBeside(s, r, startsMonitor) + 1 - most
	if over > p.partedMonitors(s) {
		return ecma.ErrOverallMonitorLimitExceeded
	}
	for range over {
		// Rather one of the same object: it most likely stands for this one.
		if !p.makesRoom(firstParted(s, p.monitorsBeside(m))) {
			p.makesRoom(p.leastParted(s))
		}
	}
	return nil
}

// partedMonitors counts those that may make room for one of a session.
func (p *permissions) partedMonitors(s *session) (n int) {
	for _, other := range p.audience.sessions {
		if s.outlasts(other) {
			n += len(other.monitors)
		}
	}
	return n
}

// makesRoom ends a monitor, if there is one.
func (p *permissions) makesRoom(m *model.Monitor) bool {
	if m != nil {
		p.takeAway(m)
	}
	return m != nil
}

// monitorsBeside are the monitors of the object that a request names.
func (p *permissions) monitorsBeside(m *ecma.MonitorStart) []*model.Monitor {
	if cl := p.model.Calls.Named(m.Object.Call.CallID); cl != nil {
		return cl.Monitors
	}
	if device := p.model.Devices.Find(p.deviceID(m.Object.Device)); device != nil {
		return device.Monitors
	}
	return nil
}

// firstParted is the first of the monitors that may make room for one of a session.
func firstParted(s *session, among []*model.Monitor) *model.Monitor {
	i := slices.IndexFunc(among, func(m *model.Monitor) bool { return s.outlasts(m.Owner.(*session)) })
	if i < 0 {
		return nil
	}
	return among[i]
}

// leastParted is the oldest of all monitors that may make room for one of a session.
func (p *permissions) leastParted(s *session) (least *model.Monitor) {
	for _, other := range p.audience.sessions {
		if !s.outlasts(other) {
			continue
		}
		for _, m := range other.monitors {
			if least == nil || numberOf(m) < numberOf(least) {
				least = m
			}
		}
	}
	return least
}

// outlasts tells whether another session's monitors make room for one's: both are of one
// application, and the client of that one has lost its connection, and of this one not.
func (s *session) outlasts(other *session) bool {
	return !s.parted && other.parted && !other.gone && s.shares(other)
}

// mostMonitors is how many monitors the session's application may have; 0: nobody needs to
// count them. It takes half of all places at most.
func (p *permissions) mostMonitors(s *session) int {
	own := s.grant.Limits.Monitors
	if p.model.Monitors.Len() < maxMonitors/2 {
		return own
	}
	return min(cmp.Or(own, maxMonitors/2), maxMonitors/2)
}

// cutBack ends those of the monitors that have come to a session from another application
// which its own may not have beside its others, the last ones first.
func (p *permissions) cutBack(s *session, came []*model.Monitor) {
	if s.grant == nil || p.mostMonitors(s) == 0 {
		return
	}
	came = slices.DeleteFunc(came, func(m *model.Monitor) bool { return s.own(m.CrossRefID) != m })
	slices.SortFunc(came, func(a, b *model.Monitor) int { return cmp.Compare(numberOf(b), numberOf(a)) })
	for _, m := range came[:min(len(came), max(0, p.monitorsOf(s)-p.mostMonitors(s)))] {
		p.takeAway(m)
	}
}

// monitorsOf counts the monitors of the session's application.
func (p *permissions) monitorsOf(s *session) (n int) {
	for _, other := range p.audience.sessions {
		if other.of(s.grant.Application) {
			n += len(other.monitors)
		}
	}
	return n
}

// named tells whether a session is one of an application's, and not nobody's or everybody's.
func (s *session) named() bool { return s.grant != nil && s.grant.Named() }

// shares tells whether two sessions are one client in the limits: they are of one application.
func (s *session) shares(other *session) bool {
	return s == other || s.named() && other.of(s.grant.Application)
}

// of tells whether a session is one of that application's.
func (s *session) of(application string) bool {
	return s.grant != nil && s.grant.Application == application
}
