// Package web lets browsers in: CSTA in JSON (csta/jsonwire) over WebSocket (RFC 6455),
// and, if it is wanted, a page made with it. To the server it is an entrance: it makes of
// a connection one that carries frames, and everything that holds for a session holds
// behind it.
package web

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"mod_csta_socket/csta/ecma"
)

const (
	// Path is where the WebSocket is.
	Path = "/csta"
	// Subprotocol is its name for clients that ask for one.
	Subprotocol = "csta.json"
)

const (
	// requestTime bounds how long a client may take to say what it wants. Each
	// connection is for one request, so that none is kept without a session.
	requestTime = 5 * time.Second
	// responseTime bounds how long it may take to read a page.
	responseTime = 10 * time.Second
	// maxHeader bounds the lines of a request, in bytes.
	maxHeader = 8 << 10
)

// Options are what an entrance is made for.
type Options struct {
	// Origins are those whose pages may open a WebSocket, each as a browser names it:
	// scheme, host and port, without the usual port. Programs that are no browsers
	// name none, and are not asked for one.
	Origins []string
	// Page: the page is served. Watch are devices that it shows beside those that the
	// switch lists, by their identifiers.
	// Notes are what it says of devices, by their numbers.
	Page  bool
	Watch []string
	Notes map[string]string
	// Hand moves a telephone by hand, where there is somebody to do so: on the simulated
	// switch. nil: the page does not offer it.
	Hand func(telephone, command, argument string) error
	// Telephones are those that are busy, and those that are not registered, by hand or by
	// their scripts: no service of CSTA asks for it, and events tell of changes only.
	// nil: nobody knows.
	Telephones func() (engaged, unplugged []string)
}

// Entrance implements server.Entrance.
type Entrance struct {
	origins []string
	page    http.Handler
}

// New makes an entrance.
func New(opts Options) *Entrance {
	e := &Entrance{}
	for _, origin := range opts.Origins {
		e.origins = append(e.origins, strings.ToLower(origin))
	}
	if opts.Page {
		e.page = e.pages(opts)
	}
	return e
}

// String names the protocol.
func (*Entrance) String() string { return "WebSocket" }

// Refusal tells a client in HTTP that it may not connect.
func (*Entrance) Refusal(why *ecma.Error) []byte {
	status := http.StatusForbidden
	if why.Category == ecma.CategorySystemResourceAvailability {
		status = http.StatusServiceUnavailable
	}
	text := why.Error() + "\n"
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(text), text)
}

// OriginError: the WebSocket is one of a page from elsewhere.
type OriginError struct{ Origin string }

func (e *OriginError) Error() string {
	return fmt.Sprintf("pages of the origin %q may not (ws-origins)", e.Origin)
}

// Open serves the one request of a connection. What becomes a WebSocket is returned;
// after any other one the connection is closed, and nil returned.
func (e *Entrance) Open(ctx context.Context, conn net.Conn) (net.Conn, error) {
	v := &visit{entrance: e, conn: conn, ended: make(chan struct{})}
	server := &http.Server{
		Handler:           v,
		ReadHeaderTimeout: requestTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      responseTime,
		MaxHeaderBytes:    maxHeader,
		ConnState:         v.state,
		// What strangers send that is no HTTP is nobody's business.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	server.SetKeepAlivesEnabled(false)
	// When the server stops, who has not got in stays outside.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	// It returns when the connection is no longer its own, and says so.
	_ = server.Serve(v)
	return v.opened, v.refused
}

// visit is one connection's request, and the listener that its HTTP server has the
// connection from. What comes of it is read when ended is closed.
type visit struct {
	entrance *Entrance
	conn     net.Conn
	given    bool
	end      sync.Once
	ended    chan struct{}

	taken   bool
	opened  net.Conn
	refused error
}

// Accept implements net.Listener: there is one connection.
func (v *visit) Accept() (net.Conn, error) {
	if !v.given {
		v.given = true
		return v.conn, nil
	}
	<-v.ended
	return nil, net.ErrClosed
}

// Close implements net.Listener.
func (v *visit) Close() error { return nil }

// Addr implements net.Listener.
func (v *visit) Addr() net.Addr { return v.conn.LocalAddr() }

// state is told what becomes of the connection.
func (v *visit) state(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateHijacked:
		v.taken = true
	case http.StateClosed:
		v.end.Do(func() { close(v.ended) })
	}
}

// ServeHTTP implements http.Handler.
func (v *visit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The HTTP server does not tell the end of a connection that was taken from it.
	defer func() {
		if v.taken {
			v.end.Do(func() { close(v.ended) })
		}
	}()
	switch {
	case r.URL.Path == Path:
		v.webSocket(w, r)
	case v.entrance.page != nil:
		v.entrance.page.ServeHTTP(w, r)
	default:
		http.Error(w, "CSTA over WebSocket is at "+Path+"; there is no page (ws-page)", http.StatusNotFound)
	}
}

func (v *visit) webSocket(w http.ResponseWriter, r *http.Request) {
	if origin, ok := v.entrance.allows(r); !ok {
		v.refused = &OriginError{origin}
		http.Error(w, v.refused.Error(), http.StatusForbidden)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol},
		// It would let every page in whose name leads here; the origin was looked at.
		InsecureSkipVerify: true,
		// A few bytes of it unfold to any number.
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		// The client has been told.
		return
	}
	v.opened = newConn(v.conn, ws)
}

// allows tells whether the page that opens a WebSocket may, and where it is from.
func (e *Entrance) allows(r *http.Request) (origin string, ok bool) {
	switch origins := r.Header.Values("Origin"); len(origins) {
	case 0:
		return "", true
	case 1:
		// Browsers write it in small letters.
		return origins[0], slices.Contains(e.origins, strings.ToLower(origins[0]))
	default:
		return strings.Join(origins, ", "), false
	}
}
