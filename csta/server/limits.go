package server

import (
	"log/slog"
	"net"
	"time"

	"mod_csta_socket/csta/ecma"
)

// LevelNotice is FreeSWITCH's NOTICE. The others are slog's own: Debug = DEBUG,
// Info = INFO, Warn = WARNING, Error = ERR.
const LevelNotice = slog.LevelInfo + 2

// DefaultEdition is the namespace of what we send to a client before it has
// shown its own.
const DefaultEdition = ecma.Edition4

const (
	// handshakeTime bounds how long a client may take to agree on TLS.
	handshakeTime = 5 * time.Second
	// maxRefusals bounds how many refused peers are told why at a time; more
	// are just closed.
	maxRefusals = 64
	// refusalTime bounds how long a refused peer keeps its socket.
	refusalTime = time.Second
	// acceptPause is the wait after a failed accept (no file descriptors left),
	// so that the loop does not burn a core.
	acceptPause = 100 * time.Millisecond

	// maxReadAhead bounds the requests of one session that are read and not
	// yet handed to the engine; when it is reached, TCP holds the client back.
	maxReadAhead = 64
	// maxParallel bounds the requests of one session in the engine with
	// use-multi-threading; without, it is one.
	maxParallel = 64

	// maxQueued bounds the bytes that wait for one client to read them.
	maxQueued = 4 << 20
	// maxUnread bounds the bytes of answers that wait for one client to read them: its next
	// request is not served before. Anybody can ask for answers, also who may do nothing
	// else, and there may be very many clients.
	maxUnread = 128 << 10
	// maxUnsentAge is how long the oldest byte may wait for it.
	maxUnsentAge = 10 * time.Second
	// minWriteTime is what a write gets even if its bytes are old already, so
	// that a pause of the whole machine does not cost all the sessions.
	minWriteTime = time.Second
	// keptBuffer is what an idle session keeps of a grown output buffer.
	keptBuffer = 16 << 10
	// goodbyeTime bounds the sending of what is queued when we end a session.
	goodbyeTime = 500 * time.Millisecond

	// missedBeats is the number of System Status requests in a row that a
	// client may leave without an answer before it is disconnected.
	missedBeats = 2
	// maxOwnRequests bounds the requests of ours that wait for answers of one
	// client; older ones are forgotten, so that a mute client costs nothing.
	maxOwnRequests = 64
	// maxRegistrations bounds the system registrations of one session.
	maxRegistrations = 16
	// dumpTimeout bounds the wait for the engine's picture of itself.
	dumpTimeout = 5 * time.Second

	// maxLease is the longest ECMA-354 application session between two
	// renewals; defaultLease is what a client gets that asks for none.
	maxLease     = 24 * time.Hour
	defaultLease = 3 * time.Minute

	// ackTime bounds the wait for the acknowledgement of what a client has most likely got
	// that has gone: hosts take their time for it (RFC 1122, 4.2.3.2). ackPause is how
	// often it is looked at.
	ackTime  = 100 * time.Millisecond
	ackPause = 2 * time.Millisecond

	// resumeRest is how long a client has to leave an application session alone for each
	// MiB that was kept for it when it came back: that is queued again where nothing else
	// of the engine's goes on.
	resumeRest = 100 * time.Millisecond

	// defaultCleanupDelay is how long an application session is kept for a client that has
	// lost its connection and did not say for how long it wants it kept.
	defaultCleanupDelay = 2 * time.Minute

	// keepAliveIdle, keepAliveInterval and keepAliveCount find clients whose
	// machine or network is gone, within two minutes, whether anything was sent
	// to them or not.
	keepAliveIdle     = 30 * time.Second
	keepAliveInterval = 15 * time.Second
	keepAliveCount    = 6
)

// limits are the bounds that tests make smaller.
type limits struct {
	handshake    time.Duration
	queued       int
	unsentAge    time.Duration
	minWriteTime time.Duration
	lease        time.Duration
	wrongLogin   time.Duration
	lookup       time.Duration
	resumeRest   time.Duration
	keepAlive    net.KeepAliveConfig
}

func defaultLimits() limits {
	return limits{
		handshake:    handshakeTime,
		queued:       maxQueued,
		unsentAge:    maxUnsentAge,
		minWriteTime: minWriteTime,
		lease:        maxLease,
		wrongLogin:   wrongLoginTime,
		lookup:       lookupTime,
		resumeRest:   resumeRest,
		keepAlive: net.KeepAliveConfig{
			Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
		},
	}
}
