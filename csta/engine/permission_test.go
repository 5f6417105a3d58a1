package engine

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// granted is a client that may do what the parameters of an application say.
func (b *bench) granted(name string, pairs ...string) *client {
	cl := b.client(name)
	cl.grant(pairs...)
	return cl
}

func (cl *client) grant(pairs ...string) {
	cl.t.Helper()
	cl.core.hears(sessionGranted{cl, cl.grantOf(pairs...)})
}

// grantOf is what the parameters of an application let it do.
func (cl *client) grantOf(pairs ...string) *applications.Grant {
	cl.t.Helper()
	var entries []applications.Entry
	for i := 0; i < len(pairs); i += 2 {
		entries = append(entries, applications.Entry{Application: cl.name, Name: pairs[i], Value: pairs[i+1]})
	}
	set, _, err := applications.Parse(append(entries, applications.Entry{Application: cl.name}), false)
	require.NoError(cl.t, err)
	return &set.Named(cl.name).Grant
}

// ask sends a request and is what comes of it.
func (cl *client) ask(m ecma.Message) string {
	cl.send(m)
	return strings.Join(cl.take(), "\n")
}

func startOf(device string) *ecma.MonitorStart {
	return &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber(device)}}
}

func connection(call, device string) ecma.ConnectionID {
	return ecma.ConnectionID{CallID: call, Device: ecma.Subscriber(device)}
}

// A session that has not said who it is may ask what the switch can do, and nothing
// else; a right that is not granted is told from a device that is not seen.
func TestRights(t *testing.T) {
	b := newBench(t)
	nobody := b.client("n")
	b.core.hears(sessionGranted{nobody, applications.Nobody})
	require.NotContains(t, nobody.ask(&ecma.GetCSTAFeatures{}), "error")
	require.Equal(t, "n error securityViolation", nobody.ask(startOf("1000")))
	require.Equal(t, "n error securityViolation", nobody.ask(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")}))
	watcher := b.granted("w", "rights", "monitor", "devices", "1000")
	require.Equal(t, "w error privilegeViolationSpecifiedDevice", watcher.ask(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")}))
	require.NotEmpty(t, watcher.monitor("1000"))
	require.Equal(t, "w error invalidDeviceID", watcher.ask(startOf("1001")))
	require.Equal(t, "w error invalidDeviceID", watcher.ask(&ecma.SnapshotDevice{Object: ecma.Subscriber("1001")}))
	require.Equal(t, "w error serviceNotSupported", watcher.ask(&ecma.CallBack{}))
	every := b.client("e")
	require.NotEmpty(t, every.monitor("1001"), "without applications everybody may do everything")
}

// A device out of scope is as one that is not there, in whatever way it is named.
func TestScopeOfRequests(t *testing.T) {
	b := newBench(t)
	b.inbound("l1", "1000", "1001")
	b.outbound("l2", "1001", "l1")
	b.simple(switching.LegAnswered, "l2")
	b.simple(switching.LegAnswered, "l1")
	b.inbound("l3", "1002", "1003")
	b.take()
	a := b.granted("a", "devices", "1000,1002@csta.test", "rights", "all", "dial", "*")
	for _, c := range []struct {
		m    ecma.Message
		want string
	}{
		{&ecma.ClearConnection{Connection: connection("l1", "1001")}, "a error invalidConnectionID"},
		{&ecma.HoldCall{CallToBeHeld: connection("l1", "1001")}, "a error invalidConnectionID"},
		{&ecma.HoldCall{CallToBeHeld: connection("", "1001")}, "a error invalidDeviceID"},
		{&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "nothing"}}, "a error invalidCallID"},
		{&ecma.MakeCall{CallingDevice: ecma.Subscriber("1001"), Called: ecma.Subscriber("1000")}, "a error invalidCallingDeviceID"},
		{&ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1000")}, "a error invalidCallingDeviceID"},
		{&ecma.MakeCall{CallingDevice: ecma.Subscriber("029500"), Called: ecma.Subscriber("1000")}, "a error invalidCallingDeviceID"},
		{&ecma.SetForwarding{Device: ecma.Subscriber("1001"), ForwardDN: ecma.Subscriber("1000")}, "a error invalidDeviceID"},
		{&ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001")}, "a error invalidDeviceID"},
		{&ecma.DirectedPickupCall{CallToBePickedUp: connection("l1", "1001"), RequestingDevice: ecma.Subscriber("1000")}, "a error invalidConnectionID"},
		{&ecma.PlayMessage{OverConnection: connection("l1", "1001")}, "a error invalidConnectionID"},
	} {
		require.Equal(t, c.want, a.ask(c.m), "%#v", c.m)
	}
	require.Contains(t, a.ask(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "l1"}}), "endpoints", "it sees the call that its device is in")
	require.Contains(t, a.ask(&ecma.SnapshotDevice{Object: ecma.Subscriber("1002")}), "l3/1002", "the default domain may be named")
	other := b.granted("o", "devices", "2000", "rights", "all")
	require.Equal(t, "o error invalidCallID", other.ask(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "l1"}}))
	require.Equal(t, "o error invalidCallID", other.ask(&ecma.ClearConnection{Connection: connection("l1", "1000")}))
	require.Equal(t, "o error invalidCallID", other.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "l1"}}}))
}

