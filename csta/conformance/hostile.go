package conformance

import (
	"fmt"
	"net"
	"sync"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// HostileClients are scenarios with clients that break, flood or stall. The
// calls and the other clients must not notice.
func HostileClients() []Scenario {
	return []Scenario{
		{Name: "a client dies in mid-call", Play: func(p *Play) {
			victim := p.stranger()
			p.must(sendAll(victim, monitorStart(p.Device("A")), monitorStart(p.Device("B"))))
			a, b, out, _ := talk(p)
			// A reset instead of an orderly end, as from a killed process.
			p.must(victim.(*net.TCPConn).SetLinger(0))
			p.must(victim.Close())
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "a client that never reads", Play: func(p *Play) {
			p.toleratesWarnings()
			lazy := p.stranger()
			p.must(sendAll(lazy, monitorStart(p.Device("A")), monitorStart(p.Device("B"))))
			p.flood(lazy)
			a, b, out, _ := talk(p)
			out.HangsUp()
			endedBy(a, b)
		}},
		Malformed(),
		{Name: "what foreign clients send", Play: foreignClient},
		{Name: "two hundred connections at once", Play: crowd},
	}
}

// foreignClient plays a call with what clients of other makers send beside the
// schema: elements without a value, wrappers of other messages, reasons of their own,
// a prefix that is declared further down.
func foreignClient(p *Play) {
	b := p.Monitor("B")
	line := p.Phone("B")
	p.Phone("A").Dials("B")
	line.Rings()
	b.Gets("Delivered c:B A>B newCall alerting")
	p.must(p.Ask("SnapshotDevice", "<snapshotObject>"+probe.DeviceElement("deviceObject", p.Device("B"))+"</snapshotObject>"))
	p.must(p.Ask("SnapshotCall", "<snapshotObject>"+p.connectionElement("callObject", "c:B")+"</snapshotObject>"))
	answer, err := p.Client(app).Request(p.within(), `<x:SnapshotDevice><x:snapshotObject xmlns:x="http://www.ecma-international.org/standards/ecma-323/csta/ed3">`+
		p.Device("B").Number+`</x:snapshotObject></x:SnapshotDevice>`)
	p.must(err)
	if got := answer.Root.NamespaceURI(); got != "http://www.ecma-international.org/standards/ecma-323/csta/ed3" {
		p.Errorf("answered in the namespace %q", got)
	}
	p.must(p.Ask("ClearConnection", p.connectionElement("connectionToBeCleared", "c:B")+"<correlatorData/><userData></userData><reason>hang-up button</reason>"))
	b.Gets("ConnectionCleared c:B normalClearing null")
}

// stranger opens a plain TCP connection, closed with the scenario.
func (p *Play) stranger() net.Conn {
	p.Helper()
	conn, err := net.DialTimeout("tcp", p.backend.Address(), patience)
	p.must(err)
	p.Cleanup(func() { conn.Close() })
	return conn
}

// toleratesWarnings: what the scenario does is worth a warning in the log.
func (p *Play) toleratesWarnings() { p.warnings = true }

func monitorStart(d probe.Device) string {
	return fmt.Sprintf("<MonitorStart xmlns=%q><monitorObject>%s</monitorObject></MonitorStart>",
		probe.Namespace, probe.DeviceElement("deviceObject", d))
}

func sendAll(conn net.Conn, documents ...string) error {
	for i, document := range documents {
		if _, err := conn.Write(probe.Frame(fmt.Sprintf("%04d", i+1), document)); err != nil {
			return err
		}
	}
	return nil
}

const (
	// floodRequests is more than any queue of the server holds.
	floodRequests = 200_000
	floodTime     = 3 * time.Second
)

// flood sends requests without reading the answers until the connection is
// stuck or closed.
func (p *Play) flood(conn net.Conn) {
	request := probe.Frame("0001", fmt.Sprintf("<SnapshotDevice xmlns=%q>%s</SnapshotDevice>",
		probe.Namespace, probe.DeviceElement("snapshotObject", p.Device("A"))))
	p.must(conn.SetWriteDeadline(time.Now().Add(floodTime)))
	for range floodRequests {
		if _, err := conn.Write(request); err != nil {
			return
		}
	}
}

// crowdSize is how many clients connect at the same time.
const crowdSize = 200

func crowd(p *Play) {
	a, b := p.Monitor("A"), p.Monitor("B")
	members := make([]*probe.Client, crowdSize)
	monitors := make([]*probe.Monitor, crowdSize)
	errs := make([]error, crowdSize)
	var wait sync.WaitGroup
	for i := range members {
		wait.Go(func() {
			if members[i], errs[i] = probe.Dial(p.within(), p.backend.Address()); errs[i] != nil {
				return
			}
			monitors[i], errs[i] = members[i].MonitorStart(p.within(), p.Device("B"))
		})
	}
	wait.Wait()
	defer func() {
		for _, c := range members {
			if c != nil {
				c.Close()
			}
		}
	}()
	for i, err := range errs {
		if err != nil {
			p.Fatalf("client %d: %v", i, err)
		}
	}
	out := p.Phone("A").Dials("B")
	in := p.Phone("B").Rings()
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>B newCall connected",
		"Delivered c:B A>B newCall connected",
	)
	b.Gets("Delivered c:B A>B newCall alerting")
	in.Answers()
	established(a, b)
	out.HangsUp()
	endedBy(a, b)
	for i, m := range monitors {
		w := &Watch{Monitor: m, play: p, role: fmt.Sprintf("B of client %d", i)}
		w.Gets(
			"Delivered c:B A>B newCall alerting",
			"Established c:B A>B newCall connected",
			"ConnectionCleared c:A normalClearing connected",
			"ConnectionCleared c:B normalClearing null",
		)
		for _, broken := range Violations(m.Client().Log()) {
			p.Errorf("client %d: %s", i, broken)
		}
	}
}
