package engine

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/wire"
)

// reader is a client that keeps the messages it gets, and may read slowly.
type reader struct {
	client
	responses, requests []ecma.Message
	// room is what its output takes; less than 0: everything.
	room    int
	changed int
}

func (b *bench) reader(name string) *reader {
	r := &reader{client: client{bench: b, name: name}, room: -1}
	b.core.openSession(r)
	return r
}

func (r *reader) Respond(_ uint16, _ ecma.Edition, m ecma.Message) {
	r.responses = append(r.responses, m)
}

func (r *reader) Request(ed ecma.Edition, m ecma.Message) {
	size := len(ecma.Append(nil, ed, m))
	require.LessOrEqual(r.t, size, wire.MaxSentBody)
	r.room -= size
	r.requests = append(r.requests, m)
}

func (r *reader) Room() int {
	if r.room < 0 && r.room > -1<<30 {
		return 1 << 30
	}
	return r.room
}

func (r *reader) DevicesChanged() { r.changed++ }

func (r *reader) ask(m ecma.Message) {
	r.next++
	r.core.step(&input{req: &Request{Session: r, Invoke: r.next, Edition: ecma.Edition6, Message: m}})
}

// answer is the last response, and the segments that came with it.
func (r *reader) answer() (ecma.Message, []ecma.Message) {
	require.NotEmpty(r.t, r.responses)
	last, segments := r.responses[len(r.responses)-1], r.requests
	r.requests = nil
	return last, segments
}

// devices are those of the last list, which is whole.
func (r *reader) devices() (list []string) {
	response, segments := r.answer()
	ref := response.(*ecma.GetSwitchingFunctionDevicesResponse).ServiceCrossRefID
	require.NotEmpty(r.t, segments)
	for i, m := range segments {
		segment := m.(*ecma.SwitchingFunctionDevices)
		require.Equal(r.t, ref, segment.ServiceCrossRefID)
		require.Equal(r.t, ecma.IntOf(int64(i+1)), segment.SegmentID)
		require.Equal(r.t, i == len(segments)-1, segment.LastSegment)
		for _, d := range segment.DeviceList {
			list = append(list, fmt.Sprintf("%s %s", d.DeviceID.Number, d.DeviceCategory))
		}
	}
	return list
}

// lists answers the newest ListSubscribers.
func (b *bench) lists(devices ...string) {
	b.last(switching.ListSubscribers{}).done(switching.Outcome{Devices: devices}, nil)
}

// passThrough lets a call be at each kind of device.
func passThrough(b *bench) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "in", Info: &switching.LegInfo{Direction: switching.Inbound, Caller: "0301234", Dialled: "9500"}})
	b.event(switching.Event{Kind: switching.TrunkEntered, Leg: "in", Name: "20"})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "in", Name: "9500", Data: "9500"})
	b.outbound("agent", "1003", "in")
}

func TestDevicesAreThoseThatAreKnown(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	passThrough(b)
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1009@branch.test"})
	ask := func(m *ecma.GetSwitchingFunctionDevices) []string {
		r.ask(m)
		b.lists("1000", "1001", "1003", "2000")
		return r.devices()
	}
	stations := []string{"1000 station", "1001 station", "1003 station", "1009@branch.test station", "2000 station"}
	require.Equal(t, slices.Concat(stations, []string{"029500 acd", "0120 networkInterface"}), ask(&ecma.GetSwitchingFunctionDevices{}))
	require.Equal(t, stations, ask(&ecma.GetSwitchingFunctionDevices{RequestedDeviceCategory: ecma.RequestedStation}))
	require.Equal(t, []string{"029500 acd"}, ask(&ecma.GetSwitchingFunctionDevices{RequestedDeviceCategory: ecma.RequestedAcd}))
	require.Equal(t, []string{"0120 networkInterface"}, ask(&ecma.GetSwitchingFunctionDevices{RequestedDeviceCategory: ecma.RequestedNetworkInterface}))
	require.Empty(t, ask(&ecma.GetSwitchingFunctionDevices{RequestedDeviceCategory: ecma.RequestedPark}), "one empty segment")
}

