package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/dumps"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/logline"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/setup"
	"mod_csta_socket/csta/sim"
)

// phoneReaction is how long the simulated phones take to say that they ring,
// about what a phone in the same building takes.
const phoneReaction = 20 * time.Millisecond

// scripted are the phones' behaviours unless --phone says otherwise.
var scripted = []struct{ first, last, script, says string }{
	{"1000", "1009", "answer:2s", "ring for two seconds, then answer"},
	{"1010", "1012", "silent", "ring until somebody answers (cstactl answer, cstactl phone)"},
	{"1013", "1013", "notalk", "rings, and can't be answered by an application"},
	{"1014", "1014", "early,answer:3s", "sends early media, answers after three seconds"},
	{"1015", "1015", "noring,answer", "answers at once, without ringing"},
	{"1016", "1016", "answer:2s,hangup:5s", "answers, and hangs up after five seconds"},
	{"1017", "1017", "reject:1s", "rejects after one second"},
	{"1018", "1018", "busy", "is busy"},
	{"1019", "1019", "away", "is not registered"},
}

const networkScript = "answer:3s"

type simFlags struct {
	listen, page, origins, config, control string
	phones                                 []string
}

func (a *app) simCommand() *cobra.Command {
	var f simFlags
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run a simulated switch with a CSTA server",
		Long: `Runs a switch made of memory, with the engine and the server that work on a real
one, until Ctrl-C: phones 1000 to 1019, queues 9500 to 9599, network interface
20 (dial 20 and any number; 193190 from outside leads to queue 9500). A page for a
browser shows them, and what happens.

The phones behave by script: some answer, some are busy, silent or away; the
list is printed at the start. --phone changes a script, cstactl phone does so
later, and moves phones by hand.`,
		Example: `  cstactl sim
  cstactl sim --listen 127.0.0.1:4000 --phone 1001=busy --phone 1002=answer:500ms,hangup:10s
  cstactl sim --config csta_socket.conf.xml`,
		Args: between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sim(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", defaultServer, "where CSTA clients connect, HOST:PORT; :PORT is every IPv4 address; overrides the configuration")
	flags.StringVar(&f.page, "page", defaultPage, "where a browser finds the page, and WebSockets connect, HOST:PORT; empty = nowhere; with --config that says where (ws-listen)")
	flags.StringVar(&f.origins, "origins", "", "other pages that may connect by WebSocket, by where they are from, such as http://localhost:8000, separated by commas; with --config that says which (ws-origins)")
	flags.StringVar(&f.config, "config", "", "a csta_socket.conf.xml whose parameters are used")
	flags.StringVar(&f.control, "control", defaultControl, "where cstactl phone connects, HOST:PORT; empty = nowhere")
	flags.StringArrayVar(&f.phones, "phone", nil, "a phone's script, NUMBER=SCRIPT (see cstactl phone --help)")
	return cmd
}

func (a *app) sim(cmd *cobra.Command, f simFlags) error {
	log := a.siteLog()
	if f.config != "" {
		for _, flag := range []string{"page", "origins"} {
			if cmd.Flags().Changed(flag) {
				return fmt.Errorf("--%s: the configuration says where the page is (ws-listen, ws-origins, ws-page)", flag)
			}
		}
		f.page = ""
	}
	o, err := a.siteOptions(cmd.Context(), f, cmd.Flags().Changed("listen"), log)
	if err != nil {
		return err
	}
	s, err := startSite(o, log)
	if err != nil {
		return err
	}
	a.welcome(s, o)
	<-cmd.Context().Done()
	fmt.Fprintln(a.err, "stopping")
	return s.stop()
}

// siteLog is the log of the simulated switch and its server, bounded as that of the
// module.
func (a *app) siteLog() *slog.Logger {
	text := slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: a.logLevel(), ReplaceAttr: levelNames})
	return slog.New(logline.Limited(text, logline.Usual))
}

