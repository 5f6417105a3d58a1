package server

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

const (
	beatInterval = 200 * time.Millisecond
	beatText     = `<SystemStatus xmlns="` + ed4 + `"><systemStatus>normal</systemStatus></SystemStatus>`
)

func TestSilentWithoutHeartbeat(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	p.quiet(50 * time.Millisecond)
}

func TestHeartbeat(t *testing.T) {
	f := start(t, Options{SystemStatusTimer: beatInterval})
	p, _ := f.join(t)
	p.expect(9000, beatText)
	p.send(9000, `<SystemStatusResponse xmlns="`+ed4+`"/>`)
	// In the client's own namespace, once it is known; any answer counts.
	p.send(1, `<SystemStatus xmlns="`+ed6+`"/>`)
	p.expect(1, `<SystemStatusResponse xmlns="`+ed6+`"/>`)
	for i := range uint16(5) {
		got := p.next()
		assert.Equal(t, 9001+i, got.Invoke)
		assert.Equal(t, `<SystemStatus xmlns="`+ed6+`"><systemStatus>normal</systemStatus></SystemStatus>`, body(got))
		switch i {
		case 0:
			p.send(got.Invoke, `<CSTAErrorCode xmlns="`+ed6+`"><operation>serviceNotSupported</operation></CSTAErrorCode>`)
		case 1:
			p.send(4711, `<SystemStatusResponse xmlns="`+ed6+`"/>`)
		case 2:
			p.send(got.Invoke, `<VendorStatusResponse xmlns="`+ed6+`"/>`)
		default:
			p.send(got.Invoke, `<SystemStatusResponse xmlns="`+ed6+`"/>`)
		}
	}
	assert.Zero(t, f.Stats().MuteClients)
}

// The greeting does not depend on the heartbeat.
func TestGreeting(t *testing.T) {
	f := start(t, Options{Greeting: GreetAlways})
	p, _ := f.join(t)
	p.expect(9000, beatText)
	p.quiet(50 * time.Millisecond)

	f = start(t, Options{Greeting: GreetNever, SystemStatusTimer: beatInterval})
	p, _ = f.join(t)
	p.quiet(beatInterval / 2)
	p.expect(9000, beatText)
}

// A client that never answers the heartbeat lives as long as it sends anything.
func TestAnyFrameIsASignOfLife(t *testing.T) {
	f := start(t, Options{SystemStatusTimer: beatInterval})
	p, _ := f.join(t)
	for i, frame := range []string{
		`<SystemStatus xmlns="` + ed4 + `"/>`, `<RequestSystemStatus xmlns="` + ed4 + `"/>`, `<MakeCoffee xmlns="` + ed4 + `"/>`,
		`<MakeCoffeeResponse xmlns="` + ed4 + `"/>`, `<SomethingEvent xmlns="` + ed4 + `"/>`, `no document`,
	} {
		p.expect(9000+uint16(i), beatText)
		p.send(7, frame)
		if i != 3 && i != 4 {
			p.next()
		}
	}
	assert.Zero(t, f.Stats().MuteClients)
}

func TestMuteClientIsDisconnected(t *testing.T) {
	f := start(t, Options{SystemStatusTimer: beatInterval})
	p, s := f.join(t)
	p.expect(9000, beatText)
	p.expect(9001, beatText)
	p.expectClosed()
	assert.Same(t, s, receive(t, f.engine.closed))
	require.Eventually(t, func() bool { return f.Stats().MuteClients == 1 }, patience, time.Millisecond)
	assert.Contains(t, f.log.String(), errMute.Error())
}

func TestOneMissedBeatIsForgiven(t *testing.T) {
	f := start(t, Options{SystemStatusTimer: beatInterval})
	p, _ := f.join(t)
	for i := range uint16(6) {
		p.expect(9000+i, beatText)
		if i%2 == 1 {
			p.send(9000+i, `<SystemStatusResponse xmlns="`+ed4+`"/>`)
		}
	}
	assert.Zero(t, f.Stats().MuteClients)
}