// A device that a client names, and nobody else, is not one.
func TestDevicesThatOnlyAClientNames(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	r.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9999")}})
	r.ask(&ecma.MakeCall{CallingDevice: ecma.Queue("9998"), Called: ecma.Subscriber("1001")})
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.lists("1001")
	require.Equal(t, []string{"1001 station"}, r.devices())
}

func TestTheSwitchCannotListSubscribers(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	passThrough(b)
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.last(switching.ListSubscribers{}).done(switching.Outcome{}, switching.ErrNotSupported)
	require.Equal(t, []string{"1003 station", "029500 acd", "0120 networkInterface"}, r.devices())
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.last(switching.ListSubscribers{}).done(switching.Outcome{}, errBusy)
	refusal, _ := r.answer()
	require.Equal(t, ecma.ErrResourceBusy, refusal)
}

func TestOneDeviceIsAskedFor(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	ask := func(device ecma.DeviceID, category ecma.RequestedDeviceCategory, st switching.DeviceStatus) []string {
		r.ask(&ecma.GetSwitchingFunctionDevices{RequestedDeviceID: device, RequestedDeviceCategory: category})
		if device.Type != ecma.DeviceNumber {
			b.last(switching.LookUpDevice{}).done(switching.Outcome{Device: st}, nil)
		}
		return r.devices()
	}
	known := switching.DeviceStatus{Device: "1000@csta.test", Known: true}
	require.Equal(t, []string{"1000 station"}, ask(ecma.Subscriber("8000"), "", known))
	require.Empty(t, ask(ecma.Subscriber("1000"), ecma.RequestedAcd, known))
	require.Empty(t, ask(ecma.Subscriber("7"), "", switching.DeviceStatus{}))
	require.Equal(t, []string{"029500 acd"}, ask(ecma.Queue("9500"), "", switching.DeviceStatus{}))
}

func TestLongListsComeInSegments(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	var devices []string
	for n := range 10_000 {
		devices = append(devices, fmt.Sprintf("%05d@%s.test", n, strings.Repeat("x", n%200)))
	}
	slices.Sort(devices)
	r.room = streamRoom + 100<<10
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.lists(devices...)
	before := len(r.requests)
	require.Positive(t, before)
	b.pass(time.Second)
	require.Len(t, r.requests, before, "it reads no more")
	for range maxStreams - 1 {
		r.ask(&ecma.GetSwitchingFunctionDevices{})
		b.lists()
	}
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.lists()
	require.Equal(t, ecma.ErrResourceBusy, r.responses[len(r.responses)-1])
	r.responses = r.responses[:1]
	r.room = 1 << 29
	for range 100 {
		b.pass(time.Second)
	}
	all := r.requests
	r.requests = slices.DeleteFunc(slices.Clone(all), func(m ecma.Message) bool {
		return m.(*ecma.SwitchingFunctionDevices).ServiceCrossRefID != r.responses[0].(*ecma.GetSwitchingFunctionDevicesResponse).ServiceCrossRefID
	})
	require.Len(t, all, len(r.requests)+maxStreams-1)
	for i, told := range r.devices() {
		require.Equal(t, devices[i]+" station", told)
	}
	require.Empty(t, b.core.sessions[r].streams)
	require.True(t, b.core.quiet())

	r.room = 0
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.lists(devices...)
	b.core.closeSession(r)
	b.pass(time.Second)
	require.Empty(t, r.requests)
	require.True(t, b.core.quiet())
}

