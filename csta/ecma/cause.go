package ecma

// EventCause is the cause of an event, or the reason given with a request
// (ECMA-269 12.2.15, ECMA-323 event-causes). The zero value is an absent
// element; where the schema demands one, CauseNormal is written instead.
type EventCause string

const (
	CauseACDBusy                               EventCause = "aCDBusy"
	CauseACDForward                            EventCause = "aCDForward"
	CauseACDSaturated                          EventCause = "aCDSaturated"
	CauseActivation                            EventCause = "activation"
	CauseActiveParticipation                   EventCause = "activeParticipation"
	CauseAlertTimeExpired                      EventCause = "alertTimeExpired"
	CauseAlternate                             EventCause = "alternate"
	CauseAutoWork                              EventCause = "autoWork"
	CauseBabble                                EventCause = "babble"
	CauseBadAttribute                          EventCause = "badAttribute"
	CauseBadGrammar                            EventCause = "badGrammar"
	CauseBadURI                                EventCause = "badURI"
	CauseBadVoice                              EventCause = "badVoice"
	CauseBlocked                               EventCause = "blocked"
	CauseBusy                                  EventCause = "busy"
	CauseBusyOverflow                          EventCause = "busyOverflow"
	CauseCalendarOverflow                      EventCause = "calendarOverflow"
	CauseCallBack                              EventCause = "callBack"
	CauseCallCancelled                         EventCause = "callCancelled"
	CauseCallForward                           EventCause = "callForward"
	CauseCallForwardImmediate                  EventCause = "callForwardImmediate"
	CauseCallForwardBusy                       EventCause = "callForwardBusy"
	CauseCallForwardNoAnswer                   EventCause = "callForwardNoAnswer"
	CauseCallInterception                      EventCause = "callInterception"
	CauseCallInterceptionBusy                  EventCause = "callInterceptionBusy"
	CauseCallInterceptionForwarded             EventCause = "callInterceptionForwarded"
	CauseCallInterceptionNoAnswer              EventCause = "callInterceptionNoAnswer"
	CauseCallInterceptionResourcesNotAvailable EventCause = "callInterceptionResourcesNotAvailable"
	CauseCallNotAnswered                       EventCause = "callNotAnswered"
	CauseCallPickup                            EventCause = "callPickup"
	CauseCampOn                                EventCause = "campOn"
	CauseCampOnTrunks                          EventCause = "campOnTrunks"
	CauseCapacityOverflow                      EventCause = "capacityOverflow"
	CauseCharacterCountReached                 EventCause = "characterCountReached"
	CauseConference                            EventCause = "conference"
	CauseConsultation                          EventCause = "consultation"
	CauseDestDetected                          EventCause = "destDetected"
	CauseDestNotObtainable                     EventCause = "destNotObtainable"
	CauseDestOutOfOrder                        EventCause = "destOutOfOrder"
	CauseDistributed                           EventCause = "distributed"
	CauseDistributionDelay                     EventCause = "distributionDelay"
	CauseDoNotDisturb                          EventCause = "doNotDisturb"
	CauseDTMFDigitDetected                     EventCause = "dTMFDigitDetected"
	CauseDuplicateDTMF                         EventCause = "duplicateDTMF"
	CauseDurationExceeded                      EventCause = "durationExceeded"
	CauseEarlyStop                             EventCause = "earlyStop"
	CauseEmptyQueue                            EventCause = "emptyQueue"
	CauseEndOfMessageDetected                  EventCause = "endOfMessageDetected"
	CauseEnteringDistribution                  EventCause = "enteringDistribution"
	CauseForcedPause                           EventCause = "forcedPause"
	CauseForcedTransition                      EventCause = "forcedTransition"
	CauseIncompatibleDestination               EventCause = "incompatibleDestination"
	CauseInterdigitTimeout                     EventCause = "interdigitTimeout"
	CauseIntrude                               EventCause = "intrude"
	CauseInvalidAccountCode                    EventCause = "invalidAccountCode"
	CauseInvalidConnection                     EventCause = "invalidConnection"
	CauseInvalidConnectionState                EventCause = "invalidConnectionState"
	CauseInvalidNumberFormat                   EventCause = "invalidNumberFormat"
	CauseJoinCall                              EventCause = "joinCall"
	CauseKeyOperation                          EventCause = "keyOperation"
	CauseKeyOperationInUse                     EventCause = "keyOperationInUse"
	CauseLawfulInterception                    EventCause = "lawfulInterception"
	CauseLockout                               EventCause = "lockout"
	CauseMaintenance                           EventCause = "maintenance"
	CauseMakeCall                              EventCause = "makeCall"
	CauseMakeConnection                        EventCause = "makeConnection"
	CauseMakePredictiveCall                    EventCause = "makePredictiveCall"
	CauseMaxTimeout                            EventCause = "maxTimeout"
	CauseMessageDurationExceeded               EventCause = "messageDurationExceeded"
	CauseMessageSizeExceeded                   EventCause = "messageSizeExceeded"
	CauseMultipleAlerting                      EventCause = "multipleAlerting"
	CauseMultipleQueuing                       EventCause = "multipleQueuing"
	CauseNetworkCongestion                     EventCause = "networkCongestion"
	CauseNetworkDialling                       EventCause = "networkDialling"
	CauseNetworkNotObtainable                  EventCause = "networkNotObtainable"
	CauseNetworkOutOfOrder                     EventCause = "networkOutOfOrder"
	CauseNetworkSignal                         EventCause = "networkSignal"
	CauseNewCall                               EventCause = "newCall"
	CauseNextMessage                           EventCause = "nextMessage"
	CauseNoAvailableAgents                     EventCause = "noAvailableAgents"
	CauseNormal                                EventCause = "normal"
	CauseNormalClearing                        EventCause = "normalClearing"
	CauseNoAudioSaved                          EventCause = "noAudioSaved"
	CauseNoQueue                               EventCause = "noQueue"
	CauseNoRule                                EventCause = "noRule"
	CauseNoSpeechDetected                      EventCause = "noSpeechDetected"
	CauseNotAvailableBearerService             EventCause = "notAvailableBearerService"
	CauseNotSupportedBearerService             EventCause = "notSupportedBearerService"
	CauseNumberChanged                         EventCause = "numberChanged"
	CauseNumberUnallocated                     EventCause = "numberUnallocated"
	CauseOutOfGrammar                          EventCause = "outOfGrammar"
	CauseOverflow                              EventCause = "overflow"
	CauseOverride                              EventCause = "override"
	CausePark                                  EventCause = "park"
	CausePathReplacement                       EventCause = "pathReplacement"
	CauseQueueCleared                          EventCause = "queueCleared"
	CauseQueueTimeOverflow                     EventCause = "queueTimeOverflow"
	CauseRecall                                EventCause = "recall"
	CauseRecallBusy                            EventCause = "recallBusy"
	CauseRecallForwarded                       EventCause = "recallForwarded"
	CauseRecallNoAnswer                        EventCause = "recallNoAnswer"
	CauseRecallResourcesNotAvailable           EventCause = "recallResourcesNotAvailable"
	CauseRedirected                            EventCause = "redirected"
	CauseRemainsInQueue                        EventCause = "remainsInQueue"
	CauseReorderTone                           EventCause = "reorderTone"
	CauseReserved                              EventCause = "reserved"
	CauseResourcesNotAvailable                 EventCause = "resourcesNotAvailable"
	CauseSelectedTrunkBusy                     EventCause = "selectedTrunkBusy"
	CauseSilentParticipation                   EventCause = "silentParticipation"
	CauseSingleStepConference                  EventCause = "singleStepConference"
	CauseSingleStepTransfer                    EventCause = "singleStepTransfer"
	CauseSpeechDetected                        EventCause = "speechDetected"
	CauseSuspend                               EventCause = "suspend"
	CauseSwitchingFunctionTerminated           EventCause = "switchingFunctionTerminated"
	CauseTerminationCharacterReceived          EventCause = "terminationCharacterReceived"
	CauseTimeout                               EventCause = "timeout"
	CauseTransfer                              EventCause = "transfer"
	CauseTrunksBusy                            EventCause = "trunksBusy"
	CauseUnauthorisedBearerService             EventCause = "unauthorisedBearerService"
	CauseUnknownOverflow                       EventCause = "unknownOverflow"
)

