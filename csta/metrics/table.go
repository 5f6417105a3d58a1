package metrics

import (
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/measure"
	"mod_csta_socket/csta/server"
)

// Kind is a metric's type in the text format.
type Kind string

const (
	Counter Kind = "counter"
	Gauge   Kind = "gauge"
	// Durations is a histogram of seconds.
	Durations Kind = "histogram"
)

// Metric is one entry of the registry.
type Metric struct {
	Name string
	Kind Kind
	// Help says what it means, in one sentence without a full stop at its end.
	Help string
	// Labels are the names of its labels, in their order.
	Labels []string

	// samples reads it out of a picture; none if the picture lacks the part.
	samples func(p *picture) []sample
}

// sample is one value: of a histogram, or any other.
type sample struct {
	labels    []string
	value     float64
	histogram *measure.Histogram
}

// picture is everything that the metrics are read from. engine is nil if it did
// not answer, ring if there is none.
type picture struct {
	source *Source
	engine *engine.Measures
	server server.Stats
	ring   *Ring
	now    time.Time
}

// All is the registry, in the order of the documentation.
func All() []Metric { return slices.Clone(table) }

var table = []Metric{
	{Name: "csta_info", Kind: Gauge, Help: "Always 1; the label is the module's version", Labels: []string{"version"},
		samples: func(p *picture) []sample { return []sample{{labels: []string{p.source.Version}, value: 1}} }},
	{Name: "csta_up_seconds", Kind: Gauge, Help: "Time since the module was loaded",
		samples: func(p *picture) []sample { return one(p.now.Sub(p.source.Started).Seconds()) }},
	{Name: "csta_engine_up", Kind: Gauge, Help: "1 if the engine answered in time, else 0; the engine's metrics are missing then",
		samples: func(p *picture) []sample {
			if p.engine == nil {
				return one(0)
			}
			return one(1)
		}},

	{Name: "csta_sessions", Kind: Gauge, Help: "Connected clients",
		samples: ofServer(func(s *server.Stats) float64 { return float64(len(s.Sessions)) })},
	{Name: "csta_sessions_waiting", Kind: Gauge, Help: "Application sessions whose clients have lost their connections and may come back",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.Waiting) })},
	{Name: "csta_sessions_kept_bytes", Kind: Gauge, Help: "What is kept for them (session-memory)",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.Kept) })},
	{Name: "csta_sessions_parted_total", Kind: Counter, Help: "What became of clients that lost their connections within an application session: they came back (resumed), wanted to and could not (refused), did not in time (expired); and those for whom more happened than is kept (lost)", Labels: []string{"result"},
		samples: func(p *picture) []sample {
			return labelled("resumed", p.server.Resumed, "refused", p.server.ResumesRefused, "expired", p.server.Expired, "lost", p.server.Overflown)
		}},
	{Name: "csta_monitors", Kind: Gauge, Help: "Active monitors",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.Monitors) })},
	{Name: "csta_devices", Kind: Gauge, Help: "Devices that are monitored or in calls",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.Devices) })},
	{Name: "csta_calls", Kind: Gauge, Help: "Calls",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.Calls) })},
	{Name: "csta_traces", Kind: Gauge, Help: "Devices and sessions that are traced",
		samples: func(p *picture) []sample {
			n := 0
			for _, s := range p.server.Sessions {
				if s.Traced {
					n++
				}
			}
			if p.engine != nil {
				n += len(p.engine.Traced)
			}
			return one(float64(n))
		}},

	{Name: "csta_connections_accepted_total", Kind: Counter, Help: "TCP connections accepted, those turned away included",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.Accepted) })},
	{Name: "csta_connections_refused_total", Kind: Counter, Help: "Connections turned away: by apply-inbound-acl (list), max-connections (total), max-connections-per-address (address), because TLS could not be agreed on (tls), or by ws-origins (origin)", Labels: []string{"reason"},
		samples: func(p *picture) []sample {
			return labelled("list", p.server.RefusedByList, "total", p.server.RefusedTotal, "address", p.server.RefusedAddress, "tls", p.server.Handshakes, "origin", p.server.RefusedOrigin)
		}},
	{Name: "csta_clients_disconnected_total", Kind: Counter, Help: "Sessions that the server ended: the client did not read (slow), left heartbeats unanswered (mute), sent nothing for idle-timeout (idle), did not log in for login-timeout (nobody), or sent what is no frame (frame)", Labels: []string{"reason"},
		samples: func(p *picture) []sample {
			return labelled("slow", p.server.SlowClients, "mute", p.server.MuteClients, "idle", p.server.IdleClients, "nobody", p.server.NobodyClients, "frame", p.server.BadFrames)
		}},

	{Name: "csta_logins_total", Kind: Counter, Help: "Logins of applications: those that succeeded (right), those with an unknown user or a wrong password (wrong), and those refused unseen because too many had failed or were under way (limited)", Labels: []string{"result"},
		samples: func(p *picture) []sample {
			return labelled("right", p.server.LoginsRight, "wrong", p.server.LoginsWrong, "limited", p.server.LoginsLimited)
		}},

	{Name: "csta_certificate_expiry_timestamp", Kind: Gauge, Help: "When the certificate of the CSTA port expires, in Unix time; missing without TLS",
		samples: func(p *picture) []sample {
			if p.server.CertificateEnd.IsZero() {
				return nil
			}
			return one(float64(p.server.CertificateEnd.Unix()))
		}},

	{Name: "csta_requests_total", Kind: Counter, Help: "Requests received",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.Requests) })},
	{Name: "csta_requests_delayed_total", Kind: Counter, Help: "Requests, and other messages, that had to wait because their clients had not logged in and asked faster than requests-before-login",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.RequestsDelayed) })},
	{Name: "csta_requests_open", Kind: Gauge, Help: "Requests received and not yet answered",
		samples: ofServer(func(s *server.Stats) float64 {
			n := 0
			for _, one := range s.Sessions {
				n += one.Outstanding
			}
			return float64(n)
		})},
	{Name: "csta_answers_total", Kind: Counter, Help: "Answers given, by service (unknown: none that we know) and result (ok, failed)", Labels: []string{"service", "result"},
		samples: answers},
	{Name: "csta_failures_total", Kind: Counter, Help: "Negative answers, by service and category of the error (ECMA-269 12.2.8; applicationSession: ECMA-354)", Labels: []string{"service", "category"},
		samples: failures},
	{Name: "csta_events_sent_total", Kind: Counter, Help: "CSTA events queued for clients, one for each monitor, by event", Labels: []string{"event"},
		samples: func(p *picture) []sample {
			if p.engine == nil {
				return nil
			}
			var list []sample
			for name, n := range p.engine.Sent {
				list = append(list, sample{labels: []string{name}, value: float64(n)})
			}
			return sorted(list)
		}},
	{Name: "csta_received_bytes_total", Kind: Counter, Help: "Bytes of frames received from clients",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.BytesIn) })},
	{Name: "csta_sent_bytes_total", Kind: Counter, Help: "Bytes of frames handed to clients' sockets",
		samples: ofServer(func(s *server.Stats) float64 { return float64(s.BytesOut) })},
	{Name: "csta_session_queue_bytes", Kind: Gauge, Help: "Bytes that wait for clients to read, of all sessions",
		samples: ofServer(func(s *server.Stats) float64 {
			n := 0
			for _, one := range s.Sessions {
				n += one.Queued
			}
			return float64(n)
		})},
	{Name: "csta_session_queue_longest_bytes", Kind: Gauge, Help: "Bytes that wait for the one client with most of them",
		samples: ofServer(func(s *server.Stats) float64 {
			n := 0
			for _, one := range s.Sessions {
				n = max(n, one.Queued)
			}
			return float64(n)
		})},
	{Name: "csta_event_delay_seconds", Kind: Durations, Help: "Time from the moment the switch fired an event until the frame was handed to the client's socket; of each write, its oldest event",
		samples: func(p *picture) []sample { return []sample{{histogram: &p.server.Delay}} }},

	{Name: "csta_switch_events_total", Kind: Counter, Help: "Events of the switch that reached the engine",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.SwitchEvents) })},
	{Name: "csta_switch_events_lost_total", Kind: Counter, Help: "Events of the switch that found the ring or the engine's inbox full; the engine compares with the switch then",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.EventsLost) })},
	{Name: "csta_engine_input_seconds", Kind: Durations, Help: "Time that the engine spent on one input: a switch event (event), a request (request), or the result of a switch operation and the like (other)", Labels: []string{"input"},
		samples: func(p *picture) []sample {
			if p.engine == nil {
				return nil
			}
			return []sample{
				{labels: []string{"event"}, histogram: &p.engine.Event},
				{labels: []string{"request"}, histogram: &p.engine.Request},
				{labels: []string{"other"}, histogram: &p.engine.Other},
			}
		}},
	{Name: "csta_engine_inbox", Kind: Gauge, Help: "Inputs that wait for the engine",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.Inbox) })},
	{Name: "csta_engine_inbox_deepest", Kind: Gauge, Help: "The most inputs that ever waited for the engine",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.InboxDeepest) })},
	{Name: "csta_switch_operations_running", Kind: Gauge, Help: "Operations of the switch under way: originates, which last as long as a phone rings (slow), and all others (quick)", Labels: []string{"pool"},
		samples: pools(func(w engine.Workers) int { return w.Running })},
	{Name: "csta_switch_operations_limit", Kind: Gauge, Help: "The most operations that may be under way", Labels: []string{"pool"},
		samples: pools(func(w engine.Workers) int { return w.Limit })},
	{Name: "csta_switch_operations_waiting", Kind: Gauge, Help: "Operations that wait because the most are under way", Labels: []string{"pool"},
		samples: pools(func(w engine.Workers) int { return w.Waiting })},

	{Name: "csta_repairs_total", Kind: Counter, Help: "Inconsistencies between the switch's events and the engine's picture that were mended",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.Repairs) })},
	{Name: "csta_resyncs_total", Kind: Counter, Help: "Comparisons with the switch's list of channels that were made for them, the first one at load included",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.Resyncs) })},
	{Name: "csta_audit_findings_total", Kind: Counter, Help: "Channels about which the regular audit found the picture wrong; should be 0",
		samples: ofEngine(func(m *engine.Measures) float64 { return float64(m.AuditFindings) })},
	{Name: "csta_waits_total", Kind: Counter, Help: "Waits of the engine that ended, by what was waited for (the table in csta/engine/waits.go says why, and what then), because it came (evidence) or in vain (time)", Labels: []string{"wait", "ended"},
		samples: func(p *picture) []sample {
			if p.engine == nil {
				return nil
			}
			var list []sample
			for _, w := range p.engine.Waits {
				list = append(list,
					sample{labels: []string{w.Name, "evidence"}, value: float64(w.Came)},
					sample{labels: []string{w.Name, "time"}, value: float64(w.RanOut)})
			}
			return list
		}},
	{Name: "csta_panics_total", Kind: Counter, Help: "Bugs of the module that were caught; should be 0, the log has the stack",
		samples: func(p *picture) []sample {
			n := p.server.Panics
			if p.engine != nil {
				n += p.engine.Panics
			}
			if p.ring != nil {
				n += p.ring.Panics
			}
			return one(float64(n))
		}},

	{Name: "csta_ring_events_total", Kind: Counter, Help: "Events that FreeSWITCH handed to the module",
		samples: ofRing(func(r *Ring) float64 { return float64(r.Handled) })},
	{Name: "csta_ring_lost_total", Kind: Counter, Help: "Of these, events that found the ring full",
		samples: ofRing(func(r *Ring) float64 { return float64(r.Lost) })},
	{Name: "csta_ring_truncated_total", Kind: Counter, Help: "Fields of events that were longer than the module takes, and cut",
		samples: ofRing(func(r *Ring) float64 { return float64(r.Truncated) })},
	{Name: "csta_ring_wakeups_total", Kind: Counter, Help: "Times that the ring's sleeping reader was woken",
		samples: ofRing(func(r *Ring) float64 { return float64(r.Wakeups) })},
	{Name: "csta_ring_bytes", Kind: Gauge, Help: "Bytes of events that wait in the ring, which holds 16 MiB",
		samples: ofRing(func(r *Ring) float64 { return float64(r.Waiting) })},
	{Name: "csta_ring_deepest_bytes", Kind: Gauge, Help: "The most bytes that ever waited in the ring",
		samples: ofRing(func(r *Ring) float64 { return float64(r.Deepest) })},

	{Name: "csta_go_goroutines", Kind: Gauge, Help: "Goroutines of the module: some 15, and three for each client",
		samples: runtimeMetric("/sched/goroutines:goroutines")},
	{Name: "csta_go_heap_bytes", Kind: Gauge, Help: "Memory in use by the module's objects",
		samples: runtimeMetric("/memory/classes/heap/objects:bytes")},
	{Name: "csta_go_memory_bytes", Kind: Gauge, Help: "Memory that the module's runtime has from the system",
		samples: runtimeMetric("/memory/classes/total:bytes")},
	{Name: "csta_go_collections_total", Kind: Counter, Help: "Garbage collections",
		samples: runtimeMetric("/gc/cycles/total:gc-cycles")},
}

