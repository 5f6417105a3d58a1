package translate

// Type says what a record is: an event of FreeSWITCH (its name, and for CUSTOM
// ones its subclass, stand beside it), or an element of a list that the bridge
// returns. Values and order are those of csta_kind in bridge_c/bridge.h.
type Type uint16

const (
	None                   Type = iota
	ChannelCreate               // CHANNEL_CREATE
	ChannelOutgoing             // CHANNEL_OUTGOING
	ChannelUUID                 // CHANNEL_UUID
	ChannelProgress             // CHANNEL_PROGRESS
	ChannelProgressMedia        // CHANNEL_PROGRESS_MEDIA
	ChannelAnswer               // CHANNEL_ANSWER
	ChannelBridge               // CHANNEL_BRIDGE
	ChannelUnbridge             // CHANNEL_UNBRIDGE
	ChannelCallState            // CHANNEL_CALLSTATE
	ChannelHold                 // CHANNEL_HOLD
	ChannelUnhold               // CHANNEL_UNHOLD
	ChannelHangup               // CHANNEL_HANGUP
	ChannelDestroy              // CHANNEL_DESTROY
	ChannelExecute              // CHANNEL_EXECUTE
	ChannelExecuteComplete      // CHANNEL_EXECUTE_COMPLETE
	PlaybackStart               // PLAYBACK_START
	PlaybackStop                // PLAYBACK_STOP
	RecordStart                 // RECORD_START
	RecordStop                  // RECORD_STOP
	DTMF                        // DTMF
	ChannelPark                 // CHANNEL_PARK
	ChannelUnpark               // CHANNEL_UNPARK
	SofiaRegister               // sofia::register
	SofiaUnregister             // sofia::unregister
	SofiaExpire                 // sofia::expire
	SofiaTransferor             // sofia::transferor
	SofiaTransferee             // sofia::transferee
	SofiaReplaced               // sofia::replaced
	SofiaIntercepted            // sofia::intercepted
	ConferenceMaintenance       // conference::maintenance
	LoopbackBowout              // loopback::bowout
	LoopbackDirect              // loopback::direct
	Trigger                     // csta::trigger
	PhoneFeature                // PHONE_FEATURE_SUBSCRIBE
	ReloadXML                   // RELOADXML
	Shutdown                    // SHUTDOWN

	ListedLeg
	ListedRegistration
	ListedSetting
	ListedSubscriber

	types
)

// Field is a header of an event. Those beginning with Var are variables of the
// leg. Values and order are those of csta_field in bridge_c/bridge.h.
type Field uint16

const (
	noField Field = iota
	UniqueID
	OtherLegUniqueID
	OtherType
	CallDirection
	ChannelName
	PresenceID
	CallUUID
	AnswerState
	CallState
	OriginalCallState
	HitDialplan
	CallerIDNumber
	CallerIDName
	PrivacyHideNumber
	DestinationNumber
	CallerUsername
	CallerContext
	TransferSource
	HangupCause
	BridgeA
	BridgeB
	OldUniqueID
	Application
	ApplicationData
	ApplicationResponse
	ApplicationUUID
	PlaybackFilePath
	PlaybackStatus
	RecordFilePath
	RecordCompletionCause
	DTMFDigit
	DTMFDuration
	DTMFSource
	VarDialedUser
	VarDialedDomain
	VarUserName
	VarDomainName
	VarSIPAuthUsername
	VarSIPAuthRealm
	VarSIPFromUser
	VarSIPFromHost
	VarSIPGatewayName
	VarSofiaProfileName
	VarReplacesCallID
	VarLoopbackLeg
	VarOtherLoopbackLeg
	VarLoopbackHangupCause
	VarBowoutOther
	VarTransferTo
	VarTransferDisposition
	VarTransferDestination
	VarEndpointDisposition
	VarSIPHangupPhrase
	VarSIPTermStatus
	VarLastBridgeHangupCause
	VarRecovered
	VarMark
	VarQueue
	VarTrunkIn
	VarTrunkOut
	VarQueueSource
	VarNote
	TriggerKind
	TriggerName
	ConferenceName
	ConferenceSize
	MemberID
	Action
	FromUser
	FromHost
	User
	Host
	UpdateReg
	AttXferOriginal
	AttXferDestination
	AttXferReplacedBy
	AttXferReplaced
	InterceptedBy
	ResigningUUID
	ResigningPeerUUID
	AcquiredUUID
	ConnectingA
	ConnectingB
	ProfileName
	VarSIPGateway
	VarSIPACLAuthedBy
	VarHoldMusic
	AttXferPeer
	VarOriginateResult
	CreatedTime
	AnsweredTime
	VarRedirectedTo
	VarEnterpriseLeg
	RegContact
	RegCallID
	RegIP
	RegPort
	RegStatus
	RegExpires
	RegAgent
	RegAuthUser
	RegAuthDomain
	RegAuthRealm
	RegUACSTA
	VarContact
	TriggerDevice
	FeatureProfile
	FeatureAction
	FeatureEnabled
	FeatureName
	FeatureNumber
	FeatureRings
	VarReferTo
	VarCallcenterMember
	VarFifoCaller
	VarGroupConfirm
	VarCurrentApplication
	VarCurrentData
	Partner
	SettingName
	SettingValue
	SettingItem

	fields
)

