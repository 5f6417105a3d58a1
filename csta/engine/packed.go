package engine

import (
	"encoding/binary"
	"encoding/json"
	"net/netip"

	"mod_csta_socket/csta/switching"
)

// appendText appends a string with its length.
func appendText[S ~string](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendJSON is for what comes rarely.
func appendJSON(b []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		// A value that has no name: the reader says so.
		text, _ = json.Marshal(line{Omitted: err.Error()})
	}
	return append(b, text...)
}

// Which of an event's fields follow.
const (
	hasOther = 1 << iota
	hasCause
	hasDevice
	hasName
	hasData
	hasCount
	hasInfo
	hasFeature
)

func appendEvent(b []byte, ev *switching.Event) []byte {
	fields := byte(0)
	mark := func(is bool, bit byte) {
		if is {
			fields |= bit
		}
	}
	mark(ev.Other != "", hasOther)
	mark(ev.Cause != "", hasCause)
	mark(ev.Device != "", hasDevice)
	mark(ev.Name != "", hasName)
	mark(ev.Data != "", hasData)
	mark(ev.Count != 0, hasCount)
	mark(ev.Info != nil, hasInfo)
	mark(ev.Feature != 0 || ev.Wish != nil, hasFeature)
	b = append(b, byte(ev.Kind), byte(ev.Transfer), byte(ev.Result), bit(ev.Follows), fields)
	b = appendText(b, ev.Leg)
	if fields == 0 {
		return b
	}
	if fields&hasOther != 0 {
		b = appendText(b, ev.Other)
	}
	if fields&hasCause != 0 {
		b = appendText(b, ev.Cause)
	}
	if fields&hasDevice != 0 {
		b = appendText(b, ev.Device)
	}
	if fields&hasName != 0 {
		b = appendText(b, ev.Name)
	}
	if fields&hasData != 0 {
		b = appendText(b, ev.Data)
	}
	if fields&hasCount != 0 {
		b = binary.AppendUvarint(b, ev.Count)
	}
	if fields&hasInfo != 0 {
		b = appendInfo(b, ev.Info)
	}
	if fields&hasFeature != 0 {
		b = append(b, byte(ev.Feature))
		b = appendJSON(b, ev.Wish)
	}
	return b
}

func bit(is bool) byte {
	if is {
		return 1
	}
	return 0
}

func appendInfo(b []byte, i *switching.LegInfo) []byte {
	b = append(b, byte(i.Direction), bit(i.Withheld)|bit(i.Offer)<<1|bit(i.Confirms)<<2|bit(i.Glue)<<3|bit(i.Answered)<<4)
	for _, s := range [...]string{i.Device, i.Caller, i.CallerName, i.Dialled, i.Originator, i.Order, i.Gateway, i.GluePeer, i.Replaces} {
		b = appendText(b, s)
	}
	at := len(b)
	b = append(b, 0)
	if i.Contact != (netip.AddrPort{}) {
		b = i.Contact.AppendTo(b)
		b[at] = byte(len(b) - at - 1)
	}
	return b
}

func appendLeg(b []byte, s *switching.LegState) []byte {
	b = appendInfo(appendText(b, s.Leg), &s.Info)
	b = append(b, bit(s.Answered)|bit(s.Ringing)<<1|bit(s.Held)<<2)
	for _, s := range [...]string{s.Partner, s.Queue, s.OwnQueue, s.TrunkIn, s.TrunkOut, s.Note} {
		b = appendText(b, s)
	}
	return binary.AppendVarint(binary.AppendVarint(b, s.Created), s.AnsweredAt)
}

func appendEnd(b []byte, end *operationEnded) []byte {
	out := &end.out
	b = binary.AppendUvarint(b, end.number)
	b = append(b, bit(out.Device.Known)|bit(out.Device.Registered)<<1|bit(end.err != nil)<<2)
	b = appendText(appendText(appendText(b, out.Cause), out.Device.Device), out.File)
	if end.err != nil {
		is := describeError(end.err)
		b = appendText(appendText(b, is.Is), is.Text)
	}
	b = binary.AppendUvarint(b, uint64(len(out.Legs)))
	for i := range out.Legs {
		b = appendLeg(b, &out.Legs[i])
	}
	b = binary.AppendUvarint(b, uint64(len(out.Devices)))
	for _, device := range out.Devices {
		b = appendText(b, device)
	}
	return b
}

