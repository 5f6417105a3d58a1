package config

// Parameter describes one parameter of csta_socket.conf.
type Parameter struct {
	Name string
	// Default is the value that counts if the parameter is absent.
	Default string
	// Allowed says in words which values are legal.
	Allowed string
	// Doc says what it does.
	Doc string
	// Live: a new value counts after csta reload. Others need a reload of the
	// module, which ends the clients' sessions.
	Live bool

	// set stores a value, or tells that it is not allowed.
	set func(c *Config, value string) bool
}

// Parameters lists all parameters in the order of the documentation.
func Parameters() []Parameter { return append([]Parameter(nil), table...) }

const (
	yesNo   = "0 or 1"
	seconds = "0 to 86400 seconds"
	file    = "a file in PEM format, in FreeSWITCH's certs_dir unless the path is absolute, or empty"
)

var table = []Parameter{
	{
		Name: "listen-ip", Default: "127.0.0.1", Allowed: "an IPv4 or IPv6 address",
		Doc: "Address to listen on. 0.0.0.0 stands for all interfaces, :: for all with IPv6.",
		set: func(c *Config, v string) bool { return setAddr(&c.ListenIP, v) },
	},
	{
		Name: "xml-listen-port", Default: "", Allowed: "1 to 65535, or empty",
		Doc: "TCP port for CSTA XML without SOAP. Empty: nothing listens.",
		set: func(c *Config, v string) bool { return setPort(&c.Port, v) },
	},
	{
		Name: "ws-listen", Default: "", Allowed: "an IP address and a port such as 127.0.0.1:3080, or empty",
		Doc: "Where clients connect by WebSocket, browsers above all, and speak CSTA in JSON; with tls-cert by TLS. Empty: nowhere.",
		set: func(c *Config, v string) bool { return setAddrPort(&c.WSListen, v) },
	},
	{
		Name: "ws-origins", Default: "", Allowed: "origins such as https://phones.example.com or http://127.0.0.1:3080, separated by commas, or empty", Live: true,
		Doc: "The pages that may connect to ws-listen, by where they are from. Programs that are no browsers, and name no origin, may in any case. Empty: no page may. Counts for clients that connect later.",
		set: func(c *Config, v string) bool { return setOrigins(&c.WSOrigins, v) },
	},
	{
		Name: "ws-page", Default: "0", Allowed: yesNo, Live: true,
		Doc: "1: ws-listen serves a page, which shows phones and steers them; its own address has to be one of ws-origins. 0: it does not.",
		set: func(c *Config, v string) bool { return setBool(&c.WSPage, v) },
	},
	{
		Name: "apply-inbound-acl", Default: "", Allowed: "the name of a list in acl.conf, a network such as 10.0.0.0/8, or empty", Live: true,
		Doc: "Access list that a client's address must be allowed by. Empty: everybody may connect.",
		set: func(c *Config, v string) bool { return setText(&c.InboundACL, v, aclByte) },
	},
	{
		Name: "system-status-timer", Default: "0", Allowed: seconds, Live: true,
		Doc: "Interval of the System Status requests (heartbeat) sent to each client; a client that sends nothing at all between two of them and the next is disconnected. 0: none are sent.",
		set: func(c *Config, v string) bool { return setSeconds(&c.SystemStatusTimer, v, 0) },
	},
	{
		Name: "greeting", Default: "heartbeat", Allowed: "heartbeat, always or never", Live: true,
		Doc: "When a client is sent System Status as soon as it connects. heartbeat: if system-status-timer sends more of them. always: for clients that wait for it before they do anything. never: for clients that are confused by what they did not ask for. Counts for clients that connect later.",
		set: func(c *Config, v string) bool { return setGreeting(&c.Greeting, v) },
	},
	{
		Name: "minimum-dump-interval", Default: "-1", Allowed: "-1, or " + seconds, Live: true,
		Doc: "A Request System Status writes the map of calls and devices to the log, but not more often than this many seconds. -1: never.",
		set: func(c *Config, v string) bool { return setSeconds(&c.MinimumDumpInterval, v, -1) },
	},
	{
		Name: "trace-digits", Default: "0", Allowed: yesNo, Live: true,
		Doc: "1: csta trace shows digits that were sent, pressed or dialled one after the other, and account and authorisation codes. 0: asterisks in their place, as they may be a PIN.",
		set: func(c *Config, v string) bool { return setBool(&c.TraceDigits, v) },
	},
	{
		Name: "recorder-memory", Default: "4", Allowed: "0 to 64 MiB", Live: true,
		Doc: "How much is kept of what happened last (the switch's events, clients' requests, results), so that csta record dump, a panic, an audit's finding or a repair can write it to a file in FreeSWITCH's log_dir. 0: nothing is. A new value forgets what there is.",
		set: func(c *Config, v string) bool { return setMebibytes(&c.RecorderMemory, v, 64) },
	},
	{
		Name: "recorder-private", Default: "0", Allowed: yesNo, Live: true,
		Doc: "1: such a file has the digits that were pressed, account and authorisation codes, and the user data, correlator data and private data of applications. 0: it has not. Numbers and names are in it anyway.",
		set: func(c *Config, v string) bool { return setBool(&c.RecorderPrivate, v) },
	},
	{
		Name: "loopback-originate-params", Default: "", Allowed: "name=value pairs separated by commas, without any of {}[]<>|&^$'\"\\ and control characters", Live: true,
		Doc: "Channel variables for calls that are originated through the dialplan (loopback): Make Call from a device that can't be dialled, and Make Predictive Call to a number.",
		set: func(c *Config, v string) bool { return setVariables(&c.LoopbackOriginateParams, v) },
	},
	{
		Name: "use-multi-threading", Default: "0", Allowed: yesNo, Live: true,
		Doc: "0: the requests of one client are served one after the other; what waits for a phone holds up only what is about the same call or device. 1: in parallel; responses may overtake each other. Counts for clients that connect later.",
		set: func(c *Config, v string) bool { return setBool(&c.MultiThreading, v) },
	},
	{
		Name: "use-uacsta", Default: "0", Allowed: yesNo,
		Doc: "1: phones whose subscriber has the directory variable uacsta (session or notify) are controlled by uaCSTA. 0: no socket is opened for it.",
		set: func(c *Config, v string) bool { return setBool(&c.UACSTA, v) },
	},
	{
		Name: "uacsta-after-monitor", Default: "0", Allowed: yesNo,
		Doc: "1: uaCSTA only with phones of monitored devices. 0: with all phones from when they register.",
		set: func(c *Config, v string) bool { return setBool(&c.UACSTAAfterMonitor, v) },
	},
	{
		Name: "uacsta-unproven", Default: "0", Allowed: yesNo,
		Doc: "0: only phones whose owner authenticated when they registered are controlled by uaCSTA. 1: those as well for which nobody had to (accept-blind-reg, apply-register-acl): whoever registers for a subscriber is taken for his phone, and may set his forwarding.",
		set: func(c *Config, v string) bool { return setBool(&c.UACSTAUnproven, v) },
	},
	{
		Name: "uacsta-ip", Default: "", Allowed: "an IPv4 or IPv6 address of this host, or empty",
		Doc: "Address of the uaCSTA user agent. It should be the sip-ip of the profile that the phones register with, as phones may trust no other. Empty: FreeSWITCH's local_ip_v4.",
		set: func(c *Config, v string) bool { return setOptionalAddr(&c.UACSTAIP, v) },
	},
	{
		Name: "uacsta-port", Default: "5062", Allowed: "1 to 65535",
		Doc: "Port of the uaCSTA user agent, UDP and TCP. Phones may also register a CSTA line of their own there.",
		set: func(c *Config, v string) bool { return v != "" && setPort(&c.UACSTAPort, v) },
	},
	{
		Name: "uacsta-ext-ip", Default: "", Allowed: "an IPv4 or IPv6 address, or empty",
		Doc: "Address that phones are told instead of uacsta-ip, if this host is behind NAT: the ext-sip-ip of the profile.",
		set: func(c *Config, v string) bool { return setOptionalAddr(&c.UACSTAExtIP, v) },
	},
	{
		Name: "uacsta-tls-port", Default: "", Allowed: "1 to 65535, or empty",
		Doc: "Port for CSTA lines that register over TLS. Empty: none.",
		set: func(c *Config, v string) bool { return setPort(&c.UACSTATLSPort, v) },
	},
	{
		Name: "uacsta-tls-cert", Default: "", Allowed: file,
		Doc: "Certificate and private key of uacsta-tls-port, in one file, such as FreeSWITCH's agent.pem.",
		set: func(c *Config, v string) bool { return setText(&c.UACSTATLSCert, v, pathByte) },
	},
	{
		Name: "uacsta-apply-acl", Default: "", Allowed: "the name of a list in acl.conf, a network such as 10.0.0.0/8, or empty",
		Doc: "Access list that a phone's address must be allowed by to reach the uaCSTA user agent. Empty: everybody; CSTA lines register with a password, and all else counts only from a phone within its session.",
		set: func(c *Config, v string) bool { return setText(&c.UACSTAACL, v, aclByte) },
	},
	{
		Name: "check-device-state-in-db", Default: "1", Allowed: yesNo, Live: true,
		Doc: "1: whether a device is in service is looked up in FreeSWITCH's registrations. 0: only seen when it registers.",
		set: func(c *Config, v string) bool { return setBool(&c.CheckDeviceStateInDB, v) },
	},
	{
		Name: "dialplan-context", Default: "default", Allowed: "letters, digits and any of ._-", Live: true,
		Doc: "Dialplan context in which a number is dialled for a device whose own context (user_context in the directory) is not known.",
		set: func(c *Config, v string) bool { return v != "" && setText(&c.DialplanContext, v, nameByte) },
	},
	{
		Name: "predictive-call-addresses", Default: "", Allowed: "<profile>/<host>, <profile>/<host>:<port>, <profile>/* and gateway/<gateway>, separated by commas, or empty", Live: true,
		Doc: "SIP addresses that Make Predictive Call may name (sofia/<profile>/<user>@<host>, sofia/gateway/<gateway>/<user>); such calls go past the dialplan. An entry without a port allows addresses without one; <profile>/* allows any host and port. Empty: none.",
		set: func(c *Config, v string) bool { return setTrunks(&c.PredictiveCallAddresses, v) },
	},
	{
		Name: "default-domain", Default: "", Allowed: "a domain name, or empty",
		Doc: "SIP domain whose subscribers are named by their bare number; those of other domains are number@domain. Empty: FreeSWITCH's own domain.",
		set: func(c *Config, v string) bool { return setText(&c.DefaultDomain, v, hostByte) },
	},
	{
		Name: "call-id", Default: "uuid", Allowed: "uuid or number",
		Doc: "What clients know calls by. uuid: as FreeSWITCH names the call's first leg, as a rule. number: a number of up to 19 digits, for clients that read it as a 64-bit integer; the same call has the same one after a reload.",
		set: func(c *Config, v string) bool { return setCallID(&c.CallNumbers, v) },
	},
	{
		Name: "features-file", Default: "csta_features.json", Allowed: "a file, in FreeSWITCH's db_dir unless the path is absolute, or none",
		Doc: "Where do not disturb and forwarding of subscribers are kept. none: they are forgotten when the module is unloaded.",
		set: func(c *Config, v string) bool {
			if v == "none" {
				c.FeaturesFile = ""
				return true
			}
			return v != "" && setText(&c.FeaturesFile, v, pathByte)
		},
	},
	{
		Name: "recordings-dir", Default: "", Allowed: "an absolute path of letters, digits and any of /._-, or empty", Live: true,
		Doc: "Directory that Record Message writes to, and that Play Message looks in for what is not among the sounds. Recordings there are replaced by later ones of the same name. It must neither be nor contain FreeSWITCH's directory of sounds. Empty: recordings go among the sounds, and never replace a file that this FreeSWITCH process did not record.",
		set: func(c *Config, v string) bool { return setDirectory(&c.RecordingsDir, v) },
	},
	{
		Name: "max-connections", Default: "1000", Allowed: "1 to 65535", Live: true,
		Doc: "The most clients that may be connected; more are told resourceLimitExceeded and closed.",
		set: func(c *Config, v string) bool { return setCount(&c.MaxConnections, v, 1) },
	},
	{
		Name: "max-connections-per-address", Default: "500", Allowed: "0 to 65535", Live: true,
		Doc: "The most clients from one IP address (of IPv6: from one /64 network), so that one host can't take all places. 0: only max-connections counts.",
		set: func(c *Config, v string) bool { return setCount(&c.MaxConnectionsPerAddress, v, 0) },
	},
	{
		Name: "idle-timeout", Default: "0", Allowed: seconds, Live: true,
		Doc: "A client that sends nothing for so long is disconnected. Answers to the heartbeat count, so use it with a shorter system-status-timer: clients that only listen stay then. 0: never.",
		set: func(c *Config, v string) bool { return setSeconds(&c.IdleTimeout, v, 0) },
	},
	{
		Name: "login-timeout", Default: "60", Allowed: seconds, Live: true,
		Doc: "Where applications are configured: a client that has not logged in for so long, and is no application by its certificate or address either, is disconnected, so that strangers can't keep the places of clients. 0: never.",
		set: func(c *Config, v string) bool { return setSeconds(&c.LoginTimeout, v, 0) },
	},
	{
		Name: "requests-before-login", Default: "10", Allowed: "0 to 65535", Live: true,
		Doc: "Where applications are configured: how many requests a second the clients of one IP address (of IPv6: of one /64 network) are answered that have not logged in, and are no application by their certificate or address either; what is more waits. Five seconds' may come at once. The clients of all addresses are answered twenty times as many, but where somebody has logged in only its own count. A login is not among them. 0: any number.",
		set: func(c *Config, v string) bool { return setCount(&c.RequestsBeforeLogin, v, 0) },
	},
	{
		Name: "session-cleanup-delay", Default: "600", Allowed: seconds, Live: true,
		Doc: "How long an application session is kept at most after its client has lost the connection: its monitors stay, and what happens is kept for the client, which may come back. What a client asks for (sessionCleanupDelay) counts up to that, without asking it is 120 seconds. 0: an application session ends with its connection.",
		set: func(c *Config, v string) bool { return setSeconds(&c.SessionCleanupDelay, v, 0) },
	},
	{
		Name: "session-memory", Default: "64", Allowed: "1 to 1024 MiB", Live: true,
		Doc: "How much is kept for all clients together that have lost their connections; for one a quarter of that. A client for which more has happened can't have its session back, and has to start anew.",
		set: func(c *Config, v string) bool { return setMebibytes(&c.SessionMemory, v, 1024) && c.SessionMemory > 0 },
	},
	{
		Name: "tls-cert", Default: "", Allowed: file, Live: true,
		Doc: "Certificate of the CSTA port, and those of its issuers. The port speaks TLS (1.2 or later) only, then. Empty: no TLS.",
		set: func(c *Config, v string) bool { return setText(&c.TLSCert, v, pathByte) },
	},
	{
		Name: "tls-key", Default: "", Allowed: file, Live: true,
		Doc: "Private key of the certificate. Empty: it is in the file of tls-cert.",
		set: func(c *Config, v string) bool { return setText(&c.TLSKey, v, pathByte) },
	},
	{
		Name: "tls-client-ca", Default: "", Allowed: file, Live: true,
		Doc: "Issuers of the clients' certificates: who has none of theirs may not connect. Empty: clients need no certificate.",
		set: func(c *Config, v string) bool { return setText(&c.TLSClientCA, v, pathByte) },
	},
	{
		Name: "directory-logins", Default: "0", Allowed: yesNo, Live: true,
		Doc: "1: users of FreeSWITCH's directory with the param csta-password may log in, for their own device or what csta-devices and csta-rights say. Everybody has to log in then, as if there were applications. 0: only applications may.",
		set: func(c *Config, v string) bool { return setBool(&c.DirectoryLogins, v) },
	},
	{
		Name: "metrics-listen", Default: "", Allowed: "an IP address and a port such as 127.0.0.1:9300, or empty", Live: true,
		Doc: "Where metrics are served over HTTP, in the text format of Prometheus, on /metrics. There is no authentication: keep it on a loopback or management address. Empty: nowhere.",
		set: func(c *Config, v string) bool { return setAddrPort(&c.MetricsListen, v) },
	},
}

func find(name string) *Parameter {
	for i := range table {
		if table[i].Name == name {
			return &table[i]
		}
	}
	return nil
}