func (a *app) logLevel() slog.Level {
	if a.verbose {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// levelNames gives the server's NOTICE its name.
func levelNames(_ []string, attr slog.Attr) slog.Attr {
	if level, ok := attr.Value.Any().(slog.Level); ok && attr.Key == slog.LevelKey && level == server.LevelNotice {
		attr.Value = slog.StringValue("NOTICE")
	}
	return attr
}

func (a *app) siteOptions(ctx context.Context, f simFlags, listenGiven bool, log *slog.Logger) (siteOptions, error) {
	o := siteOptions{control: f.control}
	var params []config.Param
	if f.config != "" {
		o.reread = func() ([]config.Param, error) { return readParams(f.config, log) }
		var err error
		if params, err = o.reread(); err != nil {
			return o, err
		}
	}
	configured, warnings, err := setup.New(params, setup.Host{})
	for _, w := range warnings {
		log.Warn(w)
	}
	if err != nil {
		return o, fmt.Errorf("%s: %w", f.config, err)
	}
	c := configured.Config()
	if f.config != "" {
		o.setup = configured
		if c.TLSCert != "" {
			if o.certificate, err = filepath.Abs(c.TLSCert); err != nil {
				return o, err
			}
		}
		if c.InboundACL != "" {
			log.Warn("apply-inbound-acl needs a switch with access lists: every client may connect", "acl", c.InboundACL)
		}
	}
	o.server = configured.Server()
	if listenGiven || f.config == "" {
		if o.server.Listen, err = listenAddress(ctx, f.listen, defaultPort); err != nil {
			return siteOptions{}, fmt.Errorf("--listen: %w", err)
		}
	}
	if o.page = f.page != ""; o.page {
		if o.server.WebListen, err = listenAddress(ctx, f.page, defaultPagePort); err != nil {
			return siteOptions{}, fmt.Errorf("--page: %w", err)
		}
		var ok bool
		if o.origins, ok = config.ParseOrigins(f.origins); !ok {
			return siteOptions{}, fmt.Errorf("--origins %q: origins such as http://localhost:8000 expected, separated by commas", f.origins)
		}
	}
	network, err := sim.ParseBehaviour(networkScript)
	if err != nil {
		return siteOptions{}, err
	}
	o.sim = sim.DefaultOptions()
	o.sim.Latency = phoneReaction
	o.sim.NetworkBehaviour = network
	if c.DefaultDomain != "" {
		o.sim.Domain = c.DefaultDomain
	}
	o.engine = engine.Options{DefaultDomain: o.sim.Domain, IgnoreRegistration: !c.CheckDeviceStateInDB, Trunks: c.PredictiveCallAddresses, TraceDigits: c.TraceDigits, SystemStatusTimer: c.SystemStatusTimer, CallNumbers: c.CallNumbers,
		Recording: c.RecorderMemory, RecordPrivate: c.RecorderPrivate, Version: version, Dumps: dumps.In(os.TempDir(), log)}
	o.scripts, err = scripts(o.sim.Phones, f.phones)
	return o, err
}

// readParams reads a csta_socket.conf.xml.
func readParams(name string, log *slog.Logger) ([]config.Param, error) {
	file, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	params, warnings, err := config.ReadXML(file)
	for _, w := range warnings {
		log.Warn(w.String())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return params, nil
}

// scripts are the standard ones, changed by those of the command line.
func scripts(phones, changes []string) (map[string]sim.Behaviour, error) {
	all := make(map[string]sim.Behaviour)
	for _, s := range scripted {
		b, err := sim.ParseBehaviour(s.script)
		if err != nil {
			return nil, err
		}
		for _, p := range phones {
			if p >= s.first && p <= s.last {
				all[p] = b
			}
		}
	}
	for _, c := range changes {
		number, script, ok := strings.Cut(c, "=")
		if !ok {
			return nil, fmt.Errorf("--phone %q: NUMBER=SCRIPT expected", c)
		}
		b, err := sim.ParseBehaviour(script)
		if err != nil {
			return nil, fmt.Errorf("--phone %q: %w", c, err)
		}
		all[number] = b
	}
	return all, nil
}

// welcome says where to connect and what to try.
func (a *app) welcome(s *site, o siteOptions) {
	address := "nowhere: the configuration names no port"
	if l := s.server.Addr(); l != nil {
		address = l.String()
	}
	fmt.Fprintf(a.out, "CSTA clients connect to  %s\n", address)
	if l := s.server.WebAddr(); l != nil {
		scheme := "http"
		if o.server.TLS != nil {
			scheme = "https"
		}
		fmt.Fprintf(a.out, "Page for a browser       %s://%s/\n", scheme, reachable(l))
	}
	fmt.Fprintln(a.out, "\nPhones:")
	for _, line := range scripted {
		numbers := line.first
		if line.last != line.first {
			numbers += "-" + line.last
		}
		fmt.Fprintf(a.out, "  %-10s %s\n", numbers, line.says)
	}
	for _, number := range slices.Sorted(maps.Keys(o.scripts)) {
		if b := o.scripts[number]; b.String() != standardScript(number) {
			fmt.Fprintf(a.out, "  %-10s but: %s\n", number, b)
		}
	}
	fmt.Fprintf(a.out, `Queues:      9500-9599, answered, wait for an application
Out:         20 and any number; it answers after three seconds
In:          193190, to queue 9500

`)
	if hints := s.hints(o); len(hints) > 0 {
		fmt.Fprintf(a.out, "Try, in other terminals:\n  %s\n", strings.Join(hints, "\n  "))
	}
	fmt.Fprintln(a.out, "Ctrl-C ends.")
}

// hints are commands that work as they are, whatever the directory of the terminal.
func (s *site) hints(o siteOptions) []string {
	var all []string
	if l := s.server.Addr(); l != nil {
		flags := nonDefault("--server", l, defaultServer)
		if o.server.TLS != nil {
			flags += " --ca " + shellWord(o.certificate)
		}
		for _, words := range []string{"monitor%s 1000 1001", "call%s 1000 1001", "snapshot%s 1000", "hangup%s 1000"} {
			all = append(all, self()+" "+fmt.Sprintf(words, flags))
		}
	}
	if s.control != nil {
		flags := nonDefault("--control", s.control.listener.Addr(), defaultControl)
		for _, words := range []string{"phone%s 1010 dial 1001", "phone%s net:5550 dial 193190"} {
			all = append(all, self()+" "+fmt.Sprintf(words, flags))
		}
	}
	return all
}

// nonDefault is the flag that leads to a port, which needs none if it is the usual one.
func nonDefault(flag string, at net.Addr, usual string) string {
	address := reachable(at)
	if address == usual {
		return ""
	}
	return " " + flag + " " + address
}

// reachable is where what listens is reached from this machine.
func reachable(at net.Addr) string {
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return at.String()
}

// self is how this program is started from anywhere.
func self() string {
	name := os.Args[0]
	if strings.Contains(name, "/") {
		if whole, err := filepath.Abs(name); err == nil {
			name = whole
		}
	}
	return shellWord(name)
}

// shellWord is text as a word of a shell's command line.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-+:@,=", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// standardScript is the script a phone has without --phone.
func standardScript(number string) string {
	for _, s := range scripted {
		if number >= s.first && number <= s.last {
			if b, err := sim.ParseBehaviour(s.script); err == nil {
				return b.String()
			}
		}
	}
	return ""
}