// bytesRead reads what was appended.
type bytesRead struct {
	rest []byte
	bad  bool
}

func take[T any](b *bytesRead, v T, n int) T {
	if n <= 0 {
		var none T
		b.bad, b.rest = true, nil
		return none
	}
	b.rest = b.rest[n:]
	return v
}

func (b *bytesRead) uvarint() uint64 {
	v, n := binary.Uvarint(b.rest)
	return take(b, v, n)
}

func (b *bytesRead) varint() int64 {
	v, n := binary.Varint(b.rest)
	return take(b, v, n)
}

func (b *bytesRead) byte() byte {
	if len(b.rest) == 0 {
		b.bad = true
		return 0
	}
	v := b.rest[0]
	b.rest = b.rest[1:]
	return v
}

func (b *bytesRead) bytes(n uint64) []byte {
	if n > uint64(len(b.rest)) {
		b.bad, b.rest = true, nil
		return nil
	}
	v := b.rest[:n]
	b.rest = b.rest[n:]
	return v
}

func (b *bytesRead) text() string { return string(b.bytes(b.uvarint())) }

func (b *bytesRead) event() *switching.Event {
	ev := &switching.Event{
		Kind: switching.Kind(b.byte()), Transfer: switching.Transfer(b.byte()), Result: switching.Result(b.byte()), Follows: b.byte() != 0,
	}
	fields := b.byte()
	ev.Leg = b.text()
	if fields&hasOther != 0 {
		ev.Other = b.text()
	}
	if fields&hasCause != 0 {
		ev.Cause = switching.Cause(b.text())
	}
	if fields&hasDevice != 0 {
		ev.Device = b.text()
	}
	if fields&hasName != 0 {
		ev.Name = b.text()
	}
	if fields&hasData != 0 {
		ev.Data = b.text()
	}
	if fields&hasCount != 0 {
		ev.Count = b.uvarint()
	}
	if fields&hasInfo != 0 {
		info := b.info()
		ev.Info = &info
	}
	if fields&hasFeature != 0 {
		ev.Feature = switching.Feature(b.byte())
		b.bad = b.bad || json.Unmarshal(b.rest, &ev.Wish) != nil
	}
	return ev
}

func (b *bytesRead) info() switching.LegInfo {
	var i switching.LegInfo
	i.Direction = switching.Direction(b.byte())
	flags := b.byte()
	i.Withheld, i.Offer, i.Confirms, i.Glue, i.Answered = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0, flags&16 != 0
	for _, s := range [...]*string{&i.Device, &i.Caller, &i.CallerName, &i.Dialled, &i.Originator, &i.Order, &i.Gateway, &i.GluePeer, &i.Replaces} {
		*s = b.text()
	}
	if contact := b.bytes(uint64(b.byte())); len(contact) > 0 {
		b.bad = b.bad || i.Contact.UnmarshalText(contact) != nil
	}
	return i
}

func (b *bytesRead) leg() switching.LegState {
	s := switching.LegState{Leg: b.text(), Info: b.info()}
	flags := b.byte()
	s.Answered, s.Ringing, s.Held = flags&1 != 0, flags&2 != 0, flags&4 != 0
	for _, text := range [...]*string{&s.Partner, &s.Queue, &s.OwnQueue, &s.TrunkIn, &s.TrunkOut, &s.Note} {
		*text = b.text()
	}
	s.Created, s.AnsweredAt = b.varint(), b.varint()
	return s
}

func (b *bytesRead) end() *endLine {
	end := &endLine{Number: b.uvarint()}
	flags := b.byte()
	end.Outcome.Device.Known, end.Outcome.Device.Registered = flags&1 != 0, flags&2 != 0
	end.Outcome.Cause = switching.Cause(b.text())
	end.Outcome.Device.Device, end.Outcome.File = b.text(), b.text()
	if flags&4 != 0 {
		end.Error = &errorLine{b.text(), b.text()}
	}
	for n := b.uvarint(); n > 0 && !b.bad; n-- {
		end.Outcome.Legs = append(end.Outcome.Legs, b.leg())
	}
	for n := b.uvarint(); n > 0 && !b.bad; n-- {
		end.Outcome.Devices = append(end.Outcome.Devices, b.text())
	}
	return end
}
