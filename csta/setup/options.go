package setup

import (
	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/web"
)

// option is one setting that can be changed while the module runs. It is applied
// at the start, too, when the parts that run later are not there yet.
type option interface {
	apply(s *Setup, now config.Config) error
}

// options are those behind each parameter that csta reload applies
// (config.Parameter.Live).
var options = map[string]option{
	"ws-origins":                  pages{},
	"ws-page":                     pages{},
	"apply-inbound-acl":           accessList{},
	"system-status-timer":         heartbeat{},
	"greeting":                    greeting{},
	"minimum-dump-interval":       dumpInterval{},
	"trace-digits":                traceDigits{},
	"recorder-memory":             recorderMemory{},
	"recorder-private":            recorderPrivate{},
	"loopback-originate-params":   dialplan{},
	"use-multi-threading":         parallel{},
	"check-device-state-in-db":    deviceState{},
	"dialplan-context":            dialplan{},
	"predictive-call-addresses":   trunks{},
	"recordings-dir":              recordings{},
	"max-connections":             connections{},
	"max-connections-per-address": connectionsPerAddress{},
	"idle-timeout":                idleTimeout{},
	"login-timeout":               loginTimeout{},
	"requests-before-login":       requestsBeforeLogin{},
	"session-cleanup-delay":       cleanupDelay{},
	"session-memory":              sessionMemory{},
	"tls-cert":                    certificates{},
	"tls-key":                     certificates{},
	"tls-client-ca":               certificates{},
	"metrics-listen":              metricsAddress{},
	"directory-logins":            whoMay{},
}

// pages are what browsers get in with.
type pages struct{}

func (pages) apply(s *Setup, now config.Config) error {
	s.server.Web = web.New(web.Options{Origins: now.WSOrigins, Page: now.WSPage})
	return nil
}

type accessList struct{}

func (accessList) apply(s *Setup, now config.Config) error {
	s.server.Allow = nil
	if now.InboundACL != "" && s.host.Allow != nil {
		s.server.Allow = s.host.Allow(now.InboundACL)
	}
	return nil
}

type heartbeat struct{}

func (heartbeat) apply(s *Setup, now config.Config) error {
	s.server.SystemStatusTimer = now.SystemStatusTimer
	if s.running.Engine != nil {
		s.running.Engine.SetSystemStatusTimer(now.SystemStatusTimer)
	}
	return nil
}

type greeting struct{}

func (greeting) apply(s *Setup, now config.Config) error {
	s.server.Greeting = map[config.Greeting]server.Greeting{
		config.GreetWithHeartbeat: server.GreetWithHeartbeat,
		config.GreetAlways:        server.GreetAlways,
		config.GreetNever:         server.GreetNever,
	}[now.Greeting]
	return nil
}

type dumpInterval struct{}

func (dumpInterval) apply(s *Setup, now config.Config) error {
	s.server.MinimumDumpInterval = now.MinimumDumpInterval
	return nil
}

// traceDigits is for the traces of sessions, which the server logs, and of devices,
// which the engine does.
type traceDigits struct{}

func (traceDigits) apply(s *Setup, now config.Config) error {
	s.server.TraceDigits = now.TraceDigits
	if s.running.Engine != nil {
		s.running.Engine.SetTraceDigits(now.TraceDigits)
	}
	return nil
}

type recorderMemory struct{}

func (recorderMemory) apply(s *Setup, now config.Config) error {
	if s.running.Engine != nil {
		s.running.Engine.SetRecording(now.RecorderMemory)
	}
	return nil
}

type recorderPrivate struct{}

func (recorderPrivate) apply(s *Setup, now config.Config) error {
	if s.running.Engine != nil {
		s.running.Engine.SetRecordPrivate(now.RecorderPrivate)
	}
	return nil
}

type parallel struct{}

func (parallel) apply(s *Setup, now config.Config) error {
	s.server.Parallel = now.MultiThreading
	return nil
}

// whoMay is who may use the module: the applications, and users of the directory.
type whoMay struct{}

func (whoMay) apply(s *Setup, now config.Config) error {
	s.server.Applications = now.Applications
	s.server.Directory = s.host.Directory
	return nil
}

type connections struct{}

func (connections) apply(s *Setup, now config.Config) error {
	s.server.MaxConnections = now.MaxConnections
	return nil
}

type connectionsPerAddress struct{}

func (connectionsPerAddress) apply(s *Setup, now config.Config) error {
	s.server.MaxPerAddress = now.MaxConnectionsPerAddress
	return nil
}

type idleTimeout struct{}

func (idleTimeout) apply(s *Setup, now config.Config) error {
	s.server.IdleTimeout = now.IdleTimeout
	return nil
}

type loginTimeout struct{}

func (loginTimeout) apply(s *Setup, now config.Config) error {
	s.server.LoginTimeout = now.LoginTimeout
	return nil
}

type requestsBeforeLogin struct{}

func (requestsBeforeLogin) apply(s *Setup, now config.Config) error {
	s.server.RequestsBeforeLogin = now.RequestsBeforeLogin
	return nil
}

type cleanupDelay struct{}

func (cleanupDelay) apply(s *Setup, now config.Config) error {
	s.server.CleanupDelay = now.SessionCleanupDelay
	return nil
}

type sessionMemory struct{}

func (sessionMemory) apply(s *Setup, now config.Config) error {
	s.server.SessionMemory = now.SessionMemory
	return nil
}

// certificates reads the files again, whether or not their names are new.
type certificates struct{}

func (certificates) apply(s *Setup, now config.Config) error {
	path := func(name string) string {
		if name == "" || s.host.File == nil {
			return name
		}
		return s.host.File(name)
	}
	loaded, warning, err := server.TLSFiles{Cert: path(now.TLSCert), Key: path(now.TLSKey), ClientCA: path(now.TLSClientCA)}.Load()
	if err != nil {
		return err
	}
	if warning != "" {
		s.warn(warning)
	}
	if !sameCertificates(loaded, s.server.TLS) {
		s.server.TLS = loaded
		s.renewed = true
	}
	return nil
}

type deviceState struct{}

func (deviceState) apply(s *Setup, now config.Config) error {
	if s.running.Engine != nil {
		s.running.Engine.SetIgnoreRegistration(!now.CheckDeviceStateInDB)
	}
	return nil
}

type trunks struct{}

func (trunks) apply(s *Setup, now config.Config) error {
	if s.running.Engine != nil {
		s.running.Engine.SetTrunks(now.PredictiveCallAddresses)
	}
	return nil
}

type dialplan struct{}

func (dialplan) apply(s *Setup, now config.Config) error {
	if s.running.Switch != nil {
		s.running.Switch.SetDialplan(now.DialplanContext, now.LoopbackOriginateParams)
	}
	return nil
}

type recordings struct{}

func (recordings) apply(s *Setup, now config.Config) error {
	if s.running.Switch == nil {
		return nil
	}
	return s.running.Switch.SetRecordings(now.RecordingsDir)
}

type metricsAddress struct{}

func (metricsAddress) apply(s *Setup, now config.Config) error {
	if s.running.Metrics == nil {
		return nil
	}
	return s.running.Metrics.Listen(now.MetricsListen)
}
