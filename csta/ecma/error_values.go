package ecma

// The request itself is wrong, or not possible for these objects.
var (
	ErrOperationGeneric                          = &Error{CategoryOperation, "generic"}
	ErrAtLeastOneConditionalParameterNotProvided = &Error{CategoryOperation, "atLeastOneConditionalParameterNotProvided"}
	ErrFeatureAlreadySet                         = &Error{CategoryOperation, "featureAlreadySet"}
	ErrInvalidMsgID                              = &Error{CategoryOperation, "invalidMsgID"}
	ErrInvalidParameterValue                     = &Error{CategoryOperation, "invalidParameterValue"}
	ErrInvalidAccountCode                        = &Error{CategoryOperation, "invalidAccountCode"}
	ErrInvalidAgentGroup                         = &Error{CategoryOperation, "invalidAgentGroup"}
	ErrInvalidAgentIdentifier                    = &Error{CategoryOperation, "invalidAgentIdentifier"}
	ErrInvalidAgentPassword                      = &Error{CategoryOperation, "invalidAgentPassword"}
	ErrInvalidAgentState                         = &Error{CategoryOperation, "invalidAgentState"}
	ErrInvalidAlertTime                          = &Error{CategoryOperation, "invalidAlertTime"}
	ErrInvalidAllocationState                    = &Error{CategoryOperation, "invalidAllocationState"}
	ErrInvalidAuthCode                           = &Error{CategoryOperation, "invalidAuthCode"}
	ErrInvalidAutoAnswer                         = &Error{CategoryOperation, "invalidAutoAnswer"}
	ErrInvalidBitRate                            = &Error{CategoryOperation, "invalidBitRate"}
	ErrInvalidButtonIdentifier                   = &Error{CategoryOperation, "invalidButtonIdentifier"}
	ErrInvalidCallType                           = &Error{CategoryOperation, "invalidCallType"}
	ErrInvalidConnectionRate                     = &Error{CategoryOperation, "invalidConnectionRate"}
	ErrInvalidConsultPurpose                     = &Error{CategoryOperation, "invalidConsultPurpose"}
	ErrInvalidCorrelatorData                     = &Error{CategoryOperation, "invalidCorrelatorData"}
	ErrInvalidCrossRefID                         = &Error{CategoryOperation, "invalidCrossRefID"}
	ErrInvalidDelayTolerance                     = &Error{CategoryOperation, "invalidDelayTolerance"}
	ErrInvalidDestination                        = &Error{CategoryOperation, "invalidDestination"}
	ErrInvalidDestinationDetect                  = &Error{CategoryOperation, "invalidDestinationDetect"}
	ErrInvalidDoNotDisturb                       = &Error{CategoryOperation, "invalidDoNotDisturb"}
	ErrInvalidEscapeCrossRefID                   = &Error{CategoryOperation, "invalidEscapeCrossRefID"}
	ErrInvalidFeature                            = &Error{CategoryOperation, "invalidFeature"}
	ErrInvalidFile                               = &Error{CategoryOperation, "invalidFile"}
	ErrInvalidFlowDirection                      = &Error{CategoryOperation, "invalidFlowDirection"}
	ErrInvalidForwardingDestination              = &Error{CategoryOperation, "invalidForwardingDestination"}
	ErrInvalidForwardingFlag                     = &Error{CategoryOperation, "invalidForwardingFlag"}
	ErrInvalidForwardingType                     = &Error{CategoryOperation, "invalidForwardingType"}
	ErrInvalidHookswitchType                     = &Error{CategoryOperation, "invalidHookswitchType"}
	ErrInvalidHookswitchComponent                = &Error{CategoryOperation, "invalidHookswitchComponent"}
	ErrInvalidLampMode                           = &Error{CategoryOperation, "invalidLampMode"}
	ErrInvalidLampID                             = &Error{CategoryOperation, "invalidLampID"}
	ErrInvalidMessageWaitingSetting              = &Error{CategoryOperation, "invalidMessageWaitingSetting"}
	ErrInvalidMicrophoneGain                     = &Error{CategoryOperation, "invalidMicrophoneGain"}
	ErrInvalidMicrophoneMute                     = &Error{CategoryOperation, "invalidMicrophoneMute"}
	ErrInvalidMonitorCrossRefID                  = &Error{CategoryOperation, "invalidMonitorCrossRefID"}
	ErrInvalidMonitorFilter                      = &Error{CategoryOperation, "invalidMonitorFilter"}
	ErrInvalidMonitorObject                      = &Error{CategoryOperation, "invalidMonitorObject"}
	ErrInvalidMonitorType                        = &Error{CategoryOperation, "invalidMonitorType"}
	ErrInvalidNumberOFChannels                   = &Error{CategoryOperation, "invalidNumberOFChannels"}
	ErrInvalidParticipationType                  = &Error{CategoryOperation, "invalidParticipationType"}
	ErrInvalidRemainRetry                        = &Error{CategoryOperation, "invalidRemainRetry"}
	ErrInvalidRingCount                          = &Error{CategoryOperation, "invalidRingCount"}
	ErrInvalidRingPattern                        = &Error{CategoryOperation, "invalidRingPattern"}
	ErrInvalidRingVolume                         = &Error{CategoryOperation, "invalidRingVolume"}
	ErrInvalidRouteingAlgorithm                  = &Error{CategoryOperation, "invalidRouteingAlgorithm"}
	ErrInvalidRouteingCrossRefID                 = &Error{CategoryOperation, "invalidRouteingCrossRefID"}
	ErrInvalidRouteRegistrationCrossRefID        = &Error{CategoryOperation, "invalidRouteRegistrationCrossRefID"}
	ErrInvalidSpeakerVolume                      = &Error{CategoryOperation, "invalidSpeakerVolume"}
	ErrInvalidSpeakerMute                        = &Error{CategoryOperation, "invalidSpeakerMute"}
	ErrInvalidSwitchingSubdomainCharsType        = &Error{CategoryOperation, "invalidSwitchingSubdomainCharsType"}
	ErrInvalidObjectType                         = &Error{CategoryOperation, "invalidObjectType"}
	ErrInvalidActiveCallObject                   = &Error{CategoryOperation, "invalidActiveCallObject"}
	ErrInvalidCalledDeviceObjectType             = &Error{CategoryOperation, "invalidCalledDeviceObjectType"}
	ErrInvalidCallingDeviceObjectType            = &Error{CategoryOperation, "invalidCallingDeviceObjectType"}
	ErrInvalidCallToBePickedUpObjectType         = &Error{CategoryOperation, "invalidCallToBePickedUpObjectType"}
	ErrInvalidCallToDivertObjectType             = &Error{CategoryOperation, "invalidCallToDivertObjectType"}
	ErrInvalidCallToParkObjectType               = &Error{CategoryOperation, "invalidCallToParkObjectType"}
	ErrInvalidDestinationDeviceObject            = &Error{CategoryOperation, "invalidDestinationDeviceObject"}
	ErrInvalidHeldCallObject                     = &Error{CategoryOperation, "invalidHeldCallObject"}
	ErrInvalidMonitorObjectType                  = &Error{CategoryOperation, "invalidMonitorObjectType"}
	ErrInvalidParkToObjectType                   = &Error{CategoryOperation, "invalidParkToObjectType"}
	ErrMessageIDRequired                         = &Error{CategoryOperation, "messageIDRequired"}
	ErrNotDifferentDevices                       = &Error{CategoryOperation, "notDifferentDevices"}
	ErrNotSameDevice                             = &Error{CategoryOperation, "notSameDevice"}
	ErrObjectNotKnown                            = &Error{CategoryOperation, "objectNotKnown"}
	ErrInvalidCallID                             = &Error{CategoryOperation, "invalidCallID"}
	ErrInvalidActiveCallID                       = &Error{CategoryOperation, "invalidActiveCallID"}
	ErrInvalidHeldCallID                         = &Error{CategoryOperation, "invalidHeldCallID"}
	ErrInvalidConnectionID                       = &Error{CategoryOperation, "invalidConnectionID"}
	ErrInvalidActiveConnectionID                 = &Error{CategoryOperation, "invalidActiveConnectionID"}
	ErrInvalidHeldConnectionID                   = &Error{CategoryOperation, "invalidHeldConnectionID"}
	ErrInvalidDeviceID                           = &Error{CategoryOperation, "invalidDeviceID"}
	ErrInvalidActiveDeviceID                     = &Error{CategoryOperation, "invalidActiveDeviceID"}
	ErrInvalidCalledDeviceID                     = &Error{CategoryOperation, "invalidCalledDeviceID"}
	ErrInvalidCallingDeviceID                    = &Error{CategoryOperation, "invalidCallingDeviceID"}
	ErrInvalidCallToParkDeviceID                 = &Error{CategoryOperation, "invalidCallToParkDeviceID"}
	ErrInvalidDestinationDeviceID                = &Error{CategoryOperation, "invalidDestinationDeviceID"}
	ErrInvalidDivertingDeviceID                  = &Error{CategoryOperation, "invalidDivertingDeviceID"}
	ErrInvalidHeldDeviceID                       = &Error{CategoryOperation, "invalidHeldDeviceID"}
	ErrInvalidParkToDeviceID                     = &Error{CategoryOperation, "invalidParkToDeviceID"}
	ErrInvalidPickUpDeviceID                     = &Error{CategoryOperation, "invalidPickUpDeviceID"}
	ErrParameterNotSupported                     = &Error{CategoryOperation, "parameterNotSupported"}
	ErrAccountCodeNotSupported                   = &Error{CategoryOperation, "accountCodeNotSupported"}
	ErrAgentGroupNotSupported                    = &Error{CategoryOperation, "agentGroupNotSupported"}
	ErrAgentPasswordNotSupported                 = &Error{CategoryOperation, "agentPasswordNotSupported"}
	ErrAgentStateNotSupported                    = &Error{CategoryOperation, "agentStateNotSupported"}
	ErrAlertTimeNotSupported                     = &Error{CategoryOperation, "alertTimeNotSupported"}
	ErrAllocationNotSupported                    = &Error{CategoryOperation, "allocationNotSupported"}
	ErrAuthorisationCodeNotSupported             = &Error{CategoryOperation, "authorisationCodeNotSupported"}
	ErrAutoAnswerNotSupported                    = &Error{CategoryOperation, "autoAnswerNotSupported"}
	ErrBitRateNotSupported                       = &Error{CategoryOperation, "bitRateNotSupported"}
	ErrButtonNotSupported                        = &Error{CategoryOperation, "buttonNotSupported"}
	ErrCallTypeNotSupported                      = &Error{CategoryOperation, "callTypeNotSupported"}
	ErrCharactersToSendNotSupported              = &Error{CategoryOperation, "charactersToSendNotSupported"}
	ErrConnectionRateNotSupported                = &Error{CategoryOperation, "connectionRateNotSupported"}
	ErrConnectionReservationNotSupported         = &Error{CategoryOperation, "connectionReservationNotSupported"}
	ErrConsultPurposeNotSupported                = &Error{CategoryOperation, "consultPurposeNotSupported"}
	ErrCorrelatorDataNotSupported                = &Error{CategoryOperation, "correlatorDataNotSupported"}
	ErrDelayToleranceNotSupported                = &Error{CategoryOperation, "delayToleranceNotSupported"}
	ErrDestinationDetectNotSupported             = &Error{CategoryOperation, "destinationDetectNotSupported"}
	ErrDigitModeNotSupported                     = &Error{CategoryOperation, "digitModeNotSupported"}
	ErrErrorValueNotSupported                    = &Error{CategoryOperation, "errorValueNotSupported"}
	ErrFlowDirectionNotSupported                 = &Error{CategoryOperation, "flowDirectionNotSupported"}
	ErrForwardingDestinationNotSupported         = &Error{CategoryOperation, "forwardingDestinationNotSupported"}
	ErrLampNotSupported                          = &Error{CategoryOperation, "lampNotSupported"}
	ErrMonitorTypeNotSupported                   = &Error{CategoryOperation, "monitorTypeNotSupported"}
	ErrNumberOfChannelsNotSupported              = &Error{CategoryOperation, "numberOfChannelsNotSupported"}
	ErrParameterTypeNotSupported                 = &Error{CategoryOperation, "parameterTypeNotSupported"}
	ErrPriorityNotSupported                      = &Error{CategoryOperation, "priorityNotSupported"}
	ErrPrivateDataNotSupported                   = &Error{CategoryOperation, "privateDataNotSupported"}
	ErrPulseDurationNotSupported                 = &Error{CategoryOperation, "pulseDurationNotSupported"}
	ErrPulseRateNotSupported                     = &Error{CategoryOperation, "pulseRateNotSupported"}
	ErrRemainRetryNotSupported                   = &Error{CategoryOperation, "remainRetryNotSupported"}
	ErrRingCountNotSupported                     = &Error{CategoryOperation, "ringCountNotSupported"}
	ErrRouteUsedNotSupported                     = &Error{CategoryOperation, "routeUsedNotSupported"}
	ErrSecurityNotSupported                      = &Error{CategoryOperation, "securityNotSupported"}
	ErrSwSubdomainCCIETypeNotSupported           = &Error{CategoryOperation, "swSubdomainCCIETypeNotSupported"}
	ErrToneDurationNotSupported                  = &Error{CategoryOperation, "toneDurationNotSupported"}
	ErrSysStatRegIDNotSupported                  = &Error{CategoryOperation, "sysStatRegIDNotSupported"}
	ErrUserDataNotSupported                      = &Error{CategoryOperation, "userDataNotSupported"}
	ErrPrivilegeViolationSpecifiedDevice         = &Error{CategoryOperation, "privilegeViolationSpecifiedDevice"}
	ErrPrivilegeViolationActiveDevice            = &Error{CategoryOperation, "privilegeViolationActiveDevice"}
	ErrPrivilegeViolationCalledDevice            = &Error{CategoryOperation, "privilegeViolationCalledDevice"}
	ErrPrivilegeViolationCallingDevice           = &Error{CategoryOperation, "privilegeViolationCallingDevice"}
	ErrPrivilegeViolationCallToParkDevice        = &Error{CategoryOperation, "privilegeViolationCallToParkDevice"}
	ErrPrivilegeViolationDestinationDevice       = &Error{CategoryOperation, "privilegeViolationDestinationDevice"}
	ErrPrivilegeViolationOnDivertingDevice       = &Error{CategoryOperation, "privilegeViolationOnDivertingDevice"}
	ErrPrivilegeViolationHeldDevice              = &Error{CategoryOperation, "privilegeViolationHeldDevice"}
	ErrPrivilegeViolationOnParkToDevice          = &Error{CategoryOperation, "privilegeViolationOnParkToDevice"}
	ErrPrivilegeViolationPickUpDevice            = &Error{CategoryOperation, "privilegeViolationPickUpDevice"}
	ErrRouteingTimerExpired                      = &Error{CategoryOperation, "routeingTimerExpired"}
	ErrRequestIncompatibleWithObject             = &Error{CategoryOperation, "requestIncompatibleWithObject"}
	ErrRequestIncompatibleWithConnection         = &Error{CategoryOperation, "requestIncompatibleWithConnection"}
	ErrRequestIncompatibleWithActiveConnection   = &Error{CategoryOperation, "requestIncompatibleWithActiveConnection"}
	ErrRequestIncompatibleWithHeldConnection     = &Error{CategoryOperation, "requestIncompatibleWithHeldConnection"}
	ErrRequestIncompatibleWithDevice             = &Error{CategoryOperation, "requestIncompatibleWithDevice"}
	ErrRequestIncompatibleWithCalledDevice       = &Error{CategoryOperation, "requestIncompatibleWithCalledDevice"}
	ErrRequestIncompatibleWithCallingDevice      = &Error{CategoryOperation, "requestIncompatibleWithCallingDevice"}
	ErrRequestIncompatibleWithSubjectDevice      = &Error{CategoryOperation, "requestIncompatibleWithSubjectDevice"}
	ErrRequestIncompatibleWithActiveDevice       = &Error{CategoryOperation, "requestIncompatibleWithActiveDevice"}
	ErrRequestIncompatibleWithCallToParkDevice   = &Error{CategoryOperation, "requestIncompatibleWithCallToParkDevice"}
	ErrRequestIncompatibleWithDestinationDevice  = &Error{CategoryOperation, "requestIncompatibleWithDestinationDevice"}
	ErrRequestIncompatibleWithDivertingDevice    = &Error{CategoryOperation, "requestIncompatibleWithDivertingDevice"}
	ErrRequestIncompatibleWithHeldDevice         = &Error{CategoryOperation, "requestIncompatibleWithHeldDevice"}
	ErrRequestIncompatibleWithMedia              = &Error{CategoryOperation, "requestIncompatibleWithMedia"}
	ErrRequestIncompatibleWithParkToDevice       = &Error{CategoryOperation, "requestIncompatibleWithParkToDevice"}
	ErrRequestIncompatibleWithPickupDevice       = &Error{CategoryOperation, "requestIncompatibleWithPickupDevice"}
	ErrServiceNotSupported                       = &Error{CategoryOperation, "serviceNotSupported"}
	ErrSecurityViolation                         = &Error{CategoryOperation, "securityViolation"}
	ErrValueOutOfRange                           = &Error{CategoryOperation, "valueOutOfRange"}
	ErrAgentStateOutOfRange                      = &Error{CategoryOperation, "agentStateOutOfRange"}
	ErrAlertTimeOutOfRange                       = &Error{CategoryOperation, "alertTimeOutOfRange"}
	ErrAllocationOutOfRange                      = &Error{CategoryOperation, "allocationOutOfRange"}
	ErrAutoAnswerOutOfRange                      = &Error{CategoryOperation, "autoAnswerOutOfRange"}
	ErrBitRateOutOfRange                         = &Error{CategoryOperation, "bitRateOutOfRange"}
	ErrCallTypeOutOfRange                        = &Error{CategoryOperation, "callTypeOutOfRange"}
	ErrConnectionRateOutOfRange                  = &Error{CategoryOperation, "connectionRateOutOfRange"}
	ErrConnectionReservoationOutOfRange          = &Error{CategoryOperation, "connectionReservoationOutOfRange"}
	ErrConsultPurposeOutOfRange                  = &Error{CategoryOperation, "consultPurposeOutOfRange"}
	ErrCorrelatorDataOutOfRange                  = &Error{CategoryOperation, "correlatorDataOutOfRange"}
	ErrDelayToleranceOutOfRange                  = &Error{CategoryOperation, "delayToleranceOutOfRange"}
	ErrDestinationDetectOutOfRange               = &Error{CategoryOperation, "destinationDetectOutOfRange"}
	ErrDigitModeOutOfRange                       = &Error{CategoryOperation, "digitModeOutOfRange"}
	ErrDoNotDisturbOutOfRange                    = &Error{CategoryOperation, "doNotDisturbOutOfRange"}
	ErrFlowDirectionOutOfRange                   = &Error{CategoryOperation, "flowDirectionOutOfRange"}
	ErrForwardingFlagOutOfRange                  = &Error{CategoryOperation, "forwardingFlagOutOfRange"}
	ErrForwardingTypeOutOfRange                  = &Error{CategoryOperation, "forwardingTypeOutOfRange"}
	ErrHookswitchComponentOutOfRange             = &Error{CategoryOperation, "hookswitchComponentOutOfRange"}
	ErrHookswitchTypeOutOfRange                  = &Error{CategoryOperation, "hookswitchTypeOutOfRange"}
	ErrLampModeOutOfRange                        = &Error{CategoryOperation, "lampModeOutOfRange"}
	ErrMessageWaitingSettingOutOfRange           = &Error{CategoryOperation, "messageWaitingSettingOutOfRange"}
	ErrMicGainOutOfRange                         = &Error{CategoryOperation, "micGainOutOfRange"}
	ErrMicMuteOutOfRange                         = &Error{CategoryOperation, "micMuteOutOfRange"}
	ErrMonitorTypeOutOfRange                     = &Error{CategoryOperation, "monitorTypeOutOfRange"}
	ErrNumberOfChannelsOutOfRange                = &Error{CategoryOperation, "numberOfChannelsOutOfRange"}
	ErrParticipationTypeOutOfRange               = &Error{CategoryOperation, "participationTypeOutOfRange"}
	ErrPulseDurationOutOfRange                   = &Error{CategoryOperation, "pulseDurationOutOfRange"}
	ErrPulseRateOutOfRange                       = &Error{CategoryOperation, "pulseRateOutOfRange"}
	ErrRingCountOutOfRange                       = &Error{CategoryOperation, "ringCountOutOfRange"}
	ErrRingPatternOutOfRange                     = &Error{CategoryOperation, "ringPatternOutOfRange"}
	ErrRingVolumnOutOfRange                      = &Error{CategoryOperation, "ringVolumnOutOfRange"}
	ErrRouteingAlgorithmOutOfRange               = &Error{CategoryOperation, "routeingAlgorithmOutOfRange"}
	ErrSpeakerMuteOutOfRange                     = &Error{CategoryOperation, "speakerMuteOutOfRange"}
	ErrSpeakerVolumeOutOfRange                   = &Error{CategoryOperation, "speakerVolumeOutOfRange"}
	ErrSwitchingCcittTypeOutOfRange              = &Error{CategoryOperation, "switchingCcittTypeOutOfRange"}
	ErrSystemStatusOutOfRange                    = &Error{CategoryOperation, "systemStatusOutOfRange"}
	ErrToneCharacterOutOfRange                   = &Error{CategoryOperation, "toneCharacterOutOfRange"}
	ErrToneDurationOutOfRange                    = &Error{CategoryOperation, "toneDurationOutOfRange"}
)