// headers are the names that the switch gives the fields; those without are
// found in the bridge's lists only.
var headers = [fields]string{
	noField:                  "",
	UniqueID:                 "Unique-ID",
	OtherLegUniqueID:         "Other-Leg-Unique-ID",
	OtherType:                "Other-Type",
	CallDirection:            "Call-Direction",
	ChannelName:              "Channel-Name",
	PresenceID:               "Channel-Presence-ID",
	CallUUID:                 "Channel-Call-UUID",
	AnswerState:              "Answer-State",
	CallState:                "Channel-Call-State",
	OriginalCallState:        "Original-Channel-Call-State",
	HitDialplan:              "Channel-HIT-Dialplan",
	CallerIDNumber:           "Caller-Caller-ID-Number",
	CallerIDName:             "Caller-Caller-ID-Name",
	PrivacyHideNumber:        "Caller-Privacy-Hide-Number",
	DestinationNumber:        "Caller-Destination-Number",
	CallerUsername:           "Caller-Username",
	CallerContext:            "Caller-Context",
	TransferSource:           "Caller-Transfer-Source",
	HangupCause:              "Hangup-Cause",
	BridgeA:                  "Bridge-A-Unique-ID",
	BridgeB:                  "Bridge-B-Unique-ID",
	OldUniqueID:              "Old-Unique-ID",
	Application:              "Application",
	ApplicationData:          "Application-Data",
	ApplicationResponse:      "Application-Response",
	ApplicationUUID:          "Application-UUID",
	PlaybackFilePath:         "Playback-File-Path",
	PlaybackStatus:           "Playback-Status",
	RecordFilePath:           "Record-File-Path",
	RecordCompletionCause:    "Record-Completion-Cause",
	DTMFDigit:                "DTMF-Digit",
	DTMFDuration:             "DTMF-Duration",
	DTMFSource:               "DTMF-Source",
	VarDialedUser:            "variable_dialed_user",
	VarDialedDomain:          "variable_dialed_domain",
	VarUserName:              "variable_user_name",
	VarDomainName:            "variable_domain_name",
	VarSIPAuthUsername:       "variable_sip_auth_username",
	VarSIPAuthRealm:          "variable_sip_auth_realm",
	VarSIPFromUser:           "variable_sip_from_user",
	VarSIPFromHost:           "variable_sip_from_host",
	VarSIPGatewayName:        "variable_sip_gateway_name",
	VarSofiaProfileName:      "variable_sofia_profile_name",
	VarReplacesCallID:        "variable_sip_replaces_call_id",
	VarLoopbackLeg:           "variable_loopback_leg",
	VarOtherLoopbackLeg:      "variable_other_loopback_leg_uuid",
	VarLoopbackHangupCause:   "variable_loopback_hangup_cause",
	VarBowoutOther:           "variable_loopback_bowout_other_uuid",
	VarTransferTo:            "variable_transfer_to",
	VarTransferDisposition:   "variable_transfer_disposition",
	VarTransferDestination:   "variable_transfer_destination",
	VarEndpointDisposition:   "variable_endpoint_disposition",
	VarSIPHangupPhrase:       "variable_sip_hangup_phrase",
	VarLastBridgeHangupCause: "variable_last_bridge_hangup_cause",
	VarSIPTermStatus:         "variable_sip_term_status",
	VarRecovered:             "variable_recovered",
	VarMark:                  "variable_csta_mark",
	VarQueue:                 "variable_csta_queue",
	VarTrunkIn:               "variable_csta_trunk_in",
	VarTrunkOut:              "variable_csta_trunk_out",
	VarQueueSource:           "variable_csta_queue_source",
	VarNote:                  "variable_csta_note",
	TriggerKind:              "CSTA-Trigger",
	TriggerName:              "CSTA-Name",
	ConferenceName:           "Conference-Name",
	ConferenceSize:           "Conference-Size",
	MemberID:                 "Member-ID",
	Action:                   "Action",
	FromUser:                 "from-user",
	FromHost:                 "from-host",
	User:                     "user",
	Host:                     "host",
	UpdateReg:                "update-reg",
	AttXferOriginal:          "att_xfer_original_call_id",
	AttXferDestination:       "att_xfer_destination_call_id",
	AttXferReplacedBy:        "att_xfer_replaced_by",
	AttXferReplaced:          "att_xfer_replaced_call_id",
	InterceptedBy:            "intercepted_by",
	ResigningUUID:            "Resigning-UUID",
	ResigningPeerUUID:        "Resigning-Peer-UUID",
	AcquiredUUID:             "Acquired-UUID",
	ConnectingA:              "Connecting-Leg-A-UUID",
	ConnectingB:              "Connecting-Leg-B-UUID",
	ProfileName:              "profile-name",
	VarSIPGateway:            "variable_sip_gateway",
	VarSIPACLAuthedBy:        "variable_sip_acl_authed_by",
	VarHoldMusic:             "variable_hold_music",
	AttXferPeer:              "att_xfer_destination_peer_uuid",
	VarOriginateResult:       "variable_originate_disposition",
	CreatedTime:              "Caller-Channel-Created-Time",
	AnsweredTime:             "Caller-Channel-Answered-Time",
	VarRedirectedTo:          "variable_sip_redirect_contact_user_0",
	VarEnterpriseLeg:         "variable_ent_originate_aleg_uuid",
	RegContact:               "contact",
	RegCallID:                "call-id",
	RegIP:                    "network-ip",
	RegPort:                  "network-port",
	RegStatus:                "status",
	RegExpires:               "expires",
	RegAgent:                 "user-agent",
	RegAuthUser:              "username",
	RegAuthDomain:            "domain_name",
	RegAuthRealm:             "realm",
	RegUACSTA:                "uacsta",
	VarContact:               "variable_sip_contact_uri",
	TriggerDevice:            "CSTA-Device",
	FeatureProfile:           "profile_name",
	FeatureAction:            "Feature-Action",
	FeatureEnabled:           "Feature-Enabled",
	FeatureName:              "Action-Name",
	FeatureNumber:            "Action-Value",
	FeatureRings:             "ringCount",
	VarReferTo:               "variable_sip_refer_to",
	VarCallcenterMember:      "variable_cc_member_session_uuid",
	VarFifoCaller:            "variable_fifo_bridge_uuid",
	VarGroupConfirm:          "variable_group_confirm_key",
	VarCurrentApplication:    "variable_current_application",
	VarCurrentData:           "variable_current_application_data",
}

// String returns the name of the switch's header.
func (f Field) String() string {
	if f >= fields {
		return ""
	}
	return headers[f]
}
