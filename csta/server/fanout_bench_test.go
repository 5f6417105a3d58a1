//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/wire"
)

// anySwitch knows every device.
type anySwitch struct{}

func (anySwitch) Perform(_ context.Context, op switching.Operation) (switching.Outcome, error) {
	if look, ok := op.(switching.LookUpDevice); ok {
		return switching.Outcome{Device: switching.DeviceStatus{Device: look.Device, Known: true, Registered: true}}, nil
	}
	return switching.Outcome{}, nil
}

// crowd is many clients of a server, each a bare socket: reading them costs one
// goroutine and hardly any memory, so that what is measured is the server's.
type crowd struct {
	engine  *engine.Engine
	server  *Server
	sockets []int
	epoll   int
	index   map[int32]int
	// left is the beginning of a frame that has not come whole.
	left [][]byte
	// last is the newest frame of each client.
	last [][]byte
	buf  []byte
}

func newCrowd(b *testing.B, clients int) *crowd {
	b.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	c := &crowd{engine: engine.New(engine.Options{}, anySwitch{}, log), index: map[int32]int{}, buf: make([]byte, 64<<10)}
	c.engine.Start()
	c.server = New(c.engine, Options{Listen: netip.MustParseAddrPort("127.0.0.1:0")}, log)
	require.NoError(b, c.server.Start())
	var err error
	c.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	require.NoError(b, err)
	for range clients {
		c.join(b)
	}
	return c
}

func (c *crowd) close(b *testing.B) {
	b.Helper()
	for _, fd := range c.sockets {
		syscall.Close(fd)
	}
	syscall.Close(c.epoll)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(b, c.server.Stop(ctx))
	require.NoError(b, c.engine.Stop(ctx))
}

func (c *crowd) join(b *testing.B) {
	b.Helper()
	addr := c.server.Addr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(b, err)
	require.NoError(b, syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}))
	require.NoError(b, syscall.SetNonblock(fd, true))
	require.NoError(b, syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}))
	c.index[int32(fd)] = len(c.sockets)
	c.sockets = append(c.sockets, fd)
	c.left, c.last = append(c.left, nil), append(c.last, nil)
}

// monitor has client i monitor a device.
func (c *crowd) monitor(b *testing.B, i int, device string) {
	b.Helper()
	doc := ecma.Append(nil, ecma.Edition4, &ecma.MonitorStart{
		Object: ecma.MonitorObject{Device: ecma.Subscriber(device)}, Type: ecma.MonitorDevice,
	})
	request, err := wire.Append(nil, 1, doc)
	require.NoError(b, err)
	_, err = syscall.Write(c.sockets[i], request)
	require.NoError(b, err)
	c.await(b, 1)
}

// await reads until so many frames have come, from whomever.
func (c *crowd) await(b *testing.B, frames int) {
	var events [256]syscall.EpollEvent
	for frames > 0 {
		n, err := syscall.EpollWait(c.epoll, events[:], int(patience.Milliseconds()))
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			b.Fatalf("%d frames have not come: %v", frames, err)
		}
		for _, e := range events[:n] {
			frames -= c.read(b, c.index[e.Fd])
		}
	}
}

func (c *crowd) read(b *testing.B, i int) (frames int) {
	n, err := syscall.Read(c.sockets[i], c.buf)
	if err != nil || n <= 0 {
		b.Fatalf("client %d: %d %v", i, n, err)
	}
	data := c.buf[:n]
	if len(c.left[i]) > 0 {
		data = append(c.left[i], data...)
		c.left[i] = nil
	}
	for len(data) >= wire.HeaderLen {
		size := int(binary.BigEndian.Uint16(data[2:]))
		if len(data) < size {
			break
		}
		c.last[i] = append(c.last[i][:0], data[:size]...)
		data = data[size:]
		frames++
	}
	if len(data) > 0 {
		c.left[i] = slices.Clone(data)
	}
	return frames
}

// descriptors are the server's ends of the clients' connections, in their order.
func (c *crowd) descriptors(b *testing.B) []uintptr {
	b.Helper()
	byPort := map[int]uintptr{}
	for _, s := range c.server.all() {
		raw, err := s.conn.(syscall.Conn).SyscallConn()
		require.NoError(b, err)
		peer := int(s.conn.RemoteAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort().Port())
		require.NoError(b, raw.Control(func(fd uintptr) { byPort[peer] = fd }))
	}
	var list []uintptr
	for _, fd := range c.sockets {
		own, err := syscall.Getsockname(fd)
		require.NoError(b, err)
		list = append(list, byPort[own.(*syscall.SockaddrInet4).Port])
	}
	return list
}

// floor is the C program that writes the same bytes to the same sockets.
type floor struct {
	orders, answers *os.File
	pid             int
}

