package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"mod_csta_socket/csta/server"
)

// Bounds of the HTTP endpoint: it serves one document to one or two scrapers.
const (
	// maxScrapers bounds the connections at a time; more are closed at once.
	maxScrapers = 16
	// requestTime bounds the reading of a request, replyTime that and the
	// answer, idleTime how long a connection may do nothing.
	requestTime = 5 * time.Second
	replyTime   = 15 * time.Second
	idleTime    = 2 * time.Minute
	// maxHeader bounds a request's header.
	maxHeader = 8 << 10
)

// Endpoint serves the metrics over HTTP, on GET /metrics, while it has an
// address.
type Endpoint struct {
	source *Source
	log    *slog.Logger

	mu       sync.Mutex
	http     *http.Server
	listener net.Listener
	ended    chan struct{}
}

// NewEndpoint makes an endpoint that does not listen yet.
func NewEndpoint(source *Source, log *slog.Logger) *Endpoint {
	return &Endpoint{source: source, log: log}
}

// Listen moves the endpoint to an address; the zero value closes it. On an error
// everything stays as it was.
func (e *Endpoint) Listen(addr netip.AddrPort) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !addr.IsValid() {
		e.close()
		return nil
	}
	l, err := server.Listen(addr)
	if err != nil {
		return fmt.Errorf("metrics-listen: cannot listen on %s: %w", addr, err)
	}
	e.close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", e.serve)
	e.listener = l
	e.http = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: requestTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      replyTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		// What it has to say is about clients that misbehave.
		ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelDebug),
	}
	e.ended = make(chan struct{})
	go func(h *http.Server, ended chan struct{}) {
		defer close(ended)
		defer func() {
			if r := recover(); r != nil {
				e.log.Error("metrics: panic", "panic", r, "stack", string(debug.Stack()))
			}
		}()
		// It ends by being closed.
		_ = h.Serve(&bounded{Listener: l, free: make(chan struct{}, maxScrapers)})
	}(e.http, e.ended)
	e.log.Log(context.Background(), server.LevelNotice, "metrics are served", "address", "http://"+l.Addr().String()+"/metrics")
	return nil
}

// Addr is where the endpoint listens, nil if it does not.
func (e *Endpoint) Addr() net.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listener == nil {
		return nil
	}
	return e.listener.Addr()
}

// Stop closes the endpoint and its connections.
func (e *Endpoint) Stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.close()
}

func (e *Endpoint) close() {
	if e.http == nil {
		return
	}
	// The listener is closed; an error can't change anything.
	_ = e.http.Close()
	<-e.ended
	e.http, e.listener = nil, nil
}

func (e *Endpoint) serve(w http.ResponseWriter, r *http.Request) {
	text := e.source.Exposition(r.Context())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// A scraper that is gone needs no answer.
	_, _ = w.Write(text)
}

// bounded is a listener that closes connections above its bound.
type bounded struct {
	net.Listener
	free chan struct{}
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case b.free <- struct{}{}:
			return &place{Conn: conn, leave: sync.OnceFunc(func() { <-b.free })}, nil
		default:
			conn.Close()
		}
	}
}

// place is a connection that gives its place back when it is closed.
type place struct {
	net.Conn
	leave func()
}

func (p *place) Close() error {
	p.leave()
	return p.Conn.Close()
}
