package conformance

import (
	"slices"

	"mod_csta_socket/csta/conformance/probe"
)

// Capabilities are what clients ask a switch about itself and its devices.
func Capabilities() []Scenario {
	return []Scenario{
		{Name: "devices of the directory and of calls", Cast: queueAndTrunk, Play: func(p *Play) {
			stations := []string{"station 1000", "station 1001", "station 1019", "station 2000@branch.test", "station 7001", "station alice", "station carol"}
			p.lists("", stations...)
			p.lists(probe.Element("requestedDeviceCategory", "station"), stations...)
			p.listsNot("", "station 9", "station 7050")
			waiting := p.Outside().Dials("193190")
			waiting.Connected()
			p.lists("", append(stations, "acd 029500", "networkInterface 0120")...)
			p.lists(probe.Element("requestedDeviceCategory", "acd"), "acd 029500")
			p.lists(probe.Element("requestedDeviceCategory", "networkInterface"), "networkInterface 0120")
			p.listsNot(probe.Element("requestedDeviceCategory", "acd"), "networkInterface 0120", "station 1000")
			waiting.HangsUp()
		}},
		{Name: "no devices of a kind that there are none of", Play: func(p *Play) {
			for _, none := range []string{
				probe.Element("requestedDeviceCategory", "park"), probe.Element("requestedDeviceID", "9"),
				probe.Element("requestedDeviceID", "1000") + probe.Element("requestedDeviceCategory", "acd"),
			} {
				if devices := p.devices(none); len(devices) > 0 {
					p.Errorf("%s: %v", none, devices)
				}
			}
			for _, one := range []string{"1000", "tel:1000", "alice", "2000@branch.test"} {
				if devices := p.devices(probe.Element("requestedDeviceID", one)); len(devices) != 1 {
					p.Errorf("%s: %v", one, devices)
				}
			}
			if devices := p.devices(probe.Element("requestedDeviceID", "7050")); !slices.Equal(devices, []string{"station carol"}) {
				p.Errorf("an alias: %v", devices)
			}
		}},
		{Name: "information about devices", Cast: queueAndTrunk, Play: func(p *Play) {
			for _, of := range []struct{ role, category, physical, forwards, deflects string }{
				{"A", "station", "true", "true", "true"},
				{"Q", "acd", "false", "false", "true"},
				{"N", "networkInterface", "false", "false", "false"},
			} {
				device := probe.DeviceElement("device", p.Device(of.role))
				m, err := p.Client(app).Do(p.within(), "GetPhysicalDeviceInformation", device)
				p.must(err)
				p.shows(m, "deviceCategory", of.category)
				p.shows(m, "hasLogicalElement", "true")
				m, err = p.Client(app).Do(p.within(), "GetLogicalDeviceInformation", device)
				p.must(err)
				p.shows(m, "deviceCategory", of.category)
				p.shows(m, "hasPhysicalElement", of.physical)
				for _, can := range []struct {
					want string
					path []string
				}{
					{of.forwards, []string{"logDevServList", "logicalServList", "setForwarding"}},
					{of.deflects, []string{"logDevServList", "callControlServList", "deflectCall"}},
					{"true", []string{"logDevServList", "callControlServList", "clearConnection"}},
				} {
					if m.Has(can.path...) != (can.want == "true") {
						p.Errorf("%s: %v is not %s", of.role, can.path, can.want)
					}
				}
			}
			for _, service := range []string{"GetPhysicalDeviceInformation", "GetLogicalDeviceInformation"} {
				p.Refused("operation/invalidDeviceID", p.Ask(service, probe.Element("device", "9")))
			}
		}},
		{Name: "what the switch says of itself", Play: func(p *Play) {
			m, err := p.Client(app).Do(p.within(), "GetSwitchingFunctionCaps", "")
			p.must(err)
			for _, supported := range [][]string{
				{"servEvtsList", "callControlServList", "answerCall", "initiated"},
				{"servEvtsList", "callControlServList", "clearConnection", "reason"},
				{"servEvtsList", "capExchangeServList", "getSwitchingFunctionDevices"},
				{"servEvtsList", "systemServList", "swFunctionDevicesChanged"},
				{"servEvtsList", "snapshotServList", "snapshotDevice", "reportsWithSnapsDeviceData"},
				{"servEvtsList", "callControlEvtsList", "diverted", "sendsDivertedToAll"},
			} {
				if !m.Has(supported...) {
					p.Errorf("%v is not announced: %s", supported, m.Text)
				}
			}
			for _, unsupported := range [][]string{
				{"servEvtsList", "callControlServList", "joinCall"},
				{"servEvtsList", "callControlServList", "deflectCall", "connected"},
				{"servEvtsList", "callControlServList", "makeCall", "initiated"},
			} {
				if m.Has(unsupported...) {
					p.Errorf("%v is announced", unsupported)
				}
			}
		}},
	}
}

// devices asks for the list of devices.
func (p *Play) devices(children string) []string {
	p.Helper()
	devices, err := p.Client(app).Devices(p.within(), children)
	p.must(err)
	return devices
}

// lists checks that devices are among those listed, each once and in order.
func (p *Play) lists(children string, want ...string) {
	p.Helper()
	devices := p.devices(children)
	for _, device := range want {
		if !slices.Contains(devices, device) {
			p.Errorf("%s: %s is not among %v", children, device, devices)
		}
	}
	seen := map[string]bool{}
	for _, device := range devices {
		if seen[device] {
			p.Errorf("%s is listed twice", device)
		}
		seen[device] = true
	}
}

func (p *Play) listsNot(children string, unwanted ...string) {
	p.Helper()
	devices := p.devices(children)
	for _, device := range unwanted {
		if slices.Contains(devices, device) {
			p.Errorf("%s: %s is among %v", children, device, devices)
		}
	}
}

// shows checks a value of an answer.
func (p *Play) shows(m *probe.Message, name, want string) {
	p.Helper()
	if got := m.Value(name); got != want {
		p.Errorf("%s: %s is %q instead of %q", m.Name(), name, got, want)
	}
}
