package useragent

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request is an out-of-dialogue request as phones and scanners write it.
func request(method, transport, from string, n int) string {
	return fmt.Sprintf("%s sip:csta@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=a%d\r\nTo: <sip:c@d>\r\nCall-ID: %d@%s\r\nCSeq: 1 %s\r\nContact: <sip:a@%s>\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n",
		method, transport, from, n, n, n, from, method, from)
}

// What strangers send costs them more than us: nothing is remembered of it, nothing
// is sent twice, and the answers are no use for flooding others.
func TestFlood(t *testing.T) {
	u, err := New(Options{Address: netip.MustParseAddrPort("127.0.0.1:0")}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	defer u.Stop()
	require.NoError(t, u.Start(nobody{}, nobody{}))
	const sources, each = 100, 200
	methods := []string{"INVITE", "REGISTER", "OPTIONS", "INFO", "BYE", "NOTIFY", "SUBSCRIBE", "MESSAGE"}
	var in, out, answers atomic.Int64
	var conns []net.Conn
	for i := range sources {
		conn, err := (&net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 1, byte(i+1))}}).Dial("udp", u.Address().String())
		require.NoError(t, err)
		defer conn.Close()
		conns = append(conns, conn)
		go func() {
			buf := make([]byte, 1<<16)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				out.Add(int64(n))
				answers.Add(1)
			}
		}()
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before, goroutines := heap(), runtime.NumGoroutine()
	peak := 0
	start := time.Now()
	for j := range each {
		for i, conn := range conns {
			message := request(methods[(i+j)%len(methods)], "UDP", conn.LocalAddr().String(), i*each+j)
			n, err := io.WriteString(conn, message)
			require.NoError(t, err)
			in.Add(int64(n))
		}
		peak = max(peak, runtime.NumGoroutine())
		time.Sleep(time.Until(start.Add(time.Duration(j*sources) * time.Second / 4000)))
	}
	during := heap()
	time.Sleep(3 * time.Second)
	t.Logf("%d requests in %v: %d answers, %d bytes in, %d bytes out; goroutines %d, at most %d, then %d; memory +%d KiB, then %+d KiB",
		sources*each, time.Since(start)-3*time.Second, answers.Load(), in.Load(), out.Load(), goroutines, peak, runtime.NumGoroutine(), (int64(during)-int64(before))>>10, (int64(heap())-int64(before))>>10)
	assert.LessOrEqual(t, peak, goroutines+2)
	assert.Less(t, out.Load(), 3*in.Load()/2)
	assert.LessOrEqual(t, answers.Load(), int64(sources*each))
	assert.Positive(t, answers.Load())
}
