package client

import (
	"context"
	"fmt"

	"mod_csta_socket/csta/ecma"
)

// Services are the services that have methods of their own.
type Services struct{ asker }

// asker asks for a service by a message.
type asker interface {
	Request(ctx context.Context, m ecma.Message) (ecma.Message, error)
}

// request sends m and expects a response of type R.
func request[R ecma.Message](ctx context.Context, c asker, m ecma.Message) (R, error) {
	var none R
	answer, err := c.Request(ctx, m)
	if err != nil {
		return none, err
	}
	r, ok := answer.(R)
	if !ok {
		return none, fmt.Errorf("%s: unexpected answer %s", m.Element(), answer.Element())
	}
	return r, nil
}

// MonitorStart starts a monitor on a device (ECMA-269 15.1.2). The filter names
// the events to be suppressed; the zero value suppresses none. The monitor's
// events carry the MonitorCrossRefID of the response.
func (c Services) MonitorStart(ctx context.Context, device ecma.DeviceID, filter ecma.MonitorFilter) (*ecma.MonitorStartResponse, error) {
	return request[*ecma.MonitorStartResponse](ctx, c.asker, &ecma.MonitorStart{
		Object: ecma.MonitorObject{Device: device}, Filter: filter, Type: ecma.MonitorDevice,
	})
}

// MonitorStop ends a monitor (ECMA-269 15.1.3).
func (c Services) MonitorStop(ctx context.Context, monitorCrossRefID string) error {
	_, err := request[*ecma.MonitorStopResponse](ctx, c.asker, &ecma.MonitorStop{MonitorCrossRefID: monitorCrossRefID})
	return err
}

// MakeCall calls called from calling (ECMA-269 17.1.18) and returns the calling
// device's connection. With ecma.Prompt the calling device rings first, with
// ecma.DoNotPrompt it goes off-hook by itself.
func (c Services) MakeCall(ctx context.Context, calling, called ecma.DeviceID, auto ecma.AutoOriginate) (ecma.ConnectionID, error) {
	r, err := request[*ecma.MakeCallResponse](ctx, c.asker, &ecma.MakeCall{
		CallingDevice: calling, Called: called, AutoOriginate: auto,
	})
	if err != nil {
		return ecma.ConnectionID{}, err
	}
	return r.CallingDevice, nil
}

// AnswerCall answers an alerting connection (ECMA-269 17.1.3).
func (c Services) AnswerCall(ctx context.Context, connection ecma.ConnectionID) error {
	_, err := request[*ecma.AnswerCallResponse](ctx, c.asker, &ecma.AnswerCall{CallToBeAnswered: connection})
	return err
}

// ClearConnection releases a device from a call (ECMA-269 17.1.8).
func (c Services) ClearConnection(ctx context.Context, connection ecma.ConnectionID) error {
	_, err := request[*ecma.ClearConnectionResponse](ctx, c.asker, &ecma.ClearConnection{Connection: connection})
	return err
}

// SnapshotDevice lists the calls of a device (ECMA-269 16.1.2).
func (c Services) SnapshotDevice(ctx context.Context, device ecma.DeviceID) ([]ecma.SnapshotDeviceInfo, error) {
	r, err := request[*ecma.SnapshotDeviceResponse](ctx, c.asker, &ecma.SnapshotDevice{Object: device})
	if err != nil {
		return nil, err
	}
	return r.Calls, nil
}

// SnapshotCall lists the devices in a call (ECMA-269 16.1.1). The connection
// may name the call alone.
func (c Services) SnapshotCall(ctx context.Context, call ecma.ConnectionID) (*ecma.SnapshotCallResponse, error) {
	return request[*ecma.SnapshotCallResponse](ctx, c.asker, &ecma.SnapshotCall{Object: call})
}

// SetDoNotDisturb switches do not disturb of a device on or off (ECMA-269 22.1).
func (c Services) SetDoNotDisturb(ctx context.Context, device ecma.DeviceID, on bool) error {
	_, err := request[*ecma.SetDoNotDisturbResponse](ctx, c.asker, &ecma.SetDoNotDisturb{Device: device, DoNotDisturbOn: on})
	return err
}

// GetDoNotDisturb tells whether a device is not to be disturbed (ECMA-269 22.1).
func (c Services) GetDoNotDisturb(ctx context.Context, device ecma.DeviceID) (bool, error) {
	r, err := request[*ecma.GetDoNotDisturbResponse](ctx, c.asker, &ecma.GetDoNotDisturb{Device: device})
	if err != nil {
		return false, err
	}
	return r.DoNotDisturbOn, nil
}

// SetForwarding switches a kind of forwarding of a device on or off (ECMA-269
// 22.1). Switched on without a ForwardDN it goes where it went before.
func (c Services) SetForwarding(ctx context.Context, m ecma.SetForwarding) error {
	_, err := request[*ecma.SetForwardingResponse](ctx, c.asker, &m)
	return err
}

// GetForwarding lists the forwarding settings of a device (ECMA-269 22.1).
func (c Services) GetForwarding(ctx context.Context, device ecma.DeviceID) ([]ecma.ForwardListItem, error) {
	r, err := request[*ecma.GetForwardingResponse](ctx, c.asker, &ecma.GetForwarding{Device: device})
	if err != nil {
		return nil, err
	}
	return r.ForwardingList, nil
}

// GetMonitors lists the monitors that we have (ECMA-269 15.1.4). If they are too many for one
// message the response has a reference only, and they come as events (MonitorInfo).
func (c Services) GetMonitors(ctx context.Context) (*ecma.GetMonitorsResponse, error) {
	return request[*ecma.GetMonitorsResponse](ctx, c.asker, &ecma.GetMonitors{})
}

// SystemStatus tells the server that we are working normally (ECMA-269 14.2.2);
// an application may use it as its heartbeat.
func (c Services) SystemStatus(ctx context.Context) error {
	_, err := request[*ecma.SystemStatusResponse](ctx, c.asker, &ecma.SystemStatus{Status: ecma.StatusNormal})
	return err
}

// RequestSystemStatus asks the server how it is (ECMA-269 14.2.1).
func (c Services) RequestSystemStatus(ctx context.Context) (ecma.SystemStatusValue, error) {
	r, err := request[*ecma.RequestSystemStatusResponse](ctx, c.asker, &ecma.RequestSystemStatus{})
	if err != nil {
		return "", err
	}
	return r.Status, nil
}
