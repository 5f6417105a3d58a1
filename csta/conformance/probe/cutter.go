package probe

import (
	"io"
	"net"
	"regexp"
	"sync"
	"syscall"
)

// Cutter is a way to a server that breaks when it is told to.
type Cutter struct {
	listener net.Listener

	mu sync.Mutex
	to string
	// clients and servers are the two ends of each connection.
	clients, servers []net.Conn
}

// NewCutter opens a way to an address.
func NewCutter(to string) (*Cutter, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Cutter{listener: l, to: to}
	go c.accept()
	return c, nil
}

// Address is where clients connect.
func (c *Cutter) Address() string { return c.listener.Addr().String() }

// Leads sets where new connections lead.
func (c *Cutter) Leads(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to = to
}

// smallBuffer bounds what the way takes for a client: who takes bytes for it says that it
// has them.
const smallBuffer = 4 << 10

func (c *Cutter) accept() {
	small := net.Dialer{Control: func(_, _ string, conn syscall.RawConn) error {
		return conn.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, smallBuffer)
		})
	}}
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		to := c.to
		c.mu.Unlock()
		far, err := small.Dial("tcp", to)
		if err != nil {
			near.Close()
			continue
		}
		c.mu.Lock()
		c.clients, c.servers = append(c.clients, near), append(c.servers, far)
		c.mu.Unlock()
		go func() { _, _ = io.Copy(near, far) }()
		go func() { _, _ = io.Copy(far, near) }()
	}
}

// Cut breaks all connections. If the server is not to know, its ends stay open.
func (c *Cutter) Cut(serverKnows bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reset(c.clients)
	c.clients = nil
	if serverKnows {
		reset(c.servers)
		c.servers = nil
	}
}

// Close breaks all and takes nobody any more.
func (c *Cutter) Close() {
	c.listener.Close()
	c.Cut(true)
}

// reset closes connections without a goodbye.
func reset(conns []net.Conn) {
	for _, conn := range conns {
		if tcp, is := conn.(*net.TCPConn); is {
			_ = tcp.SetLinger(0)
		}
		conn.Close()
	}
}

var ownParts = regexp.MustCompile(`<monitorCrossRefID>[^<]*</monitorCrossRefID>|<extensions>.*</extensions>`)

// Shared is of an event what all monitors of the same device are told.
func Shared(doc []byte) string { return string(ownParts.ReplaceAll(doc, nil)) }