func TestManyCallsOfAQueueComeInSegments(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	snapshot := func() (calls []string) {
		r.ask(&ecma.SnapshotDevice{Object: ecma.Queue("9500")})
		for range 50 {
			b.pass(time.Second)
		}
		response, segments := r.answer()
		first := response.(*ecma.SnapshotDeviceResponse)
		infos := first.Calls
		for i, m := range segments {
			segment := m.(*ecma.SnapshotDeviceData)
			require.Equal(t, first.ServiceCrossRefID, segment.ServiceCrossRefID)
			require.Equal(t, ecma.IntOf(int64(i+1)), segment.SegmentID)
			require.Equal(t, i == len(segments)-1, segment.LastSegment)
			infos = append(infos, segment.Calls...)
		}
		require.Equal(t, len(segments) == 0, first.ServiceCrossRefID == "")
		for _, info := range infos {
			calls = append(calls, info.Connection.CallID)
		}
		return calls
	}
	var want []string
	for n := range 2000 {
		leg := fmt.Sprintf("leg-%04d", n)
		want = append(want, leg)
		b.inbound(leg, "", "9500")
		b.event(switching.Event{Kind: switching.QueueEntered, Leg: leg, Name: "9500", Data: "9500"})
		if n == 10 {
			require.Equal(t, want, snapshot())
			require.Empty(t, r.requests)
		}
	}
	require.Equal(t, want, snapshot())
}

func TestInformationAboutDevices(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	physical := func(device ecma.DeviceID) ecma.Message {
		r.ask(&ecma.GetPhysicalDeviceInformation{Device: device})
		if device.Type != ecma.DeviceNumber {
			b.last(switching.LookUpDevice{}).done(switching.Outcome{Device: switching.DeviceStatus{Device: device.Number, Known: device.Number == "1000"}}, nil)
		}
		m, _ := r.answer()
		return m
	}
	require.Equal(t, &ecma.GetPhysicalDeviceInformationResponse{DeviceCategory: ecma.CategoryStation, HasLogicalElement: true}, physical(ecma.Subscriber("1000")))
	require.Equal(t, &ecma.GetPhysicalDeviceInformationResponse{DeviceCategory: ecma.CategoryAcd, HasLogicalElement: true}, physical(ecma.Subscriber("029500")))
	require.Equal(t, &ecma.GetPhysicalDeviceInformationResponse{DeviceCategory: ecma.CategoryNetworkInterface, HasLogicalElement: true}, physical(ecma.NetworkInterface("20")))
	require.Equal(t, ecma.ErrInvalidDeviceID, physical(ecma.Subscriber("7")))
	require.Equal(t, ecma.ErrInvalidDeviceID, physical(ecma.DeviceID{Number: "0120#2", Type: ecma.DeviceNumber}))

	logical := func(device ecma.DeviceID) *ecma.GetLogicalDeviceInformationResponse {
		r.ask(&ecma.GetLogicalDeviceInformation{Device: device})
		if device.Type != ecma.DeviceNumber {
			b.last(switching.LookUpDevice{}).done(switching.Outcome{Device: switching.DeviceStatus{Device: device.Number, Known: true}}, nil)
		}
		m, _ := r.answer()
		return m.(*ecma.GetLogicalDeviceInformationResponse)
	}
	station, queue := logical(ecma.Subscriber("1000")), logical(ecma.Queue("9500"))
	require.True(t, station.HasPhysicalElement)
	require.False(t, queue.HasPhysicalElement)
	can := func(info *ecma.GetLogicalDeviceInformationResponse, list, name string) bool {
		return slices.ContainsFunc(info.Services, func(c ecma.Capability) bool { return c.Feature == ecma.Feature{List: list, Name: name} })
	}
	require.True(t, can(station, "logicalServList", "setForwarding"))
	require.False(t, can(queue, "logicalServList", "setForwarding"))
	require.True(t, can(queue, "callControlServList", "deflectCall"))
	require.False(t, can(queue, "callControlServList", "holdCall"))
	require.Equal(t, ecma.IntOf(3), station.MaxFwdSettings)
}

