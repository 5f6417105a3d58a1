package sim

import (
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// Options describe the simulated installation. Zero fields get the values of
// DefaultOptions, except those of Aliases, Groups, Params, PickupGroups, Confirming, Served,
// Mailboxes, ConsultKeys, Serving, NetworkBehaviour, Latency, UnlistedDirectory and
// NoTransferRequests.
type Options struct {
	// Domain is the default domain; it is stripped from subscribers' names.
	Domain string
	// Phones are the subscribers: bare extensions, or user@domain outside the
	// default domain. All are registered at the start and ring for ever until
	// they are told otherwise (Phone.SetBehaviour).
	Phones []string
	// Aliases maps another number of a subscriber to its name.
	Aliases map[string]string
	// Groups maps a number to the subscribers that ring together for it.
	Groups map[string][]string
	// Params are what the directory says of a subscriber, by the names of its params.
	Params map[string]map[string]string
	// PickupGroups maps a subscriber to the names of its pick-up groups.
	PickupGroups map[string][]string
	// Confirming are the groups whose members must press 1 before they get the call.
	Confirming map[string]bool
	// Queues maps a number of the dialplan to the queue it leads to; one of another domain
	// than the default one is number@domain.
	Queues map[string]Queue
	// Served are the numbers that the switch itself answers (an announcement, a
	// conference room): the leg stays there alone.
	Served map[string]bool
	// Mailboxes gives each subscriber a mailbox, which answers when nobody else does.
	Mailboxes bool
	// ConsultKeys: a called party can consult by keys.
	ConsultKeys bool
	// Serving maps a number to the name of the queue of the switch's own whose calls
	// are given to whoever dials it.
	Serving map[string]string
	// Trunks maps a prefix of dialled numbers to the way out.
	Trunks map[string]Trunk
	// Inbound maps a number that the network dials to the way in.
	Inbound map[string]Inbound

	// NetworkBehaviour is the script of parties in the network until they get
	// one of their own.
	NetworkBehaviour Behaviour

	// RingTimeout is how long the dialplan lets a called party ring.
	RingTimeout time.Duration
	// Latency is how long a phone's first reaction to a call takes; 0 = none.
	Latency time.Duration

	// UnlistedDirectory: the directory knows each subscriber that it is asked for, and
	// can't say who there is, as one that is fetched from elsewhere (mod_xml_curl).
	UnlistedDirectory bool

	// NoTransferRequests leaves TransferRequested out, as FreeSWITCH does
	// unless a SIP profile asks for it (fire-transfer-events).
	NoTransferRequests bool

	// Message gives the length of a message, and whether it exists.
	Message func(file string) (time.Duration, bool)
	// RecordingsRoot is put before the names of recordings.
	RecordingsRoot string
	// Writable tells whether a recording of that name can be written.
	Writable func(file string) bool
	// Taken tells whether a recording of that name would replace a message that is
	// no recording, or be played in its place.
	Taken func(file string) bool

	// Surveys are numbers whose dialplan calls a subscriber and has something more for
	// the caller when that one has left.
	Surveys map[string]string

	// Clock is the time to live by; nil means real time.
	Clock Clock
	// NewUUID makes the names of legs; nil means random ones.
	NewUUID func() string
}

// Queue is where csta_trigger_queue puts a call.
type Queue struct {
	// Name is the queue's name; empty means the number dialled.
	Name string
	// Silent leaves the call unanswered until an application answers it.
	Silent bool
	// Wait is the time csta_wait keeps the call; 0 means half an hour.
	Wait time.Duration
	// Then is the subscriber that the dialplan calls afterwards; empty: it
	// hangs up.
	Then string
	// Own makes it a queue of the switch's own, like a call centre's or a fifo, which
	// has a Name, and rings Agents.
	Own bool
	// Agents are subscribers.
	Agents []string
}

// Trunk is a way out through a network interface.
type Trunk struct {
	// Name is the network interface (csta_trigger_trunk_outbound).
	Name string
	// Gateway is the SIP gateway; what follows the prefix is dialled there.
	Gateway string
}

// Inbound is a way in through a network interface.
type Inbound struct {
	// Name is the network interface (csta_trigger_trunk_inbound); empty: none is named.
	Name string
	// Number is where the dialplan then sends the call.
	Number string
	// Tenant is the domain in which that number means something; empty: the default one.
	Tenant string
}

// Anonymous is a party in the network that does not tell its number.
const Anonymous = "anonymous"

// queueWait is csta_wait's argument in the shipped dialplan example.
const queueWait = 30 * time.Minute

// DefaultOptions is the installation that the project's examples speak of:
// phones 1000 to 1019, queues 9500 to 9599, network interface 20 for numbers
// that begin with 20, and 193190 from the network into queue 9500. Every
// message exists and lasts three seconds unless its name holds "missing";
// every recording can be written unless its name holds "readonly" or, as that of
// a message which is no recording, "prompt".
func DefaultOptions() Options {
	o := Options{
		Domain:         "csta.test",
		Queues:         make(map[string]Queue),
		Trunks:         map[string]Trunk{"20": {Name: "20", Gateway: "example_gw"}},
		Inbound:        map[string]Inbound{"193190": {Name: "20", Number: "9500"}},
		RingTimeout:    30 * time.Second,
		RecordingsRoot: "/recordings",
		Message: func(file string) (time.Duration, bool) {
			return 3 * time.Second, !strings.Contains(file, "missing")
		},
		Writable: func(file string) bool { return !strings.Contains(file, "readonly") },
		Taken:    func(file string) bool { return strings.Contains(file, "prompt") },
		Clock:    realClock{},
		NewUUID:  randomUUID,
	}
	for n := 1000; n <= 1019; n++ {
		o.Phones = append(o.Phones, strconv.Itoa(n))
	}
	for n := 9500; n <= 9599; n++ {
		o.Queues[strconv.Itoa(n)] = Queue{}
	}
	return o
}

func (o Options) withDefaults() Options {
	d := DefaultOptions()
	if o.Domain == "" {
		o.Domain = d.Domain
	}
	if o.Phones == nil {
		o.Phones = d.Phones
	}
	if o.Queues == nil {
		o.Queues = d.Queues
	}
	if o.Trunks == nil {
		o.Trunks = d.Trunks
	}
	if o.Inbound == nil {
		o.Inbound = d.Inbound
	}
	if o.RingTimeout == 0 {
		o.RingTimeout = d.RingTimeout
	}
	if o.Message == nil {
		o.Message = d.Message
	}
	if o.RecordingsRoot == "" {
		o.RecordingsRoot = d.RecordingsRoot
	}
	if o.Writable == nil {
		o.Writable = d.Writable
	}
	if o.Taken == nil {
		o.Taken = d.Taken
	}
	if o.Clock == nil {
		o.Clock = d.Clock
	}
	if o.NewUUID == nil {
		o.NewUUID = d.NewUUID
	}
	return o
}

// trunkFor finds the way out for a number: the longest prefix wins.
func (o *Options) trunkFor(number string) (t Trunk, rest string, ok bool) {
	best := -1
	for prefix, candidate := range o.Trunks {
		if len(prefix) > best && len(number) > len(prefix) && strings.HasPrefix(number, prefix) {
			best, t, rest, ok = len(prefix), candidate, number[len(prefix):], true
		}
	}
	return t, rest, ok
}

// canonical strips the default domain from a subscriber's name.
func (o *Options) canonical(device string) string {
	if user, domain, ok := strings.Cut(device, "@"); ok && domain == o.Domain {
		return user
	}
	return device
}

var _ switching.Switch = (*Switch)(nil)

// domainOf is the domain of a subscriber's name, "" for the default one.
func domainOf(device string) string {
	_, domain, _ := strings.Cut(device, "@")
	return domain
}
