package conformance

import (
	"context"
	"strings"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// Applications are the stories of who may do what.
func Applications() []Scenario {
	return []Scenario{
		{Name: "two applications with other devices and rights in one call", Play: twoApplications},
		{Name: "outside numbers that an application may not have called", Play: outsideNumbers},
		{Name: "an application with a group of the directory", Play: groupOfTheDirectory, OwnDialplan: hasNoSuchNumber},
		{Name: "wrong logins", Play: wrongLogins},
		{Name: "csta reload takes rights away", Play: rightsTakenAway},
		{Name: "a user of the directory logs in", Play: userOfTheDirectory, OwnDialplan: hasNoSuchNumber},
	}
}

// application is one of the configuration; its secret is its name twice.
func application(name string, params ...string) freeswitch.Application {
	a := freeswitch.Application{Name: name, Params: []freeswitch.Param{{Name: "secret", Value: name + name}}}
	for i := 0; i < len(params); i += 2 {
		a.Params = append(a.Params, freeswitch.Param{Name: params[i], Value: params[i+1]})
	}
	return a
}

// admits has the server know these applications only.
func (p *Play) admits(all ...freeswitch.Application) {
	p.Helper()
	p.Cleanup(func() { _ = p.backend.Admit(context.Background(), nil, false) })
	p.must(p.backend.Admit(p.within(), all, false))
}

// admitsAll ends a story about applications: everybody may do everything again.
func (p *Play) admitsAll() {
	p.Helper()
	p.must(p.backend.Admit(p.within(), nil, false))
}

// login is a StartApplicationSession, as some clients send it.
func login(user, password string) string {
	return `<StartApplicationSession xmlns="http://www.ecma-international.org/standards/ecma-354/appl_session"><applicationInfo><applicationID>x</applicationID>` +
		`<applicationSpecificInfo><a:SessionLoginInfo xmlns:a="http://www.avaya.com/csta"><a:userName>` + user + `</a:userName><a:password>` + probe.Escape(password) +
		`</a:password></a:SessionLoginInfo></applicationSpecificInfo></applicationInfo>` +
		`<requestedProtocolVersions><protocolVersion>http://www.ecma-international.org/standards/ecma-323/csta/ed4</protocolVersion></requestedProtocolVersions>` +
		`<requestedSessionDuration>600</requestedSessionDuration></StartApplicationSession>`
}

// logIn is the error that the login of a client brings, "" if it is taken.
func (p *Play) logIn(client, user, password string) string {
	p.Helper()
	answer, err := p.Client(client).Request(p.within(), login(user, password))
	p.must(err)
	switch {
	case strings.HasSuffix(answer.Name(), "PosResponse"):
		return ""
	case answer.Has("errorCode", "definedError"):
		return answer.Value("errorCode", "definedError")
	}
	p.Fatalf("a login was answered with %s", answer.Text)
	return ""
}

// logsIn logs a client in as the application of its name.
func (p *Play) logsIn(clients ...string) {
	p.Helper()
	for _, name := range clients {
		if refused := p.logIn(name, name, name+name); refused != "" {
			p.Fatalf("%s: %s", name, refused)
		}
	}
}

// refuses checks that a client's monitor on a device is refused so.
func (p *Play) refuses(client, role, want string) {
	p.Helper()
	_, err := p.Client(client).MonitorStart(p.within(), p.Device(role))
	p.Refused(want, err)
}

// number is that of a role.
func (p *Play) number(role string) string { return p.Device(role).Number }

func twoApplications(p *Play) {
	p.admits(application("watcher", "devices", p.number("A"), "rights", "monitor"),
		application("agent", "devices", p.number("B")+","+p.number("C"), "rights", "monitor,control"))
	p.refuses("nobody", "A", "operation/securityViolation")
	p.logsIn("watcher", "agent")
	p.refuses("watcher", "B", "operation/invalidDeviceID")
	p.refuses("agent", "A", "operation/invalidDeviceID")
	a, b := p.MonitorBy("watcher", "A"), p.MonitorBy("agent", "B")
	p.Phone("B").Behaves(Behaviour{Talk: true})
	out := p.Phone("A").Dials("B")
	in := p.Phone("B").Rings()
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>B newCall connected",
		"Delivered c:B A>B newCall connected",
	)
	b.Gets("Delivered c:B A>B newCall alerting")
	p.Refused("operation/privilegeViolationSpecifiedDevice", p.Client("watcher").AnswerCall(p.within(), p.Connection("c:B")))
	p.must(p.Client("agent").AnswerCall(p.within(), p.Connection("c:B")))
	established(a, b)
	out.Connected()
	// Each clears what is its own only; the other party's is not there for it.
	p.Refused("operation/privilegeViolationSpecifiedDevice", p.Client("watcher").ClearConnection(p.within(), p.Connection("c:A")))
	p.Refused("operation/invalidConnectionID", p.Client("agent").ClearConnection(p.within(), p.Connection("c:A")))
	_, err := p.Client("watcher").SnapshotDevice(p.within(), p.Device("B"))
	p.Refused("operation/invalidDeviceID", err)
	p.must(p.Client("agent").ClearConnection(p.within(), p.Connection("c:B")))
	endedBy(b, a)
	in.Ended()
	out.Ended()
	p.admitsAll()
}