func TestClientsHearOfNewDevices(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	audit := func() int {
		b.core.hears(auditDue{})
		defer func() { r.changed = 0 }()
		return r.changed
	}
	passThrough(b)
	require.Zero(t, audit(), "nobody has a list")
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.lists("1000", "1001")
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1001"})
	require.Zero(t, audit(), "it was listed")
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1002"})
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1003"})
	require.Equal(t, 1, audit())
	require.Zero(t, audit())
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "in", Name: "9501", Data: "9501"})
	require.Equal(t, 1, audit())
	b.core.roster.directoryChanged()
	require.Equal(t, 1, audit())
}

func TestSeenDevicesAreBounded(t *testing.T) {
	b := newBench(t)
	for n := range maxSeen + 100 {
		b.core.roster.saw(ecma.Queue(fmt.Sprint(n)))
	}
	require.Len(t, b.core.roster.seen, maxSeen)
}

// What was seen before a recording begins is in it.
func TestRecordingsHaveWhatWasSeen(t *testing.T) {
	b := newBench(t)
	b.core.keepRecord(newRecorder(leastRecording))
	for range 200 {
		passThrough(b)
		b.hangUp("agent", switching.CauseNormalClearing)
		b.hangUp("in", switching.CauseNormalClearing)
		b.destroyed("agent", "in")
		b.pass(time.Minute)
	}
	var live tape
	s := &taped{b.client("a"), &live}
	b.core.hears(sessionOpened{s})
	b.core.step(&input{req: &Request{Session: s, Invoke: 1, Edition: ecma.Edition6, Message: &ecma.GetSwitchingFunctionDevices{}}})
	b.lists("1000")
	require.Contains(t, strings.Join(live, ""), "029500")
	require.Equal(t, live, replayed(t, b.core))
	d := b.core.dumpable("test")
	var text bytes.Buffer
	require.NoError(t, d.write(&text))
	require.Contains(t, text.String(), `"seen":{"device":"029500","internal":true}`)
}

// A session is told of what it may see, and of nothing else.
func TestDevicesOfAScope(t *testing.T) {
	b := newBench(t)
	r := b.reader("a")
	passThrough(b)
	b.core.hears(sessionGranted{r, r.grantOf("devices", "1000-1001,1009@csta.test,queue:9500")})
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	b.lists("1000", "1002", "1009", "2000@branch.test")
	require.Equal(t, []string{"1000 station", "1009 station", "029500 acd"}, r.devices())
	one := func(device ecma.DeviceID, known string) []string {
		r.ask(&ecma.GetSwitchingFunctionDevices{RequestedDeviceID: device})
		if device.Type != ecma.DeviceNumber {
			b.last(switching.LookUpDevice{}).done(switching.Outcome{Device: switching.DeviceStatus{Device: known, Known: known != ""}}, nil)
		}
		return r.devices()
	}
	require.Equal(t, []string{"1000 station"}, one(ecma.Subscriber("1000"), "1000"))
	require.Empty(t, one(ecma.Subscriber("1002"), "1002"), "as one that is not there")
	require.Empty(t, one(ecma.Subscriber("1"), ""))
	require.Empty(t, one(ecma.Subscriber("1000"), "1002"), "an alias of somebody else's")
	require.Empty(t, one(ecma.NetworkInterface("20"), ""))
	require.Equal(t, []string{"029500 acd"}, one(ecma.Queue("9500"), ""))
	for device, want := range map[string]bool{"029500": true, "029501": false} {
		r.ask(&ecma.GetPhysicalDeviceInformation{Device: ecma.DeviceID{Number: device, Type: ecma.DeviceNumber}})
		m, _ := r.answer()
		_, knows := m.(*ecma.GetPhysicalDeviceInformationResponse)
		require.Equal(t, want, knows, device)
	}
	b.core.hears(sessionGranted{r, applications.Nobody})
	r.ask(&ecma.GetSwitchingFunctionDevices{})
	m, _ := r.answer()
	require.Equal(t, ecma.ErrSecurityViolation, m)
}
