package ecma

import "github.com/beevik/etree"

// typesOfNumber lists the legal values of typeOfNumber (ECMA-323
// device-identifiers). Anything else, as some clients send, counts as the
// default.
var typesOfNumber = setOf(
	DialingNumber, DeviceNumber,
	"implicitPublic",
	"explicitPublic:unknown", "explicitPublic:international", "explicitPublic:national",
	"explicitPublic:networkspecific", "explicitPublic:subscriber", "explicitPublic:abbreviated",
	"implicitPrivate",
	"explicitPrivate:unknown", "explicitPrivate:level3RegionalNumber", "explicitPrivate:level2RegionalNumber",
	"explicitPrivate:level1RegionalNumber", "explicitPrivate:pTNSpecificNumber", "explicitPrivate:localNumber",
	"explicitPrivate:abbreviated",
	"other",
)

// identifiers are the elements that hold an identifier inside another element,
// in one message or another.
var identifiers = map[string]bool{
	"deviceObject": true, "deviceIdentifier": true, "deviceID": true, "device": true, "numberDialed": true,
}

// readDevice reads an identifier from e, or from an element in it: clients wrap
// one up in one message as they have to in another (deviceObject of MonitorStart
// in snapshotObject), and leave the wrapper out where they should have one.
func (c *codec) readDevice(e *etree.Element) DeviceID {
	number := textOf(e)
	if number == "" {
		for _, t := range e.Child {
			inner, ok := t.(*etree.Element)
			if !ok || !identifiers[inner.Tag] {
				continue
			}
			if d := c.readDevice(inner); !d.IsZero() {
				return d
			}
		}
		return DeviceID{}
	}
	if !c.verbatim {
		number = NormalizeDevice(number)
	}
	if number == "" {
		return DeviceID{}
	}
	d := DeviceID{number, DialingNumber}
	for i := range e.Attr {
		if a := &e.Attr[i]; a.Key == "typeOfNumber" && typesOfNumber.has(a.Value) {
			d.Type = TypeOfNumber(a.Value)
		}
	}
	return d
}

// writeDevice writes an identifier. The default type is written too, as some
// clients wait for it, but not in the deviceID of a connection.
func (c *codec) writeDevice(name string, d *DeviceID, inConnection bool) {
	b := append(c.buf, '<')
	b = append(b, name...)
	switch {
	case d.Type != DialingNumber && d.Type != "":
		b = append(b, ` typeOfNumber="`...)
		b = appendText(b, c.omit.shortened(string(d.Type)))
		b = append(b, `">`...)
	case inConnection || c.verbatim:
		b = append(b, '>')
	default:
		b = append(b, ` typeOfNumber="dialingNumber">`...)
	}
	b = appendText(b, c.omit.shortened(d.Number))
	b = append(b, '<', '/')
	b = append(b, name...)
	c.buf = append(b, '>')
}

func (c *codec) device(name string, d *DeviceID, n need) {
	if c.reading() {
		if c.verbatim {
			// A telephone that names no device means itself.
			n = optional
		}
		if c.describes(name, Identifier, n) {
			return
		}
		if e := c.child(name, n); e != nil {
			*d = c.readDevice(e)
		}
		return
	}
	if !d.IsZero() || n != optional {
		c.writeDevice(name, d, false)
	}
}

// words reads an identifier as the client wrote it, if that is not what was read
// as d.
func (c *codec) words(name string, d DeviceID, v *string) {
	if !c.reading() || c.verbatim || c.describing != nil {
		return
	}
	if e := c.child(name, optional); e != nil {
		c.verbatim = true
		if written := c.readDevice(e); written.Number != d.Number {
			*v = written.Number
		}
		c.verbatim = false
	}
}

func (c *codec) connection(name string, v *ConnectionID, n need) {
	if c.enter(name, n, !v.IsZero()) {
		c.connectionContent(v)
		c.leave(name)
	}
}