// An alias leads to a subscriber whom a session may not see, or may.
func TestScopeOfAliases(t *testing.T) {
	b := newBench(t)
	a := b.granted("a", "devices", "800,801,1000")
	a.send(startOf("800"))
	b.knows(switching.DeviceStatus{Device: "1001", Known: true, Registered: true})
	require.Equal(t, "a error invalidDeviceID", b.take("LookUpDevice")[0])
	a.send(startOf("801"))
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	require.Contains(t, b.take("LookUpDevice")[0], "a monitor")
	a.send(&ecma.GetDoNotDisturb{Device: ecma.Subscriber("800")})
	b.knows(switching.DeviceStatus{Device: "1001", Known: true, Registered: true})
	require.Equal(t, "a error invalidDeviceID", b.take("LookUpDevice")[0])
}

// Who leaves out the type of a queue means it if he may see it.
func TestScopeOfQueues(t *testing.T) {
	b := newBench(t)
	a := b.granted("a", "devices", "queue:9500,1000", "rights", "all")
	require.Contains(t, a.ask(startOf("029500")), "a monitor")
	require.Equal(t, "a error invalidDeviceID", a.ask(startOf("029501")))
	require.Contains(t, a.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}}), "a monitor")
	require.Equal(t, "a error invalidDeviceID", a.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9501")}}))
}

// Each field of a request that names a device is looked at, unless the device is only
// called; so a service that comes to the table is looked at, too.
func TestEveryDeviceOfARequestIsLookedAt(t *testing.T) {
	for element, served := range services {
		if served.needs == 0 {
			continue
		}
		m := ecma.New(element)
		require.NotNil(t, m, element)
		want := 0
		v := reflect.ValueOf(m).Elem()
		var fill func(v reflect.Value)
		fill = func(v reflect.Value) {
			for i := range v.NumField() {
				f, name := v.Field(i), v.Type().Field(i).Name
				if !v.Type().Field(i).IsExported() {
					continue
				}
				only := notSteered[name] || notSteered[element+"."+name]
				switch p := f.Addr().Interface().(type) {
				case *ecma.DeviceID:
					*p = ecma.Subscriber("1")
				case *ecma.ConnectionID:
					*p = connection("c", "1")
				case *[]ecma.DeviceID:
					*p = []ecma.DeviceID{ecma.Subscriber("1")}
				default:
					if f.Kind() == reflect.Struct {
						fill(f)
					}
					continue
				}
				if !only {
					want++
				}
			}
		}
		fill(v)
		found := named(m)
		require.Equal(t, want, len(found.devices)+len(found.connections), element)
		if want == 0 {
			require.Contains(t, []string{"MonitorStop", "ChangeMonitorFilter", "GetMonitors", "GetSwitchingFunctionDevices"}, element, "a service that names no device")
		}
	}
}

