package engine

import (
	"errors"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// eventCauses maps the switch's causes to event causes (ECMA-269 17.1); what is
// not here is `normal`.
var eventCauses = map[switching.Cause]ecma.EventCause{
	"NORMAL_CLEARING":                ecma.CauseNormalClearing,
	"SUCCESS":                        ecma.CauseNormalClearing,
	"NONE":                           ecma.CauseNormalClearing,
	"MANAGER_REQUEST":                ecma.CauseNormalClearing,
	"USER_BUSY":                      ecma.CauseBusy,
	"NO_ANSWER":                      ecma.CauseCallNotAnswered,
	"NO_USER_RESPONSE":               ecma.CauseCallNotAnswered,
	"ALLOTTED_TIMEOUT":               ecma.CauseCallNotAnswered,
	"PROGRESS_TIMEOUT":               ecma.CauseCallNotAnswered,
	"MEDIA_TIMEOUT":                  ecma.CauseTimeout,
	"RECOVERY_ON_TIMER_EXPIRE":       ecma.CauseTimeout,
	"ORIGINATOR_CANCEL":              ecma.CauseCallCancelled,
	"CALL_REJECTED":                  ecma.CauseCallCancelled,
	"LOSE_RACE":                      ecma.CauseMultipleAlerting,
	"PICKED_OFF":                     ecma.CauseCallPickup,
	"NO_ROUTE_DESTINATION":           ecma.CauseDestNotObtainable,
	"NO_ROUTE_TRANSIT_NET":           ecma.CauseDestNotObtainable,
	"EXCHANGE_ROUTING_ERROR":         ecma.CauseDestNotObtainable,
	"UNALLOCATED_NUMBER":             ecma.CauseNumberUnallocated,
	"NUMBER_CHANGED":                 ecma.CauseNumberChanged,
	"INVALID_NUMBER_FORMAT":          ecma.CauseInvalidNumberFormat,
	"DESTINATION_OUT_OF_ORDER":       ecma.CauseDestOutOfOrder,
	"USER_NOT_REGISTERED":            ecma.CauseDestOutOfOrder,
	"SUBSCRIBER_ABSENT":              ecma.CauseDestOutOfOrder,
	"GATEWAY_DOWN":                   ecma.CauseDestOutOfOrder,
	"NETWORK_OUT_OF_ORDER":           ecma.CauseNetworkOutOfOrder,
	"NORMAL_TEMPORARY_FAILURE":       ecma.CauseNetworkOutOfOrder,
	"NORMAL_CIRCUIT_CONGESTION":      ecma.CauseTrunksBusy,
	"REQUESTED_CHAN_UNAVAIL":         ecma.CauseTrunksBusy,
	"SWITCH_CONGESTION":              ecma.CauseNetworkCongestion,
	"INCOMPATIBLE_DESTINATION":       ecma.CauseIncompatibleDestination,
	"BEARERCAPABILITY_NOTAUTH":       ecma.CauseUnauthorisedBearerService,
	"BEARERCAPABILITY_NOTAVAIL":      ecma.CauseNotAvailableBearerService,
	"BEARERCAPABILITY_NOTIMPL":       ecma.CauseNotSupportedBearerService,
	"FACILITY_REJECTED":              ecma.CauseBlocked,
	"OUTGOING_CALL_BARRED":           ecma.CauseBlocked,
	"INCOMING_CALL_BARRED":           ecma.CauseBlocked,
	"REDIRECTION_TO_NEW_DESTINATION": ecma.CauseRedirected,
	"SYSTEM_SHUTDOWN":                ecma.CauseSwitchingFunctionTerminated,
}

// eventCause is the cause of an event about a leg that ended so.
func eventCause(c switching.Cause) ecma.EventCause {
	if e, ok := eventCauses[c]; ok {
		return e
	}
	return ecma.CauseNormal
}

// callerCause is the cause of the ConnectionCleared of a party whose own leg
// ended only because the far end could not be reached: that was told by the
// Failed or ConnectionCleared before, its own end is normal clearing.
func callerCause(c switching.Cause) ecma.EventCause {
	switch e := eventCause(c); e {
	case ecma.CauseSwitchingFunctionTerminated, ecma.CauseTimeout:
		return e
	}
	return ecma.CauseNormalClearing
}

// releaseCauses are the causes that tell the other side why a client rejects a call
// that rings (ECMA-269 17.1.8): what is not here is normal clearing.
var releaseCauses = map[ecma.EventCause]switching.Cause{
	ecma.CauseBusy:            switching.CauseUserBusy,
	ecma.CauseDoNotDisturb:    switching.CauseUserBusy,
	ecma.CauseCallCancelled:   switching.CauseCallRejected,
	ecma.CauseBlocked:         switching.CauseCallRejected,
	ecma.CauseCallNotAnswered: switching.CauseNoAnswer,
	ecma.CauseDestOutOfOrder:  switching.CauseDestinationOutOfOrder,
}

// releaseCause is the switch's cause for a client's reason to reject a call.
func releaseCause(reason ecma.EventCause) switching.Cause {
	if cause, ok := releaseCauses[reason]; ok {
		return cause
	}
	return switching.CauseNormalClearing
}

// failure tells whether a leg that ended so, before it was answered, had failed
// to reach its destination.
func failure(c switching.Cause) bool {
	switch c {
	case switching.CauseNormalClearing, "SUCCESS", "NONE", switching.CauseManagerRequest,
		switching.CauseOriginatorCancel, switching.CauseLoseRace, switching.CausePickedOff,
		switching.CauseSystemShutdown, switching.CauseBlindTransfer, switching.CauseAttendedTransfer:
		return false
	}
	return true
}

// switchError is the error value for a switch operation that failed. gone is
// the value for a leg that has vanished, or is in no state for it.
func switchError(err error, gone *ecma.Error) *ecma.Error {
	switch {
	case errors.Is(err, switching.ErrNoSuchLeg), errors.Is(err, switching.ErrNotPossible):
		return gone
	case errors.Is(err, errBusy), errors.Is(err, switching.ErrInUse):
		return ecma.ErrResourceBusy
	case errors.Is(err, switching.ErrNotSupported):
		return ecma.ErrRequestIncompatibleWithDevice
	case errors.Is(err, switching.ErrUnwritable), errors.Is(err, switching.ErrTaken):
		return ecma.ErrInvalidFile
	}
	return ecma.ErrOperationGeneric
}

// cannotGo tells whether the switch could not send a party on that is still there:
// the end of one that has gone is reported by itself.
func cannotGo(err error) bool { return err != nil && !errors.Is(err, switching.ErrNoSuchLeg) }