func outsideNumbers(p *Play) {
	p.admits(application("agent", "devices", p.number("A")+","+p.number("B"), "rights", "monitor,control,features,predictive", "dial", "49*"))
	p.logsIn("agent")
	agent := p.Client("agent")
	b := p.MonitorBy("agent", "B")
	out := p.Phone("A").Dials("B")
	in := p.Phone("B").Rings()
	b.Gets("Delivered c:B A>B newCall alerting")
	deflect := func(to string) error {
		_, err := agent.Do(p.within(), "DeflectCall", probe.ConnectionElement("callToBeDiverted", p.Connection("c:B"))+
			"<newDestination>"+probe.DeviceElement("device", probe.Device{Number: to})+"</newDestination>")
		return err
	}
	forward := func(to string) error {
		_, err := agent.Do(p.within(), "SetForwarding", probe.DeviceElement("device", p.Device("B"))+
			"<activateForward>true</activateForward>"+probe.DeviceElement("forwardDN", probe.Device{Number: to}))
		return err
	}
	const denied = "operation/privilegeViolationCalledDevice"
	p.Refused(denied, deflect("0900123"))
	p.Refused(denied, forward("0900123"))
	_, err := agent.MakeCall(p.within(), p.Device("A"), probe.Device{Number: "0900123"}, probe.Prompt)
	p.Refused(denied, err)
	_, err = agent.Do(p.within(), "MakePredictiveCall", probe.DeviceElement("callingDevice", p.Device("A"))+
		probe.DeviceElement("calledDirectoryNumber", probe.Device{Number: p.backend.TrunkURI(outsider)}))
	p.Refused(denied, err)
	b.GetsNothing()
	in.Answers()
	b.Gets("Established c:B A>B newCall connected")
	out.Connected()
	p.joined("c")
	out.HangsUp()
	b.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:B normalClearing null")
	in.Ended()
	p.admitsAll()
}

// clearsAtOnce: the device rings, and the application that watches it clears that.
func clearsAtOnce(w *Watch, application string) {
	p, role := w.play, w.role
	p.Helper()
	out := p.Phone("A").Dials(role)
	in := p.Phone(role).Rings()
	w.Gets("Delivered c:" + role + " A>" + role + " newCall alerting")
	p.must(p.Client(application).ClearConnection(p.within(), p.Connection("c:"+role)))
	out.Ended()
	in.Ended()
	w.Gets("ConnectionCleared c:" + role + " normalClearing null")
}