// Numbers of the switch's own may be called; outside numbers if the grant has them.
func TestOutsideNumbers(t *testing.T) {
	b := newBench(t)
	b.inbound("l1", "1000", "1001")
	b.outbound("l2", "1001", "l1")
	b.simple(switching.LegProgress, "l2")
	b.take()
	a := b.granted("a", "devices", "1000,1001", "rights", "all", "dial", "0049*")
	deflect := func(to string) ecma.Message {
		return &ecma.DeflectCall{CallToBeDiverted: connection("l1", "1001"), NewDestination: []ecma.DeviceID{ecma.Subscriber(to)}}
	}
	forward := func(to string) ecma.Message {
		return &ecma.SetForwarding{Device: ecma.Subscriber("1001"), ActivateForward: true, ForwardDN: ecma.Subscriber(to)}
	}
	for _, request := range []func(string) ecma.Message{deflect, forward} {
		require.Equal(t, "op switching.LookUpDevice{quick:{} Device:0048}", a.ask(request("0048")))
		b.knows(switching.DeviceStatus{})
		require.Equal(t, "a error privilegeViolationCalledDevice", strings.Join(b.take(), "\n"))
		require.Equal(t, "op switching.LookUpDevice{quick:{} Device:0048}", a.ask(request("0048")))
		b.last(switching.LookUpDevice{}).done(switching.Outcome{}, errors.New("the directory is far away"))
		require.Equal(t, "a error generic", strings.Join(b.take(), "\n"))
	}
	require.NotContains(t, a.ask(forward("0049123")), "Device:0049123")
	require.Contains(t, a.ask(deflect("0049123")), "op switching.Route", "what it may dial is not asked for")
	// A subscriber of the switch.
	b = newBench(t)
	a = b.granted("a", "devices", "1000", "rights", "all")
	a.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("2000")})
	require.Equal(t, []string{"op switching.LookUpDevice{quick:{} Device:2000}"}, b.take())
	b.knows(switching.DeviceStatus{Device: "2000", Known: true})
	require.Equal(t, []string{"op switching.LookUpDevice{quick:{} Device:1000}"}, b.take())
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	require.Contains(t, strings.Join(b.take(), "\n"), "op switching.Originate")
	// A number of another domain is looked for in that.
	a = b.granted("t", "devices", "1000@tenant.test", "rights", "all")
	a.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000@tenant.test"), Called: ecma.Subscriber("2000")})
	require.Equal(t, []string{"op switching.LookUpDevice{quick:{} Device:2000@tenant.test}"}, b.take())
}

