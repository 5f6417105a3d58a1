package driver

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/telephone"
	"mod_csta_socket/csta/uacsta"
)

func TestRequestsAreWorded(t *testing.T) {
	self := ecma.Subscriber("sip:1001@pbx.example")
	for service, want := range map[telephone.Service]string{
		telephone.MakeCall:        "<callingDevice>sip:1001@pbx.example</callingDevice><calledDirectoryNumber>1002</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate>",
		telephone.AnswerCall:      "<callToBeAnswered><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></callToBeAnswered>",
		telephone.HoldCall:        "<callToBeHeld><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></callToBeHeld>",
		telephone.RetrieveCall:    "<callToBeRetrieved><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></callToBeRetrieved>",
		telephone.SetDoNotDisturb: "<device>sip:1001@pbx.example</device><doNotDisturbOn>true</doNotDisturbOn>",
		telephone.GetDoNotDisturb: "<device>sip:1001@pbx.example</device>",
		telephone.SetForwarding:   "<device>sip:1001@pbx.example</device><forwardingType>forwardNoAns</forwardingType><activateForward>true</activateForward><forwardDN>1003</forwardDN><ringCount>4</ringCount>",
		telephone.GetForwarding:   "<device>sip:1001@pbx.example</device>",
		telephone.ClearConnection: "<connectionToBeCleared><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></connectionToBeCleared>",

		telephone.SnapshotDevice:   "<snapshotObject>sip:1001@pbx.example</snapshotObject>",
		telephone.ConsultationCall: "<existingCall><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></existingCall><consultedDevice>1002</consultedDevice>",
		telephone.AlternateCall:    "<heldCall><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></heldCall><activeCall><callID>8</callID><deviceID>sip:1001@pbx.example</deviceID></activeCall>",
		telephone.ReconnectCall:    "<activeCall><callID>8</callID><deviceID>sip:1001@pbx.example</deviceID></activeCall><heldCall><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></heldCall>",
		telephone.TransferCall:     "<heldCall><callID>7</callID><deviceID>sip:1001@pbx.example</deviceID></heldCall><activeCall><callID>8</callID><deviceID>sip:1001@pbx.example</deviceID></activeCall>",
	} {
		m := worded(telephone.Request{
			Service: service, Call: "7", Active: "8", Number: "1002", On: true,
			Forwarding: telephone.ForwardingSetting{Type: "forwardNoAns", On: true, Number: "1003", Rings: 4},
		}, self)
		assert.Equal(t, service.String(), m.Element())
		assert.Contains(t, string(ecma.AppendVerbatim(nil, ecma.Edition3, m)), want)
	}
}

func TestRefusalsSayWhetherSomethingWasDone(t *testing.T) {
	for _, tt := range []struct{ err, want error }{
		{ecma.ErrServiceNotSupported, telephone.ErrUnsupported},
		{ecma.ErrInvalidConnectionState, telephone.ErrRefused},
		{&uacsta.StatusError{Status: 500}, telephone.ErrRefused},
		{uacsta.ErrNoSession, telephone.ErrRefused},
		{uacsta.ErrBusy, telephone.ErrRefused},
		{uacsta.ErrSilent, telephone.ErrSilent},
		{uacsta.ErrLost, telephone.ErrLost},
		{fmt.Errorf("%w: nonsense", uacsta.ErrMeaningless), telephone.ErrLost},
	} {
		require.ErrorIs(t, ported(tt.err), tt.want, tt.err)
		require.ErrorIs(t, ported(tt.err), tt.err)
	}
}

// listener collects what is told.
type listener struct{ heard []telephone.Event }

func (l *listener) Phones(batch []telephone.Event) { l.heard = append(l.heard, batch...) }

func TestEventsAreThePhonesOwnPart(t *testing.T) {
	self := ecma.ConnectionID{CallID: "7", Device: ecma.Subscriber("1001")}
	far := ecma.ConnectionID{CallID: "7", Device: ecma.Subscriber("1002")}
	other := ecma.Device(ecma.Subscriber("1002"))
	phone := uacsta.Phone{ID: 3, Device: "1001", Contact: netip.MustParseAddrPort("192.0.2.71:5060"), Source: netip.MustParseAddrPort("192.0.2.71:4444"), Tells: true}
	told := func(kind telephone.Kind, number string) telephone.Event {
		return telephone.Event{Kind: kind, Phone: 3, Device: "1001", Call: "7", Number: number}
	}
	d := &Driver{}
	d.PhoneUp(phone)
	for _, e := range []ecma.Event{
		&ecma.ServiceInitiatedEvent{InitiatedConnection: self},
		&ecma.OriginatedEvent{OriginatedConnection: self, CalledDevice: other},
		&ecma.DeliveredEvent{Connection: far, CalledDevice: other, LocalConnectionInfo: ecma.StateConnected},
		&ecma.DeliveredEvent{Connection: self, CallingDevice: other, LocalConnectionInfo: ecma.StateAlerting},
		&ecma.DeliveredEvent{Connection: self},
	} {
		d.PhoneEvent(phone, e)
	}
	l := &listener{}
	d.Attach(l)
	for _, e := range []ecma.Event{
		&ecma.EstablishedEvent{EstablishedConnection: far, LocalConnectionInfo: ecma.StateConnected},
		&ecma.HeldEvent{HeldConnection: self},
		&ecma.RetrievedEvent{RetrievedConnection: self},
		&ecma.ConnectionClearedEvent{DroppedConnection: far, LocalConnectionInfo: ecma.StateConnected},
		&ecma.FailedEvent{FailedConnection: self},
		&ecma.ConnectionClearedEvent{DroppedConnection: self, LocalConnectionInfo: ecma.StateNull},
		&ecma.BackInServiceEvent{},
	} {
		d.PhoneEvent(phone, e)
	}
	d.PhoneDown(phone)
	assert.Equal(t, []telephone.Event{
		{Kind: telephone.Up, Phone: 3, Device: "1001", Contact: phone.Contact, Source: phone.Source.Addr(), Tells: true},
		told(telephone.Dialling, ""), told(telephone.Dialling, "1002"), told(telephone.Dialling, "1002"), told(telephone.Ringing, "1002"), told(telephone.Talking, ""),
		told(telephone.Talking, ""), told(telephone.Talking, ""), told(telephone.Talking, ""), told(telephone.Failed, ""), told(telephone.Cleared, ""),
		{Kind: telephone.Down, Phone: 3, Device: "1001"},
	}, l.heard)
}
