package client

import (
	"reflect"

	"mod_csta_socket/csta/ecma"
)

// Monitor is the monitorCrossRefID of the monitor whose event this is, or that a
// MonitorStop ends; empty for what belongs to none.
func (e Event) Monitor() string { return e.text("MonitorCrossRefID") }

// LocalState is the state of the monitored device's connection after the event
// (localConnectionInfo); empty where the event has none, as those of a call's monitor.
func (e Event) LocalState() ecma.LocalConnectionState {
	return ecma.LocalConnectionState(e.text("LocalConnectionInfo"))
}

// text is a field that messages name alike; they are plain structs (package ecma).
func (e Event) text(field string) string {
	if e.Message == nil {
		return ""
	}
	m := reflect.Indirect(reflect.ValueOf(e.Message))
	if m.Kind() != reflect.Struct {
		return ""
	}
	if f := m.FieldByName(field); f.Kind() == reflect.String {
		return f.String()
	}
	return ""
}
