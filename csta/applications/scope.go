package applications

import (
	"fmt"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// Scope is the devices that somebody may see and steer. The zero value has none.
type Scope struct {
	text   string
	exact  map[ecma.DeviceID]bool
	ranges []numberRange
	masks  []deviceMask
	groups []Group
}

// Group is a group of the switch's directory; Domain "" is the default one.
type Group struct{ Name, Domain string }

// maxGroups bounds those of a scope: the switch is asked about each.
const maxGroups = 16

// maxEntries bounds the entries of a list: each request is compared with all of them.
const maxEntries = 1024

// deviceMask is a pattern of devices.
type deviceMask struct {
	// all has every device there is.
	all bool
	// internal is the prefix of queues or network interfaces, "" for subscribers.
	internal string
	number   mask
	domain   string
}

// numberRange are the numbers between two of the same length.
type numberRange struct{ first, last, domain string }

const (
	queueWord = "queue:"
	trunkWord = "trunk:"
	groupWord = "group:"
)

// ParseScope reads a list of devices, separated by commas: 1000, 1000-1099, 10??, 10*,
// each with @domain outside of the default one; @domain or *@domain (all subscribers of
// a domain), queue:name, trunk:name (with ? and *, and with a tenant's @domain), group:name (a group of the
// switch's directory) and * (all devices there are). ? is any character, * at the end
// whatever follows.
func ParseScope(list string) (Scope, error) {
	s := Scope{text: strings.Join(words(list), ",")}
	all := words(list)
	if len(all) > maxEntries {
		return Scope{}, fmt.Errorf("more than %d entries", maxEntries)
	}
	for _, entry := range all {
		if !s.add(entry) {
			return Scope{}, fmt.Errorf("%.80q is no device, range or pattern", entry)
		}
	}
	return s, nil
}

// words are the entries of a list.
func words(list string) []string {
	var all []string
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			all = append(all, entry)
		}
	}
	return all
}

func (s *Scope) add(entry string) bool {
	if name, is := strings.CutPrefix(entry, groupWord); is {
		group, domain, _ := strings.Cut(name, "@")
		s.groups = append(s.groups, Group{group, strings.ToLower(domain)})
		return switching.ValidDevice(name) && len(s.groups) <= maxGroups
	}
	if name, is := strings.CutPrefix(entry, queueWord); is {
		return s.addInternal(ecma.QueuePrefix, name)
	}
	if name, is := strings.CutPrefix(entry, trunkWord); is {
		return s.addInternal(ecma.NetworkInterfacePrefix, name)
	}
	if entry == anything {
		s.masks = append(s.masks, deviceMask{all: true})
		return true
	}
	number, domain, foreign := strings.Cut(entry, "@")
	if foreign && !switching.ValidDevice("x@"+domain) {
		return false
	}
	domain = strings.ToLower(domain)
	if first, last, ranged := strings.Cut(number, "-"); ranged && digits(first) && digits(last) {
		s.ranges = append(s.ranges, numberRange{first, last, domain})
		return len(first) == len(last) && first <= last
	}
	if number == "" && foreign {
		number = anything
	}
	m, ok := parseMask(number)
	if !ok {
		return false
	}
	if m.literal {
		s.addExact(ecma.Subscriber(joined(m.prefix, domain)))
		return true
	}
	s.masks = append(s.masks, deviceMask{number: m, domain: domain})
	return true
}

func (s *Scope) addInternal(prefix, name string) bool {
	name, domain, foreign := strings.Cut(name, "@")
	if foreign && !switching.ValidDevice("x@"+domain) {
		return false
	}
	m, ok := parseMask(name)
	if !ok {
		return false
	}
	if m.literal {
		s.addExact(ecma.DeviceID{Number: prefix + joined(name, strings.ToLower(domain)), Type: ecma.DeviceNumber})
		return true
	}
	s.masks = append(s.masks, deviceMask{internal: prefix, number: m, domain: strings.ToLower(domain)})
	return true
}

func (s *Scope) addExact(d ecma.DeviceID) {
	if s.exact == nil {
		s.exact = map[ecma.DeviceID]bool{}
	}
	s.exact[d] = true
}

func joined(number, domain string) string {
	if domain == "" {
		return number
	}
	return number + "@" + domain
}

// lowered is a queue or network interface with its tenant's domain as lists have it.
func lowered(d ecma.DeviceID) ecma.DeviceID {
	name, domain, _ := strings.Cut(d.Number, "@")
	d.Number = joined(name, strings.ToLower(domain))
	return d
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Own is the scope of one subscriber: his own device.
func Own(device string) Scope {
	s := Scope{text: device}
	number, domain, _ := strings.Cut(device, "@")
	s.addExact(ecma.Subscriber(joined(number, strings.ToLower(domain))))
	return s
}

// String is the list as ParseScope reads it.
func (s *Scope) String() string { return s.text }

// Groups are the groups of the directory whose members are in it, too: those subscribers
// of the group's own domain whom the directory gives it. Who they are the switch knows.
func (s *Scope) Groups() []Group { return s.groups }

// Has tells whether a device is in it, beside the members of groups. Subscribers of the default domain are named by
// their numbers, those of others as number@domain; a party behind a network interface
// is the interface.
func (s *Scope) Has(d ecma.DeviceID) bool { return s.has(d, false) }

// Names tells whether a device is in it by an entry that says something of its number. One
// that has whatever there is (*, @domain, queue:*) does not tell that there is such a device.
func (s *Scope) Names(d ecma.DeviceID) bool { return s.has(d, true) }

func (s *Scope) has(d ecma.DeviceID, named bool) bool {
	d, _ = d.Interface()
	number, domain := d.Number, ""
	if d.Type != ecma.DeviceNumber {
		number, domain, _ = strings.Cut(number, "@")
		domain = strings.ToLower(domain)
		d = ecma.Subscriber(joined(number, domain))
		for _, r := range s.ranges {
			if r.domain == domain && len(number) == len(r.first) && r.first <= number && number <= r.last && digits(number) {
				return true
			}
		}
	}
	if s.exact[d] || d.Type == ecma.DeviceNumber && s.exact[lowered(d)] {
		return true
	}
	for _, m := range s.masks {
		if !(named && m.whatever()) && m.has(d, number, domain) {
			return true
		}
	}
	return false
}

// whatever tells whether the mask says nothing of numbers.
func (m *deviceMask) whatever() bool {
	return m.all || m.number.open && strings.Trim(m.number.prefix, "?") == ""
}

func (m *deviceMask) has(d ecma.DeviceID, number, domain string) bool {
	switch {
	case m.all:
		return true
	case (m.internal != "") != (d.Type == ecma.DeviceNumber):
		return false
	case m.internal != "":
		// Without a domain it is the whole name, of which that may be a part (the queues of
		// the switch's own: support@default).
		name, is := strings.CutPrefix(number, m.internal)
		if m.domain != "" {
			var of string
			name, of, _ = strings.Cut(name, "@")
			is = is && strings.EqualFold(of, m.domain)
		}
		return is && m.number.has(name)
	}
	return m.domain == domain && m.number.has(number)
}