// causes lists every EventCause of edition 6. Edition 3 lacks makeConnection,
// lawfulInterception and the callInterceptions.
var causes = setOf(
	CauseACDBusy,
	CauseACDForward,
	CauseACDSaturated,
	CauseActivation,
	CauseActiveParticipation,
	CauseAlertTimeExpired,
	CauseAlternate,
	CauseAutoWork,
	CauseBabble,
	CauseBadAttribute,
	CauseBadGrammar,
	CauseBadURI,
	CauseBadVoice,
	CauseBlocked,
	CauseBusy,
	CauseBusyOverflow,
	CauseCalendarOverflow,
	CauseCallBack,
	CauseCallCancelled,
	CauseCallForward,
	CauseCallForwardImmediate,
	CauseCallForwardBusy,
	CauseCallForwardNoAnswer,
	CauseCallInterception,
	CauseCallInterceptionBusy,
	CauseCallInterceptionForwarded,
	CauseCallInterceptionNoAnswer,
	CauseCallInterceptionResourcesNotAvailable,
	CauseCallNotAnswered,
	CauseCallPickup,
	CauseCampOn,
	CauseCampOnTrunks,
	CauseCapacityOverflow,
	CauseCharacterCountReached,
	CauseConference,
	CauseConsultation,
	CauseDestDetected,
	CauseDestNotObtainable,
	CauseDestOutOfOrder,
	CauseDistributed,
	CauseDistributionDelay,
	CauseDoNotDisturb,
	CauseDTMFDigitDetected,
	CauseDuplicateDTMF,
	CauseDurationExceeded,
	CauseEarlyStop,
	CauseEmptyQueue,
	CauseEndOfMessageDetected,
	CauseEnteringDistribution,
	CauseForcedPause,
	CauseForcedTransition,
	CauseIncompatibleDestination,
	CauseInterdigitTimeout,
	CauseIntrude,
	CauseInvalidAccountCode,
	CauseInvalidConnection,
	CauseInvalidConnectionState,
	CauseInvalidNumberFormat,
	CauseJoinCall,
	CauseKeyOperation,
	CauseKeyOperationInUse,
	CauseLawfulInterception,
	CauseLockout,
	CauseMaintenance,
	CauseMakeCall,
	CauseMakeConnection,
	CauseMakePredictiveCall,
	CauseMaxTimeout,
	CauseMessageDurationExceeded,
	CauseMessageSizeExceeded,
	CauseMultipleAlerting,
	CauseMultipleQueuing,
	CauseNetworkCongestion,
	CauseNetworkDialling,
	CauseNetworkNotObtainable,
	CauseNetworkOutOfOrder,
	CauseNetworkSignal,
	CauseNewCall,
	CauseNextMessage,
	CauseNoAvailableAgents,
	CauseNormal,
	CauseNormalClearing,
	CauseNoAudioSaved,
	CauseNoQueue,
	CauseNoRule,
	CauseNoSpeechDetected,
	CauseNotAvailableBearerService,
	CauseNotSupportedBearerService,
	CauseNumberChanged,
	CauseNumberUnallocated,
	CauseOutOfGrammar,
	CauseOverflow,
	CauseOverride,
	CausePark,
	CausePathReplacement,
	CauseQueueCleared,
	CauseQueueTimeOverflow,
	CauseRecall,
	CauseRecallBusy,
	CauseRecallForwarded,
	CauseRecallNoAnswer,
	CauseRecallResourcesNotAvailable,
	CauseRedirected,
	CauseRemainsInQueue,
	CauseReorderTone,
	CauseReserved,
	CauseResourcesNotAvailable,
	CauseSelectedTrunkBusy,
	CauseSilentParticipation,
	CauseSingleStepConference,
	CauseSingleStepTransfer,
	CauseSpeechDetected,
	CauseSuspend,
	CauseSwitchingFunctionTerminated,
	CauseTerminationCharacterReceived,
	CauseTimeout,
	CauseTransfer,
	CauseTrunksBusy,
	CauseUnauthorisedBearerService,
	CauseUnknownOverflow,
)