func (c *codec) connectionContent(v *ConnectionID) {
	if c.reading() {
		if c.describing != nil {
			c.describes("callID", Text, optional)
			c.describes("deviceID", Identifier, optional)
			return
		}
		const wrapper = "callObject"
		if c.child(wrapper, optional) != nil {
			c.connection(wrapper, v, optional)
			return
		}
		if e := c.child("callID", optional); e != nil {
			v.CallID = textOf(e)
		}
		if e := c.child("deviceID", optional); e != nil {
			v.Device = c.readDevice(e)
		}
		return
	}
	if v.CallID != "" || v.Device.IsZero() {
		c.element("callID", v.CallID)
	}
	if !v.Device.IsZero() {
		c.writeDevice("deviceID", &v.Device, true)
	}
}

// presenceNames are the elements of the alternatives without a value.
var presenceNames = [...]string{
	NotKnown:     "notKnown",
	Restricted:   "restricted",
	NotRequired:  "notRequired",
	NotSpecified: "notSpecified",
}

// wrappedDevice visits a choice of an identifier (in the element known) and the
// empty elements up to last; def is written for an absent mandatory one.
func (c *codec) wrappedDevice(name, known string, p *Presence, d *DeviceID, n need, last, def Presence) {
	if c.reading() {
		c.wrappedIn(name, known, p, d, n, last)
		return
	}
	w := *p
	switch {
	case w == Absent && n == optional:
		return
	case w == Absent:
		w = def
	case w == Known && d.IsZero() || w > last:
		w = NotKnown
	}
	c.open(name)
	if w == Known {
		c.writeDevice(known, d, false)
	} else {
		c.empty(presenceNames[w])
	}
	c.close(name)
}

// wrappedIn is wrappedDevice for the reader.
func (c *codec) wrappedIn(name, known string, p *Presence, d *DeviceID, n need, last Presence) {
	if c.describing != nil {
		c.describing.enter(name, n)
		c.describes(known, Identifier, optional)
		for p := NotKnown; p <= last; p++ {
			c.describes(presenceNames[p], Sign, optional)
		}
		c.describing.leave()
		return
	}
	if c.verbatim {
		n = optional
	}
	if e := c.child(name, n); e != nil {
		*p, *d = c.readWrapped(e, last)
	}
}

// readWrapped takes both names of the identifier in both forms, and plain text
// in place of the wrapper, as telephones send it.
func (c *codec) readWrapped(e *etree.Element, last Presence) (Presence, DeviceID) {
	for _, t := range e.Child {
		child, ok := t.(*etree.Element)
		if !ok {
			continue
		}
		switch child.Tag {
		case "deviceIdentifier", "numberDialed", "deviceID":
			if d := c.readDevice(child); !d.IsZero() {
				return Known, d
			}
			return NotKnown, DeviceID{}
		}
		for p := NotKnown; p <= last; p++ {
			if child.Tag == presenceNames[p] {
				return p, DeviceID{}
			}
		}
	}
	if d := c.readDevice(e); !d.IsZero() {
		return Known, d
	}
	return NotKnown, DeviceID{}
}

func (c *codec) extended(name string, v *ExtendedDevice, n need) {
	c.wrappedDevice(name, "deviceIdentifier", &v.Presence, &v.Device, n, Restricted, NotKnown)
}

func (c *codec) lastRedirection(v *RedirectionDevice) {
	c.wrappedDevice("lastRedirectionDevice", "numberDialed", &v.Presence, &v.Device, mandatory, NotSpecified, NotRequired)
}

var connectionStates = setOf(StateNull, StateInitiated, StateAlerting, StateConnected, StateHold, StateQueued, StateFail)

func (c *codec) state(name string, v *LocalConnectionState, n need) {
	c.enum(name, (*string)(v), connectionStates, n, string(StateNull))
}

func (c *codec) autoOriginate(v *AutoOriginate, n need) {
	c.enum("autoOriginate", (*string)(v), autoOriginates, n, string(Prompt))
}

var autoOriginates = setOf(Prompt, DoNotPrompt)

// devices visits a wrapper element and its repeated identifiers.
func (c *codec) devices(wrapper, item string, n need, devices *[]DeviceID) {
	if !c.enter(wrapper, n, len(*devices) > 0) {
		return
	}
	if c.reading() {
		list(c, item, devices, func(d *DeviceID, c *codec) {
			if !c.isOf(Identifier) {
				*d = c.readDevice(c.node)
			}
		})
	} else {
		for i := range *devices {
			c.writeDevice(item, &(*devices)[i], false)
		}
	}
	c.leave(wrapper)
}