// Who sees all of a tenant's, or all there are, may not call all that a dialplan routes.
func TestOutsideNumbersOfThoseWhoSeeAll(t *testing.T) {
	for domain, pairs := range map[string][]string{"@tenant.test": {"domain", "tenant.test"}, "": {"devices", "*"}} {
		b := newBench(t)
		a := b.granted("a", append(pairs, "rights", "all")...)
		call := func(to ecma.DeviceID) string {
			return a.ask(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: to})
		}
		looked := func(number string) string {
			return "op switching.LookUpDevice{quick:{} Device:" + number + domain + "}"
		}
		for _, outside := range []ecma.DeviceID{ecma.Subscriber("0049123"), ecma.Queue("0049123")} {
			require.Equal(t, looked("0049123"), call(outside), "no call was at such a queue")
			b.knows(switching.DeviceStatus{})
			require.Equal(t, "a error privilegeViolationCalledDevice", strings.Join(b.take(), "\n"))
		}
		require.Equal(t, looked("2000"), call(ecma.Subscriber("2000")))
		b.knows(switching.DeviceStatus{Device: "2000" + domain, Known: true})
		require.Equal(t, looked("1000"), strings.Join(b.take(), "\n"), "a subscriber")
		b.core.roster.saw(ecma.Queue("9500" + domain))
		c := b.granted("c", append(pairs, "rights", "all")...)
		require.Equal(t, looked("1002"), c.ask(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1002"), Called: ecma.Subscriber("9500")}), "a queue that is there")
	}
}

// A number is looked at as its service takes it: for somebody from outside, or a queue, in
// a tenant's call it is the tenant's.
func TestOutsideNumbersOfTenants(t *testing.T) {
	b := newBench(t)
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "l1", Info: &switching.LegInfo{Direction: switching.Inbound, Caller: "4930", Dialled: "9500"}})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "l1", Name: "9500@tenant.test"})
	b.simple(switching.LegAnswered, "l1")
	b.take()
	a := b.granted("a", "domain", "tenant.test", "rights", "all", "devices", "1001,queue:9500")
	deflect := func(to string) string {
		return a.ask(&ecma.DeflectCall{CallToBeDiverted: ecma.ConnectionID{CallID: "l1", Device: ecma.Queue("9500")}, NewDestination: []ecma.DeviceID{ecma.Subscriber(to)}})
	}
	require.Equal(t, "op switching.LookUpDevice{quick:{} Device:2000@tenant.test}", deflect("2000"), "nobody's of the default domain")
	b.knows(switching.DeviceStatus{})
	require.Equal(t, []string{"a error privilegeViolationCalledDevice"}, b.take())
	require.Contains(t, deflect("1001"), "op switching.Route", "one's own tenant's is one's own")
}

// Past the dialplan an application reaches what the site names and it may dial.
func TestTrunkAddressesOfApplications(t *testing.T) {
	b := newBench(t)
	predict := func(cl *client) string {
		return cl.ask(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("sofia/external/4930@127.0.0.1:5080")})
	}
	require.Equal(t, "a error privilegeViolationCalledDevice", predict(b.granted("a", "devices", "queue:9500", "rights", "all", "dial", "*")), "a host is not a gateway")
	require.Equal(t, "b error privilegeViolationCalledDevice", predict(b.granted("b", "devices", "queue:9500", "rights", "all", "addresses", "external/*")), "nor may it dial the number")
	require.Contains(t, predict(b.granted("c", "devices", "queue:9500", "rights", "all", "addresses", "external/127.0.0.1:5080", "dial", "49*")), "op switching.Originate")
	require.Contains(t, predict(b.client("d")), "op switching.Originate", "without applications the site's list alone counts")
}

// What a session may no longer have ends, and its client is told.
func TestRightsTakenAway(t *testing.T) {
	b := newBench(t)
	a := b.granted("a", "devices", "1000,1001")
	one, two := a.monitor("1000"), a.monitor("1001")
	b.inbound("l1", "1000", "1002")
	b.take()
	require.Contains(t, a.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "l1"}}}), "a monitor")
	a.grant("devices", "1000,1001", "max-monitors", "5")
	require.Empty(t, b.take(), "it may have all that it has")
	a.grant("devices", "1001")
	require.Equal(t, []string{"a request MonitorStop", "a request MonitorStop"}, b.take(), "the device's and the call's")
	require.Nil(t, b.core.model.Monitors.Find(one))
	require.NotNil(t, b.core.model.Monitors.Find(two))
	require.Equal(t, "a error invalidMonitorCrossRefID", a.ask(&ecma.MonitorStop{MonitorCrossRefID: one}))
	a.grant("devices", "1001", "rights", "control")
	require.Equal(t, []string{"a request MonitorStop"}, b.take())
	b.core.hears(sessionGranted{a, nil})
	require.NotEmpty(t, a.monitor("1000"), "there are no applications any more")
	b.core.hears(sessionGranted{a, applications.Nobody})
	require.Equal(t, []string{"a request MonitorStop"}, b.take())
}

