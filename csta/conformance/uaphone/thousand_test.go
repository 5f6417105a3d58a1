package uaphone_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/uacsta"
	"mod_csta_socket/csta/uacsta/useragent"
)

// crowd answers for any number of phones on one socket and remembers nothing of
// them, so that what grows is ours.
type crowd struct {
	conn  *net.UDPConn
	heard atomic.Uint64
	mu    sync.Mutex
	perMS map[int64]int
}

func newCrowd(t testing.TB) *crowd {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	require.NoError(t, conn.SetReadBuffer(1<<20))
	c := &crowd{conn: conn, perMS: map[int64]int{}}
	go c.serve()
	t.Cleanup(func() { conn.Close() })
	return c
}

func (c *crowd) serve() {
	const csta = `Content-Type: application/csta+xml` + "\r\n"
	buffer := make([]byte, 8192)
	for {
		n, from, err := c.conn.ReadFromUDP(buffer)
		if err != nil {
			return
		}
		c.heard.Add(1)
		c.mu.Lock()
		c.perMS[time.Now().UnixMilli()/100]++
		c.mu.Unlock()
		head, doc, _ := strings.Cut(string(buffer[:n]), "\r\n\r\n")
		method, _, _ := strings.Cut(head, " ")
		if method == "ACK" {
			continue
		}
		var answer strings.Builder
		answer.WriteString("SIP/2.0 200 OK\r\n")
		for line := range strings.SplitSeq(head, "\r\n") {
			switch name, _, _ := strings.Cut(line, ":"); name {
			case "Via", "From", "Call-ID", "CSeq":
				answer.WriteString(line + "\r\n")
			case "To":
				if !strings.Contains(line, ";tag=") {
					line += ";tag=phone"
				}
				answer.WriteString(line + "\r\n")
			}
		}
		body := ""
		switch {
		case method == "INVITE":
			body = `<RequestSystemStatusResponse><systemStatus>normal</systemStatus></RequestSystemStatusResponse>`
			fmt.Fprintf(&answer, "Contact: <sip:phone@%s>\r\nRequire: timer\r\nSession-Expires: 1800;refresher=uac\r\n%s", c.conn.LocalAddr(), csta)
		case strings.Contains(doc, "<MonitorStart "):
			body = `<MonitorStartResponse><monitorCrossRefID>1</monitorCrossRefID></MonitorStartResponse>`
			answer.WriteString(csta)
		case strings.Contains(doc, "<HoldCall "):
			body = `<HoldCallResponse/>`
			answer.WriteString(csta)
		}
		fmt.Fprintf(&answer, "Content-Length: %d\r\n\r\n%s", len(body), body)
		if _, err := c.conn.WriteToUDP([]byte(answer.String()), from); err != nil {
			return
		}
	}
}

// busiest is the most requests that came within 100 ms.
func (c *crowd) busiest() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := 0
	for _, n := range c.perMS {
		most = max(most, n)
	}
	return most
}

type countingSink struct{ up, down, events atomic.Int64 }

func (s *countingSink) PhoneUp(uacsta.Phone)                { s.up.Add(1) }
func (s *countingSink) PhoneDown(uacsta.Phone)              { s.down.Add(1) }
func (s *countingSink) PhoneEvent(uacsta.Phone, ecma.Event) { s.events.Add(1) }
func (s *countingSink) PhoneRequest(_ uacsta.Phone, _ ecma.Message, answer func(ecma.Message)) {
	answer(ecma.ErrServiceNotSupported)
}

func startAgent(t testing.TB, opts uacsta.Options) (*uacsta.Agent, *countingSink) {
	sink := &countingSink{}
	log := slog.New(slog.DiscardHandler)
	socket, err := useragent.New(useragent.Options{Address: netip.MustParseAddrPort("127.0.0.1:0"), Name: "test"}, log)
	require.NoError(t, err)
	agent := uacsta.New(opts, socket, sink, log)
	require.NoError(t, socket.Start(agent, nil))
	agent.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, agent.Stop(ctx))
		socket.Stop()
	})
	return agent, sink
}

func registerCrowd(agent *uacsta.Agent, c *crowd, n int) {
	address := c.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	for i := range n {
		user := fmt.Sprint(10000 + i)
		agent.Registered(uacsta.Registration{
			Registrar: "internal", CallID: "registration-of-" + user, Device: user, User: user, Domain: domain,
			Contact: fmt.Sprintf("<sip:%s@%s;line=abcdefgh>", user, address), Transport: "udp", Source: address,
			UserAgent: "crowd/1.0", Mode: uacsta.SessionMode, Expires: time.Hour,
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

const (
	// most memory and time that 1,000 phones may take.
	memoryPerPhone  = 16 << 10
	thousandWithin  = 30 * time.Second
	requestsPerTick = 60
)

// TestThousandPhones: after a restart of the switch all phones are there at
// once. They are opened evenly.
func TestThousandPhones(t *testing.T) {
	if testing.Short() {
		t.Skip("opens phones at their own pace for 20 s: not with -short")
	}
	const phones = 1000
	c := newCrowd(t)
	agent, sink := startAgent(t, uacsta.Options{})
	before, routines := heap(), runtime.NumGoroutine()
	begun := time.Now()
	registerCrowd(agent, c, phones)
	for sink.up.Load() < phones && time.Since(begun) < 2*thousandWithin {
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(begun)
	used := (heap() - before) / phones
	t.Logf("%d phones open after %v, %d bytes each, %d goroutines more, busiest 100 ms: %d requests",
		sink.up.Load(), took.Round(time.Millisecond), used, runtime.NumGoroutine()-routines, c.busiest())
	assert.EqualValues(t, phones, sink.up.Load())
	assert.Less(t, took, thousandWithin)
	assert.Less(t, used, uint64(memoryPerPhone))
	assert.Less(t, c.busiest(), requestsPerTick, "no storm")
	assert.LessOrEqual(t, runtime.NumGoroutine()-routines, 10, "none per phone")
}

// BenchmarkPhones opens sessions as fast as it goes.
func BenchmarkPhones(b *testing.B) {
	for _, phones := range []int{1000, 5000} {
		b.Run(fmt.Sprint(phones), func(b *testing.B) {
			for b.Loop() {
				c := newCrowd(b)
				agent, sink := startAgent(b, uacsta.Options{OpeningInterval: 300 * time.Microsecond, SettleTime: time.Nanosecond})
				before, begun := heap(), time.Now()
				registerCrowd(agent, c, phones)
				for sink.up.Load() < int64(phones) && time.Since(begun) < time.Minute {
					time.Sleep(time.Millisecond)
				}
				took := time.Since(begun)
				time.Sleep(100 * time.Millisecond)
				b.ReportMetric(float64(took.Microseconds())/float64(phones), "µs/phone")
				b.ReportMetric(float64(heap()-before)/float64(phones), "B/phone")
				b.ReportMetric(float64(sink.up.Load()), "open")
			}
		})
	}
}

// BenchmarkAsk is a request to a phone and its response.
func BenchmarkAsk(b *testing.B) {
	c := newCrowd(b)
	agent, sink := startAgent(b, uacsta.Options{SettleTime: time.Nanosecond})
	registerCrowd(agent, c, 1)
	for sink.up.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	list, err := agent.Phones(context.Background(), "")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := agent.Ask(context.Background(), list[0].ID, func(self ecma.DeviceID) ecma.Message {
			return &ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{CallID: "1", Device: self}}
		})
		require.NoError(b, err)
	}
}