// The object is not in a suitable state.
var (
	ErrStateIncompatibilityGeneric      = &Error{CategoryStateIncompatibility, "generic"}
	ErrInvalidObjectState               = &Error{CategoryStateIncompatibility, "invalidObjectState"}
	ErrInvalidDeviceState               = &Error{CategoryStateIncompatibility, "invalidDeviceState"}
	ErrConnectedCallExists              = &Error{CategoryStateIncompatibility, "connectedCallExists"}
	ErrInvalidActiveDeviceState         = &Error{CategoryStateIncompatibility, "invalidActiveDeviceState"}
	ErrInvalidCalledDeviceState         = &Error{CategoryStateIncompatibility, "invalidCalledDeviceState"}
	ErrInvalidCallingDeviceState        = &Error{CategoryStateIncompatibility, "invalidCallingDeviceState"}
	ErrInvalidCallToParkDeviceState     = &Error{CategoryStateIncompatibility, "invalidCallToParkDeviceState"}
	ErrInvalidDestinationDeviceState    = &Error{CategoryStateIncompatibility, "invalidDestinationDeviceState"}
	ErrInvalidDivertingDeviceState      = &Error{CategoryStateIncompatibility, "invalidDivertingDeviceState"}
	ErrInvalidHeldDeviceState           = &Error{CategoryStateIncompatibility, "invalidHeldDeviceState"}
	ErrInvalidParkToDeviceState         = &Error{CategoryStateIncompatibility, "invalidParkToDeviceState"}
	ErrInvalidConnectionState           = &Error{CategoryStateIncompatibility, "invalidConnectionState"}
	ErrInvalidActiveConnectionState     = &Error{CategoryStateIncompatibility, "invalidActiveConnectionState"}
	ErrInvalidConnectionIDForActiveCall = &Error{CategoryStateIncompatibility, "invalidConnectionIDForActiveCall"}
	ErrInvalidHeldConnectionState       = &Error{CategoryStateIncompatibility, "invalidHeldConnectionState"}
	ErrNoActiveCall                     = &Error{CategoryStateIncompatibility, "noActiveCall"}
	ErrNoCallToAnswer                   = &Error{CategoryStateIncompatibility, "noCallToAnswer"}
	ErrNoCallToClear                    = &Error{CategoryStateIncompatibility, "noCallToClear"}
	ErrNoCallToComplete                 = &Error{CategoryStateIncompatibility, "noCallToComplete"}
	ErrNoConnectionToClear              = &Error{CategoryStateIncompatibility, "noConnectionToClear"}
	ErrNoHeldCall                       = &Error{CategoryStateIncompatibility, "noHeldCall"}
	ErrIncorrectMsgState                = &Error{CategoryStateIncompatibility, "incorrectMsgState"}
	ErrBeginningOfMsg                   = &Error{CategoryStateIncompatibility, "beginningOfMsg"}
	ErrEndOfMsg                         = &Error{CategoryStateIncompatibility, "endOfMsg"}
	ErrMsgSuspended                     = &Error{CategoryStateIncompatibility, "msgSuspended"}
	ErrNotAbleToPlay                    = &Error{CategoryStateIncompatibility, "notAbleToPlay"}
	ErrNotAbleToResume                  = &Error{CategoryStateIncompatibility, "notAbleToResume"}
)