func groupOfTheDirectory(p *Play) {
	p.admits(application("service", "devices", "group:service"))
	p.logsIn("service")
	p.refuses("service", "A", "operation/invalidDeviceID")
	c := p.MonitorBy("service", "C")
	clearsAtOnce(c, "service")
	p.admitsAll()
}

func wrongLogins(p *Play) {
	p.toleratesWarnings()
	p.admits(application("agent", "devices", p.number("A")))
	for _, try := range [][2]string{{"agent", "agent"}, {"agent", ""}, {"somebody", "agentagent"}} {
		if refused := p.logIn("agent", try[0], try[1]); refused != "invalidApplicationInfo" {
			p.Errorf("%v: %q", try, refused)
		}
		p.refuses("agent", "A", "operation/securityViolation")
	}
	p.logsIn("agent")
	p.MonitorBy("agent", "A").Stop()
	if text := p.operator("applications"); !strings.Contains(text, "agent") || strings.Contains(text, "agentagent") {
		p.Errorf("csta applications: %s", text)
	}
	if text := p.operator("sessions"); !strings.Contains(text, "agent (login)") {
		p.Errorf("csta sessions: %s", text)
	}
	p.admitsAll()
}

// operator is what a csta command shows.
func (p *Play) operator(command string) string {
	p.Helper()
	text, err := p.backend.Operator(p.within(), command)
	p.must(err)
	return text
}

// stopped waits for the Monitor Stop of the switching function for a monitor.
func (w *Watch) stopped() {
	w.play.Helper()
	select {
	case m := <-w.Client().Requests():
		if m.Name() != "MonitorStop" || m.Value("monitorCrossRefID") != w.CrossRef {
			w.play.Fatalf("monitor on %s: %s instead of MonitorStop", w.role, m.Text)
		}
	case <-w.play.within().Done():
		w.play.Fatalf("monitor on %s: no MonitorStop", w.role)
	}
}

func rightsTakenAway(p *Play) {
	p.admits(application("agent", "devices", p.number("A")+","+p.number("B")))
	p.logsIn("agent")
	a, b := p.MonitorBy("agent", "A"), p.MonitorBy("agent", "B")
	p.admits(application("agent", "devices", p.number("B")))
	a.stopped()
	p.refuses("agent", "A", "operation/invalidDeviceID")
	out := p.Phone("A").Dials("B")
	in := p.Phone("B").Rings()
	b.Gets("Delivered c:B A>B newCall alerting")
	// What is taken away in mid-call: the call goes on.
	p.admits(application("agent", "devices", p.number("B"), "rights", "monitor"))
	p.Refused("operation/privilegeViolationSpecifiedDevice", p.Client("agent").AnswerCall(p.within(), p.Connection("c:B")))
	in.Answers()
	b.Gets("Established c:B A>B newCall connected")
	out.Connected()
	p.joined("c")
	out.HangsUp()
	b.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:B normalClearing null")
	in.Ended()
	p.admits(application("another", "devices", "*"))
	b.stopped()
	p.refuses("agent", "B", "operation/securityViolation")
	p.admitsAll()
}

func userOfTheDirectory(p *Play) {
	p.toleratesWarnings()
	p.admits()
	p.must(p.backend.Admit(p.within(), nil, true))
	user := p.number("B")
	for _, try := range [][2]string{{user, "wrong"}, {p.number("A"), freeswitch.LoginPassword}, {p.number("A"), ""}} {
		if refused := p.logIn("user", try[0], try[1]); refused != "invalidApplicationInfo" {
			p.Errorf("%v: %q", try, refused)
		}
	}
	if refused := p.logIn("user", user, freeswitch.LoginPassword); refused != "" {
		p.Fatal(refused)
	}
	p.refuses("user", "A", "operation/invalidDeviceID")
	b := p.MonitorBy("user", "B")
	clearsAtOnce(b, "user")
	p.admitsAll()
}
