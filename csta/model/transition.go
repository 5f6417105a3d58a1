package model

import "mod_csta_socket/csta/ecma"

// Legal tells whether a connection may go from one state to another (the
// connection state model of ECMA-269 6.1.5). Any state may become null or fail.
func Legal(from, to ecma.LocalConnectionState) bool {
	if to == ecma.StateNull || to == ecma.StateFail {
		return from != ecma.StateNull || to == ecma.StateFail
	}
	switch from {
	case ecma.StateNull, "":
		return true
	case ecma.StateInitiated:
		// The calling device of a predictive call gets it alerting or queued.
		return to == ecma.StateConnected || to == ecma.StateAlerting || to == ecma.StateQueued
	case ecma.StateAlerting:
		return to == ecma.StateConnected || to == ecma.StateQueued
	case ecma.StateConnected:
		return to == ecma.StateHold || to == ecma.StateQueued
	case ecma.StateHold:
		return to == ecma.StateConnected
	case ecma.StateQueued:
		return to == ecma.StateAlerting || to == ecma.StateConnected
	}
	return false
}