// The monitor of a call ends when nobody is in it any more whom the session may see.
func TestCallLostSightOf(t *testing.T) {
	b := newBench(t)
	b.inbound("l1", "1000", "1001")
	b.outbound("l2", "1001", "l1")
	b.simple(switching.LegAnswered, "l2")
	b.simple(switching.LegAnswered, "l1")
	b.take()
	a := b.granted("a", "devices", "1001")
	require.Contains(t, a.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "l1"}}}), "a monitor")
	mon := b.core.model.Monitors.Find("1")
	require.NotNil(t, mon)
	b.core.model.Disconnect(b.core.model.Calls.Find("l1").Of(ecma.Subscriber("1001")))
	b.event(switching.Event{Kind: switching.LegHeld, Leg: "l1"})
	b.pass(time.Second)
	require.Contains(t, b.take(), "a request MonitorStop")
	require.Nil(t, b.core.model.Monitors.Find("1"))
}

// All sessions of an application share its limits.
func TestLimitsOfApplications(t *testing.T) {
	b := newBench(t)
	limits := []string{"devices", "1000-1999,queue:9500", "rights", "all", "dial", "*", "max-monitors", "2", "max-calls", "2", "max-calls-per-second", "3"}
	a := b.granted("a", limits...)
	require.NotEmpty(t, a.monitor("1000"))
	again := &client{bench: b, name: "a"}
	b.core.openSession(again)
	again.grant(limits...)
	require.NotEmpty(t, again.monitor("1001"))
	again.send(startOf("1001"))
	require.Equal(t, "a error overallMonitorLimitExceeded", b.take("LookUpDevice")[0])
	other := b.granted("o", limits...)
	require.NotEmpty(t, other.monitor("1001"), "another application has its own")

	call := func(cl *client) string {
		return cl.ask(&ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("4930")})
	}
	require.Contains(t, call(a), "op switching.Originate")
	require.Contains(t, call(again), "op switching.Originate")
	require.Equal(t, "a error resourceLimitExceeded", call(a))
	require.Contains(t, call(other), "op switching.Originate")
	// Both have come to nothing: there is room for others, but not in this second.
	b.core.model.Calls.Each(func(cl *model.Call) { b.core.model.RemoveCall(cl) })
	require.Contains(t, call(a), "op switching.Originate")
	require.Equal(t, "a error resourceBusy", call(again))
	b.pass(time.Second)
	b.take()
	require.Contains(t, call(again), "op switching.Originate")
}

// another opens one more session of a client's application.
func (cl *client) another(pairs ...string) *client {
	again := &client{bench: cl.bench, name: cl.name}
	cl.core.openSession(again)
	again.grant(pairs...)
	return again
}