func one(v float64) []sample { return []sample{{value: v}} }

// labelled takes pairs of a label's value and a counter.
func labelled(pairs ...any) []sample {
	var list []sample
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, sample{labels: []string{pairs[i].(string)}, value: float64(pairs[i+1].(uint64))})
	}
	return list
}

func ofServer(value func(*server.Stats) float64) func(*picture) []sample {
	return func(p *picture) []sample { return one(value(&p.server)) }
}

func ofEngine(value func(*engine.Measures) float64) func(*picture) []sample {
	return func(p *picture) []sample {
		if p.engine == nil {
			return nil
		}
		return one(value(p.engine))
	}
}

func ofRing(value func(*Ring) float64) func(*picture) []sample {
	return func(p *picture) []sample {
		if p.ring == nil {
			return nil
		}
		return one(value(p.ring))
	}
}

func pools(value func(engine.Workers) int) func(*picture) []sample {
	return func(p *picture) []sample {
		if p.engine == nil {
			return nil
		}
		return []sample{
			{labels: []string{"quick"}, value: float64(value(p.engine.Quick))},
			{labels: []string{"slow"}, value: float64(value(p.engine.Slow))},
		}
	}
}

func runtimeMetric(name string) func(*picture) []sample {
	return func(*picture) []sample {
		read := []metrics.Sample{{Name: name}}
		metrics.Read(read)
		if read[0].Value.Kind() != metrics.KindUint64 {
			return nil
		}
		return one(float64(read[0].Value.Uint64())) // #nosec G602 -- read has one
	}
}

// outcomes are the answers of server and engine together.
func (p *picture) outcomes() measure.Outcomes {
	all := p.server.Services.Clone()
	if p.engine != nil {
		all.Add(p.engine.Services)
	}
	return all
}

func answers(p *picture) []sample {
	var list []sample
	for service, o := range p.outcomes() {
		list = append(list,
			sample{labels: []string{service, "ok"}, value: float64(o.OK)},
			sample{labels: []string{service, "failed"}, value: float64(o.Failures())})
	}
	return sorted(list)
}

func failures(p *picture) []sample {
	var list []sample
	for service, o := range p.outcomes() {
		for category, n := range o.Failed {
			list = append(list, sample{labels: []string{service, category}, value: float64(n)})
		}
	}
	return sorted(list)
}

func sorted(list []sample) []sample {
	slices.SortFunc(list, func(a, b sample) int {
		return strings.Compare(strings.Join(a.labels, "\x00"), strings.Join(b.labels, "\x00"))
	})
	return list
}