// newFloor starts it with the frames that the clients got last.
func newFloor(b *testing.B, c *crowd) *floor {
	b.Helper()
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	if _, err := exec.LookPath(compiler); err != nil {
		b.Logf("no C compiler (%s): there is no floor to compare with", compiler)
		return nil
	}
	program := filepath.Join(b.TempDir(), "floor")
	text, err := exec.Command(compiler, "-std=gnu11", "-O2", "-Wall", "-Werror", "-o", program, filepath.Join("testdata", "floor.c")).CombinedOutput()
	require.NoError(b, err, "%s", text)
	in, orders, err := os.Pipe()
	require.NoError(b, err)
	answers, out, err := os.Pipe()
	require.NoError(b, err)
	// The descriptors are handed over as numbers: *os.File would make the
	// server's connections blocking.
	files := append([]uintptr{in.Fd(), out.Fd(), 2}, c.descriptors(b)...)
	pid, err := syscall.ForkExec(program, []string{program, strconv.Itoa(len(c.sockets))}, &syscall.ProcAttr{Files: files})
	require.NoError(b, err)
	in.Close()
	out.Close()
	f := &floor{orders: orders, answers: answers, pid: pid}
	for _, frame := range c.last {
		_, err := orders.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(frame))), frame...))
		require.NoError(b, err)
	}
	return f
}

// close ends the program; a nil floor has none.
func (f *floor) close(b *testing.B) {
	b.Helper()
	if f == nil {
		return
	}
	f.orders.Close()
	f.answers.Close()
	_, err := syscall.Wait4(f.pid, nil, 0, nil)
	require.NoError(b, err)
}

// order has the frames written; began is the time just before the first.
func (f *floor) order(b *testing.B) {
	if _, err := f.orders.Write([]byte{1}); err != nil {
		b.Fatal(err)
	}
}

func (f *floor) began(b *testing.B) int64 {
	var at [8]byte
	if _, err := io.ReadFull(f.answers, at[:]); err != nil {
		b.Fatal(err)
	}
	return int64(binary.NativeEndian.Uint64(at[:]))
}

// monotonic is CLOCK_MONOTONIC in nanoseconds, which another process can read too.
func monotonic() int64 {
	const clockMonotonic = 1
	var now syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		panic(errno)
	}
	return now.Nano()
}

// BenchmarkEventToSockets is the time from the switch's event until the last of
// many clients, each with a monitor on the device, has read its frame: engine,
// sessions and sockets. The floor is a C program that writes the same bytes to
// the same sockets, by turns with the server. Budget: 0.5 ms for 100.
func BenchmarkEventToSockets(b *testing.B) {
	for _, clients := range []int{1, 10, 100, DefaultMaxConnections} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			c := newCrowd(b, clients)
			defer c.close(b)
			for i := range clients {
				c.monitor(b, i, "1000")
			}
			created := switching.Event{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{
				Direction: switching.Inbound, Device: "1000", Caller: "1000", Dialled: "1001"}}
			gone := switching.Event{Kind: switching.LegHungUp, Leg: "a", Cause: switching.CauseOriginatorCancel}
			end := switching.Event{Kind: switching.LegDestroyed, Leg: "a"}
			ours := func() int64 {
				began := monotonic()
				c.engine.Events([]switching.Event{created})
				c.await(b, clients)
				took := monotonic() - began
				c.engine.Events([]switching.Event{gone, end})
				c.await(b, clients)
				return took
			}
			// The frames of a first event are the ones to be written again.
			c.engine.Events([]switching.Event{created})
			c.await(b, clients)
			f := newFloor(b, c)
			defer f.close(b)
			c.engine.Events([]switching.Event{gone, end})
			c.await(b, clients)
			var server, bare []int64
			for b.Loop() {
				server = append(server, ours())
				if f == nil {
					continue
				}
				f.order(b)
				c.await(b, clients)
				at := monotonic()
				bare = append(bare, at-f.began(b))
			}
			b.ReportMetric(0, "ns/op")
			report(b, "", server)
			if f != nil {
				report(b, "C-", bare)
				b.ReportMetric(float64(percentile(server, 50))/float64(percentile(bare, 50)), "x-C-p50")
			}
		})
	}
}

func report(b *testing.B, name string, times []int64) {
	b.ReportMetric(float64(percentile(times, 50))/1e3, name+"p50-µs")
	b.ReportMetric(float64(percentile(times, 99))/1e3, name+"p99-µs")
}

// BenchmarkSessionMemory is what an idle client costs the server: heap and
// stacks, with its goroutines and buffers.
func BenchmarkSessionMemory(b *testing.B) {
	const clients = 900
	inUse := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	for b.Loop() {
		c := newCrowd(b, 0)
		before := inUse()
		for range clients {
			c.join(b)
		}
		require.Eventually(b, func() bool { return len(c.server.all()) == clients }, patience, time.Millisecond)
		time.Sleep(10 * time.Millisecond)
		b.ReportMetric(float64(inUse()-before)/clients, "B/session")
		c.close(b)
	}
	b.ReportMetric(0, "ns/op")
}