// A resource of the system is busy, out of service or used up.
var (
	ErrSystemResourceAvailabilityGeneric   = &Error{CategorySystemResourceAvailability, "generic"}
	ErrResourceBusy                        = &Error{CategorySystemResourceAvailability, "resourceBusy"}
	ErrInternalResourceBusy                = &Error{CategorySystemResourceAvailability, "internalResourceBusy"}
	ErrClassifierBusy                      = &Error{CategorySystemResourceAvailability, "classifierBusy"}
	ErrNoMediaChannelsAvailable            = &Error{CategorySystemResourceAvailability, "noMediaChannelsAvailable"}
	ErrChannelsInUseForBridgedDevices      = &Error{CategorySystemResourceAvailability, "channelsInUseForBridgedDevices"}
	ErrChannelsInUseForData                = &Error{CategorySystemResourceAvailability, "channelsInUseForData"}
	ErrToneDetectorBusy                    = &Error{CategorySystemResourceAvailability, "toneDetectorBusy"}
	ErrToneGeneratorBusy                   = &Error{CategorySystemResourceAvailability, "toneGeneratorBusy"}
	ErrNetworkBusy                         = &Error{CategorySystemResourceAvailability, "networkBusy"}
	ErrResourceOutOfService                = &Error{CategorySystemResourceAvailability, "resourceOutOfService"}
	ErrDeviceOutOfService                  = &Error{CategorySystemResourceAvailability, "deviceOutOfService"}
	ErrActiveDeviceOutOfService            = &Error{CategorySystemResourceAvailability, "activeDeviceOutOfService"}
	ErrCalledDeviceOutOfService            = &Error{CategorySystemResourceAvailability, "calledDeviceOutOfService"}
	ErrCallingDeviceOutOfService           = &Error{CategorySystemResourceAvailability, "callingDeviceOutOfService"}
	ErrCallToParkDeviceOutOfService        = &Error{CategorySystemResourceAvailability, "callToParkDeviceOutOfService"}
	ErrDestinationDeviceOutOfService       = &Error{CategorySystemResourceAvailability, "destinationDeviceOutOfService"}
	ErrDivertingDeviceOutOfService         = &Error{CategorySystemResourceAvailability, "divertingDeviceOutOfService"}
	ErrHeldDeviceOutOfService              = &Error{CategorySystemResourceAvailability, "heldDeviceOutOfService"}
	ErrParkToDeviceOutOfService            = &Error{CategorySystemResourceAvailability, "parkToDeviceOutOfService"}
	ErrPickupDeviceOutOfService            = &Error{CategorySystemResourceAvailability, "pickupDeviceOutOfService"}
	ErrNetworkOutOfService                 = &Error{CategorySystemResourceAvailability, "networkOutOfService"}
	ErrOtherResourceOutOfService           = &Error{CategorySystemResourceAvailability, "otherResourceOutOfService"}
	ErrResourceLimitExceeded               = &Error{CategorySystemResourceAvailability, "resourceLimitExceeded"}
	ErrOverallMonitorLimitExceeded         = &Error{CategorySystemResourceAvailability, "overallMonitorLimitExceeded"}
	ErrConferenceMemberLimitExceeded       = &Error{CategorySystemResourceAvailability, "conferenceMemberLimitExceeded"}
	ErrRegistrationLimitExceeded           = &Error{CategorySystemResourceAvailability, "registrationLimitExceeded"}
	ErrConferenceResourceCannotBeSatisfied = &Error{CategorySystemResourceAvailability, "conferenceResourceCannotBeSatisfied"}
	ErrMaxDevicesExceeded                  = &Error{CategorySystemResourceAvailability, "maxDevicesExceeded"}
	ErrStartTimeOutOfRange                 = &Error{CategorySystemResourceAvailability, "startTimeOutOfRange"}
	ErrDurationExceeded                    = &Error{CategorySystemResourceAvailability, "durationExceeded"}
)

