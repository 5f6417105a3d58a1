package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

// sight is one event of a monitor.
type sight struct {
	client.Event
	crossRef string
	// device is what the monitor watches.
	device ecma.DeviceID
	// width is that of the widest device name on the screen.
	width int
}

const (
	// shortCallID is how much of a callID a line shows; enough to tell calls
	// apart and to name them (findConnection).
	shortCallID = 8
	// Widths of columns; what is longer only shifts the rest.
	nameWidth, stateWidth = 17, 9
)

// line is the event in one line: time, monitored device, event, its local
// state, then the rest as name=value in the order of the schema.
func (s sight) line() string {
	name := s.Message.Element()
	words := []string{
		s.At.Format(timeFormat),
		fmt.Sprintf("%-*s", s.width, deviceName(s.device)),
		fmt.Sprintf("%-*s", nameWidth, strings.TrimSuffix(name, "Event")),
	}
	var rest []string
	local := "-"
	for _, f := range fieldsOf(s.Message) {
		switch f.name {
		case "MonitorCrossRefID":
		case "LocalConnectionInfo":
			local = text(f.value)
		case "LastRedirectionDevice":
			if r := f.value.Interface().(ecma.RedirectionDevice); r.Presence != ecma.NotRequired {
				rest = append(rest, "redirected="+text(f.value))
			}
		default:
			rest = append(rest, label(f)+"="+text(f.value))
		}
	}
	words = append(words, fmt.Sprintf("%-*s", stateWidth, local))
	return strings.TrimRight(strings.Join(append(words, rest...), " "), " ")
}

// label shortens a field's name: callingDevice is calling.
func label(f field) string {
	name := lowerFirst(f.name)
	for _, suffix := range []string{"Device", "Connection"} {
		if short := strings.TrimSuffix(name, suffix); short != "" && short != name {
			if suffix == "Connection" {
				return "connection"
			}
			return short
		}
	}
	return name
}

// json is the event as one JSON object.
func (s sight) json() (string, error) {
	body := make(map[string]any)
	for _, f := range fieldsOf(s.Message) {
		if f.name != "MonitorCrossRefID" {
			body[lowerFirst(f.name)] = plain(f.value)
		}
	}
	out, err := json.Marshal(struct {
		Time     time.Time      `json:"time"`
		Monitor  string         `json:"monitor"`
		Device   string         `json:"device"`
		Event    string         `json:"event"`
		Contents map[string]any `json:"contents"`
	}{s.At, s.crossRef, deviceName(s.device), s.Message.Element(), body})
	return string(out), err
}

// field is one field of a message that is there.
type field struct {
	name  string
	value reflect.Value
}

// fieldsOf lists what a message holds. Messages are plain structs whose fields
// are named after the elements (package ecma), so that this serves all of them.
func fieldsOf(m ecma.Message) []field {
	v := reflect.ValueOf(m).Elem()
	if v.Kind() != reflect.Struct {
		return nil
	}
	var fields []field
	for i := range v.NumField() {
		// A flag says something when it is off, too.
		if f := v.Field(i); v.Type().Field(i).IsExported() && (!f.IsZero() || f.Kind() == reflect.Bool) {
			fields = append(fields, field{v.Type().Field(i).Name, f})
		}
	}
	return fields
}

// text is a value for people.
func text(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case ecma.ConnectionID:
		return short(x.CallID) + "/" + deviceName(x.Device)
	case ecma.DeviceID:
		return deviceName(x)
	case ecma.ExtendedDevice:
		return presented(x.Presence, x.Device)
	case ecma.RedirectionDevice:
		return presented(x.Presence, x.Device)
	case ecma.Int:
		return strconv.FormatInt(x.Value, 10)
	case ecma.Bool:
		return strconv.FormatBool(x == ecma.True)
	}
	switch v.Kind() {
	case reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, text(v.Index(i)))
		}
		return "[" + strings.Join(items, " ") + "]"
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() && !f.IsZero() {
				parts = append(parts, lowerFirst(v.Type().Field(i).Name)+":"+text(f))
			}
		}
		return "{" + strings.Join(parts, " ") + "}"
	case reflect.String:
		if s := v.String(); strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
			return strconv.Quote(s)
		}
	}
	return fmt.Sprint(v.Interface())
}

// plain is a value for JSON.
func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case ecma.ConnectionID:
		return map[string]string{"callID": x.CallID, "deviceID": deviceName(x.Device)}
	case ecma.DeviceID, ecma.ExtendedDevice, ecma.RedirectionDevice:
		return text(v)
	case ecma.Int:
		return x.Value
	case ecma.Bool:
		return x == ecma.True
	}
	switch v.Kind() {
	case reflect.Slice:
		items := make([]any, v.Len())
		for i := range items {
			items[i] = plain(v.Index(i))
		}
		return items
	case reflect.Struct:
		body := make(map[string]any)
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() && !f.IsZero() {
				body[lowerFirst(v.Type().Field(i).Name)] = plain(f)
			}
		}
		return body
	}
	return v.Interface()
}

var presences = map[ecma.Presence]string{
	ecma.NotKnown: "notKnown", ecma.Restricted: "restricted",
	ecma.NotRequired: "notRequired", ecma.NotSpecified: "notSpecified",
}

func presented(p ecma.Presence, d ecma.DeviceID) string {
	if word, ok := presences[p]; ok {
		return word
	}
	return deviceName(d)
}

func short(callID string) string {
	if len(callID) > shortCallID && utf8.ValidString(callID[:shortCallID]) {
		return callID[:shortCallID]
	}
	return callID
}

// lowerFirst makes a Go name an element's: CallingDevice is callingDevice,
// DTMFChar dtmfChar.
func lowerFirst(s string) string {
	n := 1
	for n < len(s) && s[n] >= 'A' && s[n] <= 'Z' && (n+1 == len(s) || s[n+1] >= 'A' && s[n+1] <= 'Z') {
		n++
	}
	return strings.ToLower(s[:n]) + s[n:]
}