// An application that takes places by many sessions has no more of them than by one.
func TestOneApplicationLeavesPlacesForOthers(t *testing.T) {
	b := newBench(t)
	may := []string{"devices", "1000-1999,queue:9500", "rights", "all", "dial", "*"}
	one := b.granted("a", may...)
	sessions := []*client{one, one.another(may...), one.another(may...)}
	other := b.granted("o", may...)
	b.inbound("l", "1000", "1001")
	b.take()
	one.monitor("1000")
	call := ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "l"}}
	start := func(cl *client, object ecma.MonitorObject) string {
		cl.send(&ecma.MonitorStart{Object: object})
		out := b.take()
		return out[len(out)-1]
	}
	require.Contains(t, start(one, call), "a monitor")
	for n := range maxMonitorsPerDevice/2 - 1 {
		require.Contains(t, start(sessions[n%3], startOf("1000").Object), "a monitor")
		require.Contains(t, start(sessions[n%3], call), "a monitor")
	}
	for _, cl := range sessions {
		require.Equal(t, "a error objectMonitorLimitExceeded", start(cl, startOf("1000").Object))
		require.Equal(t, "a error objectMonitorLimitExceeded", start(cl, call))
	}
	require.Contains(t, start(other, startOf("1000").Object), "o monitor")
	// One session takes over what the others have: nothing is different.
	b.core.hears(monitorsMoved{sessions[1], one, func() {}})
	b.core.hears(sessionClosed{sessions[1]})
	require.Equal(t, "a error objectMonitorLimitExceeded", start(one, call))
	require.Contains(t, start(other, call), "o monitor")

	ring := func(cl *client) string {
		return cl.ask(&ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("4930")})
	}
	sessions[1] = one.another(may...)
	for n := range maxOriginates {
		require.Contains(t, ring(sessions[n%3]), "op switching.Originate")
	}
	b.core.hears(sessionClosed{sessions[2]})
	for _, cl := range []*client{one, sessions[1], one.another(may...)} {
		require.Equal(t, "a error resourceBusy", ring(cl))
	}
	require.Contains(t, ring(other), "op switching.Originate")
}

// Whoever is two applications, by where he comes from and by his login, does not have the
// monitors of one beyond the limit of the other, however they come there.
func TestMonitorsOfAnotherApplication(t *testing.T) {
	limits := []string{"devices", "1000-1999", "max-monitors", "3"}
	for name, comes := range map[string]func(b *bench, from, to *client){
		"the session takes them over": func(b *bench, from, to *client) {
			b.core.hears(monitorsMoved{from, to, func() {}})
		},
		"the session logs in": func(b *bench, from, to *client) {
			from.name = "b"
			from.grant(limits...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			from, to := b.granted("a", limits...), b.granted("b", limits...)
			for _, device := range []string{"1000", "1001", "1002"} {
				from.monitor(device)
			}
			to.monitor("1003")
			beside := to.another(limits...)
			kept := b.core.sessions[beside]
			require.NotNil(t, kept)
			comes(b, from, to)
			require.Equal(t, []string{"b request MonitorStop"}, b.take(), "the last one that came")
			require.NotNil(t, b.core.model.Monitors.Find("2"))
			require.Nil(t, b.core.model.Monitors.Find("3"))
			require.NotNil(t, b.core.model.Monitors.Find("4"), "what it had stays")
			require.Equal(t, "b error overallMonitorLimitExceeded", beside.ask(startOf("1005")))
		})
	}
	t.Run("within one application nothing ends", func(t *testing.T) {
		b := newBench(t)
		from := b.granted("a", limits...)
		to := from.another(limits...)
		for _, device := range []string{"1000", "1001"} {
			from.monitor(device)
		}
		to.monitor("1002")
		less := []string{"devices", "1000-1999", "max-monitors", "1"}
		from.grant(less...)
		to.grant(less...)
		b.core.hears(monitorsMoved{from, to, func() {}})
		require.Empty(t, b.take())
		require.Len(t, b.core.sessions[to].monitors, 3)
	})
}