// A subscribed quota is used up.
var (
	ErrSubscribedResourceAvailabilityGeneric = &Error{CategorySubscribedResourceAvailability, "generic"}
	ErrObjectMonitorLimitExceeded            = &Error{CategorySubscribedResourceAvailability, "objectMonitorLimitExceeded"}
	ErrTrunkLimitExceeded                    = &Error{CategorySubscribedResourceAvailability, "trunkLimitExceeded"}
	ErrOutstandingReqLimitExceeded           = &Error{CategorySubscribedResourceAvailability, "outstandingReqLimitExceeded"}
	ErrObjectRegistrationLimitExceeded       = &Error{CategorySubscribedResourceAvailability, "objectRegistrationLimitExceeded"}
)

// A rate limit was hit.
var (
	ErrPerformanceManagementGeneric = &Error{CategoryPerformanceManagement, "generic"}
	ErrPerformanceLimitExceeded     = &Error{CategoryPerformanceManagement, "performanceLimitExceeded"}
)

// The security data of the message are wrong.
var (
	ErrSecurityGeneric        = &Error{CategorySecurity, "generic"}
	ErrSequenceNumberViolated = &Error{CategorySecurity, "sequenceNumberViolated"}
	ErrTimeStampViolated      = &Error{CategorySecurity, "timeStampViolated"}
	ErrSecurityInfoViolated   = &Error{CategorySecurity, "securityInfoViolated"}
)

// The private data are not acceptable.
var (
	ErrPrivateDataInfo = &Error{CategoryPrivateData, "cSTAPrivateDataInfoError"}
)

// ErrUnspecified says nothing but that the request failed.
var ErrUnspecified = &Error{Category: CategoryUnspecified}
