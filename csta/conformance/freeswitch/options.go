// Package freeswitch runs private FreeSWITCH instances for tests: each in its
// own temporary directory, with its own configuration and ports, on the
// loopback interface only. Nothing is written to the installed switch.
package freeswitch

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Names of the two domains of the test directory.
const (
	// Domain is the default domain of the instance.
	Domain = "csta.test"
	// SecondDomain has its own SIP profile and dialplan context.
	SecondDomain = "branch.test"
)

// What FreeSWITCH's own configuration has beside that for the second tenant and others.
const (
	// ToTenant is dialled in the default domain before a number of the tenant's.
	ToTenant = "72"
	// InToTenantsQueue comes from the network by the tenant's network interface 20 into
	// its queue 9500, InToTenant, by none, to its 2000.
	InToTenantsQueue, InToTenant = "193191", "193192"
	// Guest is a subscriber with a dialplan context of its own, where GuestDials is 1000.
	Guest, GuestDials = "1005", "4711"
)

// User is one subscriber of the directory.
type User struct {
	ID       string
	Domain   string
	Alias    string
	Password string
	// PhonePassword is what its phones want to know of who controls them.
	PhonePassword string
	// DialString is how the switch reaches it, instead of its registration.
	DialString string
	// Variables are directory variables, beside the usual ones, Params its params.
	Variables, Params map[string]string
}

// Application is one in <applications> of csta_socket.conf.
type Application struct {
	Name   string
	Params []Param
}

// Param is a parameter of one.
type Param struct{ Name, Value string }

// Options choose what the instance is like. The zero value is a switch without
// the module, with the usual users and no authentication.
type Options struct {
	// Module is the path of mod_csta_socket.so; empty: run without it.
	Module string
	// Extra are files of further modules, loaded last.
	Extra []string
	// Parameters are those of csta_socket.conf, beside listen-ip,
	// xml-listen-port and predictive-call-addresses (the trunk), which are
	// always set.
	Parameters map[string]string
	// Applications are those of csta_socket.conf.
	Applications []Application
	// Vanilla runs FreeSWITCH's own configuration, the installed one, moved to the
	// instance's ports and with what a site adds to it, instead of one of our own.
	// It authenticates, shows presence, and has users of its own.
	Vanilla bool
	// Users is the directory; nil: Subscribers().
	Users []User
	// DirectoryURL is where the directory is asked for (mod_xml_curl), instead of the
	// files; not with Vanilla. Users has whom it knows.
	DirectoryURL string
	// Authenticate makes the switch challenge registrations and calls.
	Authenticate bool
	// Presence turns manage-presence on.
	Presence bool
	// SeveralContacts lets a subscriber register several phones.
	SeveralContacts bool
	// TrackCalls has the switch write down its calls, so that a new process can
	// take them up again (sofia recover).
	TrackCalls bool
	// RealTime leaves out -np: a FreeSWITCH started by root then runs its
	// threads with real-time priority.
	RealTime bool
	// Wrapper is a program with its arguments that runs the switch (valgrind),
	// Environment adds to its variables, Arguments to the switch's own.
	Wrapper, Environment, Arguments []string
	// StartTime bounds the start; 0 = a minute.
	StartTime time.Duration
	// RingTime is how long a phone may ring, whoever calls it; 0 = 30 s. It can
	// be changed later with SetRingTime.
	RingTime time.Duration
	// LogLevel is the least level that is logged; "": debug.
	LogLevel string
	// Directory is where the instance lives; empty: a new temporary directory,
	// removed by Stop.
	Directory string
	// SubscribersFiles are XML fragments put at the beginning of the contexts that call
	// subscribers, that of the second tenant, too; with Vanilla only.
	SubscribersFiles []string
	// DialplanFiles are XML fragments put into the default context, behind the
	// extension that calls the second domain, PublicDialplanFiles into the context
	// of the trunk.
	DialplanFiles, PublicDialplanFiles []string
}

// password is every test user's.
const password = "csta-test"

// PickupGroups are those of the usual subscribers: the one that FreeSWITCH's own
// directory gives to all, written as there and as FusionPBX does, and another one; 1005
// has none.
var PickupGroups = map[string][]string{
	"1000": {"techsupport"}, "1001": {"techsupport"}, "1002": {"service", "techsupport"}, "1003": {"techsupport"},
	"1004": {"service"},
}

// LoginPassword is what 1001 may log in with.
const LoginPassword = "a word of 1001"

// Subscribers is the usual directory: 1000 to 1019, and names that are no
// numbers of that kind, an alias and a second domain.
func Subscribers() []User {
	var users []User
	for n := 1000; n < 1020; n++ {
		u := User{ID: strconv.Itoa(n)}
		if u.ID == "1001" {
			u.Params = map[string]string{"csta-password": LoginPassword}
		}
		switch groups := PickupGroups[u.ID]; len(groups) {
		case 0:
		case 1:
			u.Variables = map[string]string{"callgroup": groups[0]}
		default:
			u.Variables = map[string]string{"call_group": strings.Join(groups, ", ")}
		}
		users = append(users, u)
	}
	users = append(users,
		User{ID: "7001"},
		User{ID: "alice"},
		User{ID: "carol", Alias: "7050"},
		User{ID: "2000", Domain: SecondDomain},
		User{ID: "2001", Domain: SecondDomain},
	)
	return users
}

func (o *Options) complete() error {
	if o.Vanilla {
		o.Authenticate, o.Presence, o.Users = true, true, vanillaSubscribers()
	}
	if o.Users == nil {
		o.Users = Subscribers()
	}
	seen := make(map[string]bool)
	for i := range o.Users {
		u := &o.Users[i]
		u.Domain = cmp.Or(u.Domain, Domain)
		u.Password = cmp.Or(u.Password, password)
		if u.ID == "" || seen[u.ID+"@"+u.Domain] {
			return fmt.Errorf("directory: user %q is empty or there twice", u.ID)
		}
		seen[u.ID+"@"+u.Domain] = true
		if u.Domain != Domain && u.Domain != SecondDomain {
			return fmt.Errorf("directory: user %s: unknown domain %q", u.ID, u.Domain)
		}
	}
	o.LogLevel = cmp.Or(o.LogLevel, "debug")
	o.RingTime = cmp.Or(o.RingTime, defaultRingTime)
	o.StartTime = cmp.Or(o.StartTime, startTimeout)
	return nil
}

const defaultRingTime = 30 * time.Second