// A client that begins anew, and does not know of the session that it had, need not wait for
// the end of that: its monitors make room, those of the same device first.
func TestPartedSessionsMakeRoom(t *testing.T) {
	limits := []string{"devices", "1000-1999", "max-monitors", "3"}
	b := newBench(t)
	old := b.granted("a", limits...)
	for _, device := range []string{"1000", "1001", "1002"} {
		old.monitor(device)
	}
	anew, other := old.another(limits...), b.granted("o", limits...)
	require.Equal(t, "a error overallMonitorLimitExceeded", anew.ask(startOf("1002")))
	b.core.hears(sessionParted{other, false})
	require.Equal(t, "a error overallMonitorLimitExceeded", anew.ask(startOf("1002")), "another one's client")
	b.core.hears(sessionParted{old, false})
	require.Equal(t, "a request MonitorStop", strings.Split(anew.ask(startOf("1002")), "\n")[0])
	b.knows(switching.DeviceStatus{Device: "1002", Known: true})
	require.Contains(t, b.take(), "a monitor 4")
	require.Nil(t, b.core.model.Monitors.Find("3"), "of the same device")
	anew.send(startOf("1003"))
	require.Equal(t, "a request MonitorStop", b.take()[0])
	require.Nil(t, b.core.model.Monitors.Find("1"), "the oldest one")
	require.NotNil(t, b.core.model.Monitors.Find("2"))
	// It has come back.
	b.core.hears(sessionParted{old, true})
	require.Equal(t, "a error overallMonitorLimitExceeded", anew.ask(startOf("1001")))
	require.NotNil(t, b.core.model.Monitors.Find("2"))
	// Too few could make room: none does.
	b.core.hears(sessionParted{old, false})
	anew.grant("devices", "1000-1999", "max-monitors", "1")
	require.Equal(t, "a error overallMonitorLimitExceeded", anew.ask(startOf("1001")))
	require.NotNil(t, b.core.model.Monitors.Find("2"))
}

// The same holds for the places at one device.
func TestPartedSessionsMakeRoomAtADevice(t *testing.T) {
	b := newBench(t)
	old := b.granted("a", "devices", "1000")
	old.monitor("1000")
	for range maxMonitorsPerDevice/2 - 1 {
		old.send(startOf("1000"))
	}
	anew := old.another("devices", "1000")
	b.take()
	require.Equal(t, "a error objectMonitorLimitExceeded", anew.ask(startOf("1000")))
	b.core.hears(sessionParted{old, false})
	require.Contains(t, anew.ask(startOf("1000")), "a request MonitorStop\na monitor")
	require.Equal(t, maxMonitorsPerDevice/2, b.core.model.Monitors.Len())
}

// Members of a group are found by asking the directory about the device, which may be far
// away and need not be able to list them.
func TestScopeOfGroups(t *testing.T) {
	b := newBench(t)
	a := b.granted("a", "devices", "group:sales,3000", "rights", "all")
	asks := func(device string) string {
		return "op switching.FindInGroup{quick:{} Device: Group:sales Among:[" + device + "]}"
	}
	answer := func(device string) {
		b.last(switching.FindInGroup{}).succeed(switching.Outcome{Device: switching.DeviceStatus{Known: true, Device: device}})
	}
	a.send(startOf("1000"))
	require.Equal(t, []string{asks("1000")}, b.take())
	answer("1000")
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	require.Contains(t, b.take("LookUpDevice")[0], "a monitor 1")
	a.send(startOf("1001"))
	answer("")
	require.Equal(t, []string{asks("1001"), "a error invalidDeviceID"}, b.take())
	require.Equal(t, "a error invalidDeviceID", a.ask(startOf("1001")), "it is not asked again at once")
	require.Equal(t, "a error invalidDeviceID", a.ask(startOf("1001@tenant.test")), "the group is one of the default domain")

	// The directory does not answer: what it said counts.
	b.pass(membershipTime)
	a.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	b.last(switching.FindInGroup{}).done(switching.Outcome{}, errors.New("far away"))
	require.Contains(t, strings.Join(b.take(), "\n"), "a calls []")
	// He is in the group no more.
	b.pass(membershipRetry)
	a.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	answer("")
	require.Equal(t, []string{asks("1000"), "a request MonitorStop", "a error invalidDeviceID"}, b.take())

	// A call is seen by whoever in it is a member.
	b.inbound("l1", "2000", "1001")
	b.take()
	a.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "l1"}})
	require.Equal(t, []string{asks("2000")}, b.take())
	answer("2000")
	require.Contains(t, strings.Join(b.take(), "\n"), "a endpoints")
	b.core.hears(sessionGranted{a, nil})
	a.send(startOf("1005"))
	require.Contains(t, b.take()[0], "LookUpDevice")
}