// A client that is held back by us can't answer: its answers wait behind its
// requests.
func TestStalledClientIsNotMute(t *testing.T) {
	f := start(t, Options{SystemStatusTimer: beatInterval})
	p, s := f.join(t)
	for i := range uint16(maxReadAhead + 10) {
		p.send(i, `<MonitorStop xmlns="`+ed4+`"><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	}
	for i := range uint16(5) {
		p.expect(9000+i, beatText)
	}
	for range maxReadAhead + 10 {
		r := receive(t, f.engine.asked)
		s.Respond(r.Invoke, r.Edition, &ecma.MonitorStopResponse{})
	}
	s.Flush()
	p.send(9000, `<SystemStatusResponse xmlns="`+ed4+`"/>`)
	require.Len(t, f.Stats().Sessions, 1)
}

func TestRegistrations(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	ask := func(request, answer string) {
		t.Helper()
		p.send(1, request)
		p.expect(1, answer)
	}
	const unknown = `<CSTAErrorCode><operation>invalidCrossRefID</operation></CSTAErrorCode>`
	ask(`<SystemRegister><requestTypes><systemStatus>true</systemStatus><requestSystemStatus>false</requestSystemStatus></requestTypes></SystemRegister>`,
		`<SystemRegisterResponse><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterResponse>`)
	ask(`<SystemRegister><requestTypes><systemStatus>1</systemStatus></requestTypes><requestedStatusFilter><overloadReached>true</overloadReached></requestedStatusFilter></SystemRegister>`,
		`<SystemRegisterResponse><sysStatRegisterID>2</sysStatRegisterID><actualStatusFilter><overloadReached>true</overloadReached></actualStatusFilter></SystemRegisterResponse>`)
	ask(`<SystemRegister><requestTypes><systemStatus>false</systemStatus></requestTypes></SystemRegister>`,
		`<SystemRegisterResponse><sysStatRegisterID>3</sysStatRegisterID></SystemRegisterResponse>`)

	f.SetSystemStatus(ecma.StatusOverloadReached)
	p.expect(9000, `<SystemStatus><sysStatRegisterID>1</sysStatRegisterID><systemStatus>overloadReached</systemStatus></SystemStatus>`)
	f.SetSystemStatus(ecma.StatusOverloadReached)
	f.SetSystemStatus(ecma.StatusNormal)
	p.expect(9001, `<SystemStatus><sysStatRegisterID>1</sysStatRegisterID><systemStatus>normal</systemStatus></SystemStatus>`)
	p.expect(9002, `<SystemStatus><sysStatRegisterID>2</sysStatRegisterID><systemStatus>normal</systemStatus></SystemStatus>`)

	ask(`<RequestSystemStatus><sysStatRegisterID>2</sysStatRegisterID></RequestSystemStatus>`,
		`<RequestSystemStatusResponse><systemStatus>normal</systemStatus></RequestSystemStatusResponse>`)
	ask(`<RequestSystemStatus><sysStatRegisterID>9</sysStatRegisterID></RequestSystemStatus>`, unknown)
	ask(`<ChangeSysStatFilter><sysStatRegisterID>1</sysStatRegisterID><requestedStatusFilter><normal>true</normal><disabled>true</disabled></requestedStatusFilter></ChangeSysStatFilter>`,
		`<ChangeSysStatFilterResponse><actualStatusFilter><normal>true</normal><disabled>true</disabled></actualStatusFilter></ChangeSysStatFilterResponse>`)
	ask(`<ChangeSysStatFilter><sysStatRegisterID>9</sysStatRegisterID><requestedStatusFilter/></ChangeSysStatFilter>`, unknown)
	ask(`<SystemRegisterCancel><sysStatRegisterID>2</sysStatRegisterID></SystemRegisterCancel>`, `<SystemRegisterCancelResponse/>`)
	ask(`<SystemRegisterCancel><sysStatRegisterID>2</sysStatRegisterID></SystemRegisterCancel>`, unknown)

	f.SetSystemStatus(ecma.StatusDisabled)
	f.SetSystemStatus(ecma.StatusEnabled)
	p.expect(9003, `<SystemStatus><sysStatRegisterID>1</sysStatRegisterID><systemStatus>enabled</systemStatus></SystemStatus>`)
	ask(`<RequestSystemStatus/>`, `<RequestSystemStatusResponse><systemStatus>enabled</systemStatus></RequestSystemStatusResponse>`)
}

// Registrations belong to their session.
func TestForeignRegistration(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	p.send(1, `<SystemRegister><requestTypes/></SystemRegister>`)
	p.expect(1, `<SystemRegisterResponse><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterResponse>`)
	other, _ := f.join(t)
	other.send(1, `<SystemRegisterCancel><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterCancel>`)
	other.expect(1, `<CSTAErrorCode><operation>invalidCrossRefID</operation></CSTAErrorCode>`)
}

func TestRegistrationLimit(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	for i := range maxRegistrations {
		p.send(1, `<SystemRegister><requestTypes/></SystemRegister>`)
		p.expect(1, fmt.Sprintf(`<SystemRegisterResponse><sysStatRegisterID>%d</sysStatRegisterID></SystemRegisterResponse>`, i+1))
	}
	p.send(1, `<SystemRegister><requestTypes/></SystemRegister>`)
	p.expect(1, `<CSTAErrorCode><systemResourceAvailibility>registrationLimitExceeded</systemResourceAvailibility></CSTAErrorCode>`)
}

func TestHeartbeatOfARegisteredClient(t *testing.T) {
	f := start(t, Options{SystemStatusTimer: beatInterval})
	p, _ := f.join(t)
	p.expect(9000, beatText)
	p.send(9000, `<SystemStatusResponse xmlns="`+ed4+`"/>`)
	p.send(0, `<SystemRegister xmlns="`+ed4+`"><requestTypes><systemStatus>true</systemStatus></requestTypes></SystemRegister>`)
	p.expect(0, `<SystemRegisterResponse xmlns="`+ed4+`"><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterResponse>`)
	p.expect(9001, `<SystemStatus xmlns="`+ed4+`"><sysStatRegisterID>1</sysStatRegisterID><systemStatus>normal</systemStatus></SystemStatus>`)
	p.send(9001, `<SystemStatusResponse xmlns="`+ed4+`"/>`)
	p.send(0, `<ChangeSysStatFilter xmlns="`+ed4+`"><sysStatRegisterID>1</sysStatRegisterID><requestedStatusFilter><normal>true</normal></requestedStatusFilter></ChangeSysStatFilter>`)
	p.expect(0, `<ChangeSysStatFilterResponse xmlns="`+ed4+`"><actualStatusFilter><normal>true</normal></actualStatusFilter></ChangeSysStatFilterResponse>`)
	p.quiet(4 * beatInterval)
}

func TestOwnInvokeIDsWrapAndAreFree(t *testing.T) {
	s := &session{outstanding: map[uint16]int{9001: 1, 9998: 2}}
	var got []uint16
	for range 2000 {
		got = append(got, s.newInvoke())
	}
	assert.Equal(t, []uint16{9000, 9002, 9003}, got[:3])
	assert.NotContains(t, got, uint16(9001))
	assert.NotContains(t, got, uint16(9998))
	assert.NotContains(t, got, uint16(9999))
	assert.Len(t, s.own.waiting, maxOwnRequests)
}

func TestDump(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval time.Duration
		requests int
		dumps    int
	}{
		{"never", -time.Second, 3, 0},
		{"not so often", time.Hour, 3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{MinimumDumpInterval: c.interval})
			f.engine.status = engine.Status{
				Monitors: []engine.MonitorStatus{{CrossRefID: "1", Device: "1000", Session: "1 peer"}},
				Devices:  []engine.DeviceStatus{{Device: "1000", Service: "in", Monitors: 1, Connections: 1}},
				Calls: []engine.CallStatus{{CallID: "c1", Calling: "1000", Connections: []engine.ConnectionStatus{
					{Device: "1000", State: "connected", Leg: "c1"}, {Device: "1001", State: "alerting", Leg: "c2"}}}},
			}
			p, _ := f.join(t)
			for range c.requests {
				p.send(1, `<RequestSystemStatus/>`)
				p.expect(1, `<RequestSystemStatusResponse><systemStatus>normal</systemStatus></RequestSystemStatusResponse>`)
			}
			if c.dumps == 0 {
				assert.Zero(t, f.engine.statusAsked())
				assert.NotContains(t, f.log.String(), "dump:")
				return
			}
			require.Eventually(t, func() bool { return f.engine.statusAsked() == c.dumps }, patience, time.Millisecond)
			for _, line := range []string{
				"dump: 1 calls, 1 devices, 1 monitors",
				"dump: call c1 from 1000 to -: 1000 connected (c1) 1001 alerting (c2)",
				"dump: device 1000 service in, 1 monitors, 1 connections",
				"dump: monitor 1 on 1000 for session 1 peer",
			} {
				require.Eventually(t, func() bool { return contains(f.log, line) }, patience, time.Millisecond, line)
			}
		})
	}
}

func TestDumpIsDueAgain(t *testing.T) {
	srv := New(newFakeEngine(), Options{MinimumDumpInterval: time.Minute}, slog.New(slog.DiscardHandler))
	now := time.Now()
	assert.True(t, srv.dumps.due(now))
	assert.False(t, srv.dumps.due(now.Add(2*time.Minute)), "one is running")
	srv.dumps.done()
	assert.False(t, srv.dumps.due(now.Add(59*time.Second)))
	assert.True(t, srv.dumps.due(now.Add(time.Minute)))
}

func TestDumpEveryTime(t *testing.T) {
	srv := New(newFakeEngine(), Options{MinimumDumpInterval: 0}, slog.New(slog.DiscardHandler))
	now := time.Now()
	for range 3 {
		assert.True(t, srv.dumps.due(now))
		srv.dumps.done()
	}
}

// Whoever registered for it hears that the list of devices has changed, once for each
// registration.
func TestDevicesChanged(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	register := func(types string) string {
		p.send(1, `<SystemRegister xmlns="`+ed6+`"><requestTypes>`+types+`</requestTypes></SystemRegister>`)
		m, _, err := ecma.Decode(p.next().Body)
		require.NoError(t, err)
		return m.(*ecma.SystemRegisterResponse).SysStatRegisterID
	}
	changed := func() {
		s.(engine.Rostered).DevicesChanged()
		s.Flush()
	}
	register("<systemStatus>true</systemStatus>")
	changed()
	p.quiet(50 * time.Millisecond)
	id := register("<switchingFunctionDevicesChanged>true</switchingFunctionDevicesChanged>")
	changed()
	p.expect(9000, `<SwFunctionDevicesChanged xmlns="`+ed6+`"><sysStatRegisterID>`+id+`</sysStatRegisterID></SwFunctionDevicesChanged>`)
	p.send(9000, `<SwFunctionDevicesChangedResponse xmlns="`+ed6+`"/>`)
	p.quiet(50 * time.Millisecond)
}

func TestRoomIsWhatTheOutputTakes(t *testing.T) {
	f := start(t, Options{}, func(s *Server) { s.limits.queued = 1000 })
	_, s := f.join(t)
	roomy := s.(engine.Roomy)
	require.Equal(t, 1000, roomy.Room())
	s.Request(ecma.Edition6, &ecma.SwFunctionDevicesChanged{SysStatRegisterID: "1"})
	require.Less(t, roomy.Room(), 900)
}
